"""A licence's card in GraphQL: for who sees all of the licence, and for nobody else."""

from typing import Any

from tests.schema.conftest import House, Person

CARD = """
query($id: ID!, $on: Date) {
  node(id: $id) { ... on Licence { card(on: $on) {
    on text(lang: "en")
    rows {
      readers { affiliation userClass } places
      cells { action verdict clauses { number } conditions territories readersAtATime }
    }
  } } }
}
"""
THROUGH_A_DECISION = """
query($by: ResourceBy!) { resource(by: $by) { viewerAccess { licence { name card { text } } } } }
"""


def cells(card: dict[str, Any], reader: str, place: str) -> dict[str, Any]:
    (row,) = [
        one
        for one in card["rows"]
        if {"affiliation": reader, "userClass": None} in one["readers"] and place in one["places"]
    ]
    return {one["action"]: one for one in row["cells"]}


async def test_a_librarian_reads_it_row_by_row(house: House, librarian: Person) -> None:
    answer = await librarian.ask(CARD, id=house.id("Licence", "big deal"), on="2026-05-01")
    card = answer["node"]["card"]
    assert card["on"] == "2026-05-01"
    student, alum = cells(card, "STUDENT", "OFF_SITE"), cells(card, "ALUM", "OFF_SITE")
    assert (student["VIEW"]["verdict"], student["VIEW"]["clauses"]) == ("YES", [{"number": "1"}])
    assert (student["DOWNLOAD"]["verdict"], student["DOWNLOAD"]["clauses"]) == ("NO", [{"number": "2"}])
    assert cells(card, "STUDENT", "ON_SITE")["DOWNLOAD"]["verdict"] == "YES"
    assert alum["VIEW"]["verdict"] == "NO"
    assert student["ARCHIVE"]["verdict"] == "SILENT_NO"
    assert [one["action"] for one in card["rows"][0]["cells"]][:3] == ["VIEW", "DOWNLOAD", "PRINT"]
    assert "big deal · Verlag" in card["text"]
    assert "as it stands on 1 May 2026" in card["text"]


async def test_who_sees_only_the_decision_sees_no_card(house: House, student: Person) -> None:
    answer = await student.ask(THROUGH_A_DECISION, by={"id": house.id("Resource", "Nature of Things")})
    assert answer["resource"]["viewerAccess"]["licence"] == {"name": "big deal", "card": None}
