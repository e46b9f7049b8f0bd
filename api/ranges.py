"""Byte ranges and conditional requests (RFC 9110 §13, §14), as pure functions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from itertools import pairwise

MOST_RANGES = 8
"""Readers of PDFs ask for a few ranges at a time; many small ones only cost."""

_SPECIFIER = re.compile(r"(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    def of(self, size: int) -> str:
        """The Content-Range of this span."""
        return f"bytes {self.first}-{self.last}/{size}"


class Unsatisfiable(Exception):
    """416: what is asked for isn't there, isn't a range, or is more than we serve at once."""


def spans(header: str | None, size: int) -> list[Span]:
    """The spans that a Range header asks for; none = the whole. Raises Unsatisfiable.

    Units other than bytes are ignored (§14.2). Reversed, overlapping and too many ranges are refused rather than
    repaired: no reader sends them. A suffix longer than the file is the whole file (§14.1.2).
    """
    unit, equals, listed = (header or "").partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return []
    specifiers = listed.split(",")
    if len(specifiers) > MOST_RANGES:
        raise Unsatisfiable
    found = [span for span in (_span(one.strip(), size) for one in specifiers) if span]
    ordered = sorted(found, key=lambda span: span.first)
    if not found or any(one.last >= other.first for one, other in pairwise(ordered)):
        raise Unsatisfiable
    return found


def _span(specifier: str, size: int) -> Span | None:
    """One span, or None where it lies beyond the end."""
    match = _SPECIFIER.fullmatch(specifier)
    if match is None or specifier == "-":
        raise Unsatisfiable
    first, last = match.groups()
    if not first:
        return Span(max(0, size - int(last)), size - 1) if int(last) and size else None
    if last and int(last) < int(first):
        raise Unsatisfiable
    return Span(int(first), min(int(last or size), size - 1)) if int(first) < size else None


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one representation from another: a strong entity tag, and when it was made (to the second)."""

    etag: str
    modified: datetime

    @property
    def headers(self) -> dict[str, str]:
        return {"ETag": self.etag, "Last-Modified": format_datetime(self.modified.astimezone(UTC), usegmt=True)}

    def unchanged(self, headers: Mapping[str, str]) -> bool:
        """Whether a GET or HEAD is answered with 304 (§13.2.2, steps 3 and 4)."""
        known = headers.get("if-none-match")
        if known is not None:
            return known.strip() == "*" or self.etag in _tags(known)
        since = _date(headers.get("if-modified-since"))
        return since is not None and self.modified <= since

    def differs(self, headers: Mapping[str, str]) -> bool:
        """Whether a precondition fails: 412 (§13.2.2, steps 1 and 2)."""
        wanted = headers.get("if-match")
        if wanted is not None:
            return wanted.strip() != "*" and self.etag not in _tags(wanted, weak=False)
        since = _date(headers.get("if-unmodified-since"))
        return since is not None and self.modified > since

    def ranges_hold(self, headers: Mapping[str, str]) -> bool:
        """Whether a Range header counts (§13.1.5): If-Range names exactly this representation, or there is none."""
        condition = headers.get("if-range")
        if condition is None:
            return True
        if condition.startswith(('"', "W/")):
            return condition.strip() == self.etag
        return _date(condition) == self.modified


def _tags(listed: str, *, weak: bool = True) -> set[str]:
    """Entity tags; compared weakly a `W/` doesn't count, compared strongly a weak one never matches."""
    tags = {tag.strip() for tag in listed.split(",")}
    return {tag.removeprefix("W/") for tag in tags} if weak else tags


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        parsed = parsedate_to_datetime(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
