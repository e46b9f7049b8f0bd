"""Staff at work: one call per act, and what it answered."""

from dataclasses import dataclass, field
from typing import Any

from tests.schema.conftest import House, Person

SHOWN = {
    "licence": "licence { id version status startDate endDate parent { id } name }",
    "clause": "clause { id number text summary } licence { version }",
    "term": "term { id action status clause { number } affiliations userClasses territories concurrentUsers note } "
    "licence { version }",
    "agreement": "agreement { id version status name holder { id } "
    "periods { startDate endDate graceUntil cancelBy } licence { id } }",
    "participation": "participation { member { id } startDate endDate } agreement { version }",
    "entitlement": "entitlement { id startDate endDate target { __typename } coverage { startDate embargo } "
    "perpetualCoverage { startDate endDate } } agreement { version }",
}
LICENCES = {"clauseRemove", "termRemove"}
"""Acts that answer with the licence itself."""


@dataclass
class Desk:
    """A member of staff. `versions`: of the things that she saw, by id."""

    person: Person
    house: House
    versions: dict[str, int] = field(default_factory=dict)

    async def act(self, name: str, **input: Any) -> dict[str, Any]:
        """The payload of a mutation."""
        noun = "licence" if name in LICENCES else next(noun for noun in SHOWN if name.startswith(noun))
        document = f"""mutation($input: {name[0].upper()}{name[1:]}Input!) {{
          {name}(input: $input) {{ {SHOWN[noun]} problems {{ code path message(lang: "en") }} }}
        }}"""
        answer: dict[str, Any] = (await self.person.ask(document, input=input))[name]
        return answer

    async def do(self, name: str, of: str = "", **input: Any) -> dict[str, Any]:
        """The payload of an act that succeeds. `of`: the root whose version goes with it."""
        answer = await self.act(name, **input, **({"version": self.versions[of]} if of else {}))
        assert answer["problems"] == [], answer["problems"]
        for root in ("licence", "agreement"):
            thing = answer.get(root)
            if thing and "version" in thing:
                self.versions[thing.get("id", of)] = thing["version"]
        return answer

    async def refused(self, name: str, of: str = "", **input: Any) -> tuple[str, list[str] | None]:
        """Code and path of the only problem of an act that changes nothing."""
        answer = await self.act(name, **input, **({"version": self.versions[of]} if of else {}))
        made = [value for key, value in answer.items() if key != "problems"]
        assert not any(made), made
        (problem,) = answer["problems"]
        return problem["code"], problem["path"] and problem["path"][1:]

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
