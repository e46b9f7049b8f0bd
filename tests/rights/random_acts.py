"""Random acts of staff upon a consortium, by the functions that mutations call; and what else changes its rights."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain import epoch
from domain.acts import (
    agreements,
    amendments,
    entitlements,
    licences,
    limits,
    packages,
    participations,
    parties,
    resources,
    terms,
)
from domain.acts.act import Act, ActRefused
from domain.acts.agreements import Content, Governing, Period
from domain.epoch import Changed
from domain.principal import Membership, Principal, Viewer
from models import agreement as contracts
from models import licence as permissions
from models import package as shelves
from models.party import Member, Party
from models.resource import Resource
from models.vocabulary import Affiliation, LicenceStatus, LimitKind, ResourceKind, Role, Standing, TermStatus
from tests.rights.random_worlds import ACTIONS, COUNTRIES, DAYS, EMBARGOES, STATEMENTS, ZONES

ADMIN = Viewer(Principal((Membership(UUID(int=0), roles=frozenset({Role.CONSORTIUM_ADMIN})),)))
ACT = Act("random", ADMIN, today=date(2026, 1, 1), account="cli:tester")


class Lot:
    """Draws by lot; always the same for a seed. Names of what is made are numbered."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.number = 0

    def one(self, *among: Any) -> Any:
        return self.random.choice(among)

    def name(self) -> str:
        self.number += 1
        return f"new-{self.number}"

    async def row(self, session: AsyncSession, table: type[Any], *where: Any) -> Any:
        """Raises ActRefused where there is none."""
        found = list(await session.scalars(select(table).where(*where).order_by(table.id)))
        if not found:
            raise ActRefused("nothing_there")
        return self.random.choice(found)

    def days(self) -> tuple[date | None, date | None]:
        first, last = sorted(self.random.sample(DAYS, 2))
        return self.one(None, first), self.one(None, last)

    def coverage(self) -> list[dict[str, Any]]:
        year = self.one(2020, 2025, 2026)
        start = {"start_date": str(year), "start_on": date(year, 1, 1)} if self.one(True, False) else {}
        return [{**start, "embargo": self.one(*EMBARGOES[:-1])}] if self.one(True, True, False) else []


Doing = Callable[[AsyncSession, Lot], Awaitable[object]]


async def close_agreement(session: AsyncSession, lot: Lot) -> None:
    one = await lot.row(session, contracts.Agreement)
    await agreements.close(session, ACT, one.id, one.version, lot.one(*DAYS))


async def renew_agreement(session: AsyncSession, lot: Lot) -> None:
    one = await lot.row(session, contracts.Agreement)
    first, last = sorted(lot.random.sample(DAYS, 2))
    licence = await lot.row(session, permissions.Licence)
    grace = lot.one(None, last + timedelta(30))
    content = Content(
        periods=lot.one(None, [Period(first, last, grace)]), licences=lot.one(None, [Governing(licence.id)])
    )
    await agreements.update(session, ACT, one.id, one.version, None, content)


async def make_agreement(session: AsyncSession, lot: Lot) -> None:
    """Prepared, filled and put in force, in one transaction or not to the end."""
    licence, package = await lot.row(session, permissions.Licence), await lot.row(session, shelves.Package)
    member = await lot.row(session, Member)
    content = Content(periods=[Period(DAYS[0], DAYS[-1])], licences=[Governing(licence.id)])
    name = lot.name()
    made = await agreements.create(session, ACT, name, name, None, content)
    new = entitlements.NewEntitlement(package_id=package.id, coverage=lot.coverage(), perpetual=lot.coverage())
    await entitlements.grant(session, ACT, made.id, made.version, new)
    await participations.start(session, ACT, made.id, made.version, member.id, DAYS[0], None)
    await agreements.activate(session, ACT, made.id, made.version)


async def give(session: AsyncSession, lot: Lot) -> None:
    agreement = await lot.row(session, contracts.Agreement)
    table, target = lot.one(
        (shelves.Package, "package_id"), (shelves.PackageTitle, "package_title_id"), (Resource, "resource_id")
    )
    start, end = lot.days()
    new = entitlements.NewEntitlement(
        **{target: (await lot.row(session, table)).id},
        start=start,
        end=end,
        coverage=lot.coverage(),
        perpetual=lot.coverage(),
    )
    await entitlements.grant(session, ACT, agreement.id, agreement.version, new)


async def withdraw(session: AsyncSession, lot: Lot) -> None:
    line = await lot.row(session, contracts.Entitlement)
    agreement = await session.get_one(contracts.Agreement, line.agreement_id)
    await entitlements.withdraw(session, ACT, line.id, agreement.version, lot.one(*DAYS, date(2000, 1, 1)))


async def join(session: AsyncSession, lot: Lot) -> None:
    """One that doesn't take part yet."""
    agreement = await lot.row(session, contracts.Agreement, col(contracts.Agreement.holder_id).is_(None))
    taking_part = col(contracts.Participation.agreement_id) == agreement.id
    among = select(col(contracts.Participation.member_id)).where(taking_part)
    member = await lot.row(session, Member, col(Member.id).not_in(among))
    first, last = lot.days()
    await participations.start(
        session, ACT, agreement.id, agreement.version, member.id, first or date(2010, 1, 1), last
    )


async def leave(session: AsyncSession, lot: Lot) -> None:
    taking_part = await lot.row(session, contracts.Participation)
    agreement = await session.get_one(contracts.Agreement, taking_part.agreement_id)
    await participations.end(session, ACT, agreement.id, agreement.version, taking_part.member_id, lot.one(None, *DAYS))


async def activate_licence(session: AsyncSession, lot: Lot) -> None:
    one = await lot.row(session, permissions.Licence, col(permissions.Licence.status) == LicenceStatus.DRAFT)
    await licences.activate(session, ACT, one.id, one.version)


async def terminate_licence(session: AsyncSession, lot: Lot) -> None:
    one = await lot.row(session, permissions.Licence)
    await licences.terminate(session, ACT, one.id, one.version, lot.one(*DAYS))


async def redate_licence(session: AsyncSession, lot: Lot) -> None:
    one = await lot.row(session, permissions.Licence)
    first, last = lot.days()
    await licences.update(session, ACT, one.id, one.version, {"start_date": first, "end_date": last})


async def code_term(session: AsyncSession, lot: Lot) -> None:
    licence = await lot.row(session, permissions.Licence)
    values = {
        "action": lot.one(*ACTIONS),
        "status": lot.one(*TermStatus),
        "affiliations": lot.one(None, [lot.one(*Affiliation)]),
        "user_classes": lot.one(None, ["law"], ["law", "medicine"]),
        "on_site_only": lot.one(False, False, True),
    }
    name = lot.name()
    classes = lot.one((), (), [terms.NewUserClass(name, [f"urn:{name}"])])
    if classes:
        values["user_classes"] = [name]
    await terms.set_(session, ACT, licence.id, licence.version, None, values, classes)


async def recode_term(session: AsyncSession, lot: Lot) -> None:
    term = await lot.row(session, permissions.Term)
    licence = await session.get_one(permissions.Licence, term.licence_id)
    values = {"status": lot.one(*TermStatus), "public_note": lot.one(None, {"en": lot.name()})}
    await terms.set_(session, ACT, licence.id, licence.version, term.id, values)


async def amend(session: AsyncSession, lot: Lot) -> None:
    """A term ends with the day before."""
    term = await lot.row(session, permissions.Term)
    licence = await session.get_one(permissions.Licence, term.licence_id)
    values = {"effective_on": lot.one(*DAYS)}
    made, _ = await amendments.set_(session, ACT, licence.id, licence.version, lot.name(), values, [term.id])
    await amendments.activate(session, ACT, made.id, licence.version)


async def limit(session: AsyncSession, lot: Lot) -> None:
    """How many at the same time, by the licence or by a term; or how much."""
    term = await lot.row(session, permissions.Term)
    licence = await session.get_one(permissions.Licence, term.licence_id)
    values = lot.one(
        {"kind": LimitKind.CONCURRENT_USERS, "amount": Decimal(5)},
        {"kind": LimitKind.PERCENT, "amount": Decimal(10), "term_id": term.id},
        {"kind": LimitKind.COPIES, "amount": Decimal(1), "term_id": term.id},
    )
    await limits.set_(session, ACT, licence.id, licence.version, None, values)


async def add_title(session: AsyncSession, lot: Lot) -> None:
    package, resource = await lot.row(session, shelves.Package), await lot.row(session, Resource)
    url = lot.one(None, "https://a.example/")
    new = packages.NewTitle(resource.id, None, None, url, lot.coverage())
    await packages.add_title(session, ACT, package.id, package.version, new)


async def remove_title(session: AsyncSession, lot: Lot) -> None:
    title = await lot.row(session, shelves.PackageTitle)
    package = await session.get_one(shelves.Package, title.package_id)
    await packages.remove_title(session, ACT, title.id, package.version)


async def make_package(session: AsyncSession, lot: Lot) -> None:
    """A provider's, or a member's own collection."""
    name, provider = lot.name(), await lot.row(session, Party)
    await packages.create(session, ACT, name, {"en": name}, provider.id)


async def catalogue(session: AsyncSession, lot: Lot) -> None:
    name = lot.name()
    facts = {"title": {"en": name}, "open_access": lot.one(False, True), "published": lot.one(None, "2020", "2025-03")}
    said = resources.Description(facts)
    await resources.create(session, ACT, lot.one(*ResourceKind), said, None, None)


async def describe(session: AsyncSession, lot: Lot) -> None:
    one = await lot.row(session, Resource)
    facts = lot.one(
        {"open_access": not one.open_access},
        {"published": lot.one("2019", "2026")},
        {"rights": lot.one(*STATEMENTS)},
        {"languages": lot.one(["en"], ["zh", "en"], [])},
    )
    subjects = lot.one(None, None, [{"en": lot.one("Law", "Medicine")}])
    await resources.update(session, ACT, one.id, one.version, resources.Description(facts, subjects=subjects))


async def describe_member(session: AsyncSession, lot: Lot) -> None:
    party = await session.get_one(Party, (await lot.row(session, Member)).id)
    facts = lot.one(
        {"country": lot.one(*COUNTRIES)}, {"time_zone": lot.one(*ZONES)}, {"walk_ins": lot.one(True, False)}
    )
    await parties.update_member(session, ACT, party.id, party.version, parties.MemberChanges(facts))


async def make_member(session: AsyncSession, lot: Lot) -> None:
    name = lot.name()
    facts = {"kind": "university", "country": lot.one("CN", "FR"), "time_zone": lot.one(*ZONES)}
    await parties.create_member(session, ACT, parties.NewMember(name, {"en": name}, facts))


async def judge(session: AsyncSession, lot: Lot) -> None:
    """A change of standing: no act yet."""
    member = await lot.row(session, Member)
    values = {"member": member.id, "standing": lot.one(*Standing).value}
    await session.execute(
        text("""
            INSERT INTO standing_change (member_id, standing, cause, actor, changed_at)
            VALUES (:member, :standing, 'a breach', 'cli:tester', clock_timestamp())"""),
        values,
    )
    await epoch.raise_(session, Changed(members={member.id}))


async def declare(session: AsyncSession, lot: Lot) -> None:
    """Another default, statute or time zone of the pool, as the demo does it."""
    statement = lot.one(
        "DELETE FROM silent_default WHERE action = 'view'",
        "INSERT INTO silent_default (action, permitted) VALUES ('view', true) ON CONFLICT DO NOTHING",
        "UPDATE consortium SET time_zone = 'Asia/Tokyo'",
        "DELETE FROM statutory_rule",
    )
    await session.execute(text(statement))
    await epoch.raise_(session, Changed(pool=True))


async def mean_another_class(session: AsyncSession, lot: Lot) -> None:
    """As a licence's file does it. One that is gone makes what names it a rule that can't be read."""
    statement = lot.one(
        "UPDATE user_class SET entitlement_uris = '{urn:medicine, urn:lawyers}' WHERE code = 'law'",
        "UPDATE user_class SET entitlement_uris = '{urn:law}' WHERE code = 'law'",
        "DELETE FROM user_class WHERE code = 'medicine'",
        "INSERT INTO user_class VALUES ('medicine', '{urn:medicine}') ON CONFLICT DO NOTHING",
    )
    await session.execute(text(statement))
    await epoch.raise_(session, Changed(pool=True))


async def give_a_package_away(session: AsyncSession, lot: Lot) -> None:
    """As a title list does it: other coverage, another provider, a title gone."""
    package, giver = await lot.row(session, shelves.Package), await lot.row(session, Party)
    statement = lot.one(
        "UPDATE package SET provider_id = :giver WHERE id = :package",
        "UPDATE package_title SET status = 'retired' WHERE package_id = :package",
        "UPDATE package_title SET url = NULL WHERE package_id = :package",
        "UPDATE coverage SET access_type = 'free', embargo = 'P2Y' FROM package_title AS title "
        "WHERE title.id = package_title_id AND title.package_id = :package",
        "DELETE FROM coverage USING package_title AS title "
        "WHERE title.id = package_title_id AND title.package_id = :package",
    )
    values = {"giver": giver.id, "package": package.id}
    await session.execute(text(statement), {name: key for name, key in values.items() if f":{name}" in statement})
    await epoch.raise_(session, Changed(packages={package.id}))


async def anything(session: AsyncSession, lot: Lot) -> None:
    await epoch.raise_(session)


DOINGS: list[Doing] = [
    *(close_agreement, renew_agreement, make_agreement, give, withdraw, join, leave),
    *(activate_licence, terminate_licence, redate_licence, code_term, recode_term, recode_term, amend, limit),
    *(add_title, remove_title, make_package, catalogue, describe, describe_member, make_member),
    *(judge, declare, mean_another_class, mean_another_class, give_a_package_away, give_a_package_away, anything),
]


async def some(session: AsyncSession, lot: Lot, *among: Doing) -> str | None:
    """Do one; its name, or None where it was refused: then nothing of it stays."""
    doing = lot.one(*(among or DOINGS))
    try:
        async with session.begin_nested():
            await doing(session, lot)
    except ActRefused:
        return None
    return str(doing.__name__)
