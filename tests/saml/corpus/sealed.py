"""Encrypted assertions, sound and not."""

import os

from lxml import etree

from tests.saml.corpus import sealing
from tests.saml.corpus.keys import pair
from tests.saml.corpus.maker import Bend
from tests.saml.corpus.sealing import GCM, Seal
from tests.saml.corpus.signing import Element, Manner
from tests.saml.corpus.stage import Cases, Stage, find, forged, inserting, setting, without, writing

CLOSED = "it can't be decrypted"
CBC = Seal("aes256-cbc")


def cases(stage: Stage) -> Cases:
    yield from _good(stage)
    yield from _closed(stage)
    yield from _refused(stage)
    yield from _inside(stage)


def _good(stage: Stage) -> Cases:
    for content in ("aes128-gcm", "aes192-gcm", "aes256-gcm"):
        yield stage.case(content, stage.make(seal=Seal(content)), None, "an accepted cipher")
    for seal in (
        Seal(digest="sha1"),
        Seal(key="rsa-oaep", digest="sha256", mask="mgf1sha1"),
        Seal(key="rsa-oaep", digest="sha256", mask="mgf1sha256"),
        Seal(key="rsa-oaep", digest="sha512", mask="mgf1sha512"),
        Seal(key="rsa-oaep"),
        Seal(digest="sha256"),
    ):
        name = f"{seal.key} with {seal.digest or 'no digest'}, {seal.mask or 'no mask'} said"
        yield stage.case(name, stage.make(seal=seal), None, "OAEP needs no collision resistance: SHA-1 will do")
    yield stage.case(
        "the key beside the data", stage.make(seal=Seal(beside=True)), None, "Shibboleth's IdP writes it so"
    )
    made = stage.make(seal=Seal(recipient=stage.us.entity_id))
    yield stage.case("a key for us by name", made, None, "there may be others")
    older = stage.make(bend_signed_response=_sealed(stage, stage.us.decryption_keys[1].public_key(), GCM))
    yield stage.case("encrypted for our older key", older, None, "its metadata of us isn't new")
    for sign in ("both", "response"):
        made = stage.make(sign=sign, seal=GCM)
        yield stage.case(f"{sign} signed, encrypted", made, None, "a signature covers it")
        for content in ("aes128-cbc", "aes256-cbc"):
            made = stage.make(sign=sign, seal=Seal(content))
            yield stage.case(f"{sign} signed, {content}", made, None, "nobody can try other ciphertexts")
    made = stage.make(seal=GCM, bend_response=_second_key(stage))
    yield stage.case("keys for another and for us", made, None, "ours is found")
    made = stage.make(seal=GCM, manner=Manner(prefixes="xs"))
    yield stage.case("InclusiveNamespaces in an encrypted assertion", made, None, "its namespaces are in it")


def _closed(stage: Stage) -> Cases:
    public = stage.us.decryption_keys[0].public_key()
    other = pair("another service").rsa.public_key()
    why = "one refusal, whatever the cause"
    for name, seal in (
        ("ciphertext changed", Seal(damage=True)),
        ("tag cut", Seal(cut=1)),
        ("tag away", Seal(cut=16)),
        ("nearly nothing left", Seal(cut=10_000)),
        ("a content key of another length", Seal("aes256-gcm", content_key=os.urandom(16))),
    ):
        yield stage.case(name, stage.make(seal=seal), CLOSED, why)
    made = stage.make(bend_signed_response=_sealed(stage, other, GCM))
    yield stage.case("encrypted for another service", made, CLOSED, why)
    value = "//xenc:EncryptedKey//xenc:CipherValue"
    for name, text in (("of zeros", "A" * 344), ("too short", "AAAA"), ("too long", "A" * 800)):
        made = stage.make(seal=GCM, bend_signed_response=writing(value, text))
        yield stage.case(f"an encrypted key {name}", made, CLOSED, why)
    for name, plain in (
        ("no XML", b"\xff\xfe nothing"),
        ("nothing", b""),
        ("a text", b"admin"),
        ("two elements", b"<a/><b/>"),
        ("an end and a beginning", b"</around><around>"),
        ("an entity", b'<!DOCTYPE x [<!ENTITY y "z">]><x>&y;</x>'),
        ("a processing instruction", b"<x><?y?></x>"),
    ):
        made = stage.make(bend_signed_response=_plain(plain, public))
        yield stage.case(f"encrypted: {name}", made, CLOSED, why)
    made = stage.make(sign="response", seal=Seal("aes256-cbc", cut=1))
    yield stage.case("CBC with half a block", made, CLOSED, why)
    for what, cbc in (
        ("nothing but its beginning", Seal("aes256-cbc", keep=16)),
        ("nothing", Seal("aes256-cbc", keep=0)),
        ("a padding of two hundred", Seal("aes256-cbc", fill=200)),
    ):
        yield stage.case(f"CBC with {what}", stage.make(sign="response", seal=cbc), CLOSED, why)
    made = stage.make(sign="response", seal=Seal("aes256-cbc", cut=16))
    yield stage.case("CBC without its end", made, CLOSED, why)


def _refused(stage: Stage) -> Cases:
    cause = "AES-CBC outside of a signed response"
    for content in ("aes128-cbc", "aes192-cbc", "aes256-cbc"):
        made = stage.make(seal=Seal(content))
        yield stage.case(
            f"{content}, only the assertion signed", made, cause, "padding oracles (CVE-2011-1096 and its kin)"
        )
    made = stage.make(sign="both", seal=CBC, bend_signed_response=without("ds:Signature"))
    yield stage.case("CBC with the outer signature taken away", made, cause, "the forger's first step")
    made = stage.make(
        sign="both",
        seal=CBC,
        bend_signed_response=writing("//xenc:EncryptedData/xenc:CipherData/xenc:CipherValue", "AAAA"),
    )
    yield stage.case(
        "CBC changed in a signed response", made, "the signature of the Response doesn't fit", "before it is opened"
    )
    why = "Bleichenbacher: every answer tells a little of the key"
    made = stage.make(sign="both", seal=Seal(key="rsa-1_5"))
    yield stage.case("RSA 1.5", made, "a key encryption that isn't accepted", why)
    method = "//xenc:EncryptedData/xenc:EncryptionMethod"
    for algorithm in ("http://www.w3.org/2001/04/xmlenc#tripledes-cbc", "urn:none", ""):
        made = stage.make(seal=GCM, bend_signed_response=setting(method, "Algorithm", algorithm))
        yield stage.case(
            f"cipher {algorithm or 'unnamed'}", made, "an encryption that isn't accepted", "not one of ours"
        )
    method = "//xenc:EncryptedKey/xenc:EncryptionMethod"
    digest = '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#md5"/>'
    made = stage.make(seal=GCM, bend_signed_response=inserting(method, digest))
    yield stage.case("OAEP with MD5", made, "a digest of the key encryption that isn't accepted", "not one of ours")
    mask = '<m:MGF xmlns:m="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1md5"/>'
    made = stage.make(seal=Seal(key="rsa-oaep"), bend_signed_response=inserting(method, mask))
    yield stage.case(
        "OAEP masked with MD5", made, "a digest of the key encryption that isn't accepted", "not one of ours"
    )
    made = stage.make(seal=GCM, bend_signed_response=inserting(method, "<x/>"))
    yield stage.case("an unknown parameter of OAEP", made, "a parameter of the key encryption", "not one of ours")
    made = stage.make(
        seal=GCM, bend_signed_response=setting("//xenc:EncryptedKey", "Recipient", "https://other.example")
    )
    yield stage.case("a key for another by name", made, "not encrypted for us", "as it says")
    made = stage.make(seal=GCM, bend_signed_response=without("//xenc:EncryptedKey"))
    yield stage.case("no encrypted key", made, "not encrypted for us", "agreed on nothing")
    made = stage.make(seal=GCM, bend_signed_response=_keys(40))
    yield stage.case("forty encrypted keys", made, "not encrypted for us", "each costs an RSA operation")
    made = stage.make(seal=GCM, bend_signed_response=_reference(stage))
    yield stage.case("CipherReference", made, "CipherReference out of place in CipherData", "nothing is fetched")
    made = stage.make(
        seal=GCM,
        bend_signed_response=setting("//xenc:EncryptedData", "Type", "http://www.w3.org/2001/04/xmlenc#Content"),
    )
    yield stage.case("encrypted content", made, "encrypted content instead of an element", "Core §6.1 has elements")
    made = stage.make(seal=GCM, bend_signed_response=without("//xenc:EncryptedData"))
    yield stage.case("an empty EncryptedAssertion", made, "no EncryptedData", "nothing in it")


def _inside(stage: Stage) -> Cases:
    public = stage.us.decryption_keys[0].public_key()
    what = "no signature covers the assertion"
    yield stage.case("encrypted, nothing signed", stage.make(sign="none", seal=GCM), what, "anybody can encrypt for us")
    mallory = stage.alpha_with(stage.mallory)
    cause = "the signature of the Assertion doesn't fit"
    yield stage.case(
        "encrypted, a stranger's signature", stage.say(mallory, seal=GCM), cause, "anybody can encrypt for us"
    )
    another = sealing.seal(etree.Element("x"), public, wrapper="EncryptedID")

    def something(assertion: Element) -> None:
        find(assertion, "saml:Subject").replace(find(assertion, "//saml:NameID"), another)

    made = stage.make(bend_assertion=something)
    yield stage.case("an EncryptedID of something", made, "something else than a NameID was encrypted", "nobody")

    def two(assertion: Element) -> None:
        sealed_too = sealing.seal(find(assertion, "//saml:NameID"), public, wrapper="EncryptedID")
        find(assertion, "saml:Subject").insert(0, sealed_too)

    made = stage.make(bend_assertion=two)
    yield stage.case("a NameID and an EncryptedID", made, "two name identifiers", "which is the person?")
    twice = etree.tostring(_wrapped(stage.make()))
    cause = "something else than one assertion was encrypted"
    made = stage.make(bend_signed_response=_plain(twice, public))
    yield stage.case("a wrapped assertion, encrypted", made, cause, "XSW4, where filters don't see it")
    response = stage.make(sign="both")
    made = stage.make(bend_signed_response=_plain(response, public))
    yield stage.case("a whole response, encrypted", made, cause, "not an assertion")

    def again(response: Element) -> None:
        response.append(sealing.seal(etree.fromstring(stage.make())[-1], public))

    made = stage.make(bend_signed_response=again)
    yield stage.case("an assertion and an encrypted one", made, "not exactly one assertion", "which counts?")
    made = stage.make(seal=GCM, bend_signed_response=again)
    yield stage.case("two encrypted assertions", made, "not exactly one assertion", "which counts?")

    def swapped(response: Element) -> None:
        evil = forged(etree.fromstring(stage.make())[-1])
        response.replace(find(response, "saml:EncryptedAssertion"), sealing.seal(evil, public))

    made = stage.make(sign="response", seal=GCM, bend_signed_response=swapped)
    yield stage.case(
        "another encrypted assertion in a signed response", made, "the signature of the Response doesn't fit", "changed"
    )
    made = stage.make(seal=GCM, bend_signed_response=swapped)
    yield stage.case("a forged assertion, encrypted", made, what, "anybody can encrypt for us")
    same = etree.fromstring(stage.make())[-1]
    find(same, "//saml:Subject").set("Id", str(same.get("ID")))
    made = stage.make(bend_signed_response=_plain(etree.tostring(same), public))
    yield stage.case("an ID twice, encrypted", made, CLOSED, "which is meant?")


def _sealed(stage: Stage, public: object, how: Seal) -> Bend:
    """Encrypt the assertion for somebody else than the maker would."""

    def bend(response: Element) -> None:
        assertion = find(response, "saml:Assertion")
        response.replace(assertion, sealing.seal(assertion, public, how))  # type: ignore[arg-type]

    return bend


def _plain(content: bytes, public: object) -> Bend:
    def bend(response: Element) -> None:
        sealed = sealing.seal_bytes(content, public)  # type: ignore[arg-type]
        response.replace(find(response, "saml:Assertion"), sealed)

    return bend


def _second_key(stage: Stage) -> Bend:
    """A key for somebody else stands before ours."""

    def bend(response: Element) -> None:
        ours = find(response, "//xenc:EncryptedKey")
        other = sealing.seal_bytes(
            b"<x/>", pair("another service").rsa.public_key(), Seal(recipient="https://other.example")
        )
        key = find(other, "//xenc:EncryptedKey")
        key.set("Id", "_another")
        ours.addprevious(key)

    return bend


def _keys(number: int) -> Bend:
    def bend(response: Element) -> None:
        ours = find(response, "//xenc:EncryptedKey")
        for count in range(number):
            copy = etree.fromstring(etree.tostring(ours))
            copy.set("Id", f"_key{count}")
            ours.addnext(copy)

    return bend


def _reference(stage: Stage) -> Bend:
    def bend(response: Element) -> None:
        data = find(response, "//xenc:EncryptedData/xenc:CipherData")
        for child in list(data):
            data.remove(child)
        etree.SubElement(data, "{http://www.w3.org/2001/04/xmlenc#}CipherReference", URI=f"{stage.nowhere}x")

    return bend


def _wrapped(response: bytes) -> Element:
    signed = etree.fromstring(response)[-1]
    evil = forged(signed)
    evil.append(signed)
    return evil
