"""A day of alpha's librarian, so that there is something to tell her of herself."""

from typing import Any

from sqlalchemy import text

from api import database as edge
from tests.documents.maker import pdf
from tests.isolation.acts import document, filled
from tests.isolation.people import Somebody
from tests.schema.conftest import House

DAY: list[tuple[str, dict[str, Any], bool]] = [
    ("roleInvite", {"member": "<Member alpha>", "role": "MEMBER_LIBRARIAN", "reason": "welcome"}, True),
    ("roleEnd", {"role": "<RoleAssignment present of alpha>", "reason": "left"}, True),
    (
        "memberUpdate",
        {
            "id": "<Member alpha>",
            "version": "<version Member alpha>",
            "contact": "https://a.example",
            "reason": "moved",
        },
        True,
    ),
    ("memberCreate", {"code": "x", "name": {"en": "X"}, "kind": "university", "timeZone": "UTC"}, False),
]
"""What she does, and whether she may."""


CONSENT = """
INSERT INTO consent (pseudonym_id, client_id, member_id, scopes)
SELECT pseudonym_id, :client, member_id, '{openid}' FROM role_assignment WHERE id = :id
"""
AUTHORIZATION = """
INSERT INTO client_authorization (client_id, session_id, member_ids, scopes, revoked_at, revoked_for)
SELECT :client, session_id, ARRAY[held.member_id], '{openid}', now(), 'by_client'
FROM role_assignment AS held JOIN session_membership USING (pseudonym_id) WHERE held.id = :id
"""
"""An app that she signed in through, and out."""


async def live(house: House, people: list[Somebody]) -> None:
    """Let her act, be refused, read a page; her role came by an invitation."""
    librarian = next(one for one in people if one.name == "librarian of alpha")
    admin = next(one for one in people if one.kind == "admin")
    for name, wanted, may in DAY:
        given = await filled(house, admin, wanted, "alpha")
        payload = (await librarian.person.ask(document(name), input=given))[name]
        assert bool(payload["problems"]) is not may, payload
    keep_a_file(house)
    given = {"contentItem": house.id("ContentItem", "page of alpha")}
    opened = (await librarian.person.ask(document("contentOpen"), input=given))["contentOpen"]
    read = await librarian.person.client.get(opened["link"]["url"])
    assert read.status_code == 200
    role = {"id": house.world.id("role_assignment", "member_librarian of alpha")}
    async with edge.as_everybody(house.app.state.sessions)() as session:
        invited = text(
            "INSERT INTO invitation (token_hash, member_id, role, invited_by, expires_at, redeemed_at) "
            "SELECT 'x', member_id, role, 'cli:x', now(), now() FROM role_assignment WHERE id = :id RETURNING id"
        )
        came_by = {"by": f"invitation:{await session.scalar(invited, role)}"}
        await session.execute(text("UPDATE role_assignment SET granted_by = :by WHERE id = :id"), role | came_by)
        for statement in (CONSENT, AUTHORIZATION):
            await session.execute(text(statement), role | {"client": house.world.id("client", "of alpha")})
        await session.execute(text("UPDATE session_membership SET entitlements = ARRAY['urn:x-visitors']"))


def keep_a_file(house: House) -> None:
    """The bytes of each member's first page, one, and of its document, by the digests that the world gives them."""
    for number, content in enumerate((b"x", pdf([["1. Readers may read what the members have bought together."]]))):
        path = house.app.state.gate.store.path(f"{number:064x}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
