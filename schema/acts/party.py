"""Acts on members, providers and platforms."""

from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import parties
from domain.acts.act import Act, text
from models.vocabulary import LinkRule
from schema.kit.acts import made, perform, problems, reason, version
from schema.kit.context import Info
from schema.kit.inputs import LONGEST_CODE, LocalisedInput, bounded, given, key, localised
from schema.kit.problems import Problem
from schema.kit.scalars import URL, CountryCode
from schema.lookups import IdentifierInput
from schema.member import Member
from schema.package import Platform
from schema.party import Provider, shown

_UNSET: Any = strawberry.UNSET
KIND = "university, college, institute, public_library, national_library, school or other."
PROXY = "The address of its proxy, with {url} where the percent-encoded target goes."
WALK_INS = "Whether everybody on its network is a walk-in reader there."


@strawberry.input(description="A new member of the pool.")
class MemberCreateInput:
    code: str = strawberry.field(description="A short name in small letters, for example pku: unique among members.")
    name: LocalisedInput = strawberry.field(description="Its name.")
    kind: str = strawberry.field(description=KIND)
    time_zone: str = strawberry.field(description="IANA name: in it its days begin and end.")
    country: CountryCode | None = strawberry.field(default=_UNSET, description="Where it is.")
    contact: URL | None = strawberry.field(default=_UNSET, description="Where its readers find their librarians.")
    proxy_prefix: str | None = strawberry.field(default=_UNSET, description=PROXY)
    walk_ins: bool = strawberry.field(default=False, description=WALK_INS)
    identifiers: list[IdentifierInput] | None = strawberry.field(default=_UNSET, description="isil, ror and others.")
    scopes: list[str] | None = strawberry.field(
        default=_UNSET, description="The domains that its people's affiliations end in."
    )
    reason: str | None = reason()


@strawberry.type(description="What memberCreate did.")
class MemberCreatePayload:
    member: Member | None = made("The new member.")
    problems: list[Problem] = problems()


@strawberry.input(description="What is different about a member. What is left out stays.")
class MemberUpdateInput:
    id: strawberry.ID = strawberry.field(description="The member.")
    version: int = version()
    name: LocalisedInput | None = strawberry.field(default=_UNSET, description="Its name.")
    contact: URL | None = strawberry.field(default=_UNSET, description="Where its readers find their librarians.")
    proxy_prefix: str | None = strawberry.field(default=_UNSET, description=PROXY)
    walk_ins: bool | None = strawberry.field(default=_UNSET, description=WALK_INS)
    kind: str | None = strawberry.field(default=_UNSET, description=f"{KIND} For the consortium to say.")
    time_zone: str | None = strawberry.field(default=_UNSET, description="IANA name. For the consortium to say.")
    country: CountryCode | None = strawberry.field(
        default=_UNSET, description="Where it is. For the consortium to say."
    )
    identifiers: list[IdentifierInput] | None = strawberry.field(
        default=_UNSET, description="All that it has from now on. For the consortium to say."
    )
    scopes: list[str] | None = strawberry.field(
        default=_UNSET, description="All that it has from now on. For the consortium to say."
    )
    reason: str | None = reason()


@strawberry.type(description="What memberUpdate did.")
class MemberUpdatePayload:
    member: Member | None = made("The member as it stands now.")
    problems: list[Problem] = problems()


@strawberry.input(description="A new provider.")
class ProviderCreateInput:
    code: str = strawberry.field(description="The name by which title lists and licences call it: unique.")
    name: LocalisedInput = strawberry.field(description="Its name.")
    reason: str | None = reason()


@strawberry.type(description="What providerCreate did.")
class ProviderCreatePayload:
    provider: Provider | None = made("The new provider.")
    problems: list[Problem] = problems()


@strawberry.input(description="A new platform.")
class PlatformCreateInput:
    code: str = strawberry.field(description="The name by which title lists call it: unique.")
    name: LocalisedInput = strawberry.field(description="Its name.")
    provider: strawberry.ID | None = strawberry.field(default=_UNSET, description="Who runs it.")
    url: URL | None = strawberry.field(default=_UNSET, description="Its front page.")
    link_rule: LinkRule = strawberry.field(default=LinkRule.PLAIN, description="How a reader is led there.")
    link_template: str | None = strawberry.field(
        default=_UNSET, description="For WAYFLESS: an address with {url}, and {entity_id} or {scope} of the reader."
    )
    reason: str | None = reason()


@strawberry.type(description="What platformCreate did.")
class PlatformCreatePayload:
    platform: Platform | None = made("The new platform.")
    problems: list[Problem] = problems()


NewMember = Annotated[MemberCreateInput, strawberry.argument(description="The member.")]
MemberChanges = Annotated[MemberUpdateInput, strawberry.argument(description="Which one, and what is different.")]
NewProvider = Annotated[ProviderCreateInput, strawberry.argument(description="The provider.")]
NewPlatform = Annotated[PlatformCreateInput, strawberry.argument(description="The platform.")]


async def _shown(session: AsyncSession, key: UUID) -> Any:
    return (await shown(session, [key]))[key]


async def create_member(info: Info, input: NewMember) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        new = parties.NewMember(
            code=text(input.code, "code", LONGEST_CODE),
            name=localised(input.name, "name"),
            facts={
                "kind": input.kind,
                "time_zone": input.time_zone,
                "country": input.country or None,
                "contact": input.contact or None,
                "proxy_prefix": input.proxy_prefix or None,
                "walk_ins": input.walk_ins,
            },
            identifiers=_pairs(input.identifiers) or (),
            scopes=tuple(bounded(input.scopes, "scopes") or ()),
        )
        row = await parties.create_member(session, act, new)
        return await _shown(session, row.id)

    return await perform(info, "memberCreate", input.reason, done)


async def update_member(info: Info, input: MemberChanges) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        facts = given(contact=input.contact, proxy_prefix=input.proxy_prefix, country=input.country)
        needed = given(kind=input.kind, time_zone=input.time_zone, walk_ins=input.walk_ins)
        facts |= {name: value for name, value in needed.items() if value is not None}
        if input.name:
            facts["name"] = localised(input.name, "name")
        scopes = bounded(input.scopes, "scopes")
        said = parties.MemberChanges(facts, _pairs(input.identifiers), None if scopes is None else tuple(scopes))
        row = await parties.update_member(session, act, key(input.id, "id", "Member"), input.version, said)
        return await _shown(session, row.id)

    return await perform(info, "memberUpdate", input.reason, done)


async def create_provider(info: Info, input: NewProvider) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        code = text(input.code, "code", LONGEST_CODE)
        return await parties.create_provider(session, act, code, localised(input.name, "name"))

    return await perform(info, "providerCreate", input.reason, done)


async def create_platform(info: Info, input: NewPlatform) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        new = parties.NewPlatform(
            code=text(input.code, "code", LONGEST_CODE),
            name=localised(input.name, "name"),
            provider_id=key(input.provider, "provider", "Provider", "Member"),
            url=input.url or None,
            rule=input.link_rule,
            template=input.link_template or None,
        )
        return await parties.create_platform(session, act, new)

    return await perform(info, "platformCreate", input.reason, done)


def _pairs(identifiers: list[IdentifierInput] | None) -> tuple[tuple[str, str], ...] | None:
    wanted = bounded(identifiers, "identifiers")
    return None if wanted is None else tuple((one.namespace.strip().lower(), one.value) for one in wanted)
