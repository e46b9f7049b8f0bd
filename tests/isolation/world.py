"""Two members that have the same of everything, so that each is the other's foreigner, and nothing left out that a
field could show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models import agreement, client, content, identity, licence, obligation, package, party, resource
from models.vocabulary import (
    AgreementStatus,
    ClientAuthentication,
    IdentityProtocol,
    LinkRule,
    ObligationMeasure,
    ObligationStatus,
    Role,
)
from tests.isolation import amended
from tests.rights import world as worlds

PAIR = ("alpha", "beta")
LONG = {"start": date(2000, 1, 1), "end": date(2090, 12, 31)}
THIS_YEAR = datetime.now(UTC).year
MARKS = ("clause_public", "clause_members", "clause_staff")
VISIBILITY = ("public", "members", "staff")

TERMS: list[dict[str, Any]] = [
    {"action": "view", "status": "permitted_conditional", "affiliations": ["student", "staff"], "purposes": ["study"]},
    {"action": "download", "status": "permitted_explicit"},
    {"action": "interlibrary_supply", "status": "prohibited_explicit"},
    {
        "action": "print",
        "status": "permitted_conditional",
        "affiliations": ["faculty"],
        "user_classes": ["visitors"],
        "purposes": ["study"],
        "recipients": ["authorised_user"],
        "methods": ["paper"],
        "parts": ["10%"],
        "territories": ["CN"],
        "concurrent_users": 3,
        "public_note": "Kindly",
        "limits": {"copies": 2},
    },
]
SIGNED: dict[str, Any] = {"licensor": "Verlag", **LONG, "terms": TERMS}
STATEMENT = {"start": 2000, "end": 2080}


def _own(name: str) -> dict[str, Any]:
    """What a member holds for itself."""
    lines: list[dict[str, Any]] = [
        {"package": "journals", **LONG},
        {"title": "archive/Old Letters", **LONG, "coverage": [STATEMENT], "perpetual": [STATEMENT]},
        {"resource": "Young Letters"},
    ]
    return {
        "holder": name,
        "licences": [{"licence": f"{name} deal"}],
        "periods": [{**LONG, "grace_until": date(2091, 3, 31)}],
        "entitlements": lines,
    }


TOLD: dict[str, Any] = {
    "consortium": {"statutes": [{"territory": "FR", "action": "text_and_data_mine", "purposes": ["research"]}]},
    "members": {
        "alpha": {"country": "CN", "walk_ins": True, "standing": "at_risk"},
        "beta": {"country": "CN", "walk_ins": True, "standing": "at_risk"},
        "gamma": {"country": "CN"},
    },
    "user_classes": {"visitors": ["urn:visitors"]},
    "packages": {
        "journals": {
            "provider": "Verlag",
            "titles": {
                "Nature of Things": {"coverage": [STATEMENT]},
                "Young Letters": {"coverage": [{"start": 2000, "embargo": "P1Y"}]},
            },
        },
        "archive": {"provider": "Verlag", "titles": {"Old Letters": {"coverage": [STATEMENT]}}},
        "pool shelf": {"provider": "Verlag", "titles": {"Volume 1": {}, "Volume 2": {}}},
        **{f"{name} shelf": {"provider": name, "titles": {f"Scroll of {name}": {"files": 2}}} for name in PAIR},
    },
    "licences": {
        "frame": SIGNED,
        "pool deal": SIGNED,
        "shared deal": SIGNED,
        **{
            f"{name} deal": {"licensor": "Verlag", **LONG, "parent": "frame", "terms": TERMS} | amended.DEAL
            for name in PAIR
        },
        **{
            f"{name} draft deal": {"licensor": "Verlag", "status": "draft", "terms": TERMS} | amended.DRAFTED
            for name in PAIR
        },
    },
    "agreements": {
        **{f"{name} own": _own(name) for name in PAIR},
        **{f"{name} draft": {**_own(name), "status": "draft"} for name in PAIR},
        "pool": {
            "licence": "pool deal",
            "participants": [{"member": name, **LONG} for name in PAIR],
            "entitlements": ["pool shelf"],
        },
        "shared": {
            "holder": "beta",
            "licence": "shared deal",
            "participants": [{"member": "alpha", **LONG}],
            "entitlements": ["pool shelf"],
        },
        "pool draft": {
            "status": "draft",
            "licence": "pool deal",
            "participants": [{"member": name, **LONG} for name in PAIR],
            "entitlements": ["pool shelf"],
        },
    },
}

HELD = {"alpha deal": "alpha", "alpha draft deal": "alpha", "beta deal": "beta", "beta draft deal": "beta"} | {
    "shared deal": "beta"
}


APP: dict[str, Any] = {
    "redirect_uris": ["https://app.example/callback"],
    "post_logout_redirect_uris": ["https://app.example/"],
    "origins": ["https://app.example"],
    "scopes": ["openid"],
    "suspended_at": datetime(2026, 1, 1, tzinfo=UTC),
}
SIGNS: dict[str, Any] = {
    "authentication": ClientAuthentication.PRIVATE_KEY_JWT,
    "jwks": {"keys": [{"kty": "RSA", "kid": "one", "n": "x", "e": "AQAB"}]},
}
SECRET: dict[str, Any] = {
    "authentication": ClientAuthentication.CLIENT_SECRET,
    "scopes": ["agreements:rights:read"],
}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has an id. `owners`: the members whose own it is, as far as the table asks; `mark`: the class of a
    clause's words; `holders`: those of an agreement's owners that hold it, where not all of them do."""

    type_name: str
    name: str
    owners: frozenset[str]
    mark: str | None = None
    holders: frozenset[str] | None = None


def _things(
    type_name: str, names: Sequence[str], *owners: str, mark: str | None = None, held_by: Sequence[str] | None = None
) -> list[Thing]:
    holders = None if held_by is None else frozenset(held_by)
    return [Thing(type_name, name, frozenset(owners), mark, holders) for name in names]


THINGS: list[Thing] = [
    *_things("Resource", ["Nature of Things", "Scroll of alpha"], "alpha"),
    *_things("Package", ["journals"], "alpha"),
    *_things("PackageTitle", ["journals/Nature of Things"], "alpha"),
    *_things("Platform", ["Reader"], "alpha"),
    *_things("Provider", ["Verlag"], "alpha"),
    *_things("MemberGroup", ["north"], "alpha"),
    *_things("StatutoryRule", ["FR text_and_data_mine"], "alpha"),
    *_things("Licence", ["frame", "pool deal", "shared deal"], *PAIR),
    *_things("Agreement", ["pool"], *PAIR, held_by=[]),
    *_things("Agreement", ["shared"], *PAIR, held_by=["beta"]),
    *_things("Agreement", ["pool draft"]),
    *_things("Entitlement", ["pool/0", "shared/0"], *PAIR),
    *_things("Entitlement", ["pool draft/0"]),
    *_things("Participation", ["shared of alpha"], *PAIR),
    *_things("Participation", ["pool draft of alpha", "pool draft of beta"]),
    *_things("Client", ["of the consortium"]),
]
for _name in PAIR:
    THINGS += [
        *_things("Member", [_name], _name),
        *_things("ContentItem", [f"page of {_name}"], _name),
        *_things("Licence", [f"{_name} deal", f"{_name} draft deal"], _name),
        *_things("LicenceDocument", [f"of {_name}"], _name),
        *_things("Term", [f"{_name} deal/4", f"{_name} draft deal/4"], _name),
        *_things("Amendment", [f"{_name} deal/1", f"{_name} draft deal/1"], _name),
        *_things("UsageLimit", [f"{_name} deal/notice", f"{_name} draft deal/4/copies"], _name),
        *_things("Agreement", [f"{_name} own", f"{_name} draft"], _name),
        *_things("Entitlement", [f"{_name} {which}/{line}" for which in ("own", "draft") for line in range(3)], _name),
        *_things("Participation", [f"pool of {_name}"], _name),
        *_things("Obligation", [f"digitise of {_name}", f"report of {_name}"], _name),
        *_things("RoleAssignment", [f"past of {_name}", f"present of {_name}"], _name),
        *_things("Client", [f"of {_name}", f"secret of {_name}"], _name),
    ]
    for _number, _mark in enumerate(MARKS, start=1):
        THINGS += _things("Clause", [f"{_name} deal {_number}"], _name, mark=_mark)


async def write(session: AsyncSession) -> tuple[worlds.World, UUID]:
    """The world in the tables, and the provider through which its people sign in."""
    world = await worlds.load(session, TOLD)
    provider = identity.IdentityProvider(
        protocol=IdentityProtocol.OIDC, issuer="https://idp.example", name={"en": "A provider"}, client_id="mutua"
    )
    session.add(provider)
    await session.flush()
    await _catalogue(session, world)
    await _contracts(session, world)
    for name in ("alpha", "beta", "gamma"):
        await _institution(session, world, provider.id, name)
    for name in PAIR:
        await _private(session, world, name)
    union = client.Client(id=world.make("client", "of the consortium"), **SECRET, name="The union")
    session.add(union)
    await session.flush()
    session.add_all([client.ClientMember(client_id=union.id, member_id=world.id("member", name)) for name in PAIR])
    await _history(session)
    return world, provider.id


async def _catalogue(session: AsyncSession, world: worlds.World) -> None:
    platform = package.Platform(
        id=world.make("platform", "Reader"),
        code="reader",
        name={"en": "Reader"},
        url="https://reader.example",
        link_rule=LinkRule.PLAIN,
    )
    subject = resource.Subject(id=world.make("subject", "things"), code="things", name={"en": "Things"})
    group = party.MemberGroup(id=world.make("member_group", "all"), code="all", name={"en": "All"})
    session.add_all([platform, subject, group])
    await session.flush()
    session.add(
        party.MemberGroup(id=world.make("member_group", "north"), code="north", name={"en": "N"}, parent_id=group.id)
    )
    facts = {
        "published": "1999",
        "published_first": date(1999, 1, 1),
        "published_last": date(1999, 12, 31),
        "publisher": "Verlag",
        "languages": ["en"],
        "contributed_by": world.id("member", "alpha"),
    }
    await session.execute(update(resource.Resource).values(facts))
    title = update(package.PackageTitle).where(col(package.PackageTitle.url).is_not(None))
    await session.execute(title.values(platform_id=platform.id))
    for (kind, _), key in world.ids.items():
        if kind == "resource":
            session.add(resource.Contributor(resource_id=key, position=0, name="Lucretius", role="author"))
            session.add(resource.ResourceIdentifier(resource_id=key, namespace="doi", value=f"10.1/{key}"))
            session.add(resource.ResourceSubject(resource_id=key, subject_id=subject.id))
    numbers = {"start_volume": "1", "start_issue": "1", "end_volume": "9", "end_issue": "9"}
    said = {"depth": "fulltext", "note": "A note"}
    coverage, narrowed = package.Coverage, agreement.EntitlementCoverage
    await session.execute(update(coverage).values(numbers | said))
    await session.execute(update(coverage).where(col(coverage.embargo).is_(None)).values(embargo="P1D"))
    await session.execute(update(narrowed).values(numbers | {"embargo": "P1D"}))


async def _contracts(session: AsyncSession, world: worlds.World) -> None:
    for name, holder in HELD.items():
        of_it = update(licence.Licence).where(col(licence.Licence.id) == world.id("licence", name))
        await session.execute(of_it.values(holder_id=world.id("member", holder)))
    await amended.sign(session, world, PAIR)
    clause = licence.Clause
    await session.execute(update(clause).values(text="The contract's own words", summary={"en": "In short"}))
    for number, visibility in enumerate(VISIBILITY, start=1):
        marked = update(clause).where(col(clause.number) == str(number))
        await session.execute(marked.values(visibility=visibility))
    await session.execute(update(clause).where(col(clause.number) == "4").values(visibility="staff"))
    await session.execute(update(licence.Term).values(note="internal"))
    soon = datetime.now(UTC).date() + timedelta(30)
    period = agreement.AgreementPeriod
    await session.execute(update(period).values(cancel_by=date(2090, 6, 30)))
    of_alpha = update(period).where(col(period.agreement_id) == world.id("agreement", "alpha own"))
    await session.execute(of_alpha.values(cancel_by=soon))
    await amended.write(session, world, PAIR)
    drafts = update(agreement.Agreement).where(col(agreement.Agreement.status) == AgreementStatus.DRAFT)
    await session.execute(drafts.values(closed_on=date(2090, 1, 1)))
    found = await session.execute(select(agreement.Participation))
    for (row,) in found:
        held, whose = world.name("agreement", row.agreement_id), world.name("member", row.member_id)
        world.ids["participation", f"{held} of {whose}"] = row.id


async def _institution(session: AsyncSession, world: worlds.World, provider_id: UUID, name: str) -> None:
    """What everybody may know of a member, and where its network is."""
    key = world.id("member", name)
    member = update(party.Member).where(col(party.Member.id) == key)
    await session.execute(member.values(contact=f"https://{name}.example/library"))
    session.add_all(
        [
            party.MemberScope(scope=f"{name}.edu", member_id=key),
            party.MemberIdentifier(member_id=key, namespace="isil", value=f"CN-{name}"),
            party.MemberIdentifier(member_id=key, namespace="ror", value=f"https://ror.org/{name}"),
            party.GroupMembership(group_id=world.id("member_group", "north"), member_id=key),
        ]
    )
    await session.flush()
    session.add(identity.IdentityProviderScope(provider_id=provider_id, scope=f"{name}.edu"))
    if name == "alpha":
        session.add(party.NetworkRange(member_id=key, first="198.51.100.0", last="198.51.100.9"))


async def _private(session: AsyncSession, world: worlds.World, name: str) -> None:
    """What is a member's own."""
    key = world.id("member", name)
    scroll = world.id("package_title", f"{name} shelf/Scroll of {name}")
    item = content.ContentItem
    of_it = select(item).where(col(item.package_title_id) == scroll).order_by(col(item.position))
    page = (await session.scalars(of_it.limit(1))).one()
    world.ids["content_item", f"page of {name}"] = page.id
    scrolls = update(resource.Resource).where(col(resource.Resource.id) == page.resource_id)
    await session.execute(scrolls.values(contributed_by=key))
    page.published_first, page.published_last = date(1999, 1, 1), date(1999, 12, 31)
    page.published, page.rights = "1999", "https://rightsstatements.org/vocab/NoC-CR/1.0/"
    person = identity.Pseudonym(id=world.make("pseudonym", name), member_id=key, hash=name.encode())
    session.add(person)
    await session.flush()
    ended = datetime(2020, 1, 1, tzinfo=UTC)
    for number in (1, 2):
        session.add(
            obligation.Obligation(
                id=world.make("obligation", f"digitise of {name}" if number == 1 else f"report of {name}"),
                member_id=key,
                owed_to=world.id("provider", "Verlag"),
                name={"en": "Digitise"},
                clause_id=world.id("clause", f"{name} deal 1"),
                measure=ObligationMeasure.ITEMS_DIGITISED,
                target=Decimal(500),
                achieved=Decimal(120),
                unit="items",
                due=date(2080, 12, number),
                status=ObligationStatus.DUE,
                remedy="Catch up",
            )
        )
    session.add_all(
        [
            client.Client(id=world.make("client", f"of {name}"), **SIGNS, **APP, name=f"{name}'s", member_id=key),
            client.Client(id=world.make("client", f"secret of {name}"), **SECRET, name="A script", member_id=key),
            identity.RoleAssignment(
                id=world.make("role_assignment", f"past of {name}"),
                pseudonym_id=person.id,
                member_id=key,
                role=Role.MEMBER_LIBRARIAN,
                display_name="Eve",
                granted_by="test",
                valid_from=datetime(2010, 1, 1, tzinfo=UTC),
                valid_until=ended,
                ended_at=ended,
                end_reason="Left",
            ),
            identity.RoleAssignment(
                id=world.make("role_assignment", f"present of {name}"),
                pseudonym_id=person.id,
                member_id=key,
                role=Role.MEMBER_LIBRARIAN,
                display_name="Eve",
                granted_by="test",
            ),
        ]
    )
    await session.flush()


async def _history(session: AsyncSession) -> None:
    """Two acts on everything that has a record."""
    tables: list[Any] = [party.Party, package.Package, package.Platform, resource.Resource, content.ContentItem]
    for table in (*tables, licence.Licence, agreement.Agreement, client.Client):
        name = table.__tablename__
        for version in (1, 2):
            await session.execute(
                text(
                    "INSERT INTO change "
                    "(subject, subject_id, act, actor, actor_name, reason, version, differences) "
                    f"SELECT '{name}', id, 'someAct', 'cli:x', 'Ada', 'So it is', :version, "
                    """'{"name.en": ["before", "after"]}' FROM """ + name
                ),
                {"version": version},
            )
