"""The closed vocabularies as GraphQL enums. GraphQL shows a word's name; tables hold its value."""

from enum import StrEnum

import strawberry

from domain.catalogue.division import FacetField
from domain.catalogue.search import OrderField
from domain.deadlines import DeadlineKind
from domain.platform_links import LinkKind
from models import vocabulary as words


class Direction(StrEnum):
    ASC = "asc"
    DESC = "desc"


class LicenceState(StrEnum):
    """The stored states and the one that follows from the end date."""

    TEMPLATE = "template"
    DRAFT = "draft"
    IN_NEGOTIATION = "in_negotiation"
    ACTIVE = "active"
    EXPIRED = "expired"
    TERMINATED = "terminated"


_DESCRIPTIONS: dict[type[StrEnum], tuple[str, str]] = {
    words.Affiliation: ("Affiliation", "How a person belongs to a member (eduPersonAffiliation)."),
    words.Role: ("Role", "What a person may do for a member or for the consortium."),
    words.ResourceKind: ("ResourceKind", "What a resource is."),
    words.PackageTitleStatus: ("PackageTitleStatus", "Whether a title is in its package."),
    words.AccessType: (
        "AccessType",
        "Whether a coverage statement is of something paid for or free to read (KBART).",
    ),
    words.Action: ("Action", "What a reader wants to do (ONIX-PL usage types)."),
    words.TermStatus: ("TermStatus", "What a clause says of an action, and how plainly."),
    words.AccessBasis: ("AccessBasis", "On what a granted access rests."),
    words.AccessReason: ("AccessReason", "Why access is refused. Each is explained at /help/{reason}."),
    words.RemedyKind: ("RemedyKind", "What would change a refusal."),
    words.Standing: ("Standing", "A member's standing in the pool; it follows from its obligations."),
    words.ObligationMeasure: ("ObligationMeasure", "What an obligation is measured by."),
    words.ObligationStatus: ("ObligationStatus", "How far an obligation is."),
    FacetField: ("FacetField", "ACCESS values are actions for viewerMay; PUBLISHED_YEAR fills both years."),
    OrderField: ("ResourceOrderField", "What a list of resources is ordered by."),
    Direction: ("Direction", "Which way an order runs."),
    LicenceState: (
        "LicenceStatus",
        "EXPIRED follows from endDate in the consortium's time zone; it is never stored.",
    ),
    words.ClauseVisibility: (
        "ClauseVisibility",
        "Who may read a clause's own words: everybody, patrons of the members that it binds, or their staff.",
    ),
    words.ClientAuthentication: (
        "ClientAuthentication",
        "How an app or a partner's system proves itself: not at all (an app in a browser or on a phone, which can keep "
        "no secret), by a secret, or by a signature of its own key.",
    ),
    words.AmendmentStatus: ("AmendmentStatus", "How far an amendment is."),
    words.LimitKind: (
        "LimitKind",
        "What a licence counts: users at the same time and notice as a whole; copies, pages, percent and formats of a "
        "term.",
    ),
    words.NoticeUnit: ("NoticeUnit", "In what notice is counted."),
    DeadlineKind: ("DeadlineKind", "What is to be done by a day, or happens on it."),
    words.AgreementStatus: ("AgreementStatus", "How far an agreement is."),
    words.Kept: ("KeptKind", "What is kept of a person, and of what she did."),
    LinkKind: ("AccessLinkKind", "How a link leads to the content."),
    words.LinkRule: (
        "LinkRule",
        "How readers are led to a platform: straight, through their member's proxy, or by its own sign-in address.",
    ),
}

for _word, (_name, _description) in _DESCRIPTIONS.items():
    strawberry.enum(_word, name=_name, description=_description)
