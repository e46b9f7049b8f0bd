"""Who is in the pool and who sells to it: members, providers, platforms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import epoch
from domain.acts.act import Act, ActRefused, Problem, State, created, path_of, record, state, taken_up
from domain.intake import members as described
from domain.intake import patterns
from domain.intake.countries import COUNTRIES
from domain.intake.platforms import PLACES
from models import package as platforms
from models import party as rows
from models.columns import Localised
from models.identity import IdentityProviderScope
from models.vocabulary import LinkRule, PartyKind

Pair = tuple[str, str]
"""An identifier: namespace and value."""

BY_LIBRARIANS = frozenset({"name", "contact", "proxy_prefix", "walk_ins"})
"""What a librarian may say of her own member. The rest decides who belongs to it, and is the consortium's to say."""
DECISIVE = frozenset({"country", "time_zone", "walk_ins"})
"""What compiled rights rest on."""
LONGEST_ADDRESS = 2000


@dataclass(frozen=True, slots=True)
class NewMember:
    code: str
    name: Localised
    facts: Mapping[str, Any]
    """Columns of `member`."""
    identifiers: tuple[Pair, ...] = ()
    scopes: tuple[str, ...] = ()


async def create_member(session: AsyncSession, act: Act, new: NewMember) -> rows.Party:
    """Take a member into the pool. Its time zone is needed: in it its days begin and end. Raises ActRefused."""
    act.require(None)
    if not described.CODE.fullmatch(new.code):
        raise ActRefused(Problem.VALUE, "code", field="code")
    await _free(session, PartyKind.MEMBER, new.code)
    _check(new.facts)
    party = rows.Party(kind=PartyKind.MEMBER, code=new.code, name=new.name)
    session.add(party)
    await session.flush()
    await session.refresh(party)
    member = rows.Member(id=party.id, **new.facts)
    session.add(member)
    await session.flush()
    await _identify(session, party.id, new.identifiers)
    await _scope(session, party.id, new.scopes)
    await record(session, act, party, {}, await _told(session, party, member), new=True)
    await epoch.raise_(session, epoch.Changed(members={party.id}))
    return party


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """What is said; what isn't stays. `name` and columns of `member` in `facts`."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    identifiers: tuple[Pair, ...] | None = None
    scopes: tuple[str, ...] | None = None


async def update_member(
    session: AsyncSession, act: Act, key: UUID | None, version: int, changes: MemberChanges
) -> rows.Party:
    """Say something else of a member. Raises ActRefused."""
    party = await taken_up(session, rows.Party, key, version)
    member = await session.get(rows.Member, party.id, populate_existing=True)
    if member is None:
        raise ActRefused(Problem.NOT_FOUND, "id")
    by_librarians = set(changes.facts) <= BY_LIBRARIANS and changes.identifiers is None and changes.scopes is None
    act.require(party.id if by_librarians else None)
    _check(changes.facts)
    before = await _told(session, party, member)
    for name, value in changes.facts.items():
        setattr(party if name == "name" else member, name, value)
    if changes.identifiers is not None:
        await _identify(session, party.id, changes.identifiers)
    if changes.scopes is not None:
        await _scope(session, party.id, changes.scopes)
    await record(session, act, party, before, await _told(session, party, member))
    if DECISIVE & set(changes.facts):
        await epoch.raise_(session, epoch.Changed(members={party.id}))
    return party


async def create_provider(session: AsyncSession, act: Act, code: str, name: Localised) -> rows.Party:
    """Name a provider. Raises ActRefused."""
    _require_staff(act)
    await _free(session, PartyKind.PROVIDER, code)
    return await created(session, act, rows.Party(kind=PartyKind.PROVIDER, code=code, name=name))


@dataclass(frozen=True, slots=True)
class NewPlatform:
    """`template`: for WAYFless addresses, with {url}, {entity_id}, {scope}."""

    code: str
    name: Localised
    provider_id: UUID | None
    url: str | None
    rule: LinkRule
    template: str | None


async def create_platform(session: AsyncSession, act: Act, new: NewPlatform) -> platforms.Platform:
    """Name a platform, and how a reader is led there. Raises ActRefused."""
    _require_staff(act)
    if await session.scalar(select(1).where(col(platforms.Platform.code) == new.code)):
        raise ActRefused(Problem.TAKEN, "code", field="code")
    if new.provider_id and await session.get(rows.Party, new.provider_id) is None:
        raise ActRefused(Problem.NOT_FOUND, "provider")
    if (new.rule is LinkRule.WAYFLESS) != (new.template is not None):
        raise ActRefused(Problem.VALUE, "linkTemplate", field="linkTemplate")
    if new.template is not None:
        _template(new.template, "linkTemplate", {"url", "entity_id", "scope"})
    return await created(
        session,
        act,
        platforms.Platform(
            code=new.code,
            name=new.name,
            provider_id=new.provider_id,
            url=new.url,
            link_rule=new.rule,
            link_template=new.template,
        ),
    )


def _require_staff(act: Act) -> None:
    """Whoever is a librarian of any member may name what her own library buys from."""
    if not (act.viewer.administers or act.viewer.librarian_of):
        raise ActRefused(Problem.FORBIDDEN)


async def _free(session: AsyncSession, kind: PartyKind, code: str) -> None:
    if await session.scalar(select(1).where(col(rows.Party.kind) == kind, col(rows.Party.code) == code)):
        raise ActRefused(Problem.TAKEN, "code", field="code")


def _check(facts: Mapping[str, Any]) -> None:
    """Facts of a member that a file would be refused for. Raises ActRefused."""
    known = {"kind": described.KINDS, "country": COUNTRIES, "time_zone": available_timezones()}
    for name, values in known.items():
        if facts.get(name) is not None and facts[name] not in values:
            raise ActRefused(Problem.VALUE, path_of(name), field=path_of(name))
    if facts.get("proxy_prefix") is not None:
        _template(facts["proxy_prefix"], "proxyPrefix", {"url"})


def _template(template: str, path: str, places: set[str]) -> None:
    named = [match.group(1) for match in PLACES.finditer(template)]
    readable = patterns.TEMPLATE.fullmatch(template) and len(template) <= LONGEST_ADDRESS
    if not readable or named.count("url") != 1 or set(named) - places:
        raise ActRefused(Problem.TEMPLATE, path, field=path, value="{url}")


async def _told(session: AsyncSession, party: rows.Party, member: rows.Member) -> State:
    identifier, scope = rows.MemberIdentifier, rows.MemberScope
    named = await session.execute(
        select(col(identifier.namespace), col(identifier.value)).where(col(identifier.member_id) == party.id)
    )
    scopes = await session.scalars(select(col(scope.scope)).where(col(scope.member_id) == party.id))
    return {
        **state(party),
        **{name: text for name, text in state(member).items() if name != "id"},
        "identifiers": ", ".join(sorted(f"{namespace}:{value}" for namespace, value in named)),
        "scopes": ", ".join(sorted(scopes)),
    }


async def _identify(session: AsyncSession, member_id: UUID, pairs: tuple[Pair, ...]) -> None:
    """These identifiers and no others; those of identity providers come with these and stay."""
    table = rows.MemberIdentifier
    await session.execute(delete(table).where(col(table.member_id) == member_id, col(table.namespace) != "entity_id"))
    for index, (namespace, written) in enumerate(pairs):
        value = _value(namespace, written.strip())
        if value is None:
            raise ActRefused(Problem.VALUE, "identifiers", str(index), field=f"{namespace}:{written[:60]}")
        row = insert(table).values(member_id=member_id, namespace=namespace, value=value)
        await session.execute(row.on_conflict_do_nothing())


def _value(namespace: str, written: str) -> str | None:
    """As stored; None for what isn't one."""
    if namespace == "ror":
        match = described.ROR.fullmatch(written)
        return f"https://ror.org/{match.group(1)}" if match else None
    if namespace == "isil":
        return written if described.ISIL.fullmatch(written) else None
    known = described.NAMESPACE.fullmatch(namespace) and namespace != "entity_id"
    return written if known and 0 < len(written) <= 200 else None


async def _scope(session: AsyncSession, member_id: UUID, scopes: tuple[str, ...]) -> None:
    """These scopes and no others. One that an identity provider is registered for can't go."""
    table = rows.MemberScope
    wanted = {scope.strip().lower() for scope in scopes}
    for index, scope in enumerate(scopes):
        if not described.SCOPE.fullmatch(scope.strip().lower()):
            raise ActRefused(Problem.VALUE, "scopes", str(index), field=scope[:60])
    held = {row.scope: row.member_id for row in await session.scalars(select(table).where(_named(member_id, wanted)))}
    foreign = sorted(scope for scope, holder in held.items() if holder != member_id)
    if foreign:
        raise ActRefused(Problem.TAKEN, "scopes", field=foreign[0])
    gone = set(held) - wanted
    if gone:
        await _unregistered(session, gone)
        await session.execute(delete(table).where(col(table.scope).in_(gone)))
    session.add_all(rows.MemberScope(scope=scope, member_id=member_id) for scope in sorted(wanted - set(held)))
    await session.flush()


def _named(member_id: UUID, scopes: set[str]) -> Any:
    return (col(rows.MemberScope.member_id) == member_id) | col(rows.MemberScope.scope).in_(scopes)


async def _unregistered(session: AsyncSession, scopes: set[str]) -> None:
    registered = select(col(IdentityProviderScope.scope)).where(col(IdentityProviderScope.scope).in_(scopes))
    if (scope := await session.scalar(registered.limit(1))) is not None:
        raise ActRefused(Problem.IN_USE, "scopes", value=scope)
