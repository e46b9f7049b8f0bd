"""Apps and partners' systems registered, changed, given new secrets, suspended: who may, what is kept and told."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from api import database as edge
from domain.keys import Purpose
from models.client import Client, ClientSecret
from schema.kit import ids
from tests.domain.test_client_keys import RSA
from tests.schema.conftest import House, Person

SHOWN = """client {
  id clientId name member { id } actsFor { id } authentication redirectUris postLogoutRedirectUris origins grantedScopes
  keyNames suspendedAt version
}"""
WITH_SECRET = {"clientRegister", "clientRotateSecret"}
APP: dict[str, Any] = {
    "name": "A reader's app",
    "authentication": "NONE",
    "redirectUris": ["https://app.example.edu/callback", "edu.example.app:/callback"],
    "scopes": ["openid", "access:decisions:read"],
}
SCRIPT: dict[str, Any] = {
    "name": "Nightly script",
    "authentication": "CLIENT_SECRET",
    "scopes": ["agreements:rights:read"],
}
CLIENT = f"query($id: ID!) {{ node(id: $id) {{ ... on Client {{ {SHOWN[8:-1]} }} }} }}"


def document(name: str) -> str:
    secret = "secret" if name in WITH_SECRET else ""
    return f"""mutation($input: {name[0].upper()}{name[1:]}Input!) {{
      {name}(input: $input) {{
        {SHOWN} {secret} problems {{ code path en: message(lang: "en") zh: message(lang: "zh") }}
      }}
    }}"""


async def act(person: Person, name: str, /, **given: Any) -> Any:
    return (await person.ask(document(name), input=given))[name]


async def done(person: Person, name: str, /, **given: Any) -> Any:
    answer = await act(person, name, **given)
    assert answer["problems"] == []
    return answer


async def problem(person: Person, name: str, /, **given: Any) -> tuple[str, str]:
    """Code and path of the only problem; nothing was done."""
    answer = await act(person, name, **given)
    assert (answer["client"], answer.get("secret")) == (None, None)
    (found,) = answer["problems"]
    assert "{" not in found["en"] + found["zh"]
    return found["code"], ".".join((found["path"] or ["", ""])[1:])


async def secrets(house: House, client_id: str) -> list[ClientSecret]:
    """Those that are kept, the oldest first."""
    async with edge.as_everybody(house.app.state.sessions)() as session:
        of_it = select(ClientSecret).where(col(ClientSecret.client_id) == UUID(client_id))
        return list(await session.scalars(of_it.order_by(col(ClientSecret.id))))


def fingerprint(house: House, secret: str) -> bytes:
    found: bytes = house.app.state.site.keys.fingerprint(Purpose.CLIENTS, secret)
    return found


async def test_a_librarian_registers_an_app_of_her_member(house: House, librarian: Person) -> None:
    alpha = house.id("Member", "alpha")
    answer = await done(librarian, "clientRegister", member=alpha, **APP)
    client = answer["client"]
    assert answer["secret"] is None
    assert client["id"] == ids.encode("Client", UUID(client["clientId"]))
    assert (client["member"], client["actsFor"]) == ({"id": alpha}, [{"id": alpha}])
    assert client["redirectUris"] == APP["redirectUris"]
    assert client["origins"] == ["https://app.example.edu"], "a page of its own calls from a browser"
    assert client["grantedScopes"] == ["access:decisions:read", "openid"]
    assert (client["version"], client["suspendedAt"], client["keyNames"]) == (1, None, [])
    assert await secrets(house, client["clientId"]) == []


async def test_an_admin_registers_a_partner_for_all_or_for_named_members(house: House, admin: Person) -> None:
    alpha, beta = house.id("Member", "alpha"), house.id("Member", "beta")
    for_all = (await done(admin, "clientRegister", **SCRIPT))["client"]
    assert (for_all["member"], for_all["actsFor"]) == (None, None)
    named = (await done(admin, "clientRegister", **SCRIPT, actsFor=[alpha, beta, alpha]))["client"]
    assert {one["id"] for one in named["actsFor"]} == {alpha, beta}
    fewer = (await done(admin, "clientUpdate", id=named["id"], version=1, actsFor=[beta]))["client"]
    assert fewer["actsFor"] == [{"id": beta}]
    widened = (await done(admin, "clientUpdate", id=named["id"], version=2, actsFor=None))["client"]
    assert widened["actsFor"] is None
    assert (await done(admin, "clientRegister", **SCRIPT, member=alpha))["client"]["member"] == {"id": alpha}


async def test_the_secret_is_shown_once_and_kept_as_a_fingerprint(house: House, librarian: Person) -> None:
    answer = await done(librarian, "clientRegister", member=house.id("Member", "alpha"), **SCRIPT)
    (kept,) = await secrets(house, answer["client"]["clientId"])
    assert kept.hash == fingerprint(house, answer["secret"])
    assert len(answer["secret"]) > 40
    async with edge.as_everybody(house.app.state.sessions)() as session:
        for table in ("client", "client_secret", "change"):
            rows = await session.scalars(text(f"SELECT t::text FROM {table} t"))
            assert not any(answer["secret"] in row for row in rows)
            assert table == "client_secret" or not any(kept.hash.hex() in row for row in rows)


async def test_a_request_that_is_repeated_shows_the_same_secret_and_registers_once(
    house: House, librarian: Person
) -> None:
    body = {
        "query": document("clientRegister"),
        "variables": {"input": SCRIPT | {"member": house.id("Member", "alpha")}},
    }
    answers = [
        (await librarian.client.post("/graphql", json=body, headers={"Idempotency-Key": "once"})).json() for _ in "12"
    ]
    assert answers[0] == answers[1]
    secret = answers[0]["data"]["clientRegister"]["secret"]
    async with edge.as_everybody(house.app.state.sessions)() as session:
        assert len((await session.scalars(select(Client))).all()) == 1
        kept = (await session.execute(text("SELECT answer FROM idempotency_key"))).scalar_one()
        assert secret not in kept


async def test_nobody_registers_beyond_her_own(
    house: House, anonymous: Person, student: Person, librarian: Person, other_librarian: Person, auditor: Person
) -> None:
    """C10."""
    alpha = house.id("Member", "alpha")
    for person, code in (
        (anonymous, "UNAUTHENTICATED"),
        (student, "FORBIDDEN"),
        (other_librarian, "FORBIDDEN"),
        (auditor, "FORBIDDEN"),
    ):
        assert await problem(person, "clientRegister", **APP, member=alpha) == (code, "")
    assert await problem(librarian, "clientRegister", **APP) == ("FORBIDDEN", "")
    assert await problem(librarian, "clientRegister", **APP, actsFor=[alpha]) == ("FORBIDDEN", "")


KEYS = json.dumps({"keys": [RSA]})
SIGNS = SCRIPT | {"authentication": "PRIVATE_KEY_JWT", "jwks": KEYS}


@pytest.mark.parametrize(
    ("wanted", "code", "path"),
    [
        (APP | {"name": " "}, "BLANK", "name"),
        (APP | {"name": "x" * 201}, "TOO_LONG", "name"),
        (APP | {"redirectUris": []}, "REDIRECT_URI_MISSING", "redirectUris"),
        (APP | {"redirectUris": None}, "REDIRECT_URI_MISSING", "redirectUris"),
        (APP | {"redirectUris": ["https://a.example/", "http://a.example/"]}, "ADDRESS_INSECURE", "redirectUris.1"),
        (APP | {"redirectUris": ["https://a.example/" + "x" * 2000]}, "TOO_LONG", "redirectUris.0"),
        (APP | {"redirectUris": [f"https://a{n}.example/" for n in range(21)]}, "TOO_MANY", "redirectUris"),
        (APP | {"postLogoutRedirectUris": ["https://a.example/#x"]}, "ADDRESS_FRAGMENT", "postLogoutRedirectUris.0"),
        (APP | {"origins": ["https://a.example/"]}, "ORIGIN_MALFORMED", "origins.0"),
        (APP | {"origins": ["null"]}, "ORIGIN_MALFORMED", "origins.0"),
        (APP | {"scopes": ["openid", "everything"]}, "SCOPE_UNKNOWN", "scopes.1"),
        (APP | {"scopes": []}, "SCOPE_MISSING", "scopes"),
        (SCRIPT | {"scopes": ["agreements:rights:read", "content:files:open"]}, "SCOPE_NEEDS_PERSON", "scopes"),
        (SCRIPT | {"scopes": ["agreements:rights:write"]}, "SCOPE_NEEDS_PERSON", "scopes"),
        (SCRIPT | {"scopes": ["openid"]}, "SCOPE_NEEDS_PERSON", "scopes"),
        (SCRIPT | {"jwks": KEYS}, "KEYS_UNUSED", "jwks"),
        (SIGNS | {"jwks": None}, "KEYS_MISSING", "jwks"),
        (SIGNS | {"jwks": "{}"}, "KEYS_UNREADABLE", "jwks"),
        (SIGNS | {"jwks": json.dumps({"keys": [RSA | {"d": "x"}]})}, "KEYS_SECRET", "jwks"),
        (SIGNS | {"jwks": json.dumps({"keys": [RSA, RSA]})}, "KEYS_UNNAMED", "jwks"),
        (SIGNS | {"jwks": json.dumps({"keys": [RSA | {"n": "AQAB"}]})}, "KEYS_WEAK", "jwks"),
        (SCRIPT | {"actsFor": []}, "EMPTY_LIST", "actsFor"),
        (SCRIPT | {"actsFor": ["x"]}, "NOT_FOUND", "actsFor.0"),
        (SCRIPT | {"actsFor": ["Member"]}, "NOT_FOUND", "actsFor"),
        (SCRIPT | {"member": "Member"}, "NOT_FOUND", "member"),
    ],
)
async def test_what_cant_be_registered_is_refused_with_the_field(
    house: House, admin: Person, wanted: dict[str, Any], code: str, path: str
) -> None:
    nobody = ids.encode("Member", house.world.id("package", "journals"))
    unknown = {
        name: [nobody] if value == ["Member"] else nobody
        for name, value in wanted.items()
        if value in ("Member", ["Member"])
    }
    assert await problem(admin, "clientRegister", **wanted | unknown) == (code, path)


async def test_who_signs_is_registered_with_its_public_keys(house: House, admin: Person) -> None:
    answer = await done(admin, "clientRegister", **SIGNS)
    client = answer["client"]
    assert (answer["secret"], client["keyNames"]) == (None, [""])
    newer = json.dumps({"keys": [RSA | {"kid": "new"}]})
    assert (await done(admin, "clientUpdate", id=client["id"], version=1, jwks=newer))["client"]["keyNames"] == ["new"]
    assert await problem(admin, "clientUpdate", id=client["id"], version=2, jwks=None) == ("KEYS_MISSING", "jwks")
    assert await problem(admin, "clientRotateSecret", id=client["id"], version=2) == ("NO_SECRET", "id")


async def test_what_is_left_out_of_a_change_stays(house: House, librarian: Person) -> None:
    made = (await done(librarian, "clientRegister", member=house.id("Member", "alpha"), **APP))["client"]
    renamed = await done(librarian, "clientUpdate", id=made["id"], version=1, name="Renamed")
    assert renamed["client"] == made | {"name": "Renamed", "version": 2}
    narrowed = {"redirectUris": ["http://127.0.0.1/cb"], "origins": [], "scopes": ["openid"]}
    changed = (await done(librarian, "clientUpdate", id=made["id"], version=2, **narrowed))["client"]
    assert (changed["redirectUris"], changed["origins"], changed["grantedScopes"]) == tuple(narrowed.values())
    again: dict[str, Any] = {"id": made["id"], "version": 3}
    assert await problem(librarian, "clientUpdate", **again, scopes=["openid"]) == ("NOTHING_TO_CHANGE", "")
    assert await problem(librarian, "clientUpdate", **again, name=None) == ("BLANK", "name")
    assert await problem(librarian, "clientUpdate", **again, redirectUris=[]) == (
        "REDIRECT_URI_MISSING",
        "redirectUris",
    )


async def test_who_doesnt_see_a_client_finds_none_and_who_only_sees_it_changes_nothing(
    house: House, librarian: Person, other_librarian: Person, student: Person, auditor: Person
) -> None:
    """C01, C10."""
    answer = await done(librarian, "clientRegister", member=house.id("Member", "alpha"), **SCRIPT)
    own = {"id": answer["client"]["id"], "version": 1}
    for name, more in (
        ("clientUpdate", {"name": "Mine"}),
        ("clientRotateSecret", {}),
        ("clientSuspend", {"reason": "x"}),
        ("clientResume", {}),
    ):
        for stranger in (other_librarian, student):
            assert await problem(stranger, name, **own, **more) == ("NOT_FOUND", "id")
        assert await problem(auditor, name, **own, **more) == ("FORBIDDEN", "")
        assert await problem(librarian, name, **own | {"version": 2}, **more) == ("CONFLICT", "version")
    assert len(await secrets(house, answer["client"]["clientId"])) == 1


async def test_a_new_secret_ends_the_one_before_unless_it_is_to_go_on_for_a_while(
    house: House, librarian: Person
) -> None:
    first = await done(librarian, "clientRegister", member=house.id("Member", "alpha"), **SCRIPT)
    key, client_id = first["client"]["id"], first["client"]["clientId"]
    second = await done(librarian, "clientRotateSecret", id=key, version=1)
    assert [one.hash for one in await secrets(house, client_id)] == [fingerprint(house, second["secret"])]
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=7) - timedelta(minutes=1)
    third = await done(librarian, "clientRotateSecret", id=key, version=2, keepOldUntil=until.isoformat())
    kept = {one.hash: one.expires_at for one in await secrets(house, client_id)}
    assert kept == {fingerprint(house, second["secret"]): until, fingerprint(house, third["secret"]): None}
    sooner = until - timedelta(days=3)
    fourth = await done(librarian, "clientRotateSecret", id=key, version=3, keepOldUntil=sooner.isoformat())
    kept = {one.hash: one.expires_at for one in await secrets(house, client_id)}
    assert kept == {fingerprint(house, third["secret"]): sooner, fingerprint(house, fourth["secret"]): None}
    last = await done(librarian, "clientRotateSecret", id=key, version=4)
    assert [one.hash for one in await secrets(house, client_id)] == [fingerprint(house, last["secret"])]


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=-1), timedelta(days=7, minutes=1), timedelta(days=900)])
async def test_an_old_secret_goes_on_for_a_week_at_most(house: House, librarian: Person, ahead: timedelta) -> None:
    made = await done(librarian, "clientRegister", member=house.id("Member", "alpha"), **SCRIPT)
    until = (datetime.now(UTC) + ahead).isoformat()
    refused = await problem(librarian, "clientRotateSecret", id=made["client"]["id"], version=1, keepOldUntil=until)
    assert refused == ("KEEP_OLD_TOO_LONG", "keepOldUntil")
    assert [one.hash for one in await secrets(house, made["client"]["clientId"])] == [
        fingerprint(house, made["secret"])
    ]


async def test_a_client_is_suspended_with_a_reason_and_resumed(house: House, librarian: Person) -> None:
    made = (await done(librarian, "clientRegister", member=house.id("Member", "alpha"), **APP))["client"]
    own: dict[str, Any] = {"id": made["id"]}
    assert await problem(librarian, "clientSuspend", **own, version=1, reason=" ") == ("BLANK", "reason")
    assert await problem(librarian, "clientResume", **own, version=1) == ("NOTHING_TO_CHANGE", "")
    suspended = (await done(librarian, "clientSuspend", **own, version=1, reason="it sends too much"))["client"]
    assert datetime.fromisoformat(suspended["suspendedAt"]) - datetime.now(UTC) < timedelta(minutes=1)
    again = await problem(librarian, "clientSuspend", **own, version=2, reason="still")
    assert again == ("NOTHING_TO_CHANGE", "")
    assert (await done(librarian, "clientResume", **own, version=2))["client"] == made | {"version": 3}


async def test_everything_goes_on_record_in_words_and_nothing_secret(
    house: House, admin: Person, librarian: Person
) -> None:
    alpha = house.id("Member", "alpha")
    made = await done(admin, "clientRegister", **SIGNS, actsFor=[alpha], reason="agreed on 3 May")
    key = made["client"]["id"]
    await done(admin, "clientUpdate", id=key, version=1, jwks=json.dumps({"keys": [RSA | {"kid": "new"}]}))
    await done(admin, "clientSuspend", id=key, version=2, reason="lost its laptop")
    history = "query($id: ID!) { node(id: $id) { ... on Client { history { nodes { act reason version by differences"
    history += " { field before after } } } } } }"
    nodes = (await admin.ask(history, id=key))["node"]["history"]["nodes"]
    assert [(node["act"], node["reason"], node["version"]) for node in nodes] == [
        ("clientSuspend", "lost its laptop", 3),
        ("clientUpdate", None, 2),
        ("clientRegister", "agreed on 3 May", 1),
    ]
    told = {one["field"]: one["after"] for one in nodes[2]["differences"]}
    assert (told["acts_for"], told["scopes"], told["key"]) == ("alpha", "agreements:rights:read", "good")
    assert nodes[1]["differences"] == [
        {"field": "key", "before": "good", "after": None},
        {"field": "key new", "before": None, "after": "good"},
    ]
    assert [one["field"] for one in nodes[0]["differences"]] == ["suspended_at"]
    own = await done(librarian, "clientRegister", member=alpha, **SCRIPT)
    until = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
    rotated = await done(
        librarian, "clientRotateSecret", id=own["client"]["id"], version=1, keepOldUntil=until.isoformat()
    )
    nodes = (await librarian.ask(history, id=own["client"]["id"]))["node"]["history"]["nodes"]
    values = [(one["before"], one["after"]) for one in nodes[0]["differences"]]
    assert sorted(values, key=str) == [("good", f"good until {until.isoformat()}"), (None, "good")]
    assert not any(secret in str(nodes) for secret in (own["secret"], rotated["secret"]))


async def test_lists_show_what_the_viewer_sees(
    house: House, admin: Person, auditor: Person, librarian: Person, other_librarian: Person, student: Person
) -> None:
    alpha, beta = house.id("Member", "alpha"), house.id("Member", "beta")
    ours = (await done(admin, "clientRegister", **SCRIPT))["client"]["id"]
    alphas = [(await done(librarian, "clientRegister", **APP, member=alpha))["client"]["id"] for _ in range(2)]
    betas = (await done(other_librarian, "clientRegister", **APP, member=beta))["client"]["id"]
    listed = """query($member: ID, $a: ID!) {
      clients(member: $member) { totalCount nodes { id } } member(by: {id: $a}) { clients { totalCount nodes { id } } }
    }"""

    async def seen(person: Person, member: str | None = None) -> tuple[list[str], list[str] | None]:
        answer = await person.ask(listed, member=member, a=alpha)
        of_alpha = answer["member"]["clients"]
        found = [one["id"] for one in answer["clients"]["nodes"]]
        assert answer["clients"]["totalCount"] == len(found)
        return found, of_alpha and [one["id"] for one in of_alpha["nodes"]]

    newest_first = [betas, *reversed(alphas), ours]
    for staff in (admin, auditor):
        assert await seen(staff) == (newest_first, alphas[::-1])
        assert await seen(staff, beta) == ([betas], alphas[::-1])
        assert await seen(staff, "x") == ([], alphas[::-1])
    assert await seen(librarian) == (alphas[::-1], alphas[::-1])
    assert await seen(librarian, beta) == ([], alphas[::-1])
    assert await seen(other_librarian) == ([betas], None)
    assert await seen(student) == ([], None)
    assert (await student.ask(CLIENT, id=alphas[0]))["node"] is None
