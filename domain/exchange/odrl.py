"""A licence as an ODRL 2.2 policy in JSON-LD (W3C Recommendation of 15 February 2018), under a profile of ours.

A term that permits is a permission, one that prohibits a prohibition; its qualifiers are constraints, its conditions
duties. What ODRL has no word for is of the profile (docs/odrl.md).
"""

from datetime import date, timedelta
from typing import Any

from domain.rights.qualifiers import percent
from models.vocabulary import Action, AmendmentStatus, LicenceStatus, LimitKind, TermStatus

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
PROFILE = "urn:x-mutua:odrl:1"
"""The profile's IRI; its terms are `mutua:…`, this and a colon in front."""
ACTIONS = {
    Action.VIEW: "read",
    Action.DOWNLOAD: "reproduce",
    Action.PRINT: "print",
    Action.SHARE: "distribute",
    Action.COURSE_PACK: "mutua:coursePack",
    Action.COURSE_RESERVE: "mutua:courseReserve",
    Action.INTERLIBRARY_SUPPLY: "mutua:interlibrarySupply",
    Action.TEXT_AND_DATA_MINE: "mutua:textAndDataMine",
    Action.AI_USE: "mutua:aiUse",
    Action.ARCHIVE: "archive",
}
OPERANDS = {
    "affiliations": "mutua:affiliation",
    "user_classes": "mutua:userClass",
    "purposes": "purpose",
    "recipients": "recipient",
    "methods": "deliveryChannel",
}
COUNTED = {LimitKind.COPIES: "mutua:copy", LimitKind.PAGES: "mutua:page"}
ONIX = "onixPL:"
Json = dict[str, Any]


def write(file: Json, uid: str, parent: str | None = None) -> Json:
    """The policy of a licence in plain values; `uid` is its IRI, `parent` that of the licence that it narrows."""
    licence = file["licence"]
    ends = _ends(file)
    rules: dict[str, list[Json]] = {"permission": [], "prohibition": []}
    silent = []
    dated = [(term, None, ends.get(id(term))) for term in file["terms"]]
    for amendment in file.get("amendments", ()):
        if amendment["status"] == AmendmentStatus.ACTIVE:
            dated += [(term, amendment["effective"], ends.get(id(term))) for term in amendment["terms"]]
    for term, begins, ends_before in dated:
        first, after = _within(licence, begins, ends_before)
        if first and after and first >= after:  # it never stood
            continue
        status = TermStatus(term["status"])
        if status in {TermStatus.SILENT, TermStatus.NOT_APPLICABLE}:
            silent.append(_rule(term, first, after))
        else:
            kind = "permission" if status.value.startswith("permitted") else "prohibition"
            rules[kind].append(_rule(term, first, after))
    template = licence["status"] == LicenceStatus.TEMPLATE
    return {
        "@context": [CONTEXT, {"mutua": f"{PROFILE}:", "onixPL": "http://www.editeur.org/onix-pl:"}],
        "@type": "Set" if template else "Offer",
        "uid": uid,
        "profile": PROFILE,
        **({"inheritFrom": parent} if parent else {}),
        "conflict": "prohibit",
        "mutua:name": _texts(licence["name"]),
        "mutua:state": f"mutua:{licence['status']}",
        **({} if template else {"assigner": {"@type": "Party", "uid": f"mutua:party:{_word(licence['licensor'][0])}"}}),
        "target": {"@type": "AssetCollection", "uid": f"{uid}#content"},
        **{kind: found for kind, found in rules.items() if found},
        **({"mutua:silent": silent} if silent else {}),
        **_of_the_whole(file.get("limits", ())),
    }


def _ends(file: Json) -> dict[int, str]:
    """By the identity of each term that an amendment in force replaces, the day from which it stands no more."""
    ends: dict[int, str] = {}
    for amendment in file.get("amendments", ()):
        for replaced in amendment["replaces"] if amendment["status"] == AmendmentStatus.ACTIVE else ():
            known = ends.get(id(replaced["ends"]), amendment["effective"])
            ends[id(replaced["ends"])] = min(known, amendment["effective"])
    return ends


def _within(licence: Json, begins: str | None, ends_before: str | None) -> tuple[str | None, str | None]:
    """The first day, and that from which it stands no more: of the licence and of what an amendment leaves of them."""
    first = [day for day in (begins, licence["start"]) if day]
    after = [day for day in (ends_before, _day_after(licence["end"])) if day]
    return max(first, default=None), min(after, default=None)


def _rule(term: Json, first: str | None, after: str | None) -> Json:
    action = ACTIONS[Action(term["action"])]
    permits = TermStatus(term["status"]).value.startswith("permitted")
    constraints = list(_constraints(term, permits=permits))
    constraints += [_constraint("dateTime", "gteq", _day(first))] if first else []
    constraints += [_constraint("dateTime", "lt", _day(after))] if after else []
    rule: Json = {"action": action}
    if constraints:
        rule["constraint"] = constraints
    if term["public_note"] and permits:
        rule["duty"] = [{"action": "mutua:observe", "mutua:note": _texts(term["public_note"])}]
    rule["mutua:status"] = f"mutua:{term['status']}"
    if term["clause"] is not None:
        rule["mutua:clause"] = term["clause"]
    if term["except_as_permitted"]:
        rule["mutua:exceptAsPermitted"] = True
    return rule


def _day_after(last: str | None) -> str | None:
    """The first day on which it isn't any more; the last day of the calendar has none."""
    day = date.fromisoformat(last) if last else date.max
    return (day + timedelta(days=1)).isoformat() if day < date.max else None


def _constraints(term: Json, *, permits: bool) -> Any:
    for key, operand in OPERANDS.items():
        if term[key]:
            yield _constraint(operand, "isAnyOf", [_value(key, word) for word in term[key]])
    if term["territories"]:
        yield _constraint("spatial", "isAnyOf", [{"@id": f"urn:iso:std:iso:3166:-1:{c}"} for c in term["territories"]])
    if term["on_site_only"]:
        yield _constraint("virtualLocation", "eq", {"@id": "mutua:memberNetwork"})
    words = [part for part in term["parts"] or () if percent(part) is None]
    shares = [share for part in term["parts"] or () if (share := percent(part)) is not None]
    if words and shares:
        yield {"or": {"@list": [_parts(words), _share(shares, permits=permits)]}}
    elif words:
        yield _parts(words)
    elif shares:
        yield _share(shares, permits=permits)
    if term["concurrent_users"]:
        yield _constraint("mutua:concurrentUsers", "lteq", term["concurrent_users"])
    for limit in term["limits"]:
        yield _limit(limit)


def _parts(words: list[str]) -> Json:
    return _constraint("mutua:part", "isAnyOf", [_value("parts", word) for word in words])


def _share(shares: list[float], *, permits: bool) -> Json:
    """A permission of 10 % holds for less as well, a prohibition of 10 % for more."""
    return _constraint("percentage", "lteq" if permits else "gteq", max(shares) if permits else min(shares))


def _limit(limit: Json) -> Json:
    kind = LimitKind(limit["kind"])
    if kind is LimitKind.FORMATS:
        return _constraint("fileFormat", "isAnyOf", list(limit["formats"]))
    amount = float(limit["amount"])
    number = int(amount) if amount.is_integer() else amount
    if kind is LimitKind.PERCENT:
        return _constraint("percentage", "lteq", number)
    if kind in COUNTED:
        return _constraint("count", "lteq", number) | {"unit": COUNTED[kind]}
    return _constraint(f"mutua:{kind.value}", "lteq", number)


def _of_the_whole(limits: Any) -> Json:
    """What the licence counts as a whole: users, and its notice as a duty to tell."""
    users = [_limit(limit) for limit in limits if limit["kind"] != LimitKind.NOTICE]
    notices = [
        {"action": "inform", "mutua:notice": f"{limit['amount']} {limit['unit']}"}
        for limit in limits
        if limit["kind"] == LimitKind.NOTICE
    ]
    return ({"mutua:limit": users} if users else {}) | ({"obligation": notices} if notices else {})


def _constraint(operand: str, operator: str, value: Any) -> Json:
    return {"leftOperand": operand, "operator": operator, "rightOperand": value}


def _day(written: str) -> Json:
    return {"@value": written, "@type": "xsd:date"}


def _value(key: str, word: str) -> Any:
    """A code as an IRI, a description in words as it is."""
    if key == "affiliations":
        return {"@id": f"mutua:affiliation:{word}"}
    return {"@id": word} if word.startswith(ONIX) else word


def _texts(localised: dict[str, str]) -> list[Json]:
    return [
        {"@value": text} | ({"@language": language} if language != "und" else {})
        for language, text in localised.items()
    ]


def _word(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name.lower()).strip("-") or "unnamed"
