"""All that is known of a person as one document: what she can take with her, and what the page shows her.

Its shape is public (docs/privacy.md). `VERSION` rises when a part is renamed or goes; new parts may come at any time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import members, privacy, retention
from domain.apps import App
from domain.principal import Viewer
from domain.privacy import Known, SignIn
from domain.retention import Limits
from models import content, identity
from models.columns import Localised
from models.record import Change, RefusedAct
from models.resource import Resource

FORMAT = "mutua-personal-data"
VERSION = 1

Part = dict[str, Any]
Names = dict[UUID, Localised]


async def whole(
    session: AsyncSession, viewer: Viewer, limits: Limits, now: datetime, most: int | None = None
) -> Part | None:
    """Everything, ready for JSON; moments in UTC. None: nobody is signed in.

    `most`: show no more acts, nor refused ones, than that, the newest; left out, all of them.
    """
    known = await privacy.known(session, viewer)
    if known is None:
        return None
    names = await _members(session, known)
    acts, refused = privacy.acts(known.person), privacy.refused_acts(known.person)
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": now,
        "sign_ins": [_sign_in(one, names) for one in known.sign_ins],
        "pseudonyms": [_pseudonym(one, names) for one in known.pseudonyms],
        "roles": [_role(one, names) for one in known.roles],
        "invitations_accepted": [_invitation(one, names) for one in known.accepted],
        "invitations_made": [_invitation(one, names) | {"reason": one.reason} for one in known.invited],
        "roles_ended": [_ended(one, names) for one in known.ended],
        "readings": await _readings(session, known.readings),
        "apps": [_app(one, names) for one in known.apps],
        "acts": [_act(one) for one in await _newest(session, acts, Change, most)],
        "acts_count": await _count(session, acts),
        "refused_acts": [_refused(one) for one in await _newest(session, refused, RefusedAct, most)],
        "refused_acts_count": await _count(session, refused),
        "kept_answers": known.kept_answers,
        "kept": {
            what.value: retention.period(period) if period is not None else None
            for what, period in privacy.kept(limits).items()
        },
    }


async def _members(session: AsyncSession, known: Known) -> Names:
    of_sign_ins = (membership.member_id for one in known.sign_ins for membership in one.memberships)
    consents = (consent for app in known.apps for consent in app.consents)
    rows: Iterable[Any] = (*consents, *known.pseudonyms, *known.roles, *known.accepted, *known.invited, *known.ended)
    found = await members.names_and_contacts(session, {*of_sign_ins, *(one.member_id for one in rows)})
    return {key: name for key, (name, _) in found.items()}


def _sign_in(one: SignIn, names: Names) -> Part:
    return {
        "id": one.id,
        "current": one.current,
        "provider": one.provider,
        "started_at": one.started_at,
        "last_seen_at": one.last_seen_at,
        "until": one.until,
        "memberships": [
            {
                "member": names[membership.member_id],
                "affiliations": membership.affiliations,
                "entitlements": membership.entitlements,
                "pseudonym": membership.pseudonym_id,
            }
            for membership in one.memberships
        ],
    }


def _pseudonym(one: identity.Pseudonym, names: Names) -> Part:
    return {
        "id": one.id,
        "member": names[one.member_id],
        "first_seen_on": _day(one.created_at),
        "last_seen_on": _day(one.last_seen_at),
    }


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _role(one: identity.RoleAssignment, names: Names) -> Part:
    return {
        "id": one.id,
        "member": names[one.member_id],
        "role": one.role,
        "display_name": one.display_name,
        "granted_by": one.granted_by,
        "valid_from": one.valid_from,
        "valid_until": one.valid_until,
        "ended_at": one.ended_at,
        "end_reason": one.end_reason,
    }


def _invitation(one: identity.Invitation, names: Names) -> Part:
    return {
        "id": one.id,
        "member": names[one.member_id],
        "role": one.role,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "accepted_at": one.redeemed_at,
    }


def _ended(one: identity.RoleAssignment, names: Names) -> Part:
    return {
        "id": one.id,
        "member": names[one.member_id],
        "role": one.role,
        "ended_at": one.ended_at,
        "reason": one.end_reason,
    }


async def _readings(session: AsyncSession, readings: Sequence[content.Reading]) -> list[Part]:
    item = content.ContentItem
    found = await session.execute(
        select(col(item.id), col(Resource.title), col(item.file_name))
        .join(Resource, col(Resource.id) == col(item.resource_id))
        .where(col(item.id).in_({one.content_item_id for one in readings}))
    )
    told = {key: (title, file_name) for key, title, file_name in found}
    return [
        {
            "id": one.id,
            "title": told[one.content_item_id][0],
            "file_name": told[one.content_item_id][1],
            "action": one.action,
            "started_at": one.started_at,
            "last_seen_at": one.last_seen_at,
            "ended_at": one.ended_at,
        }
        for one in readings
    ]


def _app(one: App, names: Names) -> Part:
    return {
        "client_id": one.client.id,
        "name": one.client.name,
        "scopes": one.scopes,
        "consents": [
            {"member": names[consent.member_id], "scopes": consent.scopes, "given_at": consent.given_at}
            for consent in one.consents
        ],
        "authorizations": [
            {
                "id": allowed.id,
                "sign_in": allowed.sign_in,
                "scopes": allowed.scopes,
                "since": allowed.since,
                "until": allowed.until,
                "revoked_for": allowed.revoked_for,
            }
            for allowed in one.authorizations
        ],
    }


async def _newest(session: AsyncSession, found: Select[()], row: Any, most: int | None) -> Sequence[Any]:
    return (await session.scalars(found.add_columns(row).order_by(col(row.id).desc()).limit(most))).all()


async def _count(session: AsyncSession, found: Select[()]) -> int:
    rows = found.add_columns(literal(1)).subquery()
    return (await session.execute(select(func.count()).select_from(rows))).scalar_one()


def _act(one: Change) -> Part:
    return {
        "id": one.id,
        "at": one.changed_at,
        "act": one.act,
        "thing": one.subject,
        "thing_id": one.subject_id,
        "name": one.actor_name,
        "reason": one.reason,
    }


def _refused(one: RefusedAct) -> Part:
    return {"id": one.id, "at": one.refused_at, "act": one.act, "problem": one.problem}
