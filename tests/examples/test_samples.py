"""The commands and programs in the docs, run as they stand against the demo."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.conftest import Demo

REPOSITORY = Path(__file__).parents[2]
HERE = "http://127.0.0.1:8000"


def blocks(page: str, language: str) -> list[str]:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run(script: str, demo: Demo, folder: Path) -> str:
    if not shutil.which("curl"):
        pytest.skip("curl is missing")
    script = script.replace(HERE, demo.address)
    done = subprocess.run(["sh", "-e", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readmes_first_query_finds_titles_with_their_access(demo: Demo, tmp_path: Path) -> None:
    (query,) = [block for block in blocks("README.md", "sh") if "curl" in block]
    answer = json.loads(run(query, demo, tmp_path))
    assert "errors" not in answer
    assert "Plant Biology" in {node["title"] for node in answer["data"]["resources"]["nodes"]}


def test_an_admin_asks_for_a_member_by_doi_and_scope(demo: Demo, tmp_path: Path) -> None:
    (script,) = blocks("docs/partner.md", "sh")
    answer = json.loads(run(script, demo, tmp_path))
    assert [access["granted"] for access in answer["data"]["accesses"]] == [True]


def test_the_partners_program_runs_and_is_told_that_it_may_not_ask(demo: Demo, tmp_path: Path) -> None:
    (program,) = blocks("docs/partner.md", "python")
    program = program.replace(HERE, demo.address)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.count("False ASKING_NOT_ALLOWED") == 3


def test_the_front_ends_program_gets_three_answers_for_one_title(demo: Demo, tmp_path: Path) -> None:
    (program,) = blocks("docs/front-end.md", "python")
    program = program.replace(HERE, demo.address)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    stranger, student, alumna = done.stdout.splitlines()
    assert "Please sign in" in stranger
    assert "Open to you" in student
    assert "{'number': '3.1'}" in student
    assert "{'number': '3.3'}" in alumna


def test_the_readmes_commands_find_the_demos_data(demo: Demo) -> None:
    (block,) = [block for block in blocks("README.md", "sh") if "mutua invite" in block]
    settings = re.search(r"^export (\S+) (\S+)", block, re.MULTILINE)
    assert settings
    assert {setting.partition("=")[0] for setting in settings.groups()} | {"MUTUA_STATE_DIR"} == set(demo.settings)
    (command,) = re.findall(r"mutua (invite [a-z -]+?) +#", block)
    assert f"{demo.address}/invitation/" in demo.mutua(*command.split())


def test_the_run_says_what_a_visitor_needs(demo: Demo) -> None:
    assert f"{demo.address}/graphql" in demo.said
    assert len(demo.passwords) >= 9
    assert "admin" in demo.passwords
