"""Office files: ZIP archives of XML parts (ISO/IEC 29500-2), of which a bomb is known before it is unpacked."""

import zipfile
from pathlib import Path

from lxml import etree

from domain.documents.apart import Kind
from domain.documents.refusals import Refused, Wrong

MOST_PARTS = 5_000
MOST_UNPACKED = 256 * 1024**2
"""Bytes of all parts together, as the archive's own directory says; pictures are among them."""
MOST_OF_A_PART = 48 * 1024**2
"""Bytes of a part that is parsed. The text of 1,000 pages takes 10 to 20 MiB of WordprocessingML."""
MOST_RATIO = 400
"""Unpacked to packed, of parts above 1 MiB: XML shrinks to a tenth or a thirtieth, nothing but repetition to less."""

_MARKS = {Kind.DOCX: "word/document.xml", Kind.XLSX: "xl/workbook.xml"}


def kind(path: Path) -> Kind | None:
    """What an archive holds, by its parts; None where it is nothing of ours or can't be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename for info in archive.infolist()[:MOST_PARTS]}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    return next((one for one, mark in _MARKS.items() if mark in names), None)


def opened(path: Path) -> zipfile.ZipFile:
    """The archive, where it unpacks to no more than an honest one.

    Raises:
        Refused: it is a bomb, encrypted or damaged.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refused(Wrong.DAMAGED, str(error)[:200]) from error
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise Refused(Wrong.TOO_COSTLY, f"{len(parts)} parts")
    if sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused(Wrong.TOO_COSTLY, f"unpacked more than {MOST_UNPACKED // 1024**2} MiB")
    for part in parts:
        if part.flag_bits & 1:
            raise Refused(Wrong.ENCRYPTED)
        if part.file_size > 1024**2 and part.file_size > MOST_RATIO * max(part.compress_size, 1):
            raise Refused(Wrong.TOO_COSTLY, f"{part.filename[:80]} unpacks {MOST_RATIO} times and more")
    return archive


def part(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    """A part's XML; None where there is none. What a directory says of a size binds nobody: reading stops there.

    Raises:
        Refused: it is damaged, too large, or has a document type (a way to make much of little).
    """
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    try:
        with archive.open(info) as file:
            text = file.read(MOST_OF_A_PART + 1)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise Refused(Wrong.DAMAGED, f"{name}: {error}"[:200]) from error
    if len(text) > MOST_OF_A_PART:
        raise Refused(Wrong.TOO_COSTLY, f"{name} has more than {MOST_OF_A_PART // 1024**2} MiB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise Refused(Wrong.DAMAGED, f"{name}: {error.msg}"[:200]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Refused(Wrong.TOO_COSTLY, f"{name} has a document type")
    return root
