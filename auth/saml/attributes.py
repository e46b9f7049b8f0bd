"""What an assertion says of a person, under the names that `auth.claims` knows (MACE-Dir SAML Attribute Profiles)."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from auth.saml import documents, names
from auth.saml.documents import Element
from auth.saml.names import saml
from auth.saml.refused import Invalid

_EDU_PERSON = {
    "1": "eduPersonAffiliation",
    "6": "eduPersonPrincipalName",
    "7": "eduPersonEntitlement",
    "9": "eduPersonScopedAffiliation",
    "10": "eduPersonTargetedID",
    "11": "eduPersonAssurance",
}
KNOWN: Mapping[str, str] = {
    **{f"urn:oid:1.3.6.1.4.1.5923.1.1.1.{number}": name for number, name in _EDU_PERSON.items()},
    **{f"urn:mace:dir:attribute-def:{name}": name for name in _EDU_PERSON.values()},
    "urn:oid:1.3.6.1.4.1.25178.1.2.9": "schacHomeOrganization",
    "urn:mace:terena.org:attribute-def:schacHomeOrganization": "schacHomeOrganization",
    "urn:oasis:names:tc:SAML:attribute:pairwise-id": "pairwise-id",
    "urn:oasis:names:tc:SAML:attribute:subject-id": "subject-id",
}
MAX_ATTRIBUTES = 100
MAX_VALUES = 100
"""Of one attribute; what goes beyond is left out, as are values longer than `names.MEDIUM`."""
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
"""Categories of characters that a reader can't see, or that turn the order of what she sees."""


def read(statements: Iterable[Element], issuer: str, audience: str) -> dict[str, tuple[str, ...]]:
    """Values by name: a known attribute's own, any other's Name as it stands. FriendlyName means nothing."""
    found: dict[str, list[str]] = {}
    for statement in statements:
        parts = documents.in_order(statement, saml("Attribute"), saml("EncryptedAttribute"))
        if parts[saml("EncryptedAttribute")]:
            raise Invalid("an EncryptedAttribute: encrypt the assertion instead")
        for attribute in parts[saml("Attribute")]:
            said = attribute.get("Name", "")
            name = KNOWN.get(said, said)
            if not readable(name) or (name not in found and len(found) >= MAX_ATTRIBUTES):
                continue
            values = found.setdefault(name, [])
            for value in _values(attribute, issuer, audience):
                if value not in values and len(values) < MAX_VALUES:
                    values.append(value)
    return {name: tuple(values) for name, values in found.items()}


def readable(value: str) -> bool:
    """Whether it can be shown and compared: neither empty nor too long, nothing in it that can't be seen."""
    if not 0 < len(value) <= names.MEDIUM:
        return False
    return value.isprintable() or all(unicodedata.category(char) not in _UNSEEN for char in value)


def _values(attribute: Element, issuer: str, audience: str) -> Iterator[str]:
    for value in documents.in_order(attribute, saml("AttributeValue"))[saml("AttributeValue")][: 2 * MAX_VALUES]:
        inside = documents.children(value)
        if [child.tag for child in inside] == [saml("NameID")]:
            text = persistent(inside[0], issuer, audience)
        elif inside:
            continue
        else:
            text = documents.text(value)
        if readable(text):
            yield text


def persistent(name_id: Element, issuer: str, audience: str) -> str:
    """A NameID as one text: who names, for whom, what. Left out, the first two are the parties (Core §8.3.7)."""
    qualifiers = (name_id.get("NameQualifier") or issuer, name_id.get("SPNameQualifier") or audience)
    value = documents.text(name_id)
    return "!".join((*qualifiers, value)) if value else ""
