"""What the core contract promises and isn't built yet. This list only shrinks."""

TYPES: set[str] = {
    "Agreement",
    "AgreementConnection",
    "AgreementEdge",
    "AgreementFilter",
    "AgreementStatus",
    "Client",
    "Entitlement",
    "EntitlementConnection",
    "EntitlementEdge",
    "EntitlementTarget",
    "Grant",
    "GrantConnection",
    "GrantEdge",
    "LicenceConnection",
    "LicenceEdge",
    "LicenceFilter",
    "Participation",
    "ParticipationConnection",
    "ParticipationEdge",
    "Period",
}

FIELDS: set[str] = {
    "AccessGranted.entitlement",
    "Licence.agreements",
    "Licence.resources",
    "Member.agreements",
    "Member.licences",
    "Member.rights",
    "Query.agreements",
    "Query.licences",
    "Resource.licences",
    "Viewer.client",
}
