"""Signed links: when they begin, what they are bound to, and what ends the reading that they began."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from ipaddress import ip_network
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text as sql

from domain.content import links
from domain.keys import KeyStore, Purpose
from domain.rights.current import Current
from models import content as rows
from models.vocabulary import Action
from tests.content.library import CAMPUS, HOME, PDF, Library, address, library, link_of, reader, signed


@pytest.fixture
async def mutua(app: FastAPI) -> AsyncIterator[Library]:
    async with library(app) as opened:
        yield opened


@pytest.fixture
async def program(mutua: Library) -> AsyncIterator[httpx2.AsyncClient]:
    async with reader(mutua.url) as opened:
        yield opened


async def test_the_first_use_begins_the_reading_and_counts_it(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item)
    assert await mutua.counts() == (1, 0, 0)
    assert (await program.head(signed(item, opening.text))).status_code == 200
    assert await mutua.counts() == (1, 0, 0)
    for _ in range(2):
        assert (await program.get(signed(item, opening.text))).content == PDF
        assert await mutua.counts() == (1, 1, 1)


async def test_many_first_uses_at_once_are_one_reading(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item)
    asked = [
        program.get(signed(item, opening.text), headers={"Range": f"bytes={100 * n}-{100 * n + 99}"}) for n in range(12)
    ]
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {206}
    assert b"".join(answer.content for answer in answers) == PDF[:1200]
    assert await mutua.counts() == (1, 1, 1)


async def test_a_link_not_begun_within_a_minute_is_dead(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item)
    assert opening.link.start_before - datetime.now(UTC) <= timedelta(seconds=60)
    late = replace(opening.link, start_before=datetime.now(UTC) - timedelta(seconds=1))
    answer = await program.get(signed(item, links.seal(mutua.gate.keys, late)))
    assert (answer.status_code, answer.json()["code"]) == (403, "LINK_REFUSED")
    assert await mutua.counts() == (1, 0, 0)


class MinutesLater(datetime):
    """The clock of the gate, after a link's minute and before a reading idles out."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # datetime itself promises Self
        return datetime.now(tz) + timedelta(minutes=3)


async def test_a_reading_outlives_its_links_minute(
    mutua: Library, program: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = await mutua.item("free/open")
    begun, unused = await mutua.open_link(item), await mutua.open_link(item)
    assert (await program.get(signed(item, begun.text))).status_code == 200
    monkeypatch.setattr("api.content.datetime", MinutesLater)
    assert (await program.get(signed(item, begun.text))).status_code == 200
    assert (await program.get(signed(item, unused.text))).status_code == 403


async def test_half_an_hour_unused_ends_a_reading(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item)
    assert (await program.get(signed(item, opening.text))).status_code == 200
    async with mutua.everybody() as session:
        await session.execute(sql("UPDATE reading SET last_seen_at = now() - interval '29 minutes'"))
    assert (await program.get(signed(item, opening.text))).status_code == 200
    async with mutua.everybody() as session:
        await session.execute(sql("UPDATE reading SET last_seen_at = now() - interval '31 minutes'"))
    assert (await program.get(signed(item, opening.text))).status_code == 403


async def test_signing_out_ends_the_reading(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("journals/journal")
    cookie = await mutua.sign_in()
    redirect = await program.get(address(item), headers=cookie, follow_redirects=False)
    assert (await program.get(redirect.headers["location"])).status_code == 200
    await mutua.sign_out(cookie)
    assert (await program.get(redirect.headers["location"])).status_code == 403


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE session SET expires_at = now()",
        "UPDATE session SET last_seen_at = now() - interval '9 hours'",
        "UPDATE identity_provider SET enabled = false",
        "DELETE FROM session_membership; DELETE FROM session",
    ],
)
async def test_a_sign_in_that_is_over_ends_the_reading(
    mutua: Library, program: httpx2.AsyncClient, statement: str
) -> None:
    item = await mutua.item("journals/journal")
    redirect = await program.get(address(item), headers=await mutua.sign_in(), follow_redirects=False)
    async with mutua.everybody() as session:
        for one in statement.split(";"):
            await session.execute(sql(one))
    assert (await program.get(redirect.headers["location"])).status_code == 403


async def test_what_only_standing_in_the_library_gives_ends_at_its_door(
    app: FastAPI, mutua: Library, program: httpx2.AsyncClient
) -> None:
    """Whoever is sent a walk-in's link, and the walk-in gone home, are decided about where they are."""
    app.state.site = replace(app.state.site, trusted_proxies=(ip_network("127.0.0.1/32"),))
    item = await mutua.item("scrolls/scroll")
    await mutua.campus("pku")
    there, away = {"X-Forwarded-For": CAMPUS}, {"X-Forwarded-For": HOME}
    begun, unused = [
        (await program.get(address(item), headers=there, follow_redirects=False)).headers["location"] for _ in range(2)
    ]
    assert (await program.get(begun, headers={**there, "Range": "bytes=0-9"})).status_code == 206
    assert (await program.get(begun, headers={**there, "Range": "bytes=10-19"})).status_code == 206
    for link in (begun, unused):
        refused = await program.get(link, headers={**away, "Range": "bytes=20-29"})
        assert (refused.status_code, refused.json()["reason"]) == (403, "SIGN_IN_REQUIRED")
    assert (await program.get(begun, headers=there)).status_code == 403, "a reading that was ended stays so"


async def test_a_right_that_needs_no_place_goes_along(
    app: FastAPI, mutua: Library, program: httpx2.AsyncClient
) -> None:
    app.state.site = replace(app.state.site, trusted_proxies=(ip_network("127.0.0.1/32"),))
    item = await mutua.item("journals/journal")
    await mutua.campus("pku")
    there = {**await mutua.sign_in(), "X-Forwarded-For": CAMPUS}
    at = (await program.get(address(item), headers=there, follow_redirects=False)).headers["location"]
    assert (await program.get(at, headers={"X-Forwarded-For": HOME})).status_code == 200
    assert await mutua.counts() == (1, 1, 1)


async def test_what_is_revoked_is_refused_at_the_next_range(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("journals/journal")
    redirect = await program.get(address(item), headers=await mutua.sign_in(), follow_redirects=False)
    at = redirect.headers["location"]
    assert (await program.get(at, headers={"Range": "bytes=0-9"})).status_code == 206
    await mutua.change("UPDATE agreement SET status = 'closed', closed_on = '2020-01-01'")
    refused = await program.get(at, headers={"Range": "bytes=10-19"})
    assert refused.status_code == 403
    assert refused.json()["reason"] == "AGREEMENT_LAPSED"
    [reading] = await mutua.all(rows.Reading)
    assert reading.ended_at is not None
    await mutua.change("UPDATE agreement SET status = 'active', closed_on = NULL")
    assert (await program.get(at)).status_code == 403, "a reading that was ended stays so"


async def test_a_change_that_concerns_others_interrupts_nobody(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("journals/journal")
    redirect = await program.get(address(item), headers=await mutua.sign_in(), follow_redirects=False)
    await mutua.change(
        "UPDATE package_title SET status = 'removed' WHERE id = :id", id=mutua.world.id("package_title", "free/open")
    )
    assert (await program.get(redirect.headers["location"])).status_code == 200
    [reading] = await mutua.all(rows.Reading)
    async with mutua.everybody() as session:
        assert reading.epoch == await session.scalar(sql("SELECT value FROM epoch"))
    assert await mutua.counts() == (1, 1, 1)


async def test_an_embargo_set_before_the_first_use_holds(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item)
    await mutua.change("UPDATE resource SET open_access = false")
    assert (await program.get(signed(item, opening.text))).status_code == 403
    assert (await mutua.counts())[1:] == (0, 0)


async def test_a_day_that_may_have_ended_is_decided_again(mutua: Library, program: httpx2.AsyncClient) -> None:
    """Rights end with a day although nothing changes: what was seen in another quarter of an hour counts no more."""
    item = await mutua.item("journals/journal")
    redirect = await program.get(address(item), headers=await mutua.sign_in(), follow_redirects=False)
    async with mutua.everybody() as session:
        await session.execute(sql("UPDATE participation SET during = '[2020-01-01,2020-12-31]'"))
        await session.execute(sql("UPDATE reading SET last_seen_at = now() - interval '15 minutes'"))
    mutua.app.state.gate = replace(mutua.gate, rights=Current())
    assert (await program.get(redirect.headers["location"])).status_code == 403


def _other_spelling(text: str) -> str:
    """The same bytes in other base64: spare bits of the last character set."""
    head, _, body = text.partition(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in alphabet:
        other = f"{head}.{body[:-1]}{letter}"
        same = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)) == base64.urlsafe_b64decode(
            other.partition(".")[2] + "=" * (-len(body) % 4)
        )
        if other != text and same:
            return other
    return text.upper()


def _altered(text: str) -> list[str]:
    """What somebody could make of a link that she has."""
    return [
        text[:-1] + ("A" if text[-1] != "A" else "B"),
        text[:-5],
        text + "=",
        text.upper(),
        text.swapcase(),
        text.replace(".", ".."),
        _other_spelling(text),
        text + "&link=" + text,
        text + "&action=download",
        text + "&expires=4102444800",
        "",
        "%00",
        "x" * 10_000,
        text.partition(".")[0] + ".",
        "é." + text.partition(".")[2],
    ]


async def test_a_link_is_good_only_as_it_was_written(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item)
    for altered in _altered(opening.text):
        answer = await program.get(signed(item, altered))
        assert (answer.status_code, answer.json()["code"]) == (403, "LINK_REFUSED"), altered[:200]
    assert await mutua.counts() == (1, 0, 0)


async def test_a_link_opens_its_own_item_only(mutua: Library, program: httpx2.AsyncClient) -> None:
    item, other = await mutua.item("free/open"), await mutua.item("scrolls/scroll")
    opening = await mutua.open_link(item)
    assert (await program.get(signed(other, opening.text))).status_code == 403


async def test_a_link_of_another_purpose_or_of_a_lost_key_is_refused(
    mutua: Library, program: httpx2.AsyncClient, tmp_path: Path
) -> None:
    item = await mutua.item("free/open")
    link = (await mutua.open_link(item)).link
    stranger = KeyStore(tmp_path / "others", demo=True)
    for text in (links.seal(stranger, link), mutua.gate.keys.seal(Purpose.DECISIONS, b"[]")):
        assert (await program.get(signed(item, text))).status_code == 403


async def test_a_link_cannot_be_posted_to(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item)
    assert (await program.post(signed(item, opening.text))).status_code == 405


async def test_what_a_link_allows_is_in_the_link(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item, Action.DOWNLOAD)
    answer = await program.get(signed(item, opening.text))
    assert answer.headers["content-disposition"].startswith("attachment;")


async def test_browsers_get_a_page_that_leads_back(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    page = await program.get(signed(item, "nonsense"), headers={"Accept": "text/html", "Accept-Language": "zh"})
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")
    assert 'lang="zh-Hans"' in page.text
    assert address(item) in page.text


async def test_a_language_may_be_asked_for_beside_the_link(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    opening = await mutua.open_link(item)
    assert (await program.get(signed(item, opening.text) + "&lang=zh")).content == PDF


async def test_link_of_reads_back_what_the_gate_signed(mutua: Library, program: httpx2.AsyncClient) -> None:
    item = await mutua.item("free/open")
    redirect = await program.get(address(item), follow_redirects=False)
    link = links.unseal(mutua.gate.keys, link_of(redirect))
    assert (link.item_id, link.action, link.session_id) == (item.id, Action.VIEW, None)
