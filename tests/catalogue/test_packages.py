"""Lists of packages and of the titles in them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.catalogue import packages as lists
from domain.catalogue.paging import Keyset, Page, fetch
from models import package as rows
from tests.catalogue import shelf


async def _found(session: AsyncSession, statement: Select[Any], key: Any, order: Keyset) -> list[UUID]:
    return (await fetch(session, statement.add_columns(key), order, Page(first=100))).rows


def _titles(text: str | None) -> Select[Any]:
    found, given = lists.titles(text)
    return found.params(given)


@pytest.mark.parametrize("text", ["science", "SCIENCE direct", "科学", "科學", "文库 科学", "  "])
async def test_packages_are_found_by_any_of_their_names(session: AsyncSession, text: str) -> None:
    made = await shelf.package(session, "SD", name={"en": "Science Direct", "zh": "科学文库"})
    assert await _found(session, lists.packages(text), col(rows.Package.id), lists.BY_CODE) == [made.id]


@pytest.mark.parametrize("text", ["science health", "%", "_", "物理", "\0science2"])
async def test_other_packages_are_not_found(session: AsyncSession, text: str) -> None:
    await shelf.package(session, "SD", name={"en": "Science Direct", "zh": "科学文库"})
    assert await _found(session, lists.packages(text), col(rows.Package.id), lists.BY_CODE) == []


async def test_titles_of_a_package_come_by_title_and_without_those_removed(session: AsyncSession) -> None:
    beta, alpha, gamma = await shelf.titles(session, "The Beta", "Alpha", "Gamma")
    kept = await shelf.package(session, "kept", beta, alpha)
    gone = await shelf.package(session, "gone", gamma)
    await shelf.remove(session, gone)
    resource = col(rows.PackageTitle.resource_id)
    assert await _found(session, _titles(None), resource, lists.BY_TITLE) == [alpha.id, beta.id]
    assert await _found(session, _titles("beta"), resource, lists.BY_TITLE) == [beta.id]
    assert await _found(session, _titles("***"), resource, lists.BY_TITLE) == []
    of_kept = _titles(None).where(col(rows.PackageTitle.package_id) == kept.id)
    assert len(await _found(session, of_kept, resource, lists.BY_TITLE)) == 2
