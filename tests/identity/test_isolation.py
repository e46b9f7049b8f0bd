"""C01, C03, C04: the database itself keeps one member's people from another, whatever the program forgets."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from domain import visibility
from domain.principal import Membership, Principal, Viewer
from models.vocabulary import Role
from tests.identity.conftest import Town

TABLES = ("pseudonym", "session", "session_membership", "role_assignment", "invitation", "network_range")


@pytest.fixture
async def bare(town: Town) -> AsyncIterator[AsyncSession]:
    """A transaction as mutua_app that has entered nobody's rows, in a database where both members have some of each."""
    async with town.mutua.everybody() as session:
        for code, member_id in town.members.items():
            await _fill(session, code, member_id)
    async with town.mutua.site.transaction() as opened:
        yield opened
        await opened.rollback()


async def _fill(session: AsyncSession, code: str, member_id: UUID) -> None:
    values = {"member": member_id, "hash": code.encode(), "issuer": f"%/{code}"}
    for statement in (
        "INSERT INTO pseudonym (member_id, hash) VALUES (:member, :hash)",
        "INSERT INTO session (token_hash, provider_id, member_ids, expires_at) SELECT :hash, id, "
        "ARRAY[:member]::uuid[], now() + interval '1 hour' FROM identity_provider WHERE issuer LIKE :issuer",
        "INSERT INTO session_membership (session_id, member_id) "
        "SELECT id, :member FROM session WHERE token_hash = :hash",
        "INSERT INTO role_assignment (pseudonym_id, member_id, role, display_name, granted_by) "
        "SELECT id, :member, 'auditor', 'x', 'test' FROM pseudonym WHERE hash = :hash",
        "INSERT INTO invitation (token_hash, member_id, role, invited_by, expires_at) "
        "VALUES (:hash, :member, 'auditor', 'test', now() + interval '1 hour')",
        "INSERT INTO network_range (member_id, first, last) VALUES (:member, '202.38.64.0', '202.38.64.9')",
    ):
        await session.execute(text(statement), values)


async def counts(session: AsyncSession) -> list[int]:
    return [(await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() for table in TABLES]


async def test_whoever_entered_nothing_sees_nothing(bare: AsyncSession) -> None:
    assert await counts(bare) == [0] * len(TABLES)


@pytest.mark.parametrize("setting", ["", "5; reset role", "9999999999", "*,", "**", "'", "{}", "%"])
async def test_a_strange_setting_opens_nothing_and_tells_nothing(bare: AsyncSession, setting: str) -> None:
    await bare.execute(text("SELECT set_config('mutua.members', :setting, true)"), {"setting": setting})
    assert await counts(bare) == [0] * len(TABLES)


async def test_a_members_people_are_its_own(bare: AsyncSession, town: Town) -> None:
    viewer = Viewer(Principal((Membership(town.members["alpha"], roles=frozenset({Role.MEMBER_LIBRARIAN})),)))
    await visibility.enter(bare, viewer)
    assert await counts(bare) == [1] * len(TABLES)
    assert (await bare.execute(text("SELECT hash FROM pseudonym"))).scalar_one() == b"alpha"
    changed = await bare.execute(text("UPDATE role_assignment SET display_name = 'y' RETURNING member_id"))
    assert changed.scalars().all() == [town.members["alpha"]]


async def test_the_consortiums_staff_sees_all(bare: AsyncSession, town: Town) -> None:
    viewer = Viewer(Principal((Membership(town.members["alpha"], roles=frozenset({Role.AUDITOR})),)))
    await visibility.enter(bare, viewer)
    assert await counts(bare) == [2] * len(TABLES)


async def test_a_row_of_another_member_cant_be_written(bare: AsyncSession, town: Town) -> None:
    await visibility.enter_members(bare, {town.members["alpha"]})
    with pytest.raises(ProgrammingError, match="row-level security"):
        await bare.execute(
            text("INSERT INTO pseudonym (member_id, hash) VALUES (:member, 'x')"), {"member": town.members["beta"]}
        )


async def test_the_setting_ends_with_its_transaction(bare: AsyncSession, town: Town) -> None:
    """The next request on the same pooled connection starts with nothing."""
    entered: set[int] = set()
    for _ in range(8):
        async with town.mutua.site.transaction() as session:
            connection: int = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            assert await counts(session) == [0] * len(TABLES)
            await visibility.enter_members(session, None)
            assert await counts(session) == [2] * len(TABLES)
        if connection in entered:
            return
        entered.add(connection)
    pytest.fail("no connection was used twice")


async def test_a_token_finds_its_own_session_and_no_other(bare: AsyncSession) -> None:
    found = (await bare.execute(text("SELECT token_hash FROM session_by_token(:hash)"), {"hash": b"alpha"})).scalars()
    assert found.all() == [b"alpha"]
    assert (await bare.execute(text("SELECT * FROM session_by_token(:hash)"), {"hash": b"guess"})).first() is None
    assert await counts(bare) == [0] * len(TABLES)
