"""A stranger's file read in a process of its own, which has no database, no keys of ours, and bounded memory and time.

PDF and office files are programs for their reader: pages that are their own parents, streams and archives that unpack
to any size. What goes wrong there ends that process and nothing else.

`python -P -m domain.documents.apart KIND FILE` writes one JSON answer.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from domain.documents.refusals import Refused, Wrong

MOST_BYTES = 20 * 1024**2
"""Of a file. Signed licences with scanned signature pages have 1 to 10 MiB."""
MEMORY = 768 * 1024**2
"""Bytes of address space. Python with PDFium and lxml takes 250 MiB of it; 1,000 pages of text another 100."""
CPU_SECONDS = 40
SECONDS = 60
"""By the clock, on a busy machine."""
MOST_ANSWER = 64 * 1024**2
_ROOT = Path(__file__).parents[2]


class Kind(StrEnum):
    """What a file is, by its bytes."""

    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read(path: Path, kind: Kind) -> dict[str, Any]:
    """What the reader of this kind found, in plain values. Takes seconds: never call it where an event loop runs.

    Raises:
        Refused: it can't be read, or only at a price that no honest file has.
    """
    if path.stat().st_size > MOST_BYTES:
        raise Refused(Wrong.TOO_LARGE, f"{MOST_BYTES // 1024**2} MiB")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MUTUA_")}
    environment["PYTHONPATH"] = str(_ROOT)
    command = (sys.executable, "-P", "-B", "-m", "domain.documents.apart", kind.name, str(path.absolute()))
    try:
        done = subprocess.run(  # noqa: S603 our own module with arguments we made
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(Wrong.TOO_COSTLY, f"{SECONDS} s") from None
    if done.returncode or not done.stdout:
        raise Refused(Wrong.TOO_COSTLY, f"{CPU_SECONDS} s, {MEMORY // 1024**2} MiB")
    answer: dict[str, Any] = orjson.loads(done.stdout)
    if "wrong" in answer:
        raise Refused(Wrong(answer["wrong"]), answer["detail"])
    return answer


def main(arguments: Sequence[str]) -> None:
    name, path = arguments
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes nothing but its answer, into a pipe
    try:
        answer = orjson.dumps(_reader(Kind[name])(Path(path)))
        if len(answer) > MOST_ANSWER:
            raise Refused(Wrong.TOO_LONG, f"{MOST_ANSWER // 1024**2} MiB")
    except Refused as refused:
        answer = orjson.dumps({"wrong": refused.wrong.value, "detail": refused.detail})
    except (MemoryError, RecursionError) as error:
        answer = orjson.dumps({"wrong": Wrong.TOO_COSTLY.value, "detail": type(error).__name__})
    sys.stdout.buffer.write(answer)


def _reader(kind: Kind) -> Callable[[Path], dict[str, Any]]:
    """Only the process that reads loads the libraries that do."""
    if kind is Kind.PDF:
        from domain.documents import pdf

        return pdf.read
    if kind is Kind.DOCX:
        from domain.documents import docx

        return docx.read
    from domain.documents import xlsx

    return xlsx.read


if __name__ == "__main__":
    main(sys.argv[1:])
