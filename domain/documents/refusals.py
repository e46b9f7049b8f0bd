"""Why a document can't be read: one code each. (`texts.why` says it in Chinese and English.)"""

from enum import StrEnum


class Wrong(StrEnum):
    TOO_LARGE = "too_large"
    """More bytes than `apart.MOST_BYTES`."""
    UNKNOWN = "unknown"
    """Neither a PDF nor a DOCX nor, where a sheet is meant, an XLSX, whatever its name says."""
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    NO_TEXT = "no_text"
    """Pictures of pages (a scan), or letters that stand for no known characters."""
    TOO_LONG = "too_long"
    """Too many pages, too much text."""
    TOO_COSTLY = "too_costly"
    """More memory or time than any honest one needs: a bomb, as far as we can tell."""


class Refused(Exception):
    """Nothing of the document is kept. `detail`: the particular of the case, not translated."""

    def __init__(self, wrong: Wrong, detail: str = "") -> None:
        super().__init__(f"{wrong.value}: {detail}" if detail else wrong.value)
        self.wrong = wrong
        self.detail = detail
