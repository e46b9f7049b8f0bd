"""The demo's universities as real OpenID providers: discovery, login page, code with PKCE, RS256. For loopback only.
`demo.saml` has those that speak SAML.

They live on another site (`localhost`) than Mutua (`127.0.0.1`), as real ones do. "Sign in as" links go through the
whole flow; they only spare the typing of the password. State is kept in memory: one process, one demo.
"""

import base64
import hmac
import secrets
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

import jinja2
from fastapi import APIRouter
from joserfc import jwt
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from demo.identity_people import CLIENT_ID, People, Person, Secrets, University, s256

PREFIX = "/demo/idp"
CODE_SECONDS = 60
TOKEN_SECONDS = 300
TICKET = "demo_ticket"
"""The cookie of a "sign in as" link: good for one sign-in, so that the next one asks for a password again."""

_PAGE = jinja2.Environment(autoescape=True).from_string("""<!doctype html>
<html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ university.name.zh }}</title>
<style>:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui;max-width:26rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;line-height:1.3}
label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}
input,button{padding:.6rem;margin:.25rem 0 1rem;border:1px solid GrayText;border-radius:.5rem}
button{cursor:pointer;font-weight:600}
.wrong{color:light-dark(#a00,#ff9f8c)}</style>
<h1>{{ university.name.zh }}<br><small>{{ university.name.en }}</small></h1>
<p>示范用登录服务，人物均为虚构。密码由首次启动生成，每次启动都会打印。<br>
A demo sign-in; its people are invented. Passwords were made at the first start; each start prints them.</p>
{% if wrong %}<p class="wrong" role="alert">用户名或密码不正确。User name or password is wrong.</p>{% endif %}
<form method="post">
<label for="username">用户名 User name</label><input id="username" name="username" list="people" required autofocus>
<datalist id="people">{% for person in people %}
<option value="{{ person.id }}">{{ person.name.zh }} {{ person.name.en }}</option>{% endfor %}</datalist>
<label for="password">密码 Password</label><input id="password" name="password" type="password" required>
<button>登录 Sign in</button></form></html>""")


@dataclass(frozen=True, slots=True)
class _Code:
    person: Person
    redirect_uri: str
    nonce: str | None
    challenge: str
    made: float


@dataclass
class Campus:
    """The providers' side of the demo. `mutua` is Mutua's public URL, `site` the origin that the providers live on."""

    people: People
    secrets: Secrets
    mutua: str
    site: str
    codes: dict[str, _Code] = field(default_factory=dict)
    tickets: dict[str, Person] = field(default_factory=dict)

    def issuer(self, university: str) -> str:
        return f"{self.site}{PREFIX}/{university}"

    @property
    def redirect_uri(self) -> str:
        return f"{self.mutua}/login/callback"

    def persons_of(self, university: str) -> list[Person]:
        return [one for one in self.people.persons.values() if one.university == university]

    def claims(self, person: Person, nonce: str | None) -> dict[str, Any]:
        """What the university says of a person: no name, no e-mail."""
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": self.issuer(person.university),
            "sub": self.secrets.pairwise_id(person).partition("@")[0],
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "pairwise_id": self.secrets.pairwise_id(person),
            "eduperson_scoped_affiliation": list(person.affiliations),
            "eduperson_entitlement": list(person.entitlements),
        }
        return said | ({"nonce": nonce} if nonce else {})

    def id_token(self, person: Person, nonce: str | None) -> str:
        key = self.secrets.signing[person.university]
        return jwt.encode({"alg": "RS256", "kid": key.kid}, self.claims(person, nonce), key)

    def grant(self, person: Person, request: Request) -> str:
        """A one-time code for the authorisation request, as the address that takes it back to Mutua."""
        query = request.query_params
        code = secrets.token_urlsafe(32)
        self.codes = {one: kept for one, kept in self.codes.items() if time.monotonic() - kept.made < CODE_SECONDS}
        self.codes[code] = _Code(
            person, self.redirect_uri, query.get("nonce"), query["code_challenge"], time.monotonic()
        )
        return self.answer(person.university, query.get("state"), code=code)

    def answer(self, university: str, state: str | None, **told: str) -> str:
        """RFC 9207: every answer names its issuer."""
        told |= {"iss": self.issuer(university)} | ({"state": state} if state else {})
        return f"{self.redirect_uri}?{urlencode(told)}"


def origin_beside(mutua: str) -> str:
    """The other site of the same machine and port: `localhost` for 127.0.0.1, and the other way round."""
    parts = urlsplit(mutua)
    host = "127.0.0.1" if parts.hostname == "localhost" else "localhost"
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def router(campus: Campus) -> APIRouter:
    """Every handler gets `campus` first; FastAPI reads its other parameters from the request."""
    routes = APIRouter(include_in_schema=False)
    for method, path, handler in (
        ("GET", PREFIX + "/{university}/.well-known/openid-configuration", _discovery),
        ("GET", PREFIX + "/{university}/jwks", _jwks),
        ("GET", PREFIX + "/{university}/authorize", _ask),
        ("POST", PREFIX + "/{university}/authorize", _check),
        ("POST", PREFIX + "/{university}/token", _token),
        ("GET", "/demo/as/{person}", _sign_in_as),
        ("GET", PREFIX + "/as/{person}", _hand_out_ticket),
    ):
        routes.add_api_route(path, partial(handler, campus), methods=[method], name=handler.__name__)
    return routes


async def _discovery(campus: Campus, university: str) -> Response:
    if university not in campus.people.universities:
        return _unknown()
    issuer = campus.issuer(university)
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )


async def _jwks(campus: Campus, university: str) -> Response:
    if university not in campus.people.universities:
        return _unknown()
    return JSONResponse({"keys": [campus.secrets.signing[university].as_dict(private=False)]})


async def _ask(campus: Campus, request: Request, university: str) -> Response:
    known = campus.people.universities.get(university)
    if (wrong := _unfit(campus, request)) or known is None:
        return wrong or _unknown()
    person = campus.tickets.pop(request.cookies.get(TICKET, ""), None)
    if person is None or person.university != university:
        return login_page(campus, known, wrong=False)
    answer = RedirectResponse(campus.grant(person, request), 303)
    answer.delete_cookie(TICKET, path=PREFIX)
    return answer


async def _check(campus: Campus, request: Request, university: str) -> Response:
    known = campus.people.universities.get(university)
    if (wrong := _unfit(campus, request)) or known is None:
        return wrong or _unknown()
    person = await who(campus, request, university)
    if person is None:
        return login_page(campus, known, wrong=True)
    return RedirectResponse(campus.grant(person, request), 303)


async def who(campus: Campus, request: Request, university: str) -> Person | None:
    """Whose name and password the login page brought."""
    async with request.form(max_files=0, max_fields=10) as form:
        person = campus.people.persons.get(str(form.get("username", "")))
        given = str(form.get("password", ""))
    password = campus.secrets.passwords[person.id] if person else secrets.token_urlsafe()
    right = hmac.compare_digest(password.encode(), given.encode())
    return person if right and person and person.university == university else None


async def _token(campus: Campus, request: Request, university: str) -> Response:
    if request.headers.get("authorization") != _basic(CLIENT_ID, campus.secrets.client_secret):
        return JSONResponse({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
    async with request.form(max_files=0, max_fields=20) as form:
        said = {name: str(value) for name, value in form.items()}
    code = campus.codes.pop(said.get("code", ""), None)
    if (
        said.get("grant_type") != "authorization_code"
        or code is None
        or code.person.university != university
        or time.monotonic() - code.made > CODE_SECONDS
        or said.get("redirect_uri") != code.redirect_uri
        or s256(said.get("code_verifier", "")) != code.challenge
    ):
        return JSONResponse({"error": "invalid_grant"}, 400)
    return JSONResponse(
        {
            "access_token": secrets.token_urlsafe(32),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "id_token": campus.id_token(code.person, code.nonce),
        },
        headers={"Cache-Control": "no-store"},
    )


async def _sign_in_as(campus: Campus, person: str, target: str = "/") -> Response:
    """A link for the reader of the demo: over to the university's site, where the person gets her ticket."""
    if person not in campus.people.persons:
        return _unknown()
    return RedirectResponse(f"{campus.site}{PREFIX}/as/{person}?{urlencode({'target': target})}", 303)


async def _hand_out_ticket(campus: Campus, person: str, target: str = "/") -> Response:
    known = campus.people.persons.get(person)
    if known is None:
        return _unknown()
    ticket = secrets.token_urlsafe(16)
    campus.tickets[ticket] = known
    back = urlencode({"issuer": campus.issuer(known.university), "target": target})
    answer = RedirectResponse(f"{campus.mutua}/login?{back}", 303)
    answer.set_cookie(TICKET, ticket, CODE_SECONDS, path=PREFIX, httponly=True, samesite="lax")
    return answer


def _unfit(campus: Campus, request: Request) -> Response | None:
    """What keeps an authorisation request from being answered at all; its redirect address isn't believed then."""
    query = request.query_params
    fits = (
        query.get("client_id") == CLIENT_ID
        and query.get("redirect_uri") == campus.redirect_uri
        and query.get("response_type") == "code"
        and query.get("code_challenge_method") == "S256"
        and query.get("code_challenge")
        and "openid" in query.get("scope", "").split()
    )
    return None if fits else JSONResponse({"error": "invalid_request"}, 400)


def login_page(campus: Campus, university: University, *, wrong: bool) -> Response:
    html = _PAGE.render(university=university, people=campus.persons_of(university.id), wrong=wrong)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; form-action 'self' {campus.mutua}; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(html, 401 if wrong else 200, headers)


def _unknown() -> Response:
    return JSONResponse({"error": "not_found"}, 404)


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
