"""From printed pages to running text: what a page repeats (headers, footers, its number) and lists of contents go."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from domain.documents.clauses import Line

SHORT = 0.7
EDGE = 3
"""Lines at the top and the bottom of a page among which headers and footers are looked for."""
_NUMBER = re.compile(r"[0-9]+|\b[ivxlc]+\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:page|p\.|第)?\s*(?:[0-9]{1,4}|[ivxlc]{1,7})\s*(?:页|頁)?"
    r"\s*(?:(?:/|of|,|，|共)\s*(?:共)?\s*[0-9]{1,4}\s*(?:页|頁)?)?[-–—\s]*",
    re.IGNORECASE,
)
_LEADERS = re.compile(
    r"(?:\.\s?){4,}\s*[0-9ivxlc]{1,6}\s*$|[…·．]{2,}\s*[0-9ivxlc]{1,6}\s*$|_{4,}\s*[0-9]{1,4}\s*$", re.I
)
_CONTENTS = re.compile(r"\s*(?:table\s+of\s+contents|contents|目\s*[录錄])\s*[:：]?\s*", re.IGNORECASE)
_ENDS_IN_PAGE = re.compile(r"\S.*\s[0-9]{1,4}\s*$")


def running(pages: Sequence[Sequence[str]]) -> list[Line]:
    """The lines of all pages, without those that belong to the paper. One that leaves room ends its paragraph."""
    kept = [[line.strip() for line in page if line.strip()] for page in pages]
    repeated = _repeated(kept)
    flowing: list[str] = []
    for page in kept:
        last = len(page) - 1
        for at, line in enumerate(page):
            edge = min(at, last - at)
            if edge < EDGE and _shape(line) in repeated:
                continue
            if edge == 0 and len(kept) > 1 and _PAGE_NUMBER.fullmatch(line):
                continue
            flowing.append(line)
    lines = list(_without_contents(flowing))
    widths = sorted(map(_width, lines))
    full = widths[len(widths) * 9 // 10] if widths else 0
    return [Line(line, ends=_width(line) < SHORT * full) for line in lines]


def _width(line: str) -> int:
    """In halves of a Chinese character's."""
    return sum(2 if character > "\u2e7f" else 1 for character in line)


def _repeated(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """The shapes of lines that stand at the edge of most pages. Of two pages nothing can be told."""
    if len(pages) < 3:
        return frozenset()
    seen: Counter[str] = Counter()
    for page in pages:
        edges = {*page[:EDGE], *page[-EDGE:]}
        seen.update({_shape(line) for line in edges if len(line) <= 200})
    return frozenset(shape for shape, times in seen.items() if times >= max(3, 0.5 * len(pages)) and _telling(shape))


def _telling(shape: str) -> bool:
    """Whether a shape is more than a clause's number: "#.# #" would take clauses away."""
    return len(re.sub(r"[#\W]", "", shape)) >= 3 or shape.strip("#-–— ") == ""


def _shape(line: str) -> str:
    return _NUMBER.sub("#", line).casefold()


def _without_contents(lines: Sequence[str]) -> Iterator[str]:
    listing = False
    for line in lines:
        if _CONTENTS.fullmatch(line):
            listing = True
        elif _LEADERS.search(line) or (listing and _ENDS_IN_PAGE.fullmatch(line) and len(line) <= 150):
            pass
        else:
            listing = False
            yield line
