"""The titles of a list, and the resource that each of them is: one that is known, or a new one.

A title of the list is all rows with the same title_id and title. It is a known resource only if the title is the same
too (`kbart.title_key`): journals that follow one another share ISSNs, and providers give one title_id to all of them.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.catalogue import identifiers
from domain.intake import kbart
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.runs import Run

BATCH = 1000

_STAGED = text(
    """
    SELECT line, result, min(line) OVER (PARTITION BY result->>'key') AS first,
           min(result->>'key') OVER same_id <> max(result->>'key') OVER same_id AS shared
    FROM import_row WHERE run_id = :run AND NOT result ? 'rejected'
    WINDOW same_id AS (PARTITION BY coalesce(result->>'title_id', line::text))
    ORDER BY first, line
    """
)
# Title by title: the planner, which knows nothing of those added just now, would read the whole package each time.
_BY_TITLE_ID = text(
    """
    SELECT there.title_id, resource.id, resource.kind, resource.title, resource.ordinal
    FROM unnest(CAST(:title_ids AS text[])) AS wanted (title_id) CROSS JOIN LATERAL (
      SELECT * FROM package_title WHERE package_id = :package AND title_id = wanted.title_id OFFSET 0
    ) AS there JOIN resource ON resource.id = there.resource_id
    WHERE there.platform_id IS NOT DISTINCT FROM CAST(:platform AS uuid)
    """
)
_BY_URL = text(
    """
    SELECT package_title.url, resource.id, resource.kind, resource.title, resource.ordinal
    FROM package_title JOIN resource ON resource.id = package_title.resource_id
    WHERE package_title.package_id = :package AND package_title.platform_id IS NOT DISTINCT FROM CAST(:platform AS uuid)
      AND package_title.url = ANY(:urls)
    """
)
_BY_IDENTIFIER = text(
    """
    SELECT known.namespace, known.value, resource.id, resource.kind, resource.title, resource.ordinal
    FROM json_to_recordset(CAST(:numbers AS json)) AS wanted (namespace text, value text)
    JOIN resource_identifier AS known ON known.namespace = wanted.namespace AND known.value = wanted.value
    JOIN resource ON resource.id = known.resource_id
    """
)

Pair = tuple[str, str]


@dataclass(slots=True)
class Title:
    """One title of the list: its first row, and the identifiers of all its rows.

    `shared`: its title_id stands for others too.
    """

    line: int
    lines: list[int]
    result: dict[str, Any]
    pairs: dict[Pair, None]
    shared: bool
    continues: bool = False
    """One of its rows says which title it continues."""
    resource_id: UUID | None = None
    ordinal: int = 0
    """Of the resource, where it was known."""

    @property
    def keys(self) -> list[str]:
        keys: list[str] = self.result["keys"]
        return keys

    @property
    def is_numbered(self) -> bool:
        """Whether anything but its name and its address says which it is."""
        return bool(self.pairs or self.result["title_id"])

    @property
    def numbers(self) -> list[Pair]:
        """The identifiers by family, in order: print and electronic numbers are one kind."""
        return sorted({(identifiers.family(namespace)[0], value) for namespace, value in self.pairs})


@dataclass(frozen=True, slots=True)
class Known:
    """A resource of the catalogue that a title may be."""

    id: UUID
    kind: str
    titles: dict[str, str]
    ordinal: int

    def is_called_as(self, title: Title) -> bool:
        names = {kbart.title_key(name) for name in self.titles.values()}
        return self.kind == title.result["kind"] and not names.isdisjoint(title.keys)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the list belongs. `is_empty`: nothing was there before."""

    package_id: UUID
    platform_id: UUID | None
    is_empty: bool


@dataclass(slots=True)
class Held:
    """What is known already of some titles: on their shelf, and anywhere by their numbers."""

    by_title_id: dict[str, list[Known]] = field(default_factory=dict)
    by_url: dict[str, list[Known]] = field(default_factory=dict)
    by_number: dict[Pair, list[Known]] = field(default_factory=dict)


async def staged(session: AsyncSession, run: Run) -> AsyncIterator[list[Title]]:
    """The list's titles in the order of the file, some at a time."""
    batch: list[Title] = []
    async for group in _groups(session, run):
        batch.append(group)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _groups(session: AsyncSession, run: Run) -> AsyncIterator[Title]:
    stream = await session.stream(_STAGED, {"run": run.id}, execution_options={"yield_per": BATCH})
    current: Title | None = None
    async for some in stream.partitions(BATCH):  # row by row, each would be waited for
        for line, result, first, shared in some:
            if current is None or current.line != first:
                if current:
                    yield current
                current = Title(first, [], result, {}, bool(shared))
            current.lines.append(line)
            current.continues = current.continues or bool(result["preceding"])
            current.pairs.update(dict.fromkeys((namespace, value) for namespace, value in result["identifiers"]))
    if current:
        yield current


async def match(session: AsyncSession, run: Run, shelf: Shelf, titles: list[Title]) -> None:
    """Fill in `resource_id` where the resource is known; report where that was not a matter of course."""
    held = Held()
    if not shelf.is_empty:
        await _read_package(session, shelf, held, titles)
    await _read_numbers(session, held, titles)
    for title in titles:
        _decide(run, held, title)


async def _read_package(session: AsyncSession, shelf: Shelf, held: Held, titles: list[Title]) -> None:
    """What the package has under these title_ids; by address, the titles that have nothing else to be known by."""
    place = {"package": shelf.package_id, "platform": shelf.platform_id}
    if title_ids := {t.result["title_id"] for t in titles if t.result["title_id"]}:
        for title_id, *resource in await session.execute(_BY_TITLE_ID, place | {"title_ids": list(title_ids)}):
            held.by_title_id.setdefault(title_id, []).append(Known(*resource))
    if urls := {t.result["url"] for t in titles if t.result["url"] and not t.is_numbered}:
        for url, *resource in await session.execute(_BY_URL, place | {"urls": list(urls)}):
            held.by_url.setdefault(url, []).append(Known(*resource))


async def _read_numbers(session: AsyncSession, held: Held, titles: Iterable[Title]) -> None:
    pairs = {(n, value) for t in titles for namespace, value in t.pairs for n in identifiers.family(namespace)}
    if not pairs:
        return
    wanted = orjson.dumps([{"namespace": namespace, "value": value} for namespace, value in pairs]).decode()
    for namespace, value, *resource in await session.execute(_BY_IDENTIFIER, {"numbers": wanted}):
        known = Known(*resource)
        found = held.by_number.setdefault((identifiers.family(namespace)[0], value), [])
        if known not in found:
            found.append(known)


def _decide(run: Run, held: Held, title: Title) -> None:
    of_id = held.by_title_id.get(title.result["title_id"], []) if title.result["title_id"] else []
    of_number = {known.id: known for number in title.numbers for known in held.by_number.get(number, [])}
    same = [known for known in of_id if known.is_called_as(title)]
    same = same or [known for known in of_number.values() if known.is_called_as(title)]
    if not same and not title.is_numbered:
        same = [known for known in held.by_url.get(title.result["url"], []) if known.is_called_as(title)]
    if same:
        chosen = min(same, key=lambda known: known.ordinal)
        if len(same) > 1:
            _say(run, title, Reason.IDENTIFIER_AMBIGUOUS, str(chosen.id))
        title.resource_id, title.ordinal = chosen.id, chosen.ordinal
    elif (renamed := _renamed(title, of_id, of_number)) is not None:
        title.resource_id, title.ordinal = renamed.id, renamed.ordinal
        _say(run, title, Reason.TITLE_DIFFERS, _name(renamed.titles))
    elif others := [known for known in of_number.values() if known.kind == title.result["kind"]]:
        _say(run, title, Reason.IDENTIFIER_SHARED, _name(min(others, key=lambda known: known.ordinal).titles))


def _renamed(title: Title, of_id: list[Known], of_number: dict[UUID, Known]) -> Known | None:
    """The one title that had this title_id until now, unless its numbers say that it is another."""
    if title.shared or len(of_id) != 1 or of_id[0].kind != title.result["kind"]:
        return None
    return of_id[0] if of_id[0].id in of_number or not title.pairs else None


def gather(run: Run, titles: list[Title]) -> list[list[Title]]:
    """New titles by resource: those with the same name and a number in common are one, whatever their title_ids."""
    places: dict[tuple[Pair, str, str], int] = {}
    holders: dict[tuple[Pair, str], Title] = {}
    gathered: list[list[Title]] = []
    for title in titles:
        kind = title.result["kind"]
        numbers = title.numbers
        signs = [(number, key, kind) for number in numbers for key in title.keys]
        place = next((places[sign] for sign in signs if sign in places), None)
        if place is None:
            place = len(gathered)
            gathered.append([])
            others = [holders[number, kind] for number in numbers if (number, kind) in holders]
            if others:
                _say(run, title, Reason.IDENTIFIER_SHARED, _name(others[0].result["titles"]))
        gathered[place].append(title)
        for sign in signs:
            places.setdefault(sign, place)
            holders.setdefault((sign[0], kind), title)
    return gathered


def rows_of(titles: list[Title]) -> str:
    """The staged lines of these titles and, beside each, the resource that it is about, as JSON."""
    return orjson.dumps([{"line": line, "resource": t.resource_id} for t in titles for line in t.lines]).decode()


def _name(titles: dict[str, str]) -> str:
    return next(iter(titles.values()))


def _say(run: Run, title: Title, reason: Reason, detail: str) -> None:
    written = _name(title.result["titles"])
    run.found.append(Problem(title.line, "publication_title", written[:300], reason, Severity.NOTE, detail[:300]))
