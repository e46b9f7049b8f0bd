"""The institution that a refusal is about, so that its page can name it and say what to tell it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from auth.refusals import Refusal
from auth.site import Site
from domain import discovery


@asynccontextmanager
async def concerning(site: Site, provider_id: UUID) -> AsyncIterator[None]:
    """Whatever is refused inside is about this provider."""
    try:
        yield
    except Refusal as refusal:
        if refusal.institution is None:
            async with site.transaction() as session:
                refusal.institution = await discovery.institution(session, provider_id, demo=site.demo)
        raise
