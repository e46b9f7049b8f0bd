"""Licence files: the licence, its document, clauses and terms, and the agreement that uses it (docs/formats.md).

A file is taken whole or refused whole, with every mistake in it by line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.acts import days
from domain.intake import contract, document, licensing
from domain.intake.cells import Row
from domain.intake.document import Place, Table
from domain.intake.reasons import Reason
from domain.intake.runs import Run
from domain.intake.source import Source
from domain.rights import embargo as embargoes
from models import intake as staged_rows
from models.vocabulary import AgreementStatus, ImportKind, LicenceStatus

COVERAGE = ("start", "start_volume", "start_issue", "end", "end_volume", "end_issue", "embargo")


@dataclass(frozen=True)
class LicenceFile:
    """One licence with its agreement."""

    kind: ImportKind = ImportKind.LICENCE

    @property
    def target(self) -> dict[str, str]:
        return {}

    def rows(self, source: Source) -> Iterable[Row]:
        yield Row(1, read(source), list(source.notes))

    async def apply(self, session: AsyncSession, run: Run) -> None:
        staged = staged_rows.ImportRow
        found = await session.execute(select(col(staged.result)).where(col(staged.run_id) == run.id))
        await licensing.apply(session, run, found.scalar_one())


def read(source: Source) -> dict[str, Any]:
    """The file's content in plain values; beside what may turn out to be unknown stands its line.

    Raises:
        FileRefused: with every mistake.
    """
    whole = document.load(source)
    top = whole.table("licence", "document", "user_classes", "clauses", "terms", "limits", "amendments", "agreement")
    clauses = top.get("clauses", contract.clauses) or []
    classes = top.get("user_classes", contract.user_classes) or {}
    terms = top.get("terms", lambda place: place.list_of(contract.term)) or []
    found: dict[str, Any] = {
        "licence": top.need("licence", _licence),
        "document": top.get("document", contract.document_told),
        "user_classes": classes,
        "clauses": clauses,
        "terms": terms,
        "limits": top.get("limits", contract.limits) or [],
        "amendments": top.get("amendments", contract.amendments) or [],
        "agreement": top.get("agreement", _agreement),
    }
    contract.check(whole, found)
    document.settle(whole)
    return found


def _status(table: Table, over: StrEnum, key: str, last_day: object) -> StrEnum | None:
    """The state. One that is `over` must name its last day: until then it gives, and no later."""
    status = table.need("status", document.one_of(type(over)))
    if status == over and last_day is None:
        table.at(key).bad(Reason.VALUE_MISSING)
    return status


def _licence(place: Place) -> dict[str, Any]:
    table = place.table("code", "name", "licensor", "status", "start", "end", "parent")
    start, end = _span(table)
    status = _status(table, LicenceStatus.TERMINATED, "end", end)
    return {
        "code": table.need("code", document.code),
        "name": table.need("name", document.localised),
        "licensor": _reference(table, "licensor"),
        "status": status,
        "start": start,
        "end": end,
        "parent": _reference(table, "parent") if "parent" in table else None,
    }


def _reference(table: Table, key: str) -> tuple[str | None, int]:
    """What the file names there, and its line."""
    return table.need(key, document.name), table.at(key).line


def _span(table: Table) -> tuple[str | None, str | None]:
    """`start` and `end`, both inclusive, as ISO dates; an end on 9999-12-31 means none."""
    start, end = table.get("start", document.day), days.ending(table.get("end", document.day))
    if start and end and end < start:
        table.at("end").bad(Reason.DATES_REVERSED, start.isoformat())
    return start.isoformat() if start else None, end.isoformat() if end else None


def _agreement(place: Place) -> dict[str, Any]:
    table = place.table(
        "code", "name", "status", "holder", "closed_on", "licences", "periods", "participants", "entitlements"
    )
    if "holder" in table and "participants" in table:
        table.at("participants").bad(Reason.KEY_UNKNOWN, "participants + holder")
    if "holder" not in table and "participants" not in table:
        table.at("participants").bad(Reason.VALUE_MISSING)
    closed = days.ending(table.get("closed_on", document.day))
    status = _status(table, AgreementStatus.CLOSED, "closed_on", closed)
    return {
        "code": table.need("code", document.code),
        "name": table.need("name", document.string),
        "status": status,
        "holder": _reference(table, "holder") if "holder" in table else None,
        "closed_on": closed and closed.isoformat(),
        "licences": table.get("licences", _controlling),
        "periods": table.need("periods", _periods) or [],
        "participants": table.get("participants", _participants),
        "entitlements": table.get("entitlements", lambda items: items.list_of(_entitlement)) or [],
    }


def _controlling(place: Place) -> list[dict[str, Any]]:
    def licence(item: Place) -> dict[str, Any]:
        table = item.table("licence", "start", "end")
        start, end = _span(table)
        return {"licence": _reference(table, "licence"), "start": start, "end": end, "place": item}

    return _apart(place.list_of(licence))


def _periods(place: Place) -> list[dict[str, Any]]:
    def period(item: Place) -> dict[str, Any]:
        table = item.table("start", "end", "grace_until", "cancel_by")
        for key in ("start", "end"):
            if key not in table:
                table.at(key).bad(Reason.VALUE_MISSING)
        start, end = _span(table)
        grace, cancel = table.get("grace_until", document.day), table.get("cancel_by", document.day)
        if grace and end and grace <= date.fromisoformat(end):
            table.at("grace_until").bad(Reason.DATES_REVERSED, end)
        if cancel and end and cancel > date.fromisoformat(end):
            table.at("cancel_by").bad(Reason.CANCEL_LATE, end)
        return {
            "start": start,
            "end": end,
            "grace_until": grace and grace.isoformat(),
            "cancel_by": cancel and cancel.isoformat(),
            "place": item,
        }

    return _apart(place.list_of(period))


def _apart(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same in order of time; two that share a day are a mistake, told at the later one."""
    ordered = sorted(spans, key=lambda span: span["start"] or "")
    for earlier, later in pairwise(ordered):
        if (later["start"] or "") <= (earlier["end"] or "9999-12-31"):
            later["place"].bad(Reason.PERIODS_OVERLAP)
    return [{key: value for key, value in span.items() if key != "place"} for span in ordered]


def _participants(place: Place) -> list[dict[str, Any]] | str | None:
    if place.value == "all":
        return "all"

    def participant(item: Place) -> dict[str, Any]:
        table = item.table("member", "group", "start", "end")
        if ("member" in table) == ("group" in table):
            item.bad(Reason.TYPE_WRONG, "member: CODE | group: CODE")
        start, end = _span(table)
        return {
            "member": _reference(table, "member") if "member" in table else None,
            "group": _reference(table, "group") if "group" in table else None,
            "start": start,
            "end": end,
            "line": item.line,
        }

    return place.list_of(participant)


def _entitlement(item: Place) -> dict[str, Any]:
    table = item.table("package", "provider", "title", "resource", "start", "end", "coverage", "perpetual")
    if sum(key in table for key in ("package", "title", "resource")) != 1:
        item.bad(Reason.TYPE_WRONG, "package | title | resource")
    start, end = _span(table)
    return {
        "line": item.line,
        "package": table.get("package", document.name),
        "provider": table.get("provider", document.string),
        "title": table.get("title", _title),
        "resource": table.get("resource", document.string),
        "start": start,
        "end": end,
        "coverage": table.get("coverage", lambda place: place.list_of(_coverage)) or [],
        "perpetual": table.get("perpetual", lambda place: place.list_of(_kept)) or [],
    }


def _title(place: Place) -> dict[str, Any]:
    table = place.table("package", "provider", "identifier")
    return {
        "package": table.need("package", document.string),
        "provider": table.get("provider", document.string),
        "identifier": table.need("identifier", document.string),
    }


def _kept(item: Place) -> dict[str, Any]:
    """What is kept for ever: a coverage statement, of one title of a package where it is named."""
    table = item.table(*COVERAGE, "title", "subscribed_only", "conditions")
    return _statement(table) | {
        "line": item.line,
        "title": table.get("title", document.string),
        "subscribed_only": table.get("subscribed_only", document.flag) or False,
        "conditions": table.get("conditions", document.localised),
    }


def _coverage(item: Place) -> dict[str, Any]:
    return _statement(item.table(*COVERAGE))


def _statement(table: Table) -> dict[str, Any]:
    start, end = table.get("start", document.partial_date), table.get("end", document.partial_date)
    if start and end and end.last < start.first:
        table.at("end").bad(Reason.DATES_REVERSED, start.text)
    embargo = table.get("embargo", document.string)
    if embargoes.read(embargo) is embargoes.UNREADABLE:
        table.at("embargo").bad(Reason.EMBARGO_UNREADABLE)
    return {
        "start_date": start and start.text,
        "start_on": start and start.first.isoformat(),
        "start_volume": table.get("start_volume", document.string),
        "start_issue": table.get("start_issue", document.string),
        "end_date": end and end.text,
        "end_on": end and end.last.isoformat(),
        "end_volume": table.get("end_volume", document.string),
        "end_issue": table.get("end_issue", document.string),
        "embargo": embargo,
    }
