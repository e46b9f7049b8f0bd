"""What an access token costs: the check alone, and a request that carries one beside a request of nobody.

    python -m bench.tokens

A token that comes for the first time is compared with PyJWT's bare verification of the same signature, one that comes
again with a look-up in a dictionary. Then one trivial query, `{ viewer { signedIn } }`, through the whole application,
in turns: of nobody, of a reader's app, of a partner's system, of a reader's own browser.
"""

import asyncio
import logging
import statistics
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import jwt as pyjwt
import orjson
from joserfc import jwt
from sqlalchemy import select
from sqlmodel import col
from starlette.types import Scope

from api import database
from auth.provider import tokens
from auth.provider.tokens import Checker
from auth.site import Site
from bench.cluster import Place, place, say, seconds
from bench.graphql import LIBRARIAN_OF, Load, Side, drive, request_scope, server, signed_in
from bench.world import World, key
from domain import scopes
from domain.keys import Purpose
from domain.scopes import Scope as ClientScope
from models import client as rows
from models import identity
from models.vocabulary import ClientAuthentication

ROUNDS = 5
BODY = orjson.dumps({"query": "{ viewer { signedIn } }"})


@dataclass(frozen=True)
class Given:
    """An access token, and for whom."""

    who: str
    text: str


async def given(site: Site, begin: database.Transactions) -> list[Given]:
    """A token of an app for the librarian who is signed in, and one of a partner's system."""
    async with begin() as session:
        session_id = (await session.scalars(select(col(identity.Session.id)))).one()
        member = key("member", LIBRARIAN_OF)
        made = []
        for who, session_of, members in (("a reader's app", session_id, [member]), ("a partner's system", None, [])):
            client = rows.Client(
                name=who,
                member_id=member,
                authentication=ClientAuthentication.NONE if session_of else ClientAuthentication.CLIENT_SECRET,
                scopes=[*ClientScope],
            )
            session.add(client)
            await session.flush()
            allowed = rows.Authorization(
                client_id=client.id, session_id=session_of, member_ids=members, scopes=[ClientScope.OPENID]
            )
            session.add(allowed)
            await session.flush()
            made.append(Given(who, _token(site, client.id, allowed.id)))
    return made


def _token(site: Site, client_id: UUID, authorization_id: UUID) -> str:
    """As the provider makes them, but good for an hour."""
    now = int(time.time())
    claims = {
        "iss": site.public_url,
        "aud": site.public_url,
        "exp": now + 3600,
        "iat": now,
        "client_id": str(client_id),
        "sub": str(client_id),
        "jti": tokens.token_id(authorization_id, "0123456789abcdef"),
        "scope": " ".join(sorted(scopes.known([*ClientScope]))),
    }
    head = {"alg": tokens.ALGORITHM, "typ": tokens.TYPE}
    return jwt.encode(head, claims, tokens.signing(site.keys))


def checks(site: Site, text: str) -> None:
    """The check alone."""
    public = list(site.keys.pairs(Purpose.OAUTH).values())[-1].public_key()
    warm, known = Checker(site.public_url, site.keys), {text: object()}
    warm.check(text)

    def bare() -> Any:
        return pyjwt.decode(text, public, algorithms=["RS256"], audience=site.public_url, issuer=site.public_url)

    def first() -> None:
        Checker(site.public_url, site.keys).check(text)

    say(f"{'token check, µs':<32}{'ours':>9}{'peer':>9}{'ratio':>8}")
    for what, ours, peer, times in (
        ("first, beside PyJWT's decode", first, bare, 2000),
        ("again, beside a dictionary", lambda: warm.check(text), lambda: known[text], 200_000),
    ):
        pairs = [(seconds(ours, times=times), seconds(peer, times=times)) for _ in range(ROUNDS)]
        mine, other = (statistics.median(side) * 1e6 for side in zip(*pairs, strict=True))
        say(f"{what:<32}{mine:>9.2f}{other:>9.2f}{mine / other:>8.2f}")


async def requests(app: Any, cookie: str, having: list[Given]) -> None:
    """The same request of each kind of sender."""
    nobody = _without_cookie(request_scope("/graphql", "", BODY))
    sides = {"nobody": Side(app, nobody, BODY)}
    for one in having:
        header = (b"authorization", f"Bearer {one.text}".encode())
        sides[one.who] = Side(app, {**nobody, "headers": [*nobody["headers"], header]}, BODY)
    sides["her own browser"] = Side(app, request_scope("/graphql", cookie, BODY), BODY)
    for side in sides.values():
        for _ in range(50):
            await side.ask()
    loads = {who: Load() for who in sides}
    for number in range(ROUNDS):
        for who in list(sides)[:: 1 if number % 2 else -1]:
            await drive(sides[who], 1, loads[who])
    say(f"\n{'request of':<24}{'requests/s':>11}{'p50 ms':>9}{'CPU ms':>9}{'beside nobody: time':>21}{'CPU':>7}")
    plain = loads["nobody"]
    for who, load in loads.items():
        slower, dearer = plain.rate / load.rate, load.processor_milliseconds / plain.processor_milliseconds
        say(
            f"{who:<24}{load.rate:>11.0f}{load.milliseconds(50):>9.2f}{load.processor_milliseconds:>9.2f}"
            f"{slower:>21.2f}{dearer:>7.2f}"
        )


def _without_cookie(scope: Scope) -> Scope:
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}


async def measured(where: Place) -> None:
    async with server(where) as app:
        site: Site = app.state.site
        begin = database.as_everybody(app.state.sessions)
        cookie = await signed_in(site, begin)
        having = await given(site, begin)
        checks(site, having[0].text)
        await requests(app, cookie, having)


def main() -> None:
    logging.getLogger("mutua.access").setLevel(logging.WARNING)
    with place() as where:
        World(members=20, licences=50, titles=500).load(where.admin)
        asyncio.run(measured(where))


if __name__ == "__main__":
    main()
