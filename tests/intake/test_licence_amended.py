"""Licence files with amendments, limits and what is kept title by title; and contracts that can't be meant."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from domain.intake import licence
from domain.intake.licence import LicenceFile
from domain.intake.members import Members
from domain.intake.packages import TitleList
from domain.intake.source import FileRefused, look
from tests.intake.conftest import Load
from tests.support.titlelists import issn, journal

Ask = Callable[..., Awaitable[list[Any]]]
Titles = Callable[..., Path]

GOOD = """\
licence: {code: science, name: {zh: 科学}, licensor: Northlight, status: active}
clauses:
  - {number: "3.1", text: Readers may read.}
  - {number: "3.2", text: Readers may print ten per cent.}
  - {number: "9", text: Three months' notice.}
terms:
  - {clause: "3.1", action: view, status: permitted_explicit, parts: ["100%"], territories: [CN]}
  - clause: "3.2"
    action: print
    status: permitted_explicit
    limits: [{kind: percent, amount: 10}, {kind: copies, amount: 2}, {kind: formats, formats: [application/pdf]}]
limits:
  - {kind: concurrent_users_per_member, amount: 5, clause: "9"}
  - {kind: notice, amount: 3, unit: months, clause: "9", note: {en: In writing.}}
amendments:
  - number: "2"
    effective: 2028-01-01
    replaces: [{clause: "3.2", action: print}]
  - number: "1"
    name: {en: First amendment}
    effective: 2027-01-01
    document: {name: {en: Letter}, signed: 2026-11-01}
    replaces: [{action: print}]
    terms:
      - {clause: "3.2", action: print, status: permitted_explicit, limits: [{kind: percent, amount: 5.5}]}
agreement:
  code: deal
  name: Purchase
  status: active
  periods: [{start: 2026-01-01, end: 2026-12-31}]
  participants: all
  entitlements:
    - package: Science
      perpetual:
        - {start: "2010", title: "eissn:ISSN2", conditions: {en: A yearly fee.}}
        - {subscribed_only: true}
""".replace("ISSN2", issn(2))

TERMS = """
  SELECT action, amendment.number, (
    SELECT array_agg(other.number)
    FROM amended_term JOIN amendment AS other ON other.id = amendment_id
    WHERE term_id = term.id
  ) FROM term LEFT JOIN amendment ON amendment.id = term.amendment_id ORDER BY term.id"""


@pytest.fixture
async def world(load: Load, titles: Titles, tmp_path: Path) -> None:
    members = tmp_path / "members.csv"
    members.write_text("code,name_en,time_zone\nlzu,L,UTC\n")
    await load(Members(), members)
    await load(TitleList("Science", "Northlight"), titles(journal(1), journal(2)))


def file(tmp_path: Path, source: str = GOOD) -> Path:
    path = tmp_path / "science.yaml"
    path.write_text(source, encoding="utf-8")
    return path


@pytest.mark.usefixtures("world")
async def test_amendments_limits_and_what_is_kept_are_loaded_and_again_unchanged(
    load: Load, tmp_path: Path, ask: Ask
) -> None:
    outcome = await load(LicenceFile(), file(tmp_path))
    assert outcome.exit_code == 0, outcome.entries
    assert await ask(TERMS) == [("view", None, None), ("print", None, ["1"]), ("print", "1", ["2"])]
    assert await ask(
        "SELECT kind, amount::text, unit, formats, number, term_id IS NULL FROM usage_limit "
        "LEFT JOIN clause ON clause.id = clause_id ORDER BY kind, usage_limit.amount"
    ) == [
        ("concurrent_users_per_member", "5", None, None, "9", True),
        ("copies", "2", None, None, None, False),
        ("formats", None, None, ["application/pdf"], None, False),
        ("notice", "3", "months", None, "9", True),
        ("percent", "5.5", None, None, None, False),
        ("percent", "10", None, None, None, False),
    ]
    assert await ask("SELECT number, effective_on::text, status FROM amendment ORDER BY number") == [
        ("1", "2027-01-01", "active"),
        ("2", "2028-01-01", "active"),
    ]
    assert await ask(
        "SELECT package_title_id IS NOT NULL, subscribed_only, conditions FROM entitlement_coverage ORDER BY position"
    ) == [(True, False, {"en": "A yearly fee."}), (False, True, None)]
    again = await load(LicenceFile(), file(tmp_path))
    assert (again.counts["unchanged"], await ask("SELECT version FROM licence")) == (2, [1])
    changed = await load(LicenceFile(), file(tmp_path, GOOD.replace("amount: 5.5", "amount: 6")))
    assert (changed.counts["changed"], changed.counts["unchanged"]) == (1, 1)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ('parts: ["100%"]', 'parts: ["140%"]', 7, "percent_over_100"),
        ('parts: ["100%"]', 'parts: ["１４０ per cent"]', 7, "percent_over_100"),
        ("territories: [CN]", "territories: [Narnia]", 7, "country_unknown"),
        ("kind: percent, amount: 10", "kind: percent, amount: 140", 11, "limit_wrong"),
        ("kind: percent, amount: 10", "kind: percent", 11, "limit_wrong"),
        ("kind: percent, amount: 10", "kind: percent, amount: ten", 11, "type_wrong"),
        ("kind: copies, amount: 2", "kind: copies, amount: 1.5", 11, "limit_wrong"),
        ("kind: copies, amount: 2", "kind: notice, amount: 2, unit: days", 11, "type_wrong"),
        ("formats: [application/pdf]", "formats: []", 11, "list_empty"),
        ("kind: notice, amount: 3, unit: months", "kind: notice, amount: 3", 14, "limit_wrong"),
        ("kind: notice, amount: 3, unit: months", "kind: notice, amount: 101, unit: years", 14, "limit_wrong"),
        ("amount: 5, clause", "amount: 5, unit: days, clause", 13, "limit_wrong"),
        ("replaces: [{action: print}]", "replaces: [{}]", 23, "value_missing"),
        ("effective: 2028-01-01", "effective: soon", 17, "date_unreadable"),
        ('- number: "2"', '- number: "1"', 19, "number_twice"),
        ('clause: "9", note', 'clause: "10", note', 14, "unknown_clause"),
    ],
)
def test_what_can_not_be_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(FileRefused) as caught:
        licence.read(look(file(tmp_path, GOOD.replace(old, new, 1))))
    assert (line, reason) in [(problem.line, problem.reason) for problem in caught.value.problems]


@pytest.mark.usefixtures("world")
async def test_contracts_that_can_not_be_meant_change_nothing(load: Load, tmp_path: Path, ask: Ask) -> None:
    def refused(old: str, new: str) -> Awaitable[Any]:
        assert old in GOOD
        return load(LicenceFile(), file(tmp_path, GOOD.replace(old, new, 1)))

    view = '  - {clause: "3.1", action: view, status: permitted_explicit, parts: ["100%"], territories: [CN]}\n'
    prohibits = '  - {clause: "3.2", action: view, status: prohibited_explicit, territories: [CN, DE]}\n'
    for old, new, line, reason in (
        (view, view + prohibits, 7, "terms_contradict"),
        ("effective: 2028-01-01", "effective: 2026-06-01", 23, "value_unknown"),
        ("replaces: [{action: print}]", "replaces: [{action: share}]", 23, "value_unknown"),
        ('title: "eissn:', 'title: "title_id:', 35, "unknown_resource"),
    ):
        outcome = await refused(old, new)
        found = [(entry.line, entry.code) for entry in outcome.entries]
        assert outcome.exit_code == 2, new
        assert (line, reason) in found, (new, found)
        assert await ask("SELECT count(*) FROM licence") == [0]
    allowed = prohibits.replace("[CN, DE]}", "[CN, DE], except_as_permitted: true}")
    assert (await refused(view, view + allowed)).exit_code == 0
    circular = await refused("effective: 2027-01-01", "effective: 2029-01-01")
    assert (23, "value_unknown") in [(entry.line, entry.code) for entry in circular.entries], "ended by then"
    second = GOOD[GOOD.index('  - number: "2"') : GOOD.index('  - number: "1"')]
    alone = GOOD.replace("effective: 2027-01-01", "effective: 2029-01-01")
    outcome = await load(LicenceFile(), file(tmp_path, alone.replace(second, "")))
    assert (16, "amendment_cycle") in [(entry.line, entry.code) for entry in outcome.entries], outcome.entries
    assert await ask("SELECT effective_on::text FROM amendment WHERE number = '1'") == ["2027-01-01"]


@pytest.mark.usefixtures("world")
async def test_a_licence_that_widens_its_parent_is_refused(load: Load, tmp_path: Path, ask: Ask) -> None:
    parent = """\
licence: {code: framework, name: F, licensor: Northlight, status: active}
terms:
  - {action: view, status: permitted_explicit, affiliations: [student, staff]}
  - {action: print, status: permitted_explicit, limits: [{kind: percent, amount: 10}]}
"""
    child = """\
licence: {code: child, name: C, licensor: Northlight, status: active, parent: framework}
terms:
  - {action: view, status: permitted_explicit, affiliations: [AFFILIATIONS]}
  - {action: print, status: permitted_explicit, limits: [{kind: percent, amount: AMOUNT}]}
"""
    assert (await load(LicenceFile(), file(tmp_path, parent))).exit_code == 0
    for affiliations, amount, wider in (("student, alum", "5", [3]), ("student", "20", [4]), ("student", "10", [])):
        told = child.replace("AFFILIATIONS", affiliations).replace("AMOUNT", amount)
        outcome = await load(LicenceFile(), file(tmp_path, told))
        assert [entry.line for entry in outcome.entries if entry.code == "licence_widened"] == wider
        assert outcome.exit_code == (2 if wider else 0)
    assert await ask("SELECT count(*) FROM licence") == [2]


@pytest.mark.usefixtures("world")
async def test_a_clause_that_a_term_of_an_amendment_rests_on_stays(load: Load, tmp_path: Path, ask: Ask) -> None:
    """The file doesn't speak of the amendment, so what the amendment says stays as it was."""
    amended = """\
licence: {code: science, name: S, licensor: Northlight, status: active}
clauses: [{number: "1", text: One.}, {number: "2", text: Two.}, {number: "3", text: Three.}]
terms: [{clause: "1", action: view, status: permitted_explicit}, {clause: "3", action: share, status: silent}]
amendments:
  - {number: A, effective: 2027-01-01, terms: [{clause: "2", action: print, status: prohibited_explicit}]}
"""
    assert (await load(LicenceFile(), file(tmp_path, amended))).exit_code == 0
    later = amended.partition("amendments:")[0].replace(', {number: "2", text: Two.}, {number: "3", text: Three.}', "")
    later = later.replace(', {clause: "3", action: share, status: silent}', "")
    assert (await load(LicenceFile(), file(tmp_path, later))).exit_code == 0
    asked = "SELECT action, number FROM term LEFT JOIN clause ON clause.id = clause_id ORDER BY action"
    assert await ask(asked) == [("print", "2"), ("view", "1")]
    assert await ask("SELECT number FROM clause ORDER BY number") == ["1", "2"]


@pytest.mark.usefixtures("world")
async def test_two_amendments_are_put_off_at_once(load: Load, tmp_path: Path, ask: Ask) -> None:
    """Each stays older than what replaces its terms."""
    assert (await load(LicenceFile(), file(tmp_path))).exit_code == 0
    later = GOOD.replace("2028-01-01", "2031-01-01").replace("2027-01-01", "2030-01-01")
    outcome = await load(LicenceFile(), file(tmp_path, later))
    assert outcome.exit_code == 0, outcome.entries
    assert await ask(TERMS) == [("view", None, None), ("print", None, ["1"]), ("print", "1", ["2"])]


@pytest.mark.usefixtures("world")
async def test_an_amendment_replaces_what_stands_and_no_draft(load: Load, tmp_path: Path, ask: Ask) -> None:
    drafted = GOOD.replace("    effective: 2027-01-01\n", "    effective: 2027-01-01\n    status: draft\n")
    assert (await load(LicenceFile(), file(tmp_path, drafted))).exit_code == 0
    assert await ask(TERMS) == [("view", None, None), ("print", None, ["1", "2"]), ("print", "1", None)]
    one = 'replaces: [{term: {clause: "3.2", action: print, status: permitted_explicit, limits: [LIMIT]}}]'
    first = GOOD.replace('replaces: [{clause: "3.2", action: print}]', one)
    for limit, code in (("{kind: percent, amount: 5.50}", 0), ("{kind: percent, amount: 6}", 2)):
        outcome = await load(LicenceFile(), file(tmp_path, first.replace("LIMIT", limit)))
        assert outcome.exit_code == code, outcome.entries
