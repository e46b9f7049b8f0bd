"""What a document says of identity providers (SAML Metadata §2, MDUI, MDRPI, entity attributes, shibmd:Scope).

Read from the very tree whose signature was checked. Only what stands where the schema has it counts: an
EntityDescriptor within extensions, or within a signature, is none.
"""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree

from auth.address import on_loopback
from auth.federation.dates import instant
from auth.federation.refusals import Refused, Wrong
from auth.federation.signature import strong

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_MDUI = "{urn:oasis:names:tc:SAML:metadata:ui}"
_RPI = "{urn:oasis:names:tc:SAML:metadata:rpi}"
_ATTR = "{urn:oasis:names:tc:SAML:metadata:attribute}"
_SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_SHIBMD = "{urn:mace:shibboleth:metadata:1.0}"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
CATEGORY = "http://macedir.org/entity-category"
CATEGORIES = (CATEGORY, "http://macedir.org/entity-category-support")
HIDDEN = "http://refeds.org/category/hide-from-discovery"

LONGEST_ID = 1024
"""Of an entityID (SAML Core §8.3.6) and of any address."""
LONGEST_NAME = 200
LONGEST_KEYWORDS = 1000
LONGEST_SCOPE = 253
LONGEST_PATTERN = 500
MOST = 200
"""Scopes, categories or languages of one entity; more are left out."""
MOST_TRIED = 20
"""Patterns and keys of one entity, which sign-ins may have to try all."""

_LANGUAGE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*")
_PLAIN = re.compile(r"https://[a-z0-9][a-z0-9.-]*(?:/[!-~]*)?")
"""What most addresses look like: told from others without taking them apart."""
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")


@dataclass(slots=True)
class Row:
    """An identity provider, by the columns of `saml_entity`."""

    entity_id: str
    registration_authority: str | None
    names: dict[str, str]
    keywords: dict[str, str]
    logo: str | None
    scopes: list[str]
    scope_patterns: list[str]
    signing_certificates: list[str]
    single_sign_on: dict[str, str]
    single_logout: dict[str, dict[str, str]]
    error_url: str | None
    categories: list[str]
    hidden: bool
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class _Around:
    """What the groups around an entity say of it."""

    valid_until: datetime | None = None
    authority: str | None = None


@dataclass(slots=True)
class Aggregate:
    """A document under way. `left_out`: how many entities by which rule."""

    now: datetime
    authorities: frozenset[str] | None = None
    left_out: Counter[str] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)

    def rows(self, root: etree._Element) -> Iterator[Row]:
        """The identity providers that count, in the order of the document. Raises Refused."""
        for entity, around in _entities(root, _Around()):
            entity_id = entity.get("entityID", "").strip()
            if not 0 < len(entity_id) <= LONGEST_ID or not entity_id.isprintable():
                raise Refused(Wrong.NOT_METADATA, f"line {entity.sourceline}: entityID")
            if entity_id in self.seen:
                raise Refused(Wrong.DUPLICATE, entity_id)
            self.seen.add(entity_id)
            row = self._row(entity, entity_id, around)
            if isinstance(row, str):
                self.left_out[row] += 1
            else:
                yield row

    def _row(self, entity: etree._Element, entity_id: str, around: _Around) -> Row | str:
        """The row, or the rule by which it is left out."""
        role = _role(entity)
        if role is None:
            return "no_identity_provider"
        if self.authorities is not None and around.authority not in self.authorities:
            return "other_registration_authority"
        until = _earliest(around.valid_until, *(_valid_until(one) for one in (entity, role)))
        if until is not None and until <= self.now:
            return "expired"
        ui = _extension(role, f"{_MDUI}UIInfo")
        categories = _categories(entity)
        literal, patterns = _scopes(entity, role)
        return Row(
            entity_id=entity_id,
            registration_authority=around.authority,
            names=_names(entity, ui) or {"und": urlsplit(entity_id).hostname or entity_id[:LONGEST_NAME]},
            keywords=_by_language(ui, "Keywords", LONGEST_KEYWORDS) if ui is not None else {},
            logo=_logo(ui) if ui is not None else None,
            scopes=literal,
            scope_patterns=patterns,
            signing_certificates=_certificates(role),
            single_sign_on={binding: one[0] for binding, one in _endpoints(role, "SingleSignOnService").items()},
            single_logout={
                binding: {"location": location} | ({"response": response} if response else {})
                for binding, (location, response) in _endpoints(role, "SingleLogoutService").items()
            },
            error_url=_address(role.get("errorURL")),
            categories=sorted({value for values in categories.values() for value in values})[:MOST],
            hidden=HIDDEN in categories.get(CATEGORY, ()),
            valid_until=until,
        )


def valid_until(root: etree._Element) -> datetime | None:
    """Until when the whole document counts. Raises Refused where that can't be read."""
    if root.tag not in {f"{MD}EntitiesDescriptor", f"{MD}EntityDescriptor"}:
        raise Refused(Wrong.NOT_METADATA, etree.QName(root).localname)
    return _valid_until(root)


def _valid_until(element: etree._Element) -> datetime | None:
    written = element.get("validUntil")
    if written is None:
        return None
    if (until := instant(written)) is None:
        raise Refused(Wrong.NOT_METADATA, f"line {element.sourceline}: validUntil {written}")
    return until


def _earliest(*times: datetime | None) -> datetime | None:
    return min((one for one in times if one is not None), default=None)


def _entities(element: etree._Element, around: _Around) -> Iterator[tuple[etree._Element, _Around]]:
    """Every EntityDescriptor, with what the groups around it and itself say. The parser bounds the depth."""
    around = _Around(_earliest(around.valid_until, _valid_until(element)), _registered_by(element) or around.authority)
    if element.tag == f"{MD}EntityDescriptor":
        yield element, around
        return
    for child in element.iterchildren(f"{MD}EntityDescriptor", f"{MD}EntitiesDescriptor"):
        yield from _entities(child, around)


def _extension(element: etree._Element, tag: str) -> etree._Element | None:
    extensions = element.find(f"{MD}Extensions")
    return extensions.find(tag) if extensions is not None else None


def _registered_by(element: etree._Element) -> str | None:
    info = _extension(element, f"{_RPI}RegistrationInfo")
    return info.get("registrationAuthority") if info is not None else None


def _role(entity: etree._Element) -> etree._Element | None:
    for role in entity.iterchildren(f"{MD}IDPSSODescriptor"):
        if PROTOCOL in role.get("protocolSupportEnumeration", "").split():
            return role
    return None


def _text(element: etree._Element) -> str:
    """Its whole text on one line, without what can't be seen or turns the direction of writing."""
    whole = "".join(map(str, element.itertext())) if len(element) else element.text or ""
    text = " ".join(whole.split())
    return text if text.isprintable() else "".join(letter for letter in text if letter.isprintable()).strip()


def _by_language(parent: etree._Element, name: str, longest: int, space: str = _MDUI) -> dict[str, str]:
    """By language without its region, which stands back behind one that is given without."""
    said: dict[str, str] = {}
    for element in parent.iterchildren(f"{space}{name}"):
        language = element.get(_LANG, "und").strip().lower()
        text = _text(element)[:longest]
        if not text or not _LANGUAGE.fullmatch(language):
            continue
        primary = language.partition("-")[0]
        if language == primary or primary not in said:
            said[primary] = text
    return dict(list(said.items())[:MOST])


def _names(entity: etree._Element, ui: etree._Element | None) -> dict[str, str]:
    names = _by_language(ui, "DisplayName", LONGEST_NAME) if ui is not None else {}
    organization = entity.find(f"{MD}Organization")
    if not names and organization is not None:
        names = _by_language(organization, "OrganizationDisplayName", LONGEST_NAME, MD)
    return names


def _logo(ui: etree._Element) -> str | None:
    """The first that is an address: data: URIs are as large as they like."""
    for logo in ui.iterchildren(f"{_MDUI}Logo"):
        if (address := _address(_text(logo))) and address.startswith("https:"):
            return address
    return None


def _address(written: str | None) -> str | None:
    """https, or http on this very machine, which is where tests and the demo live."""
    written = (written or "").strip()
    if _PLAIN.fullmatch(written) and len(written) <= LONGEST_ID:
        return written
    if not written or len(written) > LONGEST_ID or not written.isascii() or not written.isprintable():
        return None
    try:
        parts = urlsplit(written)
        there = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return None
    return written if there and (parts.scheme == "https" or (parts.scheme == "http" and on_loopback(written))) else None


def _endpoints(role: etree._Element, name: str) -> dict[str, tuple[str, str | None]]:
    """The first of each binding that browsers carry: where questions go, and answers where that is elsewhere."""
    found: dict[str, tuple[str, str | None]] = {}
    for endpoint in role.iterchildren(f"{MD}{name}"):
        binding, location = endpoint.get("Binding", ""), _address(endpoint.get("Location"))
        if binding in {REDIRECT, POST} and location and binding not in found:
            found[binding] = (location, _address(endpoint.get("ResponseLocation")))
    return found


def _scopes(*elements: etree._Element) -> tuple[list[str], list[str]]:
    """Literal ones in lower case, and regular expressions; of the entity and of the role."""
    literal: dict[str, None] = {}
    patterns: dict[str, None] = {}
    for element in elements:
        extensions = element.find(f"{MD}Extensions")
        for scope in extensions.iterchildren(f"{_SHIBMD}Scope") if extensions is not None else ():
            written = (scope.text or "").strip()
            if len(scope) or not written.isprintable():
                continue
            if scope.get("regexp", "false").strip() in {"true", "1"}:
                if 0 < len(written) <= LONGEST_PATTERN:
                    patterns[written] = None
            elif written.isascii() and len(written) <= LONGEST_SCOPE and _DOMAIN.fullmatch(written.lower()):
                literal[written.lower()] = None
    return list(literal)[:MOST], list(patterns)[:MOST_TRIED]


def _categories(entity: etree._Element) -> dict[str, list[str]]:
    """Values by the name of the entity attribute."""
    attributes = _extension(entity, f"{_ATTR}EntityAttributes")
    found: dict[str, list[str]] = {}
    for attribute in attributes.iterchildren(f"{_SAML}Attribute") if attributes is not None else ():
        name = attribute.get("Name", "")
        if name in CATEGORIES:
            values = (_text(value)[:LONGEST_ID] for value in attribute.iterchildren(f"{_SAML}AttributeValue"))
            found.setdefault(name, []).extend(value for value in values if value)
    return found


def _certificates(role: etree._Element) -> list[str]:
    """Of each key for signing, or for any use, its first certificate: what stands behind it is a chain, no key of
    this entity.
    """
    found: dict[str, None] = {}
    for descriptor in role.iterchildren(f"{MD}KeyDescriptor"):
        if descriptor.get("use", "signing") == "signing":
            first = descriptor.find(f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate")
            if first is not None and (certificate := _usable("".join((first.text or "").split()))):
                found[certificate] = None
    return list(found)[:MOST_TRIED]


@lru_cache(maxsize=10_000)
def _usable(written: str) -> str | None:
    """The certificate as the table holds it, if its key is one by which we believe."""
    try:
        der = base64.b64decode(written, validate=True)
        key = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None
    return base64.b64encode(der).decode() if strong(key) else None
