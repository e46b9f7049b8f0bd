"""Network ranges of a member as librarians write them: what can be read in one way becomes ranges, all else is told.

Understood, in lists separated by `;` `,` or a line break: `a.b.c.d`, `a.b.c.d/n`, `a.b.*.*`, `a.b.c.x`, `a.b.3-16.*`,
`a.b.[16-17].*`, `a.b.c.1-254`, `A - B`, `A to B`, `a.b.36.0-39.255` (the second address gives only its last two
numbers), `A or B`, IPv6 in CIDR or `A - B`.
A wider reading is never chosen over a narrower one: these ranges decide who counts as standing in a library.
"""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import pairwise

from domain.intake.reasons import Problem, Reason, Severity

Address = IPv4Address | IPv6Address

# IANA special-purpose address registries (RFC 6890 and updates), with multicast: nobody's campus.
_SPECIAL = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.31.196.0/24 "
    "192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 224.0.0.0/3 "
    "::/3 2001::/23 2002::/16 2620:4f:8000::/48 4000::/2 8000::/1"
)
_DOCUMENTATION = "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20"
_SPECIAL_RANGES = [ip_network(text) for text in _SPECIAL.split()]
_DOCUMENTATION_RANGES = [ip_network(text) for text in _DOCUMENTATION.split()]

WIDEST_V4 = 8
WIDEST_V6 = 19
"""The widest prefix that one range may span: no institution has more than the largest allocations ever made."""

MOST_RANGES = 256
"""A product of number ranges such as `a.b.0-255.1-254` may make this many."""

_PROXY = re.compile(r"proxy|\bwam\b|webfeat|cache", re.I)
_EXCLUSION = re.compile(r"\bexc(?:l(?:ud\w*)?|ept\w*)?\b\.?|\bnot\b|\bwithout\b", re.I)
_LABEL = re.compile(
    r"^(?:ips?|ip ?ranges?|ranges?|public|inst(?:\.|itutional)? ?ip|[a-z ]+ campus|公网|校园网)\s*[:：]\s*(?=[0-9:])",
    re.I,
)
_SITE = re.compile(r"\s*\(all\b[^()0-9]*\)\.?\s*", re.I)
_MASK = re.compile(r"\s*\(subnet mask:\s*([0-9.]+)\s*(?:/\s*([0-9]+))?\s*\)\s*$", re.I)
_NUMBER = r"(?:[0-9]{1,3}|\*+|x{1,3}|\[?[0-9]{1,3}\s*-\s*[0-9]{1,3}\]?)"
_PATTERN = rf"{_NUMBER}(?:\.{_NUMBER}){{3}}"
_WHOLE = re.compile(_PATTERN, re.I)
_ROW_OF_PATTERNS = re.compile(rf"{_PATTERN}(?:\s+{_PATTERN})+", re.I)
_DASH = re.compile(r"\s*[-‐‑‒–—−~～]\s*")
_HOST_NAME = re.compile(r"^(?:[\w ]+:\s*)?(?:\*\.)?(?:[a-z0-9-]+\.)+[a-z]{2,}$", re.I)


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """Addresses from `first` to `last`, both included, of one family."""

    first: Address
    last: Address

    def __contains__(self, address: Address) -> bool:
        return address.version == self.first.version and int(self.first) <= int(address) <= int(self.last)

    def overlaps(self, other: "Range") -> bool:
        return (
            self.first.version == other.first.version
            and int(self.first) <= int(other.last)
            and int(other.first) <= int(self.last)
        )


@dataclass(slots=True)
class Reading:
    """What a cell yields: ranges in rising order that neither overlap nor touch, and what was refused or repaired.

    `written`: beside each range the words it comes from.
    """

    ranges: list[Range] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class _Unread(Exception):
    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason, self.detail = reason, detail


def read(cell: str, *, line: int = 0, column: str = "networks", examples: bool = False) -> Reading:
    """Read one cell. `examples` admits the ranges reserved for documentation (RFC 5737, 3849), for demonstrations."""
    reading = Reading()
    pieces = [piece for part in re.split(r"[;,；，、\n]", cell) for piece in _split(part.strip())]
    exclusion = next((piece for piece in pieces if _EXCLUSION.search(piece)), None)
    if exclusion:
        reading.problems.append(Problem(line, column, cell.strip(), Reason.NETWORK_EXCLUSION, detail=exclusion))
        return reading
    found: list[tuple[Range, str]] = []
    for piece in pieces:
        try:
            ranges, notes = _piece(piece)
            for item in ranges:
                _admit(item, examples=examples)
        except _Unread as unread:
            reading.problems.append(Problem(line, column, piece, unread.reason, detail=unread.detail))
            continue
        found += [(item, piece) for item in ranges]
        reading.problems += [Problem(line, column, piece, reason, Severity.NOTE) for reason in notes]
    reading.ranges = merge([item for item, _ in found])
    reading.written = [
        "; ".join(dict.fromkeys(piece for item, piece in found if item.first in whole)) for whole in reading.ranges
    ]
    return reading


def merge(ranges: list[Range]) -> list[Range]:
    """The same addresses as the fewest ranges, in rising order."""
    merged: list[Range] = []
    for item in sorted(ranges, key=lambda r: (r.first.version, int(r.first), int(r.last))):
        if merged and merged[-1].first.version == item.first.version and int(item.first) <= int(merged[-1].last) + 1:
            merged[-1] = Range(merged[-1].first, max(merged[-1].last, item.last, key=int))
        else:
            merged.append(item)
    return merged


def _split(part: str) -> list[str]:
    """`A or B`, `A and B`, and addresses side by side with nothing but blanks or "(all of a site)" between."""
    halves = re.split(r"\s+(?:or|and|或|和)\s+", part, flags=re.I)
    if len(halves) == 1:
        halves = [half for half in _SITE.split(part) if half]
    if len(halves) > 1 and all(re.match(r"[0-9:]", half) for half in halves):
        return [piece for half in halves for piece in _split(half)]
    bare = _SITE.sub("", part)
    if _ROW_OF_PATTERNS.fullmatch(bare) and not re.search(r"\s-|-\s", bare):
        return bare.split()
    return [part] if part else []


def _piece(written: str) -> tuple[list[Range], list[Reason]]:
    notes: list[Reason] = []
    text = written
    if _PROXY.search(text) and re.search(r"[0-9]", text):
        raise _Unread(Reason.NETWORK_PROXY)
    mask = _MASK.search(text)
    if mask:
        text = text[: mask.start()]
    for noise in (_LABEL, _SITE):
        bare = noise.sub("", text)
        if bare != text:
            text, notes = bare, [*notes, Reason.NETWORK_LABEL]
    if not re.search(r"[0-9]", text):
        raise _Unread(Reason.NAME_OF_HOST if _HOST_NAME.match(text) else Reason.REMARK)
    six = ":" in text and not re.search(r"[g-z ]{2}", text, re.I)
    ranges = [_six(text)] if six else _four(text.strip())
    if mask:
        _confirm(ranges, mask.group(1), mask.group(2))
    if len(ranges) == 1 and ranges[0].first == ranges[0].last and "/" not in text and int(ranges[0].first) % 256 == 0:
        notes.append(Reason.NETWORK_ZERO_HOST)
    return ranges, notes


def _confirm(ranges: list[Range], mask: str, length: str | None) -> None:
    """A mask in words must say the same as the range beside it."""
    try:
        network = ip_network(f"{ranges[0].first}/{mask}")
    except ValueError as error:
        raise _Unread(Reason.NETWORK_AMBIGUOUS, mask) from error
    said = Range(network.network_address, network.broadcast_address)
    if ranges != [said] or (length and int(length) != network.prefixlen):
        raise _Unread(Reason.NETWORK_AMBIGUOUS, mask)


def _admit(item: Range, *, examples: bool) -> None:
    if int(item.last) < int(item.first):
        raise _Unread(Reason.NETWORK_REVERSED)
    widest = 2 ** (item.first.max_prefixlen - (WIDEST_V4 if item.first.version == 4 else WIDEST_V6))
    if int(item.last) - int(item.first) + 1 > widest:
        raise _Unread(Reason.NETWORK_TOO_WIDE)
    refused = _SPECIAL_RANGES if examples else _SPECIAL_RANGES + _DOCUMENTATION_RANGES
    if any(item.overlaps(Range(net.network_address, net.broadcast_address)) for net in refused):
        raise _Unread(Reason.NETWORK_RESERVED)


def _six(text: str) -> Range:
    try:
        if "/" in text:
            network = ip_network(text)
            return Range(network.network_address, network.broadcast_address)
        ends = [ip_address(end.strip()) for end in _DASH.split(text)]
    except ValueError as error:
        raise _Unread(Reason.NETWORK_UNREADABLE) from error
    if len(ends) > 2 or any(end.version != 6 for end in ends):
        raise _Unread(Reason.NETWORK_UNREADABLE)
    return Range(ends[0], ends[-1])


def _four(text: str) -> list[Range]:
    if "/" in text:
        return [_cidr(text)]
    tight = re.sub(r"\s+to\s+", "-", text, flags=re.I)
    tight = _DASH.sub("-", tight)
    if _WHOLE.fullmatch(tight):
        return _product(tight)
    left, dash, right = tight.partition("-")
    if not dash or "-" in right:
        raise _Unread(_fault(text))
    return [_between(left, right)]


def _fault(text: str) -> Reason:
    if _HOST_NAME.match(text):
        return Reason.NAME_OF_HOST
    if re.fullmatch(r"[0-9.*x\s-]+", text, re.I):
        return Reason.NETWORK_UNREADABLE
    return Reason.NETWORK_AMBIGUOUS if re.search(r"[0-9]\.[0-9]", text) else Reason.REMARK


def _cidr(text: str) -> Range:
    address, _, length = text.partition("/")
    numbers = address.split(".")
    if (
        len(numbers) != 4
        or not all(re.fullmatch(r"[0-9]{1,3}", number) for number in numbers)
        or not re.fullmatch(r"[0-9]{1,2}", length.strip())
    ):
        raise _Unread(Reason.NETWORK_UNREADABLE if re.match(r"^[0-9.*/ ]+$", text) else Reason.NETWORK_AMBIGUOUS)
    base = int(IPv4Address(".".join(str(_number(number)) for number in numbers)))
    if int(length) > 32:
        raise _Unread(Reason.NETWORK_UNREADABLE, f"/{length}")
    size = 2 ** (32 - int(length))
    if base % size:
        raise _Unread(Reason.NETWORK_AMBIGUOUS, f"/{length}")
    return Range(IPv4Address(base), IPv4Address(base + size - 1))


def _number(text: str) -> int:
    """One number of an address. `010` is 8 to some programs and 10 to others; `000` is 0 to all."""
    if len(text) > 1 and text.startswith("0") and text.strip("0"):
        raise _Unread(Reason.NETWORK_OCTAL, text)
    if int(text) > 255:
        raise _Unread(Reason.NETWORK_UNREADABLE, text)
    return int(text)


def _span(text: str) -> tuple[int, int]:
    """The values that one place of a pattern takes, first and last."""
    if text[0] in "*xX":
        return 0, 255
    first, _, last = text.strip("[]").partition("-")
    span = _number(first), _number(last or first)
    if span[1] < span[0]:
        raise _Unread(Reason.NETWORK_REVERSED)
    return span


def _product(pattern: str) -> list[Range]:
    """All addresses whose four numbers lie within the four spans, as contiguous ranges."""
    spans = [_span(place) for place in pattern.split(".")]
    for place, following in pairwise(pattern.split(".")):
        if place[0] in "*xX" and following[0] not in "*xX" and following != "0-255":
            raise _Unread(Reason.NETWORK_AMBIGUOUS)
    tail = 4
    while tail > 0 and spans[tail - 1] == (0, 255):
        tail -= 1
    head = spans[: max(tail - 1, 0)]
    first, last = spans[tail - 1] if tail else (0, 255)
    low, high = 256 ** (4 - tail), 256 ** (4 - tail) - 1
    bases = [0]
    for start, end in head:
        if len(bases) * (end - start + 1) > MOST_RANGES:
            raise _Unread(Reason.NETWORK_TOO_WIDE)
        bases = [base * 256 + number for base in bases for number in range(start, end + 1)]
    return [
        Range(IPv4Address((base * 256 + first) * low), IPv4Address((base * 256 + last) * low + high)) for base in bases
    ]


def _between(left: str, right: str) -> Range:
    """`A-B`, where B may give only its last two numbers: `194.82.36.0-39.255`, `193.62.224.*-255.*`."""
    start, end = left.split("."), right.split(".")
    if len(start) != 4 or len(end) not in (2, 4):
        raise _Unread(_fault(f"{left}-{right}") if len(end) != 3 else Reason.NETWORK_AMBIGUOUS)
    places = start[: 4 - len(end)] + end
    if not all(re.fullmatch(r"[0-9]{1,3}|\*+|x{1,3}", place, re.I) for place in start + places):
        raise _Unread(_fault(f"{left}-{right}"))
    ends = []
    for numbers, index in ((start, 0), (places, 1)):
        for place, following in pairwise(numbers):
            if place[0] in "*xX" and following[0] not in "*xX":
                raise _Unread(Reason.NETWORK_AMBIGUOUS)
        ends.append(IPv4Address(".".join(str(_span(number)[index]) for number in numbers)))
    return Range(ends[0], ends[1])
