"""One entity asked for by its name (draft-young-md-query), from a server that signs each answer."""

import hashlib
from pathlib import Path
from urllib.parse import quote

from auth.federation import fetching


def addresses_of(base: str, entity_id: str) -> tuple[str, str]:
    """Where the entity is, by its own name, and by the name's SHA-1, which files on a plain web server have
    (draft-young-md-query-saml §2.2). It is no cryptography: the answer is signed, and must name the entity.
    """
    named = hashlib.sha1(entity_id.encode(), usedforsecurity=False).hexdigest()
    base = base.rstrip("/")
    return f"{base}/entities/{quote(entity_id, safe='')}", f"{base}/entities/{quote(f'{{sha1}}{named}', safe='')}"


async def download(base: str, entity_id: str, to: Path, *, at_home: bool) -> bool:
    """False: the server knows no such entity. Raises Refused."""
    for address in addresses_of(base, entity_id):
        try:
            return await fetching.download(address, to, at_home=at_home)
        except fetching.NotThere:
            continue
    return False
