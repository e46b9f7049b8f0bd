"""Members as files describe them, in our own format and in that of KB+ (subscribing organisations).

A file speaks of the members it names and of the columns it has: what it says of them replaces what was known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.ext.asyncio import AsyncSession

from domain.intake import membership, networks, patterns, sheet
from domain.intake.cells import Cells, Row
from domain.intake.countries import COUNTRIES
from domain.intake.reasons import Reason
from domain.intake.runs import Run
from domain.intake.source import Source
from models.vocabulary import ImportKind

KINDS = frozenset(["university", "college", "institute", "public_library", "national_library", "school", "other"])
OURS = sheet.Layout(
    needed=("code",),
    known=frozenset(
        [
            "code",
            "name_zh",
            "name_en",
            "kind",
            "country",
            "time_zone",
            "contact",
            "proxy_prefix",
            "isil",
            "ror",
            "identifiers",
            "scopes",
            "identity_providers",
            "groups",
            "networks",
            "walk_ins",
        ]
    ),
)
KBPLUS = sheet.Layout(
    needed=("institutional_name", "jc_id", "ip_range", "ukfamf_idp", "sector_name"),
    known=frozenset(
        [
            "institutional_name",
            "ringold_id",
            "ingenta_id",
            "jc_id",
            "ip_range",
            "ukfamf_idp",
            "athens_id",
            "sector_name",
        ]
    ),
)
_SECTORS = {"Higher Education": "university", "Further Education": "college", "Research councils": "institute"}

CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
SCOPE = re.compile(r"(?=.{1,255}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_ENTITY = re.compile(r"https?://[^\s;,()<>\"]+|urn:[a-z0-9][a-z0-9-]{1,31}:[^\s;,()<>\"]+", re.I)
NAMESPACE = re.compile(r"[a-z][a-z0-9_]{0,39}")
ROR = re.compile(r"(?:https://ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})")
ISIL = re.compile(r"[A-Za-z0-9]{1,4}-[A-Za-z0-9:/-]{1,11}")
_NULL = "NULL"
LONGEST_ENTITY = 1000
"""Bytes: an entityID may have 1024 characters (SAML 2.0 core §8.3.6), an index entry 2,700 bytes."""


@dataclass(frozen=True)
class Members:
    """A list of members. `format`: ours or kbplus. `examples`: addresses reserved for documentation count as networks,
    as demonstrations need them."""

    format: str = "ours"
    examples: bool = False
    kind: ImportKind = ImportKind.MEMBERS

    @property
    def target(self) -> dict[str, str]:
        return {"format": self.format} | ({"examples": "yes"} if self.examples else {})

    def rows(self, source: Source) -> Iterable[Row]:
        if self.format == "kbplus":
            return sheet.collect(source, KBPLUS, self._kbplus)
        return sheet.collect(source, OURS, self._ours)

    async def apply(self, session: AsyncSession, run: Run) -> None:
        await membership.apply(session, run)

    def _ours(self, cells: Cells) -> dict[str, Any] | None:
        code = cells.get("code")
        if not CODE.fullmatch(code):
            cells.reject("code", Reason.VALUE_UNKNOWN if code else Reason.VALUE_MISSING)
            return None
        name = sheet.localised(cells, "name")
        facts: dict[str, Any] = {"code": code}
        if name:
            facts["name"] = name
        for column, reader in _FACTS.items():
            if column in cells:
                facts[column] = reader(cells, column)
        if "isil" in cells or "ror" in cells or "identifiers" in cells:
            facts["identifiers"] = _identifiers(cells)
        if "identity_providers" in cells:
            facts["entities"] = _entities(cells, "identity_providers", cells.get("identity_providers"))
        if "scopes" in cells:
            facts["scopes"] = _scopes(cells)
        if "groups" in cells:
            facts["groups"] = cells.list("groups")
        if "networks" in cells:
            facts["networks"] = self._networks(cells, "networks", cells.get("networks"))
        return facts

    def _kbplus(self, cells: Cells) -> dict[str, Any] | None:
        name, number = cells.get("institutional_name"), cells.get("jc_id")
        if not name:
            cells.reject("institutional_name", Reason.VALUE_MISSING)
        if not re.fullmatch(r"[0-9]{1,9}", number):
            cells.reject("jc_id", Reason.IDENTIFIER_UNREADABLE if number else Reason.VALUE_MISSING)
        if cells.rejected:
            return None
        sector = cells.get("sector_name")
        if sector not in _SECTORS:
            cells.lose("sector_name", Reason.VALUE_UNKNOWN)
        numbers = [["jc_id", number]]
        for column, namespace, form in (
            ("ringold_id", "ringgold", r"[0-9]{1,9}"),
            ("ingenta_id", "ingenta", r"[A-Za-z0-9:_/-]{1,60}"),
            ("athens_id", "athens", r"[0-9]{1,12}"),
        ):
            if value := _said(cells, column):
                if re.fullmatch(form, value):
                    numbers.append([namespace, value])
                else:
                    cells.lose(column, Reason.IDENTIFIER_UNREADABLE)
        return {
            "code": f"jc-{number}",
            "name": {"en": name},
            "kind": _SECTORS.get(sector, "other"),
            "country": "GB",
            "time_zone": "Europe/London",
            "identifiers": numbers,
            "entities": _entities(cells, "ukfamf_idp", _said(cells, "ukfamf_idp")),
            "networks": self._networks(cells, "ip_range", _said(cells, "ip_range")),
        }

    def _networks(self, cells: Cells, column: str, written: str) -> list[list[str]]:
        reading = networks.read(written, line=cells.line, column=column, examples=self.examples)
        cells.problems.extend(reading.problems)
        return [
            [str(item.first), str(item.last), words[:500]]
            for item, words in zip(reading.ranges, reading.written, strict=True)
        ]


def _said(cells: Cells, column: str) -> str:
    """KB+ writes NULL for nothing."""
    value = cells.get(column)
    return "" if value == _NULL else value


def _kind(cells: Cells, column: str) -> str:
    value = cells.get(column).lower()
    if value and value not in KINDS:
        cells.lose(column, Reason.VALUE_UNKNOWN)
    return value if value in KINDS else "other"


def _country(cells: Cells, column: str) -> str | None:
    value = cells.get(column).upper()
    if value and value not in COUNTRIES:
        cells.lose(column, Reason.COUNTRY_UNKNOWN)
    return value if value in COUNTRIES else None


def _time_zone(cells: Cells, column: str) -> str | None:
    value = cells.get(column)
    if value and value not in available_timezones():
        cells.lose(column, Reason.TIME_ZONE_UNKNOWN)
        return None
    return value or None


def _contact(cells: Cells, column: str) -> str | None:
    value = cells.get(column)
    if value and not patterns.TEMPLATE.fullmatch(value):
        cells.lose(column, Reason.URL_UNREADABLE)
        return None
    return value or None


def _proxy(cells: Cells, column: str) -> str | None:
    value = cells.get(column)
    if value and (not patterns.TEMPLATE.fullmatch(value) or value.count("{url}") != 1):
        cells.lose(column, Reason.TEMPLATE_UNREADABLE, "{url}")
        return None
    return value or None


def _walk_ins(cells: Cells, column: str) -> bool:
    value = cells.get(column).lower()
    if value not in ("", "yes", "no"):
        cells.lose(column, Reason.VALUE_UNKNOWN)
    return value == "yes"


_FACTS = {
    "kind": _kind,
    "country": _country,
    "time_zone": _time_zone,
    "contact": _contact,
    "proxy_prefix": _proxy,
    "walk_ins": _walk_ins,
}


def _identifiers(cells: Cells) -> list[list[str]]:
    found: list[list[str]] = []
    for column, form in (("isil", ISIL), ("ror", ROR)):
        if value := cells.get(column):
            if match := form.fullmatch(value):
                found.append([column, f"https://ror.org/{match.group(1)}" if column == "ror" else value])
            else:
                cells.lose(column, Reason.IDENTIFIER_UNREADABLE)
    for item in cells.list("identifiers"):
        namespace, _, value = item.partition(":")
        if NAMESPACE.fullmatch(namespace) and 0 < len(value.strip()) <= 200 and namespace != "entity_id":
            found.append([namespace, value.strip()])
        else:
            cells.lose("identifiers", Reason.IDENTIFIER_UNREADABLE, value=item)
    return found


def _entities(cells: Cells, column: str, written: str) -> list[str]:
    """Identity providers' own identifiers. Anything beside them is prose, and prose is never trusted."""
    found: list[str] = []
    for piece in filter(None, (part.strip() for part in written.split(";"))):
        if not _ENTITY.fullmatch(piece) or len(piece.encode()) > LONGEST_ENTITY:
            cells.lose(column, Reason.IDENTITY_PROVIDER_UNREADABLE, value=piece)
        elif piece not in found:
            found.append(piece)
    return found


def _scopes(cells: Cells) -> list[str]:
    found: list[str] = []
    for item in cells.list("scopes"):
        scope = item.lower()
        if not SCOPE.fullmatch(scope):
            cells.lose("scopes", Reason.SCOPE_UNREADABLE, value=item)
        elif scope not in found:
            found.append(scope)
            if scope != item:
                cells.note("scopes", Reason.VALUE_NORMALISED, scope, value=item)
    if not found:
        cells.note("scopes", Reason.SCOPE_MISSING)
    return found
