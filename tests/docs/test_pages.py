"""The pages are complete: each is listed once, each folder has its line, each code that programs meet is told."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from graphql import is_enum_type, print_schema

from api import graphql_cost, graphql_limits, limits, pages, problem, query_page
from api.app import create_app
from api.settings import PREFIX, Settings
from auth.refusals import Error
from domain import messages
from models.vocabulary import AccessReason, Role
from schema import build
from schema.kit.connection import COUNTED, LARGEST_SIZE
from schema.kit.errors import Code

REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def listed(text: str) -> list[str]:
    """What the first column of its tables names."""
    return re.findall(r"^\| \[?`?([^`\]|]+)`?(?:\]\([^)]*\))? \|", text, re.MULTILINE)


def test_every_page_is_listed_once() -> None:
    pages = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    named = [name for name in listed(page("README.md")) if name.endswith(".md")]
    assert set(named) == pages | {"long-tests.md"}
    assert len(named) == len(set(named))


def test_every_folder_has_its_line() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    top = {line.partition("/")[0] for line in tracked.splitlines() if "/" in line and not line.startswith(".")}
    told = {name.partition("/")[0] for name in listed(page("README.md")) if name.endswith("/")}
    assert told == top | {"decisions"}


def test_every_measurement_is_explained() -> None:
    files = {path.name for path in (REPOSITORY / "bench").glob("*.py")} - {"__init__.py"}
    files |= {f"{path.parent.name}/" for path in (REPOSITORY / "bench").glob("*/__main__.py")}
    assert set(listed((REPOSITORY / "bench" / "README.md").read_text("utf-8"))) - {"program", "shared"} == files


def test_make_bench_runs_every_measurement() -> None:
    programs = {path.stem for path in (REPOSITORY / "bench").glob("*.py") if "__main__" in path.read_text("utf-8")}
    programs |= {path.parent.name for path in (REPOSITORY / "bench").glob("*/__main__.py")}
    told = re.search(r"for program in ([a-z_ ]+);", (REPOSITORY / "Makefile").read_text("utf-8"))
    assert told
    assert set(told[1].split()) == programs


def test_every_decision_has_a_number_of_its_own_and_says_context_decision_consequences() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in path.read_text("utf-8"), path.name


def test_every_code_of_a_refused_request_is_documented_and_no_other() -> None:
    errors = page("front-end.md").partition("## Errors")[2]
    assert set(re.findall(r"`([A-Z_]{3,})`", errors)) == set(Code.__members__)


def test_every_code_of_a_problem_is_documented_once_and_no_other() -> None:
    table = page("front-end.md").partition("## Refusals outside GraphQL")[2].partition("\n## ")[0]
    documented = [name for name in listed(table) if name != "code"]
    assert sorted(documented) == sorted(problem.Code.__members__)
    assert problem.Code.__members__.keys().isdisjoint(Error.__members__), "those of a sign-in stand in sign-in.md"


def test_the_limits_that_are_documented_are_those_that_hold() -> None:
    told = page("front-end.md").partition("Limits: ")[2].partition(". ")[0]
    assert told == (
        f"{limits.BODY_BYTES // 1024 // 1024} MiB a request, {graphql_limits.TOKENS} tokens a document (pass lists as "
        f"variables), depth {graphql_limits.DEPTH}, {graphql_limits.ALIASES} aliases, {LARGEST_SIZE} rows a page, "
        f"cost {graphql_cost.LIMIT}"
    )
    assert COUNTED == 10_000


@pytest.mark.parametrize(
    "name", ["librarian.md", "partner.md", "front-end.md", "problems.md", "rights.md", "content.md"]
)
def test_a_code_that_a_page_names_exists(name: str) -> None:
    """A reason, a value of the schema, a code of a refusal or a problem, a setting."""
    values = {value for kind in build.SCHEMA.type_map.values() if is_enum_type(kind) for value in kind.values}
    problems = {code.upper() for code in messages.keys("problem") | messages.keys("error")}
    settings = {PREFIX + setting.upper() for setting in Settings.model_fields}
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", page(name)))
    assert named <= values | problems | settings | set(problem.Code.__members__)


@pytest.mark.parametrize("name", ["librarian.md", "partner.md", "front-end.md"])
def test_what_a_page_calls_by_name_is_in_the_schema(name: str) -> None:
    """`licenceCreate`, `Member.rights`: a field, argument or type, with the type before its dot."""
    sdl = print_schema(build.SCHEMA)
    words = set(re.findall(r"`([A-Za-z]+(?:\.[a-zA-Z]+)?)`", page(name)))
    fields = {word for word in words if re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)+|[A-Z]\w+\.\w+", word)}
    of_a_type = {word for word in fields if "." in word}
    assert {word for word in fields - of_a_type if not re.search(rf"\b{word}\b", sdl)} == set()
    assert {word for word in of_a_type if not _has(*word.split("."))} == set()


def _has(kind: str, field: str) -> bool:
    return field in getattr(build.SCHEMA.type_map.get(kind), "fields", {})


def test_every_reason_is_documented_once_and_no_other() -> None:
    told = page("rights.md").partition("## The reasons")[2].partition("\n## ")[0]
    documented = [name for name in listed(told) if name != "reason"]
    assert sorted(documented) == sorted(reason.name for reason in AccessReason)


def test_every_example_of_staff_is_told_in_its_order() -> None:
    way = page("librarian.md").partition("## Enter a licence")[2].partition("\n## ")[0]
    told = [name for name in listed(way) if name.startswith("Staff")]
    assert told == [saved.name["en"] for saved in query_page.read(query_page.STAFF)]


def test_every_address_of_the_edge_is_documented() -> None:
    """In some page, without the variables of its path; but for the files of our own pages."""
    told = "\n".join(path.read_text("utf-8") for path in [*DOCS.glob("*.md"), REPOSITORY / "README.md"])
    paths = _paths(create_app(Settings(demo=True)).routes)
    addresses = {path.partition("{")[0].rstrip("/") for path in paths} - {pages.STATIC}
    assert addresses >= {"/graphql", "/content", "/login", "/why", "/help", "/health/ready"}
    assert {address for address in addresses if not re.search(rf"(?<![\w/]){address}\b", told)} == set()


def _paths(routes: Sequence[Any]) -> Iterator[str]:
    """Of all routes, those of included routers too."""
    for route in routes:
        if hasattr(route, "path"):
            yield route.path
        else:
            yield from _paths(route.original_router.routes)


def test_every_role_is_documented() -> None:
    roles = listed(page("sign-in.md").partition("## Roles")[2])
    assert [role for role in Role if role.value.split("_")[-1] not in " ".join(roles)] == []
