"""Cedar as a peer, by cedarpy: with each question only the policies that can matter to it."""

import time
from datetime import date
from typing import Any
from uuid import UUID

import cedarpy
import orjson

from bench.rights.questions import Asker, Told, held, number, told_of
from domain.rights.grants import Grants

NEVER, ALWAYS = 0, 99_991_231
OPEN = """
@id("open") permit (principal, action in [Action::"view", Action::"download"], resource) when { resource.open };"""


def policies(grants: Grants, asker: Asker, packages: set[str]) -> str:
    """Those of the member's grants on these packages, for the action that is asked about."""
    found = [OPEN]
    for package_id, grant in held(grants, asker.member):
        if str(package_id) not in packages or grant.licence is None:
            continue
        (level,) = grant.licence.levels
        for term in level.get(asker.action, ()):
            if not term.permits:
                continue
            bounds: list[Any] = list(term.qualifiers)  # affiliations alone
            allowed = [one.value for bound in bounds for one in bound.allowed]
            among = f" && principal.affiliations.containsAny({orjson.dumps(allowed).decode()})" if allowed else ""
            found.append(
                f"""
@id("{grant.entitlement_id} {term.id}")
permit (principal, action == Action::"{asker.action.value}", resource in Package::"{package_id}") when {{
  {number(grant.first)} <= context.day && context.day <= {number(grant.last)}
  && resource.first["{package_id}"] <= resource.published_last
  && resource.published_first <= resource.last["{package_id}"]{among}
}};"""
            )
    return "".join(found)


def asked(grants: Grants, askers: list[Asker], day: date, *, parsed: bool) -> tuple[list[Told], float]:
    """Its answers, and the seconds of one. `parsed`: policies and entities are parsed before the clock starts."""
    prepared = [_question(grants, one, title_id, day) for one in askers for title_id in one.page]
    if parsed:
        prepared = [
            (request, cedarpy.PolicySet.from_str(policies), cedarpy.Entities.from_json_str(entities))
            for request, policies, entities in prepared
        ]
    began = time.process_time()
    found = [cedarpy.is_authorized(*one) for one in prepared]
    taken = time.process_time() - began
    return [_told(one) for one in found], taken / len(prepared)


def _question(grants: Grants, one: Asker, title_id: UUID, day: date) -> tuple[dict[str, Any], Any, Any]:
    title = told_of(grants.resources[title_id], day)
    packages = {copy["package"] for copy in title["copies"]}
    she, it = {"type": "Person", "id": "she"}, {"type": "Title", "id": str(title_id)}
    request = {
        "principal": she,
        "action": {"type": "Action", "id": one.action.value},
        "resource": it,
        "context": {"day": number(day)},
    }
    facts = {
        "open": title["open"],
        "published_first": title.get("published_first", NEVER),
        "published_last": title.get("published_last", ALWAYS),
        "first": {copy["package"]: copy["first"] for copy in title["copies"]},
        "last": {copy["package"]: copy["last"] for copy in title["copies"]},
    }
    entities = [
        {"uid": she, "attrs": {"affiliations": one.affiliations}, "parents": []},
        {"uid": it, "attrs": facts, "parents": [{"type": "Package", "id": package} for package in packages]},
    ]
    return request, policies(grants, one, packages), orjson.dumps(entities).decode()


def _told(result: Any) -> Told:
    if not result.allowed:
        return False, None
    by = sorted(result.diagnostics.id_annotations_by_reason.values())
    return True, None if "open" in by else by[0].partition(" ")[2]
