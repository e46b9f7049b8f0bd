"""What acts on licences and agreements share: why they can't be done, and which licence may govern what."""

import re
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import involvement, visibility
from domain.acts.act import Act, ActRefused, Problem, text
from domain.involvement import IN_FORCE
from models.agreement import Agreement
from models.licence import Licence
from models.party import Party
from models.vocabulary import AgreementStatus, LicenceStatus, PartyKind

UNSIGNED = (LicenceStatus.TEMPLATE, LicenceStatus.DRAFT, LicenceStatus.IN_NEGOTIATION)
PREPARED = (AgreementStatus.DRAFT, AgreementStatus.REQUESTED, AgreementStatus.IN_NEGOTIATION)
"""Nothing rests on it yet."""
LONGEST_CODE = 100
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class ContractProblem(StrEnum):
    """Why an act on a contract can't be done; an entry of the message catalogue each."""

    AMENDMENT_CYCLE = "amendment_cycle"
    CANCEL_LATE = "cancel_late"
    CONTRADICTS = "terms_contradict"
    CODE = "code_malformed"
    CYCLE = "licence_cycle"
    DOCUMENT_OF_ANOTHER = "document_of_another"
    DOCUMENT_UNREADABLE = "document_unreadable"
    EMPTY_LIST = "empty_list"
    ENDS_BEFORE = "ends_before"
    GRACE_EARLY = "grace_early"
    LICENCE_NOT_IN_FORCE = "licence_not_in_force"
    LICENCE_OF_ANOTHER = "licence_of_another"
    LIMIT = "limit_malformed"
    NOT_CONSORTIAL = "not_consortial"
    NO_ENTITLEMENT = "no_entitlement_yet"
    NO_LICENCE = "no_licence_yet"
    NO_PERIOD = "no_period_yet"
    NO_TERM = "no_term_yet"
    PERCENT = "percent_over_100"
    UNKNOWN = "value_unknown"
    WIDENS = "licence_widened"


def coded(code: str) -> str:
    """The short name, such that an import file can call it so. Raises ActRefused."""
    plain = text(code, "code", LONGEST_CODE)
    if not _CODE.fullmatch(plain):
        raise ActRefused(ContractProblem.CODE, "code", value=plain)
    return plain


async def free(session: AsyncSession, code: str, of: type[Licence] | type[Agreement]) -> None:
    """Raises ActRefused where another has this code."""
    if await session.scalar(select(exists().where(col(of.code) == code))):
        raise ActRefused(Problem.TAKEN, "code", field="code")


async def member(session: AsyncSession, key: UUID | None, path: str) -> Party:
    """The member that the input names. Raises ActRefused: there is none."""
    is_it = select(Party).where(col(Party.id) == key, col(Party.kind) == PartyKind.MEMBER)
    found: Party | None = await session.scalar(is_it)
    if found is None:
        raise ActRefused(Problem.NOT_FOUND, path)
    return found


async def require_holder(session: AsyncSession, act: Act, holder_id: UUID | None) -> None:
    """Refused unless the viewer may act for whoever is to hold a contract; None = the consortium."""
    act.require(holder_id)
    if holder_id:
        await member(session, holder_id, "holder")


async def require_giver(session: AsyncSession, act: Act, party_id: UUID, holder_id: UUID | None) -> None:
    """Nobody gives in the name of a member for which she doesn't act. Raises ActRefused."""
    if party_id != holder_id and await session.scalar(
        select(exists().where(col(Party.id) == party_id, col(Party.kind) == PartyKind.MEMBER))
    ):
        act.require(party_id)


async def governing(
    session: AsyncSession, act: Act, licence_id: UUID | None, holder_id: UUID | None, *path: str, in_force: bool = False
) -> Licence:
    """The licence that is to govern something of this holder: its own, or one of the consortium that binds it already.

    Raises:
        ActRefused: the viewer sees no such licence, or it is no licence for this holder, or, where it must be, not in
            force yet; or somebody else gives it for whom she doesn't act.
    """
    seen = visibility.only_licences(select(Licence).where(col(Licence.id) == licence_id), visibility.sight(act.viewer))
    licence: Licence | None = await session.scalar(seen)
    if licence is None:
        raise ActRefused(Problem.NOT_FOUND, *path)
    if licence.holder_id != holder_id and not await _binds(session, licence, holder_id):
        raise ActRefused(ContractProblem.LICENCE_OF_ANOTHER, *path, value=licence.code)
    await require_giver(session, act, licence.licensor_id, holder_id)
    if in_force:
        require_force(licence, *path)
    return licence


def require_force(licence: Licence, *path: str) -> None:
    """Raises ActRefused for a licence that is still prepared."""
    if licence.status not in IN_FORCE:
        raise ActRefused(ContractProblem.LICENCE_NOT_IN_FORCE, *path, value=licence.code)


async def _binds(session: AsyncSession, licence: Licence, holder_id: UUID | None) -> bool:
    """Whether a licence of the consortium binds a member through what was concluded."""
    if licence.holder_id is not None or holder_id is None:
        return False
    concerned = involvement.licences_of(involvement.these([holder_id]), drafts=False)
    found: Any = await session.scalar(select(exists().where(concerned.c.licence_id == licence.id)))
    return bool(found)
