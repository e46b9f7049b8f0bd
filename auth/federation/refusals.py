"""Why a federation's document was not taken. Each has its sentence under `federation.refused.<value>`."""

from enum import StrEnum


class Wrong(StrEnum):
    ADDRESS = "address"
    UNREACHABLE = "unreachable"
    STATUS = "status"
    REDIRECT = "redirect"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    ENCODING = "encoding"
    DOCTYPE = "doctype"
    NOT_METADATA = "not_metadata"
    UNSIGNED = "unsigned"
    SIGNATURE_FORM = "signature_form"
    ALGORITHM = "algorithm"
    OTHER_KEY = "other_key"
    VALID_UNTIL_MISSING = "valid_until_missing"
    VALID_TOO_LONG = "valid_too_long"
    EXPIRED = "expired"
    DUPLICATE = "duplicate"
    OTHER_ENTITY = "other_entity"
    NO_ENTITY = "no_entity"
    VERIFIER = "verifier"


class Refused(Exception):
    """A document that isn't believed. `detail` names a line, an entity, an algorithm: nothing of a person."""

    def __init__(self, wrong: Wrong, detail: str = "") -> None:
        detail = " ".join("".join(letter if letter.isprintable() else " " for letter in detail[:300]).split())
        super().__init__(f"{wrong.value}: {detail}")
        self.wrong = wrong
        self.detail = detail


def written(text: str) -> tuple[Wrong, str]:
    """What a refusal was, from its text as it is kept."""
    wrong, _, detail = text.partition(": ")
    return Wrong(wrong), detail
