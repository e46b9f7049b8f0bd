"""Runs: cut at any statement and taken up again, twice, two at once, rehearsed, without a database; bounded memory."""

import asyncio
import multiprocessing
import signal
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy.exc

from api import database as edge
from api.commands.importing import perform
from api.database import Transactions, Urls
from domain.intake import runs
from domain.intake.packages import TitleList
from domain.intake.reasons import Reason
from tests.intake import killed
from tests.intake.conftest import Load
from tests.support.databases import Databases
from tests.support.titlelists import journal, kbart, state

Ask = Callable[..., Awaitable[list[Any]]]
Titles = Callable[..., Path]

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.intake.killed"])


def lists(folder: Path) -> tuple[Path, Path]:
    """A list of 450 rows with something of everything, and a newer one that changes, adds and removes."""
    old = [journal(n, embargo_info="P1Y" if n % 3 else "2014-07-29", first_author=f"Author {n}") for n in range(400)]
    old += [journal(n, date_first_issue_online="1950", date_last_issue_online="1960") for n in range(45)]
    old += [
        journal(500, publication_title=""),
        journal(501, publication_title="Journal of Proof 1", online_identifier=""),
    ]
    old += [journal(502, preceding_publication_title_id="jp1"), journal(1, title_id="same", access_type="F")]
    new = [journal(n, date_last_issue_online="2020" if n % 2 else "") for n in range(50, 420)]
    first, second = folder / "old.txt", folder / "new.txt"
    first.write_bytes(kbart(*old))
    second.write_bytes(kbart(*new))
    return first, second


def in_a_process(url: str, path: Path, statement: int) -> int | None:
    child = processes.Process(target=killed.run, args=(url, path, statement))
    child.start()
    child.join(120)
    return child.exitcode


async def outcome(url: str) -> dict[str, list[str]]:
    pool = edge.engine(url)
    async with edge.as_everybody(edge.sessions(pool))() as session:
        found = await state(session)
    await pool.dispose()
    return found


async def statements(url: str, path: Path) -> int:
    """How many statements an undisturbed run takes."""
    pool = edge.engine(url, statement_seconds=0)
    count = 0

    @sqlalchemy.event.listens_for(pool.sync_engine, "before_cursor_execute")
    def one_more(*_: Any) -> None:
        nonlocal count
        count += 1

    runs.BATCH, before = 100, runs.BATCH
    try:
        await perform(edge.as_everybody(edge.sessions(pool)), killed.SCIENCE, path, actor="cli:tester")
    finally:
        runs.BATCH = before
    await pool.dispose()
    return count


async def compare(databases: Databases, folder: Path, points: Callable[[int], list[int]]) -> None:
    first, second = lists(folder)
    with databases.clone() as undisturbed:
        counts = [await statements(undisturbed.app, first), await statements(undisturbed.app, second)]
        wanted = await outcome(undisturbed.app)
    for point in points(min(counts)):
        with databases.clone() as urls:
            for path in (first, second):
                assert in_a_process(urls.app, path, point) == -signal.SIGKILL
                assert in_a_process(urls.app, path, 0) == 0
            assert await outcome(urls.app) == wanted, f"killed before statement {point}"


async def test_a_run_killed_anywhere_and_taken_up_again_ends_as_if_undisturbed(
    databases: Databases, tmp_path: Path
) -> None:
    await compare(databases, tmp_path, lambda count: [2, count // 4, count // 2, 3 * count // 4, count])


@pytest.mark.long
async def test_a_run_killed_before_any_of_its_statements_ends_as_if_undisturbed(
    databases: Databases, tmp_path: Path
) -> None:
    await compare(databases, tmp_path, lambda count: list(range(1, count + 1)))


async def test_a_run_killed_over_and_over_goes_on_where_it_was(databases: Databases, tmp_path: Path) -> None:
    first, _ = lists(tmp_path)
    with databases.clone() as undisturbed:
        await statements(undisturbed.app, first)
        wanted = await outcome(undisturbed.app)
    with databases.clone() as urls:
        lines: list[int] = []
        for _ in range(4):
            assert in_a_process(urls.app, first, 14) == -signal.SIGKILL
            pool = edge.engine(urls.app)
            async with edge.as_everybody(edge.sessions(pool))() as session:
                found = await session.execute(sqlalchemy.text("SELECT last_line, status FROM import_run"))
                ((line, status),) = [tuple(row) for row in found]
            await pool.dispose()
            lines.append(line)
            assert status == "running"
        assert lines == sorted(lines)
        assert lines[-1] > lines[0] > 0
        assert in_a_process(urls.app, first, 0) == 0
        assert await outcome(urls.app) == wanted


async def test_a_cut_run_is_given_up_when_another_file_comes(database: Urls, tmp_path: Path, ask: Ask) -> None:
    first, second = lists(tmp_path)
    assert in_a_process(database.app, first, 14) == -signal.SIGKILL
    assert in_a_process(database.app, second, 0) == 0
    assert await ask("SELECT file_name, status, refusal FROM import_run ORDER BY id") == [
        ("old.txt", "refused", runs.REPLACED),
        ("new.txt", "done", None),
    ]
    assert await ask("SELECT count(*) FROM import_row") == [0]
    assert await ask("SELECT count(*) FROM package_title") == [370]


async def test_two_importers_of_one_list_at_once_change_it_once(
    begin: Transactions, titles: Titles, science: TitleList, ask: Ask
) -> None:
    path = titles(*map(journal, range(300)))
    both = await asyncio.gather(*(perform(begin, science, path, actor=f"cli:{name}") for name in ("a", "b")))
    assert sorted(outcome.changed for outcome in both) == [False, True]
    assert await ask("SELECT count(*) FROM resource") == [300]
    assert await ask("SELECT status FROM import_run") == ["done", "done"]
    assert await ask("SELECT value FROM epoch") == [2]


async def test_importers_of_different_lists_at_once_find_each_others_resources(
    begin: Transactions, titles: Titles, ask: Ask
) -> None:
    path = titles(*map(journal, range(300)))
    lists = [TitleList(f"Package {n}", "Northlight") for n in range(3)]
    await asyncio.gather(*(perform(begin, one, path, actor="cli:x") for one in lists))
    assert await ask("SELECT count(*) FROM resource") == [300]
    assert await ask("SELECT count(*) FROM package_title") == [900]


async def test_a_dry_run_tells_what_would_happen_and_changes_nothing(
    load: Load, titles: Titles, science: TitleList, begin: Transactions
) -> None:
    await load(science, titles(journal(1), journal(2)))
    newer = titles(journal(1, embargo_info="soon"), journal(3))
    async with begin() as session:
        before = await state(session)
    told = await load(science, newer, dry_run=True)
    async with begin() as session:
        assert await state(session) == before
    really = await load(science, newer)
    assert (told.counts, told.tally, told.entries) == (really.counts, really.tally, really.entries)
    assert told.changed


async def test_a_dry_run_of_a_bad_file_refuses_it_and_leaves_no_trace(
    load: Load, tmp_path: Path, science: TitleList, ask: Ask
) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("not\tkbart\n")
    told = await load(science, path, dry_run=True)
    assert told.exit_code == 2
    assert await ask("SELECT count(*) FROM import_run") == [0]


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_file_that_breaks_off_in_its_middle_is_refused_there_and_nothing_of_it_stays(
    load: Load, titles: Titles, science: TitleList, ask: Ask, dry_run: bool
) -> None:
    path = titles(*map(journal, range(2500)))
    path.write_bytes(path.read_bytes().replace(b"Journal of Proof 2200\t", b"Journal \xff\t"))
    outcome = await load(science, path, encoding="utf-8", dry_run=dry_run)
    assert outcome.refused
    assert (outcome.refused.reason, outcome.refused.line > 1000) == (Reason.ENCODING_BROKEN, True)
    assert await ask("SELECT status FROM import_run") == ([] if dry_run else ["refused"])
    assert await ask("SELECT count(*) FROM import_row") == [0]
    assert await ask("SELECT count(*) FROM package") == [0]


async def test_a_batch_looks_at_its_own_titles_and_not_at_the_whole_package(
    load: Load, titles: Titles, science: TitleList, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else an import would take four times as long for twice the titles."""
    monkeypatch.setattr("domain.intake.titles.BATCH", 100)
    monkeypatch.setattr("domain.intake.packages.BATCH", 100)
    path = titles(*map(journal, range(3000)))
    for _ in range(2):
        await load(science, path)
    for _ in range(5):  # through each connection of the pool
        await ask("SELECT pg_stat_force_next_flush()")
    visited = "SELECT idx_tup_fetch + seq_tup_read FROM pg_stat_user_tables WHERE relname = 'package_title'"
    assert 3000 < (await ask(visited))[0] < 8 * 3000


async def test_without_a_database_the_error_is_the_databases_own(titles: Titles, science: TitleList) -> None:
    pool = edge.engine("postgresql+psycopg://mutua_app@127.0.0.1:1/none")
    with pytest.raises(sqlalchemy.exc.OperationalError):
        await perform(edge.as_everybody(edge.sessions(pool)), science, titles(journal(1)), actor="cli:x")
    await pool.dispose()


async def test_a_database_that_goes_away_under_a_run_leaves_it_to_be_taken_up(
    begin: Transactions, titles: Titles, science: TitleList, ask: Ask, databases: Databases
) -> None:
    path = titles(*map(journal, range(3000)))

    def disconnect(phase: str, rows: int) -> None:
        if phase == "reading" and rows < 1000:
            databases._run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'mutua_app'")

    with pytest.raises(sqlalchemy.exc.DBAPIError):
        await perform(begin, science, path, actor="cli:x", watch=disconnect)
    assert await ask("SELECT status FROM import_run") == ["running"]
    again = await perform(begin, science, path, actor="cli:x")
    assert again.resumed
    assert again.counts == {"read": 3000, "loaded": 3000, "new": 3001, "resources_new": 3000}


async def test_memory_does_not_grow_with_the_file(begin: Transactions, tmp_path: Path) -> None:
    """Beyond a few batches; what is warmed up by the first run counts for none."""
    peaks = []
    for number, rows in enumerate((300, 2200, 8800)):
        path = tmp_path / f"{rows}.txt"
        path.write_bytes(kbart(*(journal(n, notes="x" * 200) for n in range(rows))))
        tracemalloc.start()
        await perform(begin, TitleList(f"P{number}", "Northlight"), path, actor="cli:x")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.7 * peaks[1]
