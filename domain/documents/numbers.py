"""The numbers that begin a clause: "3.1", "(a)", "Article 5", "第三条", "（一）", "一、", "Schedule 1", "附件一".

Traditional characters are read as the simplified ones.

Only what a line begins with is read here; whether it numbers a clause there, or is the end of a sentence that wrapped,
is `clauses`' to say, from the order of numbers.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Style(Enum):
    """How a number is written. Numbers of one style count on; another one within begins anew."""

    ARTICLE = "Article 5, Section II, 第三条"
    DECIMAL = "3.1"
    CHINESE = "一、"
    CHINESE_IN_BRACKETS = "（一）"
    PARAGRAPH = "第二款"
    ITEM = "第二项"
    LOWER = "(a)"
    UPPER = "(A)"
    LOWER_ROMAN = "(i)"
    UPPER_ROMAN = "I."
    DIGITS_IN_BRACKETS = "(1)"
    DIGITS_CLOSED = "1)"
    SCHEDULE = "Schedule 1, 附件一"
    LISTED = "1. within 3.1"
    """A list that a word processor counts, within a clause whose own number is a decimal one."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A number at the beginning of a line. `label`: as it is written, without what only sets it off; `rest`: what
    follows. `word`: what stands before it; whoever has one is surely a number. `bare`: nothing tells it from a quantity
    but that it stands before a few Chinese words: 1 总则."""

    style: Style
    value: tuple[int, ...]
    label: str
    rest: str
    word: str = ""
    bare: bool = False

    @property
    def family(self) -> tuple[Style, str]:
        """What it counts on with: sections within an article aren't articles."""
        return self.style, self.word


_CN = "〇零一二三四五六七八九十百千两兩"
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_A_ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")

_PARTS = re.compile(
    rf"(?P<word>article|section|clause|chapter|part|§)\s*(?P<value>[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{0,4}}|[ivxlc]{{1,7}}\b)"
    rf"|第\s*(?P<cn>[{_CN}]{{1,7}}|[0-9]{{1,4}})\s*[条條](?:\s*之\s*(?P<of>[{_CN}]{{1,3}}))?"
    rf"(?:\s*第\s*(?P<paragraph>[{_CN}]{{1,3}}|[0-9]{{1,2}})\s*款)?",
    re.IGNORECASE,
)
_WITHIN = re.compile(rf"第\s*(?P<value>[{_CN}]{{1,3}}|[0-9]{{1,2}})\s*(?P<what>[款项項])")
_SCHEDULE = re.compile(
    rf"(?P<word>schedule|annex|appendix|exhibit|attachment)\s+(?P<value>[0-9]{{1,2}}|[a-z]\b|[ivx]{{1,5}}\b)"
    rf"|附\s*(?P<kind>件|录|錄|表)\s*(?P<cn>[{_CN}]{{1,3}}|[0-9]{{1,2}})?",
    re.IGNORECASE,
)
_PART = re.compile(rf"第\s*(?P<value>[{_CN}]{{1,3}}|[0-9]{{1,2}})\s*部分(?=$|[\s:：])")
_QUANTITY = r"[0-9]+(?:,[0-9]{3})*(?![0-9])(?!\s*(?:[、，,.)~—–-]|和|及|或|至|与|與|[项項款条條章节節页頁号號%]))"
"""What an item may begin with, 2027年 or 50个用户; "1、2项" numbers two of them."""
_DECIMAL = re.compile(
    rf"(?P<value>[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{0,5}})(?P<end>[.、．)]?)(?=\s|$|[^\s0-9.,%]|(?<=[、)]){_QUANTITY})"
)
_IN_ONE = re.compile("[\u2474-\u249b\u3220-\u3229]")
"""⒈, ⑴ and ㈠: a number with its point or brackets in one character."""
_BOXED = re.compile(
    rf"[【〔〖]\s*(第\s*(?:[{_CN}]{{1,7}}|[0-9]{{1,4}})\s*[条條])\s*[】〕〗](?!\s*[规規所的中之和及或、，])"
)
_TITLE = re.compile(
    r"(?!(?!条件|款项|期限|期间|人员|日期)[个個年月日天份套名元万页頁条條款项項人家台户戶种種本卷册期小周章节節至到和及或与與、])"
    r"[\u4e00-\u9fff、]{2,15}"
)
"""A short title; what begins with a measure or goes on with a list is none."""
_CHINESE = re.compile(rf"(?P<value>[{_CN}]{{1,4}})\s*[、．.]")
_BRACKETED = re.compile(rf"[(（]\s*(?P<value>[{_CN}]{{1,4}}|[0-9]{{1,2}}|[a-z]{{1,5}})\s*[)）]", re.IGNORECASE)
_LETTERED = re.compile(r"(?P<value>[a-z]{1,5})[.)](?=\s)", re.IGNORECASE)
_SETS_OFF = re.compile(r"^[\s.:：、,，—–-]+")


def marks(line: str, *, numbered: bool = False) -> list[Mark]:
    """Every way to read the beginning of a line as a clause's number; (i) is a letter and a Roman one. `numbered`: it
    is known to be one."""
    line = _BOXED.sub(r"\1 ", line.lstrip(), count=1) if line.lstrip()[:1] in tuple("【〔〖") else line.lstrip()
    if _IN_ONE.match(line):
        line = f"{unicodedata.normalize('NFKC', line[0])} {line[1:]}"
    plain = _folded(line)
    at = len(plain) - len(plain.lstrip())
    line, plain = line[at:], plain[at:]
    return list(_read(line, plain, numbered))


def _folded(line: str) -> str:
    """Full-width digits, brackets and points as plain ones, one for one."""
    return "".join(folded if len(folded := unicodedata.normalize("NFKC", c)) == 1 else c for c in line)


def _read(line: str, plain: str, numbered: bool) -> Iterator[Mark]:
    if found := _SCHEDULE.match(plain):
        yield from _schedule(found, line)
    elif found := _PARTS.match(plain):
        yield from _article(found, line)
    elif found := _PART.match(plain):
        yield from _part(found, line)
    elif found := _WITHIN.match(plain):
        style, word = (Style.PARAGRAPH, "款") if found["what"] == "款" else (Style.ITEM, "项")
        yield Mark(style, (_number(found["value"]),), _squeezed(line[: found.end()]), _rest(line, found.end()), word)
    elif found := _BRACKETED.match(plain):
        label = "(" + _squeezed(found["value"]) + ")"
        if found["value"][0] in _CN:
            value = (_number(found["value"]),)
            yield Mark(Style.CHINESE_IN_BRACKETS, value, f"（{found['value']}）", _rest(line, found.end()))
        else:
            yield from _lettered(found["value"], label, _rest(line, found.end()))
    elif found := _CHINESE.match(plain):
        yield Mark(Style.CHINESE, (_number(found["value"]),), found["value"], _rest(line, found.end()))
    elif found := _DECIMAL.match(plain):
        yield from _decimal(found, line, numbered)
    elif found := _LETTERED.match(plain):
        yield from _lettered(found["value"], found["value"], _rest(line, found.end()))


def _schedule(found: re.Match[str], line: str) -> Iterator[Mark]:
    """A schedule's title stands alone or before a title; "Schedule 1 hereto" is the end of a sentence."""
    rest = _rest(line, found.end())
    if len(rest) > 120 or (rest and (rest[0].islower() or rest[-1] in ".;,。；，")):
        return
    label = _squeezed(line[: found.end()])
    if found["word"]:
        value = found["value"]
        number = int(value) if value.isdigit() else roman(value) or ord(value.casefold()) - 96
        yield Mark(Style.SCHEDULE, (number,), label, rest, found["word"].casefold())
    elif not rest or found["cn"] or line[found.end() : found.end() + 1] in " :：\t":
        number = _number(found["cn"]) if found["cn"] else 0
        yield Mark(Style.SCHEDULE, (number,), label, rest, f"附{found['kind']}".replace("錄", "录"))


def _part(found: re.Match[str], line: str) -> Iterator[Mark]:
    """Of a contract whose articles count anew in each: a title, not a sentence."""
    rest = _rest(line, found.end())
    if len(rest) <= 40 and rest[-1:] not in tuple("。；，,;."):
        yield Mark(Style.ARTICLE, (_number(found["value"]),), _squeezed(line[: found.end()]), rest, "部分")


def _article(found: re.Match[str], line: str) -> Iterator[Mark]:
    rest = _rest(line, found.end())
    label = _squeezed(line[: found.end()])
    if found["cn"]:
        value = (_number(found["cn"]), *((_number(found["of"]),) if found["of"] else ()))
        if found["paragraph"]:
            label = label[: label.rindex("第")]
        yield Mark(Style.ARTICLE, value, label, "" if found["paragraph"] else rest, "条")
        return
    if rest[:1].islower() or rest[:1] in tuple("),;"):
        return
    written, word = found["value"], found["word"].casefold()
    if not written[0].isdigit():
        if number := roman(written):
            yield Mark(Style.ARTICLE, (number,), label, rest, word)
    elif "." in written or word in ("clause", "§"):
        yield Mark(Style.DECIMAL, tuple(map(int, written.split("."))), written, rest)
    else:
        yield Mark(Style.ARTICLE, (int(written),), label, rest, word)


def paragraph_of(line: str) -> Mark | None:
    """The 款 of a line that begins with an article and its paragraph: 第三条第二款."""
    found = _PARTS.match(_folded(line).lstrip())
    if not found or not found["paragraph"]:
        return None
    stripped = line.lstrip()
    label = f"第{found['paragraph']}款"
    return Mark(Style.PARAGRAPH, (_number(found["paragraph"]),), label, _rest(stripped, found.end()), "款")


def _decimal(found: re.Match[str], line: str, numbered: bool) -> Iterator[Mark]:
    """A lone number without a point numbers a clause only before a title: "12 months" doesn't."""
    value = tuple(map(int, found["value"].split(".")))
    rest = _rest(line, found.end())
    after = line[found.end() : found.end() + 1]
    if len(value) == 1 and found["end"] == ")":
        yield Mark(Style.DIGITS_CLOSED, value, found["value"], rest)
    alone = len(value) == 1 and not numbered
    if alone and not found["end"] and (not rest or not (rest[0].isupper() or after == "\t")):
        if _TITLE.fullmatch(rest) and after.isspace():
            yield Mark(Style.DECIMAL, value, found["value"], rest, bare=True)
        return
    if alone and rest and rest[0].islower():
        return
    yield Mark(Style.DECIMAL, value, found["value"], rest)


def _lettered(value: str, label: str, rest: str) -> Iterator[Mark]:
    if value.isdigit():
        yield Mark(Style.DIGITS_IN_BRACKETS, (int(value),), label, rest)
        return
    lower = value.islower()
    if not lower and not value.isupper():
        return
    if len(set(value)) == 1 and len(value) <= 2:  # (a) … (z), (aa) …
        number = ord(value[0].casefold()) - 96 + 26 * (len(value) - 1)
        yield Mark(Style.LOWER if lower else Style.UPPER, (number,), label, rest)
    if number := roman(value):
        yield Mark(Style.LOWER_ROMAN if lower else Style.UPPER_ROMAN, (number,), label, rest)


def roman(written: str) -> int:
    """0 = it is none."""
    plain = written.casefold()
    if not plain or not _A_ROMAN.fullmatch(plain):
        return 0
    values = [_ROMAN[letter] for letter in plain]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))


def _number(written: str) -> int:
    """三十二, 一百零五, 二〇, 12."""
    if written.isdigit() and written.isascii():
        return int(written)
    if not any(character in _TENS for character in written):
        return int("".join(str(_DIGITS[character]) for character in written))
    total = digit = 0
    for character in written:
        if character in _TENS:
            total += (digit or 1) * _TENS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit


def _squeezed(label: str) -> str:
    """Without doubled blanks, and without any between Chinese characters."""
    text = " ".join(label.split())
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)


def _rest(line: str, end: int) -> str:
    return _SETS_OFF.sub("", line[end:]).rstrip()
