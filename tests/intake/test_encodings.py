"""Files come in the encodings of the programs that wrote them, and what is assumed is told."""

import pytest

from domain.intake.reasons import Reason, Severity
from domain.intake.source import FileRefused
from tests.intake.test_kbart import Titles, only, rows, told
from tests.support.titlelists import journal


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-8", b""),
    ],
)
def test_marked_and_plain_unicode_is_read_without_a_word(titles: Titles, encoding: str, mark: bytes) -> None:
    path = titles(journal(1, publication_title="图书馆学报 Revue à été"), encoding=encoding, mark=mark)
    assert only(path)["titles"] == {"und": "图书馆学报 Revue à été"}
    assert told(path) == []


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_unmarked_utf16_is_read_and_told(titles: Titles, encoding: str) -> None:
    path = titles(journal(1), encoding=encoding)
    assert only(path)["title_id"] == "jp1"
    assert told(path) == [(0, "", Reason.ENCODING_ASSUMED, Severity.NOTE)]


@pytest.mark.parametrize(("text", "encoding"), [("Revue d'été", "latin-1"), ("Revue – “été”", "cp1252")])
def test_latin_1_is_read_and_told(titles: Titles, text: str, encoding: str) -> None:
    path = titles(journal(1, publication_title=text), encoding=encoding)
    assert only(path)["titles"] == {"und": text}
    (problem,) = (p for row in rows(path) for p in row.problems)
    assert (problem.reason, problem.detail) == (Reason.ENCODING_ASSUMED, encoding)


def test_chinese_from_before_unicode_is_read_and_told(titles: Titles) -> None:
    path = titles(journal(1, publication_title="图书馆学报（北京）"), encoding="gb18030")
    assert only(path)["titles"] == {"und": "图书馆学报（北京）"}
    (problem,) = (p for row in rows(path) for p in row.problems)
    assert (problem.reason, problem.detail) == (Reason.ENCODING_ASSUMED, "gb18030")


@pytest.mark.parametrize("text", ["“Authorised Users” – it’s fine…", "‘Site’ — the Licensee", "Fees：￥10（“net”）"])
def test_english_from_a_chinese_office_is_read_and_told(titles: Titles, text: str) -> None:
    path = titles(journal(1, publication_title=text), encoding="gbk")
    assert only(path)["titles"] == {"und": text}
    (problem,) = (p for row in rows(path) for p in row.problems)
    assert (problem.reason, problem.detail) == (Reason.ENCODING_ASSUMED, "gb18030")


@pytest.mark.parametrize(
    "text",
    [
        "¡Ábrete! ¿Qué? Años de «España»",
        "§ 5 – “été” · naïve",
        "Zeitschrift für Ökologie – «Größe»",
        "Åbo Ö £5 ±3° ¾",
        "“Quoted” – only",
        "it’s – fine",
    ],
)
def test_western_text_stays_western(titles: Titles, text: str) -> None:
    encoding = "cp1252" if set(text) & set("–“”’") else "latin-1"
    path = titles(journal(1, publication_title=text), encoding=encoding)
    assert only(path)["titles"] == {"und": text}


def test_another_encoding_can_be_named(titles: Titles) -> None:
    path = titles(journal(1, publication_title="图书馆学报"), encoding="gb18030")
    assert [row.result["titles"] for row in rows(path, "gb18030") if row.result] == [{"und": "图书馆学报"}]
    with pytest.raises(FileRefused):
        rows(path, "utf-8")
    with pytest.raises(FileRefused):
        rows(path, "klingon")
