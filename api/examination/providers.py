"""OpenID providers as they answer at this moment, and how far their clocks are from ours."""

import asyncio
from collections.abc import Iterator, Sequence

from api.examination.finding import Area, Finding, fine, to_do
from auth import acquaintance
from auth.oidc import LEEWAY
from auth.refusals import Refusal
from domain.keys import KeyStore, Purpose, Unreadable
from domain.members import Registered
from models.vocabulary import IdentityProtocol

MOST_SECONDS = LEEWAY // 2
AT_ONCE = 8


async def providers(registered: Sequence[Registered], keys: KeyStore | None) -> list[Finding]:
    """Each OpenID provider in use; `keys` None: they can't be read, which is a finding elsewhere."""
    openid = [one for one in registered if one.protocol is IdentityProtocol.OIDC]
    few = asyncio.Semaphore(AT_ONCE)

    async def examined(one: Registered) -> list[Finding]:
        async with few:
            return [*_known(one, keys), *await _answers(one.issuer)]

    return [finding for found in await asyncio.gather(*map(examined, openid)) for finding in found]


def _known(one: Registered, keys: KeyStore | None) -> Iterator[Finding]:
    if not one.scopes:
        yield to_do(Area.PROVIDERS, "provider_useless", issuer=one.issuer)
    if one.sealed_secret and keys is not None:
        try:
            keys.unseal(Purpose.PROVIDERS, one.sealed_secret)
        except Unreadable:
            yield to_do(Area.PROVIDERS, "provider_secret", issuer=one.issuer)


async def _answers(issuer: str) -> list[Finding]:
    try:
        ahead = await acquaintance.clock(issuer)
    except Refusal as error:
        cause = " ".join(str(error.cause).split())[:200]
        return [to_do(Area.PROVIDERS, "provider_wrong", issuer=issuer, cause=cause)]
    return [fine(Area.PROVIDERS, "provider_fine", issuer=issuer), _difference(issuer, ahead)]


def _difference(issuer: str, ahead: float | None) -> Finding:
    if ahead is None:
        return fine(Area.CLOCK, "clock_provider_silent", issuer=issuer)
    seconds = round(abs(ahead))
    if seconds > MOST_SECONDS:
        return to_do(Area.CLOCK, "clock_provider_off", issuer=issuer, seconds=seconds)
    return fine(Area.CLOCK, "clock_provider", issuer=issuer, seconds=seconds)
