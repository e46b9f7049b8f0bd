"""A response's way to a session, in two steps, since the university's form comes from another site.

Browsers send no cookie of ours along with that form. So the first step verifies the response and keeps it under a
one-time handle; the second is a GET of our own, with the cookie, where it is checked that this browser asked, what it
asked, and whom.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth.authentication import REFEDS_MFA, Authentication, There
from auth.claims import OPENID_NAMES, Speaker
from auth.concerning import concerning
from auth.federation import entities
from auth.refusals import Error, Refusal
from auth.saml import documents, metadata, ourselves, response
from auth.saml.names import saml
from auth.saml.refused import Failed, Invalid
from auth.saml.response import Party, Response, Verified
from auth.sign_in import OPEN, SignedIn, Tested, conclude, remembered, state_hash, use_up
from auth.site import Site
from auth.targets import own_path
from domain import members
from domain.keys import Purpose, Unreadable
from models import identity as rows
from models.vocabulary import IdentityProtocol

NO_AUTHN_CONTEXT = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext"
_FRESH = text("received_at > now() - interval '60 seconds'")
"""From the form to our own page it takes a browser less than a second."""
_SLACK = 60.0
"""Seconds that clocks may differ, as in the profile."""


async def receive(site: Site, form: Mapping[str, str]) -> str:
    """Verify what a form brought; the handle under which it is kept for a moment. Raises Refusal."""
    try:
        came = response.read(form.get("SAMLResponse", ""))
        async with site.transaction() as session:
            provider = await _sender(session, site, came)
            entity = await entities.of_provider(session, provider)
        if entity is None:
            raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "not in its federation's metadata any more")
        us = ourselves.recipient(site.public_url, site.keys)
        verified = response.verify(came, Party(entity.entity_id, entity.certificates), us, datetime.now(UTC))
    except Invalid as error:
        raise Refusal(Error.RESPONSE_INVALID, error.cause) from error
    except Failed as error:
        raise _failed(error) from error
    if verified.in_response_to is None and not provider.unsolicited:
        raise Refusal(Error.RESPONSE_INVALID, "nobody asked for it")
    target = own_path(form.get("RelayState"), site.public_url)
    content = {"verified": asdict(verified), "target": target, "facts": _facts(came, verified)}
    handle = secrets.token_urlsafe(32)
    async with site.transaction() as session:
        await _once(session, verified)
        session.add(
            rows.SamlAnswer(
                handle_hash=_handle_hash(site, handle),
                provider_id=provider.id,
                content=site.keys.seal(Purpose.LOGIN, orjson.dumps(content)),
            )
        )
    return handle


async def finish(site: Site, handle: str, browser: str | None, previous: str | None) -> SignedIn | Tested:
    """Make a session of the response under a handle. `browser`: the cookie of the sign-in under way; `previous`: the
    token of the session that it takes the place of. Raises Refusal.
    """
    async with site.transaction() as session:
        answer = await _taken(session, site, handle)
        content = _unsealed(site, answer.content)
        verified = content["verified"]
        asked = verified["in_response_to"]
        row = await use_up(session, site, asked, browser) if asked is not None else None
        provider = await members.provider(session, answer.provider_id, demo=site.demo)
        if provider is None:
            raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN)
        if row is not None:
            await _check_asked(session, site, row, provider)
        elif not provider.unsolicited:
            raise Refusal(Error.RESPONSE_INVALID, "nobody asked for it")
        entity = await entities.of_provider(session, provider)
        known = await members.registered(session, provider.id)
    if entity is None:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "not in its federation's metadata any more")
    registered = {scope: member for scope, member in known.items() if entities.speaks_for(entity, scope)}
    async with concerning(site, provider.id):
        if row is not None:
            _check_wishes(remembered(site, row), verified)
        authentication = _authentication(site, verified, registered, content["facts"])
        return await conclude(site, row, provider.id, authentication, previous, content["target"])


def _facts(came: Response, verified: Verified) -> dict[str, str]:
    """How it was protected, by the names of SAML's elements, for the page that shows what came."""
    sealed = any(child.tag == saml("EncryptedAssertion") for child in documents.children(came.root))
    return {
        "signed": "Assertion" if verified.response_id is None else "Response",
        "encrypted": "EncryptedAssertion" if sealed else "–",
        "authn_context": verified.authn_context or "–",
    }


def _authentication(
    site: Site, verified: Mapping[str, Any], registered: Mapping[str, UUID], facts: Mapping[str, str]
) -> Authentication:
    issuer, us = verified["issuer"], ourselves.entity_id(site.public_url)
    said: dict[str, Any] = {
        attribute: values for attribute, values in verified["attributes"].items() if attribute not in OPENID_NAMES
    }
    name = verified["name_id"]
    if name and name["format"] == metadata.PERSISTENT:
        said["name_id"] = [f"{name['qualifier'] or ''}!{name['sp_qualifier'] or ''}!{name['value']}"]
    until = verified["session_until"]
    kept = {"name_id": name, "session_index": verified["session_index"]}
    return Authentication(
        said,
        Speaker(issuer, registered, audience=us),
        mfa=verified["authn_context"] == REFEDS_MFA,
        until=datetime.fromisoformat(until) if until else None,
        there=There(name["value"], verified["session_index"], kept) if name else None,
        facts=facts,
    )


async def _sender(session: AsyncSession, site: Site, came: Response) -> rows.IdentityProvider:
    """Who seems to have sent it, and whether it answers anything: both are claims until its signature is verified."""
    issuer = came.issuer
    provider = await members.usable_provider(session, issuer, demo=site.demo) if issuer else None
    if provider is None or provider.protocol is not IdentityProtocol.SAML:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "a response of nobody registered")
    if came.in_response_to is not None:
        row = rows.SignIn
        asked = select(col(row.id)).where(
            col(row.state_hash) == state_hash(site, came.in_response_to), col(row.used_at).is_(None), OPEN
        )
        if await session.scalar(asked) is None:
            raise Refusal(Error.SIGN_IN_EXPIRED, "it answers a request that is unknown, used or old")
    return provider


async def _once(session: AsyncSession, verified: Verified) -> None:
    """Nobody sends it again, to whichever process, whichever keys are the newest by then. Raises Refusal."""
    named = hashlib.sha256(f"{verified.issuer}\0{verified.assertion_id}".encode()).digest()
    seen = {"hash": named, "expires_at": verified.expires_at}
    new = insert(rows.SeenAssertion).values(seen).on_conflict_do_nothing().returning(col(rows.SeenAssertion.hash))
    if await session.scalar(new) is None:
        raise Refusal(Error.RESPONSE_INVALID, "a replay")


async def _taken(session: AsyncSession, site: Site, handle: str) -> rows.SamlAnswer:
    answer = rows.SamlAnswer
    taken: rows.SamlAnswer | None = await session.scalar(
        delete(answer).where(col(answer.handle_hash) == _handle_hash(site, handle), _FRESH).returning(answer)
    )
    if taken is None:
        raise Refusal(Error.SIGN_IN_EXPIRED, "no such handle, or not any more")
    return taken


async def _check_asked(session: AsyncSession, site: Site, row: rows.SignIn, answered: rows.IdentityProvider) -> None:
    """Whoever answers was asked, or is a proxy's source that the asked one may answer through. Raises Refusal."""
    if row.provider_id == answered.id:
        return
    asked = await members.provider(session, row.provider_id, demo=site.demo)
    if asked is None or answered.issuer not in asked.proxied_issuers:
        raise Refusal(Error.RESPONSE_INVALID, "another provider was asked")


def _check_wishes(wished: Mapping[str, Any], verified: Mapping[str, Any]) -> None:
    if wished["mfa"] and verified["authn_context"] != REFEDS_MFA:
        raise Refusal(Error.MFA_MISSING, "another authentication context")
    if wished["force"] and datetime.fromisoformat(verified["authn_instant"]).timestamp() < wished["at"] - _SLACK:
        raise Refusal(Error.RESPONSE_INVALID, "not authenticated anew")


def _failed(failed: Failed) -> Refusal:
    """What the university says of its own accord. Nothing rests on it, so that its word need not be verified."""
    if NO_AUTHN_CONTEXT in (failed.status, failed.substatus):
        return Refusal(Error.MFA_MISSING, "the provider can't")
    said = (failed.substatus or failed.status).rpartition(":")[2]
    return Refusal(Error.SIGN_IN_CANCELLED, f"status {said}")


def _unsealed(site: Site, content: str) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = orjson.loads(site.keys.unseal(Purpose.LOGIN, content))
    except Unreadable as error:
        raise Refusal(Error.SIGN_IN_EXPIRED, "its key is gone") from error
    return kept


def _handle_hash(site: Site, handle: str) -> bytes:
    return site.keys.mac(Purpose.LOGIN, b"handle\0" + handle.encode(errors="replace"))
