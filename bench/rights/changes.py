"""What a change of rights costs: whoever makes it, and every process that follows it."""

import gc
import time
import tracemalloc
from collections import defaultdict
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.database import Transactions
from bench.cluster import figure
from bench.world import key
from domain import epoch
from domain.epoch import Changed
from domain.rights import compilation
from domain.rights.current import Current
from domain.rights.grants import Grants, Target, holdings

SWITCH = "UPDATE agreement SET status = CASE status WHEN 'draft' THEN 'active' ELSE 'draft' END WHERE id = :id"
TITLE = "UPDATE package_title SET status = CASE status WHEN 'current' THEN 'retired' ELSE 'current' END WHERE id = :id"
TIMES = 9


async def measured(begin: Transactions) -> None:
    rights = Current()
    began = time.perf_counter()
    async with begin() as session:
        await rights.fresh(session)
    whole = time.perf_counter() - began
    figure("compiling everything", whole * 1e3, "ms")
    few, all_members, title = key("agreement", 777), key("agreement", 5), key("package_title", 5)
    bare = median([await _committed(begin, SWITCH, few, None) for _ in range(TIMES)])
    figure("the bare commit", bare * 1e3, "ms")
    for what, statement, of, changed in (
        ("an agreement of nine members", SWITCH, few, Changed(agreements={few})),
        ("an agreement of all members", SWITCH, all_members, Changed(agreements={all_members})),
        ("one title", TITLE, title, Changed(package_titles={title})),
    ):
        raised, followed = [], []
        for _ in range(TIMES):
            raised.append(await _committed(begin, statement, of, changed))
            began = time.perf_counter()
            async with begin() as session:
                await rights.fresh(session)
            followed.append(time.perf_counter() - began)
        figure(f"{what}: change and commit", median(raised) * 1e3, "ms")
        figure("  and until another process has followed", (median(raised) + median(followed)) * 1e3, "ms")
        figure("  times the bare commit", (median(raised) + median(followed)) / bare, "")
        figure("  following it: times less than compiling everything", whole / median(followed), "")


async def _committed(begin: Transactions, statement: str, of: UUID, changed: Changed | None) -> float:
    began = time.perf_counter()
    async with begin() as session:
        await session.execute(text(statement), {"id": of})
        if changed:
            await epoch.raise_(session, changed)
    return time.perf_counter() - began


async def memory(session: AsyncSession, grants: Grants) -> None:
    """Of the index alone: who holds which grant on what."""
    rows = (await session.execute(text(compilation.QUERIES["grants"]))).all()
    targets = list(grants.pool.targets)
    gc.collect()
    tracemalloc.start()
    of_members: dict[Any, list[Target]] = defaultdict(list)
    for target in targets:
        for member_id in target.grant.members:
            of_members[member_id].append(target)
    index = {member_id: holdings(given) for member_id, given in of_members.items()}
    of_members.clear()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    figure("the index of 100,000 grants", size / len(rows) * 1e5 / 1e6, "MB")
    assert index  # noqa: S101 kept until it is measured
