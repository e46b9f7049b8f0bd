"""Files that are made to harm whoever reads them, each with what it is refused as."""

import zlib
from functools import cache

from domain.documents.refusals import Wrong
from tests.documents import maker

MANY = 100_000_000
_LETTERS = b"BT /F 9 Tf (aaaaaaaaaaaaaaaaaaaa) Tj ET\n" * 25_000
_TREE = b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>"
_ID = b"[<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
_EMPTY = b"<< /Length 0 >>\nstream\nendstream"
_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R >>"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of compound files, in which office programs keep what has a password (MS-OFFCRYPTO §2.3)."""
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@cache
def files() -> dict[str, tuple[bytes, Wrong]]:
    return {**pdfs(), **archives()}


def pdfs() -> dict[str, tuple[bytes, Wrong]]:
    words = ["1. Readers may read what the members have bought together, and download it."]
    whole = maker.pdf([words])
    many = dict.fromkeys(range(3, 1503), b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>")
    kids = b" ".join(b"%d 0 R" % number for number in many)
    catalogue = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    return {
        "a web page": (b"<html>%PDF-1.7</html>", Wrong.UNKNOWN),
        "nothing": (b"", Wrong.UNKNOWN),
        "a head alone": (b"%PDF-1.7\n", Wrong.DAMAGED),
        "half of it": (whole[: len(whole) // 3], Wrong.DAMAGED),
        "pages that are their own": (
            maker.assembled(catalogue | {2: b"<< /Type /Pages /Count 900 /Kids [2 0 R 2 0 R] /Parent 2 0 R >>"}),
            Wrong.DAMAGED,
        ),
        "a hundred thousand pages, it says": (
            maker.assembled(catalogue | {2: b"<< /Type /Pages /Count 100000 /Kids [3 0 R] >>", 3: _PAGE % 4}),
            Wrong.TOO_LONG,
        ),
        "1,500 pages": (
            maker.assembled(catalogue | many | {2: b"<< /Type /Pages /Count 1500 /Kids [%s] >>" % kids}),
            Wrong.TOO_LONG,
        ),
        "a page of a gigabyte": (_unpacking(b" " * 1_000_000, 1000), Wrong.TOO_COSTLY),
        "a gigabyte of letters": (
            _unpacking(_LETTERS, 1000),
            Wrong.TOO_COSTLY,
        ),
        "pictures in pictures": (_nested(16, 12), Wrong.TOO_COSTLY),
        "a password": (
            maker.assembled(
                catalogue
                | {
                    2: _TREE,
                    3: _PAGE % 4,
                    4: _EMPTY,
                }
                | {5: b"<< /Filter /Standard /V 1 /R 2 /O (%s) /U (%s) /P -64 >>" % (b"o" * 32, b"u" * 32)},
                b"/Encrypt 5 0 R /ID " + _ID,
            ),
            Wrong.ENCRYPTED,
        ),
        "a picture of a page": (maker.pdf([[]]), Wrong.NO_TEXT),
        "letters that stand for nothing": (maker.pdf([["\ue000\ue001\ue002 A" * 60]]), Wrong.NO_TEXT),
    }


def archives() -> dict[str, tuple[bytes, Wrong]]:
    document = maker.docx(maker.paragraph("1. Readers may read."))
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    laughs = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 10))
    deep = "<w:tbl><w:tr><w:tc>" * 400 + maker.paragraph("1. A") + "</w:tc></w:tr></w:tbl>" * 400
    return {
        "half an archive": (document[: len(document) // 2], Wrong.UNKNOWN),
        "a text in an archive": (maker.packed({"a.txt": "a"}), Wrong.UNKNOWN),
        "an office file with a password": (_OLE + b"\0" * 2000, Wrong.ENCRYPTED),
        "a part of a hundred megabytes": (
            maker.packed({"[Content_Types].xml": types, "word/document.xml": b" " * MANY}),
            Wrong.TOO_COSTLY,
        ),
        "six thousand parts": (
            maker.packed({"word/document.xml": "<a/>", **{f"word/{at}": "" for at in range(6000)}}),
            Wrong.TOO_COSTLY,
        ),
        "a billion laughs": (
            maker.packed(
                {
                    "word/document.xml": f'<!DOCTYPE d [<!ENTITY e0 "ha">{laughs}]>'
                    f"<w:document {_W}><w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>"
                }
            ),
            Wrong.DAMAGED,
        ),
        "tables in tables": (maker.docx(deep), Wrong.DAMAGED),
        "XML that breaks off": (maker.packed({"word/document.xml": f"<w:document {_W}><w:body>"}), Wrong.DAMAGED),
        "a document of nothing": (maker.docx(maker.paragraph("")), Wrong.NO_TEXT),
    }


def _unpacking(piece: bytes, times: int) -> bytes:
    """A page whose content is `piece` so many times, packed."""
    packing = zlib.compressobj(9, wbits=-15)
    block = packing.compress(piece) + packing.flush(zlib.Z_FULL_FLUSH)
    packed = b"\x78\xda" + block * times + b"\x03\x00" + bytes(4)
    content = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)
    page = (_PAGE % 4).replace(b">>", b"/Resources << /Font << /F 5 0 R >> >> >>")
    return maker.assembled(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: _TREE,
            3: page,
            4: content,
            5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        }
    )


def _nested(levels: int, each: int) -> bytes:
    """A page that draws a form, which draws another so many times, and so on."""
    bodies = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: _TREE,
        3: (_PAGE % 4).replace(b">>", b"/Resources << /XObject << /X 5 0 R >> >> >>"),
        4: b"<< /Length 5 >>\nstream\n/X Do\nendstream",
    }
    for level in range(5, 5 + levels):
        drawn = b"/X Do\n" * each if level < 4 + levels else b"BT /F 9 Tf (readers may read) Tj ET"
        inner = b"/XObject << /X %d 0 R >>" % (level + 1) if level < 4 + levels else b"/Font << /F 99 0 R >>"
        head = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << %s >> /Length %d >>" % (
            inner,
            len(drawn),
        )
        bodies[level] = head + b"\nstream\n" + drawn + b"\nendstream"
    bodies[99] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return maker.assembled(bodies)
