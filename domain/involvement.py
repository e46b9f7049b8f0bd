"""Which agreements and licences concern a member, as SQL. What somebody may see of them is visibility's to say.

A licence concerns whoever holds it, and whoever takes part in, or holds, an agreement that it or a narrower licence
governs: a child only narrows its parent, so both bind.
"""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CTE, BindParameter, ColumnElement, Select, Uuid, bindparam, func, select, union
from sqlmodel import col

from models import agreement as agreements
from models import licence as licences
from models.vocabulary import AgreementStatus, LicenceStatus

Found = Select[*tuple[Any, ...]]
Keys = BindParameter[Any]
"""A list of keys in one parameter: whatever their number, PostgreSQL is asked the same and plans it once."""

CONCLUDED = (AgreementStatus.ACTIVE, AgreementStatus.CLOSED)
IN_FORCE = (LicenceStatus.ACTIVE, LicenceStatus.TERMINATED)
"""A terminated licence holds until its last day."""


def these(keys: Collection[UUID]) -> Keys:
    return bindparam(None, list(keys), ARRAY(Uuid), unique=True)


def named(parameter: str) -> Keys:
    """Those that come with each question, for statements that are kept."""
    return bindparam(parameter, type_=ARRAY(Uuid))


def is_one_of(column: Any, keys: Keys) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == func.any(keys)
    return found


def agreements_of(members: Keys, *, drafts: bool, on: BindParameter[date] | None = None) -> CTE:
    """(whose, agreement_id): what these members hold or take part in; with a day, then.

    `drafts`: also what others are still preparing for them; a member's own preparations always count.
    """
    agreement, participation = agreements.Agreement, agreements.Participation
    held: Found = select(col(agreement.holder_id).label("whose"), col(agreement.id).label("agreement_id")).where(
        is_one_of(col(agreement.holder_id), members)
    )
    joined: Found = select(col(participation.member_id), col(participation.agreement_id)).where(
        is_one_of(col(participation.member_id), members)
    )
    if on is not None:
        joined = joined.where(col(participation.during).contains(on))
    if not drafts:
        joined = joined.join(agreement, col(agreement.id) == col(participation.agreement_id)).where(concluded())
    return union(held, joined).cte()


def licences_of(members: Keys, *, drafts: bool) -> CTE:
    """(whose, licence_id): what these members hold, and what binds them.

    Without `drafts` only agreements that were concluded bind, and only by licences in force: nobody comes to see
    another's contract by drafting an agreement under it.
    """
    licence, controlling, agreement = licences.Licence, agreements.ControllingLicence, agreements.Agreement
    concerned = agreements_of(members, drafts=drafts)
    governing = (
        select(concerned.c.whose, col(controlling.licence_id).label("licence_id"))
        .select_from(concerned)
        .join(controlling, col(controlling.agreement_id) == concerned.c.agreement_id)
    )
    if not drafts:
        governing = (
            governing.join(agreement, col(agreement.id) == concerned.c.agreement_id)
            .join(licence, col(licence.id) == col(controlling.licence_id))
            .where(concluded(), col(licence.status).in_(IN_FORCE))
        )
    bound = with_parents(governing)
    held = select(col(licence.holder_id), col(licence.id)).where(is_one_of(col(licence.holder_id), members))
    return union(select(bound.c.whose, bound.c.licence_id), held).cte()


def with_parents(found: Found) -> CTE:
    """Licences, each belonging to something, and those that they narrow. `found`: (whose, licence_id)."""
    licence = licences.Licence
    known = found.cte(recursive=True)
    parents = (
        select(known.c.whose, col(licence.parent_id))
        .join(licence, col(licence.id) == known.c.licence_id)
        .where(col(licence.parent_id).is_not(None))
    )
    return known.union(parents)


def concluded() -> ColumnElement[bool]:
    return col(agreements.Agreement.status).in_(CONCLUDED)
