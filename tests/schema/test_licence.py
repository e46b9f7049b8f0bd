"""Licences as their staff see them."""

import pytest
from sqlalchemy import text

from api import database as edge
from tests.schema.conftest import House, Person


@pytest.mark.parametrize(
    ("stored", "last", "shown"),
    [
        ("active", "current_date + 2", "ACTIVE"),
        ("active", "current_date - 2", "EXPIRED"),
        ("active", "NULL", "ACTIVE"),
        ("terminated", "current_date - 2", "TERMINATED"),
        ("draft", "current_date - 2", "DRAFT"),
    ],
)
async def test_a_licence_in_force_expires_with_its_last_day(
    house: House, admin: Person, stored: str, last: str, shown: str
) -> None:
    async with edge.as_everybody(house.app.state.sessions)() as session:
        await session.execute(text(f"UPDATE licence SET status = '{stored}', end_date = {last}"))
    answer = await admin.ask(
        "query($id: ID!) { node(id: $id) { ... on Licence { status } } }", id=house.id("Licence", "big deal")
    )
    assert answer["node"] == {"status": shown}
