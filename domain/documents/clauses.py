"""Lines of a contract divided into its numbered clauses.

A line begins a clause if it begins with a number that comes next: after 3.1 come 3.2, 3.1.1, 3.1(a) and 4, and "2.4
above" is the end of a sentence that wrapped. What has no number belongs to the clause before it; what comes before the
first is the preamble. Numbers that begin anew within each clause are told with those above them: 3.1(a), 第三条（一）.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from domain.documents import numbers
from domain.documents.numbers import Mark, Style
from domain.documents.refusals import Refused, Wrong

MOST_CLAUSES = 5_000
LONGEST_NUMBER = 80
LONGEST_TEXT = 200_000
"""Characters of a clause, as a licence file may have them."""
PREAMBLE = "0"
Counting = tuple[Style, bool]
"""A style, and whether of numbers that say what stands above them: 3.1."""
RANKS = {"part": 0, "chapter": 1, "article": 2, "条": 2, "section": 3, "部分": 0}
"""Which words stand above which."""
ABSOLUTE = frozenset({Style.ARTICLE, Style.DECIMAL, Style.CHINESE, Style.SCHEDULE})
"""Styles that number all of a document, unless it counts anew within each of its parts."""

_CJK = "\u3000-\u303f\u3400-\u9fff\uff00-\uffef"
_BETWEEN_CJK = re.compile(rf"(?<=[{_CJK}])[^\S\n]+(?=[{_CJK}])")
_CHAPTER = re.compile(r"\s*第\s*[〇零一二三四五六七八九十百0-9]+\s*[章节節编編]")
LINES_BELOW = 60
"""Lines that are looked at for what goes on with a number: more than a page."""
_GOES_ON = re.compile(r"(?:and|or|to|of|above|below)\b|[)）,;及和或至与與项項款所的]", re.IGNORECASE)
"""After (a) or (b): it is cited."""
_DIGITS = frozenset({Style.DECIMAL, Style.DIGITS_CLOSED})
_ENDS = ".;:,。；：，、)）"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, or a paragraph of a word processor's document. `counted`: it begins with a number that the
    program counts, in the list of this name. `heading`: it is marked as one. `ends`: it is the last of a paragraph."""

    text: str
    counted: str = ""
    heading: bool = False
    ends: bool = False


@dataclass(slots=True)
class Clause:
    mark: Mark | None
    above: tuple["Clause", ...] = ()
    lines: list[str] = field(default_factory=list)
    number: str = ""

    @property
    def label(self) -> str:
        return self.mark.label if self.mark else PREAMBLE

    @property
    def is_schedule(self) -> bool:
        return self.mark is not None and self.mark.style is Style.SCHEDULE

    @property
    def text(self) -> str:
        return _BETWEEN_CJK.sub("", "\n".join(self.lines)).strip()[:LONGEST_TEXT]


def divided(lines: Iterable[Line]) -> list[Clause]:
    """Raises Refused where there are more clauses than any contract has."""
    dividing = _Dividing(list(lines))
    for at in range(len(dividing.lines)):
        dividing.take(at)
        if len(dividing.found) > MOST_CLAUSES:
            raise Refused(Wrong.TOO_LONG, f"{MOST_CLAUSES}")
    dividing.end()
    found = [clause for clause in dividing.found if clause.mark or clause.text]
    _number(found)
    return found


def told(found: Iterable[Clause]) -> list[dict[str, Any]]:
    return [{"number": clause.number, "text": clause.text} for clause in found]


class _Dividing:
    """`stack`: the clause that is being read and those that it is within."""

    def __init__(self, lines: list[Line]) -> None:
        self.lines = lines
        self._at = 0
        self.found = [Clause(None)]
        self.stack: list[Clause] = []
        self._headings: list[str] = []
        self._ended = True
        self._inner: set[str] = set()
        """Lists that count within a clause."""
        self._last: dict[tuple[Style, str], tuple[int, ...]] = {}
        """The number of each family that came last, wherever it was."""

    def take(self, at: int) -> None:
        self._at, line = at, self.lines[at]
        text = line.text.strip()
        if not text:
            return
        if mark := self._next(text, line.counted):
            if (open_one := self._open(mark)) is None or open_one.value != mark.value:
                self._begin(mark)
                if item := self._first_item(mark):
                    self.found[-1].lines.pop()
                    self._begin(item)
            if mark.style is Style.ARTICLE and (within := numbers.paragraph_of(text)):
                self._begin(within)
        elif line.heading or _CHAPTER.match(text) or _is_title(text):
            self._headings.append(text)
        else:
            self.end()
            self._join(text)
        self._ended = line.ends

    def end(self) -> None:
        """Titles that no clause followed belong to the text before them."""
        for text in self._headings:
            self.found[-1].lines.append(text)
        self._headings.clear()

    def _join(self, text: str) -> None:
        """A line that goes on with the one before, unless that ended a paragraph, or this is an item of a list."""
        lines = self.found[-1].lines
        if not lines or self._ended or text[0] in "•●▪◦–—*" or lines[-1][-1] in ";；:：":
            lines.append(text)
        elif lines[-1][-1] == "-" and lines[-1][-2:-1].isalpha() and text[0].islower():
            lines[-1] += text
        else:
            lines[-1] += f" {text}"

    def _next(self, text: str, counted: str) -> Mark | None:
        """The mark by which the line begins a clause; None = it doesn't."""
        read = numbers.marks(text, numbered=bool(counted))
        if read and read[0].style is Style.DIGITS_CLOSED and not counted and self._is_in_brackets():
            return None
        inner = [replace(mark, style=Style.LISTED, word=counted) for mark in read if mark.style in _DIGITS]
        if counted in self._inner and inner:
            return inner[0]
        if fitting := next(filter(self._fits, read), None):
            return fitting
        if not counted or not read:
            return None
        if inner and self.stack and inner[0].value == (1,):
            self._inner.add(counted)
            return inner[0]
        return read[0]

    def _fits(self, mark: Mark) -> bool:
        if mark.style is Style.SCHEDULE:
            return all(
                one.mark is None or (one.mark.family, one.mark.value) != (mark.family, mark.value) for one in self.found
            )
        open_one = self._open(mark)
        if mark.style is Style.DECIMAL:
            return self._decimal_fits(mark, open_one) and (not mark.bare or self._is_title_of_more(mark))
        if open_one and open_one.value == mark.value:
            return not mark.rest and mark.word == "条"  # 第三条第二款 goes on with 第三条
        if open_one is None:
            return mark.value == (1,) or mark.value == self._after(mark) or (bool(mark.word) and not self.stack)
        before, value = open_one.value, mark.value
        follows = value[0] == before[0] + 1 or value in ((before[0], 1), (*before[:1], before[-1] + 1))
        return follows or (bool(mark.word) and value[0] == before[0] + 2)

    def _decimal_fits(self, mark: Mark, open_one: Mark | None) -> bool:
        value = mark.value
        if open_one is None:
            article = self._article()
            if len(value) == 1:
                return value[0] in (0, 1) or value == self._after(mark)
            within = article is None or value[0] == article.value[0]
            return value[-1] in (0, 1) and len(value) == 2 and (within or value[0] == 1)
        before = open_one.value
        if value in ((*before, 1), (*before, 0), (before[0] + 1, 1)):
            return True
        article = self._article()
        if article is not None and value == (*article.value, 1):
            return True
        at = len(value) - 1
        step = 3 if _is_heading(mark.rest) else 2 if at else 1  # sentences have "1." to "9." more often than "3.4"
        return at < len(before) and value[:at] == before[:at] and 0 < value[at] - before[at] <= step

    def _is_in_brackets(self) -> bool:
        """Whether the line before opens brackets that this one may close: "(see clause" and "1)"."""
        before = (self._headings or self.found[-1].lines or [""])[-1]
        return sum(before.count(one) for one in "(（") > sum(before.count(one) for one in ")）")

    def _first_item(self, mark: Mark) -> Mark | None:
        """The (a) of "2.1 (a) …", where a line below begins with its (b)."""
        if mark.style not in ABSOLUTE or mark.rest[:1] not in tuple("(（"):
            return None
        item = next((one for one in numbers.marks(mark.rest) if one.value == (1,)), None)
        if item is None or _GOES_ON.match(item.rest):
            return None
        for read in self._below():
            if any(one.family == item.family and one.value == (2,) and not _GOES_ON.match(one.rest) for one in read):
                return item
            if any(one.style in ABSOLUTE or (one.family, one.value) == (item.family, (1,)) for one in read):
                return None
        return None

    def _is_title_of_more(self, mark: Mark) -> bool:
        """Whether below "2 授权" comes 2.1, or the next such title of which that is so: rows of tables look like it."""
        last = (self._headings or self.found[-1].lines or ["。"])[-1]
        if not self._ended and last[-1] not in _ENDS:
            return False
        (awaited,) = mark.value
        for read in self._below():
            found = next((one for one in read if one.style is Style.DECIMAL), None)
            if found is None:
                continue
            if not found.bare or found.value != (awaited + 1,):
                return found.value == (awaited, 1)
            awaited += 1
        return False

    def _below(self) -> Iterator[list[Mark]]:
        for line in self.lines[self._at + 1 : self._at + 1 + LINES_BELOW]:
            yield numbers.marks(line.text, numbered=bool(line.counted))

    def _after(self, mark: Mark) -> tuple[int, ...]:
        last = self._last.get(mark.family, (0,))
        return (last[0] + 1,)

    def _open(self, mark: Mark) -> Mark | None:
        """The number of the same family that was read last, of those that this line can be within or after."""
        return next((one.mark for one in reversed(self.stack) if one.mark and one.mark.family == mark.family), None)

    def _article(self) -> Mark | None:
        return next((one.mark for one in reversed(self.stack) if one.mark and one.mark.style is Style.ARTICLE), None)

    def _begin(self, mark: Mark) -> None:
        if mark.style is Style.SCHEDULE:
            self.stack.clear()
            self._last.clear()
        else:
            self._close(mark)
        clause = Clause(mark, tuple(self.stack))
        if len(self.found) == 1:  # what the document is called
            self.found[0].lines += [text for text in self._headings if not _CHAPTER.match(text)]
            self._headings = [text for text in self._headings if _CHAPTER.match(text)]
        clause.lines += self._headings
        self._headings = []
        if mark.rest:
            clause.lines.append(mark.rest)
        self._last[mark.family] = mark.value
        self.found.append(clause)
        self.stack.append(clause)

    def _close(self, mark: Mark) -> None:
        """Leave the clauses that this one isn't within: those of its own family, of which a longer number is within."""
        for at, one in enumerate(self.stack):
            if one.mark and one.mark.family == mark.family:
                if mark.style is Style.DECIMAL and len(mark.value) > len(one.mark.value) and _within(mark, one.mark):
                    continue
                del self.stack[at:]
                return
        if mark.style is Style.ARTICLE:
            rank = RANKS[mark.word]
            self.stack = [
                one for one in self.stack if one.is_schedule or (one.mark and RANKS.get(one.mark.word, 9) < rank)
            ]


def _within(mark: Mark, outer: Mark) -> bool:
    return mark.value[: len(outer.value)] == outer.value


def _is_heading(text: str) -> bool:
    """Words of a title: each longer one with a capital, or no more than a few Chinese ones."""
    if not text or len(text) > 60 or text[-1] in _ENDS:
        return False
    if not text.isascii():
        return len(text) <= 15 and not text[0].isdigit()
    return all(word[0].isupper() for word in text.split() if len(word) > 3)


def _is_title(text: str) -> bool:
    return len(text) <= 80 and text.isupper() and len(text.split()) <= 10 and text[-1] not in _ENDS


def _number(found: list[Clause]) -> None:
    """Give each clause a number that no other has, as short as the document lets it be."""
    anew = _counts_anew(found)
    taken: Counter[str] = Counter()
    for clause in found:
        path = _path(clause, anew)[:LONGEST_NUMBER]
        taken[path] += 1
        clause.number = path if taken[path] == 1 else f"{path} [{taken[path]}]"


def _counts_anew(found: list[Clause]) -> frozenset[Counting]:
    """What gives a number twice, and what is but one list within something else."""
    seen: dict[Counting, set[tuple[Any, ...]]] = {}
    anew = {counting for counting in ((Style.CHINESE, False), (Style.DECIMAL, False)) if _is_one_list(found, counting)}
    for clause in found:
        if clause.mark and clause.mark.style in ABSOLUTE:
            schedule = next((one.label for one in clause.above if one.mark and one.mark.style is Style.SCHEDULE), "")
            key = (schedule, clause.mark.word, clause.mark.value)
            if key in seen.setdefault(_counting(clause.mark), set()):
                anew.add(_counting(clause.mark))
            seen[_counting(clause.mark)].add(key)
    return frozenset(anew)


def _counting(mark: Mark) -> Counting:
    return mark.style, len(mark.value) > 1


def _is_one_list(found: list[Clause], counting: Counting) -> bool:
    of_it = [clause for clause in found if clause.mark and _counting(clause.mark) == counting]
    within = {id(clause.above[-1]) if clause.above else 0 for clause in of_it}
    return len(within) == 1 and 0 not in within and not of_it[0].above[-1].is_schedule


def _path(clause: Clause, anew: frozenset[Counting]) -> str:
    if clause.mark is None:
        return PREAMBLE
    style, above = clause.mark.style, list(clause.above)
    if style is Style.DECIMAL:  # 3.1.1 says all that stands above it in decimals
        above = [one for one in above if one.mark and one.mark.style is not Style.DECIMAL]
    if style in ABSOLUTE and _counting(clause.mark) not in anew:
        above = [one for one in above if one.is_schedule]
    if not above:
        return clause.label
    return _joined(_path(above[-1], anew), clause.label)


def _joined(outer: str, label: str) -> str:
    """3.1 + (a) = 3.1(a); 第三条 + （一） = 第三条（一）; 第一部分 + 一 = 第一部分，一;
    Section II + 3 = Section II, 3."""
    if outer[0] == "附" or outer.endswith("部分"):
        return f"{outer}，{label}"
    if label[0] in "(（第" or ("\u4e00" <= outer[-1] <= "\u9fff" and not label[0].isascii()):
        return outer + label
    if label[0].isdigit() and outer[-1] in ")）" and not outer[-1].isascii():
        return outer + label
    return f"{outer}, {label}"
