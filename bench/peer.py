"""What `graphql` is measured against: a bare ASGI application that answers each document by one hand-written statement.

It does what any server would have to: take a connection of the same pool with the same settings, begin, find out by the
same cookie who asks and open her members' rows, run the statement, commit, send. The JSON is PostgreSQL's own work, but
for the cursor at the end of a page, which is signed.
"""

from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import Receive, Scope, Send

from auth.site import Site
from domain.catalogue import sorting, tokenizer
from domain.keys import Purpose
from schema.kit import ids
from schema.kit.cursors import Cursors

STATEMENTS = {path.stem: path.read_text("utf-8") for path in (Path(__file__).parent / "statements").glob("*.sql")}
LISTING = "resources title False None"
"""How the server names the list of W3, to which its cursors are bound."""

_SESSION = """
SELECT session.id, session.member_ids, place.members,
       set_config('mutua.members', array_to_string(session.member_ids, ','), true)
FROM (SELECT array_agg(member_id) AS members FROM members_on_network(%s::inet)) AS place
LEFT JOIN (
  session_by_token(%s) AS session
  JOIN identity_provider AS provider ON provider.id = session.provider_id AND provider.enabled
) ON session.last_seen_at > now() - %s::interval
"""
_ENTER = "SELECT set_config('mutua.members', %s, true)"
_MEMBERSHIPS = """
SELECT membership.member_id, membership.affiliations, membership.entitlements, membership.pseudonym_id, (
  SELECT array_agg(held.role) FROM role_assignment AS held
  WHERE held.pseudonym_id = membership.pseudonym_id AND held.member_id = membership.member_id AND held.ended_at IS NULL
    AND held.valid_from <= now() AND (held.valid_until IS NULL OR held.valid_until > now()))
FROM session_membership AS membership
WHERE membership.session_id = %s AND EXISTS (
  SELECT FROM session JOIN identity_provider AS provider ON provider.id = session.provider_id AND provider.enabled
  JOIN identity_provider_scope AS registered ON registered.provider_id = provider.id
  JOIN member_scope AS scope ON scope.scope = registered.scope AND scope.member_id = membership.member_id
  WHERE session.id = membership.session_id)
"""
_HEADERS = [(b"content-type", b"application/graphql-response+json; charset=utf-8"), (b"cache-control", b"no-store")]


@dataclass(frozen=True)
class Peer:
    """`POST /W1`, with the variables of the document in the body as GraphQL has them."""

    pool: AsyncEngine
    site: Site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        name, variables = scope["path"].strip("/"), orjson.loads(message["body"])["variables"]
        async with self.pool.connect() as connection:
            raw: Any = (await connection.get_raw_connection()).driver_connection
            cursor = raw.cursor()
            viewer = await self._entered(cursor, scope)
            cursors = Cursors(self.site.keys, viewer)
            await cursor.execute(STATEMENTS[name], _parameters(variables, viewer, cursors))
            answer, *position = await cursor.fetchone()
            await raw.commit()
        if position:
            answer = answer.replace('"END"', f'"{cursors.write(LISTING, tuple(position))}"')
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await send({"type": "http.response.body", "body": answer.encode()})

    async def _entered(self, cursor: Any, scope: Scope) -> frozenset[UUID]:
        """The members whose librarian the viewer is; the transaction has entered all that are hers."""
        cookies = SimpleCookie(dict(scope["headers"])[b"cookie"].decode())
        fingerprint = self.site.keys.fingerprint(Purpose.SESSION, cookies["__Host-mutua"].value)
        await cursor.execute(_SESSION, [scope["client"][0], fingerprint, self.site.session_idle])
        session_id, member_ids, places, _ = await cursor.fetchone()
        await cursor.execute(_MEMBERSHIPS, [session_id])
        memberships = await cursor.fetchall()
        hers = {one[0] for one in memberships} | set(places or ())
        if hers != set(member_ids):
            await cursor.execute(_ENTER, [",".join(sorted(map(str, hers)))])
        return frozenset(one[0] for one in memberships if "member_librarian" in (one[4] or ()))


def _parameters(variables: dict[str, Any], viewer: frozenset[UUID], cursors: Cursors) -> dict[str, Any]:
    given = dict(variables, librarian_of=list(viewer))
    if "id" in variables:
        revealed = ids.reveal(variables["id"])
        given["id_text"], given["id"] = variables["id"], revealed[1] if revealed else None
    if "member" in variables:
        given["member_id"] = ids.decode(variables["member"], "Member")
    if "query" in variables:
        given["words"], given["known"] = tokenizer.query(variables["query"]), sorting.title_key(variables["query"])
    if "after" in variables:
        given["title"], given["id"] = cursors.read(LISTING, variables["after"])
    return given
