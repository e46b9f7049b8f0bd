"""Every GraphQL sample of the docs runs against the demo and answers, as the person that it is meant for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import OperationDefinitionNode, parse

from api.query_page import STAFF, read
from tests.examples import fences
from tests.examples.conftest import REPOSITORY, Demo

Json = Any


@dataclass(frozen=True)
class Sample:
    """Who runs it. `given`: variables that no JSON below it has; `first`: what an admin does before it; `problem`: what
    it is refused with where it can't be done here."""

    person: str | None = None
    given: Mapping[str, Json] = field(default_factory=dict)
    first: str = ""
    problem: str = ""


LIBRARIAN = Sample("librarian")
JOINT = (
    'mutation { agreementCreate(input: {code: "joint", name: "Joint"}) { agreement { id version } problems { code } } }'
)
SAMPLES = {
    "docs/front-end.md": {
        "Search": Sample("student"),
        "Why": Sample("student"),
        "Article": Sample("student"),
        "Viewer": Sample("student"),
        "Held": Sample("student"),
        "Contracts": LIBRARIAN,
        "EnterLicence": LIBRARIAN,
        "Rename": LIBRARIAN,
        "WhoChangedIt": LIBRARIAN,
    },
    "docs/librarian.md": {
        "OurTerms": LIBRARIAN,
        "OnlyInTheLibrary": LIBRARIAN,
        "RunsLonger": LIBRARIAN,
        "Renew": LIBRARIAN,
        "OurRights": LIBRARIAN,
        "WhichLicences": LIBRARIAN,
        "Amend": LIBRARIAN,
        "InForce": LIBRARIAN,
        "Notice": LIBRARIAN,
        "Deadlines": LIBRARIAN,
        "OurCards": LIBRARIAN,
        "History": LIBRARIAN,
        "Join": Sample("admin", first=JOINT),
        "OurMember": LIBRARIAN,
        "Invite": LIBRARIAN,
        # Nobody of the demo loses her role here.
        "End": Sample("librarian", {"role": "none"}, problem="ROLE_NOT_FOUND"),
        "Ask": LIBRARIAN,
    },
    "docs/partner.md": {
        "Harvest": Sample(),
        "Ask": LIBRARIAN,
        "WhyNot": LIBRARIAN,
        "Rights": LIBRARIAN,
        "Licences": LIBRARIAN,
    },
}
STEPS_TO_A_LICENCE_IN_FORCE = 8


class Desk:
    """The demo's persons at their work. What an answer has only one of fills variables of that name, as on the page."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.people: dict[str | None, httpx2.Client] = {}
        self.known: dict[str, Json] = {}

    def ask(self, person: str | None, query: str, given: Mapping[str, Json]) -> Json:
        wanted = {one for one in _variables(query) if one not in given and one in self.known}
        variables = {**given, **{name: self.known[name] for name in wanted}}
        headers = {"Origin": self.demo.address}
        answer = self._client(person).post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        body = answer.json()
        assert "errors" not in body, body["errors"]
        named: dict[str, list[Json]] = {}
        for name, thing in _things(body["data"]):
            named.setdefault(name, []).append(thing)
        for name, things in named.items():
            if len({thing["id"] for thing in things}) == 1:
                self.known[name] = things[0]["id"]
                self.known |= {f"{name}Version": thing["version"] for thing in things if "version" in thing}
        return body["data"]

    def _client(self, person: str | None) -> httpx2.Client:
        if person not in self.people:
            self.people[person] = httpx2.Client(base_url=self.demo.address, follow_redirects=True, timeout=60)
            if person:
                self.people[person].get(f"/demo/{person}").raise_for_status()
        return self.people[person]

    def close(self) -> None:
        for client in self.people.values():
            client.close()


@pytest.fixture(scope="module")
def desk(demo: Demo) -> Iterator[Desk]:
    """After the examples of staff: a licence of Lanzhou's is in force, for titles that everybody reads anyway."""
    made = Desk(demo)
    for saved in read(STAFF, REPOSITORY / "demo" / "queries" / "staff")[:STEPS_TO_A_LICENCE_IN_FORCE]:
        given = {**(saved.variables or {})}
        given |= {name: text for name, text in {"code": "samples", "words": "Open Journals"}.items() if name in given}
        data = made.ask("librarian", saved.query, given)
        assert [payload["problems"] for payload in data.values() if "problems" in payload] in ([], [[]]), data
    yield made
    made.close()


@pytest.mark.parametrize("page", SAMPLES)
def test_the_queries_of_a_page_run_one_after_the_other(page: str, desk: Desk) -> None:
    known = dict(desk.known)
    for name, query, written in _samples(REPOSITORY / page):
        sample = SAMPLES[page][name]
        if sample.first:
            desk.ask("admin", sample.first, {})
        data = desk.ask(sample.person, query, {**written, **sample.given})
        assert None not in data.values(), (name, data)
        problems = [problem["code"] for payload in data.values() for problem in _problems(payload)]
        assert problems == ([sample.problem] if sample.problem else []), (name, data)
    desk.known = known


@pytest.mark.parametrize("page", fences.PAGES, ids=fences.name)
def test_every_query_of_a_page_is_run(page: Path) -> None:
    assert [name for name, *_ in _samples(page)] == list(SAMPLES.get(fences.name(page), {}))


def _samples(page: Path) -> Iterator[tuple[str, str, dict[str, Json]]]:
    """Name, text and variables of each: those of the JSON right below it."""
    found = fences.blocks(page)
    for at, one in enumerate(found):
        if one.language == "json":
            assert at, "JSON below the query that it belongs to"
            assert found[at - 1].language == "graphql", "JSON below the query that it belongs to"
        if one.language == "graphql":
            below = found[at + 1] if at + 1 < len(found) else None
            yield one.name, one.text, json.loads(below.text) if below and below.language == "json" else {}


def _variables(query: str) -> set[str]:
    definitions = [one for one in parse(query).definitions if isinstance(one, OperationDefinitionNode)]
    return {one.variable.name.value for definition in definitions for one in definition.variable_definitions or ()}


def _things(value: Json, name: str = "") -> Iterator[tuple[str, Json]]:
    """Every object with an id, called as its field is; one of a list without the s."""
    if isinstance(value, list):
        for one in value:
            yield from _things(one, name.removesuffix("s"))
    elif isinstance(value, dict):
        if name and isinstance(value.get("id"), str):
            yield name, value
        for key, inner in value.items():
            yield from _things(inner, name if key in ("nodes", "edges", "node") else key)


def _problems(payload: Json) -> list[Json]:
    return payload.get("problems", []) if isinstance(payload, dict) else []
