"""Asking a university by SAML to authenticate somebody."""

from datetime import UTC, datetime

from auth.address import believable
from auth.authentication import Asked, Wishes
from auth.federation.entities import Entity
from auth.refusals import Error, Refusal
from auth.saml import ourselves, requests
from auth.site import Site
from models.identity import IdentityProvider


def ask(site: Site, provider: IdentityProvider, entity: Entity | None, wishes: Wishes) -> Asked:
    """A signed request, by redirect where the university takes it so, else as a form. Raises Refusal."""
    if entity is None:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "not in its federation's metadata any more")
    binding = next((one for one in (requests.REDIRECT, requests.POST) if one in entity.single_sign_on), None)
    if binding is None:
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, "no usable SingleSignOnService")
    destination = entity.single_sign_on[binding]
    if not believable(destination, site.public_url, demo=provider.demo):
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "plain http or a demo's, beyond loopback")
    us, request_id = ourselves.entity_id(site.public_url), requests.new_id()
    request = requests.authn_request(request_id, us, destination, site.public_url + ourselves.ACS, wishes)
    send = requests.by_redirect if binding == requests.REDIRECT else requests.by_post
    remembered = {"force": wishes.force, "mfa": wishes.mfa, "at": datetime.now(UTC).timestamp()}
    return Asked(send(request, ourselves.signing(site.public_url, site.keys)), request_id, remembered)
