"""Who takes part in the corpus, and what a case is."""

import copy
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from lxml import etree

from auth.saml.response import Party, Recipient
from tests.saml.corpus.keys import Pair, pair
from tests.saml.corpus.maker import SAML, SAMLP, SCOPED_AFFILIATION, Bend, Maker, encoded
from tests.saml.corpus.signing import DS, Element

REQUEST = "_request-1"
"""What every response answers, unless it says so."""
NAMESPACES = {
    "saml": SAML,
    "samlp": SAMLP,
    "ds": DS,
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
EVIL = "staff@alpha.example"
"""What the forger would like to be."""


@dataclass(frozen=True)
class Case:
    name: str
    form: str
    """What the browser posts."""
    cause: str | None
    """With which it is refused; None: accepted."""
    why: str
    party: Party
    """Whose response it is said to be."""
    attributes: dict[str, Sequence[str]] | None = None
    """What an accepted one says; None: what Ada's provider says of her."""
    name_id: str | None = "_ada-in-this-session"
    heavy: bool = False
    """Shibboleth would work on it for half a minute."""


@dataclass(frozen=True)
class Stage:
    us: Recipient
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    nowhere: str = "http://127.0.0.1:9/"
    """Where hostile documents lead."""

    @cached_property
    def alpha(self) -> Maker:
        """The provider whose responses we want; its metadata holds several keys, as in a rollover."""
        return Maker("https://idp.alpha.example/idp", pair("alpha"), self._further)

    @property
    def _further(self) -> tuple[Pair, ...]:
        kinds = ("p256", "p384", "p521", "rsa3072")
        return (*(pair("alpha", kind) for kind in kinds), pair("alpha's old key", days=-1))

    @cached_property
    def beta(self) -> Maker:
        """Another provider of the federation, as good as alpha but for its own people only."""
        return Maker("https://idp.beta.example/idp", pair("beta"))

    @cached_property
    def mallory(self) -> Pair:
        """The key of nobody."""
        return pair("mallory")

    @cached_property
    def small(self) -> Maker:
        """A provider with a key that is too short."""
        return Maker("https://idp.small.example/idp", pair("small", "rsa1024"))

    @cached_property
    def odd(self) -> Maker:
        """A provider with a key on a curve that isn't one of ours."""
        return Maker("https://idp.odd.example/idp", pair("odd", "k256"))

    def alpha_with(self, key: Pair) -> Maker:
        """Alpha, signing with another key than its first."""
        return Maker(self.alpha.entity_id, key)

    def make(self, **options: object) -> bytes:
        """A response of alpha's, as it should be but for `options`."""
        return self.say(self.alpha, **options)

    def say(self, maker: Maker, **options: object) -> bytes:
        options = {"in_response_to": REQUEST, "now": self.now, **options}
        return maker.response(self.us, **options)  # type: ignore[arg-type]

    def case(self, name: str, content: bytes | str, cause: str | None, why: str, **said: object) -> Case:
        form = content if isinstance(content, str) else encoded(content)
        return Case(name, form, cause, why, **{"party": self.alpha.party, **said})  # type: ignore[arg-type]

    def ago(self, **period: int) -> datetime:
        return self.now - timedelta(**period)


Cases = Iterator[Case]


def find(element: Element, path: str) -> Element:
    """The first that an XPath with the usual prefixes finds."""
    found = element.xpath(path, namespaces=NAMESPACES)
    assert isinstance(found, list)
    assert isinstance(found[0], etree._Element), path
    return found[0]


def setting(path: str, name: str, value: str | None) -> Bend:
    """Give an attribute of one element another value, or take it away."""

    def bend(element: Element) -> None:
        target = find(element, path)
        if value is None:
            del target.attrib[name]
        else:
            target.set(name, value)

    return bend


def writing(path: str, text: str) -> Bend:
    def bend(element: Element) -> None:
        find(element, path).text = text

    return bend


def without(path: str) -> Bend:
    def bend(element: Element) -> None:
        remove(find(element, path))

    return bend


def inserting(path: str, xml: str, at: int | None = None) -> Bend:
    """Put an element into another, at the end if not said where."""

    def bend(element: Element) -> None:
        declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
        inside = etree.fromstring(f"<around {declared}>{xml}</around>")
        target = find(element, path)
        for number, child in enumerate(list(inside)):
            target.insert(len(target) if at is None else at + number, child)

    return bend


def both(*bends: Bend) -> Bend:
    def bend(element: Element) -> None:
        for one in bends:
            one(element)

    return bend


def remove(element: Element) -> Element:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
    return element


def evil_id() -> str:
    return f"_evil{secrets.token_hex(8)}"


def forged(assertion: Element, *, same_id: bool = False) -> Element:
    """A copy that says what the forger wants; without a signature."""
    evil = copy.deepcopy(assertion)
    for signature in evil.findall(f"{{{DS}}}Signature"):
        evil.remove(signature)
    if not same_id:
        evil.set("ID", evil_id())
    attribute = f"saml:AttributeStatement/saml:Attribute[@Name='{SCOPED_AFFILIATION}']/saml:AttributeValue"
    find(evil, attribute).text = EVIL
    find(evil, "saml:Subject/saml:NameID").text = "_admin"
    return evil
