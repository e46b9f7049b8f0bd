"""Apps and partners' systems as they are registered (RFC 7591 §2): what each may ask for, where it leads people back
to, and how it proves itself. All of it is staff's act, checked, versioned and on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import apps, client_addresses, client_keys, visibility
from domain.acts import names
from domain.acts.act import Act, ActRefused, Problem, State, as_seen, locked, path_of, record, state, text
from domain.acts.contract import ContractProblem
from domain.acts.names import Reference
from domain.client_addresses import AddressWrong
from domain.client_keys import KeysWrong
from domain.keys import KeyStore, Purpose
from domain.scopes import IN_OWN_NAME, known
from models import client as rows
from models.party import Member
from models.vocabulary import ClientAuthentication

LONGEST_NAME = 200
KEEP_OLD = timedelta(days=7)
"""For how long at most an old secret goes on beside the new one."""

_READ_BY = {
    "redirect_uris": client_addresses.redirect_uri,
    "post_logout_redirect_uris": client_addresses.redirect_uri,
    "origins": client_addresses.origin,
}


class ClientProblem(StrEnum):
    """Why an act on a client can't be done; an entry of the message catalogue each. Those of addresses and keys are
    told where these are read."""

    ACTS_FOR_ONE = "acts_for_one"
    KEEP_OLD = "keep_old_too_long"
    KEYS_MISSING = "keys_missing"
    KEYS_UNUSED = "keys_unused"
    NO_SECRET = "no_secret"  # noqa: S105 a problem's name
    PERSON_NEEDED = "scope_needs_person"
    REDIRECT_URI_MISSING = "redirect_uri_missing"
    SCOPE_MISSING = "scope_missing"
    SCOPE_UNKNOWN = "scope_unknown"


@dataclass(frozen=True, slots=True)
class NewClient:
    """`member_id`: for which alone it acts, None = the consortium's; `acts_for`: then the members for which it acts,
    None = all. `origins`: None = those of a public app's redirect URIs. `jwks`: its public keys as a text."""

    name: str
    authentication: ClientAuthentication
    scopes: Sequence[str]
    member_id: UUID | None = None
    acts_for: Sequence[UUID] | None = None
    redirect_uris: Sequence[str] = ()
    post_logout_redirect_uris: Sequence[str] = ()
    origins: Sequence[str] | None = None
    jwks: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """`secret`: shown once, to whoever registers or rotates; None: it has none."""

    client: rows.Client
    secret: str | None


async def register(session: AsyncSession, keys: KeyStore, act: Act, new: NewClient) -> Registered:
    """Register an app or a partner's system. Raises ActRefused."""
    act.require(new.member_id)
    await _require_members(session, [new.member_id] if new.member_id else [], "member")
    facts = {
        "redirect_uris": new.redirect_uris,
        "post_logout_redirect_uris": new.post_logout_redirect_uris,
        "origins": new.origins if new.origins is not None else _origins_of(new),
        "scopes": new.scopes,
        "jwks": new.jwks,
        "name": new.name,
    }
    client = rows.Client(name="", member_id=new.member_id, authentication=new.authentication)
    _set(client, facts)
    session.add(client)
    await session.flush()
    await session.refresh(client)
    if new.acts_for is not None:  # left out, there is nothing to narrow
        await _act_for(session, client, new.acts_for)
    has_secret = client.authentication is ClientAuthentication.CLIENT_SECRET
    secret = await _new_secret(session, keys, client.id) if has_secret else None
    await record(session, act, client, {}, await _told(session, client), new=True)
    return Registered(client, secret)


async def change(
    session: AsyncSession, act: Act, key: UUID | None, version: int, facts: Mapping[str, Any]
) -> rows.Client:
    """Say something else of a client. `facts`: columns, and `acts_for` as in `NewClient`; what isn't named stays.

    Raises ActRefused.
    """
    client = await _own(session, act, key, version)
    before = await _told(session, client)
    _set(client, {name: value for name, value in facts.items() if name != "acts_for"})
    if "acts_for" in facts:
        await _act_for(session, client, facts["acts_for"])
    await record(session, act, client, before, await _told(session, client))
    return client


async def rotate_secret(
    session: AsyncSession,
    keys: KeyStore,
    act: Act,
    key: UUID | None,
    version: int,
    keep_old_until: datetime | None = None,
) -> Registered:
    """Give a client a new secret. The one before ends now, or goes on until then, so that whoever has it can change
    over; older ones end. Raises ActRefused."""
    client = await _own(session, act, key, version)
    if client.authentication is not ClientAuthentication.CLIENT_SECRET:
        raise ActRefused(ClientProblem.NO_SECRET, "id")
    now = datetime.now(UTC)
    if keep_old_until is not None and not now < keep_old_until <= now + KEEP_OLD:
        raise ActRefused(ClientProblem.KEEP_OLD, "keepOldUntil", limit=KEEP_OLD.days)
    before = await _told(session, client)
    for number, one in enumerate(await _secrets(session, client.id)):
        if keep_old_until and number == 0:
            one.expires_at = min(one.expires_at or keep_old_until, keep_old_until)
        else:
            await session.delete(one)
    secret = await _new_secret(session, keys, client.id)
    await record(session, act, client, before, await _told(session, client))
    return Registered(client, secret)


async def suspend(session: AsyncSession, act: Act, key: UUID | None, version: int) -> rows.Client:
    """Let a client do nothing any more: neither ask for tokens nor use those that it has, which resuming it doesn't
    bring back. Raises ActRefused."""
    if act.reason is None:
        raise ActRefused(Problem.BLANK, "reason", field="reason")
    client = await _own(session, act, key, version)
    before = await _told(session, client)
    client.suspended_at = client.suspended_at or datetime.now(UTC)
    await session.execute(apps.revoking(client.id, apps.CLIENT_SUSPENDED))
    await record(session, act, client, before, await _told(session, client))
    return client


async def resume(session: AsyncSession, act: Act, key: UUID | None, version: int) -> rows.Client:
    """Let a suspended client work again. Raises ActRefused."""
    client = await _own(session, act, key, version)
    before = await _told(session, client)
    client.suspended_at = None
    await record(session, act, client, before, await _told(session, client))
    return client


async def members_of(session: AsyncSession, client: rows.Client) -> list[UUID]:
    """The members for which alone it acts; none = for all."""
    if client.member_id:
        return [client.member_id]
    named = select(col(rows.ClientMember.member_id)).where(col(rows.ClientMember.client_id) == client.id)
    return list(await session.scalars(named.order_by(col(rows.ClientMember.member_id))))


def key_names(client: rows.Client) -> list[str]:
    """What its public keys are called."""
    return client_keys.names(client.jwks)


async def _own(session: AsyncSession, act: Act, key: UUID | None, version: int) -> rows.Client:
    """The client to change, locked; one that isn't seen isn't there."""
    found = select(rows.Client).where(col(rows.Client.id) == key)
    seen = found if act.account else visibility.only_clients(found, act.viewer)
    client = await locked(session, seen, rows.Client)
    act.require(client.member_id)
    as_seen(client, version)
    return client


def _set(client: rows.Client, facts: Mapping[str, Any]) -> None:
    """Give columns values that were read and fit together. Raises ActRefused."""
    for name, value in facts.items():
        setattr(client, name, _read(name, value))
    if client.authentication is ClientAuthentication.NONE and not client.redirect_uris:
        raise ActRefused(ClientProblem.REDIRECT_URI_MISSING, "redirectUris")
    if client.authentication is ClientAuthentication.PRIVATE_KEY_JWT and client.jwks is None:
        raise ActRefused(ClientProblem.KEYS_MISSING, "jwks")
    if client.authentication is not ClientAuthentication.PRIVATE_KEY_JWT and client.jwks is not None:
        raise ActRefused(ClientProblem.KEYS_UNUSED, "jwks")
    of_a_person = [name for name in client.scopes if name not in IN_OWN_NAME]
    if of_a_person and not client.redirect_uris:
        raise ActRefused(ClientProblem.PERSON_NEEDED, "scopes", value=of_a_person[0])


def _read(name: str, value: Any) -> Any:
    if name == "name":
        return text(value, "name", LONGEST_NAME)
    if name == "scopes":
        return _scopes(value)
    if name == "jwks":
        return _jwks(value)
    return _addresses(name, value)


def _addresses(name: str, given: Sequence[str]) -> list[str]:
    path = path_of(name)
    if len(given) > client_addresses.MOST:
        raise ActRefused(Problem.TOO_MANY, path, field=path, limit=client_addresses.MOST)
    found = []
    for number, one in enumerate(given):
        try:
            found.append(_READ_BY[name](one))
        except AddressWrong as error:
            facts: dict[str, Any] = {"value": one[:100], "field": path, "limit": client_addresses.LONGEST}
            raise ActRefused(error.wrong, path, str(number), **facts) from error
    return list(dict.fromkeys(found))


def _origins_of(new: NewClient) -> list[str]:
    """Of a public app's redirect URIs, which are read already; others' pages don't call us from a browser."""
    if new.authentication is not ClientAuthentication.NONE:
        return []
    return client_addresses.origins_of(_addresses("redirect_uris", new.redirect_uris))


def _scopes(given: Sequence[str]) -> list[str]:
    for number, name in enumerate(given):
        if not known([name]):
            raise ActRefused(ClientProblem.SCOPE_UNKNOWN, "scopes", str(number), value=name[:100])
    if not given:
        raise ActRefused(ClientProblem.SCOPE_MISSING, "scopes")
    return sorted(set(given))


def _jwks(given: str | None) -> client_keys.Jwks | None:
    try:
        return None if given is None else client_keys.read(given)
    except KeysWrong as error:
        raise ActRefused(error.wrong, "jwks") from error


async def _act_for(session: AsyncSession, client: rows.Client, members: Sequence[UUID] | None) -> None:
    """None = all. An empty list would widen what it seems to narrow."""
    if client.member_id:
        raise ActRefused(ClientProblem.ACTS_FOR_ONE, "actsFor")
    if members is not None and not members:
        raise ActRefused(ContractProblem.EMPTY_LIST, "actsFor", field="actsFor")
    await _require_members(session, members or [], "actsFor")
    named = rows.ClientMember
    await session.execute(delete(named).where(col(named.client_id) == client.id))
    session.add_all([named(client_id=client.id, member_id=key) for key in dict.fromkeys(members or [])])
    await session.flush()


async def _require_members(session: AsyncSession, keys: Sequence[UUID], path: str) -> None:
    found = await session.scalar(select(func.count()).select_from(Member).where(col(Member.id).in_(keys)))
    if found != len(set(keys)):
        raise ActRefused(Problem.NOT_FOUND, path)


async def _new_secret(session: AsyncSession, keys: KeyStore, client_id: UUID) -> str:
    """A secret that nobody can guess; kept is its fingerprint."""
    secret = keys.mint(Purpose.CLIENTS)
    session.add(rows.ClientSecret(client_id=client_id, hash=keys.fingerprint(Purpose.CLIENTS, secret)))
    await session.flush()
    return secret


async def _secrets(session: AsyncSession, client_id: UUID) -> Sequence[rows.ClientSecret]:
    """Those that are good, the newest first."""
    secret = rows.ClientSecret
    good = or_(col(secret.expires_at).is_(None), col(secret.expires_at) > func.now())
    found = select(secret).where(col(secret.client_id) == client_id, good).order_by(col(secret.id).desc())
    return (await session.scalars(found)).all()


async def _told(session: AsyncSession, client: rows.Client) -> State:
    """The client's facts: of its keys their names, of its secrets which are good and until when."""
    facts = {name: value for name, value in state(client).items() if not name.startswith("jwks")}
    if client.member_id is None:
        called = [await names.name(session, Reference("member", key)) for key in await members_of(session, client)]
        facts["acts_for"] = ", ".join(sorted(called)) or None
    for name in client_keys.names(client.jwks):
        facts[f"key {name}".strip()] = "good"
    for one in await _secrets(session, client.id):
        until = f" until {one.expires_at.astimezone(UTC).isoformat(timespec='seconds')}" if one.expires_at else ""
        facts[f"secret {one.id}"] = f"good{until}"
    return facts
