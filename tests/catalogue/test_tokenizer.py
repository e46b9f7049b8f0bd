"""The tokenizer: what counts as the same text, and that nothing of a reader's text is syntax."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue import sorting, tokenizer

LEXEME = re.compile(r"'[^'\\]+'")


def lexemes(vector: str) -> set[str]:
    return {part.rpartition(":")[0].strip("'") for part in vector.split()}


def found(text: str, title: str) -> bool:
    """Whether every lexeme of a query of plain words is in the document's vector."""
    asked = tokenizer.query(text)
    return asked is not None and {token.strip("'") for token in asked.split(" & ")} <= lexemes(
        tokenizer.document_vector(titles=[title])
    )


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("中國科學", "中国科学院学报"),
        ("科学院", "中國科學院學報"),
        ("學", "北京大学学报"),
        ("臺灣", "台湾文献"),
        ("ＮＡＴＵＲＥ", "Nature"),
        ("journals of chemistry", "Journal of Chemistry"),
        ("university", "Studies of Universities"),
        ("Muller", "Festschrift für Jürgen Müller"),
        ("muller", "Mu\u0308ller"),
        ("womens history", "Women's History Review"),
        ("Øresund", "Oresund Studies"),
        ("C9联盟", "C9 联盟年鉴"),
        ("ﬁnance", "Finance and Development"),
        ("STRASSE", "Die Straße"),
        ("ｶﾞｸ", "ガク研究"),
        ("the who", "The Who: a History"),
    ],
)
def test_spellings_of_one_text_find_each_other(text: str, title: str) -> None:
    assert found(text, title)


@pytest.mark.parametrize(
    ("text", "title"), [("国中", "中国科学"), ("natural", "National"), ("かく", "がく"), ("化學", "物理学报")]
)
def test_other_texts_are_not_found(text: str, title: str) -> None:
    assert not found(text, title)


def test_stop_words_count_only_where_there_is_nothing_else() -> None:
    assert tokenizer.query("the lancet") == "'lancet'"
    assert tokenizer.query("The The") == "'the'"


def test_an_issn_is_found_with_and_without_its_hyphen() -> None:
    vector = lexemes(tokenizer.document_vector(titles=["Nature"], identifiers=["0028-0836"]))
    assert "00280836" in vector
    assert tokenizer.query("00280836") == "'00280836'"
    assert tokenizer.query("0028-0836") == "('00280836' | ('0028' & '0836'))"
    assert tokenizer.query("978-7-04-050694-5") == "('9787040506945' | ('978' & '7' & '04' & '050694' & '5'))"


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("ISSN 0028-0836", "0028-0836"),
        ("e-ISSN：0028-0836", "0028-0836"),
        ("eISSN 0028-0836 nature", "0028-0836 nature"),
        ("ISBN-13: 978-7-04-050694-5", "978-7-04-050694-5"),
        ("https://doi.org/10.1111/(ISSN)1438-8677", "10.1111/(ISSN)1438-8677"),
        ("doi:10.1002/issn1234", "10.1002/issn1234"),
        ("dx.doi.org/10.1038/x", "10.1038/x"),
    ],
)
def test_what_is_written_before_an_identifier_is_not_looked_for(written: str, bare: str) -> None:
    assert tokenizer.query(written) == tokenizer.query(bare)


def test_words_that_only_look_like_labels_are_looked_for() -> None:
    assert tokenizer.query("ISSN manual") == "'issn' & 'manual'"
    assert tokenizer.query("doi handbook") == "'doi' & 'handbook'"


def test_a_span_of_years_stays_two_years() -> None:
    assert tokenizer.query("1999-2003") == "'1999' & '2003'"


@pytest.mark.parametrize("text", ["", "  ", "!!!", "*:*", "\0", "\ud800", "'", "\\", "——"])
def test_a_text_without_letters_asks_for_nothing(text: str) -> None:
    assert tokenizer.query(text) is None


def test_long_queries_are_bounded() -> None:
    asked = tokenizer.query(" ".join(f"word{n}x" for n in range(10_000)))
    assert asked is not None
    assert asked.count("&") < tokenizer.MOST_QUERY_TOKENS


def test_long_documents_and_tokens_are_bounded() -> None:
    vector = tokenizer.document_vector(titles=["学" * 50_000, "a" * 50_000])
    assert len(vector) < 200_000
    assert max(map(len, lexemes(vector))) <= tokenizer.LONGEST_TOKEN


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_nothing_of_a_text_is_syntax(text: str) -> None:
    asked = tokenizer.query(text)
    if asked is not None:
        assert LEXEME.sub("", asked).strip(" &|()") == ""
    tokenizer.document_vector(titles=[text], identifiers=[text])


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing_that_counts(text: str) -> None:
    once = tokenizer.document_vector(titles=[text])
    assert lexemes(tokenizer.document_vector(titles=[tokenizer.normalise(text)])) == lexemes(once)


def test_titles_file_by_pinyin_and_behind_latin() -> None:
    titles = ["中国", "北京", "上海", "安徽", "浙江", "Nature", "東方", "The Lancet", "龘"]
    assert sorted(titles, key=sorting.title_key) == [
        "The Lancet",
        "Nature",
        "安徽",
        "北京",
        "東方",
        "上海",
        "浙江",
        "中国",
        "龘",
    ]


@pytest.mark.parametrize(
    ("title", "language", "key"),
    [
        ("The Lancet", None, "lancet"),
        ("A la recherche", None, "a la recherche"),
        ("A History of Art", "en", "history of art"),
        ("La Revue d'Histoire", "fr", "revue d histoire"),
        ("Die Zeit", "de-CH", "zeit"),
        ("Die Hard", "en", "die hard"),
        ("  “Émile”…  ", None, "emile"),
    ],
)
def test_leading_articles_go_by_language(title: str, language: str | None, key: str) -> None:
    assert sorting.title_key(title, language) == key
