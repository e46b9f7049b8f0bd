"""Licence files: taken whole or refused whole, every mistake with its line, changes told and nothing else changed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from domain.intake import licence
from domain.intake.groups import Groups
from domain.intake.licence import LicenceFile
from domain.intake.members import Members
from domain.intake.packages import TitleList
from domain.intake.reasons import Reason
from domain.intake.source import FileRefused, look
from tests.intake.conftest import Load
from tests.support.titlelists import issn, journal

Ask = Callable[..., Awaitable[list[Any]]]
Titles = Callable[..., Path]

GOOD = """\
licence: {code: science, name: {zh: 科学}, licensor: Northlight, status: active, start: 2026-01-01, end: 2028-12-31}
document: {name: {en: The signed text}, signed: 2025-12-10}
user_classes:
  law: ["urn:example:law"]
clauses:
  - {number: "3.1", text: Readers may read., summary: {en: Reading is fine.}, visibility: public}
  - {number: "3.10", text: A secret.}
terms:
  - {clause: "3.1", action: view, status: permitted_explicit, affiliations: [member], user_classes: [law]}
  - {clause: "3.10", action: view, status: prohibited_explicit, affiliations: [alum], territories: [CN, DE]}
  - {action: share, status: silent, concurrent_users: 5, on_site_only: true, note: internal}
agreement:
  code: science-2026
  name: Purchase
  status: active
  periods:
    - {start: 2026-01-01, end: 2026-12-31}
    - {start: 2027-01-01, end: 2027-12-31, grace_until: 2028-01-31, cancel_by: 2027-10-01}
  participants:
    - {group: c9}
    - {member: pku, start: 2026-07-01, end: 2026-12-31}
    - {member: pku, start: 2027-06-01}
  entitlements:
    - package: Science
      start: 2026-02-01
      coverage: [{start: 2000, end: 2010-06, embargo: P1Y}]
      perpetual: [{start: "2010", end: 2015}]
    - {title: {package: Science, identifier: "title_id:jp1"}}
    - {resource: "eissn:ISSN2"}
""".replace("ISSN2", issn(2))


def problems(source: str, tmp_path: Path) -> list[tuple[int, str, Reason]]:
    path = tmp_path / "licence.yaml"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(FileRefused) as caught:
        licence.read(look(path))
    return [(problem.line, problem.column, problem.reason) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "reason"),
    [
        ("status: active, start", "status: signed, start", 1, "licence.status", "value_unknown"),
        ("end: 2028-12-31}", "end: 2025-12-31}", 1, "licence.end", "dates_reversed"),
        ("active, start: 2026-01-01, end: 2028-12-31}", "terminated}", 1, "licence.end", "value_missing"),
        ("status: active\n  periods", "status: closed\n  periods", 13, "agreement.closed_on", "value_missing"),
        ("code: science, ", "", 1, "licence.code", "value_missing"),
        ("code: science, ", "code: 'a b', ", 1, "licence.code", "type_wrong"),
        ("licence: {", "licence: {colour: red, ", 1, "licence.colour", "key_unknown"),
        ("signed: 2025-12-10", "signed: 2025-13-10", 2, "document.signed", "date_unreadable"),
        ("signed: 2025-12-10", "signed: yesterday", 2, "document.signed", "date_unreadable"),
        ('["urn:example:law"]', "[]", 4, "user_classes.law", "list_empty"),
        ('number: "3.10"', f"number: '{'9' * 301}'", 7, "clauses[1].number", "value_too_long"),
        ("licensor: Northlight", f"licensor: {'N' * 301}", 1, "licence.licensor", "value_too_long"),
        ("law: [", "l aw: [", 4, "user_classes.l aw", "key_unknown"),
        ('number: "3.10"', "number: 3.10", 7, "clauses[1].number", "type_wrong"),
        ('number: "3.10"', 'number: "3.1"', 7, "clauses[1].number", "number_twice"),
        ("visibility: public", "visibility: everybody", 6, "clauses[0].visibility", "value_unknown"),
        ("A secret.", '"A \\0 secret."', 7, "clauses[1].text", "control_character"),
        ('clause: "3.1", action', 'clause: "9.9", action', 9, "terms.clause", "unknown_clause"),
        ("action: share", "action: eat", 11, "terms[2].action", "value_unknown"),
        ("status: silent", "status: perhaps", 11, "terms[2].status", "value_unknown"),
        ("[alum]", "[]", 10, "terms[1].affiliations", "list_empty"),
        ("[alum]", "[alumna]", 10, "terms[1].affiliations[0]", "value_unknown"),
        ("[CN, DE]", "[CN, XX]", 10, "terms[1].territories[1]", "country_unknown"),
        ("[CN, DE]", "CN", 10, "terms[1].territories", "type_wrong"),
        ("concurrent_users: 5", "concurrent_users: 0", 11, "terms[2].concurrent_users", "type_wrong"),
        ("concurrent_users: 5", "concurrent_users: many", 11, "terms[2].concurrent_users", "type_wrong"),
        ("on_site_only: true", "on_site_only: maybe", 11, "terms[2].on_site_only", "type_wrong"),
        ("start: 2027-01-01, end: 2027", "start: 2026-12-31, end: 2027", 18, "agreement.periods[1]", "periods_overlap"),
        (
            "{start: 2026-01-01, end: 2026-12-31}",
            "{start: 2026-01-01}",
            17,
            "agreement.periods[0].end",
            "value_missing",
        ),
        (
            "{start: 2026-01-01, end: 2026-12-31}",
            "{start: 2026-01-01, end: 2025-12-31}",
            17,
            "agreement.periods[0].end",
            "dates_reversed",
        ),
        (
            "grace_until: 2028-01-31",
            "grace_until: 2027-12-31",
            18,
            "agreement.periods[1].grace_until",
            "dates_reversed",
        ),
        (
            "cancel_by: 2027-10-01",
            "cancel_by: 2028-01-01",
            18,
            "agreement.periods[1].cancel_by",
            "cancel_late",
        ),
        (
            "status: active\n  periods",
            "status: active\n  holder: pku\n  periods",
            21,
            "agreement.participants",
            "key_unknown",
        ),
        ("{group: c9}", "{group: c9, member: pku}", 20, "agreement.participants[0]", "type_wrong"),
        (
            "package: Science\n",
            "package: Science\n      resource: doi:10.1/x\n",
            24,
            "agreement.entitlements[0]",
            "type_wrong",
        ),
        (
            "embargo: P1Y",
            "embargo: one year",
            26,
            "agreement.entitlements[0].coverage[0].embargo",
            "embargo_unreadable",
        ),
        ("end: 2010-06", "end: 1999", 26, "agreement.entitlements[0].coverage[0].end", "dates_reversed"),
        (
            'perpetual: [{start: "2010", end: 2015}]',
            "perpetual: []",
            27,
            "agreement.entitlements[0].perpetual",
            "list_empty",
        ),
    ],
)
def test_every_mistake_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, column: str, reason: str
) -> None:
    assert old in GOOD
    assert (line, column, Reason(reason)) in problems(GOOD.replace(old, new, 1), tmp_path)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("action: share", "action: eat").replace("[alum]", "[]").replace("status: active, ", "")
    assert [(line, reason) for line, _, reason in problems(bad, tmp_path)] == [
        (1, Reason.VALUE_MISSING),
        (10, Reason.LIST_EMPTY),
        (11, Reason.VALUE_UNKNOWN),
    ]


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("licence: {code: a", 2, Reason.YAML_BROKEN),
        ("licence: {code: a}\nlicence: {code: b}\n", 2, Reason.YAML_BROKEN),
        ("a: b: c\n", 1, Reason.YAML_BROKEN),
        ("licence: !!python/object/apply:os.system [ls]\n", 1, Reason.TYPE_WRONG),
        ("- just\n- a list\n", 1, Reason.TYPE_WRONG),
        ("text", 1, Reason.TYPE_WRONG),
        ("\n", 1, Reason.EMPTY_FILE),
        ("[" * 5000, 1, Reason.YAML_BROKEN),
        ("licence: {name: \x00}\n", 1, Reason.YAML_BROKEN),
    ],
)
def test_what_is_not_a_licence_file_is_refused(tmp_path: Path, source: str, line: int, reason: Reason) -> None:
    found = problems(source, tmp_path)
    assert (line, reason) in [(at, why) for at, _, why in found]


def test_aliases_do_not_multiply(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    assert {reason for _, _, reason in problems(bomb, tmp_path)} == {Reason.KEY_UNKNOWN, Reason.VALUE_MISSING}


@pytest.fixture
async def world(load: Load, titles: Titles, tmp_path: Path) -> None:
    """Two groups, three members, one package with two titles."""
    members, groups = tmp_path / "members.csv", tmp_path / "groups.csv"
    groups.write_text("group,parent\nc9,\nnorth,c9\n")
    members.write_text("code,name_en,time_zone,groups\npku,P,UTC,c9\nlzu,L,UTC,north\nhku,H,UTC,\n")
    await load(Groups(), groups)
    await load(Members(), members)
    await load(TitleList("Science", "Northlight"), titles(journal(1), journal(2)))


def file(tmp_path: Path, source: str = GOOD) -> Path:
    path = tmp_path / "science.yaml"
    path.write_text(source, encoding="utf-8")
    return path


@pytest.mark.usefixtures("world")
async def test_a_licence_and_its_agreement_are_loaded_and_again_unchanged(load: Load, tmp_path: Path, ask: Ask) -> None:
    outcome = await load(LicenceFile(), file(tmp_path))
    assert outcome.exit_code == 0, outcome.entries
    assert await ask(
        "SELECT licence.code, licence.version, party.code FROM licence JOIN party ON party.id = licensor_id"
    ) == [("science", 1, "Northlight")]
    assert await ask("SELECT number, visibility FROM clause ORDER BY position") == [
        ("3.1", "public"),
        ("3.10", "staff"),
    ]
    assert await ask(
        "SELECT action, status, number, affiliations, user_classes, territories, concurrent_users FROM term "
        "LEFT JOIN clause ON clause.id = clause_id ORDER BY term.id"
    ) == [
        ("view", "permitted_explicit", "3.1", ["member"], ["law"], None, None),
        ("view", "prohibited_explicit", "3.10", ["alum"], None, ["CN", "DE"], None),
        ("share", "silent", None, None, None, None, 5),
    ]
    assert await ask(
        "SELECT CAST(during AS text), CAST(grace_until AS text) FROM agreement_period ORDER BY during"
    ) == [
        ("[2026-01-01,2027-01-01)", None),
        ("[2027-01-01,2028-01-01)", "2028-01-31"),
    ]
    assert await ask(
        "SELECT code, CAST(during AS text) FROM participation JOIN party ON party.id = member_id ORDER BY 1, 2"
    ) == [
        ("lzu", "[2026-01-01,)"),
        ("pku", "[2026-07-01,2027-01-01)"),
        ("pku", "[2027-06-01,)"),
    ]
    assert await ask("SELECT CAST(during AS text) FROM controlling_licence") == ["(,)"]
    assert await ask(
        "SELECT perpetual, start_date, CAST(end_on AS text), embargo FROM entitlement_coverage ORDER BY position"
    ) == [
        (False, "2000", "2010-06-30", "P1Y"),
        (True, "2010", "2015-12-31", None),
    ]
    assert await ask(
        """SELECT num_nonnulls(package_id, package_title_id, resource_id), CAST(during AS text)
           FROM entitlement ORDER BY id"""
    ) == [
        (1, "[2026-02-01,)"),
        (1, None),
        (1, None),
    ]
    before = await ask("SELECT value FROM epoch")
    again = await load(LicenceFile(), file(tmp_path))
    assert not again.changed
    assert again.counts["unchanged"] == 2
    assert await ask("SELECT value FROM epoch") == before
    assert await ask("SELECT version FROM licence UNION ALL SELECT version FROM agreement") == [1, 1]


@pytest.mark.usefixtures("world")
async def test_a_change_raises_the_version_and_keeps_what_stays(load: Load, tmp_path: Path, ask: Ask) -> None:
    await load(LicenceFile(), file(tmp_path))
    before = await ask("SELECT id FROM term ORDER BY id")
    kept = await ask("SELECT id FROM entitlement ORDER BY id")
    changed = GOOD.replace("status: silent", "status: permitted_interpreted").replace(
        "end: 2027-12-31, grace", "end: 2027-11-30, grace"
    )
    changed = changed.replace(f'    - {{resource: "eissn:{issn(2)}"}}\n', "")
    outcome = await load(LicenceFile(), file(tmp_path, changed))
    assert outcome.counts["changed"] == 2
    assert await ask("SELECT id FROM term ORDER BY id") == before
    assert await ask("SELECT id FROM entitlement ORDER BY id") == kept[:2]
    assert await ask("SELECT version FROM licence UNION ALL SELECT version FROM agreement") == [2, 2]
    assert await ask("SELECT CAST(upper(during) AS text) FROM agreement_period ORDER BY during") == [
        "2027-01-01",
        "2027-12-01",
    ]


@pytest.mark.usefixtures("world")
async def test_what_decisions_rest_on_is_never_deleted(load: Load, tmp_path: Path, ask: Ask, begin: Any) -> None:
    await load(LicenceFile(), file(tmp_path))
    async with begin() as session:
        await session.execute(
            text(
                """INSERT INTO decision (epoch, granted, action, resource_id, basis, entitlement_id, term_id, clause_id)
                   SELECT 1, true, 'view', resource.id, 'licence', entitlement.id, term.id, term.clause_id
                   FROM resource, entitlement, term
                   WHERE package_id IS NOT NULL AND status = 'prohibited_explicit' LIMIT 1"""
            )
        )
    smaller = GOOD[: GOOD.index("agreement:")].replace('  - {number: "3.10", text: A secret.}\n', "")
    smaller = "\n".join(line for line in smaller.splitlines() if '"3.10"' not in line)
    smaller += GOOD[GOOD.index("agreement:") : GOOD.index("    - package: Science")].join(["\n", ""])
    smaller += '    - {title: {package: Science, identifier: "title_id:jp1"}}\n'
    outcome = await load(LicenceFile(), file(tmp_path, smaller))
    assert outcome.exit_code == 0, outcome.entries
    assert await ask("SELECT status FROM term WHERE 'alum' = ANY (affiliations)") == ["not_applicable"]
    assert await ask("SELECT count(*) FROM clause") == [2]
    (ended,) = await ask("SELECT during FROM entitlement WHERE package_id IS NOT NULL")
    assert ended.lower == date(2026, 2, 1), "what it gave before stays as it was"
    assert ended.upper <= datetime.now(UTC).date()
    assert await ask("SELECT start_date, perpetual FROM entitlement_coverage") == [("2000", False)]
    assert not (await load(LicenceFile(), file(tmp_path, smaller))).changed


@pytest.mark.usefixtures("world")
async def test_an_entitlement_that_goes_before_it_began_never_begins(
    load: Load, tmp_path: Path, ask: Ask, begin: Any
) -> None:
    later = GOOD.replace("start: 2026-02-01", "start: 9000-02-01")
    await load(LicenceFile(), file(tmp_path, later))
    async with begin() as session:
        await session.execute(
            text(
                """INSERT INTO decision (epoch, granted, action, resource_id, reason, entitlement_id)
                   SELECT 1, false, 'view', resource.id, 'not_yet_active', entitlement.id
                   FROM resource, entitlement WHERE package_id IS NOT NULL LIMIT 1"""
            )
        )
    start, end = GOOD.index("    - package: Science"), GOOD.index("    - {title:")
    without = GOOD[:start] + GOOD[end:]
    assert (await load(LicenceFile(), file(tmp_path, without))).exit_code == 0
    assert await ask("SELECT upper(during) < '1900-01-01' FROM entitlement WHERE package_id IS NOT NULL") == [True]
    assert not (await load(LicenceFile(), file(tmp_path, without))).changed


@pytest.mark.usefixtures("world")
async def test_the_last_day_of_the_calendar_is_no_end(load: Load, tmp_path: Path, ask: Ask) -> None:
    endless = GOOD.replace("end: 2027-12-31, grace_until: 2028-01-31", "end: 9999-12-31")
    assert (await load(LicenceFile(), file(tmp_path, endless))).exit_code == 0
    assert await ask("SELECT upper_inf(during) FROM agreement_period ORDER BY during") == [False, True]
    assert not (await load(LicenceFile(), file(tmp_path, endless))).changed


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("old", "new", "line", "value", "reason"),
    [
        ("licensor: Northlight", 'licensor: "member:xyz"', 1, "member:xyz", "unknown_member"),
        ("status: active, start", "parent: nothing, status: active, start", 1, "nothing", "unknown_licence"),
        ("[law]", "[medicine]", 9, "medicine", "value_unknown"),
        ("{group: c9}", "{group: c10}", 20, "c10", "unknown_group"),
        ("{member: pku, start: 2026", "{member: mit, start: 2026", 21, "mit", "unknown_member"),
        ("start: 2027-06-01", "start: 2026-06-01", 22, "pku", "periods_overlap"),
        ("package: Science\n", "package: Silence\n", 24, "Silence", "unknown_package"),
        ("title_id:jp1", "title_id:jp9", 28, "title_id:jp9", "unknown_resource"),
        (issn(2), issn(3), 29, f"eissn:{issn(3)}", "unknown_resource"),
    ],
)
async def test_references_that_lead_nowhere_refuse_the_whole_file_with_their_line(
    load: Load, tmp_path: Path, ask: Ask, old: str, new: str, line: int, value: str, reason: str
) -> None:
    assert old in GOOD
    outcome = await load(LicenceFile(), file(tmp_path, GOOD.replace(old, new, 1)))
    assert outcome.exit_code == 2
    assert (line, value, reason) in [(e.line, e.value, e.code) for e in outcome.entries]
    assert await ask("SELECT count(*) FROM licence") == [0]
    assert await ask("SELECT count(*) FROM agreement") == [0]
    assert await ask("SELECT status FROM import_run WHERE kind = 'licence'") == ["refused"]


@pytest.mark.usefixtures("world")
async def test_a_licence_can_not_become_its_own_ancestor(load: Load, tmp_path: Path) -> None:
    def lone(code: str, parent: str | None) -> str:
        up = f", parent: {parent}" if parent else ""
        return f"licence: {{code: {code}, name: N, licensor: Northlight, status: active{up}}}\n"

    for code, parent in (("a", None), ("b", "a"), ("c", "b")):
        assert (await load(LicenceFile(), file(tmp_path, lone(code, parent)))).exit_code == 0
    outcome = await load(LicenceFile(), file(tmp_path, lone("a", "c")))
    assert outcome.refused
    assert outcome.refused.reason is Reason.GROUP_CYCLE


@pytest.mark.usefixtures("world")
async def test_everybody_takes_part_where_the_file_says_all(load: Load, tmp_path: Path, ask: Ask) -> None:
    start, end = GOOD.index("  participants:"), GOOD.index("  entitlements:")
    await load(LicenceFile(), file(tmp_path, GOOD[:start] + "  participants: all\n" + GOOD[end:]))
    assert await ask("SELECT count(*), min(CAST(during AS text)) FROM participation") == [(3, "[2026-01-01,)")]


@pytest.mark.usefixtures("world")
async def test_a_holder_takes_part_alone(load: Load, tmp_path: Path, ask: Ask) -> None:
    start, end = GOOD.index("  participants:"), GOOD.index("  entitlements:")
    await load(LicenceFile(), file(tmp_path, GOOD[:start] + "  holder: hku\n" + GOOD[end:]))
    assert await ask("SELECT party.code FROM agreement JOIN party ON party.id = holder_id") == ["hku"]
    assert await ask("SELECT count(*) FROM participation") == [0]
