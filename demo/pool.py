"""Rows of the demo that no importer brings: the consortium, names in two languages, obligations, standing."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from ruamel.yaml import YAML
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from demo import collection
from domain import epoch
from models.consortium import Consortium, SilentDefault, StatutoryRule
from models.licence import Clause, Licence
from models.obligation import Obligation, StandingChange
from models.package import Platform
from models.party import NetworkRange, Party
from models.vocabulary import PartyKind

DATA = collection.SOURCE.parent
ACTOR = "demo"
_OURS = UUID("5d1c1f0a-0b7e-5c53-9a8e-6d7574756100")
"""Rows without a key of their own get an id made from this and their name, so that loading again finds them."""


def read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((DATA / name).read_text(encoding="utf-8"))


async def _keep(session: AsyncSession, table: type[SQLModel], key: list[str], values: dict[str, Any]) -> None:
    """Insert the row, or bring the one with this key to the same values."""
    statement = insert(table).values(**values)
    rest = {name: value for name, value in values.items() if name not in key}
    await session.execute(statement.on_conflict_do_update(index_elements=key, set_=rest))


async def found(session: AsyncSession) -> None:
    """The consortium, what it declared, and what statutes permit."""
    pool = read("consortium.yaml")
    named = {"name": pool["name"], "time_zone": pool["time_zone"], "language": pool["language"]}
    await session.execute(update(Consortium).values(**named))
    for action, permitted in pool["silent_defaults"].items():
        await _keep(session, SilentDefault, ["action"], {"action": action, "permitted": permitted})
    for rule in pool["statutory_rules"]:
        rule_id = uuid5(_OURS, f"{rule['territory']} {rule['action']}")
        await _keep(session, StatutoryRule, ["id"], {"id": rule_id, **rule})
    await epoch.raise_(session)


async def name(session: AsyncSession) -> None:
    """Providers and platforms in Chinese and English: title lists name them in one language only."""
    catalogue = read("catalogue.yaml")
    for code, names in catalogue["providers"].items():
        provider = (col(Party.kind) == PartyKind.PROVIDER, col(Party.code) == code)
        await session.execute(update(Party).where(*provider).values(name=names))
    for code, names in catalogue["platforms"].items():
        await session.execute(update(Platform).where(col(Platform.code) == code).values(name=names))


async def open_reading_rooms(session: AsyncSession) -> None:
    """Loopback addresses as a library's reading room, which the importer rightly refuses."""
    members = await _members(session)
    for code, room in read("consortium.yaml")["reading_rooms"].items():
        ends = {"first": room["first"], "last": room["last"]}
        values = {"id": uuid5(_OURS, code), "member_id": members[code], **ends, "written": ACTOR}
        await _keep(session, NetworkRange, ["member_id", "first", "last"], values)


async def judge(session: AsyncSession) -> None:
    """Obligations and the changes of standing that follow from them."""
    members = await _members(session)
    written = read("standing.yaml")
    for duty in written["obligations"]:
        amounts = {amount: Decimal(str(duty[amount])) for amount in ("target", "achieved") if amount in duty}
        plain = {fact: duty.get(fact) for fact in ("name", "measure", "unit", "due", "status", "remedy")}
        references = {
            "id": uuid5(_OURS, duty["id"]),
            "member_id": members[duty["member"]],
            "owed_to": await _provider(session, duty.get("owed_to")),
            "clause_id": await _clause(session, duty.get("clause")),
        }
        await _keep(session, Obligation, ["id"], references | plain | amounts)
    for change in written["standing"]:
        values = {
            "id": uuid5(_OURS, f"{change['member']} {change['changed_at']}"),
            "member_id": members[change["member"]],
            "standing": change["standing"],
            "cause": change["cause"],
            "obligation_id": uuid5(_OURS, change["obligation"]),
            "actor": ACTOR,
            "changed_at": change["changed_at"],
        }
        await session.execute(insert(StandingChange).values(**values).on_conflict_do_nothing())
    await epoch.raise_(session)


async def _members(session: AsyncSession) -> dict[str, UUID]:
    rows = await session.execute(select(col(Party.code), col(Party.id)).where(col(Party.kind) == PartyKind.MEMBER))
    return {row.code: row.id for row in rows}


async def _provider(session: AsyncSession, written: str | None) -> UUID | None:
    if written is None:
        return None
    kind, _, code = written.partition(":")
    provider: UUID = (
        await session.execute(select(col(Party.id)).where(col(Party.kind) == kind, col(Party.code) == code))
    ).scalar_one()
    return provider


async def _clause(session: AsyncSession, written: dict[str, str] | None) -> UUID | None:
    if written is None:
        return None
    clause: UUID = (
        await session.execute(
            select(col(Clause.id))
            .join(Licence, col(Licence.id) == col(Clause.licence_id))
            .where(col(Licence.code) == written["licence"], col(Clause.number) == written["number"])
        )
    ).scalar_one()
    return clause
