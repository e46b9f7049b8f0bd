"""Confidential apps that are written with kept client libraries: Authlib, and requests-oauthlib."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import InvalidGrantError
from requests_oauthlib import OAuth2Session

from tests.identity.apps import CALLBACK, App, app
from tests.identity.conftest import Town
from tests.identity.house import form_of

SCOPE = "openid access:decisions:read patron:affiliations:read"


@pytest.fixture
async def library(town: Town, reader: httpx2.AsyncClient) -> App:
    await town.sign_in(reader)
    return await app(town.mutua, secret=True)


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both libraries insist on https, as they should; here the wire is this machine's own."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


async def came_back(reader: httpx2.AsyncClient, origin: str, address: str) -> str:
    """Where the browser ends up, after its person has allowed what the app wants."""
    page = await reader.get(address, follow_redirects=False)
    if page.status_code == 200:
        action, fields = form_of(page)
        form = {**fields, "answer": "yes"}
        page = await reader.post(action, data=form, headers={"Origin": origin}, follow_redirects=False)
    back: str = page.headers["location"]
    assert back.startswith(f"{CALLBACK}?")
    return back


async def blocking(call: Callable[..., Any], *given: Any, **named: Any) -> Any:
    return await asyncio.to_thread(call, *given, **named)


async def test_with_authlib(town: Town, reader: httpx2.AsyncClient, library: App) -> None:
    here = town.mutua.url
    verifier = secrets.token_urlsafe(48)
    with AuthlibSession(
        str(library.id), library.secret, scope=SCOPE, redirect_uri=CALLBACK, code_challenge_method="S256"
    ) as client:
        address, state = client.create_authorization_url(f"{here}/oauth/authorize", code_verifier=verifier)
        back = await came_back(reader, here, address)
        tokens = await blocking(
            client.fetch_token, f"{here}/oauth/token", authorization_response=back, code_verifier=verifier, state=state
        )
        assert {"id_token", "refresh_token"} < tokens.keys()
        seen = await blocking(client.get, f"{here}/viewer")
        assert seen.json()["client"] == str(library.id)
        told = await blocking(client.get, f"{here}/oauth/userinfo")
        assert told.json()["eduperson_scoped_affiliation"] == ["member@alpha.edu", "student@alpha.edu"]
        new = await blocking(client.refresh_token, f"{here}/oauth/token", tokens["refresh_token"])
        assert new["refresh_token"] != tokens["refresh_token"]
        active = await blocking(client.introspect_token, f"{here}/oauth/introspect", token=new["access_token"])
        assert active.json()["active"] is True
        await blocking(client.revoke_token, f"{here}/oauth/revoke", token=new["access_token"])
        assert (await blocking(client.get, f"{here}/viewer")).status_code == 401


async def test_with_requests_oauthlib(town: Town, reader: httpx2.AsyncClient, library: App) -> None:
    here = town.mutua.url
    with OAuth2Session(str(library.id), redirect_uri=CALLBACK, scope=SCOPE.split(), pkce="S256") as client:
        address, _ = client.authorization_url(f"{here}/oauth/authorize")
        back = await came_back(reader, here, address)
        tokens = await blocking(
            client.fetch_token, f"{here}/oauth/token", authorization_response=back, client_secret=library.secret
        )
        assert (await blocking(client.get, f"{here}/viewer")).json()["client"] == str(library.id)
        basic = (str(library.id), library.secret)
        await blocking(client.refresh_token, f"{here}/oauth/token", tokens["refresh_token"], auth=basic)
        with pytest.raises(InvalidGrantError):
            await blocking(client.refresh_token, f"{here}/oauth/token", tokens["refresh_token"], auth=basic)
        assert (await blocking(client.get, f"{here}/viewer")).status_code == 401, "the family died"


async def test_a_library_reads_where_everything_is(town: Town, reader: httpx2.AsyncClient, library: App) -> None:
    """Discovery (RFC 8414, OpenID Connect Discovery 1.0): what is named is there, and what is there is named."""
    told = (await reader.get("/.well-known/openid-configuration")).json()
    assert told == (await reader.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == town.mutua.url
    for name, methods in (
        ("authorization_endpoint", ("GET", "POST")),
        ("userinfo_endpoint", ("GET", "POST")),
        ("end_session_endpoint", ("GET", "POST")),
        ("jwks_uri", ("GET",)),
        ("token_endpoint", ("POST",)),
        ("revocation_endpoint", ("POST",)),
        ("introspection_endpoint", ("POST",)),
    ):
        for method in methods:
            answer = await reader.request(method, told[name], follow_redirects=False)
            assert answer.status_code not in {404, 405}, name
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["response_types_supported"] == ["code"]
    assert told["subject_types_supported"] == ["pairwise"]
    assert not {"implicit", "password"} & set(told["grant_types_supported"])
    assert told["authorization_response_iss_parameter_supported"] is True


async def test_an_app_signs_its_person_out(town: Town, reader: httpx2.AsyncClient) -> None:
    """RP-Initiated Logout 1.0: at once with this sign-in's ID token, else she is asked; back to registered places."""
    back = "http://localhost:5173/"
    room = await app(town.mutua, post_logout_redirect_uris=[back])
    other = await app(town.mutua)

    async def leave(**asked: str) -> httpx2.Response:
        return await reader.get(f"/oauth/logout?{urlencode(asked)}", follow_redirects=False)

    async def here() -> bool:
        return bool((await reader.get("/viewer")).json()["signed_in"])

    await town.sign_in(reader)
    hint = (await room.tokens(reader))["id_token"]
    earlier = hint
    await town.sign_in(reader)
    hint = (await room.tokens(reader))["id_token"]
    access = (await room.tokens(reader))["access_token"]
    for asked in ({}, {"post_logout_redirect_uri": back, "client_id": str(room.id)}, {"id_token_hint": earlier}):
        answer = await leave(**asked)
        assert answer.status_code == 200, "a page asks"
        assert await here()
    for asked in (
        {"id_token_hint": "x"},
        {"id_token_hint": f"{hint[:-8]}AAAAAAAA"},
        {"id_token_hint": hint, "client_id": str(other.id)},
    ):
        assert (await leave(**asked)).status_code in {200, 400}
        assert await here()
    assert (await leave(id_token_hint=access)).status_code == 200
    assert await here(), "an access token is no ID token"
    gone = await leave(id_token_hint=hint, post_logout_redirect_uri="https://evil.example/", state="s")
    assert (gone.status_code, gone.headers["location"]) == (303, "/")
    assert not await here()
    await town.sign_in(reader)
    hint = (await room.tokens(reader))["id_token"]
    gone = await leave(id_token_hint=hint, post_logout_redirect_uri=back, state="s t")
    assert (gone.status_code, gone.headers["location"]) == (303, f"{back}?state=s+t")
    assert not await here()
