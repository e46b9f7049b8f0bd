"""Search over real PostgreSQL: what is found, in which order, page by page."""

from datetime import date, datetime
from uuid import UUID, uuid4

import pytest
from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import search as catalogue
from domain.catalogue.conditions import FEW_ORDINALS, Filter, Search, as_bits
from domain.catalogue.identifiers import Identifier
from domain.catalogue.paging import BadPosition, Page, Position
from domain.catalogue.search import Order, OrderField
from models import resource as rows
from models.vocabulary import ResourceKind
from tests.catalogue import shelf

EVERYTHING = Page(first=100)
BY_TITLE = Order(OrderField.TITLE, descending=False)


async def names(session: AsyncSession, search: Search, order: Order = BY_TITLE, page: Page = EVERYTHING) -> list[str]:
    found = (await catalogue.page(session, search, order, page)).rows
    return await _titles(session, found)


async def _titles(session: AsyncSession, found: list[UUID]) -> list[str]:
    known = await session.execute(select(col(rows.Resource.id), col(rows.Resource.title)))
    by_id = {key: next(iter(title.values())) for key, title in known}
    return [by_id[key] for key in found]


async def test_chinese_is_found_in_either_script_and_by_one_character(session: AsyncSession) -> None:
    await shelf.title(session, "中國科學院學報", language="zh-Hant")
    await shelf.title(session, "中国科学：化学", language="zh")
    await shelf.title(session, "物理学报", language="zh")
    assert await names(session, Search("中国科学")) == ["中国科学：化学", "中國科學院學報"]
    assert await names(session, Search("學報")) == ["物理学报", "中國科學院學報"]
    assert await names(session, Search("物")) == ["物理学报"]


async def test_contributors_and_identifiers_are_found_too(session: AsyncSession) -> None:
    await shelf.title(session, "Festschrift", contributors=("Müller, Jürgen", "钱三强"))
    await shelf.title(session, "Nature", identifiers=(("issn", "0028-0836"),))
    assert await names(session, Search("muller")) == ["Festschrift"]
    assert await names(session, Search("钱三强")) == ["Festschrift"]
    assert await names(session, Search("00280836")) == await names(session, Search("0028-0836")) == ["Nature"]


async def test_the_title_that_is_the_text_comes_first_then_those_that_begin_with_it(session: AsyncSession) -> None:
    await shelf.titles(
        session, "Nature, Human Nature and the Nature of Nature", "Nature", "The Nature of It", "Science"
    )
    await shelf.titles(session, "Chemistry of Nature: Nature's Chemistry")
    found = await names(session, Search("nature"), Order(OrderField.RELEVANCE))
    assert found[0] == "Nature"
    assert set(found[1:3]) == {"Nature, Human Nature and the Nature of Nature", "The Nature of It"}
    assert found[3:] == ["Chemistry of Nature: Nature's Chemistry"]
    assert await names(session, Search("nature"), Order(OrderField.RELEVANCE, descending=False)) == found[::-1]


async def test_what_counts_more_in_a_title_than_in_a_name(session: AsyncSession) -> None:
    await shelf.title(session, "Essays", contributors=("Nature, Anna",))
    await shelf.title(session, "On Nature")
    assert await names(session, Search("nature"), Order(OrderField.RELEVANCE)) == ["On Nature", "Essays"]


async def test_relevance_without_a_text_is_the_order_of_titles(session: AsyncSession) -> None:
    await shelf.titles(session, "The Beta", "Alpha", "安徽", "Gamma")
    assert await names(session, Search(), Order(OrderField.RELEVANCE)) == ["Alpha", "The Beta", "Gamma", "安徽"]


@pytest.mark.parametrize(
    "text", ["(a+)+$", "*:*", "field:[* TO *]", "'; DROP TABLE resource; --", "a & !b | c <-> d", "x:*A", "\\'", "%_"]
)
async def test_no_text_is_syntax(session: AsyncSession, text: str) -> None:
    await shelf.title(session, "Alpha")
    assert await names(session, Search(text)) == []
    assert await shelf.stored(session) == 1


async def test_a_blank_text_asks_for_nothing_and_one_of_signs_finds_nothing(session: AsyncSession) -> None:
    await shelf.title(session, "Alpha")
    assert await names(session, Search("  ")) == ["Alpha"]
    assert await names(session, Search("!!!")) == []


async def test_ten_thousand_words_are_answered(session: AsyncSession) -> None:
    await shelf.title(session, "Alpha")
    assert await names(session, Search(" ".join(f"alpha{n}" for n in range(10_000)))) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(kinds=(ResourceKind.MONOGRAPH,)), ["Book"]),
        (Filter(kinds=()), []),
        (Filter(languages=("zh",)), ["期刊", "雜誌"]),
        (Filter(languages=("ZH-hant",)), ["雜誌"]),
        (Filter(languages=("z",)), []),
        (Filter(subjects=("phys",)), ["Book"]),
        (Filter(subjects=("物理",)), ["Book"]),
        (Filter(identifiers=(Identifier("issn", "1234-5679"),)), ["Journal"]),
        (Filter(identifiers=(Identifier("ISSN", "12345679"), Identifier("doi", "10.1/x"))), ["Book", "Journal"]),
        (Filter(published_from_year=2000), ["Journal", "雜誌"]),
        (Filter(published_to_year=1999), ["Book"]),
        (Filter(published_from_year=1990, published_to_year=2010), ["Book", "Journal"]),
        (Filter(published_from_year=2**31 - 1), []),
        (Filter(open_access=True), ["Journal"]),
        (Filter(open_access=False, languages=("en",)), ["Book"]),
        (Filter(packages=(uuid4(),)), []),
        (Filter(providers=(uuid4(),)), []),
    ],
)
async def test_filters(session: AsyncSession, wanted: Filter, found: list[str]) -> None:
    physics = await shelf.subject(session, "phys", "物理", "Physics")
    await shelf.title(session, "Journal", year=2001, open_access=True, identifiers=(("eissn", "1234-5679"),))
    await shelf.title(
        session,
        "Book",
        kind=ResourceKind.MONOGRAPH,
        year=1995,
        subjects=(physics,),
        identifiers=(("doi", "10.1/x"),),
    )
    await shelf.title(session, "期刊", language="zh")
    await shelf.title(session, "雜誌", language="zh-Hant", year=2020)
    assert await names(session, Search(filter=wanted)) == found


async def test_packages_and_providers_must_agree_on_one_copy(session: AsyncSession) -> None:
    alpha, beta = await shelf.titles(session, "Alpha", "Beta")
    small = await shelf.package(session, "small", alpha)
    large = await shelf.package(session, "large", alpha, beta)
    gone = await shelf.package(session, "gone", beta)
    await shelf.remove(session, gone)
    assert await names(session, Search(filter=Filter(packages=(small.id,)))) == ["Alpha"]
    assert await names(session, Search(filter=Filter(packages=(small.id, large.id)))) == ["Alpha", "Beta"]
    assert await names(session, Search(filter=Filter(providers=(large.provider_id,)))) == ["Alpha", "Beta"]
    assert await names(session, Search(filter=Filter(packages=(small.id,), providers=(large.provider_id,)))) == []
    assert await names(session, Search(filter=Filter(packages=(gone.id,)))) == []


@pytest.mark.parametrize("many", [False, True])
async def test_only_what_is_within_the_bitmap_is_found(session: AsyncSession, many: bool) -> None:
    alpha, beta, gamma = await shelf.titles(session, "Alpha", "Beta", "Gamma")
    allowed = BitMap(await shelf.ordinals(session, alpha, gamma))
    if many:
        first = max(await shelf.ordinals(session, alpha, beta, gamma)) + 1
        allowed |= BitMap(range(first, first + 2 * FEW_ORDINALS, 2))
    assert await names(session, Search(within=allowed)) == ["Alpha", "Gamma"]
    assert await names(session, Search(within=BitMap())) == []
    assert (await catalogue.count(session, Search(within=allowed))).total == 2


def test_bits_say_what_the_bitmap_says() -> None:
    some = BitMap([0, 1, 7, 8, 9, 63, 64, 1000])
    bits = as_bits(some)
    assert [n for n in range(len(bits) * 8) if bits[n // 8] >> n % 8 & 1] == list(some)


ORDERS = [Order(field, descending) for field in OrderField for descending in (False, True)]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("text", [None, "title"])
async def test_pages_join_without_gap_or_overlap_both_ways(
    session: AsyncSession, order: Order, text: str | None
) -> None:
    for n in range(11):
        await shelf.title(session, f"Title {n % 3}", year=[1990, None, 2000][n % 3])
    whole = (await catalogue.page(session, Search(text), order, EVERYTHING)).rows
    assert len(whole) == 11
    assert await _forwards(session, Search(text), order) == whole
    assert await _backwards(session, Search(text), order) == whole


async def _forwards(session: AsyncSession, search: Search, order: Order) -> list[UUID]:
    seen: list[UUID] = []
    place: Position | None = None
    while True:
        part = await catalogue.page(session, search, order, Page(first=4, after=place))
        assert part.has_previous == bool(seen)
        seen += part.rows
        if not part.has_next:
            return seen
        place = part.entries[-1].position


async def _backwards(session: AsyncSession, search: Search, order: Order) -> list[UUID]:
    seen: list[UUID] = []
    place: Position | None = None
    while True:
        part = await catalogue.page(session, search, order, Page(first=None, last=4, before=place))
        assert part.has_next == bool(seen)
        seen = part.rows + seen
        if not part.has_previous:
            return seen
        place = part.entries[0].position


async def test_after_and_before_bound_a_page_together(session: AsyncSession) -> None:
    await shelf.titles(session, "A1", "B2", "C3", "D4", "E5")
    entries = (await catalogue.page(session, Search(), BY_TITLE, EVERYTHING)).entries
    between = Page(first=10, after=entries[0].position, before=entries[3].position)
    assert await names(session, Search(), page=between) == ["B2", "C3"]


async def test_undated_titles_come_last_whichever_way_dates_run(session: AsyncSession) -> None:
    await shelf.title(session, "Undated")
    await shelf.title(session, "Old", year=1900)
    await shelf.title(session, "New", year=2020)
    assert await names(session, Search(), Order(OrderField.PUBLISHED, descending=False)) == ["Old", "New", "Undated"]
    assert await names(session, Search(), Order(OrderField.PUBLISHED, descending=True)) == ["New", "Old", "Undated"]


@pytest.mark.parametrize(
    "position", [(), ("a",), ("a", "b"), (1, uuid4()), (date(2000, 1, 1), uuid4()), ("a", uuid4(), "c")]
)
async def test_a_position_of_another_order_is_refused(session: AsyncSession, position: Position) -> None:
    with pytest.raises(BadPosition):
        await catalogue.page(session, Search(), BY_TITLE, Page(first=1, after=position))


async def test_a_moment_is_no_day(session: AsyncSession) -> None:
    order = Order(OrderField.PUBLISHED)
    with pytest.raises(BadPosition):
        await catalogue.page(session, Search(), order, Page(first=1, after=(datetime.now().astimezone(), uuid4())))


async def test_counts_are_exact_to_ten_thousand_and_say_so(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shelf.titles(session, "One Title", "Two Titles", "Three")
    assert await catalogue.count(session, Search("title")) == catalogue.Count(2, exact=True)
    monkeypatch.setattr(catalogue, "COUNTED_EXACTLY", 2)
    assert await catalogue.count(session, Search("title")) == catalogue.Count(2, exact=True)
    assert await catalogue.count(session, Search()) == catalogue.Count(2, exact=False)
