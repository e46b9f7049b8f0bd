"""What is read without the ORM is what the ORM reads, in the same transaction."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import ARRAY, Integer, Uuid, bindparam, func, inspect, literal, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col

from api import database as edge
from api.database import Urls
from domain.reading import Reading, driver
from models import agreement, licence, obligation, package, party, resource
from models.vocabulary import Action, ObligationMeasure, ObligationStatus, PackageTitleStatus
from tests.rights import world

TOLD: dict[str, Any] = {
    "members": {"lzu": {"country": "CN", "zone": "Asia/Shanghai"}},
    "packages": {
        "Journals": {
            "provider": "Elder Press",
            "titles": {"Annals": {"coverage": [{"start": 1999, "embargo": "P1Y"}]}, "Bulletin": {}},
        }
    },
    "licences": {
        "deal": {"terms": [{"action": "view", "status": "permitted_explicit", "affiliations": ["student"]}]},
    },
    "agreements": {"deal": {"licence": "deal", "entitlements": ["Journals"]}},
}
READ = [
    resource.Resource,
    package.Package,
    package.PackageTitle,
    package.Coverage,
    party.Party,
    party.Member,
    licence.Licence,
    licence.Term,
    agreement.Agreement,
    agreement.AgreementPeriod,
    agreement.Participation,
    agreement.Entitlement,
    obligation.Obligation,
]
ONE = select(col(resource.Resource.id), resource.Resource).where(
    col(resource.Resource.id) == func.any(bindparam("keys", type_=ARRAY(Uuid)))
)


def values(row: SQLModel, *unread: str) -> dict[str, Any]:
    return {one.key: getattr(row, one.key) for one in inspect(type(row)).column_attrs if one.key not in unread}


def typed(row: SQLModel) -> Iterator[tuple[str, type, Any]]:
    return ((name, type(value), value) for name, value in values(row).items())


@pytest.mark.parametrize("cls", READ, ids=[cls.__name__ for cls in READ])
async def test_a_row_has_the_values_and_types_that_the_orm_gives_it(session: AsyncSession, cls: Any) -> None:
    made = await world.load(session, TOLD)
    session.add(
        obligation.Obligation(
            member_id=made.id("member", "lzu"),
            name={"en": "Digitise"},
            measure=ObligationMeasure.ITEMS_DIGITISED,
            target=Decimal("500.5"),
            unit="items",
            due=date(2026, 12, 31),
            status=ObligationStatus.PENDING,
        )
    )
    await session.flush()
    session.expunge_all()
    usual = (await session.scalars(select(cls).order_by(cls.id))).all()
    read = [row for (row,) in await Reading(select(cls).order_by(cls.id)).rows(session)]
    assert usual
    assert [sorted(typed(row), key=str) for row in read] == [sorted(typed(row), key=str) for row in usual]


async def test_columns_and_constants_are_converted_too(session: AsyncSession) -> None:
    made = await world.load(session, TOLD)
    current = col(package.PackageTitle.status).in_([PackageTitleStatus.CURRENT, PackageTitleStatus.RETIRED])
    found = Reading(select(col(licence.Term.action), package.PackageTitle).where(current).limit(1))
    ((action, title),) = await found.rows(session)
    assert action is Action.VIEW
    assert title.package_id == made.id("package", "Journals")


async def test_a_row_knows_nothing_of_what_was_left_unread(session: AsyncSession) -> None:
    await world.load(session, TOLD)
    (row, *_) = [row for (row,) in await Reading(select(resource.Resource), resource.Resource.search).rows(session)]
    assert values(row, "search")
    with pytest.raises(Exception, match="lacks instrumentation"):
        _ = row.search


async def test_what_the_session_has_not_written_yet_is_seen(session: AsyncSession) -> None:
    made = await world.load(session, TOLD)
    key = made.id("resource", "Annals")
    changed = await session.get_one(resource.Resource, key)
    changed.publisher = "Another"
    ((found, row),) = await Reading(ONE).rows(session, keys=[key])
    assert (found, row.publisher) == (key, "Another")


async def test_an_instance_that_was_read_cannot_be_written(session: AsyncSession) -> None:
    made = await world.load(session, TOLD)
    ((_, row),) = await Reading(ONE).rows(session, keys=[made.id("resource", "Annals")])
    with pytest.raises(Exception, match="lacks instrumentation"):
        session.add(row)


async def test_no_keys_find_nothing(session: AsyncSession) -> None:
    assert await Reading(ONE).rows(session, keys=[]) == []


async def test_an_error_is_the_sessions_own_and_holds_no_values(session: AsyncSession) -> None:
    broken = Reading(select(1 / bindparam("divisor", type_=Integer)))
    with pytest.raises(DBAPIError) as raised:
        await broken.rows(session, divisor=0)
    assert "division by zero" in str(raised.value)
    with pytest.raises(DBAPIError) as raised:
        await Reading(ONE).rows(session, keys="what a reader searched for")
    assert "what a reader searched for" not in str(raised.value)


async def test_the_connection_is_that_of_the_present_transaction(database: Urls) -> None:
    pool = edge.engine(database.app)
    async with edge.sessions(pool)() as session, edge.sessions(pool)() as other:
        for _ in range(2):
            backend = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            assert await driver(session) is await driver(session)
            assert (await driver(session)).info.backend_pid == backend
            await session.rollback()
            await other.execute(text("SELECT 1"))  # takes the connection that was given back
    await pool.dispose()


async def test_a_class_is_read_from_a_subquery_as_from_its_table(session: AsyncSession) -> None:
    await world.load(session, TOLD)
    newest = select(resource.Resource).order_by(col(resource.Resource.id).desc()).limit(1).subquery()
    ((read,),) = await Reading(select(aliased(resource.Resource, newest)), col(resource.Resource.search)).rows(session)
    (*_, usual) = await session.scalars(select(resource.Resource).order_by(col(resource.Resource.id)))
    assert values(read, "search") == values(usual, "search")


@pytest.mark.parametrize("constant", ["50 % o'clock", "%(keys)s", "a\\b", 7, Action.VIEW, date(2026, 1, 31)])
async def test_what_is_always_the_same_is_written_into_the_statement(session: AsyncSession, constant: Any) -> None:
    kept = Reading(select(literal(constant), bindparam("given", type_=Integer)))
    assert await kept.rows(session, given=1) == [(constant, 1)]
    assert await kept.rows(session, given=2) == [(constant, 2)]
