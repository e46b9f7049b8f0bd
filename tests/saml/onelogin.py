"""python3-saml, set up for one provider as strictly as it can be."""

import base64
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import xmlsec
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from auth.saml.response import Recipient
from tests.saml.corpus.keys import Pair
from tests.saml.corpus.maker import Maker

Attributes = Mapping[str, tuple[str, ...]]


def reader(provider: Maker, us: Recipient, keys: Pair) -> Callable[[str, str], Attributes | None]:
    """Reads a form value, given the request that it must answer: the attributes, None where it refuses."""
    own = {
        "entityId": us.entity_id,
        "assertionConsumerService": {"url": us.acs},
        "x509cert": keys.certificate_pem().decode(),
        "privateKey": keys.key_pem().decode(),
    }
    certificates = [base64.b64encode(one).decode() for one in provider.party.certificates]
    theirs = {
        "entityId": provider.entity_id,
        "singleSignOnService": {"url": f"{provider.entity_id}/sso"},
        "x509certMulti": {"signing": certificates, "encryption": certificates[:1]},
    }
    settings = OneLogin_Saml2_Settings({"strict": True, "sp": own, "idp": theirs})
    address = urlsplit(us.acs)
    posted = {"https": "on", "http_host": address.netloc, "script_name": address.path}

    def read(form: str, request: str) -> Attributes | None:
        try:
            response = OneLogin_Saml2_Response(settings, form)
            if not response.is_valid(posted, request):
                return None
            return {name: tuple(values) for name, values in response.get_attributes().items()}
        except (
            OneLogin_Saml2_Error,
            OneLogin_Saml2_ValidationError,
            xmlsec.Error,
            ValueError,
            SyntaxError,
            LookupError,
        ):
            return None

    return read
