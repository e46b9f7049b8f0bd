"""Signature wrapping: what was signed is still there, somewhere, and something else is offered in its place.

XSW 1 to 8 as Somorovsky et al. number them ("On Breaking SAML: Be Whoever You Want to Be", 2012).
"""

import copy
from collections.abc import Callable

from lxml import etree

from tests.saml.corpus.maker import SAML, SAMLP
from tests.saml.corpus.signing import DS, Element
from tests.saml.corpus.stage import Cases, Stage, evil_id, find, forged, remove

Wrap = Callable[[Element], None]

NOT_ONE = "not exactly one assertion"
OTHER = "the signature refers to something else than its parent"


def cases(stage: Stage) -> Cases:
    yield from _around_responses(stage)
    yield from _around_assertions(stage)
    yield from _two(stage)
    yield from _borrowed(stage)


def _around_responses(stage: Stage) -> Cases:
    """Alpha signed the response."""
    wraps: list[tuple[str, Wrap, str, str]] = [
        ("XSW1", _xsw1, "Response out of place in Signature", "the signed response inside the signature of another"),
        ("XSW2", _xsw2, "Response out of place in Response", "the signed response before the signature of another"),
        ("XSW9 response in Extensions", _in_extensions, OTHER, "the signed response in the Extensions of another"),
        ("XSW9 response in StatusDetail", _in_status, OTHER, "the signed response in the StatusDetail of another"),
    ]
    for name, wrap, cause, why in wraps:
        made = stage.make(sign="response", bend_signed_response=wrap)
        yield stage.case(f"{name}, another ID", made, cause, why)
        made = stage.make(sign="response", bend_signed_response=lambda element, wrap=wrap: _same_id(element, wrap))
        yield stage.case(f"{name}, the same ID", made, "the same ID twice", why)


def _around_assertions(stage: Stage) -> Cases:
    """Alpha signed the assertion."""
    wraps: list[tuple[str, Wrap, str, str]] = [
        ("XSW3", _xsw3, NOT_ONE, "a forged assertion before the signed one"),
        ("XSW4", _xsw4, NOT_ONE, "the signed assertion inside a forged one"),
        ("XSW5", _xsw5, NOT_ONE, "the signature moved into a forged assertion"),
        ("XSW6", _xsw6, NOT_ONE, "and the signed one into that signature"),
        ("XSW7", _xsw7, NOT_ONE, "a forged assertion in Extensions, which schemas leave open"),
        ("XSW8", _xsw8, NOT_ONE, "the signed assertion in an Object of the signature"),
        ("XSW9 in Advice", _in_advice, NOT_ONE, "the signed assertion as advice of a forged one"),
        ("XSW9 in a value", _in_value, NOT_ONE, "the signed assertion as a value of a forged one"),
        (
            "XSW9 in SubjectConfirmationData",
            _in_confirmation,
            NOT_ONE,
            "the signed assertion where any element may stand",
        ),
        ("XSW9 after", _after, NOT_ONE, "a forged assertion after the signed one"),
        ("XSW9 in StatusDetail", _assertion_in_status, NOT_ONE, "the signed assertion in StatusDetail"),
    ]
    for name, wrap, cause, why in wraps:
        made = stage.make(bend_signed_response=wrap)
        yield stage.case(f"{name}, another ID", made, cause, why)
    for name, wrap, _, why in wraps:
        made = stage.make(bend_signed_response=lambda element, wrap=wrap: _same_id(element, wrap))
        yield stage.case(f"{name}, the same ID", made, "the same ID twice", why)


def _two(stage: Stage) -> Cases:
    evil = stage.say(stage.alpha_with(stage.mallory))
    other = etree.fromstring(evil)[-1]

    def mallorys_too(response: Element) -> None:
        response.append(copy.deepcopy(other))

    yield stage.case(
        "two assertions, each signed",
        stage.make(bend_signed_response=lambda one: one.append(etree.fromstring(stage.make())[-1])),
        NOT_ONE,
        "both good, but which counts?",
    )
    yield stage.case(
        "two assertions, one of a stranger", stage.make(bend_signed_response=mallorys_too), NOT_ONE, "which counts?"
    )
    yield stage.case(
        "two assertions in a signed response",
        stage.make(sign="both", bend_response=lambda one: one.append(etree.fromstring(stage.make())[-1])),
        NOT_ONE,
        "alpha may send several; which is the person?",
    )
    yield stage.case(
        "an assertion alone", etree.tostring(etree.fromstring(stage.make())[-1]), "not a Response", "no envelope"
    )
    inside = etree.Element("{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    inside.append(etree.fromstring(stage.make(sign="both")))
    yield stage.case("a response in an envelope", etree.tostring(inside), "not a Response", "of another binding")


def _borrowed(stage: Stage) -> Cases:
    def forged_beside(response: Element) -> None:
        assertion = find(response, "saml:Assertion")
        response.replace(assertion, forged(assertion, same_id=True))

    made = stage.make(sign="response", bend_signed_response=forged_beside)
    yield stage.case(
        "a changed assertion in a signed response", made, "the signature of the Response doesn't fit", "changed"
    )
    made = stage.make(sign="both", bend_signed_response=forged_beside)
    cause = "the signature of the Response doesn't fit"
    yield stage.case("an unsigned assertion for the signed one", made, cause, "nothing is left of what was signed")

    def resigned(response: Element) -> None:
        remove(find(response, "ds:Signature"))
        find(response, "samlp:Status/samlp:StatusCode").set("Value", "urn:oasis:names:tc:SAML:2.0:status:Success")
        response.set("ID", evil_id())

    made = stage.make(sign="both", bend_signed_response=resigned)
    yield stage.case(
        "the response's signature taken away", made, None, "what counts is in the assertion, which is signed"
    )

    def swapped(response: Element) -> None:
        mine, theirs = find(response, "ds:Signature"), find(response, "saml:Assertion/ds:Signature")
        inside = theirs.getparent()
        assert inside is not None
        response.insert(1, copy.deepcopy(theirs))
        inside.replace(theirs, mine)

    yield stage.case(
        "signatures swapped", stage.make(sign="both", bend_signed_response=swapped), OTHER, "each signs another"
    )


def _same_id(response: Element, wrap: Wrap) -> None:
    """The forged part keeps the ID of what was signed."""
    signed = {signature.getparent().get("ID") for signature in response.iter(f"{{{DS}}}Signature")}  # type: ignore[union-attr]
    wrap(response)
    for element in response.iter():
        if element.get("ID", "").startswith("_evil"):
            element.set("ID", str(next(iter(signed))))


def _evil_response(response: Element) -> tuple[Element, Element]:
    """A copy of the signed response without its signature; the response itself becomes forged, the signature stays."""
    original = copy.deepcopy(response)
    original.remove(find(original, "ds:Signature"))
    response.set("ID", evil_id())
    assertion = find(response, "saml:Assertion")
    response.replace(assertion, forged(assertion))
    return original, find(response, "ds:Signature")


def _xsw1(response: Element) -> None:
    original, signature = _evil_response(response)
    signature.append(original)


def _xsw2(response: Element) -> None:
    original, signature = _evil_response(response)
    signature.addprevious(original)


def _in_extensions(response: Element) -> None:
    original, signature = _evil_response(response)
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(original)
    signature.addnext(extensions)


def _in_status(response: Element) -> None:
    original, _ = _evil_response(response)
    etree.SubElement(find(response, "samlp:Status"), f"{{{SAMLP}}}StatusDetail").append(original)


def _signed(response: Element) -> Element:
    return find(response, "saml:Assertion")


def _xsw3(response: Element) -> None:
    signed = _signed(response)
    signed.addprevious(forged(signed))


def _xsw4(response: Element) -> None:
    signed = _signed(response)
    evil = forged(signed)
    response.replace(signed, evil)
    evil.append(signed)


def _xsw5(response: Element) -> None:
    signed = _signed(response)
    evil = forged(signed)
    signed.addprevious(evil)
    evil.insert(1, remove(find(signed, "ds:Signature")))


def _xsw6(response: Element) -> None:
    signed = _signed(response)
    evil = forged(signed)
    signature = remove(find(signed, "ds:Signature"))
    response.replace(signed, evil)
    evil.insert(1, signature)
    signature.append(signed)


def _xsw7(response: Element) -> None:
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(forged(_signed(response)))
    find(response, "saml:Issuer").addnext(extensions)


def _xsw8(response: Element) -> None:
    signed = _signed(response)
    evil = forged(signed)
    signature = remove(find(signed, "ds:Signature"))
    response.replace(signed, evil)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{{{DS}}}Object").append(signed)


def _within(response: Element, path: str) -> None:
    """A forged assertion in the place of the signed one, which goes into it."""
    signed = _signed(response)
    evil = forged(signed)
    response.replace(signed, evil)
    find(evil, path).append(signed)


def _in_advice(response: Element) -> None:
    signed = _signed(response)
    evil = forged(signed)
    response.replace(signed, evil)
    advice = etree.Element(f"{{{SAML}}}Advice")
    advice.append(signed)
    find(evil, "saml:Conditions").addnext(advice)


def _in_value(response: Element) -> None:
    _within(response, "(//saml:AttributeValue)[last()]")


def _in_confirmation(response: Element) -> None:
    _within(response, "//saml:SubjectConfirmationData")


def _after(response: Element) -> None:
    response.append(forged(_signed(response)))


def _assertion_in_status(response: Element) -> None:
    signed = _signed(response)
    evil = forged(signed)
    response.replace(signed, evil)
    etree.SubElement(find(response, "samlp:Status"), f"{{{SAMLP}}}StatusDetail").append(signed)
