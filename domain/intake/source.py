"""A file to be read: what it is (hash, encoding), and its lines, one at a time, however large it is."""

import codecs
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from domain.intake.reasons import Problem, Reason, Severity

LONGEST_LINE = 256 * 1024
"""Characters. A header of a million columns is longer; a row of any real file isn't."""

LARGEST_TEXT = 8 * 1024**3
"""Bytes after decompression: a small .gz may unpack to anything."""

_CHUNK = 1024 * 1024
_ASCII = re.compile(r"[\x00-\x7f]+")
_CHINESE = re.compile("[\u4e00-\u9fff“”‘’–—…·、，。；：？！（）《》]")
"""What tells GB 18030: ideographs, and what programs of that system write into English too. In Latin-1 the same bytes
are two signs that no language puts side by side (`¡°Authorised Users¡±`)."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class FileRefused(Exception):
    """Nothing of the file is loaded. `problem` is the first reason, `problems` are all of them."""

    def __init__(self, problem: Problem, *more: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem
        self.problems = [problem, *more]


def refuse(line: int, reason: Reason, *, column: str = "", value: str = "", detail: str = "") -> FileRefused:
    return FileRefused(Problem(line, column, value[:300], reason, Severity.FILE, detail))


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was looked through once. `sha256` is of the bytes on disk; `size` in bytes, on disk."""

    path: Path
    sha256: str
    size: int
    encoding: str
    compressed: bool
    notes: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        return self.path.name

    @contextmanager
    def opened(self) -> Iterator[IO[str]]:
        """The text, with line ends of any system turned into `\\n`.

        Raises:
            FileRefused: while reading, where the bytes aren't text of this encoding, or the archive is broken.
        """
        with _plain(self.path, self.compressed) as raw:
            yield io.TextIOWrapper(io.BufferedReader(raw, _CHUNK), encoding=self.encoding, newline=None)  # type: ignore[type-var] # GzipFile is no RawIOBase to typeshed

    def lines(self) -> Iterator[tuple[int, str | None]]:
        """Each line with its number from 1, without its end; None in place of one longer than LONGEST_LINE."""
        number = 0
        try:
            with self.opened() as text:
                while line := text.readline(LONGEST_LINE + 1):
                    number += 1
                    if len(line) > LONGEST_LINE and not line.endswith("\n"):
                        while (rest := text.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                            pass
                        yield number, None
                    else:
                        yield number, line.removesuffix("\n")
        except UnicodeDecodeError as error:
            raise refuse(number + 1, Reason.ENCODING_BROKEN, detail=self.encoding) from error


def look(path: Path, encoding: str | None = None) -> Source:
    """Read the whole file once: hash, encoding and whether it can be read to its end.

    UTF-8 and UTF-16 are recognised; what is neither is read as GB 18030, Windows-1252 or Latin-1, and that is
    reported, unless `encoding` (any that Python knows) is given.

    Raises:
        FileRefused: it doesn't exist, can't be opened, isn't text in the encoding given, or is too large.
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except FileNotFoundError as error:
        raise refuse(0, Reason.NOT_FOUND) from error
    except OSError as error:
        raise refuse(0, Reason.NOT_READABLE, detail=error.strerror or "") from error
    if encoding is not None:
        return Source(path, sha256, size, _known(encoding), compressed)
    found, assumed = _encoding(path, compressed)
    notes = (Problem(0, "", "", Reason.ENCODING_ASSUMED, Severity.NOTE, found),) if assumed else ()
    return Source(path, sha256, size, found, compressed, notes)


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise refuse(0, Reason.ENCODING_BROKEN, detail=encoding) from error


def _encoding(path: Path, compressed: bool) -> tuple[str, bool]:
    """The encoding, and whether it is only assumed."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    first = True
    try:
        for chunk in _chunks(path, compressed):
            if first:
                marked = next((name for mark, name in _BOMS if chunk.startswith(mark)), None)
                silent = _unmarked_utf16(chunk)
                if marked or silent:
                    return marked or silent or "", not marked
            first = False
            utf8.decode(chunk)
        utf8.decode(b"", final=True)
    except UnicodeDecodeError:
        return _legacy(path, compressed), True
    return "utf-8", False


def _legacy(path: Path, compressed: bool) -> str:
    """What a file from before Unicode is most likely in: GB 18030 if all of it can be read so and most of what isn't
    ASCII is then Chinese (accented Latin text breaks at the first accent before a blank), else Windows-1252 or
    Latin-1."""
    chinese = codecs.getincrementaldecoder("gb18030")()
    possible, told, others = True, 0, 0
    controls = undefined = False
    for chunk in _chunks(path, compressed):
        if possible:
            try:
                beyond = _ASCII.sub("", chinese.decode(chunk))
            except UnicodeDecodeError:
                possible = False
            else:
                found = len(_CHINESE.findall(beyond))
                told, others = told + found, others + len(beyond) - found
        controls = controls or any(byte in chunk for byte in range(0x80, 0xA0))
        undefined = undefined or any(byte in chunk for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D))
    if possible and not chinese.getstate()[0] and told > others:
        return "gb18030"
    return "cp1252" if controls and not undefined else "latin-1"


def _unmarked_utf16(chunk: bytes) -> str | None:
    """UTF-16 of mostly Latin text without a mark: every other byte of the beginning is NUL."""
    head = chunk[:512]
    half = len(head) // 2
    if half >= 8 and head[1::2].count(0) > 0.8 * half and head[0::2].count(0) == 0:
        return "utf-16-le"
    if half >= 8 and head[0::2].count(0) > 0.8 * half and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


@contextmanager
def _plain(path: Path, compressed: bool) -> Iterator[IO[bytes]]:
    """The bytes, unpacked."""
    try:
        with gzip.open(path) if compressed else path.open("rb") as file:
            yield file  # type: ignore[misc] # GzipFile | BufferedReader is IO[bytes]
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise refuse(0, Reason.ARCHIVE_BROKEN) from error
    except OSError as error:
        raise refuse(0, Reason.NOT_READABLE, detail=error.strerror or "") from error


def _chunks(path: Path, compressed: bool) -> Iterator[bytes]:
    total = 0
    with _plain(path, compressed) as file:
        while chunk := file.read(_CHUNK):
            total += len(chunk)
            if total > LARGEST_TEXT:
                raise refuse(0, Reason.TOO_LARGE)
            yield chunk
