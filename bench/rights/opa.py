"""Open Policy Agent as a peer: its own Go library in a program of its own, built from the module proxy."""

import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from bench.cluster import say
from bench.rights.questions import Asker, Told, held, number, told_of
from domain.rights.grants import Grants

HERE = Path(__file__).parent / "opa"


def built(folder: Path) -> Path | None:
    """The program; None where there is no Go to build it with."""
    if shutil.which("go") is None:
        say("no Go here: OPA isn't asked")
        return None
    program = folder / "opa"
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=HERE, check=True)  # noqa: S603, S607 the Go there is
    return program


def data(grants: Grants) -> dict[str, Any]:
    """All that its policy reads, under the keys by which it looks things up."""
    of_members: dict[str, dict[str, list[Any]]] = {}
    licences: dict[str, dict[str, Any]] = {}
    for member_id in grants.holdings:
        by_package = of_members[str(member_id)] = {}
        for package_id, grant in held(grants, member_id):
            if grant.licence is None:
                continue  # own collections: there are none in this consortium
            by_package.setdefault(str(package_id), []).append(
                {
                    "entitlement": str(grant.entitlement_id),
                    "licence": str(grant.licence.id),
                    "first": number(grant.first),
                    "last": number(grant.last),
                }
            )
            if str(grant.licence.id) not in licences:
                (level,) = grant.licence.levels
                licences[str(grant.licence.id)] = {
                    action.value: _term(term) for action, (term,) in level.items() if term.speaks
                }
    return {"grants": of_members, "licences": licences}


def _term(term: Any) -> dict[str, Any]:
    allowed = [sorted(one.value for one in qualifier.allowed) for qualifier in term.qualifiers]
    return {"id": str(term.id), "permits": term.permits, **({"affiliations": allowed[0]} if allowed else {})}


def asked(
    program: Path, grants: Grants, askers: list[Asker], day: date, folder: Path, way: str
) -> tuple[list[Told], float]:
    """Its answers, and the seconds of one. `way`: see its main.go."""
    titles = {str(one.id): told_of(one, day) for one in grants.resources.values()}
    questions = [
        {
            "member": str(one.member),
            "affiliations": one.affiliations,
            "action": one.action.value,
            "resource": str(title),
            "day": number(day),
        }
        for one in askers
        for title in one.page
    ]
    (folder / "data.json").write_bytes(orjson.dumps({**data(grants), "titles": titles}))
    (folder / "questions.json").write_bytes(orjson.dumps(questions))
    command = [str(program), str(HERE / "policy.rego"), "data.json", "questions.json", way]
    printed = subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout  # noqa: S603 built here
    found = orjson.loads(printed)
    return [(one["granted"], one.get("term")) for one in found["answers"]], found["seconds"]
