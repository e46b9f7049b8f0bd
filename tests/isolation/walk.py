"""Every field of every type, asked by every kind of viewer on every way, against the table.

`python -m tests.isolation.walk` prints how much was asked, by type.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from api import database as edge
from api import embedded, preparation
from api.app import create_app
from api.database import Urls
from api.settings import Settings
from migrations import chain
from tests.isolation import lives
from tests.isolation import world as told
from tests.isolation.people import Somebody, callers, everybody
from tests.isolation.table import CLAUSE, KINDS, classes_of, composite, sees
from tests.isolation.ways import ARGUMENTS, Way, fields_of, filled, named, ways
from tests.schema.conftest import House

AT_ONCE = 16
"""Ways in one document: a query may have 20 fields at its root."""

UNSET = {
    "AccessRefused.validUntil": "a prohibition stands as long as its licence, and an embargo's end is its remedy's day",
    "AccessChange.affiliations": "told to whom they are, or to staff: tests/schema/test_access_explanation.py asks",
    "LicenceCardCell.territories": "what is permitted in one country alone is to so many at a time; so test_card.py",
    "LicenceCardCell.excludedTerritories": "nothing is prohibited in one country alone; test_card.py tries it",
}
"""Fields that nothing in this world gives a value, and why."""

Ids = Mapping[tuple[str, str | None], str]
Cell = tuple[str, str]
"""Type.field, kind of viewer."""


@dataclass
class Seen:
    """What the walk found: how often a cell was asked for, how often it was shown, and what contradicts the table."""

    asked: Counter[Cell] = field(default_factory=Counter)
    shown: Counter[Cell] = field(default_factory=Counter)
    expected: set[Cell] = field(default_factory=set)
    leaks: list[str] = field(default_factory=list)

    def missing(self) -> list[str]:
        """Cells that the table promises and nobody was shown."""
        never = {cell for cell in self.expected if not self.shown[cell] and cell[0] not in UNSET}
        shown = {coordinate for (coordinate, _), times in self.shown.items() if times}
        unseen = {coordinate for coordinate, _ in self.asked} - shown - {*UNSET} - {one for one, _ in never}
        return sorted(
            [f"{one} isn't shown to {kind}" for one, kind in never] + [f"nobody sees {one}" for one in unseen]
        )


def document(asked: Iterable[Way], ids: Ids, only: Sequence[str] = ()) -> str:
    """One query for several ways; the answer of the nth is called w<n>. `only`: of all fields these."""
    return filled("{ " + " ".join(_selection(number, way, only) for number, way in enumerate(asked)) + " }", dict(ids))


def _selection(number: int, way: Way, only: Sequence[str]) -> str:
    inside = " ".join(selection for name, selection in fields_of(way.type_name) if not only or name in only)
    if not way.path:
        return inside
    first, *steps = way.path.split(" > ")
    return f"w{number}: {first} {{ " + " { ".join([*steps, inside]) + " }" * (len(steps) + 1)


def reached(data: Any, number: int, way: Way) -> list[dict[str, Any]]:
    """The objects that a way leads to."""
    if not way.path:
        return [data]
    found = [data[f"w{number}"]]
    for step in way.path.split(" > ")[1:]:
        if not step.startswith("..."):
            name = step.partition("(")[0]
            found = [one.get(name) for one in _plain(found)]
    return _plain(found)


def _plain(found: list[Any]) -> list[dict[str, Any]]:
    flat = [one for each in found for one in (each if isinstance(each, list) else [each])]
    return [one for one in flat if one is not None]


def tells(of: Mapping[str, Any], name: str) -> bool:
    """Whether a field of an object says anything. An empty page says that there is nothing, and no more."""
    value = of.get(name)
    if value in (None, [], [None], {"totalCount": 0}):
        return False
    if of.get("edges") == [] or ("endCursor" in of and of["endCursor"] is None):
        return name not in ("pageInfo", "totalCountIsExact") and bool(value)
    return True


async def walk(people: list[Somebody], ids: Ids) -> Seen:
    seen = Seen()
    for some in _batches(ways()):
        for person in people:
            for way, found in await _asked(person, some, ids):
                _look(seen, person, way, found)
    return seen


async def _asked(person: Somebody, some: Sequence[Way], ids: Ids) -> list[tuple[Way, list[dict[str, Any]]]]:
    """What each way leads to. Where one of them left no data, each is asked alone; a way that does, field by field."""
    answer = await person.answer(document(some, ids))
    if answer is not None:
        return [(way, reached(answer, number, way)) for number, way in enumerate(some)]
    if len(some) > 1:
        return [found for way in some for found in await _asked(person, [way], ids)]
    (way,) = some
    told = [await person.answer(document([way], ids, [name])) for name, _ in fields_of(way.type_name)]
    return [(way, [one for data in told if data for one in reached(data, 0, way)])]


def _batches(every: Sequence[Way]) -> Iterator[Sequence[Way]]:
    deep = [way for way in every if way.path]
    yield from (deep[start : start + AT_ONCE] for start in range(0, len(deep), AT_ONCE))
    yield from ([way] for way in every if not way.path)


def _look(seen: Seen, person: Somebody, way: Way, found: list[dict[str, Any]]) -> None:
    may_come = all(sees(person.stands_to(way.owners), gate) for gate in way.gates)
    for name, _ in fields_of(way.type_name):
        coordinate = f"{way.type_name}.{name}"
        of_class = _class(way, name)
        cell = (coordinate, person.stands_to(way.whose(of_class)))
        seen.asked[cell] += 1
        shown = any(tells(one, name) for one in found)
        seen.shown[cell] += shown
        if may_come and sees(cell[1], of_class):
            seen.expected |= {cell} if "asker" not in (of_class, *way.gates) else set()
        elif shown:
            seen.leaks.append(f"{coordinate} is shown to {person.name} by {way.path}")


def _class(way: Way, name: str) -> str:
    classes = classes_of(way.type_name, name)
    if classes == CLAUSE:
        assert way.mark, f"which mark has the clause at {way.path}?"
        return way.mark
    return classes[0]


async def ids_of(house: House, people: Iterable[Somebody]) -> dict[tuple[str, str | None], str]:
    """The ids that ways name: of things, and of decisions that a patron of alpha got."""
    student = next(one for one in people if one.name == "patron of alpha").person
    ask = """query($id: ID!, $action: Action!, $published: PartialDate) {
      resource(by: {id: $id}) { viewerAccess(action: $action, published: $published) { decisionId granted } }
    }"""
    asked = {
        "granted": ("Nature of Things", "VIEW", None, True),
        "refused": ("Nature of Things", "INTERLIBRARY_SUPPLY", None, False),
        "printed": ("Nature of Things", "PRINT", None, False),
        "embargoed": ("Young Letters", "VIEW", str(told.THIS_YEAR), False),
    }
    found: dict[tuple[str, str | None], str] = {}
    for name, (title, action, published, granted) in asked.items():
        variables = {"id": house.id("Resource", title), "action": action, "published": published}
        access = (await student.ask(ask, **variables))["resource"]["viewerAccess"]
        assert access["granted"] is granted, name
        found[name, None] = access["decisionId"]
    texts = [way.path for way in ways()] + list(ARGUMENTS.values())
    for text in texts:
        for type_name, thing in named(text):
            if thing is not None:
                found[type_name, thing] = house.id(type_name, thing)
    return found


def table(seen: Seen) -> str:
    """How much was asked, by type: fields, kinds of viewers, questions, and how many cells show and hide."""
    lines = [f"{'type':28}{'fields':>8}{'viewers':>9}{'asked':>8}{'cells shown':>13}{'cells hidden':>14}"]
    totals = [0, 0, 0, 0]
    for name, of in composite():
        cells = [cell for cell in seen.asked if cell[0].partition(".")[0] == name]
        if not cells:
            continue
        asked, shown = sum(seen.asked[cell] for cell in cells), sum(bool(seen.shown[cell]) for cell in cells)
        kinds = len({kind for _, kind in cells})
        row = [len(of.fields), asked, shown, len(cells) - shown]
        totals = [a + b for a, b in zip(totals, row, strict=True)]
        lines.append(f"{name:28}{row[0]:>8}{kinds:>9}{row[1]:>8}{row[2]:>13}{row[3]:>14}")
    lines.append(f"{'all':28}{totals[0]:>8}{len(KINDS):>9}{totals[1]:>8}{totals[2]:>13}{totals[3]:>14}")
    return "\n".join(lines)


async def fill(urls: Urls) -> tuple[Any, Any]:
    """Write the world into a migrated database."""
    pool = edge.engine(urls.app)
    try:
        async with edge.as_everybody(edge.sessions(pool))() as session:
            return await told.write(session)
    finally:
        await pool.dispose()


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[House]:
    with embedded.running(folder / "postgres", durable=False) as cluster:
        preparation.prepare(cluster.admin_url, "walk")
        app_url, owner_url = (cluster.url(role, "walk") for role in (preparation.APP, preparation.OWNER))
        await asyncio.to_thread(chain.upgrade, owner_url)
        world, provider_id = await fill(Urls(app_url, owner_url))
        app = create_app(Settings(database_url=app_url, state_dir=folder / "var", demo=True))
        async with app.router.lifespan_context(app):
            yield House(app, world, provider_id)


async def main() -> int:
    with tempfile.TemporaryDirectory(prefix="mutua-walk-") as name:
        os.chmod(name, 0o755)  # the account that PostgreSQL runs as must reach its data
        async with _house(Path(name)) as house, everybody(house) as people, callers(house) as clients:
            await lives.live(house, people)
            seen = await walk([*people, *clients], await ids_of(house, people))
    print(table(seen))  # noqa: T201 this is what the program is for
    for line in (*seen.leaks, *seen.missing()):
        print(line, file=sys.stderr)  # noqa: T201
    return 1 if seen.leaks or seen.missing() else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
