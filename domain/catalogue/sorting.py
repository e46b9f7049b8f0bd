"""Where a title files in a list: one key per title, compared code point by code point (COLLATE "C").

Latin titles file without case, accents, punctuation and leading article, before Chinese ones. Chinese titles file by
the order of GB 2312, after conversion to simplified characters: its 3,755 common characters stand in the order of their
pinyin, the 3,008 rarer ones behind them by radical and stroke. That is the order of Chinese library lists without a
dictionary of readings, which would guess at characters with several. Characters outside GB 2312 come last, by code
point.
"""

import re
from collections.abc import Mapping

from domain.catalogue import tokenizer

LONGEST_KEY = 240
"""Characters; far below what a B-tree entry holds."""

_ARTICLES = {
    "en": ("the ", "a ", "an "),
    "fr": ("le ", "la ", "les ", "l ", "un ", "une ", "des "),
    "de": ("der ", "die ", "das ", "ein ", "eine "),
    "es": ("el ", "la ", "los ", "las ", "un ", "una "),
    "it": ("il ", "lo ", "la ", "i ", "gli ", "le ", "l ", "un ", "una "),
}
_UNKNOWN_LANGUAGE = ("the ", "an ")
_NOT_FILED = re.compile(r"[\W_]+")
_HAN = re.compile(rf"[{tokenizer.CJK}]")


def filing_key(titles: Mapping[str, str]) -> str:
    """The key of a resource, which files by one of its titles: the Chinese one, else the English, else what there
    is."""
    language = next((language for language in ("zh", "en") if language in titles), None)
    return title_key(titles[language] if language else next(iter(titles.values())), language)


def title_key(title: str, language: str | None = None) -> str:
    """The filing key of a title. `language`: BCP 47, which decides what an article is; unknown leaves "A" and "La"
    where they stand."""
    plain = _NOT_FILED.sub(" ", tokenizer.normalise(title)).strip()
    articles = _ARTICLES.get(language.split("-")[0].lower(), ()) if language else _UNKNOWN_LANGUAGE
    for article in articles:
        if plain.startswith(article):
            plain = plain[len(article) :]
            break
    if plain.isascii():
        return plain[:LONGEST_KEY]
    return _HAN.sub(lambda match: _filed(match.group()), plain[:LONGEST_KEY])[:LONGEST_KEY]


def _filed(character: str) -> str:
    """`~` and the code in GB 2312: four digits, behind every Latin letter. `~~` for characters that it lacks."""
    try:
        return "~" + character.encode("gb2312").hex()
    except UnicodeEncodeError:
        return f"~~{ord(character):05x}"
