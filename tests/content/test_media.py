"""What may be shown in place is what its bytes prove, whatever its name says."""

import pytest

from domain.content import media

PDF = b"%PDF-1.7\n1 0 obj\nendobj\nxref\nstartxref\n9\n%%EOF\n"
EPUB = b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/epub+zipPK"
OGG = b"OggS\x00" + b"\0" * 22 + b"\x1e"

PROVEN = {
    "application/pdf": PDF,
    "application/epub+zip": EPUB,
    "image/png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "image/tiff": b"II\x2a\x00",
    "image/jp2": b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    "image/avif": b"\0\0\0\x20ftypavif",
    "audio/mpeg": b"ID3\x04\0\0",
    "audio/flac": b"fLaC\x00",
    "audio/wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "audio/ogg": OGG + b"\x01vorbis",
    "video/ogg": OGG + b"\x80theora",
    "audio/mp4": b"\0\0\0\x20ftypM4A ",
    "video/mp4": b"\0\0\0\x20ftypisom",
    "video/webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01\x42\x82\x84webm",
}


@pytest.mark.parametrize("media_type", sorted(PROVEN))
def test_bytes_prove_their_type(media_type: str) -> None:
    bytes_ = PROVEN[media_type]
    assert media.recognised(bytes_, bytes_) == media_type
    assert media.media_type(bytes_, bytes_, "name.html") == media_type
    assert media_type in media.INLINE


def test_each_type_shown_in_place_is_proven_above() -> None:
    assert set(PROVEN) == media.INLINE


@pytest.mark.parametrize(
    "text",
    [
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"<html>" + PDF,
        b"\n" + PDF,
        b"%PDF-1.7\n<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF87",
        b"PK\x03\x04" + b"\0" * 26 + b"META-INF/",
        b"\xff\xfe<\0h\0t\0m\0l\0",
        b"OggS\x00" + b"\0" * 22,
        b"",
    ],
)
@pytest.mark.parametrize("name", ["a.pdf", "a.svg", "a.html", "a.xhtml", "a.js", "a.png", "a.swf", "a.html.gz", "a"])
def test_what_is_not_proven_is_opaque(text: bytes, name: str) -> None:
    assert media.media_type(text, text, name) == media.OPAQUE


@pytest.mark.parametrize(
    ("name", "media_type"), [("a.csv", "text/csv"), ("a.txt", "text/plain"), ("a.zip", "application/zip")]
)
def test_harmless_types_go_by_name(name: str, media_type: str) -> None:
    assert media.media_type(b"a,b", b"a,b", name) == media_type
    assert media_type not in media.INLINE


def test_a_name_that_the_bytes_contradict_is_told() -> None:
    assert media.contradicts("report.PDF", media.OPAQUE)
    assert media.contradicts("scan.png", "image/jpeg")
    assert not media.contradicts("report.pdf", "application/pdf")
    assert not media.contradicts("data.csv", "text/csv")
    assert not media.contradicts("song.mp4", "audio/mp4")
    assert not media.contradicts("README", media.OPAQUE)
