"""C05: where something begins or ends, access, the lists of rights and licences, and the page /why agree."""

from datetime import date

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api import database as edge
from tests.isolation.people import Somebody
from tests.isolation.test_acts import by_name
from tests.schema.conftest import House

DAYS = [
    ("1999-12-31", False),
    ("2000-01-01", True),
    ("2024-02-29", True),
    ("2025-03-30", True),
    ("2090-12-31", True),
    ("2091-01-01", False),
    ("9999-12-31", False),
]
"""The first and the last day, those around them, a leap day, a night of summer time, the last of all days."""

ASK = """query($id: ID!, $member: ID!, $on: Date!) {
  member(by: {id: $member}) {
    rights(on: $on, action: DOWNLOAD, first: 100) { nodes { target { ... on Package { id } } } }
    licences(activeOn: $on, first: 100) { nodes { id } }
  }
  licences(filter: {member: $member, activeOn: $on, package: "PACKAGE"}) { nodes { id } }
  resource(by: {id: $id}) {
    access(action: DOWNLOAD, on: $on, for: {member: {id: $member}, affiliations: [STUDENT]}) { granted decisionId }
  }
}"""


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
async def test_api_and_page_agree_on_the_days_where_something_begins_or_ends(
    app: FastAPI, house: House, people: list[Somebody], zone: str
) -> None:
    async with edge.as_everybody(app.state.sessions)() as session:
        await session.execute(text("UPDATE member SET time_zone = :zone"), {"zone": zone})
        await session.execute(text("UPDATE coverage SET embargo = NULL"))  # it would hold back the first day
        await session.execute(text("UPDATE epoch SET value = value + 1"))
    librarian = by_name(people, "librarian of alpha")
    journals, deal = house.id("Package", "journals"), house.id("Licence", "alpha deal")
    variables = {"id": house.id("Resource", "Nature of Things"), "member": house.id("Member", "alpha")}
    for day, open_then in DAYS:
        answer = await librarian.person.ask(ASK.replace("PACKAGE", journals), on=day, **variables)
        access = answer["resource"]["access"]
        rights = [node["target"].get("id") for node in answer["member"]["rights"]["nodes"]]
        in_force = [node["id"] for node in answer["licences"]["nodes"]]
        assert access["granted"] is open_then, day
        assert (journals in rights) is open_then, day
        assert (deal in in_force) is open_then, day
        page = await librarian.person.client.get(f"/why/{access['decisionId']}", headers={"Accept-Language": "en"})
        assert page.status_code == 200
        again = 'query($id: ID!) { decision(id: $id) { granted message(lang: "en") } }'
        told = (await librarian.person.ask(again, id=access["decisionId"]))["decision"]
        assert told["granted"] is open_then
        assert told["message"] in page.text.replace("&#39;", "'"), day


async def test_a_day_begins_where_the_member_is(app: FastAPI, house: House, people: list[Somebody]) -> None:
    """What ends today in one zone ended yesterday in another: 26 hours lie between these two."""
    async with edge.as_everybody(app.state.sessions)() as session:
        for name, zone in (("alpha", "Etc/GMT+12"), ("beta", "Etc/GMT-14")):
            member = {"zone": zone, "id": house.world.id("member", name)}
            await session.execute(text("UPDATE member SET time_zone = :zone WHERE id = :id"), member)
        await session.execute(text("UPDATE epoch SET value = value + 1"))
        found = await session.execute(
            text(
                "SELECT code, (now() AT TIME ZONE time_zone)::date FROM member JOIN party USING (id) "
                "WHERE code IN ('alpha', 'beta')"
            )
        )
        days: dict[str, date] = dict(found.all())
        assert days["beta"] > days["alpha"]
        last = {"last": days["alpha"]}
        await session.execute(text("UPDATE licence SET end_date = :last WHERE holder_id IS NOT NULL"), last)
    granted = "query($id: ID!) { resource(by: {id: $id}) { viewerAccess(action: DOWNLOAD) { granted } } }"
    for name in ("alpha", "beta"):
        person = by_name(people, f"patron of {name}").person
        answer = await person.ask(granted, id=house.id("Resource", "Nature of Things"))
        assert answer["resource"]["viewerAccess"]["granted"] is (name == "alpha"), days
