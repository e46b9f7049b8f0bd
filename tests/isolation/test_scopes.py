"""A token shows and does what its scopes are for, and no more: schema/scopes.py against visibility.yaml."""

from collections.abc import Iterator

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import select

from api import database as edge
from domain.scopes import Scope
from models.record import RefusedAct
from models.vocabulary import Affiliation, Role
from schema import scopes
from schema.build import SCHEMA
from tests.identity import apps
from tests.identity.house import House as Mutua
from tests.isolation.people import Somebody
from tests.isolation.table import TOLD, composite, found_as
from tests.isolation.walk import document, ids_of, reached, tells
from tests.isolation.ways import Way, fields_of, ways
from tests.schema.conftest import House, Person

OF_CLASS = {
    "decision": Scope.ACCESS_DECISIONS_READ,
    "record": Scope.RECORDS_HISTORY_READ,
    "agreement_record": Scope.RECORDS_HISTORY_READ,
    "licence": Scope.LICENCES_TERMS_READ,
    "clause": Scope.LICENCES_TERMS_READ,
    "clause_staff": Scope.LICENCES_TERMS_READ,
    "rights": Scope.AGREEMENTS_RIGHTS_READ,
    "standing": Scope.MEMBERS_STANDING_READ,
    "administration": Scope.MEMBERS_ADMINISTRATION_READ,
    "client": Scope.CLIENTS_REGISTRATIONS_READ,
}
"""What a class of facts needs. Of a decision its own fields need nothing: who holds it has asked with the scope."""
WITHIN_A_DECISION = {
    "Access",
    "AccessGranted",
    "AccessRefused",
    "AccessLink",
    "Remedy",
    "Check",
    "CheckFact",
    "AccessChange",
}
WITHIN_A_RECORD = {"Change", "Difference"}
BY_ID = {("Query", "node"), ("Query", "nodes")}
"""What these need, the kind of the thing decides."""
NEEDED = {
    (type_name, field): needed
    for type_name, needs in scopes.NEEDS.items()
    for needed, names in needs.items()
    for field in names.split()
}


@pytest.fixture
def mutua(house: House) -> Mutua:
    return Mutua(house.app, house.app.state.site.public_url, edge.as_everybody(house.app.state.sessions))


class Apps:
    """Apps of an admin's: one for each set of scopes."""

    def __init__(self, house: House, mutua: Mutua, session: str) -> None:
        self._house, self._mutua, self._session = house, mutua, session

    async def person(self, *given: Scope) -> Person:
        app = await apps.app(self._mutua, scopes=sorted({Scope.OPENID, *given}))
        async with self._house.client(self._session) as browser:
            token = (await app.tokens(browser))["access_token"]
        client = self._house.client()
        client.headers["Authorization"] = f"Bearer {token}"
        return Person(client)


@pytest.fixture
async def admins(house: House, mutua: Mutua) -> Apps:
    return Apps(house, mutua, await house.sign_in("alpha", Affiliation.STAFF, role=Role.CONSORTIUM_ADMIN))


def classified() -> Iterator[tuple[str, str, str]]:
    """Each field of a class that isn't everybody's: type, field, class."""
    for type_name, told in TOLD["types"].items():
        for of_class, fields in told.items():
            if of_class in OF_CLASS and of_class != "found":
                yield from ((type_name, field, of_class) for field in fields)


def test_every_field_that_isnt_for_everybody_needs_the_scope_of_its_class() -> None:
    for type_name, field, of_class in classified():
        if type_name in WITHIN_A_DECISION | WITHIN_A_RECORD and of_class in {"decision", "record"}:
            continue
        if (type_name, field) in BY_ID:
            continue
        assert OF_CLASS[of_class] in NEEDED[type_name, field], f"{type_name}.{field}"


def test_what_is_for_everybody_needs_none() -> None:
    classed = {(type_name, field) for type_name, field, _ in classified()}
    others = {pair for pair in NEEDED if pair not in classed and pair[0] != scopes.ACTS}
    assert others == {("Viewer", "memberships"), ("Viewer", "onSiteAt"), ("Viewer", "personalData")}


def test_every_act_and_every_lookup_needs_one() -> None:
    acts = SCHEMA.type_map[scopes.ACTS]
    assert isinstance(acts, GraphQLObjectType)
    assert {field for type_name, field in NEEDED if type_name == scopes.ACTS} == {*acts.fields}
    for type_name, told in TOLD["types"].items():
        if found_as_class := told.get("found"):
            needed = scopes.FOUND.get(type_name, ())
            assert ([OF_CLASS[found_as_class]] if found_as_class in OF_CLASS else []) == [*needed], type_name


def test_every_description_says_it() -> None:
    for name, of in composite():
        for field, definition in of.fields.items():
            needed = NEEDED.get((name, field))
            assert (
                (f"Scope: {' or '.join(needed)}." in str(definition.description))
                if needed
                else ("Scope: " not in str(definition.description))
            )


async def test_a_token_of_an_admin_without_scopes_shows_what_everybody_sees(
    house: House, people: list[Somebody], admins: Apps
) -> None:
    """Each guarded field alone, on every way to it, of somebody who sees it in her browser."""
    ids = await ids_of(house, people)
    bare = await admins.person()
    asked = 0
    for way in ways():
        for field, _ in fields_of(way.type_name):
            if (way.type_name, field) not in NEEDED:
                continue
            answer = await bare.post(document([way], ids, [field]))
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert codes <= {"INSUFFICIENT_SCOPE"}, answer
            if answer["data"]:
                assert not any(tells(one, field) for one in reached(answer["data"], 0, way)), f"{way.path} {field}"
            asked += 1
    assert asked > 300


async def test_each_scope_opens_what_it_is_for_and_nothing_else(
    house: House, people: list[Somebody], admins: Apps
) -> None:
    ids = await ids_of(house, people)
    roots = [field for field, _ in fields_of("Query")]
    whole = Way("Query", "")
    for scope in Scope:
        person = await admins.person(scope)
        for field in roots:
            answer = await person.post(document([whole], ids, [field]))
            needed = NEEDED.get(("Query", field))
            refused = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert refused == ({"INSUFFICIENT_SCOPE"} if needed and scope not in needed else set()), (scope, field)


async def test_without_its_scope_an_id_leads_to_nothing(house: House, people: list[Somebody], admins: Apps) -> None:
    bare = await admins.person()
    named = {"Licence": "alpha deal", "Agreement": "alpha own", "Obligation": "digitise of alpha", "Client": "of alpha"}
    for type_name, name in named.items():
        assert found_as(type_name) in OF_CLASS
        ask, key = "query($id: ID!) { node(id: $id) { __typename } }", house.id(type_name, name)
        assert (await bare.ask(ask, id=key))["node"] is None
        able = await admins.person(*scopes.FOUND[type_name])
        assert (await able.ask(ask, id=key))["node"] == {"__typename": type_name}


async def test_lists_arent_narrowed_or_divided_by_what_a_token_may_not_see(admins: Apps) -> None:
    bare, able = await admins.person(), await admins.person(Scope.ACCESS_DECISIONS_READ)
    for ask in (
        "{ resources(filter: {viewerMay: VIEW}) { totalCount } }",
        "{ resources { facets(fields: [ACCESS]) { field } } }",
    ):
        assert await bare.code(ask) == "INSUFFICIENT_SCOPE"
        assert await able.ask(ask)


async def test_an_act_needs_its_scope_and_its_refusal_is_on_record(house: House, mutua: Mutua, admins: Apps) -> None:
    act = """mutation($id: ID!) {
      memberUpdate(input: {id: $id, version: 1, contact: "https://a.example", reason: "moved"}) { problems { code } }
    }"""
    bare, able = await admins.person(), await admins.person(Scope.MEMBERS_ADMINISTRATION_WRITE)
    assert await bare.code(act, id=house.id("Member", "alpha")) == "INSUFFICIENT_SCOPE"
    async with mutua.everybody() as session:
        (refused,) = await session.scalars(select(RefusedAct))
    assert (refused.act, refused.problem) == ("memberUpdate", "forbidden")
    assert refused.actor
    assert refused.actor.startswith("pseudonym:")
    done = await able.ask(act, id=house.id("Member", "alpha"))
    assert done["memberUpdate"]["problems"] == []


async def test_a_system_asks_for_members_that_named_it_and_must_name_one(house: House, askers: list[Somebody]) -> None:
    ask = """query($member: ID!) {
      resource(by: {id: "RESOURCE"}) {
        one: access(for: {member: {id: $member}, affiliations: [STUDENT]}) { granted ... on AccessRefused { reason } }
        nobody: access(for: {}) { granted ... on AccessRefused { reason } }
        viewerAccess { granted }
      }
    }""".replace("RESOURCE", house.id("Resource", "Nature of Things"))
    for name, expected in (("alpha", None), ("beta", "ASKING_NOT_ALLOWED"), ("the consortium", None)):
        system = next(one for one in askers if one.name == f"system of {name}")
        told = (await system.person.ask(ask, member=house.id("Member", "alpha")))["resource"]
        assert told["one"].get("reason") == expected
        assert told["nobody"] == {"granted": False, "reason": "ASKING_NOT_ALLOWED"}
        assert told["viewerAccess"]["granted"] is False
        who = (await system.person.ask("{ viewer { signedIn memberships { roles } client { name } } }"))["viewer"]
        assert who == {"signedIn": False, "memberships": [], "client": {"name": "Reading room"}}


async def test_a_system_never_acts(house: House, askers: list[Somebody]) -> None:
    system = next(one for one in askers if one.name == "system of the consortium")
    act = 'mutation { packageCreate(input: {code: "x", name: {en: "X"}, provider: "x"}) { problems { code } } }'
    assert await system.person.code(act) == "INSUFFICIENT_SCOPE"
