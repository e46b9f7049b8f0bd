"""Readers are told apart within a day, as COUNTER asks, and by nothing once the day's key is destroyed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.settings import Settings
from domain import readers
from domain.keys import KeyStore
from domain.readers import Visitor
from models import content as rows
from models.vocabulary import Action, UsageKind
from tests.content.library import CAMPUS, HOME, Library, address, library, reader, signed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FROM_HOME = {"X-Forwarded-For": HOME}


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    return KeyStore(tmp_path / "keys", demo=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Behind a proxy on this machine, so that a test can say where somebody is."""
    return settings.model_copy(update={"trusted_proxies": Settings(trusted_proxies="127.0.0.1/32").trusted_proxies})


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    async with library(app) as opened:
        yield opened


async def token(
    session: AsyncSession, keys: KeyStore, visitor: Visitor | None, now: datetime = NOW, session_id: UUID | None = None
) -> bytes | None:
    return await readers.token(session, keys, session_id, None, visitor, now)


async def test_a_reader_is_the_same_all_day_and_another_on_the_next(session: AsyncSession, keys: KeyStore) -> None:
    visitor = Visitor(HOME, "Firefox")
    morning = await token(session, keys, visitor, datetime(2026, 3, 1, 0, 0, tzinfo=UTC))
    evening = await token(session, keys, visitor, datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC))
    next_day = await token(session, keys, visitor, datetime(2026, 3, 2, 0, 0, tzinfo=UTC))
    assert morning == evening != next_day
    assert morning is not None
    assert len(morning) == readers.TOKEN_BYTES


async def test_address_and_browser_together_tell_visitors_apart(session: AsyncSession, keys: KeyStore) -> None:
    """COUNTER R5.1 §7.3: the combination of both stands for a user who has no account."""
    told = [
        await token(session, keys, Visitor(home, agent))
        for home, agent in ((HOME, "a"), (HOME, "b"), (CAMPUS, "a"), (HOME, "\udcffa"))
    ]
    assert len(set(told)) == 4
    assert await token(session, keys, None) is None


async def test_without_a_pseudonym_the_sign_in_is_the_reader(session: AsyncSession, keys: KeyStore) -> None:
    one, other = uuid4(), uuid4()
    visitor = Visitor(HOME, "a")
    assert await token(session, keys, visitor, session_id=one) == await token(session, keys, None, session_id=one)
    assert await token(session, keys, visitor, session_id=one) != await token(session, keys, visitor, session_id=other)


async def test_processes_that_read_at_once_use_one_key(mutua: Library) -> None:
    keys = mutua.gate.keys

    async def read() -> bytes | None:
        async with mutua.everybody() as session:
            made = await token(session, keys, Visitor(HOME, "a"))
            await asyncio.sleep(0.05)
            return made

    assert len({await one for one in [asyncio.create_task(read()) for _ in range(5)]}) == 1
    assert len(await mutua.all(rows.ReaderKey)) == 1


async def test_a_key_whose_seal_is_gone_stops_nobody_from_reading(
    session: AsyncSession, keys: KeyStore, tmp_path: Path
) -> None:
    assert await token(session, keys, Visitor(HOME, "a"))
    assert await token(session, KeyStore(tmp_path / "others", demo=True), Visitor(HOME, "a")) is None


async def test_a_person_is_one_reader_in_every_browser_and_by_every_link(mutua: Library) -> None:
    item = await mutua.item("journals/journal")
    for browser in ("Firefox", "Safari"):
        cookie = await mutua.sign_in(person="ada")
        async with reader(mutua.url, **cookie, **FROM_HOME, **{"User-Agent": browser}) as ada:
            assert (await ada.get(address(item))).status_code == 200
    query = "mutation($id: ID!) { contentOpen(input: {contentItem: $id}) { link { url } } }"
    sent = {"query": query, "variables": {"id": address(item).removeprefix("/content/")}}
    async with reader(mutua.url, **FROM_HOME) as app:
        own = {**cookie, "Origin": mutua.app.state.settings.public_url}
        opened = (await app.post("/graphql", json=sent, headers=own)).json()["data"]["contentOpen"]
        link = opened["link"]["url"].partition("?link=")[2]
        assert (await app.get(signed(item, link))).status_code == 200
    async with reader(mutua.url, **await mutua.sign_in(person="bob"), **FROM_HOME) as bob:
        await bob.get(address(item))
    tokens = [one.reader_token for one in await mutua.all(rows.UsageEvent)]
    assert tokens == [tokens[0], tokens[0], tokens[0], tokens[3]]
    assert [one.reader_token for one in await mutua.all(rows.Reading)] == tokens
    assert tokens[0] is not None
    assert tokens[0] != tokens[3] is not None


async def test_a_visitor_is_told_apart_and_a_refused_reader_too(mutua: Library) -> None:
    free, journal = await mutua.item("free/open"), await mutua.item("journals/journal")
    for agent in ("a", "b", "a"):
        async with reader(mutua.url, **FROM_HOME, **{"User-Agent": agent}) as visitor:
            await visitor.get(address(free))
    async with reader(mutua.url, **await mutua.sign_in("lzu", person="eve"), **FROM_HOME) as eve:
        for _ in range(2):
            assert (await eve.get(address(journal))).status_code == 403
    events = await mutua.all(rows.UsageEvent)
    assert [one.kind for one in events] == [UsageKind.REQUEST] * 3 + [UsageKind.NO_LICENSE] * 2
    first, second, third, refused, again = (one.reader_token for one in events)
    assert first == third
    assert refused == again
    assert len({first, second, refused}) == 3
    assert None not in {first, second, refused}


async def test_it_is_enough_for_sessions_unique_counts_and_double_clicks(mutua: Library) -> None:
    """COUNTER R5.1 §7.2–7.3: one use within 30 seconds counts once, one item counts once an hour and user."""
    item = await mutua.item("free/open")
    moments = [NOW, NOW + timedelta(seconds=20), NOW + timedelta(minutes=10), NOW + timedelta(hours=1)]
    async with mutua.everybody() as session:
        for visitor in (Visitor(HOME, "a"), Visitor(HOME, "b")):
            for moment in moments:
                made = await token(session, mutua.gate.keys, visitor, moment)
                session.add(
                    rows.UsageEvent(
                        occurred_at=moment,
                        kind=UsageKind.REQUEST,
                        action=Action.VIEW,
                        resource_id=item.resource_id,
                        content_item_id=item.id,
                        reader_token=made,
                    )
                )
    counted = """
        SELECT count(*) FILTER (WHERE NOT repeated), count(DISTINCT (reader_token, content_item_id, occurred_hour))
        FROM (
          SELECT *, date_trunc('hour', occurred_at) AS occurred_hour,
                 coalesce(lead(occurred_at) OVER same - occurred_at < interval '30 s', false) AS repeated
          FROM usage_event WINDOW same AS (PARTITION BY reader_token, content_item_id ORDER BY occurred_at)
        ) AS told
    """
    async with mutua.everybody() as session:
        assert (await session.execute(text(counted))).one() == (6, 4)


async def test_nothing_ties_a_token_to_a_pseudonym_once_the_key_is_destroyed(mutua: Library) -> None:
    """Whoever then has every table and every key of ours makes neither yesterday's token nor a second day's again."""
    item = await mutua.item("journals/journal")
    cookie = await mutua.sign_in(person="ada")
    async with reader(mutua.url, **cookie, **FROM_HOME) as ada:
        await ada.get(address(item))
    [event] = await mutua.all(rows.UsageEvent)

    async def again() -> bytes | None:
        async with mutua.everybody() as session:
            member, signed_in = (
                await session.execute(text("SELECT member_id, session_id FROM session_membership"))
            ).one()
            return await readers.token(session, mutua.gate.keys, signed_in, member, None, event.occurred_at)

    assert await again() == event.reader_token, "within the day it is hers"
    async with mutua.everybody() as session:
        await session.execute(text("DELETE FROM reader_key"))
    assert await again() != event.reader_token


async def test_neither_address_nor_browser_is_kept(mutua: Library) -> None:
    agent = "Mozilla/5.0 (very particular)"
    item = await mutua.item("free/open")
    async with reader(mutua.url, **FROM_HOME, **{"User-Agent": agent}) as visitor:
        assert (await visitor.get(address(item))).status_code == 200
    async with mutua.everybody() as session:
        tables = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        told = [await session.scalar(text(f"SELECT string_agg(kept::text, '') FROM {one} AS kept")) for one in tables]
    kept = "".join(one for one in told if one)
    assert str(item.id) in kept
    assert HOME not in kept
    assert agent not in kept


async def test_no_moment_of_a_sign_in_stays_with_a_pseudonym(mutua: Library) -> None:
    """It could be laid beside the moments of readings."""
    await mutua.sign_in(person="ada")
    async with mutua.everybody() as session:
        kept = (
            await session.execute(
                text(
                    "SELECT created_at = date_trunc('day', now(), 'UTC'), last_seen_at = created_at,"
                    " uuid_extract_timestamp(id) IS NULL FROM pseudonym"
                )
            )
        ).one()
    assert tuple(kept) == (True, True, True)
