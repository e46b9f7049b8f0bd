"""docs/problems.md names every code that a mutation's `problems` can have, each once, and no other."""

import re
from pathlib import Path

from domain import messages
from domain.acts.act import Problem
from domain.acts.contract import ContractProblem
from domain.client_addresses import Wrong as AddressProblem
from domain.client_keys import Wrong as KeysProblem
from domain.clients import ClientProblem
from domain.roles import Problem as RoleProblem
from schema.kit.errors import Code

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "problems.md").read_text("utf-8")
KINDS = (Problem, ContractProblem, RoleProblem, ClientProblem, AddressProblem, KeysProblem)
DOCUMENTED = re.findall(r"^\| `([A-Z0-9_]+)` \|", PAGE, re.MULTILINE)


def _sources(*folders: str) -> str:
    return "\n".join(file.read_text("utf-8") for folder in folders for file in (REPOSITORY / folder).rglob("*.py"))


def _codes() -> set[str]:
    """Those of the enumerations, and those that the mutations write themselves."""
    named = {problem.value for kind in KINDS for problem in kind}
    return {code.upper() for code in named | set(re.findall(r'Complaint\("(\w+)"', _sources("schema", "api")))}


def test_every_problem_is_documented_once_and_no_other() -> None:
    assert sorted(DOCUMENTED) == sorted(_codes())


def test_every_sentence_is_that_of_a_problem_or_of_a_refused_request() -> None:
    assert {name.upper() for name in messages.keys("problem")} == _codes() | set(Code.__members__)


def test_every_problem_can_occur() -> None:
    written = _sources("domain", "schema")
    for kind in KINDS:
        for problem in kind:
            assert re.search(rf"(?:Problem|Refusal|Wrong)\.{problem.name}\b", written), problem


def test_what_the_page_tells_to_do_exists() -> None:
    sdl = (REPOSITORY / "schema" / "schema.graphql").read_text("utf-8")
    told = set(re.findall(r"`([a-z][A-Za-z]+)`", PAGE))
    assert {name for name in told if not re.search(rf"\b{name}\b", sdl)} == set()
