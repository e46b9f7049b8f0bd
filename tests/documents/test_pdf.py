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
