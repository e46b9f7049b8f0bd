"""What is put on record: openings, and refusals to somebody signed in; never a person."""

import logging
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import decisions
from domain.decisions import Asked
from domain.principal import Membership, Principal, Viewer
from domain.rights import compilation
from domain.rights.answer import Context, Granted, Refused, Use
from domain.rights.decide import decide, without_candidates
from models import content as rows
from models.vocabulary import AccessBasis, AccessReason, Action, Affiliation
from tests.rights import world
from tests.rights.world import World

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
TOLD = {
    "members": {"lzu": {"country": "CN"}},
    "packages": {"Journals": {"provider": "Elder Press", "titles": {"Annals": {}}}},
    "licences": {"deal": {"terms": [{"action": "view", "status": "permitted_explicit", "affiliations": ["student"]}]}},
    "agreements": {"deal": {"licence": "deal", "entitlements": ["Journals"]}},
}


@pytest.fixture
async def made(tables: AsyncSession) -> World:
    return await world.load(tables, TOLD)


def reader(made: World, affiliation: Affiliation = Affiliation.STUDENT, *, signed_in: bool = True) -> Viewer:
    membership = Membership(made.id("member", "lzu"), frozenset({affiliation}), pseudonym_id=uuid4())
    return Viewer(Principal((membership,)), session_id=uuid4() if signed_in else None)


async def recorded(session: AsyncSession, made: World, viewer: Viewer, context: Context) -> tuple[UUID | None, Any]:
    grants = await compilation.compile(session)
    answer = decide(grants, viewer.principal, made.id("resource", "Annals"), Action.VIEW, context, NOW)
    asked = Asked(viewer.principal, context, NOW, grants.epoch)
    decision_id = await decisions.record(session, answer, viewer, asked)
    found = await session.execute(select(rows.Decision).where(col(rows.Decision.id) == decision_id))
    return decision_id, found.scalar_one_or_none()


async def test_an_opening_is_recorded_with_its_ground(tables: AsyncSession, made: World) -> None:
    context = Context(on=date(2026, 11, 1), use=Use(purpose="research"))
    decision_id, row = await recorded(tables, made, reader(made), context)
    assert row.id == decision_id
    assert (row.granted, row.basis, row.reason) == (True, AccessBasis.LICENCE, None)
    assert (row.licence_id, row.term_id, row.clause_id) == (
        made.id("licence", "deal"),
        made.id("term", "deal/1"),
        made.id("clause", "deal 1"),
    )
    assert (row.epoch, row.member_id) == (1, made.id("member", "lzu"))
    assert row.facts == {"affiliations": ["student"], "on": "2026-11-01", "purpose": "research"}


async def test_a_refusal_to_somebody_signed_in_is_recorded(tables: AsyncSession, made: World) -> None:
    _, row = await recorded(tables, made, reader(made, Affiliation.ALUM), Context())
    assert (row.granted, row.reason, row.basis) == (False, AccessReason.USER_CLASS_NOT_AUTHORISED, None)


async def test_the_record_names_nobody(tables: AsyncSession, made: World) -> None:
    viewer = reader(made)
    _, row = await recorded(tables, made, viewer, Context())
    (membership,) = viewer.principal.memberships
    assert not {str(membership.pseudonym_id), str(viewer.session_id)} & set(map(str, row.model_dump().values()))
    assert not {"pseudonym", "session", "subject", "address"} & set(row.facts)


async def test_a_refusal_to_a_stranger_is_only_counted(tables: AsyncSession, made: World) -> None:
    before = decisions.refused_anonymously[AccessReason.SIGN_IN_REQUIRED]
    decision_id, row = await recorded(tables, made, Viewer(), Context())
    assert (decision_id, row) == (None, None)
    assert decisions.refused_anonymously[AccessReason.SIGN_IN_REQUIRED] == before + 1


async def test_strangers_can_not_fill_the_log(
    tables: AsyncSession, made: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "_told_at", {})
    with caplog.at_level(logging.INFO, "domain.decisions"):
        for _ in range(5):
            await recorded(tables, made, Viewer(), Context())
    assert [record.getMessage().split(",")[0] for record in caplog.records] == [
        "refused to nobody signed in: sign_in_required"
    ]


async def test_a_resource_that_nobody_knows_leaves_no_row(tables: AsyncSession, made: World) -> None:
    viewer = reader(made)
    answer = without_candidates(Action.VIEW, None, AccessReason.RESOURCE_UNKNOWN)
    asked = Asked(viewer.principal, Context(), NOW, epoch=1)
    assert await decisions.record(tables, answer, viewer, asked) is None


async def test_what_a_later_answer_says_is_what_the_id_said(tables: AsyncSession, made: World) -> None:
    """The same question at the same epoch is answered alike: a decision can be replayed."""
    grants = await compilation.compile(tables)
    viewer = reader(made)
    again = [
        decide(grants, viewer.principal, made.id("resource", "Annals"), action, Context(), NOW)
        for action in (Action.VIEW, Action.VIEW, Action.DOWNLOAD, Action.DOWNLOAD)
    ]
    assert again[0] == again[1]
    assert again[2] == again[3]
    assert isinstance(again[0], Granted)
    assert isinstance(again[2], Refused)
