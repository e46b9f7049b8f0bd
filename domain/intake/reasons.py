"""Why a cell, a row or a file wasn't taken as written: one code each, with its sentence in Chinese and English.

A sentence's `{detail}` is filled with the problem's own detail (a number, a name), which is never translated.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """NOTE: repaired or worth a look, all loaded. CELL, ROW, FILE: that much isn't loaded."""

    NOTE = "note"
    CELL = "cell"
    ROW = "row"
    FILE = "file"


class Reason(StrEnum):
    # the file
    NOT_FOUND = "not_found"
    NOT_READABLE = "not_readable"
    TOO_LARGE = "too_large"
    EMPTY_FILE = "empty_file"
    ENCODING_ASSUMED = "encoding_assumed"
    ENCODING_BROKEN = "encoding_broken"
    ARCHIVE_BROKEN = "archive_broken"
    NOT_KBART = "not_kbart"
    NOT_THIS_FORMAT = "not_this_format"
    COLUMN_TWICE = "column_twice"
    COLUMN_EXTRA = "column_extra"
    COLUMNS_TOO_MANY = "columns_too_many"
    # the row
    LINE_TOO_LONG = "line_too_long"
    ROW_LONG = "row_long"
    ROW_SHORT = "row_short"
    ROW_TWICE = "row_twice"
    VALUE_MISSING = "value_missing"
    # the cell
    CONTROL_CHARACTER = "control_character"
    QUOTES_TAKEN_OFF = "quotes_taken_off"
    QUOTE_UNCLOSED = "quote_unclosed"
    VALUE_TOO_LONG = "value_too_long"
    VALUE_UNKNOWN = "value_unknown"
    VALUE_NORMALISED = "value_normalised"
    DATE_UNREADABLE = "date_unreadable"
    DATES_REVERSED = "dates_reversed"
    CANCEL_LATE = "cancel_late"
    IDENTIFIER_CHECK_DIGIT = "identifier_check_digit"
    IDENTIFIER_UNREADABLE = "identifier_unreadable"
    IDENTIFIER_SHARED = "identifier_shared"
    IDENTIFIER_AMBIGUOUS = "identifier_ambiguous"
    EMBARGO_UNREADABLE = "embargo_unreadable"
    URL_UNREADABLE = "url_unreadable"
    LANGUAGE_UNREADABLE = "language_unreadable"
    # matching and change
    TITLE_DIFFERS = "title_differs"
    TITLE_GONE = "title_gone"
    UNKNOWN_MEMBER = "unknown_member"
    UNKNOWN_GROUP = "unknown_group"
    UNKNOWN_PACKAGE = "unknown_package"
    UNKNOWN_RESOURCE = "unknown_resource"
    UNKNOWN_LICENCE = "unknown_licence"
    UNKNOWN_CLAUSE = "unknown_clause"
    GROUP_CYCLE = "group_cycle"
    GROUP_TOO_DEEP = "group_too_deep"
    # networks and identity
    NETWORK_UNREADABLE = "network_unreadable"
    NETWORK_AMBIGUOUS = "network_ambiguous"
    NETWORK_REVERSED = "network_reversed"
    NETWORK_RESERVED = "network_reserved"
    NETWORK_TOO_WIDE = "network_too_wide"
    NETWORK_OCTAL = "network_octal"
    NETWORK_EXCLUSION = "network_exclusion"
    NETWORK_PROXY = "network_proxy"
    NETWORK_SHARED = "network_shared"
    NETWORK_LABEL = "network_label"
    NETWORK_ZERO_HOST = "network_zero_host"
    NAME_OF_HOST = "name_of_host"
    REMARK = "remark"
    IDENTITY_PROVIDER_UNREADABLE = "identity_provider_unreadable"
    IDENTITY_PROVIDER_SHARED = "identity_provider_shared"
    IDENTIFIER_OF_MEMBER_SHARED = "identifier_of_member_shared"
    SCOPE_UNREADABLE = "scope_unreadable"
    SCOPE_SHARED = "scope_shared"
    SCOPE_MISSING = "scope_missing"
    TIME_ZONE_UNKNOWN = "time_zone_unknown"
    COUNTRY_UNKNOWN = "country_unknown"
    TEMPLATE_UNREADABLE = "template_unreadable"
    # licence
    YAML_BROKEN = "yaml_broken"
    KEY_UNKNOWN = "key_unknown"
    LIST_EMPTY = "list_empty"
    TYPE_WRONG = "type_wrong"
    PERIODS_OVERLAP = "periods_overlap"
    NUMBER_TWICE = "number_twice"
    LIMIT_WRONG = "limit_wrong"
    PERCENT_OVER_100 = "percent_over_100"
    AMENDMENT_CYCLE = "amendment_cycle"
    TERMS_CONTRADICT = "terms_contradict"
    LICENCE_WIDENED = "licence_widened"
    # ONIX-PL
    XML_BROKEN = "xml_broken"
    CODE_UNKNOWN = "code_unknown"
    LABEL_UNDEFINED = "label_undefined"
    NOT_MODELLED = "not_modelled"
    NOT_IN_FORCE = "not_in_force"
    NOT_DERIVABLE = "not_derivable"
    CLASS_DIFFERS = "class_differs"
    # term sheet
    SHEET_BROKEN = "sheet_broken"
    SHEET_MEANT = "sheet_meant"
    NUMBER_NOT_TEXT = "number_not_text"
    LIMIT_UNREADABLE = "limit_unreadable"
    LICENCE_SIGNED = "licence_signed"
    DOCUMENT_NOT_KEPT = "document_not_kept"
    DOCUMENT_SHARED = "document_shared"
    # content
    FILE_MISSING = "file_missing"
    FILE_OUTSIDE = "file_outside"
    MEDIA_TYPE_DIFFERS = "media_type_differs"
    MEDIA_TYPE_UNKNOWN = "media_type_unknown"


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the report.

    `line` counts from 1 with the header; 0 = the file as a whole. `value` is as written, cut to 300 characters.
    """

    line: int
    column: str
    value: str
    reason: Reason
    severity: Severity = Severity.CELL
    detail: str = ""
