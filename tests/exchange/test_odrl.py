"""A licence as an ODRL policy: rules with actions and a target, constraints of three parts, our profile beyond it."""

from pathlib import Path
from typing import Any

import pytest

from domain.exchange import odrl
from domain.exchange.onixpl import reading
from domain.intake.source import look
from models.vocabulary import Action, AmendmentStatus, LicenceStatus, TermStatus
from tests.exchange.test_stored import real

CORE_OPERANDS = {
    "count", "dateTime", "deliveryChannel", "fileFormat", "percentage", "purpose", "recipient", "spatial",
    "virtualLocation",
}  # fmt: skip
CORE_ACTIONS = {"read", "reproduce", "print", "distribute", "archive"}
OPERATORS = {"eq", "gteq", "lt", "lteq", "isAnyOf"}
PAGE = Path(__file__).parents[2] / "docs" / "odrl.md"


def term(action: str = "view", status: str = "permitted_explicit", **more: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("affiliations", "user_classes", "purposes", "recipients", "methods", "parts", "territories")
    )
    plain = {"clause": None, "on_site_only": False, "except_as_permitted": False, "concurrent_users": None}
    told: dict[str, Any] = {"public_note": None, "note": None, "limits": []}
    return {**nothing, **plain, **told, "action": Action(action), "status": TermStatus(status), **more}


def licence(**more: Any) -> dict[str, Any]:
    return {
        "code": "deal", "name": {"en": "Deal", "zh": "许可"}, "licensor": ("Elder Press", 0),
        "status": LicenceStatus.ACTIVE, "start": "2026-01-01", "end": "2026-12-31", "parent": None, **more,
    }  # fmt: skip


def policy(*terms: dict[str, Any], **more: Any) -> dict[str, Any]:
    return odrl.write({"licence": licence(), "terms": list(terms), **more}, "https://m.example/licences/deal")


def constraints(found: dict[str, Any], kind: str = "permission") -> dict[str, tuple[str, Any]]:
    (rule,) = found[kind]
    return {one["leftOperand"]: (one["operator"], one["rightOperand"]) for one in rule.get("constraint", ())}


def sound(found: dict[str, Any]) -> list[str]:
    """What of the information model (ODRL 2.2 §2) a policy breaks."""
    wrong = [key for key in ("@context", "@type", "uid", "profile", "target") if not found.get(key)]
    wrong += [] if found["@type"] == "Set" or found.get("assigner") else ["an offer without assigner"]
    for kind in ("permission", "prohibition"):
        for rule in found.get(kind, ()):
            if rule["action"] not in CORE_ACTIONS and not rule["action"].startswith("mutua:"):
                wrong.append(rule["action"])
            for one in rule.get("constraint", ()):
                for part in one["or"]["@list"] if "or" in one else [one]:
                    operand = part["leftOperand"]
                    if operand not in CORE_OPERANDS and not operand.startswith("mutua:"):
                        wrong.append(operand)
                    if part["operator"] not in OPERATORS or part["rightOperand"] in (None, []):
                        wrong.append(f"{operand} {part['operator']}")
            wrong += [duty for duty in rule.get("duty", ()) if "action" not in duty]
    return wrong


def test_a_permission_is_a_permission_on_the_days_of_the_licence() -> None:
    found = policy(term(clause="3.1"))
    assert sound(found) == []
    assert found["permission"][0]["action"] == "read"
    assert found["permission"][0]["mutua:clause"] == "3.1"
    assert [(one["operator"], one["rightOperand"]["@value"]) for one in found["permission"][0]["constraint"]] == [
        ("gteq", "2026-01-01"),
        ("lt", "2027-01-01"),
    ]
    assert found["mutua:name"] == [
        {"@value": "Deal", "@language": "en"},
        {"@value": "许可", "@language": "zh"},
    ]


def test_every_action_has_a_word() -> None:
    found = policy(*(term(action.value) for action in Action))
    assert sound(found) == []
    assert len({rule["action"] for rule in found["permission"]}) == len(Action)


def test_qualifiers_are_constraints() -> None:
    said = constraints(
        policy(
            term(
                affiliations=["student"],
                user_classes=["law"],
                purposes=["onixPL:AcademicUse", "teaching"],
                recipients=["onixPL:ThirdPartyLibrary"],
                methods=["onixPL:Fax"],
                parts=["one chapter"],
                territories=["CN"],
                on_site_only=True,
                concurrent_users=5,
            )
        )
    )
    del said["dateTime"]
    assert said == {
        "mutua:affiliation": ("isAnyOf", [{"@id": "mutua:affiliation:student"}]),
        "mutua:userClass": ("isAnyOf", ["law"]),
        "purpose": ("isAnyOf", [{"@id": "onixPL:AcademicUse"}, "teaching"]),
        "recipient": ("isAnyOf", [{"@id": "onixPL:ThirdPartyLibrary"}]),
        "deliveryChannel": ("isAnyOf", [{"@id": "onixPL:Fax"}]),
        "mutua:part": ("isAnyOf", ["one chapter"]),
        "spatial": ("isAnyOf", [{"@id": "urn:iso:std:iso:3166:-1:CN"}]),
        "virtualLocation": ("eq", {"@id": "mutua:memberNetwork"}),
        "mutua:concurrentUsers": ("lteq", 5),
    }


def test_a_share_holds_for_less_when_permitted_and_for_more_when_prohibited() -> None:
    assert constraints(policy(term("print", parts=["5%", "10%"])))["percentage"] == ("lteq", 10.0)
    prohibited = policy(term("print", "prohibited_explicit", parts=["5%", "10%"]))
    assert constraints(prohibited, "prohibition")["percentage"] == ("gteq", 5.0)


def test_limits_are_counts() -> None:
    limits = [
        {"kind": "copies", "amount": "1", "unit": None, "formats": None, "note": None},
        {"kind": "percent", "amount": "2.5", "unit": None, "formats": None, "note": None},
        {"kind": "formats", "amount": None, "unit": None, "formats": ["application/pdf"], "note": None},
    ]
    said = constraints(policy(term("print", limits=limits)))
    assert (said["count"], said["percentage"]) == (("lteq", 1), ("lteq", 2.5))
    assert said["fileFormat"] == ("isAnyOf", ["application/pdf"])
    whole = [
        {"kind": "concurrent_users", "amount": "5", "unit": None, "formats": None, "note": None, "clause": None},
        {"kind": "notice", "amount": "3", "unit": "months", "formats": None, "note": None, "clause": None},
    ]
    found = policy(term(), limits=whole)
    assert found["mutua:limit"] == [{"leftOperand": "mutua:concurrent_users", "operator": "lteq", "rightOperand": 5}]
    assert found["obligation"] == [{"action": "inform", "mutua:notice": "3 months"}]


def test_what_is_to_be_kept_to_is_a_duty() -> None:
    (rule,) = policy(term("course_pack", "permitted_conditional", public_note={"en": "Name the source."}))["permission"]
    assert rule["duty"] == [
        {"action": "mutua:observe", "mutua:note": [{"@value": "Name the source.", "@language": "en"}]}
    ]


def test_the_last_day_of_the_calendar_is_no_end() -> None:
    found = odrl.write({"licence": licence(end="9999-12-31"), "terms": [term()]}, "https://m.example/1")
    assert [one["operator"] for one in found["permission"][0]["constraint"]] == ["gteq"]
    leap = odrl.write({"licence": licence(end="2028-02-28"), "terms": [term()]}, "https://m.example/1")
    assert leap["permission"][0]["constraint"][1]["rightOperand"]["@value"] == "2028-02-29"


def test_silence_is_neither_permission_nor_prohibition() -> None:
    found = policy(term("ai_use", "silent"))
    assert "permission" not in found
    assert "prohibition" not in found
    assert found["mutua:silent"][0]["action"] == "mutua:aiUse"


def test_an_amendment_ends_what_it_replaces_the_day_before() -> None:
    old, new = term("print"), term("print", "prohibited_explicit")
    replaced = {"clause": None, "action": "print", "line": 0, "term": None, "ends": old}
    amendment = {"effective": "2026-07-01", "status": AmendmentStatus.ACTIVE, "replaces": [replaced], "terms": [new]}
    found = policy(old, amendments=[amendment])
    ends = [one for one in found["permission"][0]["constraint"] if one["operator"] == "lt"]
    begins = [one for one in found["prohibition"][0]["constraint"] if one["operator"] == "gteq"]
    assert ends[0]["rightOperand"]["@value"] == begins[0]["rightOperand"]["@value"] == "2026-07-01"
    drafted = policy(old, amendments=[amendment | {"status": AmendmentStatus.DRAFT}])
    assert "prohibition" not in drafted


def test_no_rule_outlives_its_licence_or_comes_before_it() -> None:
    """The licence is over before the one amendment, and the other was signed before it began."""
    old, early, late = term("view"), term("print"), term("share")
    replaced = {"clause": None, "action": "view", "line": 0, "term": None, "ends": old}
    active = {"status": AmendmentStatus.ACTIVE, "replaces": []}
    before = {**active, "effective": "2025-06-01", "terms": [early]}
    after = {**active, "effective": "2027-06-01", "terms": [late], "replaces": [replaced]}
    found = policy(old, amendments=[before, after])
    assert sound(found) == []
    said = {
        rule["action"]: [(one["operator"], one["rightOperand"]["@value"]) for one in rule["constraint"]]
        for rule in found["permission"]
    }
    whole = [("gteq", "2026-01-01"), ("lt", "2027-01-01")]
    assert said == {"read": whole, "print": whole}


def test_a_licence_that_narrows_another_inherits_from_it() -> None:
    file = {"licence": licence(), "terms": [term()]}
    assert odrl.write(file, "https://m.example/2", "https://m.example/1")["inheritFrom"] == "https://m.example/1"
    assert "inheritFrom" not in odrl.write(file, "https://m.example/2")


@pytest.mark.parametrize("name", ["AIP", "CUP", "Nature"])
def test_real_licences_are_sound_policies(name: str, shared_data: Path) -> None:
    file, _ = reading.read(look(real(shared_data, name)))
    found = odrl.write(file, "https://m.example/licences/1")
    assert sound(found) == []
    assert found["@type"] == "Set"
    assert len(found["permission"]) + len(found["prohibition"]) == len(file["terms"])


def test_every_word_of_the_profile_is_explained() -> None:
    page = PAGE.read_text("utf-8")
    words = {word for word in odrl.ACTIONS.values() if word.startswith("mutua:")}
    words |= {word for word in odrl.OPERANDS.values() if word.startswith("mutua:")} | set(odrl.COUNTED.values())
    words |= {"mutua:part", "mutua:concurrentUsers", "mutua:concurrent_users", "mutua:concurrent_users_per_member"}
    words |= {"mutua:memberNetwork", "mutua:observe", "mutua:note", "mutua:status", "mutua:clause", "mutua:silent"}
    words |= {"mutua:exceptAsPermitted", "mutua:name", "mutua:state", "mutua:limit", "mutua:notice", odrl.PROFILE}
    assert [word for word in sorted(words) if f"`{word}`" not in page] == []
