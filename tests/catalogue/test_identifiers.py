"""Look-ups by identifier: any spelling, any of a title's ISSNs, the current title of several."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.catalogue.identifiers import LONGEST, Identifier, find, normal, stored
from tests.catalogue import shelf


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (("ISSN", " 00280836 "), ("issn", "0028-0836")),
        (("eissn", "2434-561x"), ("eissn", "2434-561X")),
        (("issn", "ISSN 0028-0836"), ("issn", "0028-0836")),
        (("eissn", "e-ISSN：2434-561x"), ("eissn", "2434-561X")),
        (("isbn", "ISBN-13: 978-0-306-40615-7"), ("isbn", "9780306406157")),
        (("issn", "0028-0837"), ("issn", "0028-0837")),
        (("isbn", "7-04-050694-X"), ("isbn", "7-04-050694-X")),
        (("isbn", "0-306-40615-2"), ("isbn", "9780306406157")),
        (("isbn", "978 0 306 40615 7"), ("isbn", "9780306406157")),
        (("doi", "https://doi.org/10.1038/NATURE12373"), ("doi", "10.1038/nature12373")),
        (("doi", "DOI:10.1000/x"), ("doi", "10.1000/x")),
        (("doi", "doi.org/10.1000/x"), ("doi", "10.1000/x")),
        (("doi", "10.1/x"), ("doi", "10.1/x")),
        (("oclc", "A1"), ("oclc", "A1")),
    ],
)
def test_spellings_of_an_identifier_are_one(given: tuple[str, str], stored: tuple[str, str]) -> None:
    assert normal(Identifier(*given)) == Identifier(*stored)


def test_what_is_longer_than_any_identifier_is_none() -> None:
    """Taking apart 100 of them, 20 times in one request, took seconds."""
    assert stored(Identifier("issn", "9" * (LONGEST + 1))) == []
    assert stored(Identifier("doi", "10.1000/" + "x" * 300)) == [("doi", "10.1000/" + "x" * 300)]


async def test_an_issn_finds_its_title_whether_printed_or_electronic(session: AsyncSession) -> None:
    journal = await shelf.title(session, "Nature", identifiers=(("issn", "0028-0836"), ("eissn", "1476-4687")))
    by_either = [Identifier("issn", "00280836"), Identifier("issn", "1476-4687"), Identifier("eissn", "1476-4687")]
    assert await find(session, by_either) == [journal.id] * 3
    assert await find(session, [Identifier("eissn", "0028-0836")]) == [journal.id]
    assert await find(session, [Identifier("isbn", "0028-0836")]) == [None]


async def test_of_successive_titles_the_current_one_answers(session: AsyncSession) -> None:
    shared = (("issn", "0028-0836"),)
    current = await shelf.title(session, "Current", year=1980, identifiers=shared)
    await shelf.title(session, "Former", year=2000, identifiers=shared, succeeded_by=current.id)
    assert await find(session, [Identifier("issn", "0028-0836")]) == [current.id]


async def test_without_known_succession_the_latest_title_answers(session: AsyncSession) -> None:
    shared = (("issn", "0028-0836"),)
    await shelf.title(session, "Older", year=1950, identifiers=shared)
    latest = await shelf.title(session, "Later", year=1999, identifiers=shared)
    await shelf.title(session, "Undated", identifiers=shared)
    assert await find(session, [Identifier("issn", "0028-0836")]) == [latest.id]


async def test_answers_come_in_the_order_asked_and_unknown_is_none(session: AsyncSession) -> None:
    one = await shelf.title(session, "One", identifiers=(("doi", "10.1000/one"),))
    two = await shelf.title(session, "Two", identifiers=(("isbn", "9780306406157"),))
    asked: list[UUID | Identifier] = [
        two.id,
        Identifier("doi", "10.1000/ONE"),
        uuid4(),
        Identifier("isbn", "0306406152"),
        Identifier("doi", "a\0b"),
    ]
    assert await find(session, asked) == [two.id, one.id, None, two.id, None]
