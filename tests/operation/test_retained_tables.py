"""Every table of people has a rule of retention, and every limit is a setting that must make sense."""

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel

from api import settings as configuration
from api.settings import RETENTION, Settings, SettingsError
from domain import retention
from domain.retention import Limits
from tests.operation.archive import LIMITS

GOES_WITH = {
    "session_membership": "with its session",
    "session_at_provider": "with its session",
    "consent": "with its giver's pseudonym",
    "role_assignment": "with its holder's pseudonym: who held which role stays known while she is",
    "import_run": "for good: `actor` is an account of the machine",
    "change": "for good, as the record of acts; the actor's name goes when she has it erased",
    "standing_change": "for good: `actor` is an account of the machine",
}
"""Tables that hold something of a person and have no rule of their own, and why."""
NOBODYS = {
    *(
        "agreement",
        "agreement_period",
        "amended_term",
        "amendment",
        "clause",
        "client",
        "client_member",
        "consortium",
        "content_item",
    ),
    *("contributor", "controlling_licence", "coverage", "entitlement", "entitlement_coverage", "epoch"),
    *("group_membership", "identity_provider", "identity_provider_scope", "licence", "licence_document"),
    *("grant_history", "licence_fragment", "rights_change", "usage_limit"),
    *("member", "member_group", "member_identifier", "member_scope", "metadata_source", "network_range"),
    *("obligation", "outbox", "saml_entity"),
    *("package", "package_title", "participation", "party", "platform", "resource", "resource_identifier"),
    *("resource_subject", "silent_default", "statutory_rule", "subject", "term", "user_class"),
}
"""Tables that hold nothing of anybody who signs in or asks."""
PERSONAL = re.compile(
    r"actor|_by$|display_name|pseudonym|session|reader|token|browser|address|e_?mail|person|user_id|affiliation|seen_at"
)
"""Names of columns that hold something of a person."""
NOT_OF_A_PERSON = {
    *("agreement_period.cancel_by", "resource.contributed_by", "resource.succeeded_by", "term.affiliations"),
}


def tables() -> dict[str, Any]:
    return dict(SQLModel.metadata.tables)


def test_every_table_has_a_rule_or_a_reason_or_nothing_of_a_person() -> None:
    ruled = {rule.row.__tablename__ for rule in retention.rules(LIMITS, datetime.now(UTC))}
    assert set(tables()) - ruled - set(GOES_WITH) - NOBODYS == set(), "a table of which nobody said how long it is kept"
    assert ruled | set(GOES_WITH) | NOBODYS == set(tables())
    assert (ruled & set(GOES_WITH), ruled & NOBODYS, set(GOES_WITH) & NOBODYS) == (set(), set(), set())


def test_no_table_without_anything_of_a_person_has_a_column_that_sounds_like_it() -> None:
    columns = {f"{name}.{column.name}" for name in NOBODYS for column in tables()[name].columns}
    assert {one for one in columns if PERSONAL.search(one.partition(".")[2])} - NOT_OF_A_PERSON == set()


def test_what_goes_with_another_refers_to_it_so() -> None:
    for name, parent in (
        ("session_membership", "session"),
        ("session_at_provider", "session"),
        ("role_assignment", "pseudonym"),
        ("consent", "pseudonym"),
    ):
        (key,) = [one for one in tables()[name].foreign_keys if one.column.table.name == parent]
        assert key.ondelete == "CASCADE"


def test_every_limit_is_a_setting() -> None:
    assert {f"retention_{limit.name}" for limit in fields(Limits)} == {*RETENTION, "retention_session_idle"}
    settings = Settings(retention_refused_acts=timedelta(days=7))
    assert settings.retention.refused_acts == timedelta(days=7)


@pytest.mark.parametrize("name", RETENTION)
@pytest.mark.parametrize("value", ["forever", "-1", "-P1D", "P1000Y", "P36501D", "1e9", ""])
def test_a_setting_that_makes_no_sense_is_refused_with_one_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"MUTUA_{name.upper()}"
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        configuration.load()
    assert str(refused.value).startswith(f"{variable}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "shortest"),
    [("DECISIONS", 30), ("USAGE_EVENTS", 30), ("READINGS", 1), ("IMPORTS", 1)],
)
def test_what_must_be_kept_for_a_while_cant_be_set_shorter(
    name: str, shortest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = f"MUTUA_RETENTION_{name}"
    monkeypatch.setenv(variable, f"P{shortest}D")
    assert getattr(configuration.load().retention, name.lower()) == timedelta(days=shortest)
    monkeypatch.setenv(variable, str(shortest * 86400 - 1))
    with pytest.raises(SettingsError, match=variable):
        configuration.load()
