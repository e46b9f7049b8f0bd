"""The numbers that Word counts: lists of levels, bound to paragraphs or to their styles (ISO/IEC 29500-1 §17.9).

What is written is nowhere in the document but in the pattern of a level, "%1.%2" or "第%1条", and in how often it was
used before.
"""

import re
from dataclasses import dataclass, replace

from lxml import etree

from domain.documents.refusals import Refused, Wrong

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LEVELS = 9
MOST_NUMBER = 100_000
_CHINESE = frozenset(
    {"chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCounting",
     "taiwaneseCountingThousand", "japaneseDigitalTen", "koreanDigital2"}
)  # fmt: skip
_SILENT = frozenset({"bullet", "none"})
_HEADING = re.compile(r"(?:heading|标题)\s?[0-9]|title|subtitle", re.IGNORECASE)
_CONTENTS = re.compile(r"toc\s?[0-9]|toc heading|table of figures", re.IGNORECASE)
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    kind: str = "decimal"
    pattern: str = ""
    start: int = 1
    legal: bool = False
    """All numbers in it are shown as decimals (`isLgl`)."""
    restart: int | None = None
    """It begins anew after a level of this or a smaller number, counted from 1; 0 = never (§17.9.10). None = after any
    level above."""

    def begins_anew(self, at: int, used: int) -> bool:
        """Whether this level, at place `at`, begins anew after the level `used` above it. Both count from 0."""
        return self.restart is None or self.restart > at or used < self.restart


@dataclass(frozen=True, slots=True)
class _List:
    """`abstract`: whatever is of the same one counts together. `begins`: levels that begin anew with the first
    paragraph of this list (`startOverride`, §17.9.26)."""

    abstract: str
    levels: list[_Level]
    begins: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Style:
    name: str = ""
    above: str | None = None
    number: str | None = None
    level: int | None = None
    outline: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What Word shows before a paragraph (empty = nothing), of which list; whether it is a heading, or a line of the
    list of contents."""

    number: str
    list: str
    heading: bool
    contents: bool


class Numbering:
    """Counts as the paragraphs come, in the order of the document."""

    def __init__(self, numbering: etree._Element | None, styles: etree._Element | None) -> None:
        self._styles = _styles(styles)
        self._lists = _lists(numbering, self._styles)
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()

    def of(self, paragraph: etree._Element) -> Place:
        """To be asked once for each paragraph, in their order."""
        properties = paragraph.find(f"{W}pPr")
        style = _value(properties, "pStyle") or ""
        above = self._inherited(style)
        names = [one.name for one in above]
        heading = any(_HEADING.fullmatch(name) for name in names) or any(one.outline for one in above)
        contents = any(_CONTENTS.fullmatch(name) for name in names)
        number, level = self._which(properties, above)
        shown = "" if number is None else self._next(number, level)
        return Place(shown, number or "", heading, contents)

    def has(self, paragraph: etree._Element) -> bool:
        """Whether a paragraph is of a list."""
        properties = paragraph.find(f"{W}pPr")
        return self._which(properties, self._inherited(_value(properties, "pStyle") or ""))[0] is not None

    def hides(self, style: str) -> bool:
        """Whether what has this style isn't shown."""
        return any(one.hidden for one in self._inherited(style))

    def _inherited(self, style: str) -> list[_Style]:
        found: list[_Style] = []
        name: str | None = style
        while name in self._styles and len(found) < 20:  # styles can be based on themselves
            found.append(self._styles[name])
            name = found[-1].above
        return found

    def _which(self, properties: etree._Element | None, above: list[_Style]) -> tuple[str | None, int]:
        """The list and level of a paragraph: its own, else its style's."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        number = _value(own, "numId")
        level = _whole(_value(own, "ilvl"))
        if number is None:
            number = next((one.number for one in above if one.number is not None), None)
        if level is None:
            level = next((one.level for one in above if one.level is not None), 0)
        return (None if number in (None, "0") else number), min(max(level, 0), LEVELS - 1)

    def _next(self, number: str, level: int) -> str:
        of = self._lists.get(number)
        if of is None:
            return ""
        levels = of.levels
        counts = self._counts.setdefault(of.abstract, [None] * LEVELS)
        if number not in self._begun:
            self._begun.add(number)
            for at in of.begins:
                counts[at] = None
        if levels[level].kind in _SILENT:
            return ""
        now = counts[level]
        counts[level] = levels[level].start if now is None else now + 1
        for at in range(level + 1, LEVELS):
            if levels[at].begins_anew(at, level):
                counts[at] = None
        if (counts[level] or 0) > MOST_NUMBER:
            raise Refused(Wrong.TOO_LONG, f"{MOST_NUMBER}")
        return re.sub(
            r"%([1-9])", lambda found: self._shown(levels, counts, int(found[1]) - 1, level), levels[level].pattern
        )

    @staticmethod
    def _shown(levels: list[_Level], counts: list[int | None], at: int, level: int) -> str:
        count = counts[at]
        if at > level:
            return ""
        value = levels[at].start if count is None else count
        return _written(value, "decimal" if levels[level].legal else levels[at].kind)


def _lists(root: etree._Element | None, styles: dict[str, _Style]) -> dict[str, _List]:
    """The levels of each list, and which lists count together."""
    if root is None:
        return {}
    abstract = {one.get(f"{W}abstractNumId", ""): one for one in root.findall(f"{W}abstractNum")}
    of = {one.get(f"{W}numId", ""): _value(one, "abstractNumId") or "" for one in root.findall(f"{W}num")}
    levels_of = {name: _levels(_linked(one, abstract, of, styles)) for name, one in abstract.items()}
    lists: dict[str, _List] = {}
    for one in root.findall(f"{W}num"):
        number = one.get(f"{W}numId", "")
        levels = list(levels_of.get(of[number], _levels(None)))
        begins = set()
        for override in one.findall(f"{W}lvlOverride"):
            at = _whole(override.get(f"{W}ilvl")) or 0
            if not 0 <= at < LEVELS:
                continue
            if (level := override.find(f"{W}lvl")) is not None:
                levels[at] = _level(level)
            if (start := _whole(_value(override, "startOverride"))) is not None:
                levels[at] = replace(levels[at], start=start)
                begins.add(at)
        lists[number] = _List(of[number], levels, frozenset(begins))
    return lists


def _linked(
    one: etree._Element, abstract: dict[str, etree._Element], of: dict[str, str], styles: dict[str, _Style]
) -> etree._Element:
    """Where the levels stand: a list may have those of a style of lists (§17.9.21, §17.9.27)."""
    if (link := _value(one, "numStyleLink")) is None:
        return one
    style = styles.get(link)
    if style and style.number in of and of[style.number] in abstract:
        return abstract[of[style.number]]
    return next((other for other in abstract.values() if _value(other, "styleLink") == link), one)


def _levels(of: etree._Element | None) -> list[_Level]:
    levels = [_Level()] * LEVELS
    for level in of.findall(f"{W}lvl") if of is not None else ():
        at = _whole(level.get(f"{W}ilvl")) or 0
        if at < LEVELS:
            levels[at] = _level(level)
    return levels


def _level(element: etree._Element) -> _Level:
    return _Level(
        kind=_value(element, "numFmt") or "decimal",
        pattern=(_value(element, "lvlText") or "")[:40],
        start=1 if (start := _whole(_value(element, "start"))) is None else start,
        legal=is_on(element.find(f"{W}isLgl")),
        restart=_whole(_value(element, "lvlRestart")),
    )


def _styles(root: etree._Element | None) -> dict[str, _Style]:
    found: dict[str, _Style] = {}
    for one in root.findall(f"{W}style") if root is not None else ():
        properties = one.find(f"{W}pPr")
        numbered = properties.find(f"{W}numPr") if properties is not None else None
        found[one.get(f"{W}styleId", "")] = _Style(
            name=(_value(one, "name") or "").strip(),
            above=_value(one, "basedOn"),
            number=_value(numbered, "numId"),
            level=_whole(_value(numbered, "ilvl")),
            hidden=is_on(one.find(f"{W}rPr/{W}vanish")),
            outline=properties is not None and properties.find(f"{W}outlineLvl") is not None,
        )
    return found


def _value(element: etree._Element | None, name: str) -> str | None:
    child = element.find(f"{W}{name}") if element is not None else None
    return child.get(f"{W}val") if child is not None else None


def is_on(toggle: etree._Element | None) -> bool:
    """A property that is there without a value is on (§17.17.4)."""
    return toggle is not None and toggle.get(f"{W}val", "1") not in ("0", "false", "off")


def _whole(written: str | None) -> int | None:
    return int(written) if written and re.fullmatch(r"[0-9]{1,6}", written) else None


def _written(value: int, kind: str) -> str:
    """A number as this kind writes it; kinds that contracts don't use, as digits."""
    if kind in _CHINESE:
        return chinese(value)
    if kind in ("lowerLetter", "upperLetter"):
        letter = chr(97 + (value - 1) % 26) * ((value - 1) // 26 + 1) if 0 < value <= 26 * 10 else str(value)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in ("lowerRoman", "upperRoman"):
        roman = _in_roman(value)
        return roman.upper() if kind == "upperRoman" else roman
    if kind == "decimalZero":
        return f"{value:02}"
    return str(value)


def _in_roman(value: int) -> str:
    if not 0 < value < 4000:
        return str(value)
    text = ""
    for size, letters in _ROMAN:
        text += letters * (value // size)
        value %= size
    return text


def chinese(value: int) -> str:
    """As contracts count: 十, 十一, 二十, 一百零五."""
    if not 0 < value < 10_000:
        return str(value)
    digits = "零一二三四五六七八九"
    text = ""
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // size % 10
        if digit:
            text += digits[digit] + name
        elif text and value % size and not text.endswith("零"):
            text += "零"
    return text.removeprefix("一") if 10 <= value < 20 else text
