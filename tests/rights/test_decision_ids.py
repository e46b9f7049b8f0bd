"""A decision's id explains itself, and names nobody."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from domain import decisions
from domain.decisions import Asked
from domain.keys import KeyStore, Purpose
from domain.principal import Membership, Principal
from domain.rights.answer import Answer, Condition, Context, Granted, Link, Refused, Remedy, Use, Window
from models.vocabulary import AccessBasis, AccessReason, Action, Affiliation, RemedyKind, Role

GRANTED = Granted(
    Action.VIEW,
    uuid4(),
    AccessBasis.LICENCE,
    member_id=uuid4(),
    entitlement_id=uuid4(),
    licence_id=uuid4(),
    term_id=uuid4(),
    clause_id=uuid4(),
    valid_until=date(2026, 12, 31),
    coverage_ids=(uuid4(),),
    windows=(Window(date(2000, 1, 1), None),),
    conditions=(Condition(code="in_grace"), Condition(uuid4())),
    links=(Link(uuid4(), None),),
    in_grace=True,
)
REFUSED = Refused(
    Action.DOWNLOAD,
    None,
    AccessReason.EMBARGOED,
    remedies=(Remedy(RemedyKind.WAIT, available_on=date(2027, 1, 1)), Remedy(RemedyKind.ASK_LIBRARIAN)),
)
MEMBERSHIP = Membership(
    uuid4(),
    frozenset({Affiliation.STUDENT}),
    frozenset({"urn:mace:dir:entitlement:common-lib-terms"}),
    frozenset({Role.MEMBER_LIBRARIAN}),
    pseudonym_id=uuid4(),
)
ASKED = Asked(
    Principal((MEMBERSHIP,), frozenset({uuid4()}), "CN"),
    Context(date(2026, 11, 22), (date(1999, 1, 1), date(1999, 12, 31)), Use(purpose="research"), gate=True),
    datetime(2026, 11, 22, 8, tzinfo=UTC),
    epoch=17,
)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys")


@pytest.mark.parametrize("answer", [GRANTED, REFUSED])
def test_an_id_tells_the_question_and_the_answer_again(keys: KeyStore, answer: Answer) -> None:
    told = decisions.explain(keys, decisions.seal(keys, answer, ASKED))
    assert told is not None
    assert told.answer == answer
    assert told.asked.context == ASKED.context
    assert (told.asked.epoch, told.asked.at, told.asked.principal.territory) == (17, ASKED.at, "CN")
    assert told.asked.principal.on_site == ASKED.principal.on_site


def test_an_id_names_no_person(keys: KeyStore) -> None:
    told = decisions.explain(keys, decisions.seal(keys, GRANTED, ASKED))
    assert told is not None
    (membership,) = told.asked.principal.memberships
    assert (membership.pseudonym_id, membership.roles) == (None, frozenset())
    assert membership.affiliations == MEMBERSHIP.affiliations


def test_an_id_is_short_enough_for_an_address(keys: KeyStore) -> None:
    assert len(decisions.seal(keys, GRANTED, ASKED)) < 1500


@pytest.mark.parametrize("text", ["", "x", "a.b", "ü\0\ud800", "a" * 100_000])
def test_what_is_no_id_explains_nothing(keys: KeyStore, text: str) -> None:
    assert decisions.explain(keys, text) is None


def test_an_altered_or_foreign_id_explains_nothing(keys: KeyStore) -> None:
    sealed = decisions.seal(keys, REFUSED, ASKED)
    assert decisions.explain(keys, sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB")) is None
    assert decisions.explain(keys, keys.seal(Purpose.LINKS, b"{}")) is None
    assert decisions.explain(keys, keys.seal(Purpose.DECISIONS, b"not packed")) is None


def test_a_key_that_was_rotated_still_explains(keys: KeyStore) -> None:
    sealed = decisions.seal(keys, REFUSED, ASKED)
    keys.rotate(Purpose.DECISIONS)
    assert decisions.explain(keys, sealed) is not None
