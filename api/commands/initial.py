"""`mutua init`: from an empty folder to what a production server needs, and never a secret on the terminal."""

import os
import secrets
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from api import settings as configuration
from api.commands.wording import LanguageOption, language
from api.preparation import APP, OWNER
from api.settings import NOT_SETTINGS, PREFIX, Settings, SettingsError
from domain import messages
from domain.keys import KeyStore

app = typer.Typer()

PASSWORD_BYTES = 24
HEADER = "# Settings of this server (docs/settings.md). Keep it secret: it may hold passwords.\n"
OWNER_HEADER = "# The owner of the tables, for `mutua database …` alone: servers don't get this file.\n"
APP_URL, OWNER_URL = "database_url", "database_owner_url"

Values = dict[str, str]
"""By field of the settings, as the environment says them."""


@app.command("init")
def init(
    public_url: Annotated[
        str | None,
        typer.Option(envvar="MUTUA_PUBLIC_URL", help="The address that people use: https://…, without a path."),
    ] = None,
    trusted_proxies: Annotated[
        str | None,
        typer.Option(envvar="MUTUA_TRUSTED_PROXIES", help="Networks of the proxies in front, separated by commas."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="postgresql://host[:port]/name, without user and password: those of Mutua's roles are made up. "
            "Empty: a database embedded in this machine. Not needed where MUTUA_DATABASE_URL is set."
        ),
    ] = None,
    state_dir: Annotated[
        Path, typer.Option(envvar="MUTUA_STATE_DIR", help="Folder for keys, content and the embedded database.")
    ] = Path("var"),
    file: Annotated[Path, typer.Option(help="The file of settings to write.")] = Path("mutua.env"),
    replace: Annotated[bool, typer.Option("--replace", help="Write the file anew if it says something else.")] = False,
    steps: Annotated[bool, typer.Option("--steps/--no-steps", help="Say what to do next.")] = True,
    spoken: LanguageOption = None,
) -> None:
    """Make keys and write the settings of a production server to a file. What isn't given is asked for."""
    lang = language(spoken)
    present = _read(file) | _read(_owners(file))
    values = _environment()
    values["public_url"] = _asked(public_url, "public_url", lang)
    values["trusted_proxies"] = _asked(trusted_proxies, "trusted_proxies", lang, default="")
    values["state_dir"] = str(state_dir.absolute())
    if APP_URL not in values:
        values |= _urls(_asked(database, "database", lang, default=""), present)
    values = {name: value for name, value in values.items() if value}
    settings = _checked(values)
    if present and present != values and not replace:
        raise SettingsError(f"{file} says something else about {_differing(present, values)}: --replace writes it anew")
    _make(settings)
    owner = values.pop(OWNER_URL, None)
    _keep(file, HEADER, values, lang)
    if owner:
        _keep(_owners(file), OWNER_HEADER, {OWNER_URL: owner}, lang)
    _say(lang, "keys", folder=str(settings.key_dir))
    if not settings.trusted_proxies:
        _say(lang, "nobody_trusted")
    if steps:
        _next(file, settings, lang)


def _environment() -> Values:
    """Every setting that the environment holds goes into the file."""
    names = [name for name in os.environ if name.startswith(PREFIX) and name not in NOT_SETTINGS]
    return {name.removeprefix(PREFIX).lower(): os.environ[name] for name in names}


def _asked(given: str | None, name: str, lang: str, default: str | None = None) -> str:
    """What the options or the environment say, else the answer at the terminal, else the default.

    Raises:
        SettingsError: nobody is there to be asked, and there is no default.
    """
    if given is not None:
        return given
    if sys.stdin.isatty():
        answer: str = typer.prompt(
            messages.sentence(f"operation.init.ask_{name}", lang), default=default, show_default=False
        )
        return answer.strip()
    if default is None:
        raise SettingsError(f"--{name.replace('_', '-')} is needed")
    return default


def _urls(address: str, present: Mapping[str, str]) -> Values:
    """The database as its two roles reach it; passwords are made up once and kept while the address stays the same."""
    if not address:
        return {}
    try:
        url = make_url(address)
    except ArgumentError:
        raise SettingsError("--database: expected postgresql://host/name") from None
    if url.drivername not in {"postgresql", "postgres"} or not url.database:
        raise SettingsError("--database: expected postgresql://host/name")
    if url.username or url.password or "password" in url.query:
        raise SettingsError("--database: leave out user and password, or set MUTUA_DATABASE_URL in the environment")
    known = {name: make_url(present[name]) for name in (APP_URL, OWNER_URL) if name in present}
    if len(known) == 2 and all(_address(one) == _address(url) for one in known.values()):
        return {name: present[name] for name in known}
    return {name: _with_password(url, role) for name, role in ((APP_URL, APP), (OWNER_URL, OWNER))}


def _address(url: URL) -> URL:
    return URL.create("postgresql", host=url.host, port=url.port, database=url.database, query=url.query)


def _with_password(url: URL, role: str) -> str:
    made = url.set(drivername="postgresql", username=role, password=secrets.token_urlsafe(PASSWORD_BYTES))
    return made.render_as_string(hide_password=False)


def _checked(values: Values) -> Settings:
    """The settings as a server would read them from the file. Raises SettingsError."""
    for name, value in values.items():
        if not value.isprintable():
            raise SettingsError(f"{PREFIX}{name.upper()}: no line of a file can hold this")
    settings = configuration.load(**values)
    if settings.demo:
        raise SettingsError("MUTUA_DEMO is for `make run`; `mutua init` makes a server for readers")
    return settings


def _differing(present: Values, wanted: Values) -> str:
    names = sorted(name for name in present.keys() | wanted.keys() if present.get(name) != wanted.get(name))
    return ", ".join(PREFIX + name.upper() for name in names)


def _make(settings: Settings) -> None:
    """Keys: those that are there stay. Raises KeysUnusable, for a demo's too."""
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    KeyStore(settings.key_dir, create=True, demo=False)


def _owners(file: Path) -> Path:
    return file.with_name(f"{file.stem}-owner{file.suffix}")


def _read(file: Path) -> Values:
    """What a file of ours says. Raises SettingsError for one that can't be read."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{file} can't be read") from None
    pairs = [line.partition("=") for line in lines if line.startswith(PREFIX)]
    return {name.removeprefix(PREFIX).lower(): "".join(shlex.split(value)) for name, _, value in pairs}


def _keep(file: Path, header: str, values: Values, lang: str) -> None:
    """Write in one step, so that the file is never half there nor open to others.

    Quoted as a shell, systemd and compose read it.
    """
    if _read(file) == values:
        file.chmod(0o600)
        _say(lang, "kept", file=str(file))
        return
    lines = [f"{PREFIX}{name.upper()}={shlex.quote(value)}\n" for name, value in sorted(values.items())]
    try:
        handle, beside = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.writelines([header, *lines])
        os.replace(beside, file)
    except OSError as error:
        raise SettingsError(f"{file} can't be written: {error.strerror}") from None
    _say(lang, "written", file=str(file))


def _next(file: Path, settings: Settings, lang: str) -> None:
    files = [file] if settings.embedded else [file, _owners(file)]
    prepare = "mutua database prepare" + ("" if settings.embedded else " --admin-url postgresql://postgres@…/postgres")
    typer.echo()
    _say(lang, "next")
    for command in (
        "set -a; " + "; ".join(f". {shlex.quote(str(one.absolute()))}" for one in files) + "; set +a",
        prepare,
        "mutua database migrate",
        "mutua import members members.csv",
        "mutua identity-provider add --issuer … --client-id … --scope … --name-en …",
        "mutua invite --member … --role consortium-admin",
        "mutua doctor",
        "mutua serve",
    ):
        typer.echo(f"  {command}")


def _say(lang: str, key: str, **facts: str) -> None:
    typer.echo(messages.sentence(f"operation.init.{key}", lang, **facts))
