"""Staff at work: one call per act, and what it answered; and readers who see what comes of it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type, get_nullable_type, is_list_type

from schema import build
from tests.schema.conftest import House, Person

SHOWN = {
    "licence": "licence { id version status startDate endDate parent { id } name }",
    "clause": "clause { id number text summary } licence { version }",
    "term": "term { id action status clause { number } affiliations userClasses territories concurrentUsers note } "
    "licence { version }",
    "amendment": "amendment { id status terms { id } } licence { version }",
    "limit": "limit { id kind amount } licence { version }",
    "agreement": "agreement { id version status name closedOn holder { id } "
    "periods { startDate endDate graceUntil cancelBy } licence { id } }",
    "participation": "participation { member { id } startDate endDate } agreement { version }",
    "entitlement": "entitlement { id startDate endDate target { __typename } coverage { startDate embargo } "
    "perpetualCoverage { startDate endDate } } agreement { version }",
}
LICENCES = {"amendmentRemove", "clauseRemove", "limitRemove", "termRemove"}
"""Acts that answer with the licence itself."""
AS_A_WHOLE = {"FORBIDDEN", "NOTHING_TO_CHANGE", "UNAUTHENTICATED"}
"""Problems that no field of the input is to blame for."""
CHINESE = re.compile("[\u4e00-\u9fff]")


def day(days: int = 0) -> str:
    """Today in UTC, where the members of this world are, or so many days later."""
    return (datetime.now(UTC).date() + timedelta(days)).isoformat()


def document_of(name: str) -> str:
    noun = "licence" if name in LICENCES else next(noun for noun in SHOWN if name.startswith(noun))
    return f"""mutation($input: {name[0].upper()}{name[1:]}Input!) {{
      {name}(input: $input) {{
        {SHOWN[noun]} problems {{ code path en: message(lang: "en") zh: message(lang: "zh") }}
      }}
    }}"""


@dataclass
class Desk:
    """A member of staff. `versions`: of the things that she saw, by id."""

    person: Person
    house: House
    versions: dict[str, int] = field(default_factory=dict)

    async def act(self, name: str, /, **input: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        answer: dict[str, Any] = (await self.person.ask(document_of(name), input=input))[name]
        return answer

    async def do(self, name: str, of: str = "", /, **input: Any) -> dict[str, Any]:
        """The payload of an act that succeeds. `of`: the root whose version goes with it."""
        answer = await self.act(name, **input, **({"version": self.versions[of]} if of else {}))
        assert answer["problems"] == [], answer["problems"]
        for root in ("licence", "agreement"):
            thing = answer.get(root)
            if thing and "version" in thing:
                self.versions[thing.get("id", of)] = thing["version"]
        return answer

    async def refused(self, name: str, of: str = "", /, **input: Any) -> tuple[str, str]:
        """Code and path of the only problem of an act that changes nothing; the path is that of a field of the input,
        and people can read it in both languages."""
        answer = await self.act(name, **input, **({"version": self.versions[of]} if of else {}))
        made = [value for key, value in answer.items() if key != "problems"]
        assert not any(made), made
        (problem,) = answer["problems"]
        assert CHINESE.search(problem["zh"]), problem
        assert problem["en"] != problem["zh"], problem
        assert not re.search("[{}]", problem["en"] + problem["zh"]), problem
        assert (problem["path"] is None) is (problem["code"] in AS_A_WHOLE), problem
        path = problem["path"] or ["input"]
        assert_names_a_field(name, path)
        return problem["code"], ".".join(path[1:])

    async def licence(self, **more: Any) -> str:
        """A new draft."""
        wanted = {"code": "deal-2", "name": {"en": "A deal"}, "licensor": self.house.id("Provider", "Verlag")}
        made = await self.do("licenceCreate", **wanted | more)
        return str(made["licence"]["id"])

    async def term(self, licence: str, **more: Any) -> str:
        """A new term; without more, everybody may view."""
        wanted = {"action": "VIEW", "status": "PERMITTED_EXPLICIT", "licence": licence}
        made = await self.do("termSet", licence, **wanted | more)
        return str(made["term"]["id"])

    async def clause(self, licence: str, number: str = "3.1", **more: Any) -> str:
        made = await self.do("clauseSet", licence, licence=licence, number=number, **more)
        return str(made["clause"]["id"])

    async def signed(self, **more: Any) -> str:
        """A licence in force by which everybody may view."""
        licence = await self.licence(**more)
        await self.term(licence)
        await self.do("licenceActivate", licence, id=licence)
        return licence

    async def agreement(self, **more: Any) -> str:
        """A new draft."""
        wanted = {"code": "deal-2", "name": "A deal", "periods": [{"startDate": "2020-01-01", "endDate": "2099-12-31"}]}
        made = await self.do("agreementCreate", **wanted | more)
        return str(made["agreement"]["id"])

    async def give(self, agreement: str, package: str = "journals", **more: Any) -> str:
        target = {"package": self.house.id("Package", package)}
        made = await self.do("entitlementGrant", agreement, agreement=agreement, **{"target": target} | more)
        return str(made["entitlement"]["id"])

    async def join(self, agreement: str, member: str = "beta", first: str = "2020-01-01", **more: Any) -> None:
        joins = {"member": self.house.id("Member", member), "startDate": first}
        await self.do("participationStart", agreement, agreement=agreement, **joins | more)

    async def concluded(self, licence: str, **more: Any) -> str:
        """An agreement of the consortium in force under a licence, by which beta has the journals."""
        agreement = await self.agreement(licences=[{"licence": licence}], **more)
        await self.join(agreement)
        await self.give(agreement)
        await self.do("agreementActivate", agreement, id=agreement)
        return agreement

    async def contract(self, **line: Any) -> dict[str, str]:
        """A contract of the consortium in force by which beta has the journals; `line`: how."""
        licence = await self.signed()
        agreement = await self.agreement(licences=[{"licence": licence}])
        await self.join(agreement)
        given = await self.give(agreement, **line)
        await self.do("agreementActivate", agreement, id=agreement)
        return {"licence": licence, "agreement": agreement, "line": given}


def assert_names_a_field(name: str, path: list[str]) -> None:
    """A path leads through the input's fields, and through lists by index."""
    mutation = build.SCHEMA.mutation_type
    assert mutation
    here: Any = mutation.fields[name].args[path[0]].type
    for step in path[1:]:
        here = get_nullable_type(here)
        if is_list_type(here):
            assert step.isdecimal(), path
            here = here.of_type
        else:
            named = get_named_type(here)
            assert isinstance(named, GraphQLInputObjectType), path
            assert step in named.fields, path
            here = named.fields[step].type


DECISION = """
query($id: ID!, $action: Action!, $on: Date, $published: PartialDate, $use: UseInput) {
  resource(by: {id: $id}) {
    viewerAccess(action: $action, on: $on, published: $published, use: $use) {
      granted validUntil licence { name(lang: "en") } clause { number summary(lang: "en") } term { status }
      ... on AccessGranted { basis entitlement { id } conditions(lang: "en") }
      ... on AccessRefused { reason }
    }
  }
}
"""
READABLE = "{ resources(filter: {viewerMay: VIEW}) { totalCount } }"


async def decision(
    reader: Person,
    house: House,
    *,
    of: str = "Nature of Things",
    action: str = "VIEW",
    on: str | None = None,
    published: str | None = None,
    use: dict[str, str] | None = None,
) -> dict[str, Any]:
    asked = {"id": house.id("Resource", of), "action": action, "on": on, "published": published, "use": use}
    answer: dict[str, Any] = (await reader.ask(DECISION, **asked))["resource"]["viewerAccess"]
    return answer


async def may(reader: Person, house: House, **more: Any) -> str:
    """The basis on which it is granted, or the reason why not."""
    answer = await decision(reader, house, **more)
    return str(answer["basis"] if answer["granted"] else answer["reason"])


async def readable(reader: Person) -> int:
    """How many resources a list shows her as hers to view."""
    count: int = (await reader.ask(READABLE))["resources"]["totalCount"]
    return count
