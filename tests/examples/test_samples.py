"""The commands and programs in the docs, run as they stand against the demo; none can be added that isn't run."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples import fences
from tests.examples.conftest import Demo
from tests.examples.fences import PAGES, REPOSITORY, block

HERE = "http://127.0.0.1:8000"
ELSEWHERE = {
    ("README.md", "mermaid"): "a picture",
    ("README.md", "sh", "make run"): "the fixture of this folder starts it so, and tests/demo; CI runs make test",
    ("CONTRIBUTING.md", "sh", "make run"): "tests/docs/test_commands.py: each is a target, and CI runs them",
    ("docs/apps.md", "python"): "tests/identity/test_client_libraries.py does the same with the library",
    ("docs/apps.md", "sh"): "tests/operation/test_clients.py runs the command",
    ("docs/formats.md", "yaml"): "tests/docs/test_formats.py loads it",
    ("docs/formats.md", "xml"): "tests/federation/test_commands.py signs with it, as the next block does",
    ("docs/formats.md", "sh"): "tests/federation/test_commands.py does the same",
    ("docs/front-end.md", "jsonc"): "what tests/discovery/test_feed.py gets",
    ("docs/rights.md", ""): "a list of files",
    ("docs/operate.md", "sh"): "make test-deploy does it, as root; tests/docs/test_operate.py knows each command",
    ("docs/operate.md", "csv"): "make test-deploy loads it",
    ("docs/operate.md", "ini"): "a unit for systemd, which no test runs",
    ("docs/operate.md", "nginx"): "a proxy's configuration; tests/auth/test_address.py: what Mutua reads of it",
}
"""Blocks that no test of this folder runs, and what does, or why nothing can. By their first line where it is given."""
RUN_HERE = {
    ("README.md", "sh", "curl -s"),
    ("README.md", "sh", "export MUTUA_DEMO"),
    ("docs/content.md", "sh", "curl -i"),
    ("docs/front-end.md", "python", "import http.cookiejar"),
    ("docs/partner.md", "sh", "python3 examples/partner.py"),
    ("docs/partner.md", "sh", "curl -s 'http"),
    ("docs/partner.md", "sh", "curl -sL"),
}


def run(script: str, demo: Demo, folder: Path) -> str:
    if not shutil.which("curl"):
        pytest.skip("curl is missing")
    script = script.replace(HERE, demo.address)
    done = subprocess.run(["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed(program: str, demo: Demo, folder: Path) -> str:
    """What a Python program of the docs prints."""
    command = [sys.executable, "-c", program.replace(HERE, demo.address)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=fences.name)
def test_every_sample_is_run_or_said_why_not(page: Path) -> None:
    told = [*RUN_HERE, *ELSEWHERE]
    for one in fences.blocks(page):
        if one.language in ("graphql", "json"):
            continue  # test_queries.py runs them, each with the JSON that follows it
        fits = [it for it in told if it[:2] == (one.page, one.language) and one.name.startswith("".join(it[2:]))]
        assert fits, f"{one.page}: nothing runs {one.name!r}: run it here, or say in ELSEWHERE what does"


def test_nothing_is_said_of_samples_that_are_gone() -> None:
    there = [(one.page, one.language, one.name) for page in PAGES for one in fences.blocks(page)]
    for page, language, *begins in [*RUN_HERE, *ELSEWHERE]:
        assert any(it[:2] == (page, language) and it[2].startswith("".join(begins)) for it in there), page


def test_the_readmes_first_query_finds_titles_with_their_access(demo: Demo, tmp_path: Path) -> None:
    answer = json.loads(run(block("README.md", "sh", "curl"), demo, tmp_path))
    assert "errors" not in answer
    assert "Plant Biology" in {node["title"] for node in answer["data"]["resources"]["nodes"]}


def test_an_admin_asks_for_a_member_by_doi_and_scope(demo: Demo, tmp_path: Path) -> None:
    answer = json.loads(run(block("docs/partner.md", "sh", "/demo/admin"), demo, tmp_path))
    assert [access["granted"] for access in answer["data"]["accesses"]] == [True]


def test_the_link_resolver_answers_by_curl(demo: Demo, tmp_path: Path) -> None:
    short, openurl, book, location = (
        run(line, demo, tmp_path) for line in block("docs/partner.md", "sh", "/resolve").splitlines()
    )
    titles = [[one["resource"]["title"] for one in json.loads(said)["accesses"]] for said in (short, openurl, book)]
    assert titles[0] == ["Plant Biology"]
    assert (len(titles[1]), "Botanica Acta" in titles[1]) == (4, True)
    assert titles[2] == ["Titanate and Titania Nanotubes Synthesis"]
    assert location.strip().partition(" ")[2].startswith(f"{demo.address}/content/")


def test_content_opens_by_curl(demo: Demo, tmp_path: Path) -> None:
    query = '{ resources(query: "丝路文献特藏目录", first: 1) { nodes { contents { nodes { url } } } } }'
    ask = f"curl -s {HERE}/graphql -H 'Content-Type: application/json' -d '{json.dumps({'query': query})}'"
    found = re.search(r"/content/([\w-]+)", run(ask, demo, tmp_path))
    assert found
    first, second = block("docs/content.md", "sh").splitlines()
    assert run(f"ID={found[1]}; {first}", demo, tmp_path).startswith("HTTP/1.1 303")
    assert run(f"ID={found[1]}; {second.partition('#')[0]} | head -c 5", demo, tmp_path) == "%PDF-"


def test_a_partners_first_script_is_told_who_may_read(demo: Demo) -> None:
    """With the id and the secret as `make run` prints them, and with a wrong one."""
    line = re.search(r"python3 (examples/partner\.py) (\S+) (\S+)", demo.said)
    assert line
    script, client_id, secret = line.groups()
    script = str(REPOSITORY / script)

    def said(secret: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, script, client_id, secret, demo.address]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    student, alumna, walk_in = said(secret).stdout.splitlines()
    assert student.startswith("STUDENT: granted, clause 3.1.")
    assert alumna.startswith("ALUM: TERM_PROHIBITS, clause 3.3.")
    assert walk_in.startswith("LIBRARY_WALK_IN: ")
    wrong = said(f"{secret}x")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "answered 401" in wrong.stderr
    (curl,) = re.findall(r"^ *(curl -s -u .*)$", demo.said, re.MULTILINE)
    assert json.loads(run(curl, demo, REPOSITORY))["token_type"] == "Bearer"


def test_the_front_ends_program_gets_three_answers_for_one_title(demo: Demo, tmp_path: Path) -> None:
    stranger, student, alumna = printed(
        block("docs/front-end.md", "python", "class Reader"), demo, tmp_path
    ).splitlines()
    assert "Please sign in" in stranger
    assert "Open to you" in student
    assert "{'number': '3.1'}" in student
    assert "{'number': '3.3'}" in alumna


def test_an_act_that_is_sent_twice_is_done_once(demo: Demo, tmp_path: Path) -> None:
    assert printed(block("docs/front-end.md", "python", "Idempotency-Key"), demo, tmp_path) == "True []\n"


def test_the_readmes_commands_find_the_demos_data(demo: Demo) -> None:
    commands = block("README.md", "sh", "mutua invite")
    settings = re.search(r"^export (\S+) (\S+)", commands, re.MULTILINE)
    assert settings
    assert {setting.partition("=")[0] for setting in settings.groups()} | {"MUTUA_STATE_DIR"} == set(demo.settings)
    (command,) = re.findall(r"mutua (invite [a-z -]+?) +#", commands)
    assert f"{demo.address}/invitation/" in demo.mutua(*command.split())


def test_the_run_says_what_a_visitor_needs(demo: Demo) -> None:
    assert f"{demo.address}/graphql" in demo.said
    assert len(demo.passwords) >= 9
    assert "admin" in demo.passwords
