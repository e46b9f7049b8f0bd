"""Pages on other sites that may call us from a browser: those whose origin a client in use has registered."""

import time

from sqlalchemy import select
from sqlmodel import col

from auth.site import Site
from models.client import Client

KEPT = 1.0
"""Seconds that an answer is kept: a suspended client's pages are shut out as soon."""
MOST = 1000
"""Origins kept; whoever makes up more is asked about each time."""


class Origins:
    """The registered ones, as this process knows them. Compared letter by letter; `null` is nobody's."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bool, float]] = {}

    async def registered(self, site: Site, origin: str) -> bool:
        known, until = self._known.get(origin, (False, 0.0))
        now = time.monotonic()
        if until > now:
            return known
        async with site.transaction() as session:
            in_use = col(Client.suspended_at).is_(None)
            of_one = select(col(Client.id)).where(col(Client.origins).contains([origin]), in_use)
            known = await session.scalar(of_one.limit(1)) is not None
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[origin] = known, now + KEPT
        return known
