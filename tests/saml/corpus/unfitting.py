"""Well signed by alpha, but not for us, not now, not in answer to this, or not what the profile asks for."""

from lxml import etree

from tests.saml.corpus.maker import SAML, SAMLP, Bend
from tests.saml.corpus.signing import Element
from tests.saml.corpus.stage import Cases, Stage, find, inserting, setting, without, writing

ELSEWHERE = "https://other.example/saml/acs"
DATA = "//saml:SubjectConfirmationData"
LONG_AGO = "2001-01-01T00:00:00Z"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"


def cases(stage: Stage) -> Cases:
    yield from _addressed(stage)
    yield from _answering(stage)
    yield from _times(stage)
    yield from _forms(stage)
    yield from _failures(stage)


def _addressed(stage: Stage) -> Cases:
    cause = "the Response's Destination is another address"
    other = setting(".", "Destination", ELSEWHERE)
    yield stage.case("another Destination", stage.make(bend_response=other), cause, "sent on by another service")
    made = stage.make(sign="response", bend_response=other)
    yield stage.case("another Destination, signed", made, cause, "sent on by another service")
    made = stage.make(sign="response", bend_response=setting(".", "Destination", ""))
    yield stage.case("an empty Destination, signed", made, cause, "not ours")
    made = stage.make(sign="response", bend_response=setting(".", "Destination", None))
    yield stage.case("no Destination, signed", made, "a signed Response without Destination", "Bindings §3.5.5.2")
    longer = setting(".", "Destination", f"{stage.us.acs}/x")
    yield stage.case("a longer Destination", stage.make(bend_response=longer), cause, "the whole address counts")
    cause = "the SubjectConfirmation's Recipient is another address"
    for what, value in (("another", ELSEWHERE), ("an empty", ""), ("no", None), ("a longer", f"{stage.us.acs}?x")):
        made = stage.make(bend_assertion=setting(DATA, "Recipient", value))
        yield stage.case(f"{what} Recipient", made, cause, "Profiles §4.1.4.2: it must be our address")
    cause = "meant for another audience"
    audience = "//saml:Audience"
    for what, value in (
        ("another Audience", "https://other.example/sp"),
        ("our entityID with a slash", f"{stage.us.entity_id}/"),
        ("our entityID in capitals", stage.us.entity_id.upper()),
        ("an empty Audience", ""),
    ):
        yield stage.case(what, stage.make(bend_assertion=writing(audience, value)), cause, "made for another service")
    made = stage.make(bend_assertion=without(audience))
    yield stage.case("a restriction to nobody", made, cause, "names nobody")
    second = "<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction>"
    for place, which in ((None, "second"), (0, "first")):
        made = stage.make(bend_assertion=inserting("saml:Conditions", second, place))
        yield stage.case(f"a {which} restriction to another", made, cause, "Core §2.5.1.4: all must hold")
    made = stage.make(bend_assertion=without("//saml:AudienceRestriction"))
    yield stage.case(
        "no AudienceRestriction", made, "no AudienceRestriction", "Profiles §4.1.4.2 asks for it: it may be for anybody"
    )
    yield stage.case(
        "no Conditions", stage.make(bend_assertion=without("saml:Conditions")), "no Conditions", "the same"
    )
    made = stage.make(bend_response=setting("saml:Issuer", "Format", "urn:x509"))
    yield stage.case("an Issuer of another format", made, "an Issuer of another format than entity", "not an entityID")
    made = stage.make(bend_assertion=setting("saml:Issuer", "NameQualifier", "x"))
    yield stage.case("an Issuer with a qualifier", made, "an Issuer with qualifiers", "Core §8.3.6 has none")
    made = stage.make(bend_assertion=writing("saml:Issuer", stage.alpha.entity_id.upper()))
    yield stage.case(
        "Issuer in capitals", made, "the Issuer of the Assertion is another provider", "compared as it stands"
    )
    made = stage.make(bend_assertion=writing("saml:Issuer", stage.alpha.entity_id + "\u200b"))
    yield stage.case("Issuer that looks the same", made, "the Issuer of the Assertion is another provider", "B22")


def _answering(stage: Stage) -> Cases:
    cause = "Response and SubjectConfirmation answer different requests"
    for where, bend in (
        ("of the envelope", {"bend_response": setting(".", "InResponseTo", "_other")}),
        ("of the confirmation", {"bend_assertion": setting(DATA, "InResponseTo", "_other")}),
    ):
        yield stage.case(f"another InResponseTo {where}", stage.make(**bend), cause, "which request?")
    for where, bend in (
        ("the envelope", {"bend_response": setting(".", "InResponseTo", None)}),
        ("the confirmation", {"bend_assertion": setting(DATA, "InResponseTo", None)}),
    ):
        yield stage.case(f"InResponseTo missing in {where}", stage.make(**bend), cause, "which request?")
    made = stage.make(bend_assertion=setting(DATA, "NotBefore", stage.ago(minutes=1).strftime("%Y-%m-%dT%H:%M:%SZ")))
    yield stage.case(
        "a confirmation with NotBefore", made, "a NotBefore in a bearer SubjectConfirmation", "Profiles §4.1.4.2"
    )
    made = stage.make(bend_assertion=without("//saml:SubjectConfirmation"))
    yield stage.case("no SubjectConfirmation", made, "no bearer SubjectConfirmation", "nobody's")
    holder = setting("//saml:SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
    yield stage.case(
        "holder of key", stage.make(bend_assertion=holder), "no bearer SubjectConfirmation", "a key we don't ask for"
    )
    made = stage.make(bend_assertion=without(DATA))
    yield stage.case("no SubjectConfirmationData", made, "no SubjectConfirmationData", "for whom, how long?")
    made = stage.make(bend_assertion=without("saml:Subject"))
    yield stage.case("no Subject", made, "no Subject", "nobody's")
    made = stage.make(bend_assertion=_confirmations)
    yield stage.case(
        "confirmations for two requests", made, "SubjectConfirmations for several requests", "which request?"
    )
    crowd = inserting("saml:Subject", "<saml:SubjectConfirmation Method='x'/>" * 20)
    made = stage.make(bend_assertion=crowd)
    yield stage.case("twenty confirmations", made, "too many SubjectConfirmations", "nobody needs them")


def _times(stage: Stage) -> Cases:
    old = "Response issued too long ago or in the future"
    yield stage.case("issued 12 minutes ago", stage.make(now=stage.ago(minutes=12), minutes=60), old, "long on its way")
    yield stage.case("issued in 90 s", stage.make(now=stage.ago(seconds=-90)), old, "clocks may differ by 60 s")
    for when, moment in (("long ago", LONG_AGO), ("in 9999", "9999-12-31T23:59:59Z")):
        made = stage.make(bend_assertion=setting(".", "IssueInstant", moment))
        yield stage.case(f"assertion issued {when}", made, old.replace("Response", "Assertion"), "kept for later")
    gone = stage.ago(seconds=90).strftime("%Y-%m-%dT%H:%M:%SZ")
    soon = stage.ago(seconds=-90).strftime("%Y-%m-%dT%H:%M:%SZ")
    wrong: list[tuple[str, str, str, str | None, str]] = [
        ("a confirmation that ended 90 s ago", DATA, "NotOnOrAfter", gone, "the SubjectConfirmation holds no longer"),
        ("a confirmation without end", DATA, "NotOnOrAfter", None, "SubjectConfirmationData without NotOnOrAfter"),
        ("Conditions that ended 90 s ago", "saml:Conditions", "NotOnOrAfter", gone, "the Conditions hold no longer"),
        ("Conditions from 90 s on", "saml:Conditions", "NotBefore", soon, "the Conditions don't hold yet"),
        ("authenticated in 90 s", "saml:AuthnStatement", "AuthnInstant", soon, "authenticated in the future"),
        (
            "a session that ended",
            "saml:AuthnStatement",
            "SessionNotOnOrAfter",
            gone,
            "the session at the provider is over",
        ),
        ("no AuthnInstant", "saml:AuthnStatement", "AuthnInstant", None, "AuthnStatement without AuthnInstant"),
        ("no IssueInstant", ".", "IssueInstant", None, "Assertion without IssueInstant"),
    ]
    for what, path, name, value, cause in wrong:
        yield stage.case(
            what, stage.make(bend_assertion=setting(path, name, value)), cause, "its time is over, or not come"
        )
    for written in (
        "tomorrow",
        "",
        "2026-13-40T00:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+08:00",
        "1e9",
        "20260101T000000Z",
    ):
        made = stage.make(bend_assertion=setting(DATA, "NotOnOrAfter", written))
        yield stage.case(f"a time written {written!r}", made, "a time that is none", "Core §1.3.3: UTC")


def _forms(stage: Stage) -> Cases:
    for version in ("1.1", "2.1", None):
        made = stage.make(bend_assertion=setting(".", "Version", version))
        yield stage.case(
            f"assertion of version {version}", made, "Assertion of another version than 2.0", "not what we know"
        )
    made = stage.make(bend_response=setting(".", "Version", "3.0"))
    yield stage.case("response of version 3.0", made, "Response of another version than 2.0", "not what we know")
    made = stage.make(bend_assertion=without("saml:Issuer"))
    yield stage.case("assertion without Issuer", made, "a signature out of place", "the schema asks for it")
    made = stage.make(sign="response", bend_assertion=without("saml:Issuer"))
    yield stage.case("assertion without Issuer in a signed response", made, "no Issuer", "the schema asks for it")
    made = stage.make(bend_assertion=without("saml:AuthnStatement"))
    yield stage.case("no AuthnStatement", made, "no AuthnStatement", "nobody was authenticated")
    again = '<saml:AuthnStatement AuthnInstant="2001-01-01T00:00:00Z"/>'
    made = stage.make(bend_assertion=inserting(".", again))
    yield stage.case("two AuthnStatements", made, "2 AuthnStatement", "which is the session?")
    made = stage.make(bend_assertion=without("//saml:AuthnContext"))
    yield stage.case("no AuthnContext", made, "no AuthnContext", "the schema asks for it")
    condition = '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="saml:X"/>'
    made = stage.make(bend_assertion=inserting("saml:Conditions", condition))
    yield stage.case(
        "an unknown condition", made, "an unknown condition", "Core §2.5.1: then validity is indeterminate"
    )
    made = stage.make(bend_assertion=inserting("saml:Conditions", "<x:only xmlns:x='urn:x'/>"))
    yield stage.case("a foreign condition", made, "an unknown condition", "Core §2.5.1: then validity is indeterminate")
    made = stage.make(bend_assertion=inserting(".", "<x:more xmlns:x='urn:x'/>"))
    yield stage.case("a foreign element", made, "more out of place in Assertion", "the schema has no room for it")
    for what, name in (("a long name", "x" * 50), ("a name beyond ASCII", "断言")):
        made = stage.make(bend_response=_named_inside(name))
        yield stage.case(f"an element of {what}", made, "an element out of place in Response", "the log stays readable")
    made = stage.make(bend_response=inserting(".", "<x:more xmlns:x='urn:x'/>"))
    yield stage.case("a foreign element around", made, "more out of place in Response", "the schema has no room for it")
    made = stage.make(bend_assertion=inserting("saml:Subject", "<saml:BaseID/>", 0))
    yield stage.case("a BaseID", made, "a BaseID", "an extension that nobody agreed on")
    made = stage.make(bend_assertion=inserting("saml:Subject", "<saml:NameID>_admin</saml:NameID>", 0))
    yield stage.case("two NameIDs", made, "2 NameID", "which is the person?")
    made = stage.make(bend_assertion=writing("//saml:NameID", "adm\u202ein"))
    yield stage.case("a NameID that turns around", made, "an unusable NameID", "B22")
    made = stage.make(bend_assertion=writing("//saml:NameID", ""))
    yield stage.case("an empty NameID", made, "an unusable NameID", "nobody")
    made = stage.make(bend_assertion=inserting("//saml:NameID", "<b>admin</b>"))
    yield stage.case("a NameID with an element", made, "NameID holds more than text", "which text?")
    made = stage.make(session_index="x" * 600)
    yield stage.case("a SessionIndex of 600 characters", made, "an unusable SessionIndex", "nobody needs it")
    made = stage.make(authorities=[f"urn:{number}" for number in range(11)])
    yield stage.case("eleven authorities", made, "too many AuthenticatingAuthorities", "nobody needs them")
    made = stage.make(bend_assertion=inserting("//saml:AttributeStatement", "<saml:EncryptedAttribute/>"))
    cause = "an EncryptedAttribute: encrypt the assertion instead"
    yield stage.case("an EncryptedAttribute", made, cause, "said clearly, as nobody sends them")
    made = stage.make(bend_response=without("saml:Assertion"))
    yield stage.case("no assertion", made, "not exactly one assertion", "success with nothing to show")
    made = stage.make(bend_response=_in_detail)
    yield stage.case("an assertion in StatusDetail alone", made, "not exactly one assertion", "not where it belongs")
    made = stage.make(bend_response=without("samlp:Status"))
    yield stage.case("no Status", made, "no Status", "the schema asks for it")
    made = stage.make(bend_response=without("//samlp:StatusCode"))
    yield stage.case("no StatusCode", made, "no StatusCode", "the schema asks for it")
    made = stage.make(bend_response=inserting("samlp:Status", f"<samlp:StatusCode Value='{STATUS}Success'/>"))
    yield stage.case("two StatusCodes", made, "2 StatusCode", "which?")
    for what, value in (("no", None), ("an empty", ""), ("a strange", "a b")):
        made = stage.make(bend_response=setting(".", "ID", value))
        yield stage.case(f"{what} ID", made, "Response without a usable ID", "xs:ID")
    for tag, why in ((f"{{{SAMLP}}}LogoutResponse", "another message"), (f"{{{SAML}}}Response", "another namespace")):
        made = stage.make(bend_response=_named(tag))
        yield stage.case(f"a {tag.rpartition('}')[2]} ({why})", made, "not a Response", why)


def _failures(stage: Stage) -> Cases:
    for status, below in (
        ("Responder", "AuthnFailed"),
        ("Requester", "InvalidNameIDPolicy"),
        ("Responder", "NoPassive"),
    ):
        made = stage.alpha.failure(stage.us, STATUS + status, STATUS + below, "No.", stage.now)
        yield stage.case(f"{status}: {below}", made, "failed", "the provider says that it signed nobody in")
    made = stage.make(bend_response=setting("//samlp:StatusCode", "Value", f"{STATUS}Responder"))
    yield stage.case("a failure with an assertion", made, "failed", "what isn't success is none")
    for what, value in (("an empty", ""), ("no", None), ("an unreadable", "\u202e")):
        made = stage.make(bend_response=setting("//samlp:StatusCode", "Value", value))
        yield stage.case(f"{what} status", made, "failed", "what isn't success is none")
    made = stage.alpha.failure(stage.us, f"{STATUS}Responder", f"{STATUS}Success", now=stage.now)
    yield stage.case("success below a failure", made, "failed", "the topmost code counts")


def _in_detail(response: Element) -> None:
    etree.SubElement(find(response, "samlp:Status"), f"{{{SAMLP}}}StatusDetail").append(
        find(response, "saml:Assertion")
    )


def _named_inside(name: str) -> Bend:
    return lambda element: element.append(etree.Element(name))


def _named(tag: str) -> Bend:
    def bend(element: Element) -> None:
        element.tag = tag

    return bend


def _confirmations(assertion: Element) -> None:
    first = find(assertion, "//saml:SubjectConfirmation")
    second = etree.fromstring(etree.tostring(first))
    find(second, "saml:SubjectConfirmationData").set("InResponseTo", "_other")
    first.addnext(second)
