"""Who calls with an access token in the Authorization header (RFC 6750): a client, with or without a person.

What the token rests on is asked in each request: an ended sign-in, a suspended client, a revoked authorization close it
at once.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from auth.address import Address
from auth.provider import tokens
from auth.sessions import Found
from auth.site import Site
from domain import scopes
from domain.principal import Caller
from domain.reading import fetched
from models.vocabulary import ClientAuthentication

_FOUND = """
SELECT allowed.client_id, allowed.scopes, client.scopes, allowed.session_id, allowed.member_ids, allowed.last_seen_at,
       client.authentication, client.member_id, ARRAY(SELECT member_id FROM client_member WHERE client_id = client.id),
       place.on_network, place.walk_ins, set_config('mutua.members', array_to_string(allowed.member_ids, ','), true)
FROM authorization_in_force(%(key)s) AS allowed
JOIN client ON client.id = allowed.client_id AND client.suspended_at IS NULL
LEFT JOIN identity_provider ON identity_provider.id = allowed.provider_id AND identity_provider.enabled
CROSS JOIN (
  SELECT array_agg(member_id) AS on_network, array_agg(walk_ins) AS walk_ins
  FROM members_on_network(CAST(%(address)s AS inet))
) AS place
WHERE allowed.session_id IS NULL
   OR (identity_provider.id IS NOT NULL AND allowed.last_seen_at > now() - CAST(%(idle)s AS interval))
"""
"""One row while the authorization stands; its members are entered as `visibility` does it."""


@dataclass
class Refused(Exception):
    """The token is none of ours, or not good any more (RFC 6750 §3.1). `cause` is for the log only."""

    cause: str
    message: str = "The access token is not valid, or not any more; get a new one."

    @property
    def challenge(self) -> str:
        """For WWW-Authenticate."""
        return f'Bearer realm="Mutua", error="invalid_token", error_description="{self.message}"'


def token_of(connection: HTTPConnection) -> str | None:
    """The token that a request carries, in the header and nowhere else. Raises Refused for another scheme."""
    header = connection.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "dpop":
        raise Refused("DPoP", "DPoP-bound tokens are not supported; send the token as Bearer.")
    if scheme.lower() != "bearer" or not token:
        raise Refused("another scheme", "Send an access token: Authorization: Bearer ...")
    return token.strip()


async def find(session: AsyncSession, site: Site, text: str, address: Address | None) -> tuple[Caller, Found]:
    """The client, and the sign-in of the person who allowed it, where there is one. The address counts where it is of a
    public app, which runs on the person's own device: a client's server makes nobody on site. Raises Refused.
    """
    try:
        token = site.tokens.check(text)
    except tokens.Invalid as error:
        raise Refused(str(error)) from error
    known = {"key": token.authorization_id, "idle": site.session_idle, "address": str(address) if address else None}
    rows = await fetched(session, _FOUND, known)
    if not rows:
        raise Refused("revoked, suspended, or signed out")
    client_id, allowed, registered, session_id, members, seen_at, proof, member_id, named, *around = rows[0]
    caller = Caller(
        client_id=client_id,
        authorization_id=token.authorization_id,
        members=frozenset({member_id} if member_id else named) or None,
        scopes=token.scopes & scopes.known(allowed) & scopes.known(registered),
    )
    networks, walk_ins, _entered = around
    place = dict(zip(networks or (), walk_ins or (), strict=True))
    hers = session_id is not None and proof == ClientAuthentication.NONE
    return caller, Found(session_id, frozenset(members), seen_at, place if hers else {})
