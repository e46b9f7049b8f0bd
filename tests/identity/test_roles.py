"""Roles: who may invite whom, what a link is good for, and that ending one works at the next request."""

from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import func, select, text, update

from domain import roles, visibility
from domain.keys import Purpose
from domain.principal import ANONYMOUS, Membership, Principal, Viewer
from domain.roles import Problem, RoleRefused, may_invite, plain_name
from models import identity as rows
from models.vocabulary import ClauseVisibility as Clause
from models.vocabulary import Role
from tests.identity.conftest import Town
from tests.identity.house import browser, form_of

ALPHA, BETA = UUID(int=1), UUID(int=2)


def holder(role: Role, member_id: UUID = ALPHA) -> Viewer:
    return Viewer(Principal((Membership(member_id, roles=frozenset({role}), pseudonym_id=uuid4()),)), uuid4())


ADMIN, AUDITOR, LIBRARIAN = (holder(role) for role in (Role.CONSORTIUM_ADMIN, Role.AUDITOR, Role.MEMBER_LIBRARIAN))
PATRON = Viewer(Principal((Membership(ALPHA, pseudonym_id=uuid4()),)), uuid4())


@pytest.mark.parametrize("member_id", [ALPHA, BETA])
@pytest.mark.parametrize("role", list(Role))
def test_who_may_invite_whom(role: Role, member_id: UUID) -> None:
    """C10: an admin invites to everything, a librarian further librarians of her own member, nobody else at all."""
    assert may_invite(ADMIN, member_id, role)
    assert may_invite(LIBRARIAN, member_id, role) == (role is Role.MEMBER_LIBRARIAN and member_id == ALPHA)
    for other in (AUDITOR, PATRON, ANONYMOUS):
        assert not may_invite(other, member_id, role)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("周敏 Zhou Min", "周敏 Zhou Min"),
        ("  a \t\n b  ", "a b"),
        ("admin\u202e\u200bx", "admin x"),
        ("\u200b\u202e", ""),
        ("\x00\x1b[31m", "[31m"),
        ("e\u0301", "é"),
        ("x" * 10_000, "x" * 100),
        ("\ud800", ""),
        ("<script>", "<script>"),
    ],
)
def test_a_display_name_is_what_it_looks_like(written: str, shown: str) -> None:
    assert plain_name(written) == shown


async def invite(town: Town, member: str = "alpha", role: Role = Role.MEMBER_LIBRARIAN) -> str:
    async with town.mutua.everybody() as session:
        invited = await roles.invite_as(session, town.mutua.site.keys, "cli:test", town.members[member], role)
    return f"/invitation/{invited.token}"


async def accept(town: Town, reader: httpx2.AsyncClient, link: str, person: str = "ada") -> httpx2.Response:
    """Open the link, give a name, sign in."""
    page = await reader.get(link)
    assert page.status_code == 200, page.text
    where, fields = form_of(page)
    login = await reader.post(where, data=fields | {"display_name": "Ada L."}, headers={"Origin": town.mutua.url})
    assert login.url.host == "localhost", login.text
    return await reader.post(str(login.url), data={"username": person, "password": f"pw-{person}"})


async def held(reader: httpx2.AsyncClient) -> list[str]:
    memberships = (await reader.get("/viewer")).json()["memberships"].values()
    return [role for membership in memberships for role in membership["roles"]]


async def test_whoever_opens_the_link_and_signs_in_holds_the_role(town: Town, reader: httpx2.AsyncClient) -> None:
    link = await invite(town)
    page = await accept(town, reader, link)
    assert page.url.path == "/roles"
    assert await held(reader) == ["member_librarian"]
    async with town.mutua.everybody() as session:
        [assignment] = (await session.execute(select(rows.RoleAssignment))).scalars()
    assert (assignment.display_name, assignment.member_id) == ("Ada L.", town.members["alpha"])
    assert assignment.granted_by.startswith("invitation:")


async def test_a_role_is_still_held_at_the_next_sign_in(town: Town, reader: httpx2.AsyncClient) -> None:
    await accept(town, reader, await invite(town, role=Role.AUDITOR))
    async with browser(town.mutua.url) as another:
        await town.sign_in(another)
        assert await held(another) == ["auditor"]


async def test_a_link_works_once(town: Town, reader: httpx2.AsyncClient) -> None:
    link = await invite(town)
    async with browser(town.mutua.url) as slow:
        where, _ = form_of(await slow.get(link))
        login = await slow.post(where, data={"display_name": "B"}, headers={"Origin": town.mutua.url})
        await accept(town, reader, link)
        assert (await reader.get(link)).status_code == 404
        late = await slow.post(str(login.url), data={"username": "ada", "password": "pw-ada"})
        assert late.status_code == 404
        assert "INVITATION_INVALID" in late.text
        assert not (await slow.get("/viewer")).json()["signed_in"]


async def test_signing_in_through_another_member_gives_nothing_and_leaves_the_link_good(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    """Both members sign in through one issuer, which says of Bob that he is beta's."""
    async with town.mutua.everybody() as session:
        await session.execute(
            text(
                "UPDATE identity_provider_scope SET provider_id ="
                " (SELECT id FROM identity_provider WHERE issuer LIKE '%/beta')"
            )
        )
    link = await invite(town)
    answer = await accept(town, reader, link, "bob")
    assert answer.status_code == 403
    assert "INVITATION_OTHER_MEMBER" in answer.text
    assert not (await reader.get("/viewer")).json()["signed_in"]
    assert (await reader.get(link)).status_code == 200


async def test_an_old_link_is_void(town: Town, reader: httpx2.AsyncClient) -> None:
    link = await invite(town)
    async with town.mutua.everybody() as session:
        await session.execute(update(rows.Invitation).values(expires_at=func.now()))
    assert (await reader.get(link)).status_code == 404


@pytest.mark.parametrize("token", ["x", "a.b", "%00", "%ff", "..%2f", "x" * 5000])
async def test_a_made_up_link_is_a_page(town: Town, reader: httpx2.AsyncClient, token: str) -> None:
    for answer in (
        await reader.get(f"/invitation/{token}"),
        await reader.post(f"/invitation/{token}", data={"display_name": "x"}, headers={"Origin": town.mutua.url}),
    ):
        assert answer.status_code == 404
        assert "Traceback" not in answer.text


async def test_another_page_cant_accept_for_anybody(town: Town, reader: httpx2.AsyncClient) -> None:
    link = await invite(town)
    answer = await reader.post(link, data={"display_name": "x"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_a_nameless_holder_is_asked_again(town: Town, reader: httpx2.AsyncClient) -> None:
    link = await invite(town)
    page = await reader.post(link, data={"display_name": " \u200b"}, headers={"Origin": town.mutua.url})
    assert page.url.path == link
    assert form_of(page)


async def test_without_a_stable_pseudonym_nobody_holds_a_role(town: Town, reader: httpx2.AsyncClient) -> None:
    def bend(header: dict[str, object], claims: dict[str, object]) -> None:
        del claims["pairwise_id"]

    town.campus.bend = bend
    known = await town.mutua.site.directory.metadata(town.campus.issuer("alpha"))
    known["subject_types_supported"] = ["ephemeral"]
    answer = await accept(town, reader, await invite(town))
    assert answer.status_code == 403
    assert "PSEUDONYM_MISSING" in answer.text


async def test_a_provider_cant_claim_a_role(town: Town, reader: httpx2.AsyncClient) -> None:
    def bend(header: dict[str, object], claims: dict[str, object]) -> None:
        claims |= {"role": "consortium_admin", "roles": ["consortium_admin"], "eduperson_entitlement": ["urn:x:admin"]}

    town.campus.bend = bend
    await town.sign_in(reader)
    assert await held(reader) == []


async def test_an_ended_role_is_gone_at_the_next_request(town: Town, reader: httpx2.AsyncClient) -> None:
    await accept(town, reader, await invite(town))
    assert await held(reader) == ["member_librarian"]
    async with town.mutua.everybody() as session:
        [assignment] = (await session.execute(select(rows.RoleAssignment))).scalars()
        await roles.end(session, ADMIN, assignment.id, "left")
        with pytest.raises(RoleRefused) as again:
            await roles.end(session, ADMIN, assignment.id, "left")
    assert again.value.problem is Problem.ROLE_ENDED
    assert await held(reader) == []


@pytest.mark.parametrize("column", ["valid_from = now() + interval '1 hour'", "valid_until = now()"])
async def test_a_role_counts_within_its_dates_only(town: Town, reader: httpx2.AsyncClient, column: str) -> None:
    await accept(town, reader, await invite(town))
    async with town.mutua.everybody() as session:
        await session.execute(text(f"UPDATE role_assignment SET {column}"))
    assert await held(reader) == []


async def test_what_a_role_lets_somebody_end(town: Town) -> None:
    """C01, C10: somebody else's role isn't found; one above one's own stays."""
    alpha, beta = town.members["alpha"], town.members["beta"]
    librarian = holder(Role.MEMBER_LIBRARIAN, alpha)
    keys = town.mutua.site.keys
    async with town.mutua.everybody() as session:
        pseudonyms = {one: rows.Pseudonym(member_id=one, hash=one.bytes) for one in (alpha, beta)}
        session.add_all(pseudonyms.values())
        await session.flush()

        async def assigned(member_id: UUID, role: Role) -> UUID:
            made = await roles.assign(session, pseudonyms[member_id].id, member_id, role, "x", "test")
            return made.id

        own = await assigned(alpha, Role.MEMBER_LIBRARIAN)
        admins = await assigned(alpha, Role.CONSORTIUM_ADMIN)
        others = await assigned(beta, Role.MEMBER_LIBRARIAN)
        for target, problem in (
            (others, Problem.ROLE_NOT_FOUND),
            (uuid4(), Problem.ROLE_NOT_FOUND),
            (admins, Problem.FORBIDDEN),
        ):
            with pytest.raises(RoleRefused) as caught:
                await roles.end(session, librarian, target, "x")
            assert caught.value.problem is problem
        ended = await roles.end(session, librarian, own, "retired")
        assert ended.ended_by == f"pseudonym:{librarian.principal.memberships[0].pseudonym_id}"
        invited = await roles.invite(session, keys, librarian, alpha, Role.MEMBER_LIBRARIAN, "grows")
        assert keys.fingerprint(Purpose.LOGIN, invited.token) == invited.invitation.token_hash
        with pytest.raises(RoleRefused) as caught:
            await roles.invite(session, keys, librarian, beta, Role.MEMBER_LIBRARIAN)
        assert caught.value.problem is Problem.FORBIDDEN
        with pytest.raises(RoleRefused) as caught:
            await roles.invite(session, keys, holder(Role.CONSORTIUM_ADMIN, alpha), uuid4(), Role.AUDITOR)
        assert caught.value.problem is Problem.MEMBER_NOT_FOUND


def test_visibility_follows_the_table() -> None:
    bound, foreign = frozenset({ALPHA}), frozenset({BETA})
    for viewer, licence, other, member_text in (
        (ANONYMOUS, False, False, False),
        (PATRON, False, False, True),
        (LIBRARIAN, True, False, True),
        (ADMIN, True, True, True),
        (AUDITOR, True, True, True),
    ):
        assert visibility.sees_licence(viewer, bound) is licence
        assert visibility.sees_licence(viewer, foreign) is other
        assert visibility.reads_term_notes(viewer, bound) is licence
        assert visibility.sees_standing(viewer, BETA) is other
        assert visibility.asks_for(viewer, BETA) is other
        assert visibility.is_staff(viewer) is licence
        assert visibility.sees_administration(viewer, ALPHA) is (licence and viewer is not AUDITOR)
        assert visibility.sees_administration(viewer, BETA) is (viewer is ADMIN)
        assert visibility.reads_clause(viewer, Clause.PUBLIC, foreign)
        assert visibility.reads_clause(viewer, Clause.MEMBERS, bound) is member_text
        assert visibility.reads_clause(viewer, Clause.MEMBERS, foreign) is other
        assert visibility.reads_clause(viewer, Clause.STAFF, bound) is licence
    assert visibility.staffed(ADMIN) is None
    assert visibility.staffed(LIBRARIAN) == frozenset({ALPHA})
    assert visibility.staffed(PATRON) == frozenset()
