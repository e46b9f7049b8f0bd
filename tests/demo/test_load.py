"""The demo consortium, loaded through the importers: what is there, that again changes nothing, who gets what."""

import asyncio
import io
import time
from calendar import monthrange
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from rich.console import Console
from ruamel.yaml import YAML
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Urls
from api.settings import Settings
from demo import identity_people, load
from domain.principal import Membership, Principal
from domain.rights import compilation
from domain.rights.answer import Context, Granted, Use
from domain.rights.decide import decide
from domain.rights.grants import Grants
from models.vocabulary import Action, Affiliation
from tests.support.databases import Databases

UNCOMPARED = {"epoch", "rights_change", "import_run"}
"""What a repeated load may touch: its own record, the epoch, and what that says of itself."""

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
SCENARIOS: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(Path(__file__).with_name("scenarios.yaml"))
PEOPLE = identity_people.load().persons


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def consortium(databases: Databases, folder: Path) -> Iterator[Urls]:
    """A database that the demo was loaded into."""
    with databases.clone() as urls:
        asyncio.run(_load(urls, folder))
        yield urls


async def _load(urls: Urls, folder: Path) -> None:
    pool = edge.engine(urls.app, statement_seconds=0)
    begin = edge.as_everybody(edge.sessions(pool))
    await load.load(begin, Settings(database_url=urls.app, state_dir=folder), Console(file=io.StringIO()))
    await pool.dispose()


@pytest.fixture
async def loaded(consortium: Urls) -> AsyncIterator[AsyncSession]:
    """A transaction that sees all that was loaded."""
    pool = edge.engine(consortium.app)
    async with edge.as_everybody(edge.sessions(pool))() as session:
        yield session
    await pool.dispose()


async def one(session: AsyncSession, query: str) -> Any:
    return (await session.execute(text(query))).scalar_one()


async def test_what_was_promised_is_there(loaded: AsyncSession) -> None:
    assert await one(loaded, "SELECT count(*) FROM member") == 25
    assert await one(loaded, "SELECT count(*) FROM package") >= 4
    assert await one(loaded, "SELECT count(*) FROM resource") >= 600
    assert await one(loaded, "SELECT count(*) FROM content_item") >= 34
    assert await one(loaded, "SELECT count(*) FROM licence") == 14
    assert await one(loaded, "SELECT count(DISTINCT status) FROM obligation") == 6
    assert await one(loaded, "SELECT count(DISTINCT link_rule) FROM platform") == 3
    assert await one(loaded, "SELECT name->>'zh' FROM consortium") == "互通图书馆示范联盟（虚构）"
    standings = await loaded.execute(
        text("SELECT code, standing FROM current_standings() JOIN party ON party.id = member_id")
    )
    expected = {"qinghe": "suspended", "yunling": "restricted", "hanhai": "at_risk", "nanlu": "good"}
    assert {row.code: row.standing for row in standings} == expected


async def test_every_name_that_people_read_is_in_both_languages(loaded: AsyncSession) -> None:
    for table in ("party", "platform", "package", "licence", "member_group", "obligation", "content_item"):
        column = "label" if table == "content_item" else "name"
        query = f"SELECT count(*) FROM {table} WHERE NOT {column} ?& ARRAY['zh', 'en']"
        assert await one(loaded, query) == 0, table


async def test_nothing_of_the_files_was_lost(loaded: AsyncSession) -> None:
    problems = await loaded.execute(text("SELECT severity, reason, value FROM import_problem WHERE severity <> 'note'"))
    assert problems.all() == []


async def _everything(session: AsyncSession) -> dict[str, Any]:
    """A digest of each table, all columns."""
    tables = await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return {
        table: await one(session, f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" AS t')
        for (table,) in tables.all()
        if table not in UNCOMPARED
    }


async def test_loading_again_changes_nothing_and_is_quick(loaded: AsyncSession, consortium: Urls, folder: Path) -> None:
    before = await _everything(loaded)
    started = time.monotonic()
    await _load(consortium, folder)
    assert time.monotonic() - started < 20
    assert await _everything(loaded) == before


@dataclass
class World:
    """What the scenarios are asked in."""

    grants: Grants
    members: dict[str, UUID]
    scopes: dict[str, UUID]
    clauses: dict[UUID, str]
    titles: dict[str, UUID]

    def principal(self, who: str | dict[str, Any], at: str | None) -> Principal:
        on_site = frozenset({self.members[at]} if at else ())
        if who == "nobody":
            return Principal(on_site=on_site)
        if isinstance(who, dict):
            affiliations = frozenset(Affiliation(word) for word in who["affiliations"])
            return Principal((Membership(self.members[who["member"]], affiliations),), on_site)
        person = PEOPLE[who]
        by_member: dict[UUID, set[Affiliation]] = {}
        for scoped in person.affiliations:
            word, _, scope = scoped.partition("@")
            by_member.setdefault(self.scopes[scope], set()).add(Affiliation(word))
        entitlements = frozenset(person.entitlements)
        return Principal(tuple(Membership(m, frozenset(a), entitlements) for m, a in by_member.items()), on_site)


async def _world(session: AsyncSession) -> World:
    async def pairs(query: str) -> dict[Any, Any]:
        return dict((await session.execute(text(query))).all())

    return World(
        await compilation.compile(session),
        await pairs("SELECT code, id FROM party WHERE kind = 'member'"),
        await pairs("SELECT scope, member_id FROM member_scope"),
        await pairs("SELECT id, number FROM clause"),
        await pairs("SELECT name, resource.id FROM resource, jsonb_each_text(title) AS each (language, name)"),
    )


def _dates(published: str | None) -> tuple[date, date] | None:
    """The first and the last day of a year or a month."""
    if published is None:
        return None
    year, month = (*map(int, published.split("-")), 0)[:2]
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


async def test_everybody_gets_the_answer_that_the_scenarios_name(loaded: AsyncSession) -> None:
    world = await _world(loaded)
    failures = []
    for case in SCENARIOS:
        context = Context(on=case.get("on"), published=_dates(case.get("published")), use=Use(**case.get("use", {})))
        principal = world.principal(case["who"], case.get("at"))
        action = Action(case.get("action", "view"))
        answer = decide(world.grants, principal, world.titles[case["title"]], action, context, NOW)
        given = answer.basis if isinstance(answer, Granted) else answer.reason
        clause = world.clauses.get(answer.clause_id) if answer.clause_id else None
        right = given == case["answer"] and ("clause" not in case or clause == case["clause"])
        right &= "member" not in case or answer.member_id == world.members[case["member"]]
        right &= not case.get("in_grace") or (isinstance(answer, Granted) and answer.in_grace)
        if not right:
            failures.append(f"{case} got {given} by clause {clause}")
    assert not failures, "\n".join(failures)
    assert len({case["answer"] for case in SCENARIOS}) >= 20
