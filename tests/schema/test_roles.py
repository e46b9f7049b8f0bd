"""roleInvite and roleEnd."""

from typing import Any

from schema.kit import ids
from tests.schema.conftest import House, Person

INVITE = """
mutation($member: ID!, $role: Role!, $reason: String) {
  roleInvite(input: {member: $member, role: $role, reason: $reason}) {
    invitation { url role expiresAt member { name } } problems { code message(lang: "en") path }
  }
}
"""
END = """
mutation($role: ID!, $reason: String!) {
  roleEnd(input: {role: $role, reason: $reason}) {
    role { id endedAt endReason } problems { code path }
  }
}
"""
ROLES = "query($id: ID!) { node(id: $id) { ... on Member { roles { id role displayName endedAt member { name } } } } }"


async def test_a_librarian_invites_another_of_her_own_member(house: House, librarian: Person) -> None:
    answer = await librarian.ask(INVITE, member=house.id("Member", "alpha"), role="MEMBER_LIBRARIAN")
    invited = answer["roleInvite"]
    assert invited["problems"] == []
    assert invited["invitation"]["member"] == {"name": "alpha"}
    path = invited["invitation"]["url"].removeprefix("http://127.0.0.1:8000")
    page = await librarian.client.get(path, headers={"Accept": "text/html"})
    assert "alpha" in page.text


async def _codes(person: Person, **variables: Any) -> list[tuple[str, list[str] | None]]:
    invited = (await person.ask(INVITE, **variables))["roleInvite"]
    assert invited["invitation"] is None
    return [(problem["code"], problem["path"]) for problem in invited["problems"]]


async def test_nobody_invites_beyond_her_own(
    house: House, student: Person, librarian: Person, anonymous: Person
) -> None:
    """C10."""
    refused = [("FORBIDDEN", None)]
    alpha, beta = house.id("Member", "alpha"), house.id("Member", "beta")
    assert await _codes(librarian, member=beta, role="MEMBER_LIBRARIAN") == refused
    assert await _codes(librarian, member=alpha, role="CONSORTIUM_ADMIN") == refused
    assert await _codes(student, member=alpha, role="MEMBER_LIBRARIAN") == refused
    assert await _codes(anonymous, member=alpha, role="MEMBER_LIBRARIAN") == [("UNAUTHENTICATED", None)]


async def test_a_role_is_for_a_member_that_there_is(house: House, admin: Person) -> None:
    nobody = ids.encode("Member", house.world.id("package", "journals"))
    for wrong in ("x", house.id("Package", "journals"), nobody):
        assert await _codes(admin, member=wrong, role="AUDITOR") == [("MEMBER_NOT_FOUND", ["input", "member"])]


async def test_a_reason_is_bounded(house: House, admin: Person) -> None:
    long = {"member": house.id("Member", "beta"), "role": "AUDITOR", "reason": "a" * 1001}
    assert await _codes(admin, **long) == [("TOO_LONG", ["input", "reason"])]


async def test_a_role_is_ended_once(house: House, librarian: Person, admin: Person, student: Person) -> None:
    alpha = house.id("Member", "alpha")
    (held,) = (await admin.ask(ROLES, id=alpha))["node"]["roles"]
    assert (held["role"], held["displayName"], held["endedAt"]) == ("MEMBER_LIBRARIAN", "Ada", None)
    hidden = (await student.ask(END, role=held["id"], reason="because"))["roleEnd"]
    assert hidden == {"role": None, "problems": [{"code": "ROLE_NOT_FOUND", "path": ["input", "role"]}]}
    blank = (await admin.ask(END, role=held["id"], reason="  "))["roleEnd"]
    assert blank["problems"] == [{"code": "BLANK", "path": ["input", "reason"]}]
    ended = (await admin.ask(END, role=held["id"], reason="moved on"))["roleEnd"]
    assert ended["role"]["endReason"] == "moved on"
    assert ended["role"]["endedAt"]
    again = (await admin.ask(END, role=held["id"], reason="moved on"))["roleEnd"]
    assert again["problems"] == [{"code": "ROLE_ENDED", "path": ["input", "role"]}]
    assert (await librarian.ask(ROLES, id=alpha))["node"]["roles"] is None, "a role that ended counts no more"


async def test_one_act_that_is_refused_leaves_the_other(house: House, librarian: Person) -> None:
    document = """
    mutation($a: RoleInviteInput!, $b: RoleInviteInput!) {
      a: roleInvite(input: $a) { invitation { url } } b: roleInvite(input: $b) { problems { code } }
    }
    """
    answer = await librarian.ask(
        document,
        a={"member": house.id("Member", "alpha"), "role": "MEMBER_LIBRARIAN"},
        b={"member": house.id("Member", "beta"), "role": "MEMBER_LIBRARIAN"},
    )
    assert answer["a"]["invitation"]["url"]
    assert answer["b"]["problems"] == [{"code": "FORBIDDEN"}]


async def test_unknown_fields_of_an_input_are_refused(house: House, admin: Person) -> None:
    """C02."""
    document = "mutation($input: RoleInviteInput!) { roleInvite(input: $input) { problems { code } } }"
    sent = {"member": house.id("Member", "beta"), "role": "AUDITOR", "expiresAt": "2099-01-01", "memberId": "x"}
    answer = await admin.post(document, input=sent)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
