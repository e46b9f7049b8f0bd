"""Documents that went wrong in any way: read or refused with reasons, nothing else; what is read can be written."""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from lxml import etree

from domain.exchange.onixpl import documents, lists, reading, writing
from domain.intake.source import FileRefused, look
from tests.exchange.documents import READ, usage, whole
from tests.exchange.test_stored import real

GOOD = whole(
    READ
    + usage("Include", more="<UsageCondition>onixPL:SubjectToFairUse</UsageCondition>")
    + usage("Use", "Prohibited", "<UsagePurpose>onixPL:CommercialUse</UsagePurpose>", users="Licensee AuthorizedUser")
)
WORDS = [
    "",
    "x",
    "onixPL:Access",
    "onixPL:",
    "00000000",
    "99999999",
    "-1",
    "1e9",
    "Licensor",
    "a",
    "{",
    "{}",
    "AuthorizedUser",
]


def harmed(content: bytes, seed: int, times: int) -> bytes:
    """Some elements taken out, doubled, renamed, moved, or told otherwise."""
    chance = random.Random(seed)
    root = etree.fromstring(content)
    for _ in range(times):
        element = chance.choice([found for found in root.iter(etree.Element) if found.getparent() is not None])
        above = element.getparent()
        assert above is not None
        match chance.randrange(6):
            case 0:
                above.remove(element)
            case 1:
                above.insert(chance.randrange(len(above) + 1), etree.fromstring(etree.tostring(element)))
            case 2:
                element.text = chance.choice(WORDS)
            case 3:
                element.tag = f"{{{documents.NAMESPACE}}}{chance.choice(sorted(lists.known()))}"
            case 4:
                element.set(chance.choice(["id", "href", "language", "version"]), chance.choice(WORDS))
            case 5:
                chance.choice(list(root.iter(etree.Element))).append(etree.Element(element.tag))
    return etree.tostring(root)


def survives(path: Path, content: bytes) -> bool:
    """Whether it is read; then it can be written, and what was written is read as well."""
    path.write_bytes(content)
    try:
        file, _ = reading.read(look(path))
    except FileRefused:
        return False
    path.write_bytes(writing.write(file))
    again, _ = reading.read(look(path))
    assert len(again["terms"]) == len(file["terms"])
    return True


@given(seed=some.integers(0, 2**32), times=some.integers(1, 4))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_harmed_is_read_or_refused(tmp_path: Path, seed: int, times: int) -> None:
    survives(tmp_path / "licence.xml", harmed(GOOD.encode(), seed, times))


@pytest.mark.parametrize("name", ["AIP", "Elsevier"])
def test_so_it_is_with_real_documents(name: str, tmp_path: Path, shared_data: Path) -> None:
    path = real(shared_data, name)
    content = etree.tostring(documents.load(look(path)).root)
    read = [survives(tmp_path / "licence.xml", harmed(content, seed, 2)) for seed in range(40)]
    assert {True, False} == set(read)


@pytest.mark.parametrize("cut", range(0, 100, 7))
def test_a_document_that_ends_too_early_is_refused(tmp_path: Path, cut: int) -> None:
    assert not survives(tmp_path / "licence.xml", GOOD.encode()[: len(GOOD.encode()) * cut // 100])
