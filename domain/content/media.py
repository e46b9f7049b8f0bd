"""What a file is, by its bytes. Names and declarations are never believed: a browser would act on what it is told."""

import re
from pathlib import Path, PurePath

HEAD_BYTES = 4096
TAIL_BYTES = 2048
OPAQUE = "application/octet-stream"

_SIGNATURES: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), media_type)
    for pattern, media_type in (
        (rb"PK\x03\x04.{26}mimetypeapplication/epub\+zip", "application/epub+zip"),
        (rb"\x89PNG\r\n\x1a\n.{4}IHDR", "image/png"),
        (rb"\xff\xd8\xff[\xc0-\xfe]", "image/jpeg"),
        (rb"GIF8[79]a", "image/gif"),
        (rb"RIFF.{4}WEBPVP8", "image/webp"),
        (rb"(?:II\x2a\x00|MM\x00\x2a)", "image/tiff"),
        (rb"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
        (rb".{4}ftyp(?:avif|avis)", "image/avif"),
        (rb"ID3[\x02-\x04]", "audio/mpeg"),
        (rb"\xff[\xfa\xfb\xf2\xf3][\x10-\xef]", "audio/mpeg"),
        (rb"fLaC\x00", "audio/flac"),
        (rb"RIFF.{4}WAVEfmt ", "audio/wav"),
        (rb"OggS\x00.{22}.{0,255}?(?:OpusHead|\x01vorbis|\x7fFLAC|Speex)", "audio/ogg"),
        (rb"OggS\x00.{22}.{0,255}?\x80theora", "video/ogg"),
        (rb".{4}ftypM4A", "audio/mp4"),
        (rb".{4}ftyp(?:isom|iso[2-6]|mp4[12]|avc1|M4V|dash)", "video/mp4"),
        (rb"\x1aE\xdf\xa3.{0,60}?\x42\x82.?webm", "video/webm"),
    )
)
_PDF = re.compile(rb"%PDF-[12]\.\d")

INLINE = frozenset({"application/pdf"} | {media_type for _, media_type in _SIGNATURES})
"""What a browser may show in place. Each of them is recognised by its bytes; there is no other way into this list."""

_HARMLESS = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".json": "application/json",
    ".zip": "application/zip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".mrc": "application/marc",
}
"""What a name is believed for: files that browsers only save."""

_CLAIMS = {
    ".pdf": {"application/pdf"},
    ".epub": {"application/epub+zip"},
    ".png": {"image/png"},
    ".jpg": {"image/jpeg"},
    ".jpeg": {"image/jpeg"},
    ".gif": {"image/gif"},
    ".webp": {"image/webp"},
    ".tif": {"image/tiff"},
    ".tiff": {"image/tiff"},
    ".jp2": {"image/jp2"},
    ".avif": {"image/avif"},
    ".mp3": {"audio/mpeg"},
    ".flac": {"audio/flac"},
    ".wav": {"audio/wav"},
    ".ogg": {"audio/ogg", "video/ogg"},
    ".m4a": {"audio/mp4", "video/mp4"},
    ".mp4": {"video/mp4", "audio/mp4"},
    ".webm": {"video/webm"},
}
"""What the bytes of a file so named must prove."""


def recognised(head: bytes, tail: bytes) -> str | None:
    """The type that the bytes prove, or None. `head`, `tail`: at least HEAD_BYTES and TAIL_BYTES of the file, if it has
    them.

    A PDF must begin as one and end as one (ISO 32000-2 §7.5.2, §7.5.5): readers forgive a displaced header, which is
    how a PDF hides in a page.
    """
    if _PDF.match(head):
        return "application/pdf" if b"%%EOF" in tail and b"startxref" in tail else None
    return next((media_type for pattern, media_type in _SIGNATURES if pattern.match(head)), None)


def media_type(head: bytes, tail: bytes, name: str) -> str:
    """What to call a file: what its bytes prove; else what its name says, where a browser only saves such files."""
    proven = recognised(head, tail)
    if proven:
        return proven
    return _HARMLESS.get(_ending(name), OPAQUE)


def contradicts(name: str, found: str) -> bool:
    """Whether a name claims what the bytes don't bear out: "report.pdf" that is a web page."""
    claimed = _CLAIMS.get(_ending(name))
    return claimed is not None and found not in claimed


def _ending(name: str) -> str:
    return PurePath(name).suffix.lower()


def of_file(path: Path) -> str | None:
    """The type that a stored file's bytes prove."""
    return recognised(*ends(path))


def ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return head, file.read(TAIL_BYTES)
