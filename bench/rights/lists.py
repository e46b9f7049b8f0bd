"""A page of what a reader may view, with five facets: as the server makes it, and by one join over the tables."""

import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bench.cluster import figure
from bench.world import World, key
from domain.catalogue import facets, search
from domain.catalogue.division import Divisions, FacetField
from domain.principal import Membership, Principal
from domain.rights.answer import Context
from domain.rights.grants import Grants
from domain.rights.readable import readable
from models.vocabulary import Action, Affiliation

FIELDS = [FacetField.KIND, FacetField.LANGUAGE, FacetField.PUBLISHED_YEAR, FacetField.PACKAGE, FacetField.SUBJECT]
JOIN = text((Path(__file__).parent / "page.sql").read_text("utf-8"))

TITLES = text("SELECT id, title FROM resource WHERE id = ANY (:ids)")


async def compared(session: AsyncSession, grants: Grants, world: World) -> None:
    member, now = key("member", 1), datetime.now(UTC)
    student = Principal((Membership(member, frozenset({Affiliation.STUDENT})),))
    taken: dict[str, float] = {}
    divisions = Divisions()
    began = time.perf_counter()
    await divisions.fresh(session)
    figure("the catalogue divided for facets", (time.perf_counter() - began) * 1e3, "ms")
    for _ in range(3):
        began = time.perf_counter()
        within = readable(grants, student, Action.VIEW, Context(), now)
        taken["which titles she may view"] = time.perf_counter() - began
        found = search.Search(within=within)
        page = await search.page(
            session, found, search.Order(search.OrderField.TITLE, descending=False), search.Page(first=20)
        )
        named = {row.id: row.title for row in await session.execute(TITLES, {"ids": page.rows})}
        taken["page with titles"] = time.perf_counter() - began
        divided = await facets.facets(session, await divisions.fresh(session), found, FIELDS, 10)
        taken["page and facets"] = time.perf_counter() - began
        began = time.perf_counter()
        (row,) = await session.execute(JOIN, {"member": member, "day": world.day})
        taken["by one join"] = time.perf_counter() - began
    counts = [value.count for facet in divided for value in facet.values]
    if ([named[one] for one in page.rows], counts) != (row.page, row.counts):
        raise AssertionError("the page and the join differ")
    for what, seconds in taken.items():
        figure(f"list: {what}", seconds * 1e3, "ms")
    figure("  which titles: times the join", taken["by one join"] / taken["which titles she may view"], "")
    figure("  page and facets: times the join", taken["by one join"] / taken["page and facets"], "")
