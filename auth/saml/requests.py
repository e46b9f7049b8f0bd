"""What we send to universities: requests to authenticate and to sign out, and answers to theirs, all of them signed.

SAML 2.0 Core §3.4, §3.7; Bindings §3.4 (redirect: the signature stands beside the message), §3.5 (POST: within it).
"""

import base64
import secrets
import zlib
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.signer import XMLSigner

from auth.authentication import REFEDS_MFA, Sent, Wishes
from auth.saml.names import ASSERTION, DS, PROTOCOL, SUCCESS, ds, saml, samlp
from auth.saml.ourselves import Pair
from auth.saml.response import NameId

REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_PREFIXES = {"samlp": PROTOCOL, "saml": ASSERTION}


def new_id() -> str:
    """Unguessable, and an xs:ID: it doesn't begin with a digit (Core §1.3.4)."""
    return "_" + secrets.token_hex(16)


def authn_request(request_id: str, issuer: str, destination: str, acs: str, wishes: Wishes) -> etree._Element:
    """No format of NameID is asked for: whoever can name her by nothing at all is as welcome."""
    request = _message("AuthnRequest", request_id, issuer, destination)
    request.set("AssertionConsumerServiceURL", acs)
    request.set("ProtocolBinding", POST)
    if wishes.force:
        request.set("ForceAuthn", "true")
    policy = etree.SubElement(request, samlp("NameIDPolicy"))
    policy.set("AllowCreate", "true")
    if wishes.mfa:
        context = etree.SubElement(request, samlp("RequestedAuthnContext"), {"Comparison": "exact"})
        etree.SubElement(context, saml("AuthnContextClassRef")).text = REFEDS_MFA
    return request


def logout_request(
    request_id: str, issuer: str, destination: str, name_id: NameId, session_index: str | None
) -> etree._Element:
    request = _message("LogoutRequest", request_id, issuer, destination)
    name = etree.SubElement(request, saml("NameID"), {"Format": name_id.format})
    if name_id.qualifier is not None:
        name.set("NameQualifier", name_id.qualifier)
    if name_id.sp_qualifier is not None:
        name.set("SPNameQualifier", name_id.sp_qualifier)
    name.text = name_id.value
    if session_index is not None:
        etree.SubElement(request, samlp("SessionIndex")).text = session_index
    return request


def logout_response(issuer: str, destination: str, in_response_to: str, status: str = SUCCESS) -> etree._Element:
    response = _message("LogoutResponse", new_id(), issuer, destination)
    response.set("InResponseTo", in_response_to)
    code = etree.SubElement(etree.SubElement(response, samlp("Status")), samlp("StatusCode"))
    code.set("Value", status)
    return response


def by_redirect(message: etree._Element, pair: Pair, relay_state: str | None = None) -> Sent:
    """Bindings §3.4.4.1: deflated, base64, and the signature over the query as it is sent."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(etree.tostring(message)) + deflate.flush()
    fields = {_kind(message): base64.b64encode(packed).decode()}
    if relay_state is not None:
        fields["RelayState"] = relay_state
    query = urlencode(fields | {"SigAlg": RSA_SHA256}, quote_via=quote)
    signature = base64.b64encode(pair.key.sign(query.encode(), PKCS1v15(), SHA256())).decode()
    destination = message.attrib["Destination"]
    joint = "&" if "?" in destination else "?"
    return Sent(f"{destination}{joint}{query}&{urlencode({'Signature': signature}, quote_via=quote)}")


def by_post(message: etree._Element, pair: Pair, relay_state: str | None = None) -> Sent:
    """Bindings §3.5: an enveloped signature, right after the Issuer as the schema wants it."""
    fields = {_kind(message): base64.b64encode(etree.tostring(signed(message, pair))).decode()}
    if relay_state is not None:
        fields["RelayState"] = relay_state
    return Sent(message.attrib["Destination"], fields)


def signed(element: etree._Element, pair: Pair) -> etree._Element:
    """The element with an enveloped signature over it, after its Issuer where it has one, else as its first child."""
    place = etree.Element(ds("Signature"), {"Id": "placeholder"}, nsmap={"ds": DS})
    issuer = element.find(saml("Issuer"))
    element.insert(0 if issuer is None else element.index(issuer) + 1, place)
    certificate = load_der_x509_certificate(pair.certificate).public_bytes(Encoding.PEM).decode()
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    return signer.sign(element, key=pair.key, cert=certificate, reference_uri=element.attrib["ID"], id_attribute="ID")


def instant(moment: datetime) -> str:
    """xs:dateTime in UTC, without fractions (Core §1.3.3)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _message(kind: str, message_id: str, issuer: str, destination: str) -> etree._Element:
    now = instant(datetime.now(UTC))
    facts = {"ID": message_id, "Version": "2.0", "IssueInstant": now, "Destination": destination}
    message = etree.Element(samlp(kind), facts, nsmap=_PREFIXES)
    etree.SubElement(message, saml("Issuer")).text = issuer
    return message


def _kind(message: etree._Element) -> str:
    return "SAMLResponse" if str(message.tag).endswith("Response") else "SAMLRequest"
