"""A folder of files attached to titles: only what it is said to be, only plain files of the folder, each kept once."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from domain.content.store import Store
from domain.intake.content import ContentFolder
from domain.intake.packages import TitleList
from tests.intake.conftest import Load
from tests.support.titlelists import journal

Ask = Callable[..., Awaitable[list[Any]]]
HEADER = "file,package,identifier,label_zh,label_en,published,rights"
PDF = b"%PDF-1.7\nsome objects\nstartxref\n9\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
async def folder(load: Load, titles: Callable[..., Path], tmp_path: Path) -> ContentFolder:
    await load(TitleList("Science", "Northlight"), titles(journal(1), journal(2)))
    path = tmp_path / "content"
    path.mkdir()
    return ContentFolder(path, Store(tmp_path / "store"))


def write(folder: ContentFolder, *lines: str, **files: bytes) -> Path:
    for name, data in files.items():
        (folder.folder / name.replace("_", ".")).write_bytes(data)
    folder.list.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return folder.list


async def test_files_become_items_of_their_titles_and_again_change_nothing(
    load: Load, folder: ContentFolder, ask: Ask
) -> None:
    path = write(
        folder,
        "one.pdf,Science,title_id:jp1,第一期,Issue 1,1999-03,https://rightsstatements.org/vocab/InC/1.0/",
        "two.png,Science,title_id:jp1,,,,",
        one_pdf=PDF,
        two_png=PNG,
    )
    outcome = await load(folder, path)
    assert outcome.exit_code == 0, outcome.entries
    dated = ("1999-03", "1999-03-31")
    assert await ask(
        """SELECT position, label, file_name, media_type, size, sha256, published, CAST(published_last AS text),
                  title_id
           FROM content_item JOIN package_title ON package_title.id = package_title_id ORDER BY position"""
    ) == [
        (0, {"zh": "第一期", "en": "Issue 1"}, "one.pdf", "application/pdf", len(PDF), sha256(PDF), *dated, "jp1"),
        (1, {"und": "two.png"}, "two.png", "image/png", len(PNG), sha256(PNG), None, None, "jp1"),
    ]
    assert folder.store
    assert folder.store.path(sha256(PDF)).read_bytes() == PDF
    again = await load(folder, path)
    assert not again.changed
    assert again.counts["unchanged"] == 2


async def test_new_bytes_under_an_old_name_replace_the_item_and_keep_its_id(
    load: Load, folder: ContentFolder, ask: Ask
) -> None:
    line = "one.pdf,Science,title_id:jp1,,,,"
    await load(folder, write(folder, line, one_pdf=PDF))
    before = await ask("SELECT id FROM content_item")
    newer = PDF.replace(b"some", b"more")
    outcome = await load(folder, write(folder, line, "", one_pdf=newer))
    assert outcome.counts["changed"] == 1
    assert await ask("SELECT id FROM content_item") == before
    assert await ask("SELECT sha256 FROM content_item") == [sha256(newer)]


async def test_what_is_not_what_its_name_says_is_refused_and_never_stored(
    load: Load, folder: ContentFolder, ask: Ask
) -> None:
    page, drawing = b"<html><script>alert(1)</script>", b"<svg xmlns='http://www.w3.org/2000/svg'/>"
    hidden = b"<html>" + PDF
    path = write(
        folder,
        "page.pdf,Science,title_id:jp1,,,,",
        "drawing.png,Science,title_id:jp1,,,,",
        "hidden.pdf,Science,title_id:jp1,,,,",
        "plain.bin,Science,title_id:jp1,,,,",
        page_pdf=page,
        drawing_png=drawing,
        hidden_pdf=hidden,
        plain_bin=b"\x00\x01",
    )
    outcome = await load(folder, path)
    assert [(e.line, e.severity, e.code) for e in outcome.entries] == [
        (2, "row", "media_type_differs"),
        (3, "row", "media_type_differs"),
        (4, "row", "media_type_differs"),
        (5, "note", "media_type_unknown"),
    ]
    assert await ask("SELECT file_name, media_type FROM content_item") == [("plain.bin", "application/octet-stream")]
    assert folder.store
    for bad in (page, drawing, hidden):
        assert not folder.store.path(sha256(bad)).exists()


async def test_only_plain_files_of_the_folder_are_taken(
    load: Load, folder: ContentFolder, tmp_path: Path, ask: Ask
) -> None:
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (folder.folder / "link.pdf").symlink_to(tmp_path / "secret.pdf")
    (folder.folder / "sub").mkdir()
    names = [
        "../secret.pdf",
        str(tmp_path / "secret.pdf"),
        "..\\secret.pdf",
        "..",
        "link.pdf",
        "sub",
        "gone.pdf",
        "x" * 300,
        "",
    ]
    outcome = await load(folder, write(folder, *(f"{name},Science,title_id:jp1,,,," for name in names)))
    assert [e.code for e in outcome.entries] == [
        *["file_outside"] * 4,
        *["file_missing"] * 3,
        "not_readable",
        "value_missing",
    ]
    assert await ask("SELECT count(*) FROM content_item") == [0]


async def test_files_of_unknown_titles_are_refused_and_the_rest_loads(
    load: Load, folder: ContentFolder, ask: Ask
) -> None:
    path = write(
        folder,
        "a.pdf,Silence,title_id:jp1,,,,",
        "a.pdf,Science,title_id:jp9,,,,",
        "a.pdf,Science,nonsense,,,,",
        "a.pdf,Science,title_id:jp2,,,someday,see web",
        a_pdf=PDF,
    )
    outcome = await load(folder, path)
    assert [(e.line, e.column, e.code) for e in outcome.entries if e.severity == "row"] == [
        (2, "package", "unknown_package"),
        (3, "identifier", "unknown_resource"),
        (4, "identifier", "unknown_resource"),
    ]
    assert outcome.counts == {"read": 4, "loaded": 1, "rejected": 3, "new": 1}


async def test_a_rehearsal_stores_nothing(load: Load, folder: ContentFolder, tmp_path: Path, ask: Ask) -> None:
    path = write(folder, "one.pdf,Science,title_id:jp1,,,,", one_pdf=PDF)
    outcome = await load(ContentFolder(folder.folder, None), path, dry_run=True)
    assert outcome.counts["new"] == 1
    assert not (tmp_path / "store").exists()
    assert await ask("SELECT count(*) FROM content_item") == [0]


async def test_a_folder_without_its_list_is_refused(load: Load, folder: ContentFolder) -> None:
    assert (await load(folder, folder.list)).exit_code == 2
