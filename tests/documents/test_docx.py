"""The text of DOCX files, with the numbers that Word counts and writes nowhere."""

from collections.abc import Sequence
from pathlib import Path

from lxml import etree

from domain.documents import numbering, texts
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
