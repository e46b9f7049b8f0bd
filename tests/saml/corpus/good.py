"""Responses that are as they should be, in all the ways in which they may be."""

import textwrap

from lxml import etree

from tests.saml.corpus import signing
from tests.saml.corpus.keys import pair
from tests.saml.corpus.maker import (
    ADA,
    ENTITLEMENT,
    PAIRWISE_ID,
    SCOPED_AFFILIATION,
    TARGETED_ID,
    Bend,
    attribute,
    encoded,
)
from tests.saml.corpus.sealing import seal
from tests.saml.corpus.signing import WITH_COMMENTS, Element, Manner
from tests.saml.corpus.stage import Cases, Stage, both, find, inserting, setting, without, writing

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
VALUES = f"//saml:Attribute[@Name='{SCOPED_AFFILIATION}']/saml:AttributeValue"
SAID = {
    "eduPersonScopedAffiliation": ADA[SCOPED_AFFILIATION],
    "eduPersonEntitlement": ADA[ENTITLEMENT],
    "pairwise-id": ADA[PAIRWISE_ID],
}


def cases(stage: Stage) -> Cases:
    yield from _signed(stage)
    yield from _algorithms(stage)
    yield from _said(stage)
    yield from _times(stage)
    yield from _written(stage)


def _signed(stage: Stage) -> Cases:
    for sign in ("assertion", "response", "both"):
        yield stage.case(f"{sign} signed", stage.make(sign=sign), None, "the plain case")
    old = stage.alpha_with(pair("alpha's old key", days=-1))
    newer = stage.alpha_with(pair("alpha", "rsa3072"))
    yield stage.case("signed with another key of the metadata", stage.say(newer), None, "a rollover")
    yield stage.case("signed with a key whose certificate has ended", stage.say(old), None, "metadata vouches for keys")
    for name, key_info in (("no KeyInfo", "none"), ("KeyName", "<ds:KeyName>key-1</ds:KeyName>")):
        made = stage.make(manner=Manner(key_info=key_info))
        yield stage.case(f"signature with {name}", made, None, "keys come from metadata")
    made = stage.make(
        manner=Manner(key_info=signing.certificate(stage.alpha.pair) + signing.key_value(stage.alpha.pair))
    )
    yield stage.case("signature with certificate and its KeyValue", made, None, "keys come from metadata")


def _algorithms(stage: Stage) -> Cases:
    for method in ("rsa-sha384", "rsa-sha512", "pss-sha256", "pss-sha384", "pss-sha512"):
        yield stage.case(method, stage.make(manner=Manner(method)), None, "an accepted method")
    for curve, digest in (("p256", "sha256"), ("p384", "sha384"), ("p521", "sha512"), ("p256", "sha512")):
        maker = stage.alpha_with(pair("alpha", curve))
        made = stage.say(maker, manner=Manner(f"ecdsa-{digest}"))
        yield stage.case(f"ecdsa-{digest} on {curve}", made, None, "an accepted method")
    for digest in ("sha384", "sha512"):
        yield stage.case(f"digest {digest}", stage.make(manner=Manner(digest=digest)), None, "an accepted digest")
    made = stage.make(manner=Manner(prefixes="xs"))
    yield stage.case("InclusiveNamespaces", made, None, "Shibboleth's IdP names xs, for xsi:type")
    made = stage.make(sign="both", manner=Manner(prefixes="xs saml"))
    yield stage.case("InclusiveNamespaces at both levels", made, None, "a prefix may be declared where it isn't used")
    commented = Manner(canonical=WITH_COMMENTS, transforms=(signing.ENVELOPED, WITH_COMMENTS))
    yield stage.case("canonical with comments", stage.make(manner=commented), None, "Core §5.4.3 allows it")


def _said(stage: Stage) -> Cases:
    made = stage.make(in_response_to=None)
    yield stage.case("unsolicited", made, None, "whether that counts is the sign-in's question, who asked nothing")
    bare = both(without("saml:Issuer"), setting(".", "Destination", None))
    yield stage.case(
        "unsigned envelope without Issuer and Destination", stage.make(bend_response=bare), None, "both optional"
    )
    entity = setting("saml:Issuer", "Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity")
    yield stage.case(
        "Issuer with its format", stage.make(bend_assertion=entity, bend_response=entity), None, "as Core has it"
    )
    other = inserting("//saml:AudienceRestriction", "<saml:Audience>https://other.example</saml:Audience>", 0)
    yield stage.case("two audiences", stage.make(bend_assertion=other), None, "one of a restriction is enough")
    again = f"<saml:AudienceRestriction><saml:Audience>{stage.us.entity_id}</saml:Audience></saml:AudienceRestriction>"
    made = stage.make(bend_assertion=inserting("saml:Conditions", again))
    yield stage.case("two restrictions", made, None, "all of them name us")
    for condition in ("<saml:OneTimeUse/>", '<saml:ProxyRestriction Count="0"/>'):
        made = stage.make(bend_assertion=inserting("saml:Conditions", condition))
        yield stage.case(f"condition {condition[6:18]}", made, None, "asks nothing of us that we don't do")
    yield stage.case(
        "no NameID",
        stage.make(name_id=None),
        None,
        "a university that releases nothing but an affiliation",
        name_id=None,
    )
    made = stage.make(name_id="opaque", name_id_format=PERSISTENT)
    yield stage.case("persistent NameID", made, None, "an identifier", name_id="opaque")
    yield stage.case("EncryptedID", stage.make(bend_assertion=_encrypted_id(stage)), None, "encrypted by itself")
    yield stage.case(
        "only an affiliation",
        stage.make(name_id=None, attributes={SCOPED_AFFILIATION: ("student@alpha.example",)}),
        None,
        "REFEDS anonymous",
        name_id=None,
        attributes={"eduPersonScopedAffiliation": ("student@alpha.example",)},
    )
    targeted = f'<saml:NameID Format="{PERSISTENT}">opaque</saml:NameID>'
    untyped = both(setting("//saml:AttributeValue", XSI_TYPE, None), inserting("//saml:AttributeValue", targeted))
    made = stage.make(attributes={TARGETED_ID: ("",)}, bend_assertion=untyped)
    whole = f"{stage.alpha.entity_id}!{stage.us.entity_id}!opaque"
    yield stage.case(
        "eduPersonTargetedID", made, None, "a NameID as a value", attributes={"eduPersonTargetedID": (whole,)}
    )
    legacy = {"urn:mace:dir:attribute-def:eduPersonScopedAffiliation": ("member@alpha.example",)}
    yield stage.case(
        "a legacy name",
        stage.make(attributes=legacy),
        None,
        "MACE-Dir's names before OIDs",
        attributes={"eduPersonScopedAffiliation": ("member@alpha.example",)},
    )
    made = stage.make(attributes={"urn:oid:2.5.4.42": ("Ada",)})
    yield stage.case(
        "an unknown attribute", made, None, "kept for the attribute test", attributes={"urn:oid:2.5.4.42": ("Ada",)}
    )
    repeated = inserting("//saml:AttributeStatement", attribute(ENTITLEMENT, ["urn:x", *ADA[ENTITLEMENT], "urn:x"]))
    more = {**SAID, "eduPersonEntitlement": (*ADA[ENTITLEMENT], "urn:x")}
    made = stage.make(bend_assertion=repeated)
    yield stage.case("an Attribute twice", made, None, "its values together, each once", attributes=more)
    nameless = inserting("//saml:AttributeStatement", attribute("a\u202eb", ["x"]))
    made = stage.make(bend_assertion=nameless)
    yield stage.case("an attribute whose Name turns around", made, None, "nobody can ask for them")
    second = f"({VALUES})[2]"
    inside = both(setting(second, XSI_TYPE, None), inserting(second, "<b>staff@alpha.example</b>"))
    made = stage.make(bend_assertion=inside)
    first = {**SAID, "eduPersonScopedAffiliation": ADA[SCOPED_AFFILIATION][:1]}
    yield stage.case("a value with an element", made, None, "no text that we could read", attributes=first)
    qualified = '<saml:NameID NameQualifier="urn:a" SPNameQualifier="urn:b">opaque</saml:NameID>'
    untyped = both(setting("//saml:AttributeValue", XSI_TYPE, None), inserting("//saml:AttributeValue", qualified))
    made = stage.make(attributes={TARGETED_ID: ("",)}, bend_assertion=untyped)
    yield stage.case(
        "eduPersonTargetedID with qualifiers",
        made,
        None,
        "its own count",
        attributes={"eduPersonTargetedID": ("urn:a!urn:b!opaque",)},
    )
    made = stage.make(bend_assertion=setting("//saml:AuthnStatement", "SessionIndex", None))
    yield stage.case("no SessionIndex", made, None, "optional")
    declared = inserting("//saml:AuthnContext", "<saml:AuthnContextDeclRef>urn:x</saml:AuthnContextDeclRef>")
    made = stage.make(bend_assertion=both(without("//saml:AuthnContextClassRef"), declared))
    yield stage.case("no AuthnContextClassRef", made, None, "optional")
    yield stage.case("no attributes", stage.make(attributes={}), None, "says who authenticated", attributes={})
    statement = (
        f'<saml:AttributeStatement><saml:Attribute Name="{ENTITLEMENT}"><saml:AttributeValue>urn:example:law'
        "</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
    )
    yield stage.case(
        "two attribute statements",
        stage.make(bend_assertion=inserting(".", statement)),
        None,
        "both count",
        attributes={**SAID, "eduPersonEntitlement": (*ADA[ENTITLEMENT], "urn:example:law")},
    )
    made = stage.make(authorities=("https://home.example/idp",))
    yield stage.case("AuthenticatingAuthority", made, None, "a proxy names whom it asked")
    vouched = '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"/>'
    made = stage.make(bend_assertion=inserting("saml:Subject", vouched, 1))
    yield stage.case("another confirmation before", made, None, "one bearer confirmation that holds is enough")
    stale = (
        f'<saml:SubjectConfirmation Method="{BEARER}"><saml:SubjectConfirmationData '
        'Recipient="https://other.example/acs" NotOnOrAfter="2001-01-01T00:00:00Z"/></saml:SubjectConfirmation>'
    )
    made = stage.make(bend_assertion=inserting("saml:Subject", stale, 1))
    yield stage.case("a confirmation for elsewhere before", made, None, "one bearer confirmation that holds is enough")


def _times(stage: Stage) -> Cases:
    made = stage.make(now=stage.ago(seconds=-30))
    yield stage.case("a clock 30 s ahead", made, None, "clocks may differ by 60 s")
    made = stage.make(now=stage.ago(seconds=30), minutes=0)
    yield stage.case("ended 30 s ago", made, None, "clocks may differ by 60 s")
    yield stage.case("a session with an end", stage.make(session_until=stage.ago(hours=-8)), None, "we end it by then")
    precise = setting("saml:Conditions", "NotBefore", stage.ago(seconds=5).strftime("%Y-%m-%dT%H:%M:%S.123456789Z"))
    yield stage.case("fractions of seconds", stage.make(bend_assertion=precise), None, "as .NET and Java write them")
    untimed = both(setting("saml:Conditions", "NotBefore", None), setting("saml:Conditions", "NotOnOrAfter", None))
    yield stage.case("Conditions without times", stage.make(bend_assertion=untimed), None, "the confirmation has one")
    endless = setting("saml:Conditions", "NotOnOrAfter", "9999-12-31T23:59:59Z")
    yield stage.case("Conditions until 9999", stage.make(bend_assertion=endless), None, "the confirmation ends earlier")


def _written(stage: Stage) -> Cases:
    yield stage.case(
        "XML declaration",
        f'<?xml version="1.0" encoding="UTF-8"?>\n{stage.make().decode()}'.encode(),
        None,
        "well-formed",
    )
    quoted = f"<?xml version='1.0' encoding='utf-8' standalone='no' ?>{stage.make().decode()}"
    yield stage.case("XML declaration in single quotes", quoted.encode(), None, "well-formed")
    yield stage.case("UTF-8 with BOM", b"\xef\xbb\xbf" + stage.make().decode().encode(), None, "well-formed")
    yield stage.case("UTF-16", stage.make().decode().encode("utf-16"), None, "XML 1.0 asks every parser to read it")
    declared = f'<?xml version="1.0" encoding="utf-16"?>{stage.make().decode()}'.encode("utf-16")
    yield stage.case("UTF-16 declared", declared, None, "XML 1.0 asks every parser to read it")
    lines = "\r\n".join(textwrap.wrap(encoded(stage.make()), 76))
    yield stage.case("base64 in lines", lines, None, "RFC 2045, which Bindings §3.5.4 names")
    yield stage.case("indented", stage.make(bend_assertion=_indent), None, "white space between elements means nothing")
    yield stage.case("lines in the signature", stage.make(bend_signed_assertion=_lines), None, "base64 may be broken")
    yield stage.case(
        "other prefixes",
        stage.make().decode().replace("samlp:", "p:").replace("xmlns:samlp", "xmlns:p").encode(),
        None,
        "a prefix is no name",
    )
    made = stage.make(bend_signed_response=_comment(".//saml:Subject"))
    yield stage.case("a comment between elements", made, None, "canonicalisation drops it, and so do we")
    for what, path in (("NameID", "//saml:NameID"), ("value", VALUES)):
        made = stage.make(bend_signed_assertion=_comment(path))
        yield stage.case(
            f"a comment in a {what}", made, None, "the value is read stage.make().decode(), as it was signed"
        )
    split = stage.make().replace(b"student@alpha", b"stu<![CDATA[dent@al]]>pha")
    yield stage.case("CDATA in a value", split, None, "the same text, as it was signed")
    coded = stage.make().replace(b"student@alpha", b"&#x73;tudent@&#97;lpha")
    yield stage.case("character references in a value", coded, None, "the same text, as it was signed")
    odd = {**ADA, "urn:oid:2.5.4.42": ("x" * 513, "Ada \u202eevil", "A\u200bda", "", "Ada", "阿达\u3000博士")}
    yield stage.case(
        "values too long or unseen",
        stage.make(attributes=odd),
        None,
        "those alone are left out",
        attributes={**SAID, "urn:oid:2.5.4.42": ("Ada", "阿达\u3000博士")},
    )
    many = {ENTITLEMENT: [f"urn:example:{number}" for number in range(1_000)]}
    yield stage.case(
        "a thousand entitlements",
        stage.make(attributes=many),
        None,
        "the first hundred count",
        heavy=True,
        attributes={"eduPersonEntitlement": many[ENTITLEMENT][:100]},
    )
    crowd = {f"urn:example:{number}": ("x",) for number in range(200)}
    yield stage.case(
        "two hundred attributes",
        stage.make(attributes=crowd),
        None,
        "the first hundred count",
        attributes=dict(list(crowd.items())[:100]),
    )
    second = f"({VALUES})[2]"
    crowd["urn:example:7"] = ("x",)
    last = inserting("//saml:AttributeStatement", attribute("urn:example:7", ["y"]))
    made = stage.make(attributes=crowd, bend_assertion=last)
    yield stage.case(
        "one of two hundred attributes again",
        made,
        None,
        "it is among the first hundred",
        attributes={**dict(list(crowd.items())[:100]), "urn:example:7": ("x", "y")},
    )
    nil = both(setting(second, "{http://www.w3.org/2001/XMLSchema-instance}nil", "true"), writing(second, ""))
    yield stage.case(
        "a nil value",
        stage.make(bend_assertion=nil),
        None,
        "says that there is none",
        attributes={**SAID, "eduPersonScopedAffiliation": ADA[SCOPED_AFFILIATION][:1]},
    )
    padded = writing(VALUES, "\n      student@alpha.example\n    ")
    yield stage.case("white space around a value", stage.make(bend_assertion=padded), None, "of a program that indents")


def _encrypted_id(stage: Stage) -> Bend:
    def bend(assertion: Element) -> None:
        name_id = find(assertion, "//saml:NameID")
        parent = name_id.getparent()
        assert parent is not None
        parent.replace(name_id, seal(name_id, stage.us.decryption_keys[0].public_key(), wrapper="EncryptedID"))

    return bend


def _indent(element: Element) -> None:
    etree.indent(element)


def _lines(assertion: Element) -> None:
    value = find(assertion, "//ds:SignatureValue")
    value.text = "\n" + "\n".join(textwrap.wrap(value.text or "", 64)) + "\n"


def _comment(path: str) -> Bend:
    def bend(element: Element) -> None:
        target = find(element, path)
        comment = etree.Comment("x")
        text = target.text or ""
        target.insert(0, comment)
        target.text, comment.tail = text[:4], text[4:]

    return bend
