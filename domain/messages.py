"""What people read, in Chinese and English: one catalogue of sentences, kept as data beside this module.

A key is `kind.entry`, for example `reason.embargoed` or `remedy.wait`. An entry holds variants in each language, from
the fullest to the plainest; the first whose facts are all known is said, so a sentence never shows a gap.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ruamel.yaml import YAML

from models.vocabulary import (
    AccessBasis,
    AccessReason,
    Action,
    Affiliation,
    Kept,
    LicenceStatus,
    RemedyKind,
    ResourceKind,
    Role,
    Standing,
    TermStatus,
    UsageKind,
)

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
DEFAULT: Language = "zh"
"""Said where neither the question nor the reader's browser nor the consortium names a language we speak."""

UNKNOWN = "und"
"""The key of a name whose language nobody recorded (BCP 47 `und`)."""

_FOLDER = Path(__file__).with_suffix("")
_FILES = {
    "reason": "reasons",
    "remedy": "remedies",
    "condition": "conditions",
    "check": "checks",
    "change": "changes",
    "deadline": "deadlines",
    "basis": "bases",
    "problem": "problems",
    "error": "errors",
    "word": "words",
    "page": "pages",
    "release": "release",
    "scope": "scopes",
    "openurl": "openurl",
    "operation": "operation",
    "federation": "federation",
    "document": "documents",
    "sheet": "sheet",
}
_WORDS: dict[type[StrEnum], str] = {
    AccessBasis: "basis",
    Action: "action",
    Affiliation: "affiliation",
    Role: "role",
    Standing: "standing",
    ResourceKind: "resource_kind",
    TermStatus: "term_status",
    LicenceStatus: "licence_status",
    Kept: "kept",
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8}")
_MOST_RANGES = 20

Fact = str | int | date | StrEnum | Sequence[str] | None


class Help(NamedTuple):
    """The help page of one reason."""

    title: str
    means: str
    reader: str
    librarian: str


@cache
def _load(name: str) -> dict[str, Any]:
    """One file of the catalogue. It belongs to the program: a file missing or wrong is an error at first use."""
    with (_FOLDER / f"{name}.yaml").open(encoding="utf-8") as file:
        loaded: dict[str, Any] = YAML(typ="safe", pure=True).load(file)
    return loaded


def keys(kind: str) -> frozenset[str]:
    """The entries that the catalogue holds of one kind, for the tests that look for gaps."""
    return frozenset(_load(_FILES[kind]))


def variants(key: str, lang: Language) -> tuple[str, ...]:
    """The ways to say `key`, fullest first. Raises KeyError for a key that the catalogue does not have."""
    kind, *path = key.split(".")
    entry: Any = _load(_FILES[kind])
    for step in path:
        entry = entry[step]
    said = entry[lang]
    return (said,) if isinstance(said, str) else tuple(said)


def sentence(key: str, lang: str | Sequence[str] = DEFAULT, **facts: Fact) -> str:
    """`key` said in the first language of `lang` (a tag or tags in order of preference) that we speak.

    Facts are names already chosen for the language, dates, numbers or values of our vocabularies; None = not known.
    """
    language = spoken(lang)
    known = {name: _shown(fact, language) for name, fact in facts.items() if fact is not None and fact != ""}
    for variant in variants(key, language):
        if set(_PLACEHOLDER.findall(variant)) <= known.keys():
            return _PLACEHOLDER.sub(lambda found: known[found[1]], variant)
    raise KeyError(f"{key} cannot be said in {language} with {sorted(known)}")


def reason(value: AccessReason, lang: str | Sequence[str] = DEFAULT, **facts: Fact) -> str:
    return sentence(f"reason.{value.value}", lang, **facts)


def remedy(value: RemedyKind, lang: str | Sequence[str] = DEFAULT, **facts: Fact) -> str:
    return sentence(f"remedy.{value.value}", lang, **facts)


def basis(value: AccessBasis, lang: str | Sequence[str] = DEFAULT, **facts: Fact) -> str:
    return sentence(f"basis.{value.value}", lang, **facts)


def word(value: StrEnum, lang: str | Sequence[str] = DEFAULT) -> str:
    """The name of a coded value as a reader says it."""
    return sentence(f"word.{_WORDS[type(value)]}.{value.value}", lang)


def coded(code: str, lang: str | Sequence[str] = DEFAULT) -> str:
    """A code of a published list, such as `onixPL:ResearchUse`, in words; one without words of ours stays as it is.
    Case doesn't count, as it doesn't where decisions compare them."""
    said = _coded().get(code.lower())
    return str(said[spoken(lang)]) if said else code


def file_format(value: str, lang: str | Sequence[str] = DEFAULT) -> str:
    """A format that a licence names; one without a word of ours stays as it is."""
    said = _load("words")["format"].get(value.lower())
    return str(said[spoken(lang)]) if said else value


@cache
def _coded() -> Mapping[str, Any]:
    """The words of codes, which have a colon; those of our own vocabularies aren't among them."""
    lists = ((name, words) for name, words in _load("words").items() if name not in _WORDS.values())
    return {f"{name}:{value}".lower(): said for name, words in lists for value, said in words.items()}


def language(tag: str, lang: str | Sequence[str] = DEFAULT) -> str:
    """The name of a language by its BCP 47 tag, or by as much of it as we know; a tag without one stays as it is."""
    names, known = _load("words")["language"], tag.lower()
    while known and known not in names:
        known = known.rpartition("-")[0]
    return str(names[known][spoken(lang)]) if known else tag


def help_text(value: AccessReason, lang: str | Sequence[str] = DEFAULT) -> Help:
    said = _load("help")[value.value][spoken(lang)]
    return Help(said["title"], said["means"], said["reader"], said["librarian"])


def counter_metric(value: AccessReason) -> UsageKind | None:
    """The COUNTER R5.1 denial metric of a refusal (Code of Practice §3.3.4); None where COUNTER counts no denial."""
    metric = _load("help")[value.value].get("metric")
    return UsageKind(metric) if metric else None


def _shown(fact: Fact, language: Language) -> str:
    if isinstance(fact, date):
        return day(fact, language)
    if isinstance(fact, StrEnum):
        return word(fact, language)
    if isinstance(fact, Sequence) and not isinstance(fact, str):
        return sentence("page.list_separator", language).join(_shown(one, language) for one in fact)
    return str(fact)


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def day(value: date, lang: str | Sequence[str] = DEFAULT) -> str:
    """A date as the language writes it: 2027年1月1日, 1 January 2027."""
    if spoken(lang) == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def spoken(lang: str | Sequence[str]) -> Language:
    """The first language of `lang` that our sentences exist in, or else the one that they are said in anyway."""
    return speaks(lang) or DEFAULT


def speaks(lang: str | Sequence[str]) -> Language | None:
    """The first language of `lang` that our sentences exist in; a region or script is dropped (RFC 4647 lookup)."""
    for tag in (lang,) if isinstance(lang, str) else lang:
        primary = tag.split("-", 1)[0].lower()
        for language in LANGUAGES:
            if primary == language:
                return language
    return None


def languages(lang: str | None = None, accept_language: str | None = None, default: str = DEFAULT) -> tuple[str, ...]:
    """The tags to try in turn: the one asked for, those of Accept-Language (RFC 9110 §12.5.4), the consortium's.

    What is not a BCP 47 tag is passed over.
    """
    wanted = [lang] if lang and _TAG.fullmatch(lang) else []
    return tuple(dict.fromkeys([*wanted, *_ranges(accept_language or ""), default]))


def _ranges(header: str) -> list[str]:
    """The language ranges of an Accept-Language header, most wanted first; `*`, q=0 and garbage say nothing."""
    weighed: list[tuple[float, str]] = []
    for item in header.split(",")[:_MOST_RANGES]:
        tag, _, parameter = (part.strip() for part in item.partition(";"))
        weight = re.fullmatch(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", parameter) if parameter else None
        if not _TAG.fullmatch(tag) or (parameter and weight is None):
            continue
        quality = float(weight[1]) if weight else 1.0
        if quality > 0:
            weighed.append((-quality, tag))
    return [tag for _, tag in sorted(weighed, key=lambda pair: pair[0])]


def localised(names: Mapping[str, str], lang: str | Sequence[str] = DEFAULT) -> str:
    """The name in the language wanted most that it exists in; else in the unknown language, else whichever there is."""
    by_tag = {tag.lower(): name for tag, name in names.items()}
    for tag in (lang,) if isinstance(lang, str) else lang:
        wanted = tag.lower()
        while wanted:
            if wanted in by_tag:
                return by_tag[wanted]
            wanted = wanted.rpartition("-")[0]
    for tag in (UNKNOWN, *LANGUAGES):
        if tag in by_tag:
            return by_tag[tag]
    return next(iter(by_tag.values()), "")
