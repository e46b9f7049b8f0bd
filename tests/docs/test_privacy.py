"""docs/privacy.md names every table that holds anything of a person, every rule with its setting, every address."""

import re
from datetime import UTC, datetime
from pathlib import Path

from api import privacy as pages
from api.settings import PREFIX, RETENTION, Settings
from domain import retention
from schema.build import SCHEMA
from tests.operation.test_retained_tables import GOES_WITH

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text("utf-8")
TABLE = dict(re.findall(r"^\| `([a-z_.]+)` \| [^|]+ \| ([^|]+) \|", PAGE, re.MULTILINE))
LIMITS = Settings().retention


def test_every_table_of_people_has_its_line_and_no_other() -> None:
    rules = {rule.name for rule in retention.rules(LIMITS, datetime.now(UTC))}
    assert set(TABLE) == rules | set(GOES_WITH)


def test_every_rule_stands_with_the_setting_that_it_follows() -> None:
    """A limit of its own is given to each setting in turn: the rules that change are those that name it."""
    told = {name: set(re.findall(rf"`{PREFIX}(RETENTION_[A-Z_]+)`", how_long)) for name, how_long in TABLE.items()}
    assert {setting.upper() for setting in RETENTION} == set().union(*told.values())
    now = datetime.now(UTC)
    for setting in RETENTION:
        other = Settings(**{setting: getattr(Settings(), setting) + retention.SHORTEST_RECORD}).retention
        pairs = zip(retention.rules(LIMITS, now), retention.rules(other, now), strict=True)
        follow = {one.name for one, changed in pairs if _said(one) != _said(changed)}
        named = {name for name, settings in told.items() if setting.upper() in settings}
        assert named <= follow, setting
        assert follow - named <= {"reading.session_id", "decision", "pseudonym"}, "only what waits for another's rows"


def _said(rule: retention.Rule) -> str:
    """The moments that its condition compares with."""
    return str(rule.due.compile().params)


def test_periods_without_a_setting_are_those_of_the_program() -> None:
    hours = retention.READERS.total_seconds() / 3600
    assert f"{hours:.0f} hours" in TABLE["reading.session_id"]
    assert f"{hours:.0f} hours" in TABLE["reader_key"]
    assert TABLE["sign_in"] == f"{retention.SIGN_INS.total_seconds() / 3600:.0f} hour"
    assert {name for name, how_long in TABLE.items() if how_long.startswith("for good")} == {
        name for name, why in GOES_WITH.items() if why.startswith("for good")
    }


def test_every_address_and_the_acts_of_the_api_are_named() -> None:
    for route in pages.router.routes:
        for method in getattr(route, "methods", set()) - {"HEAD"}:
            assert f"`{method} {getattr(route, 'path')}`" in PAGE  # noqa: B009 starlette's base class has none
    assert "viewerErase" in SCHEMA.mutation_type.fields  # type: ignore[union-attr] # there are mutations
    assert "`viewerErase(input: {confirm: true})`" in PAGE
