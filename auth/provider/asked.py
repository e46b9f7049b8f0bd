"""A request to the provider, as Authlib reads it: each parameter once, plain text, of bounded length."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from starlette.requests import Request

MOST_BYTES = 64 * 1024
MOST_PARAMETERS = 50
FORM = "application/x-www-form-urlencoded"
SECRETS = frozenset({"client_secret", "client_assertion", "code_verifier", "refresh_token", "access_token", "token"})
"""Never in an address, which is kept in histories and logs (RFC 9700 §4.3.2)."""
KNOWN = SECRETS | {
    *("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age"),
    *("code_challenge", "code_challenge_method", "resource", "grant_type", "code", "client_assertion_type"),
    *("token_type_hint", "id_token_hint", "post_logout_redirect_uri", "login_after"),
    *("request", "request_uri", "registration", "dpop_jkt", "authorization_details"),
}
"""Others are passed over (RFC 6749 §3.1). The last row is known to be refused by name."""
_PLAIN = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
"""What an error's description may repeat (RFC 6749 §5.2): none of our parameters holds anything else."""


class Asked(OAuth2Request):  # type: ignore[misc] # Authlib ships no types
    """`form`: the parameters, which RFC 6749 §3.2 forbids to repeat."""

    def __init__(self, request: Request, address: str, parameters: Mapping[str, str]) -> None:
        super().__init__(request.method, _as_secure(address), headers=request.headers)
        self.payload = BasicOAuth2Payload(dict(parameters))

    @property
    def form(self) -> Mapping[str, str]:
        return self.payload.data  # type: ignore[no-any-return] # likewise

    @property
    def args(self) -> Mapping[str, str]:
        return self.form

    @property
    def claimed_client(self) -> str | None:
        """The client that it says it comes from, however it says it; nothing is proven yet.

        Raises:
            InvalidRequestError: it says so in two ways (RFC 6749 §2.3).
            InvalidClientError: the header can't be read.
        """
        header = self.headers.get("authorization")
        if sum((bool(header), "client_secret" in self.form, "client_assertion" in self.form)) > 1:
            raise InvalidRequestError("Use one way to authenticate the client, not several.")
        by_proof = _basic(header) if header else unproven(self.form.get("client_assertion")).get("sub")
        named = {str(name) for name in (by_proof, self.form.get("client_id")) if name}
        if len(named) > 1:
            raise InvalidRequestError("The request names two clients.")
        return next(iter(named), None)


async def posted(request: Request, address: str) -> Asked:
    """The form of a POST. Raises InvalidRequestError."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise InvalidRequestError(f"Send the parameters as {FORM}.")
    if request.query_params:
        raise InvalidRequestError("Send the parameters in the body, not in the address.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise InvalidRequestError("The body is too long.")
    return Asked(request, address, _parsed(body))


def linked(request: Request, address: str) -> Asked:
    """The query of a GET. Raises InvalidRequestError."""
    asked = Asked(request, address, _parsed(request.url.query.encode()))
    if not SECRETS.isdisjoint(asked.form):
        raise InvalidRequestError("A secret must not stand in an address.")
    return asked


def _parsed(text: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
    except ValueError as error:  # UnicodeError is one
        raise InvalidRequestError("The parameters can't be read as a form.") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise InvalidRequestError("A parameter is given twice.")
    # One without a value counts as left out (RFC 6749 §3.1).
    found = {name: value for name, value in pairs if value and name in KNOWN}
    wrong = next((name for name, value in found.items() if not _PLAIN.fullmatch(value)), None)
    if wrong:
        raise InvalidRequestError(f"The parameter {wrong} has a character that it can not have.")
    return found


def _basic(header: str) -> str:
    """The user name of HTTP Basic, which is form-encoded (RFC 6749 §2.3.1)."""
    scheme, _, encoded = header.partition(" ")
    try:
        name, colon, _ = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
    except ValueError:  # of base64 and of ASCII
        colon = ""
    if scheme.lower() != "basic" or not colon:
        raise InvalidClientError("The Authorization header is not readable as HTTP Basic.", status_code=401)
    return unquote(name)


def unproven(token: str | None) -> dict[str, Any]:
    """What a JWT says, whoever signed it: enough to know whose keys to prove it with. Empty for what is none."""
    parts = (token or "").split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _as_secure(address: str) -> str:
    """Authlib insists on https. Our settings do already, everywhere but on loopback."""
    return "https" + address.removeprefix("http").removeprefix("s")
