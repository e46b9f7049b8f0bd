"""What lists of licences and agreements are narrowed to."""

from datetime import date
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import false, select
from sqlmodel import col

from domain import visibility
from domain.catalogue import contracts
from domain.involvement import Found
from models.agreement import Agreement
from models.licence import Licence
from models.vocabulary import AgreementStatus, LicenceStatus
from schema import node
from schema.kit import ids
from schema.kit.context import Info
from schema.vocabulary import LicenceState


@strawberry.input(description="What a list of licences is narrowed to; fields all apply.")
class LicenceFilter:
    member: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="That this member holds, or that bind it through an agreement."
    )
    resource: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="With an agreement that gives this resource."
    )
    package: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="With an agreement that gives this package, or a title of it."
    )
    statuses: list[LicenceState] | None = strawberry.field(
        default=strawberry.UNSET, description="In one of these states; EXPIRED and ACTIVE exclude each other."
    )
    active_on: date | None = strawberry.field(
        default=strawberry.UNSET,
        description="In force on this day: by its own dates; with member, resource or package also by the agreement's "
        "periods (days of grace included), participations and entitlements.",
    )


@strawberry.input(description="What a list of agreements is narrowed to; fields all apply.")
class AgreementFilter:
    member: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Held by this member, or with it taking part."
    )
    licence: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Governed by this licence at any time."
    )
    statuses: list[AgreementStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="In one of these states."
    )


class _Unknown(Exception):
    """An id that nothing has, as far as the viewer may know: nothing is found by it."""


def _given(value: Any) -> Any:
    return None if value is strawberry.UNSET else value


def _key(value: strawberry.ID | None, type_name: str) -> UUID | None:
    if _given(value) is None:
        return None
    key = ids.decode(value or "", type_name)
    if key is None:
        raise _Unknown
    return key


def _member(info: Info, value: strawberry.ID | None) -> UUID | None:
    key = _key(value, "Member")
    if key and not visibility.sees_rights(info.context.viewer, key):
        raise _Unknown
    return key


async def licences_wanted(info: Info, by: LicenceFilter) -> Found:
    """The licences that the viewer sees of those asked for."""
    try:
        wanted = contracts.LicenceFilter(
            member_id=_member(info, by.member),
            resource_id=_key(by.resource, "Resource"),
            package_id=_key(by.package, "Package"),
            active_on=_given(by.active_on),
        )
    except _Unknown:
        return select().select_from(Licence).where(false())
    found = contracts.licences(wanted, info.context.viewer)
    states = _given(by.statuses)
    if states is None:
        return found
    stored = {LicenceStatus(state.value) for state in states if state is not LicenceState.EXPIRED}
    return found.where(contracts.in_states(stored, LicenceState.EXPIRED in states, info.context.today))


async def agreements_wanted(info: Info, by: AgreementFilter) -> Found:
    """The agreements that the viewer sees of those asked for."""
    nothing: Found = select().select_from(Agreement).where(false())
    try:
        member_id = _member(info, by.member)
    except _Unknown:
        return nothing
    licence = None
    if _given(by.licence) is not None:
        licence = await node.find(info, by.licence or "", "Licence")
        if licence is None:
            return nothing
    found = contracts.agreements(info.context.viewer, member_id=member_id, licence_id=licence.id if licence else None)
    states = _given(by.statuses)
    return found if states is None else found.where(col(Agreement.status).in_(states))
