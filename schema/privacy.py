"""What is known of the person who asks, shown to nobody else."""

from collections.abc import Awaitable, Callable, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import Uuid
from sqlmodel import col

from domain import apps, messages, principal, privacy, retention
from domain.catalogue import paging
from domain.catalogue.paging import Key, Keyset
from models import client as clients
from models import content, identity, record
from models.vocabulary import Action, Affiliation, Kept, Role
from schema.client import Client
from schema.content import ContentItem
from schema.kit.arguments import After, Before, First, Lang, Last
from schema.kit.connection import Connection, Listing, Page, asked, page
from schema.kit.context import Info
from schema.kit.rows import by_key
from schema.kit.source import column, computed, fact, pointer, relation
from schema.member import Member, RoleAssignment

by_key("refused_act", record.RefusedAct)

SIGN_INS = "sign-ins of the viewer"
READINGS = "readings of the viewer"
AUTHORIZATIONS = "authorizations of the viewer"
ACTS = Listing(
    "acts of the viewer",
    "change",
    col(record.Change.id),
    Keyset((Key(col(record.Change.id), Uuid(), UUID),), descending=True),
)
REFUSED_ACTS = Listing(
    "refused acts of the viewer",
    "refused_act",
    col(record.RefusedAct.id),
    Keyset((Key(col(record.RefusedAct.id), Uuid(), UUID),), descending=True),
)


@dataclass(frozen=True, slots=True)
class _Kept:
    what: Kept
    period: timedelta | None


def _period(root: strawberry.Parent[_Kept]) -> str | None:
    return retention.period(root.period) if root.period is not None else None


def _told(root: strawberry.Parent[_Kept], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return messages.word(root.what, info.context.languages(lang))


@strawberry.type(description="How long something is kept that has to do with a person.")
class Retention:
    what: Kept = fact("what", "What.")
    description: str = computed(_told, "The same for people.")
    period: str | None = computed(_period, "How long, as an ISO 8601 duration such as P30D; null = for good.")


@strawberry.type(description="What an institution said of the viewer at a sign-in.")
class SignInMembership:
    member: Member = relation(identity.SessionMembership.member_id, "party", "The member.")
    affiliations: list[Affiliation] | None = column(
        identity.SessionMembership.affiliations, "How she belongs to it; null = it didn't say."
    )
    entitlements: list[str] = column(identity.SessionMembership.entitlements, "Her entitlements, as URIs.")
    recognised: bool = computed(
        lambda root: root.pseudonym_id is not None,
        "Whether it sent an identifier by which we know her again.",
        identity.SessionMembership.pseudonym_id,
    )


def _provider(root: strawberry.Parent[privacy.SignIn], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return info.context.said(root.provider, lang)


def _row_id(root: Any) -> strawberry.ID:
    return strawberry.ID(str(root.id))


@strawberry.type(description="A browser that the viewer signed in with.")
class SignIn:
    id: strawberry.ID = computed(_row_id, "As the export has it; not a global id.", identity.Session.id)
    provider: str = computed(_provider, "Who vouched for her.", identity.IdentityProvider.name)
    current: bool = fact("current", "Whether it is the one that asks this.")
    started_at: datetime = column(identity.Session.started_at, "Since when.")
    last_seen_at: datetime = column(identity.Session.last_seen_at, "When it was last used, to the minute.")
    until: datetime = fact("until", "When it ends at the latest, or ended.")
    memberships: list[SignInMembership] = fact("memberships", "What was said of her then.")


def _day(attribute: str) -> Callable[[Any], date]:
    def day(root: Any) -> date:
        moment: datetime = getattr(root, attribute)
        return moment.astimezone(UTC).date()

    return day


@strawberry.type(description="What the viewer is known by at a member: a number that leads to nobody.")
class Pseudonym:
    id: strawberry.ID = computed(_row_id, "As the record of acts has it; not a global id.", identity.Pseudonym.id)
    member: Member = relation(identity.Pseudonym.member_id, "party", "The member.")
    first_seen_on: date = computed(
        _day("created_at"), "When she first signed in there (UTC).", identity.Pseudonym.created_at
    )
    last_seen_on: date = computed(
        _day("last_seen_at"), "When she last signed in there (UTC).", identity.Pseudonym.last_seen_at
    )


@strawberry.type(description="An invitation to a role.")
class KnownInvitation:
    id: strawberry.ID = computed(_row_id, "As the export has it; not a global id.", identity.Invitation.id)
    member: Member = relation(identity.Invitation.member_id, "party", "The member for which the role is.")
    role: Role = column(identity.Invitation.role, "The role.")
    created_at: datetime = column(identity.Invitation.created_at, "When it was made.")
    expires_at: datetime = column(identity.Invitation.expires_at, "Until when it could be accepted.")
    accepted_at: datetime | None = column(identity.Invitation.redeemed_at, "When it was; null = it wasn't.")


@strawberry.type(description="A file that the viewer opened, while it is tied to her sign-in.")
class KnownReading:
    id: strawberry.ID = computed(_row_id, "As the export has it; not a global id.", content.Reading.id)
    content_item: ContentItem = relation(content.Reading.content_item_id, "content_item", "The file.")
    action: Action = column(content.Reading.action, "What it was opened for.")
    started_at: datetime = column(content.Reading.started_at, "When she began.")
    last_seen_at: datetime = column(content.Reading.last_seen_at, "When she last read on.")


@strawberry.type(description="An act that the viewer was refused.")
class RefusedAct:
    id: strawberry.ID = computed(_row_id, "As the export has it; not a global id.", record.RefusedAct.id)
    at: datetime = column(record.RefusedAct.refused_at, "When.")
    act: str = column(record.RefusedAct.act, "The mutation's name.")
    problem: str = column(record.RefusedAct.problem, "Why, as a code.")


@strawberry.type(description="An act of the viewer's on record. What it changed is shown with the thing.")
class KnownAct:
    id: strawberry.ID = computed(_row_id, "As the export has it; not a global id.", record.Change.id)
    at: datetime = column(record.Change.changed_at, "When.")
    act: str = column(record.Change.act, "The mutation's name.")
    thing: str = column(record.Change.subject, "What kind of thing it was done to.")
    name: str | None = column(record.Change.actor_name, "The display name that it is signed with.")
    reason: str | None = column(record.Change.reason, "Why, as she said.")


@strawberry.type(description="A role of somebody else that the viewer ended.")
class RoleEnded:
    member: Member = pointer("member_id", "party", "The member for which it was held.")
    role: Role = column(identity.RoleAssignment.role, "The role.")
    ended_at: datetime = column(identity.RoleAssignment.ended_at, "When she ended it.")
    reason: str | None = column(identity.RoleAssignment.end_reason, "Why, as she said.")


@strawberry.type(description="What the viewer allowed an app, remembered for her next sign-in through a member.")
class KnownConsent:
    member: Member = pointer("member_id", "party", "The member.")
    scopes: list[str] = column(clients.Consent.scopes, "What she allowed.")
    given_at: datetime = column(clients.Consent.given_at, "When.")


@strawberry.type(description="What one sign-in of the viewer let an app do.")
class KnownAuthorization:
    id: strawberry.ID = computed(_row_id, "As the export has it; not a global id.", clients.Authorization.id)
    scopes: list[str] = column(clients.Authorization.scopes, "What it was allowed.")
    since: datetime = fact("since", "Since when.")
    until: datetime = fact("until", "When it ends at the latest, or ended.")
    revoked_for: str | None = column(
        clients.Authorization.revoked_for, "Why it was ended before the sign-in did; null = it wasn't."
    )


def _authorizations(
    root: strawberry.Parent[apps.App],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, AUTHORIZATIONS, first, after, last, before)
    return _listed(info, AUTHORIZATIONS, root.authorizations, part)


@strawberry.type(description="An app that the viewer allowed something. viewerAppWithdraw takes it back.")
class KnownApp:
    client: Client = fact("client", "The app.")
    scopes: list[str] = fact("scopes", "All that she has allowed it, ended or not.")
    consents: list[KnownConsent] = fact("consents", "What is remembered for her next sign-in.")
    authorizations: Connection[KnownAuthorization] = computed(
        _authorizations, "What it was allowed in which sign-in, the last first.", clients.Authorization.session_id
    )


def _newest_first(place: tuple[UUID]) -> int:
    return -place[0].int


def _length(found: Sized) -> Callable[[], Awaitable[int]]:
    async def length() -> int:
        return len(found)

    return length


def _listed(info: Info, name: str, found: Sequence[Any], part: paging.Page) -> Page:
    """A page of a list that is at hand, the newest first."""
    cut = paging.part([paging.Entry(one, (one.id,)) for one in found], part, _newest_first)
    return Page(info.context, name, cut, cut.rows, _length(found))


def _sign_ins(
    root: strawberry.Parent[privacy.Known],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    return _listed(info, SIGN_INS, root.sign_ins, asked(info.context, SIGN_INS, first, after, last, before))


def _readings(
    root: strawberry.Parent[privacy.Known],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    return _listed(info, READINGS, root.readings, asked(info.context, READINGS, first, after, last, before))


async def _acts(
    root: strawberry.Parent[privacy.Known],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, ACTS.name, first, after, last, before)
    return await page(info, ACTS, privacy.acts(root.person), part)


async def _refused_acts(
    root: strawberry.Parent[privacy.Known],
    info: Info,
    first: First = strawberry.UNSET,
    after: After = strawberry.UNSET,
    last: Last = strawberry.UNSET,
    before: Before = strawberry.UNSET,
) -> Any:
    part = asked(info.context, REFUSED_ACTS.name, first, after, last, before)
    return await page(info, REFUSED_ACTS, privacy.refused_acts(root.person), part)


def _retention(root: strawberry.Parent[privacy.Known], info: Info) -> Any:
    return [_Kept(what, period) for what, period in privacy.kept(info.context.retention).items()]


@strawberry.type(description="What is known of the person who asks. Nobody else sees it.")
class PersonalData:
    sign_ins: Connection[SignIn] = computed(_sign_ins, "Her sign-ins, the last first.", identity.Session.id)
    pseudonyms: list[Pseudonym] = fact("pseudonyms", "What she is known by, at which member.")
    roles: list[RoleAssignment] = fact("roles", "Roles that she holds or held, with the names that she chose.")
    invitations_accepted: list[KnownInvitation] = fact("accepted", "Invitations that she accepted.")
    invitations_made: list[KnownInvitation] = fact("invited", "Invitations that she made.")
    roles_ended: list[RoleEnded] = fact("ended", "Roles of others that she ended.")
    readings: Connection[KnownReading] = computed(
        _readings,
        "What she opened in the last two days, while it is tied to a sign-in, the last first.",
        content.Reading.session_id,
    )
    apps: list[KnownApp] = fact("apps", "Apps that she allowed something.")
    acts: Connection[KnownAct] = computed(_acts, "Her acts on record, the last first.", record.Change.actor)
    refused_acts: Connection[RefusedAct] = computed(
        _refused_acts, "Acts that she was refused, the last first.", record.RefusedAct.actor
    )
    kept_answers: int = fact("kept_answers", "How many answers to repeated requests of hers are kept.")
    retention: list[Retention] = computed(_retention, "How long each kind of thing is kept.")


async def personal_data(root: strawberry.Parent[principal.Viewer], info: Info) -> Any:
    return await info.context.turns.take(lambda session: privacy.known(session, root))
