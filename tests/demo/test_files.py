"""The demo's files, before anything is loaded: what they promise is in them, and what they say is well formed."""

import csv
import json
import re
from collections import Counter, defaultdict
from ipaddress import IPv4Address, ip_network
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate
from ruamel.yaml import YAML
from stdnum import isbn, issn

from demo import collection
from domain.intake import kbart, networks, source
from domain.intake.cells import Row
from models.vocabulary import Action, Affiliation, ObligationStatus, ResourceKind, Standing

DATA = collection.SOURCE.parent
PERSONS = DATA.parent / "persons.yaml"
QUERIES = DATA.parent / "queries"
INVENTED = {"qinghe", "yunling", "hanhai", "nanlu"}
DOCUMENTATION = [ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]


def table(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        quoting: Any = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        return list(csv.DictReader(file, delimiter=delimiter, quoting=quoting))


def load(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collection.make(tmp_path_factory.mktemp("collection"))


@pytest.fixture(scope="module")
def lists(made: Path) -> dict[str, list[dict[str, str]]]:
    files = [*(DATA / "packages").glob("*.tsv"), made / collection.TITLE_LIST]
    return {file.name: table(file, "\t") for file in files}


MEMBERS = table(DATA / "members.csv")
LICENCES = {path.stem: load(path) for path in sorted((DATA / "licences").glob("*.yaml"))}
TERMS = [(licence["licence"]["code"], term) for licence in LICENCES.values() for term in licence["terms"]]


def test_many_members_are_real_and_some_are_invented_and_say_so() -> None:
    real = [member for member in MEMBERS if member["code"] not in INVENTED]
    assert len(real) >= 14
    assert sum(member["country"] == "CN" for member in real) >= 10
    assert {"HK", "DE"} <= {member["country"] for member in real}
    assert len({member["time_zone"] for member in real}) >= 4
    for member in MEMBERS:
        assert ("虚构" in member["name_zh"]) == (member["code"] in INVENTED), member["code"]
        assert (".example" in member["scopes"]) == (member["code"] in INVENTED), member["code"]


def test_ror_ids_have_their_check_digits() -> None:
    """ROR: 0, six signs of Crockford's base 32, two digits that are the number's check modulo 97 (ISO 7064)."""
    for member in MEMBERS:
        if member["ror"]:
            signs = re.fullmatch(r"https://ror\.org/0([0-9a-hjkmnp-tv-z]{6})(\d\d)", member["ror"])
            assert signs, member["ror"]
            number = 0
            for sign in signs[1]:
                number = number * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(sign)
            assert 98 - (number * 100) % 97 == int(signs[2]), member["ror"]
    assert sum(bool(member["ror"]) for member in MEMBERS) >= 12


def test_networks_are_documentation_ranges() -> None:
    for member in MEMBERS:
        reading = networks.read(member["networks"], examples=True)
        assert not reading.problems
        for found in reading.ranges:
            of_family = [network for network in DOCUMENTATION if network.version == found.first.version]
            assert any(found.first in network and found.last in network for network in of_family), member["code"]


def test_a_reading_room_is_on_this_machine_but_never_its_usual_address() -> None:
    for room in load(DATA / "consortium.yaml")["reading_rooms"].values():
        first, last = IPv4Address(room["first"]), IPv4Address(room["last"])
        assert first.is_loopback
        assert last.is_loopback
        assert not first <= IPv4Address("127.0.0.1") <= last


def test_no_two_members_share_an_address() -> None:
    ranges = [(m["code"], r) for m in MEMBERS for r in networks.read(m["networks"], examples=True).ranges]
    for code, one in ranges:
        assert not [other for other, two in ranges if other != code and one.overlaps(two)]


def test_groups_are_nested_and_every_member_is_in_one() -> None:
    parents = {row["group"]: row["parent"] for row in table(DATA / "groups.csv")}
    assert {parent for parent in parents.values() if parent} <= set(parents)
    assert parents["silkroad"] == "northwest"
    assert parents["northwest"] == "china"
    groups = {member["code"]: member["groups"].split(";") for member in MEMBERS}
    assert all(groups[code] and set(groups[code]) <= set(parents) for code in groups)
    assert sum("c9" in joined for joined in groups.values()) == 9


def test_title_lists_are_read_without_a_single_remark(made: Path) -> None:
    for file in [*(DATA / "packages").glob("*.tsv"), made / collection.TITLE_LIST]:
        rows: list[Row] = list(kbart.rows(source.look(file)))
        assert not [(file.name, row.line, row.problems) for row in rows if row.problems]


def test_hundreds_of_titles_have_numbers_with_their_check_digits(lists: dict[str, list[dict[str, str]]]) -> None:
    numbered: set[str] = set()
    for name, rows in lists.items():
        for row in rows:
            numbers = [row[column] for column in ("print_identifier", "online_identifier") if row[column]]
            valid = isbn.is_valid if row["publication_type"] == "monograph" else issn.is_valid
            assert all(valid(number) for number in numbers), (name, row["title_id"])
            if numbers:
                numbered.add(row["publication_title"] + numbers[-1])
    assert len(numbered) >= 400
    assert len(lists) >= 4


def test_titles_are_chinese_and_english(lists: dict[str, list[dict[str, str]]]) -> None:
    rows = [row for rows in lists.values() for row in rows]
    assert sum(bool(row["title_zh"]) for row in rows) >= 150
    assert sum(bool(row["title_en"]) for row in rows) >= 400
    assert sum("doi:10." in row["identifiers"] for row in rows) >= 80


def test_every_kind_of_coverage_occurs(lists: dict[str, list[dict[str, str]]]) -> None:
    rows = [row for rows in lists.values() for row in rows if row["publication_type"] == "serial"]
    embargoes = {row["embargo_info"] for row in rows}
    assert {"P1Y", "P6M", "R10Y", "R10Y;P30D", "R5Y;P30D"} <= embargoes
    assert any(re.fullmatch(r"\d{4}", row["date_first_issue_online"]) for row in rows)
    assert any(row["num_first_vol_online"] and row["num_last_issue_online"] for row in rows)
    assert any(row["access_type"] == "F" and row["open_access"] != "yes" for row in rows)
    assert any(row["date_last_issue_online"] for row in rows)
    statements = Counter((row["title_id"], row["title_url"]) for row in rows)
    assert max(statements.values()) > 1


def test_successive_titles_share_an_issn(lists: dict[str, list[dict[str, str]]]) -> None:
    by_issn: dict[str, set[str]] = defaultdict(set)
    for row in lists["science.tsv"]:
        by_issn[row["online_identifier"]].add(row["title_id"])
    assert len(by_issn["1438-8677"]) == 4
    assert sum(bool(row["preceding_publication_title_id"]) for row in lists["humanities.tsv"]) >= 20


def test_addresses_of_platforms_lead_nowhere(lists: dict[str, list[dict[str, str]]]) -> None:
    for rows in lists.values():
        assert all(re.match(r"https://[a-z]+\.example/", row["title_url"]) for row in rows if row["title_url"])
    platforms = table(DATA / "platforms.csv")
    assert {row["link_rule"] for row in platforms} == {"plain", "proxy_prefix", "wayfless"}
    assert all(row["name"].startswith("Demo ") and row["url"].endswith(".example") for row in platforms)


def test_licences_differ_where_it_matters() -> None:
    def some(action: str, status: str, **facts: Any) -> bool:
        return any(
            term["action"] == action
            and term["status"].startswith(status)
            and all(term.get(name) == value for name, value in facts.items())
            for _, term in TERMS
        )

    assert len(LICENCES) >= 5
    assert some("view", "permitted", affiliations=["library-walk-in"], on_site_only=True)
    assert some("view", "prohibited", affiliations=["alum"])
    assert some("interlibrary_supply", "permitted", recipients=["onixPL:ThirdPartyNonCommercialLibrary"])
    assert some("text_and_data_mine", "prohibited")
    assert some("text_and_data_mine", "permitted_conditional")
    assert some("ai_use", "prohibited")
    assert some("course_pack", "silent")
    assert some("archive", "not_applicable")
    assert some("view", "permitted", concurrent_users=2)
    assert some("view", "permitted", user_classes=["law"])
    assert some("download", "prohibited", except_as_permitted=True)
    assert any(term.get("territories") == ["CN"] for _, term in TERMS)
    agreements = [licence["agreement"] for licence in LICENCES.values() if "agreement" in licence]
    assert any("grace_until" in period for agreement in agreements for period in agreement["periods"])
    assert any(str(agreement["periods"][0]["start"]) > "2027" for agreement in agreements)
    assert {agreement.get("holder") for agreement in agreements} == {None, "pku", "qinghe"}
    assert any("perpetual" in line for agreement in agreements for line in agreement["entitlements"])
    assert any(agreement["status"] == "draft" for agreement in agreements)
    assert LICENCES["20-science"]["licence"]["parent"] == LICENCES["10-framework"]["licence"]["code"]


def test_terms_use_the_known_words_and_clauses_of_their_licence() -> None:
    for licence in LICENCES.values():
        numbers = {clause["number"] for clause in licence["clauses"]}
        for clause in licence["clauses"]:
            assert clause["summary"]["zh"]
            assert clause["summary"]["en"]
        for term in licence["terms"]:
            assert term["action"] in {action.value for action in Action}
            assert set(term.get("affiliations", [])) <= {affiliation.value for affiliation in Affiliation}
            assert term.get("clause") is None or term["clause"] in numbers


def test_obligations_occur_in_every_status_and_breaches_only_with_the_invented() -> None:
    written = load(DATA / "standing.yaml")
    assert {row["status"] for row in written["obligations"]} == {status.value for status in ObligationStatus}
    ids = {row["id"] for row in written["obligations"]}
    for row in written["obligations"]:
        assert row["status"] != "breached" or row["member"] in INVENTED
        assert "示范" in row["name"]["zh"]
    for change in written["standing"]:
        assert change["member"] in INVENTED
        assert change["cause"]
        assert change["obligation"] in ids
    latest = {change["member"]: change["standing"] for change in written["standing"]}
    assert set(latest.values()) == {standing.value for standing in Standing}


def test_the_collection_has_enough_pieces_of_several_kinds(made: Path) -> None:
    works = collection.source()["works"]
    assert len(works) >= 30
    assert {"manuscript", "image", "map"} <= {work["kind"] for work in works} <= {kind.value for kind in ResourceKind}
    assert sum(bool(work.get("open_access")) for work in works) == 2
    assert any(work.get("embargo") for work in works)
    rows = table(made / collection.CONTENT / "content.csv")
    assert {row["file"] for row in rows} | {"content.csv"} == {
        file.name for file in (made / collection.CONTENT).iterdir()
    }
    for work in works:
        assert "（示范）" in work["title"]["zh"]


def test_made_again_every_file_has_the_same_bytes(made: Path, tmp_path: Path) -> None:
    again = collection.make(tmp_path)
    for file in (made / collection.CONTENT).iterdir():
        assert file.read_bytes() == (again / collection.CONTENT / file.name).read_bytes()


def test_persons_belong_to_members_through_issuers_registered_for_them() -> None:
    written = load(PERSONS)
    scopes = {member["scopes"] for member in MEMBERS}
    issuers = {issuer["id"]: issuer["scopes"] for issuer in written["issuers"]}
    assert all(set(registered) <= scopes for registered in issuers.values())
    for person in written["persons"]:
        for assertion in person["assertions"]:
            affiliation, _, scope = assertion.partition("@")
            assert affiliation in {known.value for known in Affiliation}
            assert scope in issuers[person["issuer"]]
    assert any(len({a.partition("@")[2] for a in person["assertions"]}) == 2 for person in written["persons"])


def test_saved_queries_name_themselves_in_both_languages_and_a_person() -> None:
    persons = {person["id"] for person in load(PERSONS)["persons"]}
    files = sorted(QUERIES.glob("*.graphql"))
    assert files[0].stem == "01-five-people"
    for file in files:
        first, second, *_ = file.read_text(encoding="utf-8").splitlines()
        assert re.fullmatch(r"# .*[一-鿿].* \| [A-Z].*", first)
        assert second.removeprefix("# as: ") in persons
        variables = file.with_suffix(".json")
        assert "$" not in file.read_text(encoding="utf-8") or json.loads(variables.read_text(encoding="utf-8"))


def test_saved_queries_are_valid_by_the_committed_schema() -> None:
    schema = build_schema((DATA.parents[1] / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    for file in QUERIES.glob("*.graphql"):
        assert validate(schema, parse(file.read_text(encoding="utf-8"))) == [], file.name


def test_saved_queries_ask_for_titles_that_are_there(lists: dict[str, list[dict[str, str]]]) -> None:
    rows = [row for rows in lists.values() for row in rows]
    there = {value.partition(":")[2] for row in rows for value in row["identifiers"].split(";")}
    there |= {row[column] for row in rows for column in ("print_identifier", "online_identifier")}
    for file in QUERIES.glob("*.json"):
        asked = re.findall(r'"(?:doi|issn|isbn|value)": "([^"]+)"', file.read_text(encoding="utf-8"))
        assert set(asked) <= there, file.name
