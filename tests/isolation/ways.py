"""How each type is reached, written once; the fields are the schema's.

A way is a path of selections; `<Licence alpha deal>` in it stands for the id of that thing, `<granted>` for that of a
decision.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, is_leaf_type

from schema.build import SCHEMA
from tests.isolation.table import found_as
from tests.isolation.world import THINGS, THIS_YEAR

ALPHA = frozenset({"alpha"})
BOTH = frozenset({"alpha", "beta"})
NOBODYS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a type. `gates`: classes that the viewer must see to come there. `owners`: whose it is that is found."""

    type_name: str
    path: str
    gates: tuple[str, ...] = ()
    owners: frozenset[str] = ALPHA
    mark: str | None = None
    holders: frozenset[str] | None = None
    """Of an agreement: the members that hold it, where they aren't its owners."""

    def on(self, type_name: str, step: str, *gates: str) -> "Way":
        """One step further."""
        return replace(self, type_name=type_name, path=f"{self.path} > {step}", gates=(*self.gates, *gates))

    def whose(self, of_class: str) -> frozenset[str]:
        return self.holders if of_class == "agreement_record" and self.holders is not None else self.owners


def by_id() -> Iterator[Way]:
    """Everything that has an id, by it."""
    for thing in THINGS:
        name = thing.type_name
        path = f"node(id: <{name} {thing.name}>) > ... on {name}"
        yield Way(name, path, (found_as(name),), thing.owners, thing.mark, thing.holders)


MEMBER = Way("Member", "member(by: {id: <Member alpha>})")
BETA = Way("Member", "member(by: {id: <Member beta>})", owners=frozenset({"beta"}))
RESOURCE = Way("Resource", "resource(by: {id: <Resource Nature of Things>})")
LICENCE = Way("Licence", "node(id: <Licence alpha deal>) > ... on Licence", ("licence",))
AGREEMENT = Way("Agreement", "node(id: <Agreement alpha own>) > ... on Agreement", ("rights",))
CLIENT = Way("Client", "node(id: <Client of alpha>) > ... on Client", ("client",))
ENTITLEMENT = Way("Entitlement", "node(id: <Entitlement alpha own/1>) > ... on Entitlement", ("rights",))
GRANTED = Way("AccessGranted", "decision(id: <granted>) > ... on AccessGranted")
REFUSED = Way("AccessRefused", "decision(id: <refused>) > ... on AccessRefused")
EMBARGOED = Way("AccessRefused", "decision(id: <embargoed>) > ... on AccessRefused")
PRINTED = Way("AccessRefused", "decision(id: <printed>) > ... on AccessRefused")


def lists() -> Iterator[Way]:
    """Every kind of list, at the root and under what it belongs to."""
    of_alpha = "(filter: {member: <Member alpha>})"
    yield Way("ResourceConnection", "resources")
    yield Way("PackageConnection", "packages")
    yield Way("MemberConnection", "members")
    yield Way("LicenceConnection", f"licences{of_alpha}", ("licence",))
    yield Way("AgreementConnection", f"agreements{of_alpha}", ("rights",))
    yield Way("ObligationConnection", f"obligations{of_alpha}", ("standing",))
    yield Way("ClientConnection", "clients(member: <Member alpha>)", ("client",))
    for member in (MEMBER, BETA):
        yield member.on("LicenceConnection", "licences", "rights")
        yield member.on("AgreementConnection", "agreements", "rights")
        yield member.on("ObligationConnection", "obligations", "standing")
        yield member.on("ClientConnection", "clients", "client")
        yield member.on("GrantConnection", "rights", "rights")
        yield member.on("ChangeConnection", "history", "standing")
    known = Way("PersonalData", "viewer > personalData")
    yield known.on("SignInConnection", "signIns", "asker")
    yield known.on("KnownReadingConnection", "readings", "asker")
    yield known.on("KnownAuthorizationConnection", "apps > authorizations", "asker")
    yield known.on("KnownActConnection", "acts", "asker")
    yield known.on("RefusedActConnection", "refusedActs", "asker")
    yield RESOURCE.on("PackageTitleConnection", "packageTitles")
    yield RESOURCE.on("LicenceConnection", "licences(member: <Member alpha>)", "rights")
    yield RESOURCE.on("ChangeConnection", "history", "record")
    yield Way("ContentItemConnection", "resource(by: {id: <Resource Scroll of alpha>}) > contents")
    yield LICENCE.on("AgreementConnection", "agreements")
    yield LICENCE.on("ResourceConnection", "resources")
    yield LICENCE.on("ChangeConnection", "history")
    yield CLIENT.on("ChangeConnection", "history")
    yield AGREEMENT.on("EntitlementConnection", "entitlements")
    yield AGREEMENT.on("ChangeConnection", "history")
    pool = Way("Agreement", "node(id: <Agreement pool>) > ... on Agreement", ("rights",), BOTH)
    yield pool.on("ParticipationConnection", "participations")
    yield replace(pool.on("ChangeConnection", "history", "agreement_record"), owners=NOBODYS)


def card() -> Iterator[Way]:
    """What a licence says, on one page, and what only the document that it came from says."""
    yield LICENCE.on("LicenceFragment", "fragments")
    yield LICENCE.on("LicenceCard", "card")
    yield LICENCE.on("LicenceCardRow", "card > rows")
    yield LICENCE.on("LicenceCardReader", "card > rows > readers")
    yield LICENCE.on("LicenceCardCell", "card > rows > cells")


def decisions() -> Iterator[Way]:
    """A decision, and all that is told of the contract behind it."""
    yield from (GRANTED, REFUSED, EMBARGOED)
    for decision in (GRANTED, REFUSED, EMBARGOED):
        yield replace(decision, type_name="Access", path=decision.path.partition(" > ")[0])
    yield GRANTED.on("Licence", "licence")
    yield replace(GRANTED.on("Licence", "licence").on("Licence", "parent"), owners=BOTH)
    yield replace(GRANTED.on("Clause", "clause"), mark="clause_public")
    yield replace(REFUSED.on("Clause", "clause"), mark="clause_staff")
    yield GRANTED.on("Term", "term")
    yield LICENCE.on("LicenceDocument", "document")
    yield LICENCE.on("UsageLimit", "limits")
    yield LICENCE.on("Amendment", "amendments")
    yield PRINTED.on("Term", "term").on("UsageLimit", "limits")
    yield REFUSED.on("Term", "term").on("Licence", "clause > licence")
    yield PRINTED.on("Term", "term")
    yield GRANTED.on("AccessLink", "links")
    yield GRANTED.on("Entitlement", "entitlement", "rights")
    yield REFUSED.on("Remedy", "remedies")
    yield EMBARGOED.on("Remedy", "remedies")
    for decision in (GRANTED, REFUSED):
        yield decision.on("Check", "explanation")
        yield decision.on("CheckFact", "explanation > facts")
    yield REFUSED.on("AccessChange", "wouldBeGrantedIf")
    yield EMBARGOED.on("AccessChange", "wouldBeGrantedIf")
    young = f'viewerAccess(published: "{THIS_YEAR}")'
    yield Way("Access", f"resource(by: {{id: <Resource Young Letters>}}) > {young}")


def others() -> Iterator[Way]:
    yield Way("Deadline", "deadlines(member: <Member alpha>, within: 36000)", ("rights",))
    yield Way("SilentDefault", "silentDefaults")
    yield Way("StatutoryRule", "statutoryRules")
    yield Way("Viewer", "viewer")
    yield Way("Membership", "viewer > memberships")
    known = Way("PersonalData", "viewer > personalData")
    yield known
    yield known.on("SignInMembership", "signIns > nodes > memberships")
    for type_name, step in PERSONAL.items():
        yield known.on(type_name, step)
    yield Way("Node", "node(id: <Member alpha>)")
    yield RESOURCE
    yield RESOURCE.on("Party", "contributedBy")
    yield RESOURCE.on("Contributor", "contributors")
    yield RESOURCE.on("Identifier", "identifiers")
    yield MEMBER.on("MemberGroup", "groups")
    yield Way("Coverage", "node(id: <PackageTitle journals/Nature of Things>) > ... on PackageTitle > coverage")
    yield ENTITLEMENT.on("Coverage", "coverage")
    yield ENTITLEMENT.on("Coverage", "perpetualCoverage")
    yield ENTITLEMENT.on("PackageTitle", "target > ... on PackageTitle")
    yield Way("Facet", "resources > facets")
    yield Way("FacetValue", "resources > facets > values")
    yield LICENCE.on("FacetValue", "resources > facets > values")
    yield AGREEMENT.on("Period", "periods")
    yield AGREEMENT.on("Licence", "licence")
    yield MEMBER.on("Grant", "rights > nodes", "rights")
    yield MEMBER.on("RoleAssignment", "roles", "administration")
    for of in (MEMBER.on("Change", "history > nodes", "standing"), RESOURCE.on("Change", "history > nodes")):
        yield of
        yield of.on("Difference", "differences")
    obligation = Way("Clause", "node(id: <Obligation digitise of alpha>) > ... on Obligation > clause", ("standing",))
    yield replace(obligation, mark="clause_public")
    yield Way("Query", "")


PERSONAL = {
    "SignIn": "signIns > nodes",
    "Pseudonym": "pseudonyms",
    "KnownInvitation": "invitationsAccepted",
    "RoleEnded": "rolesEnded",
    "KnownReading": "readings > nodes",
    "KnownApp": "apps",
    "KnownConsent": "apps > consents",
    "KnownAuthorization": "apps > authorizations > nodes",
    "KnownAct": "acts > nodes",
    "RefusedAct": "refusedActs > nodes",
    "Retention": "retention",
}
"""What a person is told of herself."""


def ways() -> list[Way]:
    found = [*by_id(), *decisions(), *card(), *others()]
    for way in lists():
        found.append(way)
        node = way.type_name.removesuffix("Connection")
        found.append(way.on(f"{node}Edge", "edges"))
        found.append(way.on("PageInfo", "pageInfo"))
    return found


ARGUMENTS = {
    "Query.node": "(id: <Licence alpha deal>)",
    "Query.nodes": "(ids: [<Licence alpha deal>])",
    "Query.resource": "(by: {id: <Resource Nature of Things>})",
    "Query.access": "(input: {resource: {id: <Resource Nature of Things>}, for: {}})",
    "Query.accesses": "(inputs: [{resource: {id: <Resource Nature of Things>}, for: {}}])",
    "Query.decision": "(id: <granted>)",
    "Query.member": "(by: {id: <Member alpha>})",
    "Query.clients": "(member: <Member alpha>)",
    "Query.licences": "(filter: {member: <Member alpha>})",
    "Query.agreements": "(filter: {member: <Member alpha>})",
    "Query.obligations": "(filter: {member: <Member alpha>})",
    "Resource.access": "(for: {})",
    "Resource.licences": "(member: <Member alpha>)",
}
"""What fields are asked with, so that the answer is about alpha's."""


def fields_of(type_name: str) -> Iterator[tuple[str, str]]:
    """Each field of a type with its selection."""
    of = SCHEMA.type_map[type_name]
    assert isinstance(of, GraphQLObjectType | GraphQLInterfaceType)
    for name, definition in of.fields.items():
        inner = get_named_type(definition.type)
        inside = "" if is_leaf_type(inner) else " { totalCount }" if inner.name.endswith("Connection") else ""
        if not inside and not is_leaf_type(inner):
            inside = " { __typename }"
        yield name, f"{name}{ARGUMENTS.get(f'{type_name}.{name}', '')}{inside}"


_NAMED = re.compile(r"<(\w+)(?: ([^>]*))?>")


def named(text: str) -> Iterable[tuple[str, str | None]]:
    """What a text names."""
    return [(match[1], match[2]) for match in _NAMED.finditer(text)]


def filled(text: str, ids: dict[tuple[str, str | None], str]) -> str:
    """The text with ids in place of names."""
    return _NAMED.sub(lambda match: f'"{ids[match[1], match[2]]}"', text)
