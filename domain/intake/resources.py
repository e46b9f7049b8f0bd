"""Resources as title lists describe them: new ones are made, known ones completed; only the one package that a
resource is in corrects it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from pyroaring import BitMap64
from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import search_text, tokenizer
from domain.intake import comparing, copying, kbart
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.runs import Run
from domain.intake.titles import Title
from models import package as package_rows
from models import party as party_rows
from models import resource as rows
from models.vocabulary import PartyKind

_COLUMNS = [
    "id",
    "kind",
    "title",
    "sort_title",
    "published",
    "published_first",
    "published_last",
    "publisher",
    "languages",
    "open_access",
    "rights",
    "contributed_by",
    "search",
]
_FACTS = ("published", "published_first", "published_last", "publisher", "languages", "rights", "contributed_by")
_DESCRIBED = ("id", "title", "sort_title", "open_access", *_FACTS)


async def make(session: AsyncSession, run: Run, gathered: list[list[Title]]) -> None:
    """Add a resource for each group of titles, and say so in the titles."""
    members = await _members(session, run, [titles[0] for titles in gathered])
    new = copying.ids(len(gathered))
    for resource_id, titles in zip(new, gathered, strict=True):
        for title in titles:
            title.resource_id = resource_id
    merged = [(resource_id, titles[0], _pairs(titles)) for resource_id, titles in zip(new, gathered, strict=True)]
    await copying.copy(session, "resource", _COLUMNS, (_new(*item, members) for item in merged))
    numbers = ((str(resource_id), *pair) for resource_id, _, pairs in merged for pair in pairs)
    await copying.copy(session, "resource_identifier", ("resource_id", "namespace", "value"), numbers)
    await _credit(session, [(resource_id, title) for resource_id, title, _ in merged])
    await _classify(session, [(resource_id, title) for resource_id, title, _ in merged])
    run.count("resources_new", len(new))


def _pairs(titles: list[Title]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(pair for title in titles for pair in title.pairs))


def _new(resource_id: UUID, title: Title, pairs: list[tuple[str, str]], members: dict[str, UUID]) -> list[Any]:
    result = title.result
    published, first, last = result["published"] or (None, None, None)
    search = tokenizer.document_vector(
        titles=result["titles"].values(),
        contributors=[name for name, _ in result["contributors"]],
        subjects=[name for subject in result["subjects"] for name in subject.values()],
        publisher=result["publisher"],
        identifiers=[value for _, value in pairs],
    )
    return [
        str(resource_id),
        result["kind"],
        orjson.dumps(result["titles"]).decode(),
        result["sort"],
        *(published, first, last),
        result["publisher"],
        f"{{{','.join(result['languages'])}}}",  # tags hold nothing that would need quotes
        bool(result["open_access"]),
        result["rights"],
        members.get(result["contributed_by"] or ""),
        search,
    ]


async def _members(session: AsyncSession, run: Run, titles: list[Title]) -> dict[str, UUID]:
    """Members by the code in `contributed_by`; an unknown one is reported."""
    codes = {title.result["contributed_by"]: title.line for title in reversed(titles) if title.result["contributed_by"]}
    if not codes:
        return {}
    party = party_rows.Party
    found = await session.execute(
        select(col(party.code), col(party.id)).where(col(party.kind) == PartyKind.MEMBER, col(party.code).in_(codes))
    )
    members = dict(found.all())
    run.found += [
        Problem(line, "contributed_by", code, Reason.UNKNOWN_MEMBER, Severity.CELL)
        for code, line in codes.items()
        if code not in members
    ]
    return members


async def _identify(session: AsyncSession, pairs: list[tuple[UUID, tuple[str, str]]]) -> set[UUID]:
    """Add identifiers; the resources that didn't have them yet."""
    if not pairs:
        return set()
    added = await session.execute(
        text(
            """
            INSERT INTO resource_identifier (resource_id, namespace, value)
            SELECT * FROM unnest(CAST(:resources AS uuid[]), CAST(:namespaces AS text[]), CAST(:values AS text[]))
            ON CONFLICT DO NOTHING RETURNING resource_id
            """
        ),
        {
            "resources": [resource for resource, _ in pairs],
            "namespaces": [namespace for _, (namespace, _) in pairs],
            "values": [value for _, (_, value) in pairs],
        },
    )
    return set(added.scalars())


async def _credit(session: AsyncSession, pairs: list[tuple[UUID, Title]]) -> None:
    people = [
        (str(resource_id), position, name, role)
        for resource_id, title in pairs
        for position, (name, role) in enumerate(title.result["contributors"])
    ]
    await copying.copy(session, "contributor", ("resource_id", "position", "name", "role"), people)


async def _classify(session: AsyncSession, pairs: list[tuple[UUID, Title]]) -> None:
    named = {subject_code(subject): subject for _, title in pairs for subject in title.result["subjects"]}
    if not named:
        return
    values = [{"code": code, "name": name} for code, name in sorted(named.items())]
    await session.execute(insert(rows.Subject).on_conflict_do_nothing(), values)
    found = await session.execute(
        select(col(rows.Subject.code), col(rows.Subject.id)).where(col(rows.Subject.code).in_(named))
    )
    ids = dict(found.all())
    links = {
        (str(resource_id), str(ids[subject_code(s)])) for resource_id, title in pairs for s in title.result["subjects"]
    }
    await copying.copy(session, "resource_subject", ("resource_id", "subject_id"), sorted(links))


def subject_code(name: dict[str, str]) -> str:
    """The key of a subject: of those that are called alike there is one."""
    return kbart.title_key(name.get("en") or name.get("und") or name["zh"])[:200]


@dataclass(slots=True)
class Described:
    """The resources that this list has described already: of several titles that are one, the first is right."""

    newest: int
    """The highest ordinal from before the run; what is above was made, and described, by it."""
    ordinals: BitMap64 = field(default_factory=BitMap64)

    def first(self, title: Title) -> bool:
        if title.ordinal > self.newest or title.ordinal in self.ordinals:
            return False
        self.ordinals.add(title.ordinal)
        return True


async def described(session: AsyncSession) -> Described:
    return Described(
        (await session.execute(select(func.coalesce(func.max(col(rows.Resource.ordinal)), 0)))).scalar_one()
    )


async def complete(session: AsyncSession, run: Run, package_id: UUID, titles: list[Title], known: Described) -> None:
    """Add to known resources what the list knows more; where no other package has a resource, the list is right."""
    if not titles:
        return
    touched = await _identify(session, [(t.resource_id, pair) for t in titles if t.resource_id for pair in t.pairs])
    by_resource = {title.resource_id: title for title in titles if title.resource_id and known.first(title)}
    members = await _members(session, run, list(by_resource.values()))
    described = select(*(getattr(rows.Resource, name) for name in _DESCRIBED))
    found = await session.execute(described.where(comparing.among(rows.Resource.id, by_resource)))
    elsewhere = await _elsewhere(session, package_id, list(by_resource))
    changes = [
        {"id": resource.id, **values}
        for resource in found
        if (values := _amended(resource, by_resource[resource.id], members, sole=resource.id not in elsewhere))
    ]
    if changes:
        await session.execute(update(rows.Resource), sorted(changes, key=list))  # alike ones together: one statement
        touched |= {change["id"] for change in changes}
    touched |= await _recredit(session, {r: t for r, t in by_resource.items() if r not in elsewhere})
    touched |= await _reclassify(session, {r: t for r, t in by_resource.items() if r not in elsewhere})
    await search_text.refresh(session, touched)
    run.count("resources_changed", len(touched))


async def _elsewhere(session: AsyncSession, package_id: UUID, resource_ids: list[UUID]) -> set[UUID]:
    """Those that another package has too."""
    title = package_rows.PackageTitle
    found = await session.execute(
        select(col(title.resource_id)).where(
            comparing.among(title.resource_id, resource_ids), col(title.package_id) != package_id
        )
    )
    return set(found.scalars())


def _amended(resource: Row[Any], title: Title, members: dict[str, UUID], *, sole: bool) -> dict[str, Any]:
    """The columns that the list changes."""
    result = title.result
    published, first, last = result["published"] or (None, None, None)
    said = {
        "published": published,
        "published_first": first and date.fromisoformat(first),
        "published_last": last and date.fromisoformat(last),
        "publisher": result["publisher"],
        "languages": result["languages"],
        "rights": result["rights"],
        "contributed_by": members.get(result["contributed_by"] or ""),
    }
    values = {name: said[name] for name in _FACTS if said[name] and (sole or not getattr(resource, name))}
    if sole:
        values |= {"title": result["titles"], "sort_title": result["sort"]}
    if result["open_access"] is not None and (sole or result["open_access"]):
        values["open_access"] = result["open_access"]
    return {name: value for name, value in values.items() if getattr(resource, name) != value}


async def _recredit(session: AsyncSession, by_resource: dict[UUID, Title]) -> set[UUID]:
    """Bring the contributors to what the list says, where it names any."""
    contributor = rows.Contributor
    found = await session.execute(
        select(col(contributor.resource_id), col(contributor.name), col(contributor.role))
        .where(comparing.among(contributor.resource_id, by_resource))
        .order_by(col(contributor.resource_id), col(contributor.position))
    )
    known: dict[UUID, list[list[str | None]]] = {}
    for resource_id, name, role in found:
        known.setdefault(resource_id, []).append([name, role])
    differing = {
        r: t for r, t in by_resource.items() if t.result["contributors"] and t.result["contributors"] != known.get(r)
    }
    if differing:
        await session.execute(delete(contributor).where(comparing.among(contributor.resource_id, differing)))
        await _credit(session, list(differing.items()))
    return set(differing)


async def _reclassify(session: AsyncSession, by_resource: dict[UUID, Title]) -> set[UUID]:
    """The same for subjects."""
    link, subject = rows.ResourceSubject, rows.Subject
    found = await session.execute(
        select(col(link.resource_id), col(subject.code))
        .join(subject, col(subject.id) == col(link.subject_id))
        .where(comparing.among(link.resource_id, by_resource))
    )
    known: dict[UUID, set[str]] = {}
    for resource_id, code in found:
        known.setdefault(resource_id, set()).add(code)
    differing = {
        r: t
        for r, t in by_resource.items()
        if t.result["subjects"] and {subject_code(s) for s in t.result["subjects"]} != known.get(r)
    }
    if differing:
        await session.execute(delete(link).where(comparing.among(link.resource_id, differing)))
        await _classify(session, list(differing.items()))
    return set(differing)
