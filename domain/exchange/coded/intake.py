"""A coded CSV of one licence as a file that is loaded: somebody's reading of a contract whose words aren't here."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.exchange.coded.columns import UNLIMITED, rows
from domain.exchange.onixpl import licensors, lists
from domain.exchange.onixpl.reading import Options
from domain.intake.cells import Cells, Row
from domain.intake.licence import LicenceFile
from domain.intake.reasons import Reason
from domain.intake.source import Source, refuse
from models.vocabulary import Action, Affiliation, LicenceStatus, LimitKind, NoticeUnit, TermStatus

MEMBERS = [Affiliation.STUDENT, Affiliation.FACULTY, Affiliation.STAFF, Affiliation.EMPLOYEE, Affiliation.MEMBER]
"""The authorised users of whom no column speaks."""
ACTIONS = {
    "ill": (Action.INTERLIBRARY_SUPPLY, None),
    "coursepack": (Action.COURSE_PACK, "print"),
    "vle": (Action.COURSE_RESERVE, "electronic"),
}
STATUS = {"Yes": TermStatus.PERMITTED_INTERPRETED, "No": TermStatus.PROHIBITED_INTERPRETED}
CODED = ("Yes", "No", "Other")
TYPES = ("Template", "Actual")
_PERIOD = re.compile(r"([0-9]{1,4}) (day|week|month|year)s?")


@dataclass(frozen=True)
class CodedLicence(LicenceFile):
    """A CSV of one licence as a file that is loaded."""

    options: Options = field(default_factory=Options)

    @property
    def target(self) -> dict[str, str]:
        named = {"code": self.options.code, "licensor": self.options.licensor}
        return {key: value for key, value in named.items() if value}

    def rows(self, source: Source) -> Iterable[Row]:
        found = list(rows(source))
        if len(found) != 1:
            raise refuse(found[1][0] if found else 1, Reason.NOT_THIS_FORMAT, detail="one licence")
        line, row = found[0]
        cells = Cells(line, row)
        yield Row(line, _file(cells, line, self.options), [*source.notes, *cells.problems])


def _file(cells: Cells, line: int, options: Options) -> dict[str, Any]:
    name = cells.get("licence_name")
    licensor = options.licensor or cells.get("licensor")
    if not licensor:
        raise refuse(line, Reason.NOT_DERIVABLE, column="licensor", detail="--licensor")
    code = options.code or licensors.code_of(name)
    if not code:
        raise refuse(line, Reason.NOT_DERIVABLE, column="licence_name", detail="--code")
    template = _one_of(cells, "licence_type", TYPES) == "Template"
    users = cells.get("concurrent_users")
    limits = [] if users.casefold() in {"", UNLIMITED.casefold()} else list(_users(cells, line, users))
    return {
        "licence": {
            "code": code,
            "name": {"und": name or code},
            "licensor": (licensor, line),
            "status": LicenceStatus.TEMPLATE if template and not options.draft else LicenceStatus.DRAFT,
            "start": None,
            "end": None,
            "parent": None,
            "keep": ["status", "start_date", "end_date", "parent_id", "document_id"],
        },
        "document": None,
        "user_classes": {},
        "clauses": [],
        "terms": list(_terms(cells, line)),
        "limits": [*limits, *_notice(cells, line)],
        "amendments": [],
        "fragments": [],
        "agreement": None,
    }


def _one_of(cells: Cells, column: str, words: Sequence[str]) -> str:
    """The word that a cell says, whatever its case; empty where it says nothing, or what can't be read."""
    written = cells.get(column)
    found = next((word for word in words if word.casefold() == written.casefold()), "")
    if written and not found:
        cells.lose(column, Reason.VALUE_UNKNOWN)
    return found


def _coded(cells: Cells, column: str) -> str:
    """Yes or No; Other is told, with its note, and codes nothing."""
    found = _one_of(cells, column, CODED)
    if found == "Other":
        cells.note(column, Reason.NOT_MODELLED, cells.get(f"{column}_note"))
    return found


def _terms(cells: Cells, line: int) -> Iterator[dict[str, Any]]:
    remote = _coded(cells, "remote_access")
    whom: list[tuple[list[Affiliation], bool]] = [
        ([*MEMBERS, *([Affiliation.ALUM] if _coded(cells, "alumni_access") == "Yes" else [])], remote != "Yes")
    ]
    if _coded(cells, "walkin_access") == "Yes":
        whom.append(([Affiliation.LIBRARY_WALK_IN], True))
    for affiliations, on_site in whom:
        note = _noted(cells, "remote_access")
        yield _term(line, Action.VIEW, TermStatus.PERMITTED_INTERPRETED, affiliations, on_site, None, note)
    for column, (action, form) in ACTIONS.items():
        value = _coded(cells, column)
        if value not in STATUS:
            continue
        note = _noted(cells, column)
        if value == "No":
            yield _term(line, action, STATUS[value], None, False, form, note)
            continue
        for affiliations, on_site in whom:
            yield _term(line, action, STATUS[value], affiliations, on_site, form, note)
    if _coded(cells, "enterprise") == "No":
        for action in Action:
            commercial = {"purposes": [lists.coded("CommercialUse")]}
            yield _term(line, action, STATUS["No"], None, False, None, _noted(cells, "enterprise")) | commercial
    for column in ("partners_access", "multisite_access", "pca"):
        if _coded(cells, column) == "Yes":
            cells.note(column, Reason.NOT_MODELLED, cells.get(f"{column}_note"))


def _term(
    line: int,
    action: Action,
    status: TermStatus,
    affiliations: list[Affiliation] | None,
    on_site: bool,
    form: str | None,
    note: str | None,
) -> dict[str, Any]:
    permits = status is TermStatus.PERMITTED_INTERPRETED
    formats = {"kind": LimitKind.FORMATS, "amount": None, "unit": None, "formats": [form], "note": None}
    return {
        "line": line,
        "clause": None,
        "action": action,
        "status": status,
        "affiliations": affiliations,
        **dict.fromkeys(("user_classes", "purposes", "recipients", "methods", "parts", "territories")),
        "on_site_only": on_site,
        "except_as_permitted": False,
        "concurrent_users": None,
        "public_note": None,
        "note": note,
        "limits": [formats] if form and permits else [],
    }


def _noted(cells: Cells, column: str) -> str | None:
    return cells.get(f"{column}_note") or None


def _users(cells: Cells, line: int, written: str) -> Iterator[dict[str, Any]]:
    if written.isdecimal() and 0 < int(written) <= 10**6:
        yield _whole(line, LimitKind.CONCURRENT_USERS_PER_MEMBER, written, None)
    else:
        cells.lose("concurrent_users", Reason.VALUE_UNKNOWN)


def _notice(cells: Cells, line: int) -> Iterator[dict[str, Any]]:
    written = cells.get("notice_period")
    found = _PERIOD.fullmatch(written.casefold())
    if found and int(found[1]):
        yield _whole(line, LimitKind.NOTICE, found[1], NoticeUnit(f"{found[2]}s"))
    elif written:
        cells.lose("notice_period", Reason.VALUE_UNKNOWN)


def _whole(line: int, kind: LimitKind, amount: str, unit: NoticeUnit | None) -> dict[str, Any]:
    return {"line": line, "clause": None, "kind": kind, "amount": amount, "unit": unit, "formats": None, "note": None}
