"""Questions of access: for the viewer, and for anybody else whom the viewer may ask about."""

import asyncio
from datetime import date
from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry

from domain import dates, decisions
from domain.content import items
from domain.rights import subject as rights
from domain.rights.answer import Context, Use
from models import content as content_rows
from models import resource as rows
from models.vocabulary import AccessReason, Action, Affiliation
from schema.decide import Decision, decided, fresh, shown, undecided
from schema.kit.context import Info
from schema.kit.errors import Refusal
from schema.kit.scalars import CountryCode, PartialDate
from schema.lookups import MemberBy, ResourceBy, member_key, resource_key

MOST_QUESTIONS = 100
MOST_VALUES = 100
LONGEST_VALUE = 500
LONGEST_DECISION_ID = 100_000

Value = TypeVar("Value")


@strawberry.input(
    description="What the use is for, where terms distinguish: ONIX-PL's purposes, recipients, methods; part: percent "
    "or description."
)
class UseInput:
    purpose: str | None = strawberry.field(default=strawberry.UNSET, description="What it is for.")
    recipient: str | None = strawberry.field(default=strawberry.UNSET, description="Who gets it.")
    method: str | None = strawberry.field(default=strawberry.UNSET, description="How it is done.")
    part: str | None = strawberry.field(default=strawberry.UNSET, description="How much of it: 10% or a description.")


@strawberry.input(
    description="Left out: member = all memberships of the viewer, the best answer (a client without a patron must "
    "name one); affiliations of a named member = [MEMBER]; onSite = the viewer's own place, off site for a named "
    "member; territory = the member's country."
)
class AccessSubject:
    member: MemberBy | None = strawberry.field(default=strawberry.UNSET, description="Whose reader.")
    affiliations: list[Affiliation] | None = strawberry.field(
        default=strawberry.UNSET, description="What she is there."
    )
    entitlement_uris: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Her eduPersonEntitlement values, for classes of users."
    )
    on_site: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether she is on its network.")
    territory: CountryCode | None = strawberry.field(default=strawberry.UNSET, description="The country she is in.")


@strawberry.input(description="A question of access.")
class AccessInput:
    resource: ResourceBy = strawberry.field(description="To what.")
    for_: AccessSubject = strawberry.field(name="for", description="For whom.")
    action: Action = strawberry.field(default=Action.VIEW, description="To do what.")
    on: date | None = strawberry.field(default=strawberry.UNSET, description="On which day; left out: today.")
    published: PartialDate | None = strawberry.field(
        default=strawberry.UNSET, description="The date of the volume or article wanted."
    )
    use: UseInput | None = strawberry.field(default=strawberry.UNSET, description="What the use is for.")


ToDo = Annotated[Action, strawberry.argument(description="To do what.")]
On = Annotated[date | None, strawberry.argument(description="On which day; left out: today.")]
Published = Annotated[
    PartialDate | None,
    strawberry.argument(
        description="The date of the volume or article wanted (a monograph: its own). Left out, for a serial: granted "
        "if any part is open; coverage says which."
    ),
]
UseFor = Annotated[UseInput | None, strawberry.argument(description="What the use is for.")]
For = Annotated[AccessSubject, strawberry.argument(name="for", description="For whom.")]
Question = Annotated[AccessInput, strawberry.argument(description="The question.")]
DecisionId = Annotated[strawberry.ID, strawberry.argument(description="A decisionId.")]
Questions = Annotated[list[AccessInput], strawberry.argument(description="Up to 100 questions.")]


def _context(on: date | None, published: PartialDate | None, use: UseInput | None) -> Context:
    days = dates.read(published) if published else None
    return Context(
        on=on or None,
        published=(days.first, days.last) if days else None,
        use=said(use) if use else Use(),
    )


def said(use: UseInput) -> Use:
    given = {name: getattr(use, name) or None for name in ("purpose", "recipient", "method", "part")}
    if any(value and len(value) > LONGEST_VALUE for value in given.values()):
        raise Refusal(f"A value of use is longer than {LONGEST_VALUE} characters")
    return Use(**given)


async def viewer_access(
    root: strawberry.Parent[rows.Resource],
    info: Info,
    action: ToDo = Action.VIEW,
    on: On = strawberry.UNSET,
    published: Published = strawberry.UNSET,
    use: UseFor = strawberry.UNSET,
) -> Any:
    """Resource.viewerAccess."""
    return await decided(info, info.context.viewer.principal, root.id, action, _context(on, published, use))


async def access_for(
    root: strawberry.Parent[rows.Resource],
    info: Info,
    for_: For,
    action: ToDo = Action.VIEW,
    on: On = strawberry.UNSET,
    published: Published = strawberry.UNSET,
    use: UseFor = strawberry.UNSET,
) -> Any:
    """Resource.access."""
    return await _asked(info, root.id, for_, action, _context(on, published, use))


async def item_access(root: strawberry.Parent[content_rows.ContentItem], info: Info, action: ToDo = Action.VIEW) -> Any:
    """ContentItem.viewerAccess: as the gate would decide now, of this very copy."""
    context = Context(published=items.dates(root), gate=True, package_title_id=root.package_title_id)
    return await decided(info, info.context.viewer.principal, root.resource_id, action, context, root.id)


async def access(info: Info, input: Question) -> Any:
    """Query.access."""
    key = await resource_key(info, input.resource)
    if key is None:
        return undecided(info, input.action, None, AccessReason.RESOURCE_UNKNOWN)
    return await _asked(info, key, input.for_, input.action, _context(input.on, input.published, input.use))


async def accesses(info: Info, inputs: Questions) -> Any:
    """Query.accesses."""
    if len(inputs) > MOST_QUESTIONS:
        raise Refusal(f"inputs has more than {MOST_QUESTIONS} values")
    return await asyncio.gather(*(access(info, one) for one in inputs))


async def _asked(info: Info, resource_id: UUID, of: AccessSubject, action: Action, context: Context) -> Decision:
    """A decision for the subject, or the refusal to tell it."""
    grants = await fresh(info)
    if grants is None:
        return undecided(info, action, resource_id, AccessReason.RULE_ERROR)
    principal = rights.principal(info.context.viewer, await _subject(info, of), grants)
    if isinstance(principal, AccessReason):
        return undecided(info, action, resource_id, principal)
    return await decided(info, principal, resource_id, action, context)


async def _subject(info: Info, of: AccessSubject) -> rights.Subject:
    if any(len(values) > MOST_VALUES for values in (of.affiliations or [], of.entitlement_uris or [])):
        raise Refusal(f"A list of for has more than {MOST_VALUES} values")
    return rights.Subject(
        named=bool(of.member),
        member_id=await member_key(info, of.member) if of.member else None,
        affiliations=_set(of.affiliations),
        entitlements=_set(of.entitlement_uris),
        on_site=None if of.on_site is strawberry.UNSET else of.on_site,
        territory=of.territory or None,
    )


def _set(values: list[Value] | None) -> frozenset[Value] | None:
    return None if values is None or values is strawberry.UNSET else frozenset(values)


async def decision(info: Info, id: DecisionId) -> Any:
    """Query.decision: whoever holds the id sees what the asker saw."""
    told = decisions.explain(info.context.keys, id) if len(id) <= LONGEST_DECISION_ID else None
    return shown(told.answer, told.asked, sealed=id) if told else None
