"""Real files of publishers and of KB+: what of each is loaded and what isn't, to the cell."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.intake.groups import Groups
from domain.intake.members import Members
from domain.intake.packages import TitleList
from domain.intake.reasons import Reason
from tests.intake.conftest import Load

Ask = Callable[..., Awaitable[list[Any]]]
EXPECTED = Path(__file__).with_name("real_files.txt")


def expected() -> Iterator[tuple[str, tuple[int, ...], dict[str, int]]]:
    """(file, (loaded, rejected, titles, extra columns), problems by reason)."""
    folder = name = ""
    for line in EXPECTED.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            folder = line.strip("[]")
        elif line.startswith("    "):
            numbers = [int(word) for word in line.split() if word.isdigit()]
            reasons = dict(word.split("=") for word in line.split() if "=" in word)
            yield f"{folder}/{name}", tuple(numbers), {code: int(number) for code, number in reasons.items()}
        elif not line.startswith("#"):
            name = line


async def test_every_real_title_list_loads_as_it_always_did(load: Load, shared_data: Path, ask: Ask) -> None:
    for name, numbers, reasons in expected():
        path = shared_data / "kbart" / name
        if not path.exists():
            pytest.skip(f"real files: kbart/{name} is absent")
        outcome = await load(TitleList(path.name, "Provider"), path)
        problems = {code: number for _, code, number in outcome.tally}
        extra = problems.pop("column_extra", 0)
        counts = outcome.counts
        assert (counts["loaded"], counts.get("rejected", 0), counts["new"] - 1, extra) == numbers, name
        assert problems == reasons, name
    assert await ask("SELECT count(*) FROM package_title") == [sum(numbers[2] for _, numbers, _ in expected())]
    assert await ask("SELECT count(*) FROM coverage WHERE embargo ~ '^(19|20)'") == [159]


async def test_a_real_file_that_is_no_title_list_is_refused(load: Load, shared_data: Path) -> None:
    outcome = await load(TitleList("ISSNs", "Provider"), shared_data / "kbart" / "span" / "issn.kbart.txt")
    assert outcome.refused
    assert (outcome.refused.line, outcome.refused.reason) == (1, Reason.NOT_KBART)


async def test_a_newer_real_list_without_a_common_title_id_meets_the_older_by_its_numbers(
    load: Load, shared_data: Path
) -> None:
    package = TitleList("RSC journals", "RSC")
    lists = shared_data / "kbart" / "couperin"
    older = await load(package, lists / "RSC_FRANCE_LN-ISTEX-JOURNALS-PFEDITEUR_2021-01-22.txt")
    newer = await load(package, lists / "RSC_FRANCE_LN-ISTEX-JOURNALS-PFEDITEUR_2022-04-05.txt")
    assert older.counts["new"] - 1 == 76
    assert (newer.counts["changed"], newer.counts["removed"], newer.counts["new"]) == (71, 5, 16)
    again = await load(package, lists / "RSC_FRANCE_LN-ISTEX-JOURNALS-PFEDITEUR_2022-04-05.txt")
    assert not again.changed


async def test_the_institutions_of_kb_plus_load_with_what_can_be_read_of_them(
    load: Load, shared_data: Path, ask: Ask
) -> None:
    institutions = shared_data / "consortium" / "kbplus_subscribing_organisations.csv.gz"
    outcome = await load(Members("kbplus"), institutions)
    assert outcome.counts == {"read": 584, "loaded": 584, "new": 584, "without_scope": 584}
    assert {(severity, code): number for severity, code, number in outcome.tally} == {
        ("note", "network_shared"): 106,
        ("cell", "network_unreadable"): 30,
        ("cell", "network_ambiguous"): 29,
        ("cell", "network_reserved"): 27,
        ("cell", "identifier_unreadable"): 23,
        ("cell", "identity_provider_unreadable"): 22,
        ("note", "network_zero_host"): 21,
        ("cell", "network_proxy"): 12,
        ("cell", "remark"): 10,
        ("note", "identifier_of_member_shared"): 8,
        ("note", "network_label"): 7,
        ("cell", "name_of_host"): 6,
        ("note", "identity_provider_shared"): 2,
        ("cell", "network_exclusion"): 2,
        ("cell", "network_reversed"): 2,
        ("cell", "network_octal"): 1,
    }
    assert await ask("SELECT count(DISTINCT member_id), count(*) FROM network_range") == [(516, 909)]
    assert await ask("SELECT count(*) FROM network_range WHERE first << '10.0.0.0/8' OR first << '192.168.0.0/16'") == [
        0
    ]
    assert await ask("SELECT count(*) FROM identity_provider") == [0]
    assert not (await load(Members("kbplus"), institutions)).changed

    links = await load(Groups("kbplus"), shared_data / "consortium" / "kbplus_consortium.csv")
    assert (links.counts["loaded"], links.counts["rejected"]) == (613, 2)
    assert await ask(
        "SELECT code, count(*) FROM group_membership JOIN member_group ON id = group_id GROUP BY code ORDER BY code"
    ) == [("NESLI2", 582), ("SHEDL", 19), ("WHEEL", 12)]


async def test_every_real_range_lies_in_the_words_it_comes_from(load: Load, shared_data: Path, ask: Ask) -> None:
    await load(Members("kbplus"), shared_data / "consortium" / "kbplus_subscribing_organisations.csv.gz")
    found: Counter[bool] = Counter()
    for first, written in await ask("SELECT host(first), written FROM network_range"):
        start = ".".join(first.split(".")[:2])
        found[bool(re.search(rf"(?<![0-9]){re.escape(start)}\.", written))] += 1
    assert found == {True: 909}
