"""Signatures that are missing, empty, of somebody else, of weak methods, or that cover something else."""

import base64
import copy
import hashlib

from lxml import etree

from tests.saml.corpus import signing
from tests.saml.corpus.keys import pair
from tests.saml.corpus.maker import Bend, Maker
from tests.saml.corpus.sealing import GCM
from tests.saml.corpus.signing import DS, ENVELOPED, EXCLUSIVE, INCLUSIVE, Element, Manner
from tests.saml.corpus.stage import Cases, Stage, both, find, forged, inserting, setting, without, writing
from tests.saml.corpus.stage import remove as taken

NO_FIT = "the signature of the Assertion doesn't fit"
TRANSFORMS = "other transforms than enveloped-signature and exclusive canonicalisation"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"


def cases(stage: Stage) -> Cases:
    yield from _missing(stage)
    yield from _strangers(stage)
    yield from _weak(stage)
    yield from _canonical(stage)
    yield from _forms(stage)


def _missing(stage: Stage) -> Cases:
    uncovered = "no signature covers the assertion"
    yield stage.case("nothing signed", stage.make(sign="none"), uncovered, "anybody could have written it")
    made = stage.make(bend_signed_assertion=without("ds:Signature"))
    yield stage.case("signature taken away", made, uncovered, "anybody could have written it")
    empty = inserting(".", "<ds:Signature/>", 1)
    yield stage.case(
        "empty signature", stage.make(sign="none", bend_assertion=empty), "no SignatureValue", "signs nothing"
    )
    for what, path in (("SignatureValue", "//ds:SignatureValue"), ("DigestValue", "//ds:DigestValue")):
        made = stage.make(bend_signed_assertion=writing(path, ""))
        yield stage.case(f"empty {what}", made, f"an empty {what}", "signs nothing")
        made = stage.make(bend_signed_assertion=writing(path, "%%%%"))
        yield stage.case(
            f"a {what} that isn't base64", made, "not base64", "some read on, and skip what they don't know"
        )
        made = stage.make(bend_signed_assertion=without(path))
        yield stage.case(f"no {what}", made, f"no {what}", "signs nothing")
    made = stage.make(bend_signed_assertion=without("//ds:SignedInfo"))
    yield stage.case("no SignedInfo", made, "no SignedInfo", "signs nothing")
    made = stage.make(bend_signed_assertion=without("//ds:Reference"))
    yield stage.case("no Reference", made, "no Reference", "signs nothing")
    none = Manner(references=0)
    yield stage.case(
        "signed without Reference", stage.make(manner=none), "no Reference", "a sound signature of nothing"
    )
    two = Manner(references=2)
    yield stage.case("two References", stage.make(manner=two), "2 Reference", "which one is read?")
    yield stage.case("another's Reference first", stage.make(sign="both", bend_signed_response=_two_references(stage)),
        "2 Reference", "which one is read?")  # fmt: skip
    whole = Manner(uri="")
    yield stage.case("Reference to the document", stage.make(manner=whole), OTHER, "which isn't the assertion")
    for uri in ("#xpointer(/)", "#nowhere", f"{stage.nowhere}x", "file:///etc/passwd"):
        yield stage.case(f"Reference to {uri}", stage.make(manner=Manner(uri=uri)), OTHER, "nothing is fetched")


OTHER = "the signature refers to something else than its parent"


def _strangers(stage: Stage) -> Cases:
    mallory = stage.alpha_with(stage.mallory)
    for name, key_info in (
        ("certificate", "certificate"),
        ("alpha's certificate", signing.certificate(stage.alpha.pair)),
        ("KeyValue", signing.key_value(stage.mallory)),
        ("both certificates", signing.certificate(stage.alpha.pair) + signing.certificate(stage.mallory)),
        ("alpha's certificate and KeyValue", signing.certificate(stage.alpha.pair) + signing.key_value(stage.mallory)),
        ("RetrievalMethod", f'<ds:RetrievalMethod URI="{stage.nowhere}key"/>'),
        ("no KeyInfo", "none"),
    ):
        made = stage.say(mallory, manner=Manner(key_info=key_info))
        yield stage.case(f"a stranger's signature with {name}", made, NO_FIT, "the message brings its own key")
    made = stage.say(mallory, sign="response")
    yield stage.case(
        "a stranger signed the response", made, "the signature of the Response doesn't fit", "not alpha's key"
    )
    by_beta = Maker(stage.alpha.entity_id, stage.beta.pair)
    yield stage.case("signed by another provider", stage.say(by_beta), NO_FIT, "beta may not speak for alpha")
    cause = "the Issuer of the Response is another provider"
    yield stage.case("another provider's response", stage.say(stage.beta), cause, "said to be alpha's")
    outside = setting_issuer(stage.beta.entity_id)
    yield stage.case(
        "another Issuer outside", stage.make(bend_response=outside), cause, "unsigned, but it would be believed"
    )
    made = stage.make(sign="response", bend_response=outside)
    yield stage.case("another Issuer outside, signed", made, cause, "alpha may not speak for beta")
    made = stage.make(bend_assertion=setting_issuer(stage.beta.entity_id))
    inside = "the Issuer of the Assertion is another provider"
    yield stage.case("another Issuer inside", made, inside, "alpha may not speak for beta")
    made = stage.make(sign="response", bend_assertion=setting_issuer(stage.beta.entity_id))
    yield stage.case("another Issuer inside a signed response", made, inside, "alpha may not speak for beta")

    def foreign(response: Element) -> None:
        response.replace(find(response, "saml:Assertion"), etree.fromstring(stage.say(stage.beta))[-1])

    made = stage.make(bend_response=foreign)
    yield stage.case("another provider's assertion in alpha's envelope", made, NO_FIT, "beta may not speak for alpha")
    made = stage.make(sign="response", bend_response=foreign)
    yield stage.case("another provider's assertion, signed over by alpha", made, NO_FIT, "a wrong signature is wrong")
    made = stage.make(sign="both", bend_signed_assertion=writing("//ds:SignatureValue", "AAAA"))
    yield stage.case("a good signature around a wrong one", made, NO_FIT, "a wrong signature is wrong")
    made = stage.make(sign="both", bend_signed_response=writing("ds:Signature/ds:SignatureValue", "AAAA"))
    cause = "the signature of the Response doesn't fit"
    yield stage.case("a wrong signature around a good one", made, cause, "a wrong signature is wrong")


def setting_issuer(entity_id: str) -> Bend:
    return writing("saml:Issuer", entity_id)


def _weak(stage: Stage) -> Cases:
    sha1 = f"SignatureMethod {DS}rsa-sha1 isn't accepted"
    yield stage.case("rsa-sha1", stage.make(manner=Manner("rsa-sha1")), sha1, "collisions are cheap")
    made = stage.make(manner=Manner(digest="sha1"))
    yield stage.case("digest sha1", made, f"DigestMethod {DS}sha1 isn't accepted", "collisions are cheap")
    for what, secret in (
        ("DER", stage.alpha.pair.certificate),
        ("PEM", stage.alpha.pair.certificate_pem()),
        ("empty", b""),
    ):
        made = stage.make(manner=Manner("hmac-sha256", secret=secret))
        cause = "SignatureMethod http://www.w3.org/2001/04/xmldsig-more#hmac-sha256 isn't accepted"
        yield stage.case(f"HMAC with the certificate, {what}", made, cause, "everybody has the certificate")
    made = stage.make(manner=Manner("hmac-sha1", secret=stage.alpha.pair.certificate))
    yield stage.case(
        "HMAC-SHA1", made, f"SignatureMethod {DS}hmac-sha1 isn't accepted", "everybody has the certificate"
    )
    truncated = inserting("//ds:SignatureMethod", "<ds:HMACOutputLength>0</ds:HMACOutputLength>")
    made = stage.make(bend_signed_assertion=truncated)
    yield stage.case("HMACOutputLength", made, "a parameter of the SignatureMethod", "CVE-2009-0217")
    yield stage.case("a key of 1024 bits", stage.say(stage.small), "no usable key in the metadata", "too short",
        party=stage.small.party)  # fmt: skip
    made = stage.say(stage.odd, manner=Manner("ecdsa-sha256"))
    yield stage.case(
        "a key on another curve", made, "no usable key in the metadata", "not one of ours", party=stage.odd.party
    )
    named = setting("//ds:SignatureMethod", "Algorithm", "urn:none")
    made = stage.make(bend_signed_assertion=named)
    yield stage.case("an unknown method", made, "SignatureMethod urn:none isn't accepted", "nothing to check with")
    for what, name in (("a long", "x" * 200), ("a foreign", "算法")):
        made = stage.make(bend_signed_assertion=setting("//ds:SignatureMethod", "Algorithm", name))
        yield stage.case(
            f"a method of {what} name", made, "SignatureMethod unknown isn't accepted", "the log stays readable"
        )
    made = stage.make(bend_signed_assertion=setting("//ds:SignatureMethod", "Algorithm", None))
    yield stage.case("no method", made, "SignatureMethod none isn't accepted", "nothing to check with")
    ecdsa = setting("//ds:SignatureMethod", "Algorithm", signing.algorithm("ecdsa-sha256"))
    yield stage.case("RSA called ECDSA", stage.make(bend_signed_assertion=ecdsa), NO_FIT, "a key has one use")
    made = stage.say(stage.alpha_with(pair("alpha", "p256")), manner=Manner("ecdsa-sha256"), bend_signed_assertion=_der)
    yield stage.case("ECDSA in DER", made, NO_FIT, "XML Signature §6.4.3 has r and s side by side")


def _canonical(stage: Stage) -> Cases:
    refused = "CanonicalizationMethod {} isn't accepted"
    made = stage.make(manner=Manner(canonical=INCLUSIVE))
    yield stage.case(
        "inclusive canonical SignedInfo", made, refused.format(INCLUSIVE), "Core §5.4.3 asks for the exclusive form"
    )
    made = stage.make(manner=Manner(transforms=(ENVELOPED, INCLUSIVE)))
    yield stage.case(
        "inclusive canonical assertion", made, f"Transform {INCLUSIVE} isn't accepted", "hangs on the outside"
    )
    for name, transforms, cause in (
        ("XSLT", ("http://www.w3.org/TR/1999/REC-xslt-19991116", EXCLUSIVE), None),
        ("XPath", ("http://www.w3.org/TR/1999/REC-xpath-19991116", EXCLUSIVE), None),
        ("XPath Filter 2", ("http://www.w3.org/2002/06/xmldsig-filter2", EXCLUSIVE), None),
        ("base64", (f"{XMLDSIG}base64", EXCLUSIVE), None),
        ("three", (ENVELOPED, EXCLUSIVE, EXCLUSIVE), TRANSFORMS),
        ("the other way round", (EXCLUSIVE, ENVELOPED), f"Transform {EXCLUSIVE} isn't accepted"),
        ("only enveloped", (ENVELOPED,), TRANSFORMS),
        ("only canonical", (EXCLUSIVE,), TRANSFORMS),
        (
            "four with XSLT",
            (ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116", EXCLUSIVE, EXCLUSIVE),
            TRANSFORMS,
        ),
    ):
        made = stage.make(manner=Manner(transforms=transforms))
        cause = cause or f"Transform {transforms[0]} isn't accepted"
        yield stage.case(f"transforms: {name}", made, cause, "only what was signed as it stands may be read")
    nothing = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
    made = stage.make(bend_signed_assertion=inserting("//ds:Transforms", nothing))
    yield stage.case("a third transform", made, TRANSFORMS, "nor what a transform leaves")
    prefixes = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{{}}">{{}}</ec:InclusiveNamespaces>'
    for what, parameter in (
        ("of another kind", "<ds:XPath>1</ds:XPath>"),
        ("with an element", prefixes.format("xs", "<x/>")),
        ("too long", prefixes.format("x " * 400, "")),
    ):
        for element in ("CanonicalizationMethod", "Transform[2]"):
            made = stage.make(bend_signed_assertion=both(inserting(f"//ds:{element}", parameter), _resigned(stage)))
            cause = "a parameter of the canonicalisation"
            yield stage.case(f"a parameter {what} in {element}", made, cause, "no more than namespaces may be told")
    named = both(inserting("//ds:CanonicalizationMethod", prefixes.format("xs", "")), _resigned(stage))
    yield stage.case("namespaces for SignedInfo", stage.make(bend_signed_assertion=named), None, "they may be told")
    void = stage.make(bend_signed_assertion=_void)
    yield stage.case("void canonicalisation", void, NO_FIT, "a relative namespace makes some canonicalise to nothing")
    for sign in ("assertion", "response"):
        made = stage.make(sign=sign).replace(b"<samlp:Response ", b'<samlp:Response xmlns:x="1" ')
        yield stage.case(
            f"void canonicalisation around, {sign} signed",
            made,
            f"the signature of the {sign.title()} doesn't fit",
            "the same from outside",
        )
    empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    resigned = both(_void, writing("//ds:DigestValue", empty), _resigned(stage))
    made = stage.make(bend_signed_assertion=resigned)
    yield stage.case("the digest of nothing", made, NO_FIT, "even if alpha had signed it")


def _forms(stage: Stage) -> Cases:
    place = "a signature out of place"
    yield stage.case("signature first", stage.make(manner=Manner(at=0)), place, "the schema has it after Issuer")
    yield stage.case("signature last", stage.make(manner=Manner(at=5)), place, "the schema has it after Issuer")

    def doubled(assertion: Element) -> None:
        assertion.insert(1, copy.deepcopy(find(assertion, "ds:Signature")))

    yield stage.case("the signature twice", stage.make(bend_signed_assertion=doubled), place, "one is enough")

    def elsewhere(response: Element) -> None:
        find(response, "samlp:Status").append(copy.deepcopy(find(response, "//ds:Signature")))

    made = stage.make(bend_signed_response=elsewhere)
    yield stage.case("the signature in the Status too", made, "Signature out of place in Status", "what for?")

    def in_detail(response: Element) -> None:
        detail = etree.SubElement(find(response, "samlp:Status"), "{urn:oasis:names:tc:SAML:2.0:protocol}StatusDetail")
        detail.append(copy.deepcopy(find(response, "//ds:Signature")))

    yield stage.case(
        "the signature in the StatusDetail too", stage.make(bend_signed_response=in_detail), place, "what for?"
    )
    value = inserting("(//saml:AttributeValue)[last()]", "<ds:Signature/>")
    for seal in (None, GCM):
        made = stage.make(bend_assertion=value, seal=seal)
        cause = "something else than one assertion was encrypted" if seal else place
        yield stage.case(f"a signature in a value, {'' if seal else 'not '}encrypted", made, cause, "what for?")
    thing = inserting("ds:Signature", "<ds:Object><any/></ds:Object>")
    made = stage.make(bend_signed_assertion=thing)
    yield stage.case(
        "an Object in the signature", made, "Object out of place in Signature", "where wrapped things hide"
    )
    other = Maker(stage.alpha.entity_id, stage.alpha.pair)

    def changed(assertion: Element) -> None:
        parent = assertion.getparent()
        evil = forged(assertion, same_id=True)
        signature = taken(find(assertion, "ds:Signature"))
        for child in list(assertion):
            assertion.remove(child)
        assertion.extend(list(evil))
        assertion.insert(1, signature)
        assert parent is None

    yield stage.case("values changed", stage.say(other, bend_signed_assertion=changed), NO_FIT, "not what was signed")
    for what, path, name in (
        ("ID", ".", "ID"),
        ("IssueInstant", ".", "IssueInstant"),
        ("Recipient", "//saml:SubjectConfirmationData", "Recipient"),
    ):
        made = stage.make(bend_signed_assertion=setting(path, name, "_changed"))
        yield stage.case(f"{what} changed", made, OTHER if what == "ID" else NO_FIT, "not what was signed")
    hidden = (
        '<saml:AttributeStatement><saml:Attribute Name="urn:x"><saml:AttributeValue>x</saml:AttributeValue>'
        "</saml:Attribute></saml:AttributeStatement>"
    )
    made = stage.make(bend_signed_assertion=inserting(".", hidden))
    yield stage.case("a statement added", made, NO_FIT, "not what was signed")
    made = stage.make(bend_signed_assertion=_instruction("//saml:NameID"))
    yield stage.case(
        "a processing instruction in a NameID", made, "a processing instruction or an entity", "cuts the text"
    )
    made = stage.make(bend_assertion=_instruction("//saml:NameID"))
    yield stage.case("one that was signed", made, "a processing instruction or an entity", "who reads what?")
    made = stage.make(
        manner=Manner(canonical=signing.WITH_COMMENTS, transforms=(ENVELOPED, signing.WITH_COMMENTS)),
        bend_assertion=lambda one: find(one, "//saml:NameID").insert(0, etree.Comment("x")),
    )
    yield stage.case("a comment in a NameID that was signed", made, "NameID holds more than text", "who reads what?")


def _two_references(stage: Stage) -> Bend:
    def bend(response: Element) -> None:
        own = find(response, "ds:Signature/ds:SignedInfo/ds:Reference")
        own.addprevious(copy.deepcopy(find(response, "saml:Assertion/ds:Signature/ds:SignedInfo/ds:Reference")))
        signing.value_again(find(response, "ds:Signature"), stage.alpha.pair)

    return bend


def _resigned(stage: Stage) -> Bend:
    def bend(assertion: Element) -> None:
        signing.value_again(find(assertion, "ds:Signature"), stage.alpha.pair)

    return bend


def _der(assertion: Element) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    value = find(assertion, "//ds:SignatureValue")
    raw = base64.b64decode(value.text or "")
    half = len(raw) // 2
    whole = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    value.text = base64.b64encode(whole).decode()


def _void(element: Element) -> None:
    find(element, ".//saml:Subject").append(etree.fromstring('<x:y xmlns:x="1"/>'))


def _instruction(path: str) -> Bend:
    def bend(element: Element) -> None:
        target = find(element, path)
        text = target.text or ""
        instruction = etree.ProcessingInstruction("x", "y")
        target.insert(0, instruction)
        target.text, instruction.tail = text[:4], text[4:]

    return bend
