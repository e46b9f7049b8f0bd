"""From the signed document to a refusal that quotes it: nothing is enforced before somebody activates the licence."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from api import database as edge
from api.commands.importing import Outcome, perform
from domain.intake.term_sheet import TermSheet
from models import licence as rows
from models.vocabulary import LicenceStatus
from tests.documents import maker
from tests.documents.test_coming_in import LICENCE, post, stored
from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, may

DRAFT = """mutation($input: LicenceDraftInput!) { licenceDraft(input: $input) {
  licence { id version status code holder { id } terms { id } clauses { number text }
    document { id name fileName mediaType size sha256 url termsUrl holder { id } } }
  problems { code path en: message(lang: "en") zh: message(lang: "zh") }
} }"""
LICENCE_OF = """query($code: [LicenceStatus!]) { licences(filter: {statuses: $code}) { nodes {
  id code version status document { sha256 } clauses { number text summary(lang: "en") }
  terms { action status clause { number } affiliations publicNote(lang: "en") note }
} } }"""
WHY = """query($id: ID!) { resource(by: {id: $id}) { viewerAccess(action: TEXT_AND_DATA_MINE) {
  granted clause { number summary(lang: "en") } ... on AccessRefused { reason message(lang: "en") }
} } }"""


@pytest.fixture
def desk(house: House, admin: Person) -> Desk:
    return Desk(admin, house)


async def drafted(house: House, person: Person, document: str, **more: Any) -> Any:
    wanted = {
        "document": document,
        "code": "drafted",
        "name": {"en": "Drafted"},
        "licensor": house.id("Provider", "Verlag"),
    }
    return (await person.ask(DRAFT, input=wanted | more))["licenceDraft"]


def filled(sheet: bytes, path: Path, head: Mapping[str, str], terms: Mapping[str, Mapping[str, str]]) -> Path:
    """The CSV as a librarian fills it in: by the names of its head and columns."""
    written = list(csv.reader(sheet.decode("utf-8-sig").splitlines()))
    columns: list[str] = []
    for row in written:
        if row and row[0] in head and not columns:
            row[1:] = [head[row[0]]]
        elif row and row[0] == "action":
            columns = row
        elif row and columns and row[0] in terms:
            for column, value in terms[row[0]].items():
                row[columns.index(column)] = value
        elif row and row[0] == "number":
            columns = []
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(written)
    return path


async def load(house: House, path: Path, **options: Any) -> Outcome:
    return await perform(edge.as_everybody(house.app.state.sessions), TermSheet(), path, actor="cli:test", **options)


async def test_a_draft_has_the_documents_clauses_and_no_term(house: House, librarian: Person, desk: Desk) -> None:
    alpha = house.id("Member", "alpha")
    made = (await post(librarian, member=alpha, name="Deal.pdf")).json()
    answer = await drafted(house, librarian, made["id"], holder=alpha)
    assert answer["problems"] == []
    licence = answer["licence"]
    assert (licence["status"], licence["terms"], licence["holder"]) == ("DRAFT", [], {"id": alpha})
    assert [(clause["number"], clause["text"]) for clause in licence["clauses"]] == [
        ("1", "Grant"),
        ("1.1", "Readers may view and download."),
        ("1.2", "No text mining."),
        ("2", "Fees are due."),
    ]
    assert licence["document"] == {
        **{key: made[key] for key in ("id", "name", "fileName", "mediaType", "size", "sha256", "url")},
        "termsUrl": made["terms"]["xlsx"],
        "holder": {"id": alpha},
    }
    activated = await Desk(librarian, house).refused("licenceActivate", id=licence["id"], version=licence["version"])
    assert activated == ("NO_TERM_YET", "id")


async def test_a_draft_that_can_not_be_is_refused_with_its_field(
    house: House, librarian: Person, admin: Person, desk: Desk
) -> None:
    alpha, beta = house.id("Member", "alpha"), house.id("Member", "beta")
    own = (await post(librarian, member=alpha)).json()["id"]
    pool = (await post(admin, maker.pdf([["1. Readers may read what was bought for all of them."]]))).json()["id"]
    for person, wanted, code, field in (
        (librarian, {"document": pool, "holder": alpha}, "NOT_FOUND", "document"),
        (librarian, {"document": alpha, "holder": alpha}, "NOT_FOUND", "document"),
        (admin, {"document": own, "holder": beta}, "DOCUMENT_OF_ANOTHER", "document"),
        (admin, {"document": own}, "DOCUMENT_OF_ANOTHER", "document"),
        (admin, {"document": pool, "code": "big deal"}, "CODE_MALFORMED", "code"),
    ):
        answer = await drafted(house, person, **wanted)
        (problem,) = answer["problems"]
        assert (answer["licence"], problem["code"], problem["path"]) == (None, code, ["input", field])
        assert problem["en"] != problem["zh"]
    house.app.state.gate.store.path((await post(admin, LICENCE)).json()["sha256"]).unlink()
    again = await drafted(house, admin, (await post(admin, maker.pdf([["1. A" * 30]]))).json()["id"])
    assert again["problems"] == []


async def test_a_sheet_that_was_filled_in_becomes_a_quoted_refusal_once_it_is_activated(
    house: House, admin: Person, outsider: Person, desk: Desk, tmp_path: Path
) -> None:
    made = (await post(admin, name="Deal.pdf")).json()
    sheet = (await admin.client.get(made["terms"]["csv"])).content
    head = {"code": "verlag-2027", "name_en": "Verlag 2027", "licensor": "Verlag", "start": "2020-01-01"}
    terms = {
        "view": {"status": "permitted_explicit", "clause": "1.1", "affiliations": "student; faculty"},
        "text_and_data_mine": {
            "status": "prohibited_explicit",
            "clause": "1.2",
            "public_note_en": "Ask the publisher.",
            "note": "they may allow it in 2028",
        },
    }
    path = filled(sheet, tmp_path / "verlag.csv", head, terms)
    outcome = await load(house, path)
    assert (outcome.refused, outcome.counts["new"]) == (None, 1)
    (licence,) = (await admin.ask(LICENCE_OF, code=["DRAFT"]))["licences"]["nodes"]
    assert (licence["code"], licence["document"]) == ("verlag-2027", {"sha256": made["sha256"]})
    assert [(term["action"], term["clause"]["number"]) for term in licence["terms"]] == [
        ("TEXT_AND_DATA_MINE", "1.2"),
        ("VIEW", "1.1"),
    ]
    before = await outsider.ask(WHY, id=house.id("Resource", "Nature of Things"))
    assert before["resource"]["viewerAccess"]["clause"] is None, "a draft decides nothing"

    await desk.do(
        "clauseSet", licence=licence["id"], version=licence["version"], number="1.2", summary={"en": "No text mining."}
    )
    await desk.do("licenceActivate", id=licence["id"], version=licence["version"] + 1)
    agreement = await desk.agreement(licences=[{"licence": licence["id"]}])
    await desk.join(agreement)
    await desk.give(agreement)
    await desk.do("agreementActivate", agreement, id=agreement)
    told = (await outsider.ask(WHY, id=house.id("Resource", "Nature of Things")))["resource"]["viewerAccess"]
    assert (told["granted"], told["reason"], told["clause"]) == (
        *(False, "TERM_PROHIBITS", {"number": "1.2", "summary": "No text mining."}),
    )
    assert await may(outsider, house) == "LICENCE"

    refused = (await load(house, filled(sheet, tmp_path / "again.csv", head, {}))).refused
    assert refused is not None
    assert (refused.column, refused.reason.value, refused.detail) == (
        *("B code", "licence_signed", LicenceStatus.ACTIVE.value),
    )


async def test_the_same_sheet_again_changes_nothing_and_a_mistake_changes_nothing(
    house: House, admin: Person, tmp_path: Path
) -> None:
    made = (await post(admin)).json()
    sheet = (await admin.client.get(made["terms"]["csv"])).content
    head = {"code": "verlag-2027", "name_en": "Verlag 2027", "licensor": "Verlag", "holder": "alpha"}
    terms = {"view": {"status": "permitted_explicit", "clause": "1.1", "place": "on_site"}}
    path = filled(sheet, tmp_path / "verlag.csv", head, terms)
    assert (await load(house, path)).changed
    assert not (await load(house, path)).changed
    states = await admin.ask(LICENCE_OF, code=["DRAFT"])
    bad = {"print": {"status": "permitted_explicit", "clause": "7"}}
    wrong = await load(house, filled(sheet, tmp_path / "wrong.csv", head, terms | bad))
    assert wrong.refused is not None
    assert (wrong.refused.column, wrong.refused.value) == ("C clause", "7")
    nobody = await load(house, filled(sheet, tmp_path / "nobody.csv", head | {"holder": "omega"}, terms))
    assert nobody.refused is not None
    assert (nobody.refused.column, nobody.refused.reason.value) == ("B holder", "unknown_member")
    assert await admin.ask(LICENCE_OF, code=["DRAFT"]) == states


async def test_rows_that_contradict_each_other_are_told_by_their_cell(
    house: House, admin: Person, tmp_path: Path
) -> None:
    made = (await post(admin)).json()
    sheet = (await admin.client.get(made["terms"]["csv"])).content.decode("utf-8-sig")
    again = sheet.replace("\nview,silent,", "\nview,permitted_explicit,1.1\nview,prohibited_explicit,1.1", 1)
    head = {"code": "verlag-2027", "name_en": "Verlag 2027", "licensor": "Verlag"}
    path = filled(again.encode(), tmp_path / "verlag.csv", head, {})
    outcome = await load(house, path)
    assert outcome.refused is not None
    assert (outcome.refused.column, outcome.refused.reason.value) == ("A action", "terms_contradict")
    assert (await admin.ask(LICENCE_OF, code=["DRAFT"]))["licences"]["nodes"] == []


async def test_the_sheet_of_a_licence_says_what_it_says_by_now(house: House, admin: Person, tmp_path: Path) -> None:
    made = (await post(admin)).json()
    sheet = (await admin.client.get(made["terms"]["csv"])).content
    head = {"code": "verlag-2027", "name_en": "Verlag 2027", "licensor": "Verlag", "end": "2030-12-31"}
    terms = {
        "view": {
            "status": "permitted_explicit",
            "clause": "1.1",
            "affiliations": "student; alum",
            "place": "on_site",
            "territories": "CN",
            "purposes": "onixPL:EducationalUse",
            "limit": "3 users",
            "note": "so they say",
        }
    }
    assert (await load(house, filled(sheet, tmp_path / "verlag.csv", head, terms))).changed
    again = tmp_path / "again.csv"
    again.write_bytes((await admin.client.get(made["terms"]["csv"])).content)
    rows = {row[0]: row for row in csv.reader(again.read_text("utf-8-sig").splitlines()) if row}
    assert rows["view"][1:4] == ["permitted_explicit", "1.1", "student; alum"]
    assert rows["print"][1] == "silent"
    assert not (await load(house, again)).changed


async def test_a_sheet_says_when_the_posted_document_was_signed_and_what_it_is_called(
    house: House, admin: Person, tmp_path: Path
) -> None:
    made = (await post(admin, name="Deal.pdf")).json()
    sheet = (await admin.client.get(made["terms"]["csv"])).content
    head = {"code": "verlag-2027", "name_en": "Verlag 2027", "licensor": "Verlag", "document_name": "Signed deal"}
    path = filled(sheet, tmp_path / "first.csv", head | {"document_signed": "2026-12-01"}, {})
    assert (await load(house, path)).changed
    (document,) = await stored(house, rows.LicenceDocument)
    assert (document.name, document.signed_on, document.file_name) == (
        *({"und": "Signed deal"}, date(2026, 12, 1), "Deal.pdf"),
    )
    again = tmp_path / "again.csv"
    again.write_bytes((await admin.client.get(made["terms"]["csv"])).content)
    assert "document_name,Signed deal" in again.read_text("utf-8-sig")
    assert not (await load(house, again)).changed
    (licence,) = [one for one in await stored(house, rows.Licence) if one.code == "verlag-2027"]
    version = licence.version
    assert (await load(house, filled(again.read_bytes(), path, {"document_signed": "2026-12-02"}, {}))).changed
    (licence,) = [one for one in await stored(house, rows.Licence) if one.code == "verlag-2027"]
    assert (licence.document_id, licence.version) == (document.id, version + 1)
    assert not (await load(house, filled(again.read_bytes(), path, {"document_signed": ""}, {}))).changed
    (document,) = await stored(house, rows.LicenceDocument)
    assert document.signed_on == date(2026, 12, 2)


async def test_what_a_sheet_says_of_anothers_document_too_is_told_by_its_cell_and_changes_nothing(
    house: House, admin: Person, tmp_path: Path
) -> None:
    made = (await post(admin, name="Deal.pdf")).json()
    assert (await drafted(house, admin, made["id"], code="first"))["problems"] == []
    sheet = (await admin.client.get(made["terms"]["csv"])).content
    head = {"code": "second", "name_en": "Second", "licensor": "Verlag", "document_signed": "2026-12-01"}
    outcome = await load(house, filled(sheet, tmp_path / "second.csv", head | {"document_name": "Another"}, {}))
    assert (outcome.refused, outcome.exit_code, outcome.counts["new"]) == (None, 1, 1)
    assert sorted((one.column, one.value, one.reason) for one in outcome.entries) == [
        ("B document_name", "Another", "document_shared: Deal.pdf"),
        ("B document_signed", "2026-12-01", "document_shared"),
    ]
    (document,) = await stored(house, rows.LicenceDocument)
    assert (document.name, document.signed_on) == ({"und": "Deal.pdf"}, None)
    other = filled(sheet, tmp_path / "third.csv", head | {"document_signed": ""}, {})
    assert (await load(house, other)).exit_code == 0, "what is said alike is no matter"


async def known_draft(house: House, person: Person, desk: Desk, document: str) -> str:
    licence = (await drafted(house, person, document))["licence"]
    desk.versions[licence["id"]] = licence["version"]
    key: str = licence["id"]
    return key


async def told_in_others(house: House) -> None:
    """The draft's texts in languages that a licence file may have and a sheet has no column for."""
    texts: tuple[tuple[Any, dict[str, str]], ...] = (
        (rows.Licence.name, {"de": "Vertrag"}),
        (rows.Clause.summary, {"fr": "Non", "zh": "不可"}),
        (rows.Term.public_note, {"de": "Nur lesen", "en": "Read"}),
    )
    async with edge.as_everybody(house.app.state.sessions)() as session:
        licence = (await session.scalars(select(rows.Licence).where(col(rows.Licence.code) == "drafted"))).one()
        for column, text in texts:
            table = column.class_
            of_it = col(table.id if table is rows.Licence else table.licence_id) == licence.id
            await session.execute(update(table).where(of_it).values({column.key: text}))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_the_sheet_of_a_draft_loaded_as_it_comes_changes_nothing_that_it_has_no_column_for(
    house: House, admin: Person, desk: Desk, tmp_path: Path, form: str
) -> None:
    made = (await post(admin)).json()
    licence = await known_draft(house, admin, desk, made["id"])
    limits = {"kind": "CONCURRENT_USERS", "amount": "50"}, {"kind": "NOTICE", "amount": "3", "unit": "MONTHS"}
    for limit in limits:
        await desk.do("limitSet", licence, licence=licence, clause="1.1", note={"en": "Each year."}, **limit)
    said = {"clause": "1.1", "action": "VIEW", "status": "PERMITTED_EXPLICIT"}
    term = (await desk.do("termSet", licence, licence=licence, **said))["term"]["id"]
    formats = {"kind": "FORMATS", "formats": ["e-book reader", "PDF"]}
    await desk.do("limitSet", licence, licence=licence, term=term, note={"en": "All"}, **formats)
    await told_in_others(house)
    tables = (rows.Clause, rows.Term, rows.UsageLimit, rows.Licence)
    before = [[row.model_dump() for row in await stored(house, table)] for table in tables]
    path = tmp_path / f"again.{form}"
    path.write_bytes((await admin.client.get(made["terms"][form])).content)
    assert not (await load(house, path)).changed
    assert [[row.model_dump() for row in await stored(house, table)] for table in tables] == before


async def test_what_a_sheet_says_anew_replaces_its_own_languages_and_limits_only(
    house: House, admin: Person, desk: Desk, tmp_path: Path
) -> None:
    made = (await post(admin)).json()
    licence = await known_draft(house, admin, desk, made["id"])
    await told_in_others(house)
    for limit in ({"kind": "CONCURRENT_USERS", "amount": "50"}, {"kind": "CONCURRENT_USERS_PER_MEMBER", "amount": "5"}):
        await desk.do("limitSet", licence, licence=licence, clause="1.1", note={"en": "Each year."}, **limit)
    sheet = (await admin.client.get(made["terms"]["csv"])).content
    head = {"name_en": "Deal", "name_zh": "协议", "limit": "60 users; 5 users per member"}
    assert (await load(house, filled(sheet, tmp_path / "new.csv", head, {}))).changed
    (known,) = [one for one in await stored(house, rows.Licence) if one.code == "drafted"]
    assert known.name == {"de": "Vertrag", "en": "Deal", "zh": "协议"}
    found = {int(one.amount): one.note for one in await stored(house, rows.UsageLimit) if one.licence_id == known.id}
    assert found == {60: None, 5: {"en": "Each year."}}
