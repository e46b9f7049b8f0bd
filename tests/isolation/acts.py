"""Each act once, on the things of one member, as data: `{m}` stands for the member, `<Licence {m} deal>` for an id,
`<version Licence {m} deal>` for the version that somebody saw.
"""

import re
from collections.abc import Iterator
from typing import Any

from graphql import GraphQLInputObjectType, get_named_type, get_nullable_type, is_leaf_type, is_list_type

from schema.build import SCHEMA
from tests.isolation.people import Somebody
from tests.isolation.table import PAYLOAD
from tests.isolation.ways import fields_of
from tests.schema.conftest import House

Input = dict[str, Any]

BY_ACTS = {"Mutation", "RoleInvitation", "ContentLink", "AppWithdrawn", "Erased", "Problem", "InputProblem"}
"""Types that only acts lead to, beside payloads."""
SHOWN_WHOLE = {"RoleInvitation", "ContentLink", "AppWithdrawn", "Erased", "Problem"}
OF_ONESELF = {"contentOpen", "viewerAppWithdraw", "viewerErase"}
"""Acts on no member's things."""

DRAFT = {"licence": "<Licence {m} draft deal>", "version": "<version Licence {m} draft deal>"}
PREPARED = {"id": "<Agreement {m} draft>", "version": "<version Agreement {m} draft>"}
SHELF = {"id": "<Package {m} shelf>", "version": "<version Package {m} shelf>"}
PAGE = {"id": "<ContentItem page of {m}>", "version": "<version ContentItem page of {m}>"}
APP = {"id": "<Client secret of {m}>", "version": "<version Client secret of {m}>"}
SECRET = {"authentication": "CLIENT_SECRET"}
NAME = {"en": "Another name"}
LATER = "2089-12-31"

ACTS: list[tuple[str, Input]] = [
    ("contentOpen", {"contentItem": "<ContentItem page of {m}>"}),
    ("roleInvite", {"member": "<Member {m}>", "role": "MEMBER_LIBRARIAN"}),
    ("roleEnd", {"role": "<RoleAssignment present of {m}>", "reason": "left"}),
    ("memberCreate", {"code": "new-{m}", "name": NAME, "kind": "university", "timeZone": "UTC"}),
    (
        "memberUpdate",
        {"id": "<Member {m}>", "version": "<version Member {m}>", "contact": "https://{m}.example/ask"},
    ),
    ("providerCreate", {"code": "press-{m}", "name": NAME}),
    ("platformCreate", {"code": "platform-{m}", "name": NAME, "provider": "<Provider Verlag>"}),
    ("packageCreate", {"code": "new", "name": NAME, "provider": "<Member {m}>"}),
    ("packageUpdate", {**SHELF, "name": NAME}),
    (
        "packageTitleAdd",
        {
            "package": SHELF["id"],
            "version": SHELF["version"],
            "resource": "<Resource Volume 1>",
            "platform": "<Platform Reader>",
        },
    ),
    ("contentUpdate", {**PAGE, "label": NAME}),
    ("packageTitleRemove", {"id": "<PackageTitle {m} shelf/Scroll of {m}>", "version": SHELF["version"]}),
    (
        "resourceCreate",
        {"kind": "MAP", "title": NAME, "contributedBy": "<Member {m}>", "continues": "<Resource Scroll of {m}>"},
    ),
    (
        "resourceUpdate",
        {"id": "<Resource Scroll of {m}>", "version": "<version Resource Scroll of {m}>", "publisher": "Another"},
    ),
    (
        "licenceCreate",
        {
            "code": "new-{m}",
            "name": NAME,
            "licensor": "<Provider Verlag>",
            "holder": "<Member {m}>",
            "parent": "<Licence {m} deal>",
        },
    ),
    (
        "licenceDraft",
        {
            "document": "<LicenceDocument of {m}>",
            "code": "drafted-{m}",
            "name": NAME,
            "licensor": "<Provider Verlag>",
            "holder": "<Member {m}>",
        },
    ),
    (
        "licenceUpdate",
        {
            "id": DRAFT["licence"],
            "version": DRAFT["version"],
            "name": NAME,
            "licensor": "<Provider Verlag>",
            "parent": "<Licence {m} deal>",
        },
    ),
    ("clauseSet", {**DRAFT, "number": "9", "text": "So be it"}),
    ("clauseRemove", {**DRAFT, "number": "9"}),
    ("termSet", {**DRAFT, "id": "<Term {m} draft deal/2>", "action": "SHARE", "status": "PERMITTED_EXPLICIT"}),
    ("termRemove", {"id": "<Term {m} draft deal/1>", "version": DRAFT["version"]}),
    (
        "amendmentSet",
        {
            **DRAFT,
            "number": "2",
            "effectiveOn": LATER,
            "replaces": ["<Term {m} draft deal/2>"],
            "document": "<LicenceDocument of {m}>",
        },
    ),
    ("amendmentActivate", {"id": "<Amendment {m} draft deal/1>", "version": DRAFT["version"]}),
    ("amendmentRemove", {"id": "<Amendment {m} draft deal/0>", "version": DRAFT["version"]}),
    (
        "limitSet",
        {**DRAFT, "id": "<UsageLimit {m} draft deal/4/copies>", "term": "<Term {m} draft deal/2>", "kind": "PAGES"},
    ),
    ("limitRemove", {"id": "<UsageLimit {m} draft deal/notice>", "version": DRAFT["version"]}),
    ("silentDefaultSet", {"action": "AI_USE", "permitted": True}),
    (
        "statutoryRuleSet",
        {"id": "<StatutoryRule FR text_and_data_mine>", "territory": "DE", "action": "PRINT", "name": NAME},
    ),
    ("statutoryRuleRemove", {"id": "<StatutoryRule FR text_and_data_mine>"}),
    ("licenceActivate", {"id": DRAFT["licence"], "version": DRAFT["version"]}),
    (
        "agreementCreate",
        {"code": "new-{m}", "name": "New", "holder": "<Member {m}>", "licences": [{"licence": "<Licence {m} deal>"}]},
    ),
    ("agreementUpdate", {**PREPARED, "name": "Another", "licences": [{"licence": "<Licence {m} deal>"}]}),
    (
        "entitlementGrant",
        {
            "agreement": PREPARED["id"],
            "version": PREPARED["version"],
            "target": {"package": "<Package pool shelf>"},
            "perpetualCoverage": [{"packageTitle": "<PackageTitle pool shelf/Volume 1>"}],
        },
    ),
    ("agreementActivate", PREPARED),
    (
        "entitlementWithdraw",
        {"id": "<Entitlement {m} own/2>", "version": "<version Agreement {m} own>", "on": LATER},
    ),
    ("agreementClose", {"id": "<Agreement {m} own>", "version": "<version Agreement {m} own>", "on": LATER}),
    ("licenceTerminate", {"id": "<Licence {m} deal>", "version": "<version Licence {m} deal>", "on": "2090-01-01"}),
    (
        "participationStart",
        {
            "agreement": "<Agreement pool draft>",
            "version": "<version Agreement pool draft>",
            "member": "<Member gamma>",
            "startDate": "2030-01-01",
        },
    ),
    (
        "participationEnd",
        {
            "agreement": "<Agreement pool>",
            "version": "<version Agreement pool>",
            "member": "<Member {m}>",
            "on": LATER,
        },
    ),
    ("clientRegister", {"member": "<Member {m}>", "name": "New", **SECRET, "scopes": ["agreements:rights:read"]}),
    ("clientUpdate", {**APP, "name": "Another"}),
    ("clientRotateSecret", APP),
    ("clientSuspend", {**APP, "reason": "it sends too much"}),
    ("clientResume", APP),
    ("viewerAppWithdraw", {"client": "<Client of {m}>"}),
    ("viewerErase", {"confirm": True}),
]
"""In an order in which they can follow each other."""

STRAYS: list[tuple[str, Input, str]] = [
    ("roleInvite", {"member": "<Member alpha>", "role": "CONSORTIUM_ADMIN"}, "FORBIDDEN"),
    ("roleInvite", {"member": "<Member alpha>", "role": "AUDITOR"}, "FORBIDDEN"),
    ("packageCreate", {"code": "x", "name": NAME, "provider": "<Provider Verlag>"}, "FORBIDDEN"),
    ("resourceCreate", {"kind": "MAP", "title": NAME}, "FORBIDDEN"),
    ("licenceCreate", {"code": "x", "name": NAME, "licensor": "<Provider Verlag>"}, "FORBIDDEN"),
    (
        "licenceCreate",
        {"code": "x", "name": NAME, "licensor": "<Member beta>", "holder": "<Member alpha>"},
        "FORBIDDEN",
    ),
    (
        "licenceCreate",
        {
            "code": "x",
            "name": NAME,
            "licensor": "<Provider Verlag>",
            "holder": "<Member alpha>",
            "parent": "<Licence beta deal>",
        },
        "NOT_FOUND",
    ),
    (
        "licenceUpdate",
        {"id": "<Licence alpha draft deal>", "version": 1, "parent": "<Licence beta deal>"},
        "NOT_FOUND",
    ),
    ("licenceUpdate", {"id": "<Licence pool deal>", "version": 1, "name": NAME}, "FORBIDDEN"),
    (
        "licenceUpdate",
        {"id": "<Licence alpha draft deal>", "version": 1, "licensor": "<Member beta>"},
        "FORBIDDEN",
    ),
    (
        "termSet",
        {
            "licence": "<Licence alpha draft deal>",
            "version": 1,
            "id": "<Term beta draft deal/1>",
            "status": "PERMITTED_EXPLICIT",
        },
        "NOT_FOUND",
    ),
    (
        "agreementCreate",
        {
            "code": "x",
            "name": "X",
            "holder": "<Member alpha>",
            "licences": [{"licence": "<Licence beta deal>"}],
        },
        "NOT_FOUND",
    ),
    (
        "agreementUpdate",
        {"id": "<Agreement alpha draft>", "version": 1, "licences": [{"licence": "<Licence beta deal>"}]},
        "NOT_FOUND",
    ),
    (
        "entitlementGrant",
        {"agreement": "<Agreement alpha draft>", "version": 1, "target": {"package": "<Package beta shelf>"}},
        "FORBIDDEN",
    ),
    (
        "entitlementGrant",
        {
            "agreement": "<Agreement alpha draft>",
            "version": 1,
            "target": {"packageTitle": "<PackageTitle beta shelf/Scroll of beta>"},
        },
        "FORBIDDEN",
    ),
    (
        "entitlementGrant",
        {"agreement": "<Agreement pool>", "version": 1, "target": {"resource": "<Resource Nature of Things>"}},
        "FORBIDDEN",
    ),
    ("agreementClose", {"id": "<Agreement shared>", "version": 1, "on": LATER}, "FORBIDDEN"),
    ("memberUpdate", {"id": "<Member alpha>", "version": 1, "scopes": ["beta.edu"]}, "FORBIDDEN"),
    (
        "clientRegister",
        {"name": "X", **SECRET, "scopes": ["licences:terms:read"], "actsFor": ["<Member alpha>"]},
        "FORBIDDEN",
    ),
    ("clientRegister", {"name": "X", **SECRET, "scopes": ["openid"], "member": "<Member beta>"}, "FORBIDDEN"),
    ("clientUpdate", {"id": "<Client secret of alpha>", "version": 1, "actsFor": ["<Member beta>"]}, "ACTS_FOR_ONE"),
    ("clientUpdate", {"id": "<Client of the consortium>", "version": 1, "name": "Ours"}, "NOT_FOUND"),
    ("clientRotateSecret", {"id": "<Client of beta>", "version": 1}, "NOT_FOUND"),
]
"""What a librarian of alpha may not do with her own things: give in another's name, or take from another."""

_NAMED = re.compile(r"<(version )?(\w+) ([^>]*)>")


async def filled(house: House, admin: Somebody, wanted: Any, member: str) -> Any:
    """The input with ids and versions in place of names."""
    if isinstance(wanted, dict):
        return {name: await filled(house, admin, value, member) for name, value in wanted.items()}
    if isinstance(wanted, list):
        return [await filled(house, admin, value, member) for value in wanted]
    if not isinstance(wanted, str):
        return wanted
    text = wanted.replace("{m}", member)
    match = _NAMED.fullmatch(text)
    if match is None:
        return text
    version, type_name, name = match.groups()
    key = house.id(type_name, name)
    if not version:
        return key
    document = f"query($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ version }} }} }}"
    return (await admin.person.ask(document, id=key))["node"]["version"]


def document(name: str) -> str:
    """The mutation with all that its payload may show."""
    payload: Any = SCHEMA.type_map[f"{name[0].upper()}{name[1:]}{PAYLOAD}"]
    selected = []
    for field, definition in payload.fields.items():
        inner = get_named_type(definition.type)
        whole = " ".join(selection for _, selection in fields_of(inner.name)) if inner.name in SHOWN_WHOLE else ""
        selected.append(field if is_leaf_type(inner) else f"{field} {{ __typename {whole} }}")
    return f"mutation($input: {input_of(name).name}!) {{ {name}(input: $input) {{ {' '.join(selected)} }} }}"


def input_of(name: str) -> GraphQLInputObjectType:
    mutation: Any = SCHEMA.type_map["Mutation"]
    found = get_named_type(mutation.fields[name].args["input"].type)
    assert isinstance(found, GraphQLInputObjectType)
    return found


def ids_in(of: GraphQLInputObjectType, under: str = "") -> Iterator[str]:
    """The paths of an input's ids."""
    for name, definition in of.fields.items():
        inner = get_named_type(definition.type)
        path = f"{under}{name}"
        if inner.name == "ID":
            yield f"{path}{'[]' if is_list_type(get_nullable_type(definition.type)) else ''}"
        elif isinstance(inner, GraphQLInputObjectType):
            yield from ids_in(inner, f"{path}{'[]' if is_list_type(definition.type) else ''}.")


def paths(wanted: Any, under: str = "") -> Iterator[str]:
    """The paths at which an input has something."""
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            yield from paths(value, f"{under}.{name}" if under else name)
    elif isinstance(wanted, list):
        for value in wanted:
            yield from paths(value, f"{under}[]")
    else:
        yield under
