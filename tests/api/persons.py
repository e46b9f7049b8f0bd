"""People with all that is kept of somebody: two members, several browsers, a role, acts, readings, kept answers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx2
from sqlalchemy import select, text
from sqlmodel import SQLModel, col

from auth import sessions
from auth.claims import Asserted
from domain import roles
from domain.principal import Membership
from domain.pseudonyms import Subject
from models import client as clients
from models import content as files
from models import identity as rows
from models import party
from models.vocabulary import Affiliation, IdentityProtocol, Role
from schema.kit import ids
from tests.content.library import Library, address

ENTITLEMENT = "urn:mace:dir:entitlement:common-lib-terms"
NAME = "Ada Lovelace, librarian"
APP = "Reading room"
CREATE = """mutation($input: PackageCreateInput!) {
  packageCreate(input: $input) { package { id } problems { code } }
}"""
INVITE = "mutation($input: RoleInviteInput!) { roleInvite(input: $input) { problems { code } } }"
ERASE = """mutation($confirm: Boolean!) { viewerErase(input: {confirm: $confirm}) {
  erased { signIns pseudonyms roles names readings answers } problems { code message(lang: "en") path }
} }"""


@dataclass
class Browser:
    """A browser that somebody signed in with. `id`: of its session."""

    id: UUID
    client: httpx2.AsyncClient

    async def ask(self, document: str, key: str | None = None, **variables: Any) -> Any:
        """The data of a GraphQL answer."""
        headers = {"Idempotency-Key": key} if key else {}
        sent = {"query": document, "variables": variables}
        answer = (await self.client.post("/graphql", json=sent, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def signed_in(self) -> bool:
        told: bool = (await self.ask("{ viewer { signedIn } }"))["viewer"]["signedIn"]
        return told


@dataclass
class Town:
    """The library, its universities' provider, and the browsers that are open there."""

    library: Library
    provider: UUID
    app: UUID
    opened: list[httpx2.AsyncClient]

    def member(self, code: str) -> UUID:
        return self.library.world.id("member", code)

    async def sign_in(self, person: str | None, *members: str) -> Browser:
        """`person`: whom her institution knows again; None: it sends nothing that lasts."""
        told = tuple(
            Membership(self.member(one), frozenset({Affiliation.STUDENT}), frozenset({ENTITLEMENT})) for one in members
        )
        subject = Subject("https://idp.example", "sub", person) if person else None
        site = self.library.app.state.site
        async with self.library.everybody() as session:
            made = await sessions.open_(session, site, self.provider, Asserted(told, subject))
        async with self.library.everybody() as session:
            print_ = site.keys.fingerprint("session", made.token)
            key = await session.scalar(select(col(rows.Session.id)).where(col(rows.Session.token_hash) == print_))
        assert key
        headers = {
            "Cookie": f"mutua_demo={made.token}",
            "Origin": self.library.app.state.settings.public_url,
            "Sec-Fetch-Site": "same-origin",
            "Accept-Language": "en",
        }
        client = httpx2.AsyncClient(base_url=self.library.url, headers=headers, trust_env=False)
        self.opened.append(client)
        return Browser(key, client)

    async def invited(self, browser: Browser, member: str, role: Role, name: str = NAME) -> UUID:
        """Let the person of a browser accept an invitation; the pseudonym that holds the role then."""
        keys, member_id = self.library.app.state.site.keys, self.member(member)
        async with self.library.everybody() as session:
            made = await roles.invite_as(session, keys, "cli:test", member_id, role)
            membership = rows.SessionMembership
            pseudonym = await session.scalar(
                select(col(membership.pseudonym_id)).where(
                    col(membership.session_id) == browser.id, col(membership.member_id) == member_id
                )
            )
            assert pseudonym
            await roles.redeem(session, made.invitation.token_hash, member_id, pseudonym, name)
        return pseudonym

    async def of_everything(self, person: str) -> list[Browser]:
        """Somebody with two browsers of whom there is something in every table that holds anything of a person."""
        both, one = await self.sign_in(person, "pku", "lzu"), await self.sign_in(person, "pku")
        await self.invited(both, "pku", Role.MEMBER_LIBRARIAN)
        await self.act(both, person)
        await self.act(both, f"{person}-2", key=f"key-{person}")
        refused = {"member": ids.encode("Member", self.member("lzu")), "role": "AUDITOR"}
        assert (await one.ask(INVITE, input=refused))["roleInvite"]["problems"] == [{"code": "FORBIDDEN"}]
        await self.refused(one)
        invited = {"member": ids.encode("Member", self.member("pku")), "role": "MEMBER_LIBRARIAN"}
        assert (await one.ask(INVITE, input=invited))["roleInvite"]["problems"] == []
        await self.read(both)
        await self.read(one)
        await self.allow(both, self.app)
        await self.allow(one, self.app)
        return [both, one]

    async def allow(self, browser: Browser, app: UUID, *scopes: str) -> UUID:
        """Let an app do something in this sign-in, and remember it as far as her institutions know her again; the
        authorization."""
        async with self.library.everybody() as session:
            sign_in = await session.get_one(rows.Session, browser.id)
            allowed = [*(scopes or ("access:decisions:read", "openid"))]
            given = clients.Authorization(
                client_id=app, session_id=browser.id, member_ids=sign_in.member_ids, scopes=allowed
            )
            session.add(given)
            membership = rows.SessionMembership
            for one in await session.scalars(select(membership).where(col(membership.session_id) == browser.id)):
                if one.pseudonym_id and not await session.get(clients.Consent, (one.pseudonym_id, app)):
                    key: dict[str, Any] = {"pseudonym_id": one.pseudonym_id, "member_id": one.member_id}
                    session.add(clients.Consent(client_id=app, scopes=allowed, **key))
            await session.flush()
            return given.id

    async def act(self, browser: Browser, code: str, key: str | None = None) -> None:
        """What a librarian of pku does: it goes on record."""
        wanted = {"code": code, "name": {"en": code}, "provider": ids.encode("Member", self.member("pku"))}
        made = await browser.ask(CREATE, key, input=wanted | {"reason": f"because of {code}"})
        assert made["packageCreate"]["problems"] == []

    async def refused(self, browser: Browser) -> None:
        wanted = {"code": "x", "name": {"en": "x"}, "provider": ids.encode("Member", self.member("lzu"))}
        made = await browser.ask(CREATE, input=wanted)
        assert made["packageCreate"]["problems"] == [{"code": "FORBIDDEN"}]

    async def read(self, browser: Browser) -> str:
        """Open a file; the address at which reading goes on."""
        async with self.library.everybody() as session:
            item = await session.scalar(select(col(files.ContentItem.id)))
        assert item
        opened = await browser.client.get(address(item))
        assert opened.status_code == 303, opened.text
        return str(opened.headers["location"])

    async def rows(self) -> dict[str, set[str]]:
        """Every row of every table, as text."""
        async with self.library.everybody() as session:
            return {
                name: set(await session.scalars(text(f"SELECT kept::text FROM {name} AS kept")))
                for name in SQLModel.metadata.tables
            }


async def town(library: Library) -> Town:
    async with library.everybody() as session:
        provider = rows.IdentityProvider(
            id=uuid4(), protocol=IdentityProtocol.OIDC, issuer="https://sso.example", name={"en": "The sign-in"}
        )
        app = clients.Client(id=uuid4(), name=APP, redirect_uris=["https://app.example/callback"])
        session.add_all([provider, app])
        await session.flush()
        for code in ("pku", "lzu"):
            session.add(party.MemberScope(scope=f"{code}.example", member_id=library.world.id("member", code)))
            await session.flush()
            session.add(rows.IdentityProviderScope(provider_id=provider.id, scope=f"{code}.example"))
    await library.item("journals/journal", name="An article.pdf")
    return Town(library, provider.id, app.id, [])
