"""What a client's token must be good for, field by field: one table, of which checks and descriptions are made.

A person in her own browser needs no scope. What isn't named here is for everybody, with any token or none.
"""

from collections.abc import Callable, Iterable
from typing import Any

from graphql import GraphQLSchema, is_object_type

from domain.scopes import Scope
from schema.kit.acts import recorded
from schema.kit.context import Info
from schema.kit.errors import Code, Refusal
from schema.kit.problems import Complaint

ACCESS = (Scope.ACCESS_DECISIONS_READ,)
CONTRACT = (Scope.LICENCES_TERMS_READ,)
DECIDING = (Scope.ACCESS_DECISIONS_READ, Scope.LICENCES_TERMS_READ)
"""Of a licence what a decision tells as well: either will do."""
RIGHTS = (Scope.AGREEMENTS_RIGHTS_READ,)
HISTORY = (Scope.RECORDS_HISTORY_READ,)
STANDING = (Scope.MEMBERS_STANDING_READ,)
ADMINISTRATION = (Scope.MEMBERS_ADMINISTRATION_READ,)
CLIENTS = (Scope.CLIENTS_REGISTRATIONS_READ,)
AFFILIATIONS = (Scope.PATRON_AFFILIATIONS_READ,)
PERSONAL = (Scope.PATRON_RECORDS_READ,)

ACTS = "Mutation"

Needs = dict[tuple[Scope, ...], str]

NEEDS: dict[str, Needs] = {
    "Query": {
        ACCESS: "access accesses decision",
        CONTRACT: "licences",
        RIGHTS: "agreements deadlines",
        STANDING: "obligations",
        CLIENTS: "clients",
    },
    "Resource": {ACCESS: "viewerAccess access", HISTORY: "history", RIGHTS: "licences"},
    "Package": {HISTORY: "history"},
    "Platform": {HISTORY: "history"},
    "Provider": {HISTORY: "history"},
    "Member": {
        STANDING: "standing obligations history",
        RIGHTS: "agreements licences rights",
        CLIENTS: "clients",
        ADMINISTRATION: "roles",
    },
    "ContentItem": {HISTORY: "sha256 history", ACCESS: "viewerAccess"},
    "Licence": {
        DECIDING: "id name licensor status startDate endDate parent version",
        CONTRACT: "code holder history document terms clauses limits amendments fragments card agreements resources",
    },
    "LicenceDocument": {CONTRACT: "id name signedOn holder fileName mediaType size sha256 url termsUrl"},
    "LicenceFragment": {CONTRACT: "path content"},
    "LicenceCard": {CONTRACT: "on rows text"},
    "LicenceCardRow": {CONTRACT: "readers places cells"},
    "LicenceCardReader": {CONTRACT: "affiliation userClass"},
    "LicenceCardCell": {CONTRACT: "action verdict clauses conditions territories excludedTerritories readersAtATime"},
    "Clause": {DECIDING: "id licence number summary text"},
    "Term": {
        DECIDING: "id licence clause action status affiliations userClasses purposes recipients methods parts "
        "territories onSiteOnly exceptAsPermitted concurrentUsers publicNote limits firstDay lastDay",
        CONTRACT: "note amendment",
    },
    "Coverage": {RIGHTS: "conditions packageTitle"},
    "Deadline": {RIGHTS: "kind on daysLeft message agreement licence"},
    "Amendment": {CONTRACT: "id licence number name effectiveOn status document terms replaces"},
    "UsageLimit": {DECIDING: "id licence term clause kind amount unit formats note"},
    "Agreement": {
        RIGHTS: "id name status closedOn code version holder licence periods participations entitlements",
        HISTORY: "history",
    },
    "Period": {RIGHTS: "startDate endDate graceUntil cancelBy"},
    "Participation": {RIGHTS: "id member startDate endDate"},
    "Entitlement": {RIGHTS: "id agreement target startDate endDate coverage perpetualCoverage"},
    "Grant": {RIGHTS: "action target entitlement licence term coverage startDate endDate basis"},
    "Obligation": {STANDING: "id member owedTo name clause measure target achieved unit due status remedy"},
    "RoleAssignment": {ADMINISTRATION: "id member role displayName validFrom validUntil endedAt endReason"},
    "Client": {
        CLIENTS: "member actsFor authentication redirectUris postLogoutRedirectUris origins grantedScopes keyNames "
        "suspendedAt version history"
    },
    "AccessGranted": {RIGHTS: "entitlement"},
    "Viewer": {AFFILIATIONS: "memberships onSiteAt", PERSONAL: "personalData"},
    ACTS: {
        (Scope.CONTENT_FILES_OPEN,): "contentOpen",
        (Scope.PATRON_RECORDS_ERASE,): "viewerErase viewerAppWithdraw",
        (Scope.MEMBERS_ADMINISTRATION_WRITE,): "roleInvite roleEnd memberCreate memberUpdate",
        (Scope.CATALOGUE_RECORDS_WRITE,): "providerCreate platformCreate packageCreate packageUpdate packageTitleAdd "
        "packageTitleRemove resourceCreate resourceUpdate contentUpdate",
        (
            Scope.LICENCES_TERMS_WRITE,
        ): "licenceCreate licenceDraft licenceUpdate licenceActivate licenceTerminate clauseSet clauseRemove termSet "
        "termRemove amendmentSet amendmentActivate amendmentRemove limitSet limitRemove "
        "silentDefaultSet statutoryRuleSet statutoryRuleRemove",
        (Scope.AGREEMENTS_RIGHTS_WRITE,): "agreementCreate agreementUpdate agreementActivate agreementClose "
        "participationStart participationEnd entitlementGrant entitlementWithdraw",
        (
            Scope.CLIENTS_REGISTRATIONS_WRITE,
        ): "clientRegister clientUpdate clientRotateSecret clientSuspend clientResume",
    },
}
FOUND: dict[str, tuple[Scope, ...]] = {
    "Licence": CONTRACT,
    "LicenceDocument": CONTRACT,
    "Clause": CONTRACT,
    "Term": CONTRACT,
    "Amendment": CONTRACT,
    "UsageLimit": CONTRACT,
    "Agreement": RIGHTS,
    "Participation": RIGHTS,
    "Entitlement": RIGHTS,
    "Obligation": STANDING,
    "RoleAssignment": ADMINISTRATION,
    "Client": CLIENTS,
}
"""What a look-up by id needs to find a thing of a type: without it there is none."""

Resolve = Callable[..., Any]


def guard(schema: GraphQLSchema) -> None:
    """Let each field of the table ask for its scopes, and say so in its description."""
    for type_name, needs in NEEDS.items():
        graphql_type = schema.type_map[type_name]
        assert is_object_type(graphql_type)  # noqa: S101 the table is ours
        for scopes, names in needs.items():
            for name in names.split():
                field = graphql_type.fields[name]
                field.resolve = (_acting if type_name == ACTS else _asking)(field.resolve, scopes)
                field.description = f"{field.description} Scope: {' or '.join(scopes)}."


def require(info: Info, *scopes: Scope) -> None:
    """Refuse a client whose token is good for none of these."""
    viewer = info.context.viewer
    if viewer.caller is None or not viewer.caller.scopes.isdisjoint(scopes):
        return
    if viewer.signed_in or scopes not in (AFFILIATIONS, PERSONAL):  # without a person there is nothing to tell of one
        raise Refusal(_missing(scopes), Code.INSUFFICIENT_SCOPE)


def finds(info: Info, type_name: str) -> bool:
    """Whether a look-up by id may find something of this type."""
    caller, scopes = info.context.viewer.caller, FOUND.get(type_name)
    return caller is None or scopes is None or not caller.scopes.isdisjoint(scopes)


def _asking(resolve: Resolve, scopes: tuple[Scope, ...]) -> Resolve:
    def asking(root: Any, info: Info, **given: Any) -> Any:
        require(info, *scopes)
        return resolve(root, info, **given)

    return asking


def _acting(resolve: Resolve, scopes: tuple[Scope, ...]) -> Resolve:
    """The same of an act: that somebody was refused it goes on record."""

    async def acting(root: Any, info: Info, **given: Any) -> Any:
        try:
            require(info, *scopes)
        except Refusal:
            await recorded(info, info.field_name, [Complaint("forbidden")])
            raise
        return await resolve(root, info, **given)

    return acting


def _missing(scopes: Iterable[Scope]) -> str:
    return f"The access token lacks the scope that this needs: {' or '.join(scopes)}."
