"""`mutua access`: the answer that a reader gets, told to whoever helps her, with the checks behind it."""

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api import database as edge
from api.database import Urls
from models import party, resource
from schema.kit import ids
from tests.operation.commands import MUTUA, Mutua, environment
from tests.rights import world

TOLD: dict[str, Any] = {
    "members": {"lzu": {"country": "CN"}, "pku": {"country": "CN"}},
    "packages": {"journals": {"provider": "Verlag", "titles": {"Annals": {"coverage": [{"start": 2000}]}}}},
    "licences": {
        "big deal": {
            "licensor": "Verlag",
            "terms": [
                {"action": "view", "status": "permitted_explicit", "affiliations": ["student"], "clause": "3.1"},
                {"action": "course_pack", "status": "permitted_explicit", "purposes": ["teaching"], "clause": "6"},
                {"action": "download", "status": "permitted_explicit", "on_site_only": True, "clause": "7"},
            ],
        }
    },
    "agreements": {"deal": {"licence": "big deal", "participants": ["lzu"], "entitlements": ["journals"]}},
}
NAMES = ("lzu", "CN-730000", "01mkqqe32", "https://ror.org/01mkqqe32", "LZU.edu.cn")
ISSN, DOI = "2049-3630", "10.1000/annals"


@pytest.fixture
def town(folder: Path, database: Urls, monkeypatch: pytest.MonkeyPatch) -> world.World:
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)
    monkeypatch.setenv("COLUMNS", "120")

    async def tell(session: AsyncSession) -> world.World:
        made = await world.load(session, TOLD)
        lzu, annals = made.id("member", "lzu"), made.id("resource", "Annals")
        session.add_all(
            [
                party.MemberIdentifier(member_id=lzu, namespace="isil", value="CN-730000"),
                party.MemberIdentifier(member_id=lzu, namespace="ror", value="https://ror.org/01mkqqe32"),
                party.MemberScope(member_id=lzu, scope="lzu.edu.cn"),
                resource.ResourceIdentifier(resource_id=annals, namespace="issn", value=ISSN),
                resource.ResourceIdentifier(resource_id=annals, namespace="doi", value=DOI),
                resource.ResourceIdentifier(resource_id=annals, namespace="local", value="A7"),
            ]
        )
        return made

    async def within() -> world.World:
        pool = edge.engine(database.app)
        async with edge.as_everybody(edge.sessions(pool))() as session:
            made = await tell(session)
        await pool.dispose()
        return made

    return asyncio.run(within())


def test_a_reader_is_found_by_every_name_of_her_member_and_a_title_by_its_own(mutua: Mutua, town: world.World) -> None:
    key = town.id("resource", "Annals")
    titles = (ISSN, f"https://doi.org/{DOI}", "local:A7", ids.encode("Resource", key), str(key))
    for member, title in [*((name, ISSN) for name in NAMES), *(("lzu", title) for title in titles)]:
        done = mutua("access", member, title, "--as", "student", "--json")
        assert done.code == 0, (member, title, done.err)
        assert (json.loads(done.out)["granted"], json.loads(done.out)["clause"]) == (True, "3.1")


@pytest.mark.usefixtures("town")
def test_a_refusal_is_told_with_its_checks_and_what_would_change_it(mutua: Mutua) -> None:
    done = mutua("access", "lzu", ISSN, "--as", "alum", "--published", "2011")
    assert (done.code, done.err) == (1, "")
    for said in (
        "Clause 3.1 of the licence “big deal” does not include readers of your kind.",
        "7 Affiliation",
        "failed",
        "permitted to: student",
        "asked as: alum",
        "8 Place",
        "not reached",
        "It would be allowed by: Being, at lzu, one of these: student.",
    ):
        assert said in done.out
    assert "package “journals”" in done.out, "whoever runs commands sees the agreements"
    chinese = mutua("access", "lzu", ISSN, "--as", "alum", "--lang", "zh")
    assert "未授权您这类读者" in chinese.out
    assert "校友" in chinese.out


@pytest.mark.usefixtures("town")
def test_the_facts_of_the_question_count(mutua: Mutua) -> None:
    for arguments, reason in (
        (("--action", "course_pack", "--purpose", "sale"), "TERM_PROHIBITS"),
        (("--action", "course_pack", "--purpose", "teaching"), None),
        (("--action", "download"), "REMOTE_NOT_ALLOWED"),
        (("--action", "download", "--on-site"), None),
        (("--as", "student", "--published", "1990"), "OUT_OF_COVERAGE"),
        (("--as", "student", "--on", "1850-01-01"), None),
    ):
        done = mutua("access", "lzu", ISSN, "--json", *arguments)
        assert (json.loads(done.out)["reason"], done.code) == (reason, 1 if reason else 0), arguments


@pytest.mark.usefixtures("town")
def test_a_part_is_a_percentage_or_any_description(mutua: Mutua) -> None:
    for part in ("10%", "0.5 %", "100 percent", "a complete article", "up to 10% of it", "2 copies"):
        done = mutua("access", "lzu", ISSN, "--as", "student", "--part", part)
        assert (done.code, done.err) == (0, ""), part


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(("affiliation", "code"), [("student", 0), ("alum", 1)])
def test_the_exit_code_tells_the_answer_to_whoever_stops_reading(
    database: Urls, tmp_path: Path, affiliation: str, code: int
) -> None:
    unread, written = os.pipe()
    os.close(unread)
    try:
        done = subprocess.run(
            [*MUTUA, "access", "lzu", ISSN, "--as", affiliation],
            stdout=written,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env=environment(MUTUA_DATABASE_URL=database.app),
            check=False,
        )
    finally:
        os.close(written)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.usefixtures("town")
def test_what_names_nothing_is_one_line_and_exit_code_2(mutua: Mutua) -> None:
    for arguments, named in (
        (("nobody", ISSN), "nobody"),
        (("lzu", "1234-5679"), "1234-5679"),
        (("lzu", ISSN, "--as", "king"), "king"),
        (("lzu", ISSN, "--on", "tomorrow"), "tomorrow"),
        (("lzu", ISSN, "--published", "1999-13"), "1999-13"),
        (("lzu", ISSN, "--territory", "China"), "China"),
        *((("lzu", ISSN, "--part", part), part) for part in ("-5%", "-5", "abc%", "150%", "1,5 %", "%")),
    ):
        done = mutua("access", *arguments)
        assert (done.code, done.out) == (2, "")
        assert named in done.err
        assert done.err.count("\n") == 1
