"""Ids as imports make them: what PostgreSQL's own would be."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from domain.intake import copying


def test_ids_rise_and_are_each_another() -> None:
    made = [*copying.ids(5000), *copying.ids(1)]
    assert made[:5000] == sorted(set(made[:5000]))
    assert len(set(made)) == 5001
    assert copying.ids(0) == []


async def test_ids_are_of_the_version_and_the_moment_of_the_databases_own(
    ask: Callable[..., Awaitable[list[Any]]],
) -> None:
    before = time.time()
    made = copying.ids(100)
    after = time.time()
    versions = await ask(
        "SELECT uuid_extract_version(id), extract(epoch FROM uuid_extract_timestamp(id)) FROM unnest(:ids) AS id",
        ids=made,
    )
    assert {version for version, _ in versions} == {7}
    assert all(before - 0.001 <= moment <= after + 0.001 for _, moment in versions)
