"""OpenID Connect, the relying party: code flow with PKCE, and an ID token believed only when everything about it fits.

OpenID Connect Core 1.0 §3.1, RFC 7636 (PKCE), RFC 9207 (issuer identification), RFC 9700 (security practice).
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from auth import fetch
from auth.authentication import REFEDS_MFA, Authentication, There, Wishes
from auth.claims import Speaker
from auth.refusals import Error, Refusal

LEEWAY = 60
"""Seconds that a provider's clock may differ from ours."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures only: with `none` anybody could sign, with HS* whoever takes a public key for a secret."""
KEEP = 3600.0
"""Seconds that discovery and keys are kept. A key not among them is looked for at once, see `Directory.key_set`."""
RETRY = 10.0
"""Seconds before a provider that failed is asked again, whoever wants to sign in meanwhile."""
DEADLINE = 15.0
"""Seconds for all that one sign-in asks of a provider."""
EXTRA_SCOPES = ("eduperson", "eduperson_scoped_affiliation", "eduperson_entitlement", "pairwise_id")
"""Asked for where the provider offers them. Never `profile` or `email`: what isn't needed isn't asked for."""
AFFILIATION = "eduperson_scoped_affiliation"


@dataclass(frozen=True, slots=True)
class Client:
    """Us, as one provider knows us."""

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Started:
    """What must be remembered of a sign-in under way, and where the browser goes."""

    address: str
    state: str
    nonce: str
    verifier: str
    at: float
    """Seconds since 1970."""
    force: bool
    mfa: bool


@dataclass(slots=True)
class _Known:
    metadata: dict[str, Any]
    fetched: float
    keys: KeySet | None = None
    searched: float = -RETRY
    """When a key that wasn't among them was last looked for."""


class Directory:
    """What providers say of themselves: discovery documents and keys, kept a while, fetched by one task at a time."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._failed: dict[str, float] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def metadata(self, issuer: str) -> dict[str, Any]:
        return (await self._current(issuer)).metadata

    async def key_set(self, issuer: str, unlike: KeySet | None = None) -> KeySet:
        """The issuer's signing keys; fetched again where the caller found nothing in `unlike`, but not more often than
        every RETRY seconds: tokens that name unknown keys are easily made."""
        known = await self._current(issuer)
        async with self._lock(issuer):
            now = time.monotonic()
            search = unlike is not None and known.keys is unlike and now - known.searched >= RETRY
            if search:
                known.searched = now
            if known.keys is None or search:
                document = await _get(str(known.metadata["jwks_uri"]))
                known.keys = _signing_keys(document)
            return known.keys

    async def _current(self, issuer: str) -> _Known:
        async with self._lock(issuer):
            now = time.monotonic()
            known = self._known.get(issuer)
            if known is None or now - known.fetched > KEEP:
                if now - self._failed.get(issuer, -RETRY) < RETRY:
                    raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, "failed a moment ago")
                try:
                    known = self._known[issuer] = _Known(await _discover(issuer), now)
                except Refusal:
                    self._failed[issuer] = now
                    raise
            return known

    def _lock(self, issuer: str) -> asyncio.Lock:
        return self._locks.setdefault(issuer, asyncio.Lock())


async def begin(directory: Directory, client: Client, wishes: Wishes) -> Started:
    """Where to send the browser. Raises Refusal when the provider can't be reached or is no OpenID provider."""
    metadata = await directory.metadata(client.issuer)
    offered = metadata.get("scopes_supported") or ()
    scope = " ".join(["openid", *(extra for extra in EXTRA_SCOPES if extra in offered)])
    nonce, verifier, state = (secrets.token_urlsafe(32) for _ in range(3))
    wished = {"max_age": "0"} if wishes.force else {}
    if wishes.mfa:
        wished["acr_values"] = REFEDS_MFA
    async with _oauth(client, metadata, scope) as oauth:
        address, _ = oauth.create_authorization_url(
            metadata["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce, **wished
        )
    return Started(address, state, nonce, verifier, time.time(), wishes.force, wishes.mfa)


async def finish(
    directory: Directory, client: Client, started: Started, answer: Mapping[str, str], registered: Mapping[str, UUID]
) -> Authentication:
    """Who signed in, from the provider's answer to the callback. `registered`: its scopes, each with its member.

    The caller has looked up `started` by the answer's state and the browser's cookie, and used it up. Raises Refusal.
    """
    try:
        async with asyncio.timeout(DEADLINE):
            metadata = await directory.metadata(client.issuer)
            said, id_token = await _finish(directory, client, metadata, started, answer)
    except TimeoutError as error:
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, "deadline") from error
    mfa = said.get("acr") == REFEDS_MFA or "mfa" in _listed(said.get("amr"))
    _check_wishes(started, said, mfa)
    index = said.get("sid")
    return Authentication(
        said,
        Speaker(client.issuer, registered, stable_sub=stable_sub(metadata)),
        mfa=mfa,
        there=There(str(said["sub"]), index if isinstance(index, str) else None, {"id_token": id_token}),
        facts={"signed": "ID Token", "authn_context": str(said.get("acr") or "–")[:512]},
    )


def _check_wishes(started: Started, said: Mapping[str, Any], mfa: bool) -> None:
    if started.mfa and not mfa:
        raise Refusal(Error.MFA_MISSING, f"acr {str(said.get('acr'))[:100]}")
    at = said.get("auth_time")
    if started.force and not (isinstance(at, (int, float)) and at > started.at - LEEWAY):
        raise Refusal(Error.TOKEN_INVALID, "not authenticated anew")


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


async def _finish(
    directory: Directory, client: Client, metadata: Mapping[str, Any], started: Started, answer: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """The claims, and the ID token that they are from."""
    _check_sender(metadata, client.issuer, answer.get("iss"))
    if "error" in answer:
        raise Refusal(Error.SIGN_IN_CANCELLED, answer["error"][:100])
    if not answer.get("code"):
        raise Refusal(Error.SIGN_IN_FAILED, "no code")
    async with _oauth(client, metadata, None) as oauth:
        try:
            token = await oauth.fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=answer["code"],
                code_verifier=started.verifier,
            )
        except httpx2.TransportError as error:
            raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, repr(error)) from error
        except (AuthlibBaseError, httpx2.HTTPError, ValueError, TypeError) as error:
            raise Refusal(Error.SIGN_IN_FAILED, f"token endpoint: {error!r}") from error
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise Refusal(Error.TOKEN_INVALID, "no id_token")
        claims = await _verified(directory, client, id_token, started.nonce, token.get("access_token"))
        if AFFILIATION not in claims and "userinfo_endpoint" in metadata:
            claims = await _completed(oauth, str(metadata["userinfo_endpoint"]), claims)
    return claims, id_token


def stable_sub(metadata: Mapping[str, Any]) -> bool:
    """Whether `sub` is the same at every sign-in (Core §8): as long as the provider offers public or pairwise ones."""
    offered = metadata.get("subject_types_supported", ())
    return isinstance(offered, list) and not {"public", "pairwise"}.isdisjoint(map(str, offered))


def _check_sender(metadata: Mapping[str, Any], issuer: str, sender: str | None) -> None:
    """RFC 9207 §2.4: the answer names who sent it, so that one provider can't pass on another's code."""
    if sender is None and metadata.get("authorization_response_iss_parameter_supported") is True:
        raise Refusal(Error.TOKEN_INVALID, "no iss in the answer although the provider announces it")
    if sender is not None and sender != issuer:
        raise Refusal(Error.TOKEN_INVALID, "the answer came from another issuer")


async def signed_by(directory: Directory, issuer: str, token: str) -> jwt.Token:
    """A token that one of the issuer's keys signed; they are fetched again where it names one that isn't among them.

    Raises JoseError or ValueError for a token that none signed, Refusal where the keys can't be had.
    """
    keys = await directory.key_set(issuer)
    try:
        return jwt.decode(token, keys, algorithms=ALGORITHMS)
    except InvalidKeyIdError:
        return jwt.decode(token, await directory.key_set(issuer, unlike=keys), algorithms=ALGORITHMS)


async def _verified(
    directory: Directory, client: Client, id_token: str, nonce: str, access_token: object
) -> dict[str, Any]:
    """The ID token's claims, after OpenID Connect Core §3.1.3.7."""
    try:
        decoded = await signed_by(directory, client.issuer, id_token)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": client.issuer},
                "aud": {"essential": True, "value": client.client_id},
                "nonce": {"essential": True, "value": nonce},
            },
            {"nonce": nonce, "client_id": client.client_id, "access_token": access_token},
        )
        claims.validate(leeway=LEEWAY)
    except (JoseError, AuthlibBaseError, ValueError, TypeError, OverflowError) as error:
        raise Refusal(Error.TOKEN_INVALID, repr(error)) from error
    if claims["aud"] not in (client.client_id, [client.client_id]):
        raise Refusal(Error.TOKEN_INVALID, "meant for others as well")
    return dict(claims)


async def _completed(oauth: AsyncOAuth2Client, endpoint: str, claims: dict[str, Any]) -> dict[str, Any]:
    """The claims with those that the provider tells at its userinfo endpoint only (OpenID Connect Core §5.3)."""
    try:
        answer = await oauth.get(endpoint)
        told = answer.json() if answer.status_code == httpx2.codes.OK else {}
    except httpx2.TransportError as error:
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, repr(error)) from error
    except (AuthlibBaseError, httpx2.HTTPError, ValueError) as error:
        raise Refusal(Error.SIGN_IN_FAILED, f"userinfo: {error!r}") from error
    if not isinstance(told, dict) or (told and told.get("sub") != claims["sub"]):
        raise Refusal(Error.TOKEN_INVALID, "userinfo of somebody else")
    return {**told, **claims}


def _oauth(client: Client, metadata: Mapping[str, Any], scope: str | None) -> AsyncOAuth2Client:
    offered = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
    return AsyncOAuth2Client(
        client.client_id,
        client.client_secret,
        scope=scope,
        redirect_uri=client.redirect_uri,
        code_challenge_method="S256",
        token_endpoint_auth_method=method if client.client_secret else "none",
        **fetch.options(),
    )


def discovery_address(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


async def _discover(issuer: str) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0 §4."""
    metadata = await _get(discovery_address(issuer))
    if metadata.get("issuer") != issuer:
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, "discovery names another issuer")
    secure = issuer.startswith("https://")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        address = metadata.get(name)
        if address is None and name == "userinfo_endpoint":
            continue
        scheme = urlsplit(address).scheme if isinstance(address, str) else ""
        if scheme != "https" and (secure or scheme != "http"):
            raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, f"discovery has no usable {name}")
    return metadata


def _signing_keys(document: dict[str, Any]) -> KeySet:
    """The set's public signing keys. A symmetric one has no place there."""
    listed = document.get("keys")
    usable = [
        key
        for key in (listed if isinstance(listed, list) else ())
        if isinstance(key, dict) and key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
    ]
    try:
        return KeySet.import_key_set({"keys": usable})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, f"keys: {error!r}") from error


async def _get(address: str) -> dict[str, Any]:
    try:
        async with asyncio.timeout(DEADLINE), httpx2.AsyncClient(**fetch.options()) as client:
            answer = await client.get(address, headers={"Accept": "application/json"})
            document = answer.json() if answer.status_code == httpx2.codes.OK else None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError, TimeoutError) as error:
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, repr(error)) from error
    if not isinstance(document, dict):
        raise Refusal(Error.IDENTITY_PROVIDER_UNAVAILABLE, f"HTTP {answer.status_code} from {address}")
    return document
