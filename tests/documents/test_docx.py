"""The text of DOCX files, with the numbers that Word counts and writes nowhere."""

import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from domain.documents import numbering, texts
from domain.documents.refusals import Refused
from domain.documents.texts import Read
from tests.documents import maker
from tests.documents.maker import levels, paragraph

LEGAL = levels(1, ("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"), ("lowerRoman", "(%4)"))
CHINESE = levels(2, ("chineseCountingThousand", "第%1条"), ("chineseCounting", "（%2）"))


def read(folder: Path, *arguments: str) -> Read:
    return texts.read(maker.kept(folder, "licence.docx", maker.docx(*arguments)))


def told(found: Read) -> dict[str, str]:
    return {clause.number: clause.text for clause in found.clauses}


def test_numbers_of_lists_are_those_that_word_shows(tmp_path: Path) -> None:
    body = "".join(
        paragraph(text, number=(1, level))
        for level, text in (
            *((0, "Grant"), (1, "The Licensee may:"), (2, "download"), (2, "print:"), (3, "one copy")),
            *((1, "No mining."), (0, "Fees"), (1, "None.")),
        )
    )
    found = read(tmp_path, body, LEGAL)
    assert told(found) == {
        "1": "Grant",
        "1.1": "The Licensee may:",
        "1.1(a)": "download",
        "1.1(b)": "print:",
        "1.1(b)(i)": "one copy",
        "1.2": "No mining.",
        "2": "Fees",
        "2.1": "None.",
    }
    assert found.pages is None


def test_chinese_lists_are_counted_in_chinese(tmp_path: Path) -> None:
    body = "".join(paragraph(f"条款{at}", number=(2, 0)) for at in range(1, 12)) + paragraph("阅读", number=(2, 1))
    assert list(told(read(tmp_path, body, CHINESE)))[-3:] == ["第十条", "第十一条", "第十一条（一）"]
    assert [numbering.chinese(value) for value in (10, 20, 21, 105, 110, 1001)] == [
        *("十", "二十", "二十一", "一百零五", "一百一十", "一千零一")
    ]


def test_numbers_that_a_style_gives_count_too(tmp_path: Path) -> None:
    styles = (
        '<w:style w:styleId="H1"><w:name w:val="heading 1"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
        "</w:style>"
        '<w:style w:styleId="H2"><w:name w:val="heading 2"/><w:basedOn w:val="H1"/><w:pPr><w:numPr><w:ilvl w:val="1"/>'
        "</w:numPr></w:pPr></w:style>"
    )
    body = paragraph("Users", style="H1") + paragraph("Students.", style="H2") + paragraph("Staff.", style="H2")
    assert told(read(tmp_path, body, LEGAL, styles)) == {"1": "Users", "1.1": "Students.", "1.2": "Staff."}


def test_a_list_of_another_kind_within_a_clause_is_within_it(tmp_path: Path) -> None:
    body = (
        paragraph("Grant", number=(1, 0))
        + paragraph("Users are:", number=(1, 1))
        + paragraph("students", number=(3, 0))
        + paragraph("staff", number=(3, 0))
        + paragraph("They may read.", number=(1, 1))
    )
    found = told(read(tmp_path, body, LEGAL + levels(3, ("decimal", "%1."))))
    assert list(found) == ["1", "1.1", "1.1, 1", "1.1, 2", "1.2"]


def test_a_level_that_never_begins_anew_counts_on_through_the_levels_above(tmp_path: Path) -> None:
    body = "".join(
        paragraph(text, number=(1, level)) for text, level in zip("甲乙丙丁戊己", (0, 1, 1, 0, 1, 1), strict=True)
    )
    kinds = (("chineseCountingThousand", "第%1章"), ("chineseCountingThousand", "第%2条"))
    never = levels(1, *kinds).replace(
        '<w:lvlText w:val="第%2条"/>', '<w:lvlRestart w:val="0"/><w:lvlText w:val="第%2条"/>'
    )
    assert list(told(read(tmp_path, body, never))) == ["第一条", "第二条", "第三条", "第四条"]
    assert list(told(read(tmp_path, body, levels(1, *kinds))))[:2] == ["第一条", "第二条"]
    assert "第三条" not in told(read(tmp_path, body, levels(1, *kinds)))


def test_a_level_begins_anew_only_after_the_level_that_it_says_or_one_above(tmp_path: Path) -> None:
    kinds = (("decimal", "%1."), ("decimal", "%1.%2"), ("decimal", "第%3条"))
    lists = levels(1, *kinds).replace(
        '<w:lvlText w:val="第%3条"/>', '<w:lvlRestart w:val="1"/><w:lvlText w:val="第%3条"/>'
    )
    counted = _counted(lists, (0, 1, 2, 1, 2, 0, 1, 2))
    assert counted == ["1.", "1.1", "第1条", "1.2", "第2条", "2.", "2.1", "第1条"]


def _counted(lists: str, used: Sequence[int | tuple[int, int]]) -> list[str]:
    """What Word shows before paragraphs of these levels of list 1, or of these lists and levels."""
    root = etree.fromstring(f"<w:numbering {maker.NAMES}>{lists}</w:numbering>")
    numbering_of = numbering.Numbering(root, None)
    places = [(1, one) if isinstance(one, int) else one for one in used]
    body = "".join(paragraph("x", number=place) for place in places)
    return [numbering_of.of(one).number for one in etree.fromstring(f"<w:body {maker.NAMES}>{body}</w:body>")]


def _list(number: int, *overrides: tuple[int, str]) -> str:
    """Another list of the levels of list 1, some of which it overrides."""
    said = "".join(f'<w:lvlOverride w:ilvl="{at}">{what}</w:lvlOverride>' for at, what in overrides)
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/>{said}</w:num>'


def test_a_list_that_begins_elsewhere_shows_the_number_that_it_says() -> None:
    five = _list(9, (0, '<w:startOverride w:val="5"/>'))
    assert _counted(LEGAL + five, (0, (9, 0), (9, 1), (9, 0))) == ["1.", "5.", "5.1", "6."]


def test_only_the_levels_that_a_list_begins_anew_begin_anew() -> None:
    """Who restarts 3.1 under clause 3 stays in clause 3."""
    anew = _list(9, (1, '<w:startOverride w:val="1"/>'))
    shown = _counted(LEGAL + anew, (0, 1, 0, (9, 1), (9, 1), 1, 0, 1))
    assert shown == ["1.", "1.1", "2.", "2.1", "2.2", "2.3", "3.", "3.1"]
    letters = _list(9, (2, '<w:startOverride w:val="1"/>'))
    assert _counted(LEGAL + letters, (0, 1, 2, 2, (9, 2), (9, 2), 1)) == [
        *("1.", "1.1", "(a)", "(b)", "(a)", "(b)", "1.2")
    ]


def test_a_list_may_write_a_level_otherwise_and_count_on() -> None:
    other = '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1)"/></w:lvl>'
    assert _counted(LEGAL + _list(9, (0, other)), (0, (9, 0), 0)) == ["1.", "II)", "3."]


def test_a_list_that_is_linked_to_a_style_of_lists_has_its_levels(tmp_path: Path) -> None:
    linked = (
        LEGAL.replace(
            '<w:abstractNum w:abstractNumId="1">', '<w:abstractNum w:abstractNumId="1"><w:styleLink w:val="S"/>'
        )
        + '<w:abstractNum w:abstractNumId="8"><w:numStyleLink w:val="S"/></w:abstractNum>'
        + '<w:num w:numId="8"><w:abstractNumId w:val="8"/></w:num>'
    )
    style = (
        '<w:style w:type="numbering" w:styleId="S"><w:name w:val="S"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
        "</w:pPr></w:style>"
    )
    body = paragraph("Grant", number=(8, 0)) + paragraph("Read.", number=(8, 1)) + paragraph("Fees", number=(8, 0))
    for styles in (style, ""):
        assert told(read(tmp_path, body, linked, styles)) == {"1": "Grant", "1.1": "Read.", "2": "Fees"}


def test_what_was_deleted_is_gone_what_was_inserted_is_there_and_that_is_told(tmp_path: Path) -> None:
    changed = (
        "<w:p><w:r><w:t>1. Users may </w:t></w:r><w:del><w:r><w:delText>not </w:delText><w:t>not </w:t></w:r></w:del>"
        "<w:ins><w:r><w:t>print.</w:t></w:r></w:ins></w:p>"
    )
    found = read(tmp_path, changed)
    assert told(found) == {"1": "Users may print."}
    assert found.told("en") == ["The document has tracked changes; it was read as if all were accepted."]


def test_tables_are_read_and_lists_of_contents_are_not(tmp_path: Path) -> None:
    styles = '<w:style w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
    table = f"<w:tbl><w:tr><w:tc>{paragraph('Print')}</w:tc><w:tc>{paragraph('yes')}</w:tc></w:tr></w:tbl>"
    body = paragraph("1. Uses 3", style="T1") + paragraph("1. Uses") + table + paragraph("2. Fees")
    assert told(read(tmp_path, body, "", styles)) == {"1": "Uses\nPrint\nyes", "2": "Fees"}


def _changed(text: str, mark: str, number: str = "") -> str:
    """A paragraph with a mark of its own: `<w:del/>`, `<w:vanish/>`."""
    listed = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
    return f"<w:p><w:pPr>{listed}<w:rPr>{mark}</w:rPr></w:pPr>{text}</w:p>"


def test_a_paragraph_that_was_deleted_with_its_mark_counts_nowhere(tmp_path: Path) -> None:
    gone = _changed("<w:del><w:r><w:delText>No mining.</w:delText></w:r></w:del>", "<w:del/>", "1")
    body = paragraph("Grant", number=(1, 0)) + gone + paragraph("Fees", number=(1, 0))
    assert told(read(tmp_path, body, LEGAL)) == {"1": "Grant", "2": "Fees"}
    kept = gone.replace("<w:rPr><w:del/></w:rPr>", "")
    assert list(told(read(tmp_path, body.replace(gone, kept), LEGAL))) == ["1", "3"], "its mark stays, and its number"
    table = f"<w:tbl><w:tr><w:tc>{paragraph('Titles')}</w:tc></w:tr></w:tbl>"
    body = paragraph("Grant", number=(1, 0)) + gone + table + paragraph("Fees", number=(1, 0))
    assert told(read(tmp_path, body, LEGAL)) == {"1": "Grant\nTitles", "2": "Fees"}
    row = f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('Old', number=(1, 0))}</w:tc></w:tr></w:tbl>"
    body = paragraph("Grant", number=(1, 0)) + row + paragraph("Fees", number=(1, 0))
    assert told(read(tmp_path, body, LEGAL)) == {"1": "Grant", "2": "Fees"}


def test_a_paragraph_whose_mark_was_deleted_goes_on_in_the_next(tmp_path: Path) -> None:
    first = "<w:r><w:t>Users may not </w:t></w:r>"
    body = _changed(first, "<w:del/>", "1") + paragraph("print.", number=(1, 0)) + paragraph("Fees", number=(1, 0))
    assert told(read(tmp_path, body, LEGAL)) == {"1": "Users may not print.", "2": "Fees"}
    body = _changed(first, "<w:del/>", "1") + paragraph("print.") + paragraph("Fees", number=(1, 0))
    assert told(read(tmp_path, body, LEGAL)) == {"1": "Users may not print.", "2": "Fees"}


def test_hidden_text_is_not_read_and_that_is_told(tmp_path: Path) -> None:
    styles = '<w:style w:styleId="Z"><w:name w:val="note"/><w:rPr><w:vanish/></w:rPr></w:style>'
    for said in ("<w:vanish/>", '<w:rStyle w:val="Z"/>'):
        hidden = f"<w:r><w:rPr>{said}</w:rPr><w:t>not </w:t></w:r>"
        body = f"<w:p><w:r><w:t>1. Users may </w:t></w:r>{hidden}<w:r><w:t>print.</w:t></w:r></w:p>"
        found = read(tmp_path, body + paragraph("Remark", style="Z"), "", styles)
        assert told(found) == {"1": "Users may print."}
        assert found.told("en") == ["The document has hidden text; it wasn't read."]
    shown = '<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>1. Users may print.</w:t></w:r></w:p>'
    assert told(read(tmp_path, shown)) == {"1": "Users may print."}
    assert not read(tmp_path, shown).notes


def test_a_title_that_runs_into_its_text_keeps_its_number(tmp_path: Path) -> None:
    """Word parts the styles of one printed line with a mark that is hidden."""
    title = _changed("<w:r><w:t>Grant. </w:t></w:r>", "<w:vanish/><w:specVanish/>", "1")
    found = read(tmp_path, title + paragraph("Users may read.") + paragraph("Fees", number=(1, 0)), LEGAL)
    assert told(found) == {"1": "Grant. Users may read.", "2": "Fees"}
    assert not found.notes, "nothing of it was hidden"


def test_a_line_that_was_broken_within_a_paragraph_may_begin_a_clause(tmp_path: Path) -> None:
    lines = ("一、授权", "1、浏览", "依照第", "7、规定", "2、下载")
    body = f"<w:p><w:r>{'<w:br/>'.join(f'<w:t>{line}</w:t>' for line in lines)}</w:r></w:p>"
    assert told(read(tmp_path, body + paragraph("二、费用"))) == {
        "一": "授权",
        "一, 1": "浏览\n依照第\n7、规定",
        "一, 2": "下载",
        "二": "费用",
    }


def test_a_strict_document_is_read_as_any_and_one_of_another_language_is_none(tmp_path: Path) -> None:
    transitional = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    made = maker.docx(paragraph("Grant", number=(1, 0)) + paragraph("Read.", number=(1, 1)), LEGAL)
    for names, is_read in (("http://purl.oclc.org/ooxml/wordprocessingml/main", True), ("http://example.org/x", False)):
        with zipfile.ZipFile(BytesIO(made)) as archive:
            parts = {name: archive.read(name).decode().replace(transitional, names) for name in archive.namelist()}
        path = maker.kept(tmp_path, "licence.docx", maker.packed(parts))
        if is_read:
            assert told(texts.read(path)) == {"1": "Grant", "1.1": "Read."}
        else:
            with pytest.raises(Refused, match="unknown"):
                texts.read(path)
