"""What is asked of a reader is what the deciding rule asks for, and nothing that was said."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from domain import declaring
from domain.decisions import Asked
from domain.principal import Membership, Principal
from domain.rights.answer import Context, Refused, Use
from models import licence as licences
from models.vocabulary import AccessReason, Action, TermStatus

DAY = (date(2020, 5, 1), date(2020, 5, 1))
MEMBER = uuid4()


def refused(reason: AccessReason = AccessReason.ATTRIBUTE_MISSING, term: licences.Term | None = None) -> Refused:
    return Refused(Action.DOWNLOAD, uuid4(), reason, member_id=MEMBER, term_id=term.id if term else None)


NOTHING = Use()


def asked(use: Use = NOTHING, *, gate: bool = True) -> Asked:
    person = Principal((Membership(MEMBER),))
    return Asked(person, Context(published=DAY, use=use, gate=gate), datetime(2026, 12, 1, tzinfo=UTC), 1)


def term(status: TermStatus, **bounds: Any) -> licences.Term:
    return licences.Term(id=uuid4(), licence_id=uuid4(), action=Action.DOWNLOAD, status=status, **bounds)


def test_only_what_wasnt_said_is_wanting() -> None:
    rule = term(TermStatus.PROHIBITED_EXPLICIT, purposes=["a"], recipients=["b"], affiliations=["alum"])
    answer = refused(term=rule)
    assert declaring.unsaid(answer, rule, asked()) == ("purpose", "recipient")
    assert declaring.unsaid(answer, rule, asked(Use(purpose="a"))) == ("recipient",)
    assert declaring.unsaid(answer, rule, asked(Use("a", "b"))) == ("affiliation",)
    assert declaring.unsaid(answer, rule, asked(gate=False)) == ("affiliation",), "a list asks for no use"
    assert declaring.unsaid(answer, None, asked()) == (), "the term is gone since"
    assert declaring.unsaid(refused(AccessReason.TERM_PROHIBITS, rule), rule, asked()) == ()


def test_a_statute_asks_for_the_purpose() -> None:
    assert declaring.unsaid(refused(), None, asked()) == ("purpose",)
    assert declaring.unsaid(refused(), None, asked(Use(purpose="a"))) == ()


def test_what_was_declared_in_vain_is_what_the_term_bounds() -> None:
    use = Use(purpose="onixPL:CommercialUse", part="50%")
    prohibits = AccessReason.TERM_PROHIBITS
    rule = term(TermStatus.PROHIBITED_EXPLICIT, purposes=["onixPL:CommercialUse"])
    assert declaring.declared(refused(prohibits, rule), rule, asked(use)) == {"purpose": "onixPL:CommercialUse"}
    limited = term(TermStatus.PERMITTED_EXPLICIT)
    assert declaring.declared(refused(prohibits, limited), limited, asked(use)) == {"part": "50%"}
    anyway = term(TermStatus.PROHIBITED_EXPLICIT)
    assert declaring.declared(refused(prohibits, anyway), anyway, asked(use)) == {}, "whatever it is for"
