"""Bends good responses in ways that nobody thought of: bytes, texts and trees."""

import base64
import copy
from collections.abc import Callable, Sequence
from random import Random

from lxml import etree

from tests.saml.corpus.signing import Element

SNIPPETS = (
    b"<!---->",
    b"<!--x-->",
    b"<?x y?>",
    b"<![CDATA[x]]>",
    b"<![CDATA[]]>",
    b"&#97;",
    b"&amp;",
    b"&x;",
    b"<!DOCTYPE x>",
    b' ID="_x"',
    b' xml:id="_x"',
    b' xmlns:x="1"',
    b' xmlns=""',
    b' xmlns:saml="urn:x"',
    b' xml:space="preserve"',
    b' xml:base="http://127.0.0.1:9/"',
    b"\xc2\xa0",
    b"\xe2\x80\xae",
    b"\xef\xbb\xbf",
    b"\0",
    b"\r",
    b"\t",
    b" ",
    b"staff@alpha.example",
    b"https://idp.beta.example/idp",
    b"http://www.w3.org/2000/09/xmldsig#hmac-sha1",
    b"http://www.w3.org/TR/1999/REC-xslt-19991116",
    b"<saml:Assertion/>",
    b"</saml:Assertion>",
)
NAMES = ("ID", "Id", "Destination", "Recipient", "NotOnOrAfter", "Name", "Algorithm", "URI", "Value", "Format", "x")


def mutant(random: Random, seeds: Sequence[bytes]) -> str:
    """A form value, bent one to four times."""
    content = random.choice(seeds)
    for _ in range(random.choice((1, 1, 1, 2, 3, 4))):
        bend = random.choice((_bytes, _bytes, _tree, _tree, _tree))
        content = bend(random, content, seeds)
    form = base64.b64encode(content)
    if random.random() < 0.03:
        form = _bytes(random, form, seeds)
    return form.decode("latin-1")


def _bytes(random: Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    start = random.randrange(len(content) + 1)
    end = min(len(content), start + random.choice((0, 1, 1, 2, 8, 64, 512)))
    other = random.choice(seeds)
    place = random.randrange(len(other))
    middle = random.choice(
        (
            b"",
            bytes([random.randrange(256)]),
            bytes(byte ^ (1 << random.randrange(8)) for byte in content[start:end][:1]) + content[start + 1 : end],
            content[start:end] * 2,
            content[start:end][::-1],
            random.choice(SNIPPETS),
            random.choice(SNIPPETS) + content[start:end],
            other[place : place + end - start],
        )
    )
    return content[:start] + middle + content[end:]


def _tree(random: Random, content: bytes, seeds: Sequence[bytes]) -> bytes:
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return _bytes(random, content, seeds)
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    bend: Callable[[Random, list[Element]], None] = random.choice(
        (_move, _move, _copy, _copy, _drop, _swap, _text, _comment, _attribute, _attribute, _rename)
    )
    if random.random() < 0.15:
        donor = etree.fromstring(random.choice(seeds))
        _graft(random, elements, [element for element in donor.iter() if isinstance(element.tag, str)])
    else:
        bend(random, elements)
    return etree.tostring(root)


def _insert(random: Random, into: Element, what: Element) -> None:
    into.insert(random.randrange(len(into) + 1), what)


def _move(random: Random, elements: list[Element]) -> None:
    what, into = random.choice(elements), random.choice(elements)
    if what.getparent() is not None and what not in (into, *into.iterancestors()):
        _insert(random, into, what)


def _copy(random: Random, elements: list[Element]) -> None:
    _insert(random, random.choice(elements), copy.deepcopy(random.choice(elements)))


def _graft(random: Random, elements: list[Element], others: list[Element]) -> None:
    what, into = copy.deepcopy(random.choice(others)), random.choice(elements)
    parent = into.getparent()
    if random.random() < 0.5 and parent is not None:
        same = [other for other in others if other.tag == into.tag]
        parent.replace(into, copy.deepcopy(random.choice(same or others)))
    else:
        _insert(random, into, what)


def _drop(random: Random, elements: list[Element]) -> None:
    what = random.choice(elements)
    parent = what.getparent()
    if parent is not None:
        parent.remove(what)


def _swap(random: Random, elements: list[Element]) -> None:
    within = random.choice(elements)
    if len(within) > 1:
        within.append(within[random.randrange(len(within))])


def _text(random: Random, elements: list[Element]) -> None:
    what, other = random.choice(elements), random.choice(elements)
    what.text = random.choice(
        (other.text, (what.text or "") + "x", (what.text or "")[1:], " ", f" {what.text or ''}\n")
    )


def _comment(random: Random, elements: list[Element]) -> None:
    what = random.choice(elements)
    text = what.text or ""
    cut = random.randrange(len(text) + 1)
    node = etree.Comment("x") if random.random() < 0.7 else etree.ProcessingInstruction("x", "y")
    what.insert(0, node)
    what.text, node.tail = text[:cut], text[cut:]


def _attribute(random: Random, elements: list[Element]) -> None:
    what, other = random.choice(elements), random.choice(elements)
    name = random.choice([*what.attrib, *other.attrib, *NAMES])
    values = [*other.attrib.values(), "", "x", "https://mutua.example/saml/acs", "2099-01-01T00:00:00Z"]
    if random.random() < 0.3 and name in what.attrib:
        del what.attrib[name]
    else:
        what.set(name, random.choice(values))


def _rename(random: Random, elements: list[Element]) -> None:
    random.choice(elements).tag = random.choice(elements).tag
