"""The key store: what it refuses to open, and that a text sealed for one purpose is nothing for another."""

import base64
import json
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from domain.keys import RSA_BITS, KeyStore, KeysUnusable, Purpose, Unreadable


def test_first_start_makes_private_files(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "keys"
    KeyStore(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in folder.iterdir()} == {f"{purpose}.json" for purpose in Purpose}
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


def test_a_restart_reads_what_was_sealed_before(tmp_path: Path) -> None:
    sealed = KeyStore(tmp_path).seal(Purpose.LINKS, b"item 7")
    assert KeyStore(tmp_path).unseal(Purpose.LINKS, sealed) == b"item 7"


def test_a_text_of_one_purpose_is_unreadable_for_another(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    shared = (tmp_path / "links.json").read_bytes()
    (tmp_path / "decisions.json").write_bytes(shared)
    keys = KeyStore(tmp_path)
    sealed = keys.seal(Purpose.LINKS, b"x")
    with pytest.raises(Unreadable):
        keys.unseal(Purpose.DECISIONS, sealed)
    assert keys.mac(Purpose.LINKS, b"x") != keys.mac(Purpose.DECISIONS, b"x")


def test_every_altered_character_is_noticed(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    sealed = keys.seal(Purpose.DECISIONS, b"granted")
    for at, letter in enumerate(sealed[:-1]):
        altered = sealed[:at] + ("A" if letter != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(Unreadable):
            keys.unseal(Purpose.DECISIONS, altered)


@pytest.mark.parametrize("text", ["", ".", "abc", "no-such-key.AAAA", "é.é", "\x00.", "x" * 100_000])
def test_rubbish_is_unreadable_and_nothing_else(tmp_path: Path, text: str) -> None:
    keys = KeyStore(tmp_path)
    with pytest.raises(Unreadable):
        keys.unseal(Purpose.DECISIONS, text)
    with pytest.raises(Unreadable):
        keys.unseal(Purpose.DECISIONS, f"{keys.current_id(Purpose.DECISIONS)}.{text}")


def test_rotation_overlaps(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    old = keys.current_id(Purpose.SESSION)
    sealed, signed = keys.seal(Purpose.SESSION, b"x"), keys.mac(Purpose.SESSION, b"x")
    new = keys.rotate(Purpose.SESSION)
    assert new != old
    for store in (keys, KeyStore(tmp_path)):
        assert store.key_ids(Purpose.SESSION) == (new, old)
        assert store.unseal(Purpose.SESSION, sealed) == b"x"
        assert store.seal(Purpose.SESSION, b"y").startswith(f"{new}.")
        assert store.mac(Purpose.SESSION, b"x") != signed
        assert store.mac(Purpose.SESSION, b"x", old) == signed
    with pytest.raises(Unreadable):
        keys.mac(Purpose.SESSION, b"x", "gone")


def test_processes_that_start_together_use_one_key(tmp_path: Path) -> None:
    stores: list[KeyStore] = []
    threads = [threading.Thread(target=lambda: stores.append(KeyStore(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 8
    assert len({store.current_id(Purpose.LOGIN) for store in stores}) == 1
    assert not list(tmp_path.glob(".*"))


def test_a_mounted_store_that_lacks_a_key_refuses_to_start(tmp_path: Path) -> None:
    KeyStore(tmp_path)
    (tmp_path / "links.json").unlink()
    with pytest.raises(KeysUnusable, match=r"links\.json is missing"):
        KeyStore(tmp_path, create=False)


def test_a_demo_key_refuses_to_start_anything_but_a_demo(tmp_path: Path) -> None:
    KeyStore(tmp_path, demo=True)
    KeyStore(tmp_path, demo=True)
    with pytest.raises(KeysUnusable, match="made for a demo"):
        KeyStore(tmp_path)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"keys": []}', b'{"keys": [{"id": "a", "key": "AAAA"}]}', b"\xff\xfe"]
)
def test_a_damaged_key_refuses_to_start(tmp_path: Path, body: bytes) -> None:
    KeyStore(tmp_path)
    (tmp_path / "links.json").write_bytes(body)
    with pytest.raises(KeysUnusable, match=r"links\.json is damaged"):
        KeyStore(tmp_path)


def test_a_key_that_everybody_can_read_refuses_to_start(tmp_path: Path) -> None:
    KeyStore(tmp_path)
    (tmp_path / "links.json").chmod(0o644)
    with pytest.raises(KeysUnusable, match="chmod 600"):
        KeyStore(tmp_path)


def test_the_file_holds_keys_of_full_length(tmp_path: Path) -> None:
    KeyStore(tmp_path)
    entries = [json.loads(file.read_text())["keys"] for file in tmp_path.iterdir()]
    assert len({entry[0]["key"] for entry in entries}) == len(Purpose)


def test_a_minted_token_is_found_again_after_a_rotation_and_a_foreign_one_never(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    token = keys.mint(Purpose.SESSION)
    fingerprint = keys.fingerprint(Purpose.SESSION, token)
    assert token.encode() not in fingerprint
    assert keys.mint(Purpose.SESSION) != token
    keys.rotate(Purpose.SESSION)
    assert keys.fingerprint(Purpose.SESSION, token) == fingerprint
    for foreign in ("", "x", "\ud800.x", keys.mint(Purpose.LOGIN), "é" * 9000):
        with pytest.raises(Unreadable):
            keys.fingerprint(Purpose.SESSION, foreign)


def numbers(pairs: dict[str, RSAPrivateKey]) -> list[int]:
    return [pair.public_key().public_numbers().n for pair in pairs.values()]


def test_a_signing_purpose_holds_rsa_pairs_that_stay_the_same_and_others_hold_none(tmp_path: Path) -> None:
    keys = KeyStore(tmp_path)
    (key_id,) = keys.pairs(Purpose.OAUTH)
    assert keys.pairs(Purpose.OAUTH)[key_id].key_size == RSA_BITS
    assert numbers(KeyStore(tmp_path).pairs(Purpose.OAUTH)) == numbers(keys.pairs(Purpose.OAUTH))
    with pytest.raises(KeyError):
        keys.pairs(Purpose.LINKS)
    sealed = keys.seal(Purpose.OAUTH, b"x")
    assert KeyStore(tmp_path).unseal(Purpose.OAUTH, sealed) == b"x"


def test_a_pair_that_another_process_adds_is_known_at_once_and_the_older_one_stays(tmp_path: Path) -> None:
    here, elsewhere = KeyStore(tmp_path), KeyStore(tmp_path)
    (old,) = here.pairs(Purpose.OAUTH)
    new = elsewhere.rotate(Purpose.OAUTH)
    assert [*here.pairs(Purpose.OAUTH)] == [old, new]
    assert here.current_id(Purpose.OAUTH) == new, "what is signed from now on is signed with it"
    assert numbers(here.pairs(Purpose.OAUTH)) == numbers(elsewhere.pairs(Purpose.OAUTH))
    (tmp_path / "oauth.json").unlink()
    with pytest.raises(KeysUnusable, match=r"oauth\.json can't be read"):
        here.pairs(Purpose.OAUTH)


def der(bits: int) -> bytes:
    pair = rsa.generate_private_key(65537, bits)
    return pair.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def elliptic() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "key", [b"", b"x" * 32, der(RSA_BITS)[:-9], der(1024), elliptic()], ids=["none", "secret", "cut", "short", "other"]
)
def test_a_signing_key_that_is_no_whole_pair_refuses_to_start_with_one_line(tmp_path: Path, key: bytes) -> None:
    KeyStore(tmp_path)
    entry = {"id": "a", "made": "2026-01-01T00:00:00+00:00", "demo": False, "key": base64.b64encode(key).decode()}
    (tmp_path / "oauth.json").write_text(json.dumps({"keys": [entry]}))
    with pytest.raises(KeysUnusable, match=r"oauth\.json is damaged") as refused:
        KeyStore(tmp_path)
    assert "\n" not in str(refused.value)
