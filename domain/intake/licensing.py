"""A licence file brought into the tables. What the file says replaces what was known of the licence and its agreement.

Rows that decisions rest on are never deleted: a term that is gone becomes `not_applicable`, an entitlement ends with
yesterday, a clause keeps its text.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.epoch import Changed
from domain.intake import agreements, comparing, licence_terms, parties
from domain.intake.comparing import Unknown
from domain.intake.reasons import Problem, Reason
from domain.intake.runs import Run
from domain.intake.source import FileRefused
from models import licence as rows


async def apply(session: AsyncSession, run: Run, file: dict[str, Any]) -> None:
    """
    Raises:
        FileRefused: it names members, groups, packages, titles or licences that aren't known.
    """
    unknown = Unknown()
    licence_id, new, changed = await _licence(session, unknown, file)
    run.reach(Changed(licences={licence_id}, pool=True))
    changed |= await _signed(session, run, licence_id, file["document"])
    changed |= await _user_classes(session, unknown, file)
    clause_ids, reworded = await _clauses(session, licence_id, file["clauses"], file.get("languages"))
    changed |= reworded | await licence_terms.bring(session, unknown, licence_id, file, clause_ids)
    changed |= await _fragments(session, licence_id, file.get("fragments"))
    licence = rows.Licence
    if changed and not new:
        again = {"version": col(licence.version) + 1}
        await session.execute(update(licence).where(col(licence.id) == licence_id).values(**again))
    run.count("new" if new else "changed" if changed else "unchanged")
    if file["agreement"]:
        await agreements.apply(session, run, unknown, licence_id, file["agreement"])
    unknown.settle()


async def _licence(session: AsyncSession, unknown: Unknown, file: dict[str, Any]) -> tuple[UUID, bool, bool]:
    """Its id, whether it is new, and whether anything changed."""
    said, licence = file["licence"], rows.Licence
    licensor, line = said["licensor"]
    try:
        licensor_id: UUID | None = await parties.provider(session, licensor)
    except FileRefused as refused:
        unknown.add(line, "licence.licensor", licensor, refused.problem.reason)
        unknown.settle()
    parent_id = await _parent(session, unknown, said)
    values = {
        "name": said["name"],
        "licensor_id": licensor_id,
        "status": said["status"],
        "start_date": _day(said["start"]),
        "end_date": _day(said["end"]),
        "parent_id": parent_id,
        **({"holder_id": said["holder_id"]} if "holder_id" in said else {}),
    }
    found = (await session.execute(select(licence).where(col(licence.code) == said["code"]))).scalar_one_or_none()
    if found is None:
        document_id = await _document(session, None, file["document"])
        made = await session.execute(
            insert(licence).values(code=said["code"], document_id=document_id, **values).returning(col(licence.id))
        )
        return made.scalar_one(), True, True
    values["name"] = comparing.retold(found.name, said["name"], file.get("languages"))
    changes = comparing.differing(found, {key: values[key] for key in values if key not in said.get("keep", ())})
    first, last = (changes.get(key, getattr(found, key)) for key in ("start_date", "end_date"))
    if first and last and last < first:  # one of them was kept
        unknown.add(line, "licence.end", last.isoformat(), Reason.DATES_REVERSED, first.isoformat())
        unknown.settle()
    if "document_id" not in said.get("keep", ()):
        document_id = await _document(session, found.document_id, file["document"])
        if document_id != found.document_id:
            changes["document_id"] = document_id
    if changes:
        await session.execute(update(licence).where(col(licence.id) == found.id).values(**changes))
    return found.id, False, bool(changes)


async def _parent(session: AsyncSession, unknown: Unknown, said: dict[str, Any]) -> UUID | None:
    """A licence can't be its own parent, nor one of its children."""
    if said["parent"] is None:
        return None
    code, line = said["parent"]
    licence = rows.Licence
    found = await session.execute(select(col(licence.id), col(licence.code), col(licence.parent_id)))
    known = {row_id: (row_code, parent) for row_id, row_code, parent in found}
    parent_id = next((row_id for row_id, (row_code, _) in known.items() if row_code == code), None)
    if parent_id is None:
        unknown.add(line, "licence.parent", code, Reason.UNKNOWN_LICENCE)
    above = parent_id
    while above is not None:
        name, above = known[above]
        if name == said["code"]:
            unknown.add(line, "licence.parent", code, Reason.GROUP_CYCLE, code)
            unknown.settle()
    return parent_id


async def _document(session: AsyncSession, known: UUID | None, said: dict[str, Any] | None) -> UUID | None:
    """The signed text's row; the one that is known, if it says the same; one that was uploaded."""
    if said is None:
        return None
    if said.get("id"):
        uploaded: UUID = said["id"]
        return uploaded
    document = rows.LicenceDocument
    values = {"name": said["name"], "signed_on": _day(said["signed"])}
    if known:
        found = (await session.execute(select(document).where(col(document.id) == known))).scalar_one()
        if not comparing.differing(found, values):
            return known
    made = await session.execute(insert(document).values(**values).returning(col(document.id)))
    document_id: UUID = made.scalar_one()
    return document_id


async def _signed(session: AsyncSession, run: Run, licence_id: UUID, said: dict[str, Any] | None) -> bool:
    """What a sheet says of the document that was uploaded; whether anything changed. An empty cell says nothing. A
    document that is another contract's text too stays as it is, and that is reported.
    """
    if not said or not said.get("id"):
        return False
    table = rows.LicenceDocument
    one = select(table).where(col(table.id) == said["id"]).execution_options(populate_existing=True)
    document = (await session.execute(one)).scalar_one()
    wanted: dict[str, Any] = {}
    if said["called"] and said["called"] not in document.name.values():
        wanted["name"] = {"und": said["called"]}
    if (signed := _day(said["signed"])) and signed != document.signed_on:
        wanted["signed_on"] = signed
    if wanted and await _shared(session, document.id, licence_id):
        told = {
            "name": ("document_name", said["called"], next(iter(document.name.values()))),
            "signed_on": ("document_signed", said["signed"], str(document.signed_on or "")),
        }
        for cell, value, kept in (told[key] for key in wanted):
            problem = Problem(said["lines"][cell], f"licence.{cell}", value, Reason.DOCUMENT_SHARED, detail=kept)
            run.found.append(problem)
        return False
    if wanted:
        await session.execute(update(table).where(col(table.id) == document.id).values(**wanted))
    return bool(wanted)


async def _shared(session: AsyncSession, document_id: UUID, licence_id: UUID) -> bool:
    licence, amendment = rows.Licence, rows.Amendment
    others = select(col(licence.id)).where(col(licence.document_id) == document_id, col(licence.id) != licence_id)
    letters = select(col(amendment.id)).where(col(amendment.document_id) == document_id)
    return bool(await session.scalar(select(others.exists() | letters.exists())))


async def _user_classes(session: AsyncSession, unknown: Unknown, file: dict[str, Any]) -> bool:
    table = rows.UserClass
    known = {row.code: row.entitlement_uris for row in (await session.execute(select(table))).scalars()}
    changed = False
    for code, uris in file["user_classes"].items():
        if code not in known:
            await session.execute(insert(table).values(code=code, entitlement_uris=uris))
        elif known[code] != uris:
            await session.execute(update(table).where(col(table.code) == code).values(entitlement_uris=uris))
        changed |= known.get(code) != uris
    brought = (term for amendment in file.get("amendments", ()) for term in amendment["terms"])
    for term in (*file["terms"], *brought):
        for code in term["user_classes"] or ():
            if code not in known and code not in file["user_classes"]:
                unknown.add(term["line"], "terms.user_classes", code, Reason.VALUE_UNKNOWN)
    return changed


async def _clauses(
    session: AsyncSession, licence_id: UUID, said: list[dict[str, Any]], languages: Sequence[str] | None
) -> tuple[dict[str, UUID], bool]:
    """The ids by number, and whether anything changed."""
    clause = rows.Clause
    found = (await session.execute(select(clause).where(col(clause.licence_id) == licence_id))).scalars()
    known = {row.number: row for row in found}
    changed = False
    for position, values in enumerate(said):
        wanted = values | {"position": position}
        if (row := known.get(values["number"])) is None:
            await session.execute(insert(clause).values(licence_id=licence_id, **wanted))
            changed = True
            continue
        if "summary" in values:  # else the file can't tell it, and it stays
            wanted["summary"] = comparing.retold(row.summary, values["summary"], languages)
        if altered := comparing.differing(row, wanted):
            await session.execute(update(clause).where(col(clause.id) == row.id).values(**altered))
            changed = True
    gone = [row for number, row in known.items() if number not in {values["number"] for values in said}]
    term = rows.Term
    for row in gone:  # one that a term of an amendment rests on stays
        of_it = col(term.clause_id) == row.id, col(term.amendment_id).is_(None)
        await session.execute(update(term).where(*of_it).values(clause_id=None))
        changed |= await comparing.remove(session, clause, row.id)
    ids = await session.execute(select(col(clause.number), col(clause.id)).where(col(clause.licence_id) == licence_id))
    return dict(ids.all()), changed


async def _fragments(session: AsyncSession, licence_id: UUID, said: list[dict[str, Any]] | None) -> bool:
    """What the expression says beside: all of it again, where the file tells any; else it stays."""
    if said is None:
        return False
    fragment = rows.LicenceFragment
    of_it = select(fragment).where(col(fragment.licence_id) == licence_id).order_by(col(fragment.position))
    known = [(row.path, row.content) for row in await session.scalars(of_it)]
    wanted = [(one["path"], one["content"]) for one in said]
    if known == wanted:
        return False
    await session.execute(delete(fragment).where(col(fragment.licence_id) == licence_id))
    for position, (path, content) in enumerate(wanted):
        values = {"licence_id": licence_id, "position": position, "path": path, "content": content}
        await session.execute(insert(fragment).values(**values))
    return True


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
