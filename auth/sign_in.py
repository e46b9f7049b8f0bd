"""One sign-in from the choice of a provider to a session. Between its steps no transaction stays open."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import delete as delete_from
from sqlalchemy import func, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from auth import claims, oidc, sessions
from auth.address import believable
from auth.authentication import Asked, Authentication, Sent, Wishes
from auth.concerning import concerning
from auth.cookies import SIGN_IN_SECONDS
from auth.federation import entities
from auth.pages import log, one_line
from auth.refusals import Error, Refusal
from auth.release import Release
from auth.saml import asking as saml
from auth.site import Site
from auth.targets import DEFAULT
from domain import discovery, members, roles
from domain.discovery import Institution
from domain.keys import Purpose, Unreadable
from models import identity as rows
from models.vocabulary import IdentityProtocol

CALLBACK = "/login/callback"
OPEN = text(f"started_at > now() - interval '{SIGN_IN_SECONDS} seconds'")
_FORGOTTEN = text(f"started_at < now() - interval '{2 * SIGN_IN_SECONDS} seconds'")
"""Anybody may begin sign-ins, so those that can't be finished any more go soon."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that the sign-in is to redeem."""

    token_hash: bytes
    display_name: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and the cookie that must come back with the answer."""

    sent: Sent
    browser: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    token: str
    target: str
    role: rows.RoleAssignment | None


@dataclass(frozen=True, slots=True)
class Tested:
    """A sign-in that was only to show what comes."""

    release: Release
    institution: Institution


async def begin(
    site: Site,
    issuer: str,
    target: str,
    browser: str | None,
    invited: Invited | None = None,
    *,
    mfa: bool = False,
    testing: bool = False,
) -> Begun:
    """Start a sign-in. `browser`: the cookie of another one under way in the same browser; `mfa`: with several factors;
    `testing`: only to see which attributes come. Raises Refusal.
    """
    if not issuer.isprintable():
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "unprintable")
    async with site.transaction() as session:
        provider = await members.usable_provider(session, issuer, demo=site.demo)
        entity = await entities.of_provider(session, provider) if provider else None
    if provider is None:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN)
    strong = mfa or (invited is not None and provider.mfa_for_roles)
    wishes = Wishes(force=provider.force_authn, mfa=strong)
    if provider.protocol is IdentityProtocol.SAML:
        asked = saml.ask(site, provider, entity, wishes)
    else:
        asked = await _ask_by_oidc(site, provider, wishes)
    browser = browser if browser and _fingerprint(site, browser) else site.keys.mint(Purpose.LOGIN)
    async with site.transaction() as session:
        await session.execute(delete_from(rows.SignIn).where(_FORGOTTEN))
        session.add(
            rows.SignIn(
                state_hash=state_hash(site, asked.state),
                browser_hash=site.keys.fingerprint(Purpose.LOGIN, browser),
                provider_id=provider.id,
                secrets=site.keys.seal(Purpose.LOGIN, orjson.dumps(asked.remembered)),
                target=target,
                invitation_hash=invited.token_hash if invited else None,
                display_name=invited.display_name if invited else None,
                testing=testing,
            )
        )
    return Begun(asked.sent, browser)


async def finish(site: Site, answer: Mapping[str, str], browser: str | None, previous: str | None) -> SignedIn | Tested:
    """Make a session of an OpenID provider's answer. `previous`: the token of the session that it takes the place of.

    The sign-in is used up first and for good: whatever fails afterwards, the same answer is worth nothing.
    Raises Refusal.
    """
    async with site.transaction() as session:
        row = await use_up(session, site, answer.get("state"), browser)
        provider = await members.provider(session, row.provider_id, demo=site.demo)
        registered = await members.registered(session, row.provider_id)
    if provider is None or provider.protocol is not IdentityProtocol.OIDC:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN)
    started = oidc.Started(**remembered(site, row))
    async with concerning(site, provider.id):
        authentication = await oidc.finish(site.directory, _client(site, provider), started, answer, registered)
        return await conclude(site, row, provider.id, authentication, previous)


async def conclude(
    site: Site,
    row: rows.SignIn | None,
    provider_id: UUID,
    authentication: Authentication,
    previous: str | None,
    target: str = DEFAULT,
) -> SignedIn | Tested:
    """What a provider vouched for becomes a session; of a test, what is to be shown. `row`: None where nobody asked,
    and then `target` says where it leads. Raises Refusal.
    """
    if row is not None and row.testing:
        return await _tested(site, provider_id, authentication)
    asserted = claims.read(authentication.said, authentication.speaker)
    async with site.transaction() as session:
        if previous:
            await sessions.end(session, site, previous)
        opened = await sessions.open_(
            session,
            site,
            provider_id,
            asserted,
            mfa=authentication.mfa,
            until=authentication.until,
            there=authentication.there,
        )
        role = await _redeemed(session, row, opened) if row else None
    log.info(
        "signed in: by %s, members %d, known again %s, several factors %s",
        one_line(authentication.speaker.issuer),
        len(opened.memberships),
        "yes" if asserted.subject else "no",
        "yes" if authentication.mfa else "no",
    )
    return SignedIn(opened.token, row.target if row else target, role)


async def _tested(site: Site, provider_id: UUID, authentication: Authentication) -> Tested:
    async with site.transaction() as session:
        institution = await discovery.institution(session, provider_id, demo=site.demo)
    if institution is None:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "registered for no scope")
    release = claims.examine(authentication.said, authentication.speaker)
    return Tested(replace(release, facts=authentication.facts), institution)


async def use_up(session: AsyncSession, site: Site, state: str | None, browser: str | None) -> rows.SignIn:
    """The sign-in that the answer belongs to. One of another browser is left alone: its own may still come.

    Raises Refusal.
    """
    fingerprint = _fingerprint(site, browser) if browser else None
    if not state or fingerprint is None:
        raise Refusal(Error.SIGN_IN_EXPIRED, "no state or no cookie")
    used = await session.execute(
        update(rows.SignIn)
        .where(
            col(rows.SignIn.state_hash) == state_hash(site, state),
            col(rows.SignIn.browser_hash) == fingerprint,
            col(rows.SignIn.used_at).is_(None),
            OPEN,
        )
        .values(used_at=func.now())
        .returning(rows.SignIn)
    )
    row: rows.SignIn | None = used.scalar_one_or_none()
    if row is None:
        raise Refusal(Error.SIGN_IN_EXPIRED, "unknown, used, old, or begun in another browser")
    return row


def remembered(site: Site, row: rows.SignIn) -> dict[str, Any]:
    """What `Asked.remembered` was. Raises Refusal."""
    try:
        kept: dict[str, Any] = orjson.loads(site.keys.unseal(Purpose.LOGIN, row.secrets))
    except Unreadable as error:
        raise Refusal(Error.SIGN_IN_EXPIRED, "its key is gone") from error
    return kept


async def _ask_by_oidc(site: Site, provider: rows.IdentityProvider, wishes: Wishes) -> Asked:
    started = await oidc.begin(site.directory, _client(site, provider), wishes)
    return Asked(Sent(started.address), started.state, asdict(started))


async def _redeemed(session: AsyncSession, row: rows.SignIn, opened: sessions.Opened) -> rows.RoleAssignment | None:
    if row.invitation_hash is None:
        return None
    try:
        invitation = await roles.invitation_by_hash(session, row.invitation_hash)
        at_member = [one for one in opened.memberships if one.member_id == invitation.member_id]
        if not at_member:
            raise Refusal(Error.INVITATION_OTHER_MEMBER)
        pseudonym_id: UUID | None = at_member[0].pseudonym_id
        if pseudonym_id is None:
            raise Refusal(Error.PSEUDONYM_MISSING)
        return await roles.redeem(
            session, row.invitation_hash, invitation.member_id, pseudonym_id, row.display_name or ""
        )
    except roles.NotRedeemable as error:
        raise Refusal(Error.INVITATION_INVALID) from error


def _client(site: Site, provider: rows.IdentityProvider) -> oidc.Client:
    """Us at this provider."""
    if not believable(provider.issuer, site.public_url, demo=provider.demo):
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN, "plain http or a demo's, beyond loopback")
    try:
        secret = site.keys.unseal(Purpose.PROVIDERS, provider.client_secret) if provider.client_secret else None
    except Unreadable as error:
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, "the client secret's key is gone") from error
    return oidc.Client(
        provider.issuer, provider.client_id or "", secret.decode() if secret else None, site.public_url + CALLBACK
    )


def state_hash(site: Site, state: str) -> bytes:
    return site.keys.mac(Purpose.LOGIN, b"state\0" + state.encode(errors="replace"))


def _fingerprint(site: Site, token: str) -> bytes | None:
    try:
        return site.keys.fingerprint(Purpose.LOGIN, token)
    except Unreadable:
        return None
