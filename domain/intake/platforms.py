"""Platforms: where content is served, and how a reader is led there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.intake import parties, patterns, sheet
from domain.intake.cells import Cells, Row
from domain.intake.reasons import Problem, Reason, Severity
from domain.intake.runs import Run
from domain.intake.source import FileRefused, Source
from models import intake as staged_rows
from models import package as rows
from models.vocabulary import ImportKind, LinkRule

LAYOUT = sheet.Layout(needed=("name",), known=frozenset(["name", "provider", "url", "link_rule", "link_template"]))
PLACES = re.compile(r"\{([^}]*)\}?|\}")


@dataclass(frozen=True)
class Platforms:
    """A list of platforms by name."""

    kind: ImportKind = ImportKind.PLATFORMS

    @property
    def target(self) -> dict[str, str]:
        return {}

    def rows(self, source: Source) -> Iterable[Row]:
        return sheet.collect(source, LAYOUT, _read)

    async def apply(self, session: AsyncSession, run: Run) -> None:
        staged = staged_rows.ImportRow
        found = await session.execute(
            select(col(staged.line), col(staged.result)).where(col(staged.run_id) == run.id).order_by(col(staged.line))
        )
        seen: set[str] = set()
        for line, facts in found:
            if facts["code"] in seen:
                run.found.append(Problem(line, "name", facts["code"], Reason.ROW_TWICE, Severity.ROW))
                run.count("loaded", -1)
                run.count("rejected")
            else:
                seen.add(facts["code"])
                await _bring(session, run, line, facts)


def _read(cells: Cells) -> dict[str, Any] | None:
    name = cells.get("name")
    if not name or len(name) > parties.LONGEST_NAME:
        cells.reject("name", Reason.VALUE_TOO_LONG if name else Reason.VALUE_MISSING, str(parties.LONGEST_NAME))
        return None
    rule, template = _link(cells)
    return {
        "code": name,
        "provider": _provider(cells),
        "url": _address(cells),
        "link_rule": rule,
        "link_template": template,
    }


def _provider(cells: Cells) -> str | None:
    value = cells.get("provider")
    if len(value) > parties.LONGEST_NAME:
        cells.lose("provider", Reason.VALUE_TOO_LONG, str(parties.LONGEST_NAME))
        return None
    return value or None


def _address(cells: Cells) -> str | None:
    value = cells.get("url")
    if value and not patterns.URL.fullmatch(value):
        cells.lose("url", Reason.URL_UNREADABLE)
        return None
    return value or None


def _link(cells: Cells) -> tuple[LinkRule, str | None]:
    """A template that would lead nowhere is refused, and the platform's plain address stays."""
    written, template = cells.get("link_rule").lower() or LinkRule.PLAIN, cells.get("link_template")
    if written not in set(LinkRule):
        cells.lose("link_rule", Reason.VALUE_UNKNOWN)
        return LinkRule.PLAIN, None
    rule = LinkRule(written)
    if rule is not LinkRule.WAYFLESS:
        if template:
            cells.lose("link_template", Reason.VALUE_UNKNOWN)
        return rule, None
    places = [match.group(1) for match in PLACES.finditer(template)]
    if not patterns.TEMPLATE.fullmatch(template) or "url" not in places or set(places) - {"url", "entity_id", "scope"}:
        cells.lose("link_template", Reason.TEMPLATE_UNREADABLE, "{url}")
        return LinkRule.PLAIN, None
    return rule, template


async def _bring(session: AsyncSession, run: Run, line: int, facts: dict[str, Any]) -> None:
    provider_id = None
    if facts["provider"]:
        try:
            provider_id = await parties.provider(session, facts["provider"])
        except FileRefused as refused:
            run.found.append(Problem(line, "provider", facts["provider"], refused.problem.reason))
    values = {name: facts[name] for name in ("url", "link_rule", "link_template")} | {"provider_id": provider_id}
    found = await session.execute(select(rows.Platform).where(col(rows.Platform.code) == facts["code"]))
    known = found.scalar_one_or_none()
    if known is None:
        made = {"code": facts["code"], "name": {"und": facts["code"]}, **values}
        await session.execute(insert(rows.Platform).values(**made))
        run.count("new")
    elif differing := {name: value for name, value in values.items() if getattr(known, name) != value}:
        await session.execute(update(rows.Platform).where(col(rows.Platform.id) == known.id).values(**differing))
        run.count("changed")
    else:
        run.count("unchanged")
