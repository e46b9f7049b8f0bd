"""What the case files say of explanations: at which check it fell, that check's facts, and what would change it."""

from collections.abc import Iterable
from typing import Any

from domain.principal import Viewer
from domain.rights import subject as asking
from domain.rights.answer import Answer, Granted, Window
from domain.rights.change import Situation, cheapest
from domain.rights.explain import ORDER, Checked, Outcome, trace
from domain.rights.facts import Fact, Named, Value
from domain.rights.grants import Grants
from domain.rights.order import Check
from models.vocabulary import AccessReason
from tests.rights.reading import Case
from tests.rights.world import World


def agrees(traced: tuple[Checked, ...], answer: Answer) -> Checked:
    """The same verdict, by the same licence, term and clause. Gives back the check that says so."""
    assert [one.check for one in traced] == list(ORDER)
    failed = [one for one in traced if one.outcome is Outcome.FAILED]
    if isinstance(answer, Granted):
        assert {one.outcome for one in traced} == {Outcome.PASSED}
        deciding = next(one for one in traced if one.check is Check.TERM)
    else:
        (deciding,) = failed
        assert deciding.reason is answer.reason
        before = {one.outcome for one in traced if one.check < deciding.check}
        after = {one.outcome for one in traced if one.check > deciding.check}
        assert before <= {Outcome.PASSED}
        assert after <= {Outcome.NOT_REACHED}
    told = (deciding.licence_id, deciding.term_id, deciding.clause_id)
    assert told == (answer.licence_id, answer.term_id, answer.clause_id)
    return deciding


def explained(made: World, grants: Grants, case: Case, answer: Answer) -> dict[str, Any]:
    """`fell_at`; `facts` of that check, of a grant those of all; `before`: of those that passed before it; `passed`:
    their sentences; `would_be_granted_if`."""
    viewer, subject = case.viewer_and_subject(made)
    principal = asking.principal(viewer, subject, grants) if subject else viewer.principal
    if isinstance(principal, AccessReason) or answer.resource_id is None:
        return {}
    context = case.context(made)
    traced = trace(grants, principal, answer.resource_id, case.action, context, case.now)
    deciding = agrees(traced, answer)
    told = traced if isinstance(answer, Granted) else (deciding,)
    said: dict[str, Any] = {
        "facts": _facts(made, told),
        "before": _facts(made, [one for one in traced if one.check < deciding.check]),
        "passed": [one.sentence for one in traced if one.outcome is Outcome.PASSED],
    }
    if isinstance(answer, Granted):
        return said
    asked_by_staff = bool(subject and subject.named and _sees_all(viewer, subject.member_id))
    situation = Situation(
        grants, principal, case.action, context, case.now, held=viewer.principal, any_affiliation=asked_by_staff
    )
    change = cheapest(situation, answer)
    where = made.name("member", change.member_id) if change else None
    words = (
        [change.kind.name, *change.affiliations, change.available_on and str(change.available_on), where]
        if change
        else []
    )
    return said | {
        "fell_at": deciding.check.name,
        "would_be_granted_if": " ".join(str(word) for word in words if word) or None,
    }


def _sees_all(viewer: Viewer, member_id: Any) -> bool:
    return viewer.staff_for(member_id)


def _facts(made: World, told: Iterable[Checked]) -> dict[str, Any]:
    return {fact.name.value: _values(made, fact) for one in told for fact in one.facts}


def _values(made: World, fact: Fact) -> Any:
    values = [_value(made, value) for value in fact.values]
    return values[0] if len(values) == 1 else values


def _value(made: World, value: Value) -> Any:
    if isinstance(value, Named):
        return made.name(value.thing.value, value.id)
    if isinstance(value, Window):
        return f"{value.first or ''}..{value.last or ''}"
    return getattr(value, "value", value)
