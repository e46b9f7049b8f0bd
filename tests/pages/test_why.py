"""A decision is told again to whoever holds its id, in her own language, and names no person."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from sqlalchemy import text

from api import database as edge
from domain import decisions
from domain.decisions import Asked
from domain.principal import Membership, Principal
from domain.rights.answer import Answer, Condition, Context, Granted, Refused, Remedy, Use
from models import licence as licences
from models import party, resource
from models.vocabulary import (
    AccessBasis,
    AccessReason,
    Action,
    Affiliation,
    ClauseVisibility,
    LicenceStatus,
    PartyKind,
    RemedyKind,
    ResourceKind,
    TermStatus,
)

EVIL = "<script>alert(1)</script>"
LATE = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
"""In Shanghai it is the next day already."""


@pytest.fixture
async def ids(app: FastAPI, database: edge.Urls) -> dict[str, UUID]:
    owner = edge.engine(database.owner or "")
    async with owner.begin() as connection:
        await connection.execute(text("UPDATE consortium SET time_zone = 'Asia/Shanghai'"))
    await owner.dispose()
    async with app.state.sessions.begin() as session:
        member = party.Party(kind=PartyKind.MEMBER, code="lzu", name={"zh": "兰州大学", "en": "Lanzhou University"})
        title = resource.Resource(kind=ResourceKind.SERIAL, title={"en": EVIL}, sort_title="a", search="")
        session.add_all([member, title])
        await session.flush()
        session.add(party.Member(id=member.id, kind="university", time_zone="Asia/Shanghai"))
        contract = licences.Licence(
            code="l", name={"en": "Annals 2026"}, licensor_id=member.id, status=LicenceStatus.ACTIVE
        )
        session.add(contract)
        await session.flush()
        clause = licences.Clause(
            licence_id=contract.id,
            number="4.2",
            position=1,
            text="Confidential words.",
            summary={"en": "On the premises only"},
            visibility=ClauseVisibility.STAFF,
        )
        session.add(clause)
        await session.flush()
        term = licences.Term(
            licence_id=contract.id,
            clause_id=clause.id,
            action=Action.VIEW,
            status=TermStatus.PERMITTED_EXPLICIT,
            purposes=["onixPL:ResearchUse"],
            public_note={"en": EVIL},
        )
        session.add(term)
        await session.flush()
        return {
            "member": member.id,
            "resource": title.id,
            "licence": contract.id,
            "clause": clause.id,
            "term": term.id,
        }


async def told(app: FastAPI, client: AsyncClient, answer: Answer, language: str = "en") -> Response:
    person = Membership(answer.member_id or uuid4(), frozenset({Affiliation.ALUM}), pseudonym_id=uuid4())
    context = Context(
        on=date(2026, 3, 1), published=(date(1999, 1, 1), date(1999, 12, 31)), use=Use("onixPL:ResearchUse")
    )
    asked = Asked(Principal((person,), frozenset({person.member_id})), context, LATE, 7)
    sealed = decisions.seal(app.state.keys, answer, asked)
    return await client.get(f"/why/{sealed}", headers={"Accept": "text/html", "Accept-Language": language})


async def test_a_refusal_is_told_with_question_clause_and_remedies(
    app: FastAPI, client: AsyncClient, ids: dict[str, UUID]
) -> None:
    answer = Refused(
        Action.VIEW,
        ids["resource"],
        AccessReason.REMOTE_NOT_ALLOWED,
        member_id=ids["member"],
        licence_id=ids["licence"],
        clause_id=ids["clause"],
        remedies=(Remedy(RemedyKind.COME_ON_SITE, member_id=ids["member"]),),
    )
    page = await told(app, client, answer)
    assert page.status_code == 200
    for said in (
        "The licence “Annals 2026” allows this only on Lanzhou University",
        "Use it on Lanzhou University",
        "4.2",
        "On the premises only",
        "alum",
        "1 March 2026",
        "1 January 1999 – 31 December 1999",
        "research",
        "23 November 2026",
        "<dd>7</dd>",
        "/help/remote_not_allowed",
    ):
        assert said in page.text
    assert "Confidential words" not in page.text
    assert EVIL not in page.text
    assert "/login" not in page.text, "whoever holds the id need not be the one who asked"
    assert "兰州大学" in (await told(app, client, answer, "zh-CN")).text


async def test_a_grant_is_told_with_its_conditions(app: FastAPI, client: AsyncClient, ids: dict[str, UUID]) -> None:
    conditions = (Condition(ids["term"]), Condition(ids["term"], "purpose_as_licensed"))
    answer = Granted(
        Action.VIEW, ids["resource"], AccessBasis.LICENCE, licence_id=ids["licence"], conditions=conditions
    )
    page = await told(app, client, answer)
    assert "Open to you under the licence “Annals 2026”." in page.text
    assert "Only for: research." in page.text
    assert "&lt;script&gt;" in page.text
    assert EVIL not in page.text


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("decision_id", ["x", "a.b", "%00", "d." + "A" * 5000, "\u81ea\u7136"])
async def test_an_id_that_is_none_gets_a_page_that_says_so(client: AsyncClient, decision_id: str) -> None:
    answer = await client.get(f"/why/{decision_id}", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]


async def test_the_bare_address_greets_a_browser(client: AsyncClient) -> None:
    greeting = await client.get("/", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert greeting.status_code == 200
    assert 'href="/login"' in greeting.text
    assert (await client.get("/", headers={"Accept": "application/json"})).status_code == 404
