"""Stems: the compiled stemmer and the one it stands in for make the same search text."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snowballstemmer import english_stemmer, stemmer  # type: ignore[import-untyped] # ships no types

from domain.catalogue import tokenizer

ENDINGS = """
s es sses ies ied ed edly ing ingly ization ational fulness ousness iveness tional biliti entli abli ogist ology li ly
eed able ible ement ment ent ism ate iti ous ive ize ion e l y ying eing ' 's
""".split()  # noqa: SIM905 easier to read


def test_the_compiled_stemmer_is_installed() -> None:
    pytest.importorskip("Stemmer", reason="PyStemmer is absent: stems are made in Python")
    assert type(stemmer("english")).__module__ == "Stemmer"


def test_words_of_text_have_the_same_stem_in_either() -> None:
    pages = Path(__file__).parents[2].joinpath("docs").rglob("*.md")
    words = {word for page in pages for word in re.findall("[a-z0-9]+", page.read_text("utf-8").lower())}
    assert len(words) > 1000
    pure = english_stemmer.EnglishStemmer()
    assert {word: tokenizer._english_stem(word) for word in words} == {word: pure.stemWord(word) for word in words}


@settings(max_examples=2000)
@given(st.from_regex("[a-z0-9]{1,12}", fullmatch=True), st.lists(st.sampled_from(ENDINGS), max_size=3))
def test_any_word_has_the_same_stem_in_either(start: str, endings: list[str]) -> None:
    word = "".join([start, *endings])
    assert tokenizer._english_stem(word) == english_stemmer.EnglishStemmer().stemWord(word)
