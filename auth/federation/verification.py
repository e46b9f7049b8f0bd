"""A document verified and read in a process of its own, which has no database, no keys of ours and bounded memory.

`python -m auth.federation.verification DOCUMENT ROWS` reads what to believe from its input, writes one row a line to
ROWS and one answer to its output. A whole federation takes seconds and hundreds of megabytes, which a process that
serves pages doesn't have; and what strangers wrote is parsed where there is nothing to steal.
"""

import asyncio
import hashlib
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from auth.federation.refusals import Refused, Wrong

MEMORY, MEMORY_A_BYTE = 512 * 1024**2, 8
"""Bytes that the process may take, and beside them for each of the document's: an honest one needs five, but one of
nothing but empty elements thirty.
"""
MOST_SECONDS = 180
LONGEST_VALIDITY = timedelta(days=60)
"""That a document read from an address may be good for. Whoever can stop us from reading newer ones can show us an old
one until then. Federations sign for days to weeks; one that says the year 3001 doesn't bound it at all.
"""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a document must be like to be believed."""

    certificates: tuple[str, ...]
    """PEM."""
    authorities: tuple[str, ...] | None = None
    """Registration authorities whose entities count; None: all."""
    bounded: bool = True
    """Whether it must say until when it is good, and for no longer than `LONGEST_VALIDITY`."""
    entity_id: str | None = None
    """The one entity that it must describe (MDQ)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A document that is believed."""

    digest: str
    valid_until: datetime | None
    entities: int
    left_out: Mapping[str, int] = field(default_factory=dict)


def digest(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def verified(document: Path, rows: Path, trust: Trust, now: datetime) -> Found:
    """Verify and read a document in another process, which writes `rows`. Raises Refused."""
    request = orjson.dumps({"trust": asdict(trust), "now": now})
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MUTUA_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "auth.federation.verification", document, rows),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )
    try:
        async with asyncio.timeout(MOST_SECONDS):
            said, _ = await process.communicate(request)
    except TimeoutError:
        raise Refused(Wrong.VERIFIER, f"it took longer than {MOST_SECONDS} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Refused(Wrong.VERIFIER, f"it ended with {process.returncode}")
    answer = orjson.loads(said)
    if "wrong" in answer:
        raise Refused(Wrong(answer["wrong"]), answer["detail"])
    until = answer.pop("valid_until")
    return Found(**answer, valid_until=datetime.fromisoformat(until) if until else None)


def main(arguments: Sequence[str]) -> None:
    document, rows = map(Path, arguments)
    most = MEMORY + MEMORY_A_BYTE * document.stat().st_size
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    request = orjson.loads(sys.stdin.buffer.read())
    trust = Trust(**request["trust"])
    try:
        answer = read(document, rows, trust, datetime.fromisoformat(request["now"]))
    except Refused as refused:
        answer = {"wrong": refused.wrong.value, "detail": refused.detail}
    except MemoryError:
        answer = {"wrong": Wrong.TOO_LARGE.value, "detail": "it needs more memory than any honest one"}
    sys.stdout.buffer.write(orjson.dumps(answer))


def read(document: Path, rows: Path, trust: Trust, now: datetime) -> dict[str, Any]:
    """What `Found` has, of a document that is believed; `rows` is written meanwhile. Raises Refused."""
    from auth.federation import aggregate, documents, signature  # the parent needs none of the XML libraries

    root = documents.read(document).getroot()
    until = aggregate.valid_until(root)
    signature.check(root, [signature.key_of(one.encode()) for one in trust.certificates])
    _in_time(until, now, trust)
    reading = aggregate.Aggregate(now, None if trust.authorities is None else frozenset(trust.authorities))
    count = 0
    with rows.open("wb") as file:
        for row in reading.rows(root):
            if trust.entity_id is not None and row.entity_id != trust.entity_id:
                raise Refused(Wrong.OTHER_ENTITY, row.entity_id)
            file.write(orjson.dumps(row) + b"\n")
            count += 1
    if not count:
        raise Refused(Wrong.NO_ENTITY, ", ".join(f"{rule} {number}" for rule, number in reading.left_out.items()))
    return {"digest": digest(document), "valid_until": until, "entities": count, "left_out": reading.left_out}


def _in_time(until: datetime | None, now: datetime, trust: Trust) -> None:
    if until is not None and until <= now:
        raise Refused(Wrong.EXPIRED, f"{until:%Y-%m-%d %H:%M} UTC")
    if not trust.bounded:
        return
    if until is None:
        raise Refused(Wrong.VALID_UNTIL_MISSING)
    if until > now.astimezone(UTC) + LONGEST_VALIDITY:
        raise Refused(Wrong.VALID_TOO_LONG, f"{until:%Y-%m-%d}")


if __name__ == "__main__":
    main(sys.argv[1:])
