"""`mutua key list`: which keys there are, and never a key."""

import json
from pathlib import Path

from domain.keys import KeyStore, Purpose
from tests.operation.commands import Mutua


def test_each_purpose_shows_its_keys_the_newest_first(mutua: Mutua, folder: Path) -> None:
    keys = KeyStore(folder / "var" / "keys")
    old = keys.current_id(Purpose.LINKS)
    new = keys.rotate(Purpose.LINKS)
    printed = mutua("key", "list").out
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if line.startswith("│")]
    assert [row[0] for row in rows if row[0]] == list(Purpose)
    place = [row[1] for row in rows].index(new)
    assert (rows[place][0], rows[place][3]) == ("links", "newest")
    assert (rows[place + 1][0], rows[place + 1][1], rows[place + 1][3]) == ("", old, "older")
    held = [one["key"] for file in (folder / "var/keys").iterdir() for one in json.loads(file.read_text())["keys"]]
    assert [key for key in held if key in printed] == []


def test_listing_makes_no_key(mutua: Mutua, folder: Path) -> None:
    done = mutua("key", "list")
    assert (done.code, done.err) == (2, f"mutua: the key file {folder}/var/keys/session.json is missing\n")
    assert list(folder.iterdir()) == []


def test_a_demos_keys_are_marked(mutua: Mutua, folder: Path) -> None:
    KeyStore(folder / "var" / "keys", demo=True)
    assert "was made for a demo" in mutua("key", "list").err
