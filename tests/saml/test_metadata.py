"""What universities and federations read of us."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from signxml.verifier import SignatureConfiguration, XMLVerifier

from auth.saml import metadata, ourselves
from domain.keys import KeyStore, Purpose
from tests.saml.conftest import Town
from tests.support.keys import lay

SCHEMAS = Path("/usr/share/xml")
"""Of Debian's opensaml-schemas and xmltooling-schemas, which Shibboleth brings along."""
HOW = SignatureConfiguration(location="./")
PREFIXES = {
    "md": metadata.MD,
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "mdui": metadata.MDUI,
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "idpdisc": metadata.IDPDISC,
}


async def read(town: Town) -> etree._Element:
    async with httpx2.AsyncClient(base_url=town.mutua.url, trust_env=False) as program:
        answer = await program.get("/saml/metadata")
    assert answer.headers["content-type"] == "application/samlmetadata+xml"
    return etree.fromstring(answer.content)


def said(root: etree._Element, path: str) -> list[str]:
    found = root.xpath(path, namespaces=PREFIXES)
    assert isinstance(found, list)
    return [str(one) for one in found]


async def test_it_says_who_we_are_where_we_listen_and_what_we_ask_for(town: Town) -> None:
    root, url = await read(town), town.mutua.url
    assert root.get("entityID") == f"{url}/saml/metadata"
    assert said(root, "//mdui:DisplayName/@xml:lang")
    assert said(root, "//mdui:Description/@xml:lang") == ["zh", "en"]
    assert said(root, "//md:AssertionConsumerService/@Location") == [f"{url}/saml/acs"]
    assert said(root, "//md:SingleLogoutService/@Location") == [f"{url}/saml/logout"]
    assert said(root, "//idpdisc:DiscoveryResponse/@Location") == [f"{url}/login/discovered"]
    assert said(root, "//md:RequestedAttribute[@isRequired='true']/@FriendlyName") == ["eduPersonScopedAffiliation"]
    asked = dict(zip(said(root, "//saml:Attribute/@Name"), root.iter("{*}Attribute"), strict=True))
    needs = [value.text for value in asked["urn:oasis:names:tc:SAML:profiles:subject-id:req"]]
    assert needs == ["pairwise-id"]
    categories = [value.text for value in asked["http://macedir.org/entity-category"]]
    assert "https://refeds.org/category/pseudonymous" in categories
    methods = said(root, "//md:KeyDescriptor[@use='encryption']/md:EncryptionMethod/@Algorithm")
    assert methods[0].endswith("aes256-gcm")
    assert not [method for method in methods if "cbc" in method or "rsa-1_5" in method]
    assert said(root, "//md:EmailAddress/text()") == []


async def test_it_is_signed_and_fits_the_schema(town: Town) -> None:
    root = await read(town)
    signing = said(root, "//md:KeyDescriptor[@use='signing']//ds:X509Certificate/text()")
    certificate = load_der_x509_certificate(base64.b64decode(signing[0]))
    found = XMLVerifier().verify(root, x509_cert=certificate, expect_config=HOW)
    assert not isinstance(found, list)
    assert found.signed_xml is not None
    assert found.signed_xml.get("entityID") == root.get("entityID")
    schema = SCHEMAS / "opensaml" / "saml-schema-metadata-2.0.xsd"
    if not schema.exists():
        pytest.skip("Shibboleth's schemas are missing (make test-deps installs them)")

    class Beside(etree.Resolver):
        def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:
            name = Path(system_url or "").name
            found = [one / name for one in (SCHEMAS / "opensaml", SCHEMAS / "xmltooling") if (one / name).exists()]
            return self.resolve_filename(str(found[0]), context) if found else None

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Beside())
    etree.XMLSchema(etree.parse(schema, parser)).assertValid(root)


def test_a_new_signing_key_is_told_of_a_week_before_it_signs(tmp_path: Path) -> None:
    url, keys = "https://mutua.example", KeyStore(lay(tmp_path / "keys"), demo=True)
    old = ourselves.signing(url, keys).certificate
    keys.rotate(Purpose.SAML_SIGNING)
    new, still = (one.certificate for one in ourselves.published(url, keys, Purpose.SAML_SIGNING))
    assert still == old != new
    now = datetime.now(UTC)
    assert ourselves.signing(url, keys, now + timedelta(days=6)).certificate == old
    assert ourselves.signing(url, keys, now + timedelta(days=8)).certificate == new
    elsewhere = KeyStore(tmp_path / "keys", demo=True)
    assert ourselves.signing(url, elsewhere, now).certificate == old, "the same bytes in every process"


def test_what_was_encrypted_to_an_older_key_still_opens(tmp_path: Path) -> None:
    url, keys = "https://mutua.example", KeyStore(lay(tmp_path / "keys"), demo=True)
    (first,) = ourselves.published(url, keys, Purpose.SAML_DECRYPTION)
    keys.rotate(Purpose.SAML_DECRYPTION)
    known = [key.public_key().public_numbers() for key in ourselves.recipient(url, keys).decryption_keys]
    assert len(known) == 2
    public = load_der_x509_certificate(first.certificate).public_key()
    assert known[1] == public.public_numbers()  # type: ignore[union-attr] # an RSA key
