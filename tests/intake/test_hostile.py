"""Damaged files of every kind, made from good ones: each is loaded, loaded in part or refused; nothing ever breaks."""

import random
from pathlib import Path

import pytest

from api.commands.importing import Outcome
from domain.content.store import Store
from domain.intake.content import ContentFolder
from domain.intake.groups import Groups
from domain.intake.licence import LicenceFile
from domain.intake.members import Members
from domain.intake.packages import TitleList
from domain.intake.platforms import Platforms
from domain.intake.runs import Intake
from tests.intake.conftest import Load
from tests.intake.test_licence import GOOD
from tests.intake.test_members import HEADER, PKU
from tests.support.titlelists import journal, kbart

SCIENCE = TitleList("Science", "Northlight")
BITS = [
    *(
        b"\x00",
        b'"',
        b"'",
        b"\t",
        b"\r",
        b"\n",
        b",",
        b";",
        b":",
        b"\xff",
        b"{",
        b"[",
        b"- ",
        b"  ",
        b"\\0",
        b"\\ud800",
    ),
    *("\u202e".encode(), "学".encode() * 3000, b"9" * 5000, b"x" * 25_000),
    *(b"9999-12-31", b"0000-00-00", b"0.0.0.0/0", b"{url}", b"&a *a", b"!!python/name:os.system", b"=1+1"),
]


def damage(good: bytes, chance: random.Random) -> bytes:
    data = bytearray(good)
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(data))
        act = chance.choice(("change", "insert", "insert", "drop", "repeat"))
        if act == "change":
            data[place] = chance.randrange(256)
        elif act == "insert":
            data[place:place] = chance.choice(BITS)
        elif act == "drop":
            del data[place : place + chance.randint(1, 30)]
        else:
            data[place:place] = data[place : place + chance.randint(1, 60)]
    return bytes(data)


async def attack(load: Load, folder: Path, rounds: int, seed: int) -> set[int]:
    """The exit codes of that many damaged files."""
    content = folder / "content"
    content.mkdir()
    (content / "a.pdf").write_bytes(b"%PDF-1.7\nstartxref\n%%EOF\n")
    targets: list[tuple[Intake, bytes, Path]] = [
        (
            Groups(),
            b"group,parent,name_zh,name_en,member\nc9,,\xe4\xb9\x9d,C9,\nnorth,c9,,North,\nc9,,,,pku\n",
            folder / "g",
        ),
        (Members(), f"{HEADER}\n{PKU}\nlzu,,L,,CN,UTC,,,,,,lzu.edu.cn,,,194.83.57.0/24,no\n".encode(), folder / "m"),
        (SCIENCE, kbart(*(journal(n, embargo_info="P1Y", notes="n") for n in range(4))), folder / "k"),
        (Platforms(), b"name,provider,url,link_rule,link_template\nA,B,https://a.example,plain,\n", folder / "p"),
        (LicenceFile(), GOOD.encode(), folder / "l"),
        (
            ContentFolder(content, Store(folder / "store")),
            b"file,package,identifier,label_zh,label_en,published,rights\na.pdf,Science,title_id:jp1,,A,1999,\n",
            content / "content.csv",
        ),
    ]
    for intake, good, path in targets:
        path.write_bytes(good)
        await load(intake, path)
    chance = random.Random(seed)
    codes: set[int] = set()
    for _ in range(rounds):
        intake, good, path = chance.choice(targets)
        path.write_bytes(damage(good, chance))
        outcome: Outcome = await load(intake, path)
        assert bool(outcome.refused) is (outcome.exit_code == 2)
        codes.add(outcome.exit_code)
    return codes


async def test_damaged_files_are_loaded_in_part_or_refused_and_never_break_anything(load: Load, tmp_path: Path) -> None:
    assert await attack(load, tmp_path, 120, seed=1) == {0, 1, 2}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
async def test_many_damaged_files_never_break_anything(load: Load, tmp_path: Path, seed: int) -> None:
    assert await attack(load, tmp_path, 400, seed) == {0, 1, 2}
