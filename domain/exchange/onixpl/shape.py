"""Which elements stand in which, in the order of the schema, where we read into them or write them."""

SECTIONS = (
    "ExpressionDetail", "LicenseDetail", "Definitions", "LicenseGrant", "UsageTerms", "SupplyTerms",
    "ContinuingAccessTerms", "PaymentTerms", "GeneralTerms", "LicenseDocumentText",
)  # fmt: skip
DETAIL = (
    "LicenseIdentifier", "Description", "LicenseStatus", "LicenseRenewalType", "Annotation", "LicenseDocument",
    "OtherDocumentReference", "LicenseRelatedAgent", "LicenseRelatedResource", "LicenseRelatedTimePoint",
    "LicenseRelatedPlace",
)  # fmt: skip
DEFINED = ("AgentDefinition", "ResourceDefinition", "TimePointDefinition", "PlaceDefinition", "DocumentDefinition")
USAGE = (
    "UsageType", "UsageStatus", "Authority", "Annotation", "LicenseTextLink", "LicenseDocumentReference",
    "OtherDocumentReference", "User", "UsedResource", "UsagePurpose", "UsageMethod", "UsageCondition",
    "UsageException", "UsageQuantity", "UsageRelatedAgent", "UsageRelatedResource", "UsageRelatedTimePoint",
    "UsageRelatedPlace",
)  # fmt: skip
CLAUSE = ("SortNumber", "DisplayNumber", "TextPreceding", "Text")
INSIDE = {
    "PublicationsLicenseExpression": SECTIONS,
    "LicenseDetail": DETAIL,
    "Definitions": DEFINED,
    "UsageTerms": ("Usage",),
    "Usage": USAGE,
    "SupplyTerms": ("SupplyTerm",),
    "ContinuingAccessTerms": ("ContinuingAccessTerm",),
    "PaymentTerms": ("PaymentTerm",),
    "GeneralTerms": ("GeneralTerm",),
    "LicenseDocumentText": ("DocumentLabel", "TextElement"),
    "TextElement": CLAUSE,
    "Annotation": ("AnnotationType", "Authority", "AnnotationText"),
}
ONCE = {
    "PublicationsLicenseExpression": frozenset(SECTIONS) - {"LicenseDocumentText"},
    "LicenseDetail": frozenset({"LicenseStatus"}),
    "Usage": frozenset({"UsageType", "UsageStatus"}),
    "LicenseDocumentText": frozenset({"DocumentLabel"}),
    "TextElement": frozenset(CLAUSE),
}
"""What can't stand there twice."""
