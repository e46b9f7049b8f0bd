"""What a decision says is read with its names, and a clause's own words only by whom they are for."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain import explanation
from domain.principal import ANONYMOUS, Membership, Principal, Viewer
from domain.rights.answer import Condition, Granted, Refused, Remedy
from models import licence as licences
from models import party as parties
from models import resource as resources
from models.vocabulary import (
    AccessBasis,
    AccessReason,
    Action,
    ClauseVisibility,
    LicenceStatus,
    PartyKind,
    RemedyKind,
    ResourceKind,
    Role,
    TermStatus,
)

WORDS = "Walk-in readers may consult the titles on the premises."


@dataclass(frozen=True)
class World:
    resource: UUID
    member: UUID
    licence: UUID
    term: UUID
    clause: UUID

    def refused(self) -> Refused:
        return Refused(
            Action.VIEW,
            self.resource,
            AccessReason.REMOTE_NOT_ALLOWED,
            member_id=self.member,
            licence_id=self.licence,
            term_id=self.term,
            clause_id=self.clause,
            remedies=(Remedy(RemedyKind.COME_ON_SITE, member_id=self.member),),
        )


async def build(session: AsyncSession, visibility: ClauseVisibility) -> World:
    member = parties.Party(kind=PartyKind.MEMBER, code="lzu", name={"zh": "兰州大学", "en": "Lanzhou University"})
    provider = parties.Party(kind=PartyKind.PROVIDER, code="press", name={"en": "The Press"})
    title = resources.Resource(kind=ResourceKind.SERIAL, title={"en": "Annals"}, sort_title="annals", search="")
    session.add_all([member, provider, title])
    await session.flush()
    session.add(parties.Member(id=member.id, kind="university", country="CN", time_zone="Asia/Shanghai"))
    licence = licences.Licence(
        code="l", name={"en": "Annals 2026"}, licensor_id=provider.id, status=LicenceStatus.ACTIVE
    )
    session.add(licence)
    await session.flush()
    clause = licences.Clause(
        licence_id=licence.id, number="4.2", position=1, text=WORDS, summary={"zh": "限馆内"}, visibility=visibility
    )
    session.add(clause)
    await session.flush()
    term = licences.Term(
        licence_id=licence.id,
        clause_id=clause.id,
        action=Action.VIEW,
        status=TermStatus.PERMITTED_CONDITIONAL,
        on_site_only=True,
        purposes=["research"],
        public_note={"en": "Ask at the desk."},
    )
    session.add(term)
    await session.flush()
    return World(title.id, member.id, licence.id, term.id, clause.id)


async def test_a_refusal_is_told_with_every_name_it_rests_on(session: AsyncSession) -> None:
    world = await build(session, ClauseVisibility.STAFF)
    answer = world.refused()
    facts = await explanation.gather(session, answer, ANONYMOUS)
    assert facts.resource == {"en": "Annals"}
    assert facts.licensor == {"en": "The Press"}
    assert facts.clause
    assert facts.clause.number == "4.2"
    said = explanation.message(answer, facts, ("en",))
    assert said == "The licence “Annals 2026” allows this only on Lanzhou University's premises."
    assert explanation.remedy(answer.remedies[0], facts, ("zh",)) == "到兰州大学馆内使用。"


async def test_a_refusal_that_names_nothing_is_told_all_the_same(session: AsyncSession) -> None:
    answer = Refused(Action.VIEW, None, AccessReason.RESOURCE_UNKNOWN)
    facts = await explanation.gather(session, answer, ANONYMOUS)
    assert facts == explanation.Facts()
    assert explanation.message(answer, facts, ("en",)) == "The catalogue does not know this."


async def test_conditions_tell_the_terms_note_and_what_it_lists(session: AsyncSession) -> None:
    world = await build(session, ClauseVisibility.STAFF)
    conditions = (Condition(world.term), Condition(world.term, "purpose_as_licensed"), Condition(code="in_grace"))
    answer = Granted(Action.VIEW, world.resource, AccessBasis.LICENCE, conditions=conditions)
    facts = await explanation.gather(session, answer, ANONYMOUS)
    assert explanation.conditions(answer, facts, ("en",)) == [
        "Ask at the desk.",
        "Only for: research.",
        "The agreement has ended; this is its period of grace.",
    ]


@pytest.mark.parametrize(
    ("bounds", "english", "chinese"),
    [
        ({"purposes": ["onixPL:CommercialUse"]}, "commercial use", "商业用途"),
        ({"affiliations": ["alum"], "territories": ["DE"]}, "alum, DE", "校友、DE"),
        ({"user_classes": ["law"], "on_site_only": True}, "law, on the premises", "law、馆内"),
    ],
)
async def test_a_use_that_is_prohibited_in_part_isnt_said_to_be_unmentioned(
    session: AsyncSession, bounds: dict[str, object], english: str, chinese: str
) -> None:
    world = await build(session, ClauseVisibility.STAFF)
    term = await session.get_one(licences.Term, world.term)
    for name, value in ({"purposes": None, "on_site_only": False, "status": "prohibited_explicit"} | bounds).items():
        setattr(term, name, value)
    silent = replace(world.refused(), reason=AccessReason.TERM_SILENT, remedies=())
    facts = await explanation.gather(session, silent, ANONYMOUS)
    said = explanation.message(silent, facts, ("en",))
    assert said == (
        f"The licence does not permit this use; what it says of it (clause 4.2) only prohibits it for: {english}."
    )
    said = explanation.message(silent, facts, ("zh",))
    assert said == f"许可协议没有允许此种使用；其中谈到此种使用的第4.2条只是在以下情形禁止它：{chinese}。"
    for answer, names in ((silent, replace(facts, term=None)), (silent, explanation.Facts())):
        assert "mention" not in explanation.message(answer, names, ("en",)), "its term is gone since"
    unmentioned = replace(silent, term_id=None, clause_id=None)
    facts = await explanation.gather(session, unmentioned, ANONYMOUS)
    said = explanation.message(unmentioned, facts, ("en",))
    assert said.startswith("The licence “Annals 2026” does not mention this use; the consortium's rule")


def viewer(member_id: UUID, *roles: Role) -> Viewer:
    return Viewer(Principal((Membership(member_id, roles=frozenset(roles)),)), session_id=uuid4())


@pytest.mark.parametrize(
    ("visibility", "anonymous", "patron", "librarian", "stranger"),
    [
        (ClauseVisibility.PUBLIC, True, True, True, True),
        (ClauseVisibility.MEMBERS, False, True, True, False),
        (ClauseVisibility.STAFF, False, False, True, False),
    ],
)
async def test_a_clauses_own_words_are_read_only_by_whom_they_are_for(
    session: AsyncSession,
    visibility: ClauseVisibility,
    anonymous: bool,
    patron: bool,
    librarian: bool,
    stranger: bool,
) -> None:
    world = await build(session, visibility)

    async def reads(who: Viewer) -> bool:
        return (await explanation.gather(session, world.refused(), who)).clause_text == WORDS

    assert await reads(ANONYMOUS) is anonymous
    assert await reads(viewer(world.member)) is patron
    assert await reads(viewer(world.member, Role.MEMBER_LIBRARIAN)) is librarian
    assert await reads(viewer(uuid4(), Role.MEMBER_LIBRARIAN)) is stranger
    assert await reads(viewer(uuid4(), Role.AUDITOR))
