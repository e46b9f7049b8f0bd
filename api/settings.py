"""The settings of every process: `MUTUA_*` variables, read once, refused with one line when unknown or unsafe."""

import os
import re
from dataclasses import fields
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from auth.address import on_loopback
from domain.retention import LONGEST, SHORTEST_RECORD, Limits

PREFIX = "MUTUA_"
NOT_SETTINGS = frozenset({"MUTUA_SHARED_DATA"})
"""Variables of the test suite, which a server started by a test inherits."""

RETENTION = tuple(f"retention_{limit.name}" for limit in fields(Limits) if limit.name != "session_idle")
"""How long rows are kept, table by table."""

Network = IPv4Network | IPv6Network

_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?/?")
_MAILBOX = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}")
_PORTS = {"http": 80, "https": 443}
"""Browsers leave these out of the `Origin` that is compared with ours."""


class SettingsError(Exception):
    """Settings that a process refuses to start with; its text is the one line to print."""


def _kept(days: int, of: str, *, at_least: timedelta = timedelta(0)) -> Any:
    """How long something is kept; `of` says what, and from when on."""
    told = f"{of} are kept this long: seconds, or ISO 8601 such as P30D."
    return Field(timedelta(days=days), ge=at_least, le=LONGEST, description=told)


class Settings(BaseSettings):
    """What an operator can set; each field's description is its documentation (docs/settings.md)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: str | None = Field(
        None,
        description="PostgreSQL ≥ 18 as role mutua_app: postgresql://mutua_app:…@host/mutua. "
        "Empty: an embedded PostgreSQL in the state folder.",
    )
    database_owner_url: str | None = Field(
        None, description="The same database as role mutua_owner, for migrations only. A server doesn't need it."
    )
    state_dir: Path = Field(
        default_factory=lambda: Path.cwd() / "var",
        description="Folder for everything kept on this machine: embedded database, keys, content.",
    )
    key_dir: Path = Field(Path(), description="Folder of the key store, mode 0700. Default: keys in the state folder.")
    content_dir: Path = Field(Path(), description="Folder of the content store. Default: content in the state folder.")
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="The address people use, without a path. Anything but loopback needs https.",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="Networks, separated by commas, whose X-Forwarded-For counts. Default: none."
    )
    metrics_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (ip_network("127.0.0.0/8"), ip_network("::1/128")),
        description="Networks, separated by commas, that may read /metrics: by the connection's own address, never "
        "through a proxy. Default: this machine. Empty: nobody.",
    )
    demo: bool = Field(
        False, description="Demo identity providers and the plain cookie for programs; only with a loopback public URL."
    )
    discovery_url: str | None = Field(
        None,
        description="A discovery service of others, such as the federation's, that the page to choose an institution "
        "also offers. Its address; anything but loopback needs https.",
    )
    contact: str | None = Field(
        None,
        description="An e-mail address that stands in our SAML metadata, for universities and federations that need to "
        "reach whoever runs this server.",
    )
    session_idle: timedelta = Field(
        timedelta(hours=8), description="A sign-in ends after this long unused: seconds, or ISO 8601 such as PT8H."
    )
    session_absolute: timedelta = Field(
        timedelta(hours=12), description="A sign-in ends after this long in any case: seconds, or ISO 8601."
    )
    retention_sessions: timedelta = _kept(1, "Sign-ins that are over")
    retention_pseudonyms: timedelta = _kept(365, "Pseudonyms unseen, without a role in force,")
    retention_invitations: timedelta = _kept(90, "Invitations accepted or expired")
    retention_readings: timedelta = _kept(30, "Readings, since last seen,", at_least=timedelta(days=1))
    retention_decisions: timedelta = _kept(730, "Decisions on record", at_least=SHORTEST_RECORD)
    retention_usage_events: timedelta = _kept(1826, "Usage events", at_least=SHORTEST_RECORD)
    retention_idempotency_keys: timedelta = _kept(1, "Answers to repeated requests", at_least=timedelta(hours=1))
    retention_refused_acts: timedelta = _kept(90, "Refused acts on record")
    retention_imports: timedelta = _kept(90, "Problems of imports, and rows of unfinished ones,", at_least=timedelta(1))

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _psycopg(cls, url: str | None) -> str | None:
        if not url:
            return None
        scheme, _, rest = url.partition("://")
        try:
            if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not make_url(url).database:
                raise ValueError
            conninfo_to_dict(f"postgresql://{rest}")
        except (ValueError, ArgumentError, ProgrammingError):
            raise ValueError("expected postgresql://role:password@host/name") from None
        return f"postgresql+psycopg://{rest}"

    @field_validator("state_dir", "key_dir", "content_dir")
    @classmethod
    def _absolute(cls, folder: Path) -> Path:
        return folder.absolute() if folder != Path() else folder

    @field_validator("trusted_proxies", "metrics_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            networks = tuple(ip_network(item.strip()) for item in value.split(",") if item.strip())
        except ValueError:
            raise ValueError("expected networks such as 10.0.0.0/8,2001:db8::/32") from None
        if any(network.prefixlen == 0 for network in networks):
            raise ValueError("a network of every address would let in anyone from anywhere")
        return networks

    @field_validator("public_url")
    @classmethod
    def _origin(cls, url: str) -> str:
        found = _ORIGIN.fullmatch(url.lower())
        if not found or int(found["port"] or 0) > 65535:
            raise ValueError("expected http(s)://host[:port] without a path, the host in ASCII")
        scheme, host, port = found.group("scheme", "host", "port")
        if scheme == "http" and not on_loopback(f"{scheme}://{host}"):
            raise ValueError("anything but loopback needs https")
        return f"{scheme}://{host}" + (f":{int(port)}" if port and int(port) != _PORTS[scheme] else "")

    @field_validator("discovery_url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if not url:
            return None
        try:
            parts = urlsplit(url)
            fits = parts.hostname and not (parts.fragment or parts.username or parts.password)
        except ValueError:
            fits = None
        if not fits or not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("expected https://host/path")
        if parts.scheme != "https" and not (parts.scheme == "http" and on_loopback(url)):
            raise ValueError("anything but loopback needs https")
        return url

    @field_validator("contact")
    @classmethod
    def _mailbox(cls, contact: str | None) -> str | None:
        if contact and not _MAILBOX.fullmatch(contact):
            raise ValueError("expected an e-mail address")
        return contact or None

    @field_validator("session_idle", "session_absolute", *RETENTION, mode="before")
    @classmethod
    def _seconds(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdecimal() else value

    @field_validator("session_idle", "session_absolute")
    @classmethod
    def _positive(cls, value: timedelta) -> timedelta:
        if value <= timedelta(0):
            raise ValueError("must be longer than nothing")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.state_dir == Path():
            object.__setattr__(self, "state_dir", Path.cwd() / "var")
        for name in ("key", "content"):
            if getattr(self, f"{name}_dir") == Path():
                default = self.state_dir / ("keys" if name == "key" else name)
                object.__setattr__(self, f"{name}_dir", default)
        if self.demo and not self.on_loopback:
            raise ValueError("MUTUA_DEMO is for a loopback MUTUA_PUBLIC_URL only")
        if self.database_owner_url and not self.database_url:
            raise ValueError("MUTUA_DATABASE_OWNER_URL without MUTUA_DATABASE_URL")
        return self

    @property
    def retention(self) -> Limits:
        """How long rows are kept, table by table."""
        kept = {name.removeprefix("retention_"): getattr(self, name) for name in RETENTION}
        return Limits(session_idle=self.session_idle, **kept)

    @property
    def on_loopback(self) -> bool:
        """Whether people reach this server from the same machine only."""
        return on_loopback(self.public_url)

    @property
    def embedded(self) -> bool:
        """Whether the database is ours to start and stop."""
        return self.database_url is None


def load(**given: str) -> Settings:
    """Read the settings from the environment.

    Args:
        given: by field name, as the environment would say it, and instead of what it says.

    Raises:
        SettingsError: a variable is unknown, unreadable or unsafe; the text names it in one line, never its value.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields} | NOT_SETTINGS
    unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsError(f"unknown setting {', '.join(unknown)}; docs/settings.md lists them all")
    try:
        return Settings(**given)  # type: ignore[arg-type] # text, as from the environment: validated like it
    except ValidationError as error:
        raise SettingsError("; ".join(_line(problem) for problem in error.errors())) from None


_EXPECTED = {
    "time_delta_parsing": "expected seconds, or ISO 8601 such as PT8H or P30D",
    "bool_parsing": "expected true or false",
}


def _line(problem: ErrorDetails) -> str:
    location = problem["loc"]
    text = _EXPECTED.get(problem["type"]) or " ".join(problem["msg"].removeprefix("Value error, ").split())
    return f"{PREFIX}{str(location[0]).upper()}: {text}" if location else text
