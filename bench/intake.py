"""Files as `mutua import` loads them, beside COPY of the same finished rows in the same run.

    python -m bench.intake [ROWS …]        title lists made here: rows a second, and peak memory beside the file's size
    python -m bench.intake real            the real files of MUTUA_SHARED_DATA (default: ../shared/data)

Without arguments: lists of 10000 and 40000 rows, and then the real files where that folder is there. COPY gets what the
import made of the file (resources, identifiers, contributors, package titles, coverage; members and their networks),
ready-made, without reading, checking, matching or search text: what remains is the price of understanding the file.
"""

import asyncio
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from api import database, embedded, preparation
from api.commands.importing import perform
from api.database import Transactions
from domain.intake.groups import Groups
from domain.intake.members import Members
from domain.intake.packages import TitleList
from domain.intake.reasons import Severity
from domain.intake.runs import Intake
from migrations import chain

_COLUMNS = """
publication_title print_identifier online_identifier date_first_issue_online num_first_vol_online
num_first_issue_online date_last_issue_online num_last_vol_online num_last_issue_online title_url first_author
title_id embargo_info coverage_depth notes publisher_name publication_type access_type
"""
COPIED = (
    "party",
    "member",
    "member_identifier",
    "network_range",
    "member_group",
    "group_membership",
    "platform",
    "package",
    "resource",
    "resource_identifier",
    "contributor",
    "package_title",
    "coverage",
)
"""What files make rows of, in the order of references."""
DEFAULT = (10_000, 40_000)
REAL = Path(os.environ.get("MUTUA_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))


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

    async def run() -> None:
        async with transactions(url) as begin:
            began = time.perf_counter()
            applying = [began]
            await perform(
                begin,
                TitleList("Measured", "Northlight"),
                path,
                actor="cli:bench",
                watch=lambda phase, rows: applying.append(time.perf_counter()) if phase == "applying" else None,
            )
            ended = time.perf_counter()
        results.put((ended - began, ended - applying[-1], _peak() - before))

    asyncio.run(run())


@asynccontextmanager
async def transactions(url: str) -> AsyncIterator[Transactions]:
    pool = database.engine(url, statement_seconds=0)
    yield database.as_everybody(database.sessions(pool))
    await pool.dispose()


def _peak() -> float:
    """MiB. (Linux counts ru_maxrss in KiB.)"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment of a database: ids rise with time, and so do the numbers of transactions."""

    newest: UUID
    transaction: int


def mark(url: str) -> Mark:
    with _connect(url) as connection:
        found = connection.execute("SELECT uuidv7(), pg_current_xact_id()::text::bigint").fetchone()
    assert found  # noqa: S101 a SELECT of two values has a row
    return Mark(*found)


def copy(source: str, target: str, since: Mark) -> float:
    """Seconds of COPY, in one transaction, for the rows made in `source` since the mark. `target` holds the earlier
    ones, and all indexes."""
    with tempfile.TemporaryDirectory() as folder, _connect(source) as read, _connect(target) as write:
        columns = {table: _columns(read, table) for table in COPIED}
        kept = {table: Path(folder) / table for table in COPIED}
        for table, path in kept.items():
            with path.open("wb") as file, read.cursor().copy(_made(table, columns[table], since)) as out:
                for block in out:
                    file.write(block)
        began = time.perf_counter()
        for table, path in kept.items():
            if path.stat().st_size:
                _send(write, table, columns[table], path)
        write.commit()
        return time.perf_counter() - began


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s "
        "AND is_identity = 'NO' ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in found]


def _made(table: str, columns: list[str], since: Mark) -> sql.Composed:
    """Rows that are linked by their resource or member have no id; they are never changed, so that the transaction
    that wrote them made them."""
    new = sql.SQL("id > {}").format(sql.Literal(since.newest))
    if "id" not in columns:
        new = sql.SQL("xmin::text::bigint > {}").format(sql.Literal(since.transaction))
    return sql.SQL("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT").format(_names(columns), sql.Identifier(table), new)


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _send(connection: psycopg.Connection, table: str, columns: list[str], path: Path) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _names(columns))
    with path.open("rb") as file, connection.cursor().copy(statement) as stream:
        while block := file.read(1 << 20):
            stream.write(block)


def _connect(url: str) -> psycopg.Connection:
    """As the superuser: nobody else may COPY into a table with row-level security."""
    plain = make_url(url).set(drivername="postgresql", username=embedded.SUPERUSER)
    return psycopg.connect(plain.render_as_string(hide_password=False))


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


def made_lists(lengths: list[int]) -> None:
    """Each list into a database of its own, twice."""
    say("rows     file MB  import s  rows/s  applying s  COPY s  times COPY  again s  peak MiB more")
    spawn = multiprocessing.get_context("spawn")
    for rows in lengths:
        with tempfile.TemporaryDirectory() as folder, databases() as (imported, copied):
            path = Path(folder) / "list.txt"
            title_list(path, rows)
            since = mark(imported)
            measured = []
            for _ in range(2):
                results = spawn.Queue()
                process = spawn.Process(target=load, args=(imported, path, results))
                process.start()
                measured.append(results.get())
                process.join()
            (seconds, applying, peak), (again, _, _) = measured
            plain = copy(imported, copied, since)
            size = path.stat().st_size / 1e6
            say(
                f"{rows:<8} {size:7.1f} {seconds:9.2f} {rows / seconds:7.0f} {applying:11.2f} {plain:7.2f} "
                f"{seconds / plain:11.1f} {again:8.2f} {peak:14.1f}"
            )


def real_files() -> Iterator[tuple[Intake, Path]]:
    """Every title list into a package of its own; then the institutions of KB+, and who belongs together."""
    for path in sorted((REAL / "kbart").rglob("*")):
        if path.name.removesuffix(".gz").endswith((".txt", ".tsv")):
            yield TitleList(path.name, path.parent.name), path
    yield Members("kbplus"), REAL / "consortium" / "kbplus_subscribing_organisations.csv.gz"
    yield Groups("kbplus"), REAL / "consortium" / "kbplus_consortium.csv"


async def load_real_files() -> None:
    """One after the other into one database. Cells: not loaded; notes: repaired, or worth a look."""
    say("  read loaded rejected  cells  notes  import s  COPY s  times COPY  file")
    total: Counter[str] = Counter()
    seconds = plain = 0.0
    with databases() as (imported, copied):
        async with transactions(imported) as begin:
            for intake, path in real_files():
                since = mark(imported)
                began = time.perf_counter()
                outcome = await perform(begin, intake, path, actor="cli:bench")
                took = time.perf_counter() - began
                if outcome.refused:
                    say(f"refused: line {outcome.refused.line}, {outcome.refused.reason.value:<50} {path.name}")
                    continue
                counts = Counter({name: outcome.counts.get(name, 0) for name in ("read", "loaded", "rejected")})
                for severity, _, number in outcome.tally:
                    counts[severity] += number
                copying = copy(imported, copied, since)
                say(_line(path.name, counts, took, copying))
                total.update(counts)
                seconds, plain = seconds + took, plain + copying
    say(_line("total", total, seconds, plain))


def _line(name: str, counts: Counter[str], seconds: float, plain: float) -> str:
    return (
        f"{counts['read']:6} {counts['loaded']:6} {counts['rejected']:8} {counts[Severity.CELL]:6} "
        f"{counts[Severity.NOTE]:6} {seconds:9.2f} {plain:7.3f} {seconds / plain:11.1f}  {name}"
    )


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    asked = sys.argv[1:]
    if asked == ["real"] and not REAL.is_dir():
        sys.exit(f"the folder {REAL} of real files is absent")
    if asked != ["real"]:
        made_lists([int(word) for word in asked] or list(DEFAULT))
    if asked in ([], ["real"]) and REAL.is_dir():
        asyncio.run(load_real_files())


if __name__ == "__main__":
    main()
