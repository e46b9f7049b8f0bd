"""Documents are read beside a server's other work."""

import asyncio
from pathlib import Path

from domain.documents import texts
from tests.documents import maker

MANY = 12
"""More than the threads that everything else shares."""


async def test_whoever_waits_for_a_document_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    """Rights are followed and content is sent in threads as well."""
    path = maker.kept(
        tmp_path, "licence.pdf", maker.pdf([["1. Users may read what the members bought, wherever they are."]])
    )
    reads = [asyncio.create_task(texts.read_in_turn(path)) for _ in range(MANY)]
    await asyncio.sleep(0)
    await asyncio.to_thread(lambda: None)
    assert sum(one.done() for one in reads) == 0, "the other work began at once"
    assert [[clause.number for clause in one.clauses] for one in await asyncio.gather(*reads)] == [["1"]] * MANY
