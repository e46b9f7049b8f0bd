"""What we write has the shape of the standard's schema: what stands in what, in which order, with which codes.

Where the schema itself is there (`MUTUA_ONIXPL_SCHEMA`: the folder with ONIX_PublicationsLicense_V1.0.xsd and its code
lists) it is asked too.
"""

import os
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from domain.exchange.onixpl import documents, lists, reading, shape, writing
from domain.exchange.onixpl.documents import Element, said, tag
from domain.intake.source import look
from tests.exchange.documents import READ, usage, whole

SCHEMA = "ONIX_PublicationsLicense_V1.0.xsd"
INSIDE = {**shape.INSIDE, "QuantityDetail": ("Proximity", "Value", "QuantityUnit", "ReferenceUnit")}
NEEDED = {
    "PublicationsLicenseExpression": {"ExpressionDetail", "LicenseDetail", "Definitions", "UsageTerms"},
    "ExpressionDetail": {"ExpressionType", "ExpressionStatus"},
    "LicenseDetail": {"LicenseRelatedAgent", "LicenseRelatedResource"},
    "Definitions": {"AgentDefinition", "ResourceDefinition"},
    "UsageTerms": {"Usage"},
    "Usage": {"UsageType", "UsageStatus", "User", "UsedResource"},
    "TextElement": {"SortNumber", "Text"},
    "AgentDefinition": {"AgentLabel", "AgentType"},
    "Annotation": {"AnnotationText"},
}


def faults(content: bytes) -> list[str]:
    """Where a document isn't as the schema wants it."""
    root = documents.parsed(content)
    found = []
    ids = [element.get("id") for element in root.iter(f"{{{documents.NAMESPACE}}}TextElement")]
    if len(ids) != len(set(ids)):
        found.append("an id twice")
    for element in root.iter(etree.Element):
        name = tag(element)
        if name in INSIDE:
            found += _order(name, element, INSIDE[name])
        if missing := NEEDED.get(name, set()) - {tag(child) for child in element}:
            found.append(f"{name} without {missing}")
        if name == "LicenseTextLink" and element.get("href") not in ids:
            found.append(f"a link to {element.get('href')}")
        code = lists.name(said(element))
        if name in lists.known() and not len(element) and (name not in documents.LABELLED or code):
            found += [] if code in lists.known()[name] else [f"{name} {said(element)}"]
    found += [error.message for error in _schema().error_log] if _schema() and not _schema().validate(root) else []
    return found


def _order(name: str, element: Element, order: tuple[str, ...]) -> list[str]:
    names = [tag(child) for child in element]
    if unknown := set(names) - set(order):
        return [f"{unknown} in {name}"]
    return [] if names == sorted(names, key=order.index) else [f"{name} out of order"]


@cache
def _schema() -> etree.XMLSchema:
    folder = os.environ.get("MUTUA_ONIXPL_SCHEMA")
    return etree.XMLSchema(etree.parse(Path(folder) / SCHEMA)) if folder else None  # type: ignore[return-value] # none


def test_faults_are_found() -> None:
    good = whole(READ)
    assert faults(good.encode()) == []
    for old, new in (
        ("<User>onixPL:AuthorizedUser</User>", ""),
        ("onixPL:Permitted", "onixPL:Perhaps"),
        ('href="a"', 'href="z"'),
        ('id="b"', 'id="a"'),
        ("<SortNumber>3.1</SortNumber>", ""),
    ):
        assert faults(good.replace(old, new).encode()) != [], old


@pytest.mark.parametrize("name", ["AIP", "Annual", "CUP", "IOP", "Elsevier", "Nature"])
def test_real_documents_are_written_again_in_the_standards_shape(name: str, shared_data: Path) -> None:
    from tests.exchange.test_stored import real

    file, _ = reading.read(look(real(shared_data, name)))
    later = [fault for fault in faults(writing.write(file)) if "ContinuingAccessSupplyNote" not in fault]
    assert later == []  # a code of the encoding project's own that no issue of the standard has


def test_a_licence_that_says_nothing_is_a_document_too(tmp_path: Path) -> None:
    path = tmp_path / "licence.xml"
    path.write_bytes(whole(usage("Sell", "Prohibited")).encode())
    file, _ = reading.read(look(path))
    file["fragments"] = []
    assert faults(writing.write(file)) == []


def leaves(content: bytes, section: str) -> Counter[tuple[str, str]]:
    """What stands in a section, element by element; links by nothing but that they are there."""
    root = documents.parsed(content)
    found = Counter[tuple[str, str]]()
    for part in root.findall(f"{{{documents.NAMESPACE}}}{section}"):
        found.update((tag(leaf), said(leaf)) for leaf in part.iter(etree.Element) if not len(leaf))
    return found


NETWORK = ("UsageExceptionType", "onixPL:ExceptOnSecureNetwork")
"""Becomes the method onixPL:PublicNetwork."""
SAID_OTHERWISE = {
    "User", "UsedResource", "RelatedResource", "RelatedPlace", "UsagePlaceRelator", "UsageType", "LicenseTextLink",
    "UsageResourceRelator", "UsageStatus",
}  # fmt: skip


@pytest.mark.parametrize("name", ["AIP", "Annual", "CUP", "IOP", "Elsevier", "Nature"])
def test_nothing_that_a_real_document_says_is_lost(name: str, shared_data: Path) -> None:
    from tests.exchange.test_stored import real

    source = look(real(shared_data, name))
    before = etree.tostring(documents.load(source).root)
    after = writing.write(reading.read(source)[0])
    for section in shape.SECTIONS:
        lost = leaves(before, section) - leaves(after, section)
        if section == "UsageTerms":  # a usage is several terms, and they say it in words of ours
            values = {value for _, value in leaves(after, section)}
            lost = Counter({leaf: 1 for leaf in lost if leaf[1] not in values and leaf[0] not in SAID_OTHERWISE})
            del lost[NETWORK]
        assert {leaf for leaf in lost if leaf[0] != "DisplayNumber"} == set(), section
