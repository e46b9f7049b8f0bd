"""An identity provider looked at without signing anybody in."""

import time
from email.utils import parsedate_to_datetime

import httpx2

from auth import fetch, oidc


async def clock(issuer: str) -> float | None:
    """Check all that a sign-in needs of the provider; how many seconds its clock is ahead of ours, by its Date header.

    None: it doesn't say. The header has whole seconds (RFC 9110 §6.6.1). Raises Refusal with the cause.
    """
    directory = oidc.Directory()
    await directory.metadata(issuer)
    await directory.key_set(issuer)
    async with httpx2.AsyncClient(**fetch.options()) as client:
        try:
            asked = time.time()
            answer = await client.get(oidc.discovery_address(issuer))
            ours = (asked + time.time()) / 2
            return parsedate_to_datetime(answer.headers["Date"]).timestamp() - ours
        except (httpx2.HTTPError, KeyError, ValueError):
            return None
