"""Real licences brought into the tables and out again: the same rows, and a document that means the same."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from api.database import Transactions
from domain.exchange import formats, stored
from domain.exchange.coded.intake import CodedLicence
from domain.exchange.formats import Format
from domain.exchange.onixpl import writing
from domain.exchange.onixpl.intake import OnixLicence
from domain.exchange.onixpl.reading import Options
from domain.intake.licence import LicenceFile
from domain.intake.members import Members
from domain.intake.reasons import Reason
from models.vocabulary import LicenceStatus
from tests.exchange.conftest import Load
from tests.exchange.documents import whole

JISC = {"AIP": (30, "2010-09-01", "2011-12-31"), "Annual": (31, "2012-01-01", "2014-12-31"),
        "CUP": (32, "2010-01-01", "2012-12-31"), "IOP": (30, "2010-12-03", "2012-12-31")}  # fmt: skip
TEMPLATES = {"Elsevier": 11, "Nature": 20}


def real(folder: Path, name: str, ending: str = "xml") -> Path:
    places = (folder / "licences" / "nesli2" / "x", folder / "licences" / "onixpl")
    found = [path for place in places for path in place.glob(f"*{name}*.{ending}*") if not path.name.endswith("xsd.gz")]
    if len(found) != 1:
        pytest.skip(f"real files: the licence of {name} is absent")
    return found[0]


async def kept(begin: Transactions, code: str) -> dict[str, Any]:
    """All of a stored licence."""
    async with begin() as session:
        licence = await stored.by_code(session, code)
        assert licence is not None
        return await stored.read(session, licence)


@pytest.mark.parametrize("name", [*JISC, *TEMPLATES])
async def test_a_real_licence_comes_back_as_it_went(
    name: str, load: Load, begin: Transactions, shared_data: Path, tmp_path: Path
) -> None:
    outcome = await load(OnixLicence(options=Options(code=name.lower())), real(shared_data, name))
    assert (outcome.refused, outcome.exit_code) == (None, 0)
    before = await kept(begin, name.lower())
    assert before["licence"]["status"] is LicenceStatus.TEMPLATE
    if name in JISC:
        days = (len(before["terms"]), before["licence"]["start"], before["licence"]["end"])
        assert days == JISC[name]
    else:
        assert (len(before["terms"]), before["licence"]["start"], before["licence"]["end"]) == (
            TEMPLATES[name],
            None,
            None,
        )
    written = tmp_path / "again.xml"
    written.write_bytes(writing.write(before))
    again = await load(OnixLicence(), written)
    assert (again.refused, again.changed) == (None, False)
    assert await kept(begin, name.lower()) == before


AMENDED = """
licence: {code: amended, name: {zh: 许可, en: A deal}, licensor: Elder Press, status: draft, start: 2026-01-01}
document: {name: {zh: 许可协议}, signed: 2025-12-01}
user_classes: {law: ["urn:mace:example.edu:law"]}
clauses:
  - {number: "3.", text: Print., visibility: public, summary: {en: Print one, zh: 打印一份}}
  - {number: 第四条, text: 不得出售。}
terms:
  - {clause: "3.", action: print, status: permitted_explicit, user_classes: [law], parts: ["10%"], territories: [CN],
     limits: [{kind: copies, amount: 2}, {kind: formats, formats: [application/pdf], note: {en: No EPUB}}]}
  - {clause: "3.", action: share, status: permitted_conditional, concurrent_users: 3, public_note: {en: Ask first}}
  - {clause: "3.", action: view, status: permitted_explicit, affiliations: [student]}
  - {clause: "3.", action: view, status: permitted_explicit, affiliations: [faculty]}
  - {clause: 第四条, action: ai_use, status: prohibited_interpreted, note: so it seems}
limits:
  - {kind: notice, amount: 3, unit: months, clause: 第四条}
  - {kind: concurrent_users, amount: 5}
amendments:
  - number: A1
    name: {en: A letter}
    effective: 2026-07-01
    document: {name: {en: Letter of amendment}, signed: 2026-06-01}
    replaces:
      - {clause: "3.", action: print}
      - term: {clause: "3.", action: view, status: permitted_explicit, affiliations: [student]}
    terms: [{clause: 第四条, action: print, status: prohibited_explicit}]
"""


async def test_amendments_limits_and_words_in_two_languages_come_back_too(
    load: Load, begin: Transactions, tmp_path: Path
) -> None:
    (tmp_path / "deal.yaml").write_text(AMENDED, "utf-8")
    outcome = await load(LicenceFile(), tmp_path / "deal.yaml")
    assert outcome.refused is None
    before = await kept(begin, "amended")
    assert [len(before[key]) for key in ("clauses", "terms", "limits", "amendments")] == [2, 5, 2, 1]
    (amendment,) = before["amendments"]
    assert [one["ends"]["affiliations"] for one in amendment["replaces"]] == [None, ["student"]]
    written = tmp_path / "again.xml"
    written.write_bytes(writing.write(before))
    again = await load(OnixLicence(), written)
    assert (again.refused, again.changed) == (None, False)
    assert await kept(begin, "amended") == before
    copied = await load(OnixLicence(options=Options(code="copy")), written)
    assert copied.refused is None
    assert await kept(begin, "copy") == before | {"licence": before["licence"] | {"code": "copy"}}


async def test_a_licence_in_force_stays_in_force(load: Load, begin: Transactions, tmp_path: Path) -> None:
    """Reading its template again changes what it says, and neither its state nor the days that a librarian entered."""
    active = "licence: {code: deal, name: A deal, licensor: Elder Press, status: active, start: 2026-01-01}\n"
    (tmp_path / "deal.yaml").write_text(active, "utf-8")
    await load(LicenceFile(), tmp_path / "deal.yaml")
    template = whole(status="Template", start="00000000", end="00000000")
    (tmp_path / "deal.xml").write_text(template, "utf-8")
    outcome = await load(OnixLicence(options=Options(code="deal")), tmp_path / "deal.xml")
    assert (outcome.refused, outcome.changed) == (None, True)
    found = await kept(begin, "deal")
    assert (found["licence"]["status"], found["licence"]["start"]) == (LicenceStatus.ACTIVE, "2026-01-01")
    assert len(found["terms"]) == 2


async def test_a_last_day_before_a_first_that_is_kept_is_refused(load: Load, tmp_path: Path) -> None:
    draft = "licence: {code: deal, name: A deal, licensor: Elder Press, status: draft, start: 2027-01-01}\n"
    (tmp_path / "deal.yaml").write_text(draft, "utf-8")
    await load(LicenceFile(), tmp_path / "deal.yaml")
    (tmp_path / "deal.xml").write_text(whole(start="00000000", end="20261231"), "utf-8")
    outcome = await load(OnixLicence(options=Options(code="deal")), tmp_path / "deal.xml")
    assert outcome.refused
    assert (outcome.refused.reason, outcome.refused.value) == (Reason.DATES_REVERSED, "2026-12-31")


FRAMED = """
licence: {code: frame, name: A frame, licensor: Elder Press, status: active}
terms: [{action: view, status: permitted_explicit}]
---
licence: {code: deal, name: A deal, licensor: Elder Press, status: draft, parent: frame}
document: {name: {en: The deal}, signed: 2025-12-01}
terms: [{action: view, status: permitted_explicit, affiliations: [student]}]
"""
CODED = "licence_name,remote_access,walkin_access,alumni_access,licensor\nDeal,Yes,No,No,Elder Press\n"


async def test_a_parent_and_a_signed_text_of_which_a_format_says_nothing_stay(
    load: Load, begin: Transactions, tmp_path: Path
) -> None:
    """Without its parent a licence would permit more."""
    for at, written in enumerate(FRAMED.split("---")):
        (tmp_path / f"{at}.yaml").write_text(written, "utf-8")
        assert (await load(LicenceFile(), tmp_path / f"{at}.yaml")).refused is None
    before = await kept(begin, "deal")
    (tmp_path / "deal.xml").write_text(whole(), "utf-8")
    (tmp_path / "deal.csv").write_text(CODED, "utf-8")
    for intake, name in ((OnixLicence(options=Options(code="deal")), "deal.xml"), (CodedLicence(), "deal.csv")):
        outcome = await load(intake, tmp_path / name)
        assert (outcome.refused, outcome.changed) == (None, True), name
        found = await kept(begin, "deal")
        assert (found["licence"]["parent"], found["document"]) == (("frame", 0), before["document"]), name
    async with begin() as session:
        licence, parent = await stored.by_code(session, "deal"), await stored.by_code(session, "frame")
        assert licence
        assert parent
        policy = orjson.loads(await formats.export(session, licence, Format.ODRL, lambda key: f"urn:uuid:{key}"))
    assert (policy["uid"], policy["inheritFrom"]) == (f"urn:uuid:{licence.id}", f"urn:uuid:{parent.id}")


NAMED = """
licence: {code: deal, name: A deal, licensor: Elder Press, status: draft}
clauses: [{number: "1", text: One.}]
terms:
  - {action: view, status: permitted_explicit, affiliations: [student]}
  - {clause: "1", action: view, status: permitted_explicit, affiliations: [faculty]}
  - {clause: "1", action: print, status: permitted_explicit, limits: [{kind: percent, amount: 10}]}
  - {clause: "1", action: print, status: permitted_explicit, limits: [{kind: pages, amount: 20}]}
  - {clause: "1", action: share, status: permitted_explicit}
amendments:
  - number: A
    effective: 2027-01-01
    status: draft
    replaces:
      - {term: {action: view, status: permitted_explicit, affiliations: [student]}}
      - {clause: "1", action: share}
  - number: B
    effective: 2028-01-01
    replaces:
      - term: {clause: "1", action: print, status: permitted_explicit, limits: [{kind: pages, amount: 20.0}]}
      - {clause: "1", action: share}
"""


async def test_just_the_terms_that_an_amendment_replaces_are_replaced_again(
    load: Load, begin: Transactions, tmp_path: Path
) -> None:
    """One without a clause isn't all of its action, one of two limits isn't the other, and a draft ends nothing."""
    (tmp_path / "deal.yaml").write_text(NAMED, "utf-8")
    assert (await load(LicenceFile(), tmp_path / "deal.yaml")).refused is None
    before = await kept(begin, "deal")
    ends = [[(one["ends"]["action"], one["ends"]["clause"]) for one in a["replaces"]] for a in before["amendments"]]
    assert ends == [[("view", None), ("share", "1")], [("print", "1"), ("share", "1")]]
    assert [limit["kind"] for limit in before["amendments"][1]["replaces"][0]["ends"]["limits"]] == ["pages"]
    written = tmp_path / "again.xml"
    written.write_bytes(writing.write(before))
    assert (await load(OnixLicence(), written)).changed is False
    assert (await load(OnixLicence(options=Options(code="copy")), written)).refused is None
    assert await kept(begin, "copy") == before | {"licence": before["licence"] | {"code": "copy"}}


async def test_a_term_that_two_amendments_replace_is_replaced_by_both_again(
    load: Load, begin: Transactions, tmp_path: Path
) -> None:
    """Librarians may say so of drafts, and put both in force."""
    (tmp_path / "deal.yaml").write_text(NAMED, "utf-8")
    assert (await load(LicenceFile(), tmp_path / "deal.yaml")).refused is None
    async with begin() as session:
        await session.execute(text("UPDATE amendment SET status = 'active'"))
        await session.commit()
    before = await kept(begin, "deal")
    written = tmp_path / "again.xml"
    written.write_bytes(writing.write(before))
    assert (await load(OnixLicence(options=Options(code="copy")), written)).refused is None
    assert await kept(begin, "copy") == before | {"licence": before["licence"] | {"code": "copy"}}


async def test_what_a_librarian_added_to_a_clause_outlives_the_document(
    load: Load, begin: Transactions, tmp_path: Path
) -> None:
    (tmp_path / "deal.xml").write_text(whole(), "utf-8")
    intake = OnixLicence(options=Options(code="deal"))
    await load(intake, tmp_path / "deal.xml")
    added = """UPDATE clause SET visibility = 'public', summary = '{"en": "Read."}' WHERE number = '3.1'"""
    async with begin() as session:
        await session.execute(text(added))
        await session.commit()
    assert (await load(intake, tmp_path / "deal.xml")).changed is False
    before = (await kept(begin, "deal"))["clauses"]
    assert [(one["visibility"], one["summary"]) for one in before] == [("public", {"en": "Read."}), ("staff", None)]
    written = tmp_path / "ours.xml"
    written.write_bytes(writing.write(await kept(begin, "deal")))
    async with begin() as session:
        await session.execute(text("UPDATE clause SET visibility = 'public'"))
        await session.commit()
    assert (await load(intake, written)).changed is True, "a document of ours says all of them"
    assert (await kept(begin, "deal"))["clauses"] == before


CLASSED = """
licence: {code: deal, name: A deal, licensor: Elder Press, status: draft}
user_classes: {law: ["urn:law", "urn:bar"], other: ["urn:other"]}
terms: [{action: view, status: permitted_explicit, user_classes: [law]}]
"""
WHO = "DELETE FROM term; DELETE FROM licence; DELETE FROM user_class"


async def test_classes_of_users_and_who_holds_a_licence_go_with_it(
    load: Load, begin: Transactions, tmp_path: Path
) -> None:
    """Into a database that doesn't know the class; one that is known is never told anew."""
    (tmp_path / "members.csv").write_text("code,name_en,time_zone\nlzu,L,UTC\n", "utf-8")
    await load(Members(), tmp_path / "members.csv")
    (tmp_path / "deal.yaml").write_text(CLASSED, "utf-8")
    assert (await load(LicenceFile(), tmp_path / "deal.yaml")).refused is None
    async with begin() as session:
        await session.execute(text("UPDATE licence SET holder_id = (SELECT id FROM member)"))
        await session.commit()
    before = await kept(begin, "deal")
    assert (before["user_classes"], before["licence"]["holder"]) == ({"law": ["urn:law", "urn:bar"]}, ("lzu", 0))
    written = tmp_path / "again.xml"
    written.write_bytes(writing.write(before))
    assert (await load(OnixLicence(), written)).changed is False
    async with begin() as session:
        for statement in WHO.split("; "):
            await session.execute(text(statement))
        await session.commit()
    assert (await load(OnixLicence(), written)).refused is None
    assert await kept(begin, "deal") == before
    written.write_bytes(writing.write(before | {"user_classes": {"law": ["urn:everybody"]}}))
    outcome = await load(OnixLicence(options=Options(code="copy")), written)
    assert [(entry.code, entry.value) for entry in outcome.entries if outcome.refused] == [("class_differs", "law")]
    assert (await kept(begin, "deal"))["user_classes"] == before["user_classes"]
    nobody = before | {"licence": before["licence"] | {"holder": ("nobody", 0)}}
    written.write_bytes(writing.write(nobody))
    refused = await load(OnixLicence(), written)
    assert [(entry.code, entry.value) for entry in refused.entries if refused.refused] == [("unknown_member", "nobody")]
