"""Title lists: rows a second beside COPY of the same finished rows, and peak memory beside the file's size.

    python bench/intake.py [ROWS …]        default 10000 40000

COPY gets what the import made of the file (resources, identifiers, package titles, coverage), ready-made, without
reading, checking, matching or search text: what remains is the price of understanding the file.
"""

import asyncio
import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from api import database, embedded, preparation
from api.commands.importing import perform
from domain.intake.packages import TitleList
from migrations import chain

_COLUMNS = """
publication_title print_identifier online_identifier date_first_issue_online num_first_vol_online
num_first_issue_online date_last_issue_online num_last_vol_online num_last_issue_online title_url first_author
title_id embargo_info coverage_depth notes publisher_name publication_type access_type
"""
COPIED = ("resource", "resource_identifier", "package_title", "coverage")
DEFAULT = (10_000, 40_000)


def title_list(path: Path, rows: int) -> None:
    """Journals with an ISSN, an author, a publisher, an embargo and dates, as publishers list them."""
    columns = _COLUMNS.split()
    with path.open("w", encoding="utf-8") as file:
        print("\t".join(columns), file=file)
        for number in range(rows):
            values = {
                "publication_title": f"Annals of Measured Intake and Applied Cataloguing {number}",
                "online_identifier": _issn(number),
                "date_first_issue_online": "1999-01-01",
                "num_first_vol_online": "1",
                "title_url": f"https://northlight.example/journal/{number}",
                "title_id": f"ami{number}",
                "embargo_info": "P1Y" if number % 2 else "",
                "coverage_depth": "fulltext",
                "publisher_name": "Northlight Science",
                "publication_type": "serial",
                "access_type": "P",
            }
            print("\t".join(values.get(column, "") for column in columns), file=file)


def _issn(number: int) -> str:
    digits = f"{2_000_000 + number:07}"
    check = -sum(int(digit) * (8 - place) for place, digit in enumerate(digits)) % 11
    return f"{digits[:4]}-{digits[4:]}{'X' if check == 10 else check}"


def load(url: str, path: Path, results: "multiprocessing.Queue[tuple[float, float, float]]") -> None:
    """In a process of its own, so that its peak memory is the import's."""
    before = _peak()

    async def run() -> float:
        pool = database.engine(url, statement_seconds=0)
        began = time.perf_counter()
        applying = [began]
        await perform(
            database.as_everybody(database.sessions(pool)),
            TitleList("Measured", "Northlight"),
            path,
            actor="cli:bench",
            watch=lambda phase, rows: applying.append(time.perf_counter()) if phase == "applying" else None,
        )
        ended = time.perf_counter()
        await pool.dispose()
        results.put((ended - began, ended - applying[-1], _peak() - before))
        return ended

    asyncio.run(run())


def _peak() -> float:
    """MiB. (Linux counts ru_maxrss in KiB.)"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def copy(source: str, target: str) -> float:
    """Seconds of COPY for the finished rows, from files, in one transaction, into empty tables with their indexes."""
    with tempfile.TemporaryDirectory() as folder, _connect(source) as read, _connect(target) as write:
        kept: dict[str, Path] = {}
        for table in ("party", "platform", "package", *COPIED):
            kept[table] = Path(folder) / table
            with kept[table].open("wb") as file, read.cursor().copy(f"COPY {_columns(read, table)} TO STDOUT") as out:
                for block in out:
                    file.write(block)
        for table in ("party", "platform", "package"):
            _send(write, table, kept[table])
        write.commit()
        began = time.perf_counter()
        for table in COPIED:
            _send(write, table, kept[table])
        write.commit()
        return time.perf_counter() - began


def _columns(connection: psycopg.Connection, table: str) -> str:
    found = connection.execute(
        "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_name = %s AND is_identity = 'NO'",
        [table],
    ).fetchone()
    assert found  # noqa: S101
    return f"{table} ({found[0]})"


def _send(connection: psycopg.Connection, table: str, path: Path) -> None:
    with path.open("rb") as file, connection.cursor().copy(f"COPY {_columns(connection, table)} FROM STDIN") as stream:
        while block := file.read(1 << 20):
            stream.write(block)


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


@contextmanager
def databases() -> Iterator[tuple[str, str]]:
    """Two empty migrated databases of one cluster, durable as in use."""
    folder = Path(tempfile.mkdtemp(prefix="mutua-bench-"))
    folder.chmod(0o755)
    try:
        with embedded.running(folder) as cluster:
            for name in ("imported", "copied"):
                preparation.prepare(cluster.admin_url, name)
                chain.upgrade(cluster.url(preparation.OWNER, name))
            yield cluster.url(preparation.APP, "imported"), cluster.url(preparation.APP, "copied")
    finally:
        shutil.rmtree(folder)


def main() -> None:
    say = sys.stdout.write
    say("rows     file MB  import s  rows/s  applying s  COPY s  times COPY  again s  peak MiB more\n")
    spawn = multiprocessing.get_context("spawn")
    for rows in [int(word) for word in sys.argv[1:]] or DEFAULT:
        with tempfile.TemporaryDirectory() as folder, databases() as (imported, copied):
            path = Path(folder) / "list.txt"
            title_list(path, rows)
            measured = []
            for _ in range(2):
                results = spawn.Queue()
                process = spawn.Process(target=load, args=(imported, path, results))
                process.start()
                measured.append(results.get())
                process.join()
            (seconds, applying, peak), (again, _, _) = measured
            plain = copy(imported, copied)
            size = path.stat().st_size / 1e6
            say(
                f"{rows:<8} {size:7.1f} {seconds:9.2f} {rows / seconds:7.0f} {applying:11.2f} {plain:7.2f} "
                f"{seconds / plain:11.1f} {again:8.2f} {peak:14.1f}\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
