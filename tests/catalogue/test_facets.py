"""Facets count what a search finds."""

from pyroaring import BitMap
from sqlalchemy.ext.asyncio import AsyncSession

from domain.catalogue.conditions import Filter, Search
from domain.catalogue.division import Divisions, FacetField
from domain.catalogue.facets import Facet, FacetValue, facets
from models import package as packages
from models.vocabulary import Action, ResourceKind
from tests.catalogue import shelf


async def _facets(
    session: AsyncSession,
    search: Search,
    fields: list[FacetField],
    limit: int = 10,
    access: dict[Action, BitMap] | None = None,
) -> list[Facet]:
    return await facets(session, await Divisions().fresh(session), search, fields, limit, access)


async def _counts(session: AsyncSession, search: Search, field: FacetField, limit: int = 10) -> dict[object, int]:
    [facet] = await _facets(session, search, [field], limit)
    assert facet.field is field
    return {value.value: value.count for value in facet.values}


async def test_each_field_counts_the_titles_found(session: AsyncSession) -> None:
    physics = await shelf.subject(session, "phys", "物理", "Physics")
    one = await shelf.title(session, "Journal One", year=2000, subjects=(physics,))
    two = await shelf.title(session, "Journal Two", year=2000, language="zh")
    book = await shelf.title(session, "Book", kind=ResourceKind.MONOGRAPH, year=1999)
    small = await shelf.package(session, "small", one)
    large = await shelf.package(session, "large", one, two, book)
    everything = Search()
    assert await _counts(session, everything, FacetField.KIND) == {ResourceKind.SERIAL: 2, ResourceKind.MONOGRAPH: 1}
    assert await _counts(session, Search("journal"), FacetField.KIND) == {ResourceKind.SERIAL: 2}
    assert await _counts(session, everything, FacetField.PACKAGE) == {large.id: 3, small.id: 1}
    assert await _counts(session, everything, FacetField.PROVIDER) == {large.provider_id: 3, small.provider_id: 1}
    assert await _counts(session, everything, FacetField.LANGUAGE) == {"en": 2, "zh": 1}
    assert await _counts(session, everything, FacetField.PUBLISHED_YEAR) == {2000: 2, 1999: 1}
    [subjects] = await _facets(session, everything, [FacetField.SUBJECT], 10)
    assert subjects.values == [FacetValue("phys", 1, {"zh": "物理", "en": "Physics"})]
    of_small = Search(filter=Filter(packages=(small.id,)))
    assert await _counts(session, of_small, FacetField.PACKAGE) == {large.id: 1, small.id: 1}


async def test_a_title_on_two_platforms_of_a_package_counts_once(session: AsyncSession) -> None:
    one = await shelf.title(session, "One")
    package = await shelf.package(session, "package", one)
    platform = packages.Platform(code="second", name={"en": "Second"})
    session.add(platform)
    await session.flush()
    session.add(packages.PackageTitle(package_id=package.id, resource_id=one.id, platform_id=platform.id))
    await session.flush()
    assert await _counts(session, Search(), FacetField.PACKAGE) == {package.id: 1}
    assert await _counts(session, Search(), FacetField.PROVIDER) == {package.provider_id: 1}


async def test_access_counts_what_the_viewer_may_use(session: AsyncSession) -> None:
    one, two, _three = await shelf.titles(session, "One", "Two", "Three")
    usable = {
        Action.VIEW: BitMap(await shelf.ordinals(session, one, two)),
        Action.DOWNLOAD: BitMap(await shelf.ordinals(session, one)),
        Action.PRINT: BitMap(),
    }
    [facet] = await _facets(session, Search(), [FacetField.ACCESS], 10, usable)
    assert {value.value: value.count for value in facet.values} == {Action.VIEW: 2, Action.DOWNLOAD: 1, Action.PRINT: 0}
    [of_one] = await _facets(session, Search("one"), [FacetField.ACCESS], 10, usable)
    assert {value.count for value in of_one.values} == {1, 0}


async def test_the_commonest_values_come_first_and_no_more_than_asked(session: AsyncSession) -> None:
    for year in (2001, 2002, 2002, 2003, 2003, 2003):
        await shelf.title(session, f"Of {year}", year=year)
    assert list(await _counts(session, Search(), FacetField.PUBLISHED_YEAR, 2)) == [2003, 2002]


async def test_fields_come_in_the_order_asked_and_once(session: AsyncSession) -> None:
    asked = [FacetField.LANGUAGE, FacetField.ACCESS, FacetField.KIND, FacetField.LANGUAGE]
    found = await _facets(session, Search(), asked, 10)
    assert [facet.field for facet in found] == asked[:3]
    assert all(facet.values == [] for facet in found)
