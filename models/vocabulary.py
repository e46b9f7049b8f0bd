"""The closed vocabularies of the field, one enum each.

A member's *value* is what tables and import files hold; its *name* is what GraphQL shows. Values never
change: rows hold them.
"""

from enum import StrEnum


class PartyKind(StrEnum):
    PROVIDER = "provider"
    MEMBER = "member"


class Affiliation(StrEnum):
    """eduPersonAffiliation (eduPerson 202208 §2.2.1)."""

    STUDENT = "student"
    FACULTY = "faculty"
    STAFF = "staff"
    EMPLOYEE = "employee"
    MEMBER = "member"
    AFFILIATE = "affiliate"
    ALUM = "alum"
    LIBRARY_WALK_IN = "library-walk-in"


class Role(StrEnum):
    """What a person may do for a member or for the consortium."""

    MEMBER_LIBRARIAN = "member_librarian"
    CONSORTIUM_ADMIN = "consortium_admin"
    AUDITOR = "auditor"


class ResourceKind(StrEnum):
    SERIAL = "serial"
    MONOGRAPH = "monograph"
    DATABASE = "database"
    DATASET = "dataset"
    THESIS = "thesis"
    IMAGE = "image"
    MANUSCRIPT = "manuscript"
    MAP = "map"
    SCORE = "score"
    SOUND = "sound"
    AUDIOVISUAL = "audiovisual"
    COURSEWARE = "courseware"
    REPORT = "report"
    STANDARD = "standard"
    OTHER = "other"


class PackageTitleStatus(StrEnum):
    """GOKb's states of a title in a package (TIPP)."""

    EXPECTED = "expected"
    CURRENT = "current"
    RETIRED = "retired"
    REMOVED = "removed"


class AccessType(StrEnum):
    """KBART access_type: F is free to read; P, and a blank, is paid (NISO RP-9-2014 §6.6.17)."""

    PAID = "paid"
    FREE = "free"


class LinkRule(StrEnum):
    """How a reader reaches a platform: its address as it is, through the member's proxy, or by a WAYFless address."""

    PLAIN = "plain"
    PROXY_PREFIX = "proxy_prefix"
    WAYFLESS = "wayfless"


class Action(StrEnum):
    """What a reader wants to do (ONIX-PL usage types)."""

    VIEW = "view"
    DOWNLOAD = "download"
    PRINT = "print"
    SHARE = "share"
    COURSE_PACK = "course_pack"
    COURSE_RESERVE = "course_reserve"
    INTERLIBRARY_SUPPLY = "interlibrary_supply"
    TEXT_AND_DATA_MINE = "text_and_data_mine"
    AI_USE = "ai_use"
    ARCHIVE = "archive"


class TermStatus(StrEnum):
    """What a clause says of an action (ONIX-PL, FOLIO)."""

    PERMITTED_EXPLICIT = "permitted_explicit"
    PERMITTED_CONDITIONAL = "permitted_conditional"
    PERMITTED_INTERPRETED = "permitted_interpreted"
    PROHIBITED_EXPLICIT = "prohibited_explicit"
    PROHIBITED_INTERPRETED = "prohibited_interpreted"
    SILENT = "silent"
    NOT_APPLICABLE = "not_applicable"


class LicenceStatus(StrEnum):
    """Stored states. EXPIRED is not among them: it follows from the end date."""

    TEMPLATE = "template"
    DRAFT = "draft"
    IN_NEGOTIATION = "in_negotiation"
    ACTIVE = "active"
    TERMINATED = "terminated"


class AmendmentStatus(StrEnum):
    """An amendment that is drafted changes nothing yet."""

    DRAFT = "draft"
    ACTIVE = "active"


class LimitKind(StrEnum):
    """What a licence counts. Users and notice are of the licence as a whole, the others of a term."""

    CONCURRENT_USERS = "concurrent_users"
    CONCURRENT_USERS_PER_MEMBER = "concurrent_users_per_member"
    COPIES = "copies"
    PAGES = "pages"
    PERCENT = "percent"
    FORMATS = "formats"
    NOTICE = "notice"


class NoticeUnit(StrEnum):
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


class ClauseVisibility(StrEnum):
    """Who may read a clause's text: everybody, patrons of the members, or staff of those that the licence binds."""

    PUBLIC = "public"
    MEMBERS = "members"
    STAFF = "staff"


class AgreementStatus(StrEnum):
    DRAFT = "draft"
    REQUESTED = "requested"
    IN_NEGOTIATION = "in_negotiation"
    ACTIVE = "active"
    CLOSED = "closed"


class AccessBasis(StrEnum):
    """On what a granted access rests."""

    LICENCE = "licence"
    PERPETUAL = "perpetual"
    OPEN_ACCESS = "open_access"
    FREE_TO_READ = "free_to_read"
    OWN_COLLECTION = "own_collection"
    SHARED_COLLECTION = "shared_collection"
    STATUTORY = "statutory"


class AccessReason(StrEnum):
    """Why access is refused. Each has a sentence in zh and en and a page /help/{reason}."""

    SIGN_IN_REQUIRED = "sign_in_required"
    NO_ENTITLEMENT = "no_entitlement"
    NOT_YET_ACTIVE = "not_yet_active"
    AGREEMENT_LAPSED = "agreement_lapsed"
    OUT_OF_COVERAGE = "out_of_coverage"
    EMBARGOED = "embargoed"
    TERM_PROHIBITS = "term_prohibits"
    TERM_SILENT = "term_silent"
    USER_CLASS_NOT_AUTHORISED = "user_class_not_authorised"
    REMOTE_NOT_ALLOWED = "remote_not_allowed"
    TERRITORY_NOT_ALLOWED = "territory_not_allowed"
    LIMIT_REACHED = "limit_reached"
    MEMBER_RESTRICTED = "member_restricted"
    MEMBER_SUSPENDED = "member_suspended"
    ATTRIBUTE_MISSING = "attribute_missing"
    CONTENT_UNAVAILABLE = "content_unavailable"
    ABUSE_HOLD = "abuse_hold"
    RESOURCE_UNKNOWN = "resource_unknown"
    MEMBER_UNKNOWN = "member_unknown"
    ASKING_NOT_ALLOWED = "asking_not_allowed"
    RULE_ERROR = "rule_error"


class RemedyKind(StrEnum):
    SIGN_IN = "sign_in"
    COME_ON_SITE = "come_on_site"
    WAIT = "wait"
    REQUEST_COPY = "request_copy"
    JOIN_QUEUE = "join_queue"
    ASK_LIBRARIAN = "ask_librarian"
    NONE = "none"


class Standing(StrEnum):
    GOOD = "good"
    AT_RISK = "at_risk"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"


class ObligationMeasure(StrEnum):
    ITEMS_DIGITISED = "items_digitised"
    RECORDS_CONTRIBUTED = "records_contributed"
    REQUESTS_SUPPLIED = "requests_supplied"
    TURNAROUND_DAYS = "turnaround_days"
    HOLDINGS_DECLARED = "holdings_declared"
    USAGE_REPORTED = "usage_reported"
    SHARE_PAID = "share_paid"
    OTHER = "other"


class ObligationStatus(StrEnum):
    PENDING = "pending"
    DUE = "due"
    FULFILLED = "fulfilled"
    WAIVED = "waived"
    BREACHED = "breached"
    REMEDIED = "remedied"


class UsageKind(StrEnum):
    """COUNTER R5.1 §3.3.4: what a usage event counts as."""

    INVESTIGATION = "investigation"
    REQUEST = "request"
    NO_LICENSE = "no_license"
    LIMIT_EXCEEDED = "limit_exceeded"


class IdentityProtocol(StrEnum):
    OIDC = "oidc"
    SAML = "saml"


class ImportKind(StrEnum):
    MEMBERS = "members"
    GROUPS = "groups"
    PLATFORMS = "platforms"
    KBART = "kbart"
    LICENCE = "licence"
    CONTENT = "content"


class ImportStatus(StrEnum):
    """RUNNING rows are resumed after a crash; REFUSED: the file as a whole could not be read."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


class Kept(StrEnum):
    """What is kept of a person, and of what she did, as she is told of it."""

    SIGN_INS = "sign_ins"
    PSEUDONYMS = "pseudonyms"
    INVITATIONS = "invitations"
    READING_LINKS = "reading_links"
    READINGS = "readings"
    DECISIONS = "decisions"
    USAGE_EVENTS = "usage_events"
    ANSWERS = "answers"
    REFUSED_ACTS = "refused_acts"
    ACTS = "acts"


class ClientAuthentication(StrEnum):
    """How a client proves itself at the token endpoint (RFC 7591 §2, OpenID Connect Core 1.0 §9)."""

    NONE = "none"
    CLIENT_SECRET = "client_secret"  # noqa: S105 a method's name
    PRIVATE_KEY_JWT = "private_key_jwt"


class RightsSubject(StrEnum):
    """What a change of rights is about: what is read anew of it."""

    AGREEMENT = "agreement"
    """Its periods, licences, participants, lines."""
    LICENCE = "licence"
    """Its terms, dates, state, parent; those below it are read anew with it."""
    PACKAGE = "package"
    """All that is in it, and whose it is."""
    PACKAGE_TITLE = "package_title"
    RESOURCE = "resource"
    MEMBER = "member"
    """Its country, time zone, standing."""
    POOL = "pool"
    """What the consortium declared: defaults, statutes, user classes, its time zone."""
    EVERYTHING = "everything"
