"""The provider itself: Authlib's grants and endpoints, over a `Case` that holds all they need.

What Authlib leaves open is closed here: PKCE for every client and S256 alone, the family of a refresh token that comes
twice dies, and so do the tokens of a code that comes twice.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, AuthorizationServer, OAuth2Error, TokenMixin, grants
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import OpenIDCode, UserInfo
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.responses import JSONResponse, Response

from auth.provider import tokens
from auth.provider.case import ASSERTION_LIVES, CODE_LIVES, Case
from auth.provider.clients import METHODS, PROVEN, Registered, allowed, in_own_name
from auth.provider.metadata import ASSERTION_ALGORITHMS, TOKEN
from auth.provider.people import Person
from auth.provider.texts import Kind, Text
from domain import scopes

HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Provider(AuthorizationServer):  # type: ignore[misc] # Authlib ships no types
    """Made anew for each request: Authlib's methods get no request, and this one knows its case."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        self.case = case
        self.refused: str | None = None
        self.register_token_generator("default", _Generator(case))
        self.register_client_auth_method("private_key_jwt", _Assertion(case))
        self.register_grant(_Code, [_S256(), _IdToken(case)])
        self.register_grant(_Refresh)
        self.register_grant(_OwnName)
        self.register_endpoint(_Revocation)
        self.register_endpoint(_Introspection)

    def query_client(self, client_id: str) -> Registered | None:
        client = self.case.client
        return client if client and client.get_client_id() == client_id else None

    def save_token(self, token: Mapping[str, Any], request: Any) -> None:
        """Nothing of a token is kept but its authorization, which `Case` stores."""

    def create_oauth2_request(self, request: Any) -> Any:
        return request

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        self.refused = error.error
        answer: Response = super().handle_error_response(request, error)
        return answer

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        """JSON, or the way back to the client with the name of who sends it (RFC 9207)."""
        given = dict(headers or ())
        address = given.get("Location")
        if address:
            answer = add_params_to_uri(address, {"iss": self.case.site.public_url})
            return Response(status_code=303, headers={**HEADERS, "Location": answer, "Referrer-Policy": "no-referrer"})
        given.pop("Content-Type", None)
        return JSONResponse(body, status, {**HEADERS, **given})


class _Generator(JWTBearerTokenGenerator):  # type: ignore[misc]
    def __init__(self, case: Case) -> None:
        super().__init__(case.site.public_url, tokens.ALGORITHM, self._refresh_token, lambda *_: tokens.SECONDS)
        self._case = case

    def get_jwks(self) -> KeySet:
        return tokens.signing(self._case.site.keys)

    def get_audiences(self, client: Registered, user: Person | None, scope: str) -> str:
        return self._case.site.public_url

    def get_jti(self, client: Registered, grant_type: str, user: Person | None, scope: str) -> str:
        found = self._case.authorization or self._case.give(scopes.known(scope.split()))
        return tokens.token_id(found.id, generate_token(16))

    def get_auth_time(self, user: Person | None) -> int | None:
        return user.auth_time if user else None

    def _refresh_token(self, *, grant_type: str, **_: Any) -> str:
        found = self._case.authorization
        assert found is not None  # noqa: S101 made from a code or a refresh token, which have one
        generation = found.generation + (grant_type == "refresh_token")
        return Text(Kind.REFRESH_TOKEN, found.id, generation).sealed(self._case.site.keys)


class _Assertion(JWTBearerClientAssertion):  # type: ignore[misc]
    """private_key_jwt (OpenID Connect Core 1.0 §9, RFC 7523). Each assertion is good once."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, case: Case) -> None:
        super().__init__(leeway=tokens.LEEWAY)
        self._case = case

    def get_audiences(self) -> list[str]:
        here = self._case.site.public_url
        return [here, here + TOKEN]

    def resolve_client_public_key(self, client: Registered) -> KeySet:
        return KeySet.import_key_set(cast(Any, client.row.jwks))

    def process_assertion_claims(self, assertion: str, resolve_key: KeySet) -> dict[str, Any]:
        """By the algorithms that our metadata names, of which joserfc by itself takes two."""
        try:
            token = jwt.decode(assertion, resolve_key, algorithms=ASSERTION_ALGORITHMS)
        except JoseError as error:
            raise InvalidClientError("The assertion can not be verified.") from error
        self.verify_claims(token.claims)
        return token.claims

    def validate_jti(self, claims: Mapping[str, Any], jti: object) -> bool:
        """Whether it can be remembered; that it comes for the first time, `Case.store` finds."""
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        if not isinstance(jti, str) or expires_at > datetime.now(UTC) + ASSERTION_LIVES:
            return False
        self._case.asserted = (jti, expires_at)
        return True


class _S256(CodeChallenge):  # type: ignore[misc]
    """PKCE for every client (RFC 9700 §2.1.1), with S256 alone."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: send code_challenge, and S256 as code_challenge_method.")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: object) -> None:
        if not grant.request.form.get("code_verifier"):
            raise InvalidRequestError("Missing 'code_verifier' in request.")
        super().validate_code_verifier(grant, result)


class _Sent(AuthorizationCodeMixin, TokenMixin):  # type: ignore[misc]
    """The authorization of a code or a token that was sent, as Authlib asks about it."""

    code_challenge_method = "S256"

    def __init__(self, case: Case) -> None:
        assert case.authorization is not None  # noqa: S101 asked for only where there is one
        self.case = case
        self.row = case.authorization
        self.code_challenge = self.row.code_challenge

    def get_redirect_uri(self) -> str | None:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return " ".join(sorted(self.case.allowed))

    def get_nonce(self) -> str | None:
        return self.row.nonce

    def get_auth_time(self) -> int | None:
        return self.case.person.auth_time if self.case.person else None

    def get_acr(self) -> None:
        """Not known: institutions say how somebody signed in by means of their own."""

    def get_amr(self) -> None:
        """Likewise."""

    def check_client(self, client: Registered) -> bool:
        return self.row.client_id == client.row.id

    def is_expired(self) -> bool:
        return not self.case.stands

    def is_revoked(self) -> bool:
        return not self.case.stands or self.is_of_the_past

    @property
    def is_of_the_past(self) -> bool:
        """Whether it was refreshed already."""
        text = self.case.text
        return text is not None and text.generation != self.row.generation


class _Code(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def generate_authorization_code(self) -> str:
        case: Case = self.server.case
        data = self.request.payload.data
        who: Person = self.request.user
        given = case.give(
            scopes.known(self.request.scope.split()),
            session_id=who.session_id,
            member_ids=sorted(one.member_id for one in who.memberships),
            redirect_uri=data.get("redirect_uri") or (case.client and case.client.get_default_redirect_uri()),
            nonce=data.get("nonce"),
            code_challenge=data["code_challenge"],
        )
        return Text(Kind.CODE, given.id).sealed(case.site.keys)

    def save_authorization_code(self, code: str, request: Any) -> None:
        """`Case` stores its authorization."""

    def query_authorization_code(self, code: str, client: Registered) -> _Sent | None:
        """The authorization, if the code is this client's, fresh, and comes for the first time. Whoever sends it again
        may have stolen it: what it gave is over (RFC 6749 §4.1.2)."""
        case: Case = self.server.case
        row = case.sent(Kind.CODE)
        if row is None:
            return None
        if row.code_used_at is not None:
            case.revoke("code_replayed")
            return None
        fresh = datetime.now(UTC) - row.created_at <= CODE_LIVES
        return _Sent(case) if fresh and case.stands else None

    def delete_authorization_code(self, authorization_code: _Sent) -> None:
        authorization_code.row.code_used_at = datetime.now(UTC)

    def authenticate_user(self, authorization_code: _Sent) -> Person | None:
        return authorization_code.case.person


class _Refresh(grants.RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Sent | None:
        """Good once. Of one that comes again a thief has one of the two: the family dies (RFC 9700 §4.14.2)."""
        case: Case = self.server.case
        if case.sent(Kind.REFRESH_TOKEN) is None:
            return None
        sent = _Sent(case)
        if sent.is_of_the_past:
            case.revoke("refresh_token_replayed")
            return None
        return sent if case.stands else None

    def authenticate_user(self, refresh_token: _Sent) -> Person | None:
        return refresh_token.case.person

    def revoke_old_credential(self, refresh_token: _Sent) -> None:
        refresh_token.row.generation += 1


class _OwnName(grants.ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = PROVEN

    def validate_token_request(self) -> None:
        super().validate_token_request()
        client: Registered = self.request.client
        scope = allowed(self.request.payload.scope, in_own_name(client))
        if scope is None:
            raise InvalidScope("A scope is not this client's, or needs a person.")
        self.request.payload.data["scope"] = scope


class InvalidScope(OAuth2Error):  # type: ignore[misc]
    error = "invalid_scope"


class _IdToken(OpenIDCode):  # type: ignore[misc]
    def __init__(self, case: Case) -> None:
        super().__init__()
        self._case = case

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """The client's own to check: it alone knows which sign-in the answer belongs to."""
        return False

    def resolve_client_private_key(self, client: Registered) -> KeySet:
        return tokens.signing(self._case.site.keys)

    def get_client_claims(self, client: Registered) -> dict[str, Any]:
        return {"iss": self._case.site.public_url, "aud": client.get_client_id()}

    def generate_user_info(self, user: Person, scope: str) -> UserInfo:
        return UserInfo(**{**self._case.claims, "sub": user.subject, "sid": user.session_name})


class _OfAToken:
    """What revocation and introspection look up: `Case` has loaded it, of whichever kind the token is."""

    server: Provider

    def query_token(self, token: str, hint: str | None) -> _Sent | None:
        return _Sent(self.server.case) if self.server.case.authorization else None


class _Revocation(_OfAToken, RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = METHODS

    def revoke_token(self, token: _Sent, request: Any) -> None:
        """Of an authorization nothing outlives any of its tokens (RFC 7009 §2.1 allows it)."""
        token.case.revoke("by_client")


class _Introspection(_OfAToken, IntrospectionEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = PROVEN

    def check_permission(self, token: _Sent, client: Registered, request: Any) -> bool:
        """A client asks about its own tokens; the API that they are for is we ourselves."""
        return token.check_client(client)

    def introspect_token(self, token: _Sent) -> dict[str, Any]:
        """RFC 7662 §2.2."""
        case = token.case
        told = {"active": True, "client_id": str(token.row.client_id), "scope": token.get_scope()}
        told |= {"iss": case.site.public_url, "aud": case.site.public_url}
        if case.person:
            told["sub"] = case.person.subject
        if case.text is None:
            told |= {"token_type": "Bearer", "exp": case.site.tokens.check(case.asked.form["token"]).expires_at}
        return told
