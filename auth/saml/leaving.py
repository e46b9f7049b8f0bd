"""Signing out by SAML, both ways, by redirect (SAML 2.0 Profiles §4.4): ours to the university, theirs to us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lxml import etree

from auth import sessions
from auth.federation import entities
from auth.federation.entities import Entity
from auth.refusals import Error, Refusal
from auth.saml import documents, encryption, ourselves, profile, redirect, requests
from auth.saml.names import SUCCESS, saml, samlp
from auth.saml.refused import Invalid
from auth.saml.response import NameId
from auth.site import Site
from domain import members
from models.vocabulary import IdentityProtocol

MAX_INDEXES = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """What the university answered to our request. `whole`: every service that it knows of signed her out."""

    whole: bool


def address(entity: Entity) -> str | None:
    """Where the university signs people out by redirect."""
    endpoint = entity.single_logout.get(requests.REDIRECT)
    return endpoint.location if endpoint else None


def ask(site: Site, entity: Entity, kept: Mapping[str, Any] | None) -> str | None:
    """The address that asks the university to sign her out; None: it can't, or gave her no name to be called by."""
    destination = address(entity)
    if destination is None or kept is None or not kept.get("name_id"):
        return None
    us, name = ourselves.entity_id(site.public_url), NameId(**kept["name_id"])
    request = requests.logout_request(requests.new_id(), us, destination, name, kept["session_index"])
    return requests.by_redirect(request, ourselves.signing(site.public_url, site.keys)).address


async def asked(site: Site, query: str) -> str:
    """A university's request to sign somebody out is done; the address that takes our answer back. Raises Refusal."""
    received, entity, provider_id = await _from_university(site, query, "SAMLRequest")
    try:
        name, indexes = _whom(site, received.message)
    except Invalid as error:
        raise Refusal(Error.RESPONSE_INVALID, f"logout: {error.cause}") from error
    async with site.transaction() as session:
        await sessions.end_at_provider(session, site, provider_id, name, indexes)
    endpoint = entity.single_logout.get(requests.REDIRECT)
    if endpoint is None:
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, "logout: nowhere to answer to by redirect")
    us, answered = ourselves.entity_id(site.public_url), received.message.get("ID") or ""
    response = requests.logout_response(us, endpoint.response or endpoint.location, answered)
    pair = ourselves.signing(site.public_url, site.keys)
    return requests.by_redirect(response, pair, received.relay_state).address


async def answered(site: Site, query: str) -> Answered:
    """A university's answer to our request. Raises Refusal."""
    received, _, _ = await _from_university(site, query, "SAMLResponse")
    codes = [code.get("Value") for code in received.message.iter(samlp("StatusCode"))]
    return Answered(codes == [SUCCESS])


async def _from_university(site: Site, query: str, kind: str) -> tuple[redirect.Received, Entity, UUID]:
    """The message, once its signature, sender, address and age are found good."""
    try:
        received = redirect.read(query, kind)
        message = received.message
        expected = samlp("LogoutRequest" if kind == "SAMLRequest" else "LogoutResponse")
        if message.tag != expected:
            raise Invalid("another message")
        issuer = message.find(saml("Issuer"))
        if issuer is None:
            raise Invalid("no Issuer")
        sender = documents.text(issuer)
        async with site.transaction() as session:
            provider = await members.usable_provider(session, sender, demo=site.demo)
            entity = await entities.of_provider(session, provider) if provider else None
        if provider is None or provider.protocol is not IdentityProtocol.SAML or entity is None:
            raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "logout: by nobody registered")
        redirect.check(received, entity.certificates)
        _check_message(site, message, datetime.now(UTC))
    except Invalid as error:
        raise Refusal(Error.RESPONSE_INVALID, f"logout: {error.cause}") from error
    return received, entity, provider.id


def _check_message(site: Site, message: etree._Element, now: datetime) -> None:
    """Core §3.2. A request that could be kept and sent again later would sign people out at somebody's whim."""
    profile.check_issued(message, now)
    if message.get("Destination") != site.public_url + ourselves.SLO:
        raise Invalid("another Destination")
    if message.get("NotOnOrAfter") and documents.instant_of(message, "NotOnOrAfter") + profile.SKEW <= now:
        raise Invalid("expired")


def _whom(site: Site, message: etree._Element) -> tuple[str, list[str]]:
    """Whom the university signs out, and in which of its sessions; none named: in all (Core §3.7.1)."""
    name = message.find(saml("NameID"))
    encrypted = message.find(saml("EncryptedID"))
    if encrypted is not None:
        us = ourselves.recipient(site.public_url, site.keys)
        name = encryption.opened(encrypted, us.decryption_keys, us.entity_id, signed=True)
    if name is None or name.tag != saml("NameID"):
        raise Invalid("no NameID")
    indexes = [documents.text(one) for one in message.findall(samlp("SessionIndex"))[:MAX_INDEXES]]
    return documents.text(name), indexes
