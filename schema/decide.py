"""Asking the rights engine: one question, or all resources at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pyroaring import BitMap

from domain.decisions import Asked
from domain.following import NotFresh
from domain.principal import Principal
from domain.rights.answer import Answer, Context, Granted, Refused
from domain.rights.decide import decide, without_candidates
from domain.rights.grants import Grants
from domain.rights.readable import readable as bitmap
from models.vocabulary import AccessReason, Action
from schema import scopes
from schema.kit.context import Info


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer as it is shown: for whom it was given, and the content item that it is about, where it is about one."""

    answer: Answer
    asked: Asked
    item_id: UUID | None = None
    sealed: str | None = None
    """Its id, where it is explained again."""

    granted = False

    @property
    def action(self) -> Action:
        return self.answer.action

    @property
    def resource_id(self) -> UUID | None:
        return self.answer.resource_id

    @property
    def member_id(self) -> UUID | None:
        return self.answer.member_id

    @property
    def licence_id(self) -> UUID | None:
        return self.answer.licence_id

    @property
    def term_id(self) -> UUID | None:
        return self.answer.term_id

    @property
    def clause_id(self) -> UUID | None:
        return self.answer.clause_id

    @property
    def valid_until(self) -> date | None:
        return self.answer.valid_until


@dataclass(frozen=True, slots=True)
class Admission(Decision):
    answer: Granted

    granted = True


@dataclass(frozen=True, slots=True)
class Denial(Decision):
    answer: Refused


def shown(answer: Answer, asked: Asked, *, item_id: UUID | None = None, sealed: str | None = None) -> Decision:
    if isinstance(answer, Granted):
        return Admission(answer, asked, item_id, sealed)
    return Denial(answer, asked, item_id, sealed)


async def fresh(info: Info) -> Grants | None:
    """The compiled rights, or None where they can't be proven fresh: then nothing is granted."""
    try:
        return await info.context.grants()
    except NotFresh:
        return None


async def decided(
    info: Info, principal: Principal, resource_id: UUID, action: Action, context: Context, item_id: UUID | None = None
) -> Decision:
    """The answer to one question, now."""
    grants = await fresh(info)
    if grants is None:
        return undecided(info, action, resource_id, AccessReason.RULE_ERROR)
    asked = Asked(principal, context, info.context.now, grants.epoch)
    answer = decide(grants, principal, resource_id, action, context, asked.at)
    return shown(answer, asked, item_id=item_id)


def undecided(info: Info, action: Action, resource_id: UUID | None, reason: AccessReason) -> Decision:
    """A refusal that no right was looked at for; of no epoch therefore."""
    asked = Asked(Principal(), Context(), info.context.now, epoch=0)
    return shown(without_candidates(action, resource_id, reason), asked)


async def readable(info: Info, actions: Sequence[Action]) -> Mapping[Action, BitMap]:
    """The ordinals of what the viewer may use in each way, now. Raises Refusal for a token that may not know."""
    scopes.require(info, *scopes.ACCESS)
    grants = await fresh(info)
    if grants is None:
        return {action: BitMap() for action in actions}
    principal = info.context.viewer.principal
    return {action: bitmap(grants, principal, action, Context(), info.context.now) for action in actions}
