"""B17, D03: a document that isn't what its federation signed is refused for the right reason, or says nothing more."""

import gzip
import random
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
import xmlsec
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from auth.federation import signature, verification
from auth.federation.refusals import Refused, Wrong
from auth.federation.verification import Trust
from tests.federation.maker import (
    DECLARED,
    ENVELOPED,
    EXCLUSIVE,
    RSA_SHA256,
    SHA256,
    Federation,
    University,
    certificate_of,
    in_days,
    rsa_key,
    written,
)

FEDERATION = Federation()
ALPHA = University("https://idp.alpha.example", ("alpha.edu",))
EVIL = University("https://idp.evil.example", ("alpha.edu",))
TRUST = Trust((FEDERATION.pem,))
GOOD = FEDERATION.aggregate(ALPHA).decode()
SIGNATURE = GOOD[GOOD.index("<ds:Signature") : GOOD.index("</ds:Signature>") + 15]
ROOT = GOOD[GOOD.index("<md:EntitiesDescriptor") : GOOD.index("<ds:Signature")]
BODY = GOOD.partition("</ds:Signature>")[2].removesuffix("</md:EntitiesDescriptor>")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def rows_of(content: bytes | str, folder: Path, trust: Trust = TRUST, now: datetime | None = None) -> list[str]:
    """The lines that the verifying process would write."""
    path = written(folder, content if isinstance(content, bytes) else content.encode())
    verification.read(path, folder / "rows", trust, now or datetime.now(UTC))
    return (folder / "rows").read_text("utf-8").splitlines()


def said(content: bytes | str, folder: Path, trust: Trust = TRUST) -> str:
    """Why it is refused, or the entities that were taken."""
    try:
        return " ".join(orjson.loads(line)["entity_id"] for line in rows_of(content, folder, trust))
    except Refused as refused:
        return refused.wrong.value


def others() -> Federation:
    return Federation(rsa_key(5))


def doctype(inner: str, body: str = "") -> str:
    return f"{HEAD}<!DOCTYPE x [{inner}]>{GOOD.partition('?>')[2].replace('某大学', body or '某大学')}"


def renamed(root: str) -> str:
    return root.replace('ID="_all"', 'ID="_evil"')


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
EVIL_XML = EVIL.xml(DECLARED)


def swapped(old: str, new: str, most: int = -1) -> str:
    """The good document with something else in it."""
    assert old in GOOD
    return GOOD.replace(old, new, most)


def transformed(*transforms: str) -> bytes:
    return FEDERATION.aggregate(ALPHA, transforms=transforms)


def wrapped(root: str, around: str = "<md:Extensions>", signed: str = SIGNATURE) -> str:
    """An entity of somebody else under a root of his, with the signature and what it was made for somewhere beside."""
    inner = f"{ROOT}{BODY}</md:EntitiesDescriptor>"
    return f"{root}{signed}{EVIL_XML}{around}{inner}{around.replace('<', '</')}</md:EntitiesDescriptor>"


def referring_within() -> str:
    """Signed by the federation, but not as a whole."""
    inner = EVIL.xml('ID="_x"')
    return FEDERATION.sign(f"{ROOT}{inner}</md:EntitiesDescriptor>").decode().replace('URI="#_all"', 'URI="#_x"')


VALUE = GOOD[GOOD.index("<ds:SignatureValue>") + 19 : GOOD.index("</ds:SignatureValue>")]
LAST = "</ds:Transforms>"
FIRST_TRANSFORM, SECOND_TRANSFORM = (f'<ds:Transform Algorithm="{one}"/>' for one in (ENVELOPED, EXCLUSIVE))
BY_XPATH = f'<ds:Transform Algorithm="{XPATH}"><ds:XPath>self::x</ds:XPath></ds:Transform>'
INCLUDING = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
IN_A_GROUP = f"<md:EntitiesDescriptor>{ALPHA.xml()}</md:EntitiesDescriptor>"


def forged(port: int) -> dict[str, tuple[bytes | str, Wrong]]:
    """By name: a document that isn't what the federation signed, and why it is refused."""
    nobody = f"http://127.0.0.1:{port}/"
    return {
        "nothing": ("", Wrong.UNREADABLE),
        "no XML": ("University of Alpha", Wrong.UNREADABLE),
        "compressed": (gzip.compress(GOOD.encode()), Wrong.UNREADABLE),
        "cut off": (GOOD[:-40], Wrong.UNREADABLE),
        "a web page": ("<html><body>Sign in</body></html>", Wrong.NOT_METADATA),
        "metadata in no namespace": ("<EntitiesDescriptor/>", Wrong.NOT_METADATA),
        "billion laughs": (doctype('<!ENTITY l0 "ha">' + LAUGHS, "&l9;"), Wrong.DOCTYPE),
        "quadratic blow-up": (doctype(f'<!ENTITY a "{"a" * 50000}">', "&a;" * 5000), Wrong.DOCTYPE),
        "a file by entity": (doctype('<!ENTITY f SYSTEM "file:///etc/passwd">', "&f;"), Wrong.DOCTYPE),
        "an address by entity": (doctype(f'<!ENTITY f SYSTEM "{nobody}">', "&f;"), Wrong.DOCTYPE),
        "a parameter entity": (doctype(f'<!ENTITY % f SYSTEM "{nobody}"> %f;'), Wrong.DOCTYPE),
        "an outside DTD": (
            swapped("<md:Ent", f'<!DOCTYPE x SYSTEM "{nobody}x"><md:Ent', 1),
            Wrong.DOCTYPE,
        ),
        "a DTD that makes IDs": (doctype("<!ATTLIST md:EntityDescriptor entityID ID #IMPLIED>"), Wrong.DOCTYPE),
        "UTF-16": (swapped("UTF-8", "UTF-16").encode("utf-16"), Wrong.ENCODING),
        "UTF-16 without a mark": (swapped("UTF-8", "UTF-16").encode("utf-16-le"), Wrong.ENCODING),
        "UTF-32": (swapped("UTF-8", "UTF-32").encode("utf-32-be"), Wrong.ENCODING),
        "UTF-7 by label": (swapped("UTF-8", "UTF-7"), Wrong.ENCODING),
        "Latin-1 by label": (swapped("UTF-8", "ISO-8859-1"), Wrong.ENCODING),
        "a label beyond where we look": (
            swapped("encoding", " " * 400 + "encoding").replace("UTF-8", "UTF-7").replace("某", "+ADwx"),
            Wrong.OTHER_KEY,
        ),
        "no UTF-8 after all": (GOOD.encode().replace("某".encode(), b"\xff\xfe"), Wrong.UNREADABLE),
        "a NUL": (swapped("某", "\0"), Wrong.UNREADABLE),
        "a doubled mark": ("\ufeff\ufeff" + GOOD, Wrong.UNREADABLE),
        "a million levels": ("<a>" * 1_000_000, Wrong.UNREADABLE),
        "three hundred groups in each other": (
            f"{ROOT}" + "<md:EntitiesDescriptor>" * 300 + "</md:EntitiesDescriptor>" * 301,
            Wrong.UNREADABLE,
        ),
        "a million attributes": (ROOT[:-1] + "".join(f' a{n}="1"' for n in range(1_000_000)) + ">", Wrong.UNREADABLE),
        "XInclude": (f"{ROOT}{INCLUDING}</md:EntitiesDescriptor>", Wrong.UNSIGNED),
        "unsigned": (f"{ROOT}{ALPHA.xml()}</md:EntitiesDescriptor>", Wrong.UNSIGNED),
        "signed by others": (others().aggregate(ALPHA), Wrong.OTHER_KEY),
        "only an entity of it is signed": (
            f"{renamed(ROOT)}{FEDERATION.entity(ALPHA).decode().partition('?>')[2]}</md:EntitiesDescriptor>",
            Wrong.UNSIGNED,
        ),
        "changed": (swapped("alpha.edu", "alphb.edu"), Wrong.OTHER_KEY),
        "an entity added": (swapped(BODY, BODY + EVIL_XML), Wrong.OTHER_KEY),
        "an entity taken out": (swapped(BODY, ""), Wrong.OTHER_KEY),
        "good for longer": (swapped('validUntil="2', 'validUntil="3'), Wrong.OTHER_KEY),
        "signed with a processing instruction within": (FEDERATION.aggregate(ALPHA, more="<?x y?>"), Wrong.OTHER_KEY),
        "no value": (swapped(VALUE, ""), Wrong.OTHER_KEY),
        "SHA-1": (swapped(RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"), Wrong.ALGORITHM),
        "SHA-1 of the content": (swapped(SHA256, SHA1), Wrong.ALGORITHM),
        "HMAC": (swapped(RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), Wrong.ALGORITHM),
        "inclusive canonicalisation": (transformed(ENVELOPED, INCLUSIVE), Wrong.ALGORITHM),
        "canonicalisation with comments": (transformed(ENVELOPED, f"{EXCLUSIVE}WithComments"), Wrong.ALGORITHM),
        "no canonicalisation": (transformed(ENVELOPED), Wrong.SIGNATURE_FORM),
        "transforms the other way round": (
            swapped(FIRST_TRANSFORM + SECOND_TRANSFORM, SECOND_TRANSFORM + FIRST_TRANSFORM),
            Wrong.ALGORITHM,
        ),
        "an XPath among the transforms": (swapped(LAST, BY_XPATH + LAST), Wrong.SIGNATURE_FORM),
        "an XSLT for a transform": (swapped(SECOND_TRANSFORM, f'<ds:Transform Algorithm="{XSLT}"/>'), Wrong.ALGORITHM),
        "a transform with content": (
            swapped(FIRST_TRANSFORM, FIRST_TRANSFORM.replace("/>", "><x/></ds:Transform>")),
            Wrong.SIGNATURE_FORM,
        ),
        "a reference to all by nothing": (FEDERATION.aggregate(ALPHA, reference=""), Wrong.SIGNATURE_FORM),
        "a reference to an element within": (referring_within(), Wrong.SIGNATURE_FORM),
        "a reference elsewhere": (swapped('URI="#_all"', f'URI="{nobody}"'), Wrong.SIGNATURE_FORM),
        "a reference by XPointer": (swapped('URI="#_all"', 'URI="#xpointer(/)"'), Wrong.SIGNATURE_FORM),
        "two references": (
            swapped("</ds:Reference>", '</ds:Reference><ds:Reference URI="#_all"/>'),
            Wrong.SIGNATURE_FORM,
        ),
        "two signatures": (swapped(SIGNATURE, SIGNATURE * 2), Wrong.SIGNATURE_FORM),
        "two SignedInfo": (swapped("<ds:SignatureValue>", "<ds:SignedInfo/><ds:SignatureValue>"), Wrong.SIGNATURE_FORM),
        "another canonicalisation of SignedInfo": (
            swapped(
                f'CanonicalizationMethod Algorithm="{EXCLUSIVE}"', f'CanonicalizationMethod Algorithm="{INCLUSIVE}"'
            ),
            Wrong.ALGORITHM,
        ),
        "a key before what is signed": (
            swapped("<ds:SignedInfo>", "<ds:KeyInfo/><ds:SignedInfo>", 1),
            Wrong.SIGNATURE_FORM,
        ),
        "an object in the signature": (
            swapped("</ds:Signature>", f"<ds:Object>{EVIL_XML}</ds:Object></ds:Signature>"),
            Wrong.SIGNATURE_FORM,
        ),
        "an object before what is signed": (
            swapped("<ds:SignedInfo>", "<ds:Object/><ds:SignedInfo>", 1),
            Wrong.SIGNATURE_FORM,
        ),
        "wrapped beside, under another root": (wrapped(renamed(ROOT)), Wrong.SIGNATURE_FORM),
        "wrapped beside, under a root of the same ID": (wrapped(ROOT), Wrong.SIGNATURE_FORM),
        "wrapped within the signature": (
            swapped("</ds:Signature>", f"<ds:Object>{ROOT}{BODY}</md:EntitiesDescriptor></ds:Object></ds:Signature>"),
            Wrong.SIGNATURE_FORM,
        ),
        "wrapped, the ID claimed by xml:id": (
            f'{ROOT}{SIGNATURE}{EVIL_XML}<md:Extensions xml:id="_all">{BODY}</md:Extensions></md:EntitiesDescriptor>',
            Wrong.SIGNATURE_FORM,
        ),
        "wrapped, the signature deeper than a child": (
            f"{renamed(ROOT)}<md:Extensions>{SIGNATURE}</md:Extensions>{EVIL_XML}</md:EntitiesDescriptor>",
            Wrong.UNSIGNED,
        ),
        "expired": (FEDERATION.aggregate(ALPHA, valid_until=in_days(-1)), Wrong.EXPIRED),
        "good until nobody knows": (FEDERATION.aggregate(ALPHA, valid_until="soon"), Wrong.NOT_METADATA),
        "good until an unsayable day": (
            FEDERATION.aggregate(ALPHA, valid_until="2027-02-30T00:00:00Z"),
            Wrong.NOT_METADATA,
        ),
        "it doesn't say until when": (FEDERATION.aggregate(ALPHA, valid_until=None), Wrong.VALID_UNTIL_MISSING),
        "good for ages": (FEDERATION.aggregate(ALPHA, valid_until="3001-01-01T00:00:00Z"), Wrong.VALID_TOO_LONG),
        "an entityID twice": (FEDERATION.aggregate(ALPHA, University(ALPHA.entity_id, ("evil.edu",))), Wrong.DUPLICATE),
        "an entityID twice, in groups": (FEDERATION.aggregate(ALPHA, more=IN_A_GROUP), Wrong.DUPLICATE),
        "no entity": (FEDERATION.aggregate(), Wrong.NO_ENTITY),
        "an entity without a name": (FEDERATION.aggregate(University("")), Wrong.NOT_METADATA),
        "an entity of a name too long": (FEDERATION.aggregate(University("https://" + "a" * 1020)), Wrong.NOT_METADATA),
    }


def harmless() -> dict[str, bytes | str]:
    """By name: the good document with something in it that no signature covers."""
    return {
        "a comment within a scope": GOOD.replace("alpha.edu", "alpha<!-- .evil -->.edu"),
        "a comment that cuts a scope": GOOD.replace("alpha.edu", "alpha.edu<!---->"),
        "a processing instruction within a scope": swapped("alpha.edu", "alpha<?x .evil?>.edu"),
        "what nothing signs, before and after": f"{GOOD}<!-- {EVIL_XML.replace('--', '')} --><?x {EVIL.entity_id}?>",
        "an entity within the signature's KeyInfo": GOOD.replace(
            "</ds:Signature>", f"<ds:KeyInfo>{EVIL_XML}</ds:KeyInfo></ds:Signature>"
        ),
        "somebody's certificate in KeyInfo": GOOD.replace(
            "</ds:Signature>",
            f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{''.join(others().pem.splitlines()[1:-1])}"
            "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
        ),
        "the byte order mark of UTF-8": "\ufeff" + GOOD,
        "a scope as CDATA": GOOD.replace(">alpha.edu<", "><![CDATA[alpha.edu]]><"),
    }


def test_what_a_federation_did_not_sign_is_refused_for_its_reason(tmp_path: Path) -> None:
    """Every address in it is that of a server that nobody may ask."""
    assert said(GOOD, tmp_path) == ALPHA.entity_id
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cases = forged(listening.getsockname()[1])
        assert {name: said(content, tmp_path) for name, (content, _) in cases.items()} == {
            name: wrong.value for name, (_, wrong) in cases.items()
        }
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_what_no_signature_covers_adds_and_changes_nothing(tmp_path: Path) -> None:
    good = rows_of(GOOD, tmp_path)
    cases = harmless()
    assert {name: rows_of(content, tmp_path) for name, content in cases.items()} == dict.fromkeys(cases, good)


def test_a_mutant_is_refused_or_says_the_same(tmp_path: Path) -> None:
    good, chance = rows_of(GOOD, tmp_path), random.Random(17)
    kinds: list[Callable[[bytearray, int], None]] = [
        lambda text, at: text.__setitem__(at, chance.randrange(256)),
        lambda text, at: text.__delitem__(slice(at, at + chance.randrange(1, 40))),
        lambda text, at: text.__setitem__(slice(at, at), text[(other := chance.randrange(len(text))) : other + 60]),
    ]
    for _ in range(600):
        text = bytearray(GOOD.encode())
        for _ in range(chance.choice((1, 1, 2))):
            chance.choice(kinds)(text, chance.randrange(len(text)))
        try:
            assert rows_of(bytes(text), tmp_path) == good
        except Refused:
            continue


def test_any_pinned_key_may_have_signed_and_a_certificate_may_have_expired(tmp_path: Path) -> None:
    curve = Federation(ec.generate_private_key(ec.SECP256R1()))
    ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    expired = Federation(rsa_key(6), days=-30)
    trust = Trust((FEDERATION.pem, curve.pem, expired.pem))
    for signer, how in ((FEDERATION, {}), (curve, {"signature": ecdsa}), (expired, {})):
        assert said(signer.aggregate(ALPHA, **how), tmp_path, trust) == ALPHA.entity_id
    sha512 = {"signature": RSA_SHA256.replace("256", "512"), "digest": "http://www.w3.org/2001/04/xmlenc#sha512"}
    assert said(FEDERATION.aggregate(ALPHA, **sha512), tmp_path) == ALPHA.entity_id
    assert said(curve.aggregate(ALPHA, signature=ecdsa), tmp_path) == Wrong.OTHER_KEY
    assert said(GOOD, tmp_path, Trust((curve.pem,))) == Wrong.OTHER_KEY


def test_a_weak_key_cannot_be_pinned() -> None:
    for key in (rsa_key(7, 1024), ec.generate_private_key(ec.SECP192R1())):
        with pytest.raises(signature.UnusableCertificate):
            signature.key_of(Federation(key).pem.encode())
    with pytest.raises(signature.UnusableCertificate):
        signature.key_of(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


def test_lxml_and_xmlsec_carry_the_same_parser() -> None:
    """They share trees in memory: two builds of libxml2 would read and free each other's."""
    assert xmlsec.get_libxml_version() == xmlsec.get_libxml_compiled_version()[:3] == etree.LIBXML_VERSION
    assert certificate_of(rsa_key()).public_key() == rsa_key().public_key()
