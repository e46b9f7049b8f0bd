"""From printed pages to running text: what a page repeats (headers, footers, its number) and lists of contents go."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from domain.documents.clauses import Line

SHORT = 0.7
EDGE = 3
"""Lines at the top and the bottom of a page among which headers and footers are looked for."""
LONGEST_HEADER = 200
_NUMBER = re.compile(r"[0-9]+|\b[ivxlc]+\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:page|p\.|第)?\s*(?:[0-9]{1,4}|[ivxlc]{1,7})\s*(?:页|頁)?"
    r"\s*(?:(?:/|of|,|，|共)\s*(?:共)?\s*[0-9]{1,4}\s*(?:页|頁)?)?[-–—\s]*",
    re.IGNORECASE,
)
_LEADERS = re.compile(
    r"(?:\.\s?){4,}\s*[0-9ivxlc]{1,6}\s*$|[…·．]{2,}\s*[0-9ivxlc]{1,6}\s*$|_{4,}\s*[0-9]{1,4}\s*$", re.I
)
_LINES_END = 200
"""Characters in which leaders are looked for: a long row of them costs its square otherwise."""
_CLAUSE = re.compile(r"[0-9]+\.(?:[0-9]|\s)|第\s*\S{1,6}\s*[条條]|[(（][0-9a-z一二三四五六七八九十]{1,3}[)）]")
"""What no header begins with."""
_CONTENTS = re.compile(r"\s*(?:table\s+of\s+contents|contents|目\s*[录錄])\s*[:：]?\s*", re.IGNORECASE)
_ENDS_IN_PAGE = re.compile(r"\S.*\s[0-9]{1,4}\s*$")


def running(pages: Sequence[Sequence[str]]) -> list[Line]:
    """The lines of all pages, without those that belong to the paper. One that leaves room ends its paragraph."""
    kept = [[line.strip() for line in page if line.strip()] for page in pages]
    tops, bottoms = _edges(kept), _edges([page[::-1] for page in kept])
    flowing: list[str] = []
    spans = [(_peeled(page, tops), len(page) - _peeled(page[::-1], bottoms)) for page in kept]
    paper = max(
        (len(page) - last + first for page, (first, last) in zip(kept, spans, strict=True) if first < last), default=0
    )
    for page, (first, last) in zip(kept, spans, strict=True):
        if first >= last and len(page) > paper:  # what it says is what most pages say, and no header
            first, last = 0, len(page)
        flowing += [line for line in page[first:last] if not _is_number(line, page, len(kept))]
    lines = list(_without_contents(flowing))
    widths = sorted(map(_width, lines))
    full = widths[len(widths) * 9 // 10] if widths else 0
    return [Line(line, ends=_width(line) < SHORT * full) for line in lines]


def _edges(pages: Sequence[Sequence[str]]) -> list[frozenset[str]]:
    """For each place from the edge on the shapes of lines that stand there on most pages. Of two pages nothing can be
    told."""
    if len(pages) < 3:
        return []
    found: list[frozenset[str]] = []
    for at in range(EDGE):
        seen = Counter(_shape(page[at]) for page in pages if len(page) > at and len(page[at]) <= LONGEST_HEADER)
        often = max(3, 0.5 * len(pages))
        found.append(frozenset(shape for shape, times in seen.items() if times >= often and _telling(shape)))
    return found


def _peeled(page: Sequence[str], edges: Sequence[frozenset[str]]) -> int:
    """How many lines from the edge on belong to the paper: nothing stands outside of the text but what does."""
    for at, (line, shapes) in enumerate(zip(page, edges, strict=False)):
        if _shape(line) not in shapes or _CLAUSE.match(line):
            return at
    return min(len(page), len(edges))


def _is_number(line: str, page: Sequence[str], pages: int) -> bool:
    """Whether it is the page's number, at its very edge."""
    return pages > 1 and line in (page[0], page[-1]) and _PAGE_NUMBER.fullmatch(line) is not None


def _width(line: str) -> int:
    """In halves of a Chinese character's."""
    return sum(2 if character > "\u2e7f" else 1 for character in line)


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
        elif _LEADERS.search(line, max(0, len(line) - _LINES_END)) or (
            listing and _ENDS_IN_PAGE.fullmatch(line) and len(line) <= 150
        ):
            pass
        else:
            listing = False
            yield line
