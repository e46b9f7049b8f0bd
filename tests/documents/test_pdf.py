"""The text of PDFs, without what belongs to the paper."""

import html
from pathlib import Path

import pytest

from domain.documents import texts
from domain.documents.texts import Read
from tests.documents import maker, model_licences
from tests.support.chromium import chromium


def read(folder: Path, content: bytes) -> Read:
    return texts.read(maker.kept(folder, "licence.pdf", content))


def told(found: Read) -> dict[str, str]:
    return {clause.number: clause.text for clause in found.clauses}


def test_headers_footers_and_page_numbers_are_no_clauses(tmp_path: Path) -> None:
    pages = [
        ["机密 · 许可协议 2026", f"第{number}条 条款{number}", f"内容{number}之一", f"第 {at} 页 共 4 页"]
        for at, number in enumerate("一二三四", 1)
    ]
    found = read(tmp_path, maker.pdf(pages))
    assert found.pages == 4
    assert list(told(found)) == ["第一条", "第二条", "第三条", "第四条"]
    assert not any("页" in text or "机密" in text for text in told(found).values())


def test_a_clause_goes_on_over_the_page(tmp_path: Path) -> None:
    pages = [
        ["Draft", "1. Users may read what", "1"],
        ["Draft", "the members bought.", "2"],
        ["Draft", "2. Print.", "3"],
    ]
    assert told(read(tmp_path, maker.pdf(pages))) == {"1": "Users may read what the members bought.", "2": "Print."}


def test_a_list_of_contents_is_no_clause(tmp_path: Path) -> None:
    contents = ["目录", "第一条 定义 ........ 2", "第二条 授权 ……… 3", "第三条 其他 4"]
    found = read(
        tmp_path,
        maker.pdf([contents, ["第一条 定义", "用户。"], ["第二条 授权", "可以阅读和下载全部内容，不限次数。"]]),
    )
    assert told(found) == {"第一条": "定义\n用户。", "第二条": "授权\n可以阅读和下载全部内容，不限次数。"}


def test_a_page_without_text_among_others_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, maker.pdf([["1. Users may read what the members have bought."], [], ["2. Print."]]))
    assert found.notes == {"pages_without_text": "2"}
    assert found.told("zh") == ["没有文字的页（可能是扫描件）：2"]


def test_a_document_without_numbers_is_one_clause_and_that_is_told(tmp_path: Path) -> None:
    found = read(tmp_path, maker.pdf([["The reader may read whatever the library has bought."]]))
    assert told(found) == {"0": "The reader may read whatever the library has bought."}
    assert found.told("en") == ["No numbered clause was found."]


async def test_a_licence_that_a_browser_printed_is_read_with_its_words(shared_data: Path, tmp_path: Path) -> None:
    """Real fonts, justified lines, and headers and footers of a printing program."""
    folder = "org/cdlib/vendor/License/Sec"
    files = shared_data / "licences" / "liblicense_cdl" / folder
    model = model_licences.model(files, model_licences.MODELS[folder])
    paragraphs = "".join(
        "".join(f"<p>{html.escape(line)}</p>" for line in [f"{number} {texts[0]}", *texts[1:]])
        for number, texts in model.clauses.items()
    )
    async with chromium() as browser:
        page = await browser.new_page()
        await page.set_content(f"<body style='text-align: justify; font-family: serif'>{paragraphs}</body>")
        printed = await page.pdf(
            format="A4",
            margin={"top": "2cm", "bottom": "2cm", "left": "3cm", "right": "3cm"},
            display_header_footer=True,
            header_template="<b style='font-size: 9px'>Standard License Agreement 许可协议</b>",
            footer_template="<b style='font-size: 9px'>Page <i class=pageNumber></i> of <i class=totalPages></i></b>",
        )
    found = read(tmp_path, printed)
    assert found.pages is not None
    assert found.pages > 10
    assert {number: model_licences.words(text) for number, text in told(found).items()} == model.said()


def test_a_clause_that_begins_each_page_alike_is_no_header(tmp_path: Path) -> None:
    who = {"1": "Readers", "2": "Students", "3": "All", "4": "Members of staff"}
    uses = {number: f"{whom} may read what the members have bought together." for number, whom in who.items()}
    pages = [["Deal", f"{number}. Permitted uses", use] for number, use in uses.items()]
    assert told(read(tmp_path, maker.pdf(pages))) == {key: f"Permitted uses\n{use}" for key, use in uses.items()}


@pytest.mark.parametrize("folder", model_licences.MODELS)
def test_every_clause_of_a_model_licence_is_found_with_its_words(
    folder: str, shared_data: Path, tmp_path: Path
) -> None:
    """LIBLICENSE and the California Digital Library: 222 clauses on 26 pages."""
    files = shared_data / "licences" / "liblicense_cdl" / folder
    model = model_licences.model(files, model_licences.MODELS[folder])
    pages = model_licences.printed(model, "Model licence — draft of 3 May 2015", "Page {page} of {pages}")
    found = told(read(tmp_path, maker.pdf(pages)))
    assert {number: model_licences.words(text) for number, text in found.items()} == model.said()


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_pages_that_are_shown_turned_are_read_line_by_line(angle: int, tmp_path: Path) -> None:
    """Written upright and shown turned, and written sideways so that they are shown upright, in a form too."""
    lines = [f"{at}. Readers may read what the members bought together." for at in range(1, 30)]
    expected = {str(at): "Readers may read what the members bought together." for at in range(1, 30)}
    plain = maker.pdf([lines])
    box = b"/MediaBox [0 0 595 842]"
    assert told(read(tmp_path, plain.replace(box, box + b" /Rotate %d" % angle))) == expected
    wide = b"[0 0 595 842]" if angle == 180 else b"[0 0 842 595]"
    matrix = {90: b"0 1 -1 0 842 0", 180: b"-1 0 0 -1 595 842", 270: b"0 -1 1 0 0 595"}[angle]
    assert told(read(tmp_path, maker.pdf([lines], before=matrix + b" cm ", box=wide, rotated=angle))) == expected
    assert told(read(tmp_path, maker.pdf([lines], before=matrix + b" cm ", box=wide))) == expected
    assert told(read(tmp_path, maker.pdf([lines], form=matrix, box=wide, rotated=angle))) == expected


def test_a_page_of_which_a_few_letters_are_turned_stays_as_it_is(tmp_path: Path) -> None:
    lines = ["1. Readers may read what the members bought together.", "2. They may print."]
    beside = b"BT /F 10 Tf 0 1 -1 0 20 100 Tm <00440072006100660074> Tj ET "
    found = told(read(tmp_path, maker.pdf([lines], before=beside)))
    assert found["2"] == "They may print."
    assert found["1"].startswith("Readers may read what the members bought together.")


def test_what_most_pages_say_is_kept_where_they_say_nothing_else(tmp_path: Path) -> None:
    prices = ["Price list", "Titles of the year go on", "All with current access"]
    found = read(tmp_path, maker.pdf([prices] * 4))
    assert told(found)["0"].split() == " ".join(prices * 4).split()
    texts_of = [
        ["Draft 7", f"{at}. Readers may read whatever the members bought.", "Confidential"] for at in range(1, 4)
    ]
    found = read(tmp_path, maker.pdf([*texts_of, ["Draft 7", "Confidential"]]))
    assert set(told(found).values()) == {"Readers may read whatever the members bought."}, "a page of nothing but paper"


@pytest.mark.parametrize("value", ["/V (Fifty users only)", "/V ()", ""])
@pytest.mark.parametrize("kind", ["/Widget /FT /Tx /T (users)", "/FreeText"])
def test_what_was_filled_in_is_not_read_and_that_is_told(kind: str, value: str, tmp_path: Path) -> None:
    said = value.replace("/V", "/Contents") if "FreeText" in kind else value
    annotation = f"<< /Type /Annot /Subtype {kind} {said} /Rect [60 700 200 720] >>".encode()
    lines = ["1. Number of concurrent users of the whole collection:", "2. Term"]
    found = read(tmp_path, maker.pdf([lines], annotation=annotation))
    assert told(found) == {"1": "Number of concurrent users of the whole collection:", "2": "Term"}
    assert found.notes == ({"filled_in": "1"} if "Fifty" in value else {})
    if found.notes:
        assert found.told("en") == ["What was filled into form fields or noted on pages wasn't read; look at pages: 1"]
