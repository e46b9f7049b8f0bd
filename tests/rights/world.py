"""Small consortia for tests: a world told in words, loaded into the real tables.

Worlds come from the YAML cases and from Hypothesis alike. Names stand for ids; `World.id` tells which.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.range import Range
from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from models import agreement as agreements
from models import consortium as consortia
from models import content as contents
from models import licence as licences
from models import obligation as obligations
from models import package as packages
from models import party as parties
from models import resource as resources

Words = Mapping[str, Any]


@dataclass
class World:
    """Ids by kind and name, in the order of their making: what is told first has the smaller id."""

    ids: dict[tuple[str, str], UUID] = field(default_factory=dict)
    ordinals: dict[UUID, int] = field(default_factory=dict)
    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(default_factory=dict)

    def id(self, kind: str, name: str) -> UUID:
        return self.ids[kind, name]

    def name(self, kind: str, of: UUID | None) -> str | None:
        return next((name for (k, name), found in self.ids.items() if k == kind and found == of), None)

    def make(self, kind: str, name: str) -> UUID:
        return self.ids.setdefault((kind, name), UUID(int=len(self.ids) + 1))

    def add(self, table: type[SQLModel], **values: Any) -> None:
        self.rows.setdefault(table, []).append(values)


async def load(session: AsyncSession, told: Words) -> World:
    """Write a world into the tables, within the session's transaction."""
    world = World()
    _consortium(world, told)
    for name, member in told.get("members", {}).items():
        _member(world, name, member or {})
    for code, uris in told.get("user_classes", {}).items():
        world.add(licences.UserClass, code=code, entitlement_uris=list(uris))
    for name, resource in told.get("resources", {}).items():
        _resource(world, name, resource or {})
    for name, package in told.get("packages", {}).items():
        _package(world, name, package)
    for name, licence in told.get("licences", {}).items():
        _licence(world, name, licence)
    for name, agreement in told.get("agreements", {}).items():
        _agreement(world, name, agreement, list(told.get("members", {})))
    silent = told.get("consortium", {}).get("permits_when_silent", [])
    await session.execute(delete(consortia.SilentDefault))
    await session.execute(update(consortia.Consortium).values(time_zone=told.get("consortium", {}).get("zone", "UTC")))
    for action in silent:
        world.add(consortia.SilentDefault, action=action, permitted=True)
    for table in SQLModel.metadata.sorted_tables:
        for model, rows in world.rows.items():
            if model.__table__ is table:  # type: ignore[attr-defined]
                await _write(session, world, model, rows)
    return world


async def _write(session: AsyncSession, world: World, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    if model is resources.Resource:
        made = await session.execute(
            insert(model).returning(resources.Resource.id, resources.Resource.ordinal),  # type: ignore[call-overload]
            rows,
        )
        world.ordinals.update({row.id: row.ordinal for row in made})
    else:
        await session.execute(insert(model), rows)


def _consortium(world: World, told: Words) -> None:
    for statute in told.get("consortium", {}).get("statutes", []):
        statute_id = world.make("statutory_rule", f"{statute['territory']} {statute['action']}")
        world.add(consortia.StatutoryRule, id=statute_id, name={"en": "a statute"}, **{"purposes": None, **statute})


def _party(world: World, name: str) -> UUID:
    """A member that was told of, else a provider of that name."""
    if ("member", name) in world.ids:
        return world.id("member", name)
    if ("provider", name) not in world.ids:
        world.add(parties.Party, id=world.make("provider", name), kind="provider", code=name, name={"en": name})
    return world.id("provider", name)


def _member(world: World, name: str, told: Words) -> None:
    member_id = world.make("member", name)
    world.add(parties.Party, id=member_id, kind="member", code=name, name={"en": name})
    world.add(
        parties.Member,
        id=member_id,
        kind="university",
        country=told.get("country"),
        time_zone=told.get("zone", "UTC"),
        walk_ins=told.get("walk_ins", False),
    )
    if standing := told.get("standing"):
        world.add(
            obligations.StandingChange, member_id=member_id, standing=standing, cause="a breach", actor="cli:test"
        )


def _resource(world: World, name: str, told: Words) -> None:
    first, last = span(told.get("published"))
    world.add(
        resources.Resource,
        id=world.make("resource", name),
        kind=told.get("kind", "serial"),
        title={"en": name},
        sort_title=name.lower(),
        published=text(told.get("published")),
        published_first=first,
        published_last=last,
        open_access=told.get("open_access", False),
        rights=told.get("rights"),
        search="",
    )


def _package(world: World, name: str, told: Words) -> None:
    package_id = world.make("package", name)
    provider_id = _party(world, told["provider"])
    world.add(packages.Package, id=package_id, code=name, name={"en": name}, provider_id=provider_id)
    for resource, title in told.get("titles", {}).items():
        _package_title(world, name, resource, title or {})


def _package_title(world: World, package: str, resource: str, told: Words) -> None:
    if ("resource", resource) not in world.ids:
        _resource(world, resource, {})
    title_id = world.make("package_title", f"{package}/{resource}")
    world.add(
        packages.PackageTitle,
        id=title_id,
        package_id=world.id("package", package),
        resource_id=world.id("resource", resource),
        url=None if told.get("nothing_there") or told.get("files") else f"https://platform.example/{title_id}",
        status=told.get("status", "current"),
    )
    for position, statement in enumerate(told.get("coverage", [{}])):
        world.add(
            packages.Coverage,
            id=world.make("coverage", f"{package}/{resource}/{position}"),
            package_title_id=title_id,
            position=position,
            access_type=statement.get("access", "paid"),
            **_statement(statement),
        )
    for position in range(told.get("files", 0)):
        world.add(
            contents.ContentItem,
            package_title_id=title_id,
            resource_id=world.id("resource", resource),
            position=position,
            label={"en": "a file"},
            file_name="a.pdf",
            media_type="application/pdf",
            size=1,
            sha256=f"{position:064x}",
        )


def _statement(told: Words) -> dict[str, Any]:
    start, _ = span(told.get("start"))
    _, end = span(told.get("end"))
    return {
        "start_date": text(told.get("start")),
        "start_on": start,
        "end_date": text(told.get("end")),
        "end_on": end,
        "embargo": told.get("embargo"),
    }


QUALIFIERS = ("affiliations", "user_classes", "purposes", "recipients", "methods", "parts", "territories")


def _licence(world: World, name: str, told: Words) -> None:
    licence_id = world.make("licence", name)
    world.add(
        licences.Licence,
        id=licence_id,
        code=name,
        name={"en": name},
        licensor_id=_party(world, told.get("licensor", "a publisher")),
        status=told.get("status", "active"),
        start_date=told.get("start"),
        end_date=told.get("end"),
        parent_id=world.id("licence", told["parent"]) if told.get("parent") else None,
    )
    for number, term in enumerate(told.get("terms", []), start=1):
        _term(world, name, str(number), term)
    for kind, amount in told.get("limits", {}).items():
        unit = "months" if kind == "notice" else None
        limit_id = world.make("usage_limit", f"{name}/{kind}")
        world.add(licences.UsageLimit, id=limit_id, licence_id=licence_id, kind=kind, amount=amount, unit=unit)
    for number, amendment in told.get("amendments", {}).items():
        _amendment(world, name, number, amendment)


def _amendment(world: World, licence: str, number: str, told: Words) -> None:
    """`replaces`: terms by their number; those that it brings are called `1+2`, the second of amendment 1."""
    amendment_id = world.make("amendment", f"{licence}/{number}")
    world.add(
        licences.Amendment,
        id=amendment_id,
        licence_id=world.id("licence", licence),
        number=str(number),
        effective_on=told["effective"],
        status=told.get("status", "active"),
    )
    for replaced in told.get("replaces", []):
        term_id = world.id("term", f"{licence}/{replaced}")
        world.add(licences.AmendedTerm, amendment_id=amendment_id, term_id=term_id)
    for position, term in enumerate(told.get("terms", []), start=1):
        _term(world, licence, f"{number}+{position}", term, amendment_id)


def _term(world: World, licence: str, name: str, term: Words, amendment_id: UUID | None = None) -> None:
    licence_id = world.id("licence", licence)
    clause = term.get("clause", name)
    if ("clause", f"{licence} {clause}") not in world.ids:
        position = len(world.rows.get(licences.Clause, ()))
        made = world.make("clause", f"{licence} {clause}")
        world.add(
            licences.Clause, id=made, licence_id=licence_id, number=clause, position=position, visibility="public"
        )
    term_id = world.make("term", f"{licence}/{name}")
    for kind, amount in (term.get("limits") or {}).items():
        limit_id = world.make("usage_limit", f"{licence}/{name}/{kind}")
        says = {"formats": amount, "amount": None} if kind == "formats" else {"formats": None, "amount": amount}
        world.add(licences.UsageLimit, id=limit_id, licence_id=licence_id, term_id=term_id, kind=kind, **says)
    world.add(
        licences.Term,
        id=term_id,
        licence_id=licence_id,
        clause_id=world.id("clause", f"{licence} {clause}"),
        amendment_id=amendment_id,
        action=term["action"],
        status=term["status"],
        on_site_only=term.get("on_site_only", False),
        except_as_permitted=term.get("except_as_permitted", False),
        concurrent_users=term.get("concurrent_users"),
        public_note={"en": term["public_note"]} if term.get("public_note") else None,
        **{qualifier: term.get(qualifier) for qualifier in QUALIFIERS},
    )


def _agreement(world: World, name: str, told: Words, everybody: list[str]) -> None:
    agreement_id = world.make("agreement", name)
    world.add(
        agreements.Agreement,
        id=agreement_id,
        code=name,
        name=name,
        status=told.get("status", "active"),
        holder_id=world.id("member", told["holder"]) if told.get("holder") else None,
        closed_on=told.get("closed_on"),
    )
    for licence in told.get("licences", [{"licence": told.get("licence")}]):
        if licence["licence"]:
            world.add(
                agreements.ControllingLicence,
                agreement_id=agreement_id,
                licence_id=world.id("licence", licence["licence"]),
                during=days(licence),
            )
    for period in told.get("periods", [{}]):
        world.add(
            agreements.AgreementPeriod,
            agreement_id=agreement_id,
            during=days(period),
            grace_until=period.get("grace_until"),
        )
    for taking_part in told.get("participants", [] if told.get("holder") else everybody):
        of = {"member": taking_part} if isinstance(taking_part, str) else taking_part
        world.add(
            agreements.Participation,
            agreement_id=agreement_id,
            member_id=world.id("member", of["member"]),
            during=days(of),
        )
    for position, line in enumerate(told.get("entitlements", [])):
        _entitlement(world, agreement_id, f"{name}/{position}", {"package": line} if isinstance(line, str) else line)


def _entitlement(world: World, agreement_id: UUID, name: str, told: Words) -> None:
    entitlement_id = world.make("entitlement", name)
    dated = told.get("start") or told.get("end")
    world.add(
        agreements.Entitlement,
        id=entitlement_id,
        agreement_id=agreement_id,
        package_id=world.id("package", told["package"]) if "package" in told else None,
        package_title_id=world.id("package_title", told["title"]) if "title" in told else None,
        resource_id=world.id("resource", told["resource"]) if "resource" in told else None,
        during=days(told) if dated else None,
    )
    for perpetual in (False, True):
        for position, line in enumerate(told.get("perpetual" if perpetual else "coverage", [])):
            world.add(
                agreements.EntitlementCoverage,
                id=world.make("entitlement_coverage", f"{name}/{perpetual}/{position}"),
                entitlement_id=entitlement_id,
                position=position,
                perpetual=perpetual,
                package_title_id=world.id("package_title", line["title"]) if line.get("title") else None,
                subscribed_only=line.get("subscribed_only", False),
                conditions={"en": line["conditions"]} if line.get("conditions") else None,
                **_statement(line),
            )


def days(told: Words) -> Range[date]:
    """Inclusive `start` and `end`; left out = open."""
    return Range(told.get("start"), told.get("end"), bounds="[]")


def text(partial: Any) -> str | None:
    return None if partial is None else str(partial)


def span(partial: Any) -> tuple[date | None, date | None]:
    """First and last day of 1999, 1999-03 or 1999-03-14."""
    if partial is None:
        return None, None
    year, *rest = (int(part) for part in str(partial).split("-"))
    if len(rest) == 2:
        return date(year, *rest), date(year, *rest)
    first, last = (rest[0], rest[0]) if rest else (1, 12)
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])
