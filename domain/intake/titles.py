"""The titles of a list, and the resource that each of them is: one that is known, or a new one.

A title of the list is all rows with the same title_id and title. It is a known resource only if the title is the same
too (`kbart.title_key`): journals that follow one another share ISSNs, and providers give one title_id to all of them.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

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
_IN_PACKAGE = text(
    """
    SELECT package_title.title_id, package_title.url, resource.id, resource.kind, resource.title, resource.ordinal
    FROM package_title JOIN resource ON resource.id = package_title.resource_id
    WHERE package_title.package_id = :package AND package_title.platform_id IS NOT DISTINCT FROM CAST(:platform AS uuid)
      AND (package_title.title_id = ANY(:title_ids) OR package_title.url = ANY(:urls))
    """
)
_BY_IDENTIFIER = text(
    """
    SELECT known.namespace, known.value, resource.id, resource.kind, resource.title, resource.ordinal
    FROM unnest(CAST(:namespaces AS text[]), CAST(:values AS text[])) AS wanted (namespace, value)
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
    resource_id: UUID | None = None
    ordinal: int = 0
    """Of the resource, where it was known."""

    @property
    def keys(self) -> set[str]:
        return set(self.result["keys"])

    @property
    def numbers(self) -> set[Pair]:
        """The identifiers by family: print and electronic numbers are one kind."""
        return {(identifiers.family(namespace)[0], value) for namespace, value in self.pairs}


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


@dataclass(slots=True)
class Shelf:
    """Where the list belongs, and what of it is known."""

    package_id: UUID
    platform_id: UUID | None
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
            current.pairs.update(dict.fromkeys((namespace, value) for namespace, value in result["identifiers"]))
    if current:
        yield current


async def match(
    session: AsyncSession, run: Run, package_id: UUID, platform_id: UUID | None, titles: list[Title]
) -> None:
    """Fill in `resource_id` where the resource is known; report where that was not a matter of course."""
    shelf = Shelf(package_id, platform_id)
    await _read_package(session, shelf, titles)
    await _read_numbers(session, shelf, titles)
    for title in titles:
        _decide(run, shelf, title)


async def _read_package(session: AsyncSession, shelf: Shelf, titles: list[Title]) -> None:
    wanted = {
        "package": shelf.package_id,
        "platform": shelf.platform_id,
        "title_ids": [t.result["title_id"] for t in titles if t.result["title_id"]],
        "urls": [t.result["url"] for t in titles if t.result["url"] and not t.result["title_id"]],
    }
    for title_id, url, *resource in await session.execute(_IN_PACKAGE, wanted):
        known = Known(*resource)
        shelf.by_title_id.setdefault(title_id, []).append(known)
        shelf.by_url.setdefault(url, []).append(known)


async def _read_numbers(session: AsyncSession, shelf: Shelf, titles: Iterable[Title]) -> None:
    pairs = {(n, value) for t in titles for namespace, value in t.pairs for n in identifiers.family(namespace)}
    wanted = {"namespaces": [n for n, _ in pairs], "values": [value for _, value in pairs]}
    for namespace, value, *resource in await session.execute(_BY_IDENTIFIER, wanted):
        known = Known(*resource)
        found = shelf.by_number.setdefault((identifiers.family(namespace)[0], value), [])
        if known not in found:
            found.append(known)


def _decide(run: Run, shelf: Shelf, title: Title) -> None:
    of_id = shelf.by_title_id.get(title.result["title_id"], []) if title.result["title_id"] else []
    of_number = {known.id: known for number in title.numbers for known in shelf.by_number.get(number, [])}
    same = [known for known in of_id if known.is_called_as(title)]
    same = same or [known for known in of_number.values() if known.is_called_as(title)]
    if not same and not title.pairs and not title.result["title_id"]:
        same = [known for known in shelf.by_url.get(title.result["url"], []) if known.is_called_as(title)]
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
        signs = [(number, key, kind) for number in sorted(title.numbers) for key in sorted(title.keys)]
        place = next((places[sign] for sign in signs if sign in places), None)
        if place is None:
            place = len(gathered)
            gathered.append([])
            others = [holders[number, kind] for number in sorted(title.numbers) if (number, kind) in holders]
            if others:
                _say(run, title, Reason.IDENTIFIER_SHARED, _name(others[0].result["titles"]))
        gathered[place].append(title)
        for sign in signs:
            places.setdefault(sign, place)
            holders.setdefault((sign[0], kind), title)
    return gathered


def rows_of(titles: list[Title]) -> tuple[list[int], list[UUID]]:
    """The staged lines of these titles and, beside each, the resource that it is about."""
    pairs = [(line, title.resource_id) for title in titles for line in title.lines if title.resource_id]
    return [line for line, _ in pairs], [resource for _, resource in pairs]


def _name(titles: dict[str, str]) -> str:
    return next(iter(titles.values()))


def _say(run: Run, title: Title, reason: Reason, detail: str) -> None:
    written = _name(title.result["titles"])
    run.found.append(Problem(title.line, "publication_title", written[:300], reason, Severity.NOTE, detail[:300]))
