"""The code lists that come with us are those of the standard, and every code that we map is one of them."""

import gzip
from pathlib import Path

import pytest
from lxml import etree

from domain import messages
from domain.exchange.coded.columns import columns
from domain.exchange.onixpl import lists
from models.vocabulary import Action, Affiliation, LicenceStatus, TermStatus

SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
NOT_OURS = {"Language", "Currency", "SourceType"}
"""Lists of languages and currencies, which no code of a licence is from."""


def test_the_lists_are_those_of_the_standards_schema(shared_data: Path) -> None:
    path = shared_data / "licences" / "onixpl" / "ONIX_PublicationsLicense_CodeLists.xsd.gz"
    if not path.exists():
        pytest.skip(f"real files: {path.name} is absent")
    schema = etree.fromstring(gzip.decompress(path.read_bytes()))
    theirs = {}
    for kind in schema.findall(f"{SCHEMA}simpleType"):
        name = kind.get("name", "").removesuffix("Code")
        values = [value.get("value", "").removeprefix(lists.PREFIX) for value in kind.iter(f"{SCHEMA}enumeration")]
        if values and name not in NOT_OURS:
            theirs[name] = " ".join(values)
    assert lists.of_issue("issue_4") == theirs


def test_every_code_that_we_map_is_in_the_standard() -> None:
    known, codes = lists.known(), lists.codes()
    for element, names in (
        ("LicenseStatus", codes.licence_status),
        ("UsageStatus", codes.status),
        ("UsageType", codes.action),
        ("User", codes.users),
        ("User", codes.on_site | set(codes.narrower_users) | codes.everybody),
        ("UsedResource", codes.parts | codes.content),
        ("RelatedResource", codes.targets),
        ("RelatedAgent", codes.libraries),
        ("UsageMethod", codes.signing_in),
        ("UsageExceptionType", codes.except_as_permitted),
        ("QuantityUnit", codes.units),
    ):
        assert set(names) <= known[element], element
    anywhere = frozenset().union(*known.values())
    elements = {"UsageQuantity", "UsageRelatedTimePoint"}
    assert (
        set(codes.conditions) - anywhere - elements
        == {"PlaceOfUsage", "PlaceOfReceivingAgent", "MustInclude"} - anywhere
    )
    for column in columns():
        assert column.codes <= anywhere | {"AuthorizedUser", "Licensor"}, column.name


def test_what_codes_mean_is_in_our_vocabularies() -> None:
    codes = lists.codes()
    assert set(codes.status.values()) <= set(TermStatus)
    assert set(codes.licence_status.values()) <= set(LicenceStatus) - {LicenceStatus.ACTIVE, LicenceStatus.TERMINATED}
    assert {word for words in codes.users.values() for word in words} <= set(Affiliation)
    assert set(codes.action.values()) <= set(Action)
    for sentences in (*codes.conditions.values(), *codes.units.values(), *codes.narrower_users.values()):
        assert set(sentences) == {"zh", "en"}


def test_whatever_a_term_can_be_bound_to_has_words() -> None:
    known, codes = lists.known(), lists.codes()
    methods = {*known["UsageMethod"], "AccessByRobot"} - codes.signing_in
    for name in {*known["UsagePurpose"], *methods, *codes.parts, *known["RelatedPlace"], *codes.libraries}:
        for language in messages.LANGUAGES:
            assert not messages.coded(lists.coded(name), language).startswith(lists.PREFIX), name
