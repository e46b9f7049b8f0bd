"""The addresses of the provider. What people see of them is drawn by `Pages`."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Protocol

from authlib.oauth2.rfc6749 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from auth.address import client_address
from auth.origin import same_origin
from auth.provider import authorization, case, logout, tokens, userinfo
from auth.provider.asked import Asked, linked, posted
from auth.provider.attempts import Counter
from auth.provider.authorization import Question
from auth.provider.metadata import (
    AUTHORIZE,
    CONSENT,
    END_SESSION,
    INTROSPECT,
    JWKS,
    METADATA,
    OPENID_METADATA,
    REVOKE,
    TOKEN,
    USERINFO,
    metadata,
)
from auth.provider.server import HEADERS, Provider
from auth.refusals import Error, Refusal
from auth.site import site_of
from domain.keys import Unreadable

KEEP = {"Cache-Control": "public, max-age=300"}
COUNTED = frozenset({"invalid_client", "invalid_grant"})
"""Errors of somebody who guesses."""

log = logging.getLogger("mutua.provider")


class Pages(Protocol):
    """What people see."""

    async def consent(self, request: Request, question: Question) -> Response:
        """A form that posts `note` and `answer` (yes or no) to CONSENT."""

    def sign_out(self, request: Request) -> Response: ...

    def refused(self, request: Request, refusal: Refusal) -> Response: ...


def router(pages: Pages) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    for methods, path, handler in (
        (["GET", "POST"], AUTHORIZE, partial(_authorize, pages)),
        (["POST"], CONSENT, partial(_consent, pages)),
        (["POST"], TOKEN, partial(_endpoint, TOKEN, Provider.create_token_response)),
        (["POST"], REVOKE, partial(_endpoint, REVOKE, _revoked)),
        (["POST"], INTROSPECT, partial(_endpoint, INTROSPECT, _introspected)),
        (["GET", "POST"], USERINFO, userinfo.answer),
        (["GET", "POST"], END_SESSION, partial(logout.answer, pages)),
        (["GET"], JWKS, _jwks),
        (["GET"], OPENID_METADATA, _metadata),
        (["GET"], METADATA, _metadata),
    ):
        routes.add_api_route(path, handler, methods=methods, response_model=None)
    return routes


async def _authorize(pages: Pages, request: Request) -> Response:
    site = site_of(request)
    address = site.public_url + AUTHORIZE
    try:
        asked = linked(request, address) if request.method == "GET" else await posted(request, address)
    except OAuth2Error as error:
        return _page(pages, request, error)
    async with site.transaction() as session:
        try:
            answer = await authorization.ask(session, site, request, asked)
        except OAuth2Error as error:
            answer = await authorization.refused(session, site, asked, error) or _page(pages, request, error)
    return await pages.consent(request, answer) if isinstance(answer, Question) else answer


async def _consent(pages: Pages, request: Request) -> Response:
    site = site_of(request)
    if not same_origin(request, site.public_url):
        return pages.refused(request, Refusal(Error.REQUEST_REFUSED, "consent from elsewhere"))
    async with request.form(max_files=0, max_fields=5) as form:
        note, said = str(form.get("note", "")), form.get("answer")
    async with site.transaction() as session:
        try:
            return await authorization.answered(session, site, request, note, yes=said == "yes")
        except Unreadable:
            return pages.refused(request, Refusal(Error.SIGN_IN_EXPIRED, "a consent that is too old, or another's"))
        except OAuth2Error as error:
            asked, _ = authorization.noted(site, request, note)
            return await authorization.refused(session, site, asked, error) or _page(pages, request, error)


def _page(pages: Pages, request: Request, error: OAuth2Error) -> Response:
    """For the person before the browser: nothing leads to the client, which may be somebody else."""
    log.info("authorization refused: %s", error.error)
    return pages.refused(
        request,
        Refusal(Error.APP_REQUEST_REFUSED, error.error, {"detail": error.get_error_description() or error.error}),
    )


async def _endpoint(path: str, answer: Callable[[Provider, Asked], Response], request: Request) -> Response:
    """One of the endpoints that programs call: load, decide, store."""
    site = site_of(request)
    try:
        asked = await posted(request, site.public_url + path)
        claimed = asked.claimed_client
        _refuse_by_name(asked)
    except OAuth2Error as error:
        return _refused(error)
    address = client_address(request, site.trusted_proxies)
    async with site.transaction() as session:
        counter = Counter(session, site.keys, claimed, address)
        if (seconds := await counter.wait()) is not None:
            return _slow_down(seconds)
        found = await case.load(session, site, asked)
        provider = Provider(found)
        response = _decided(provider, asked, answer)
        if not await found.store(session):
            response = provider.handle_error_response(asked, InvalidClientError("The assertion was used before."))
        if provider.refused in COUNTED:
            await counter.failed()
    return response


def _refuse_by_name(asked: Asked) -> None:
    """What RFC 9700 advises against, and what we don't offer."""
    if "dpop" in asked.headers or "dpop_jkt" in asked.form:
        raise InvalidRequestError("DPoP (RFC 9449) is not supported; leave out the DPoP header.")


def _decided(provider: Provider, asked: Asked, answer: Callable[[Provider, Asked], Response]) -> Response:
    """What Authlib stumbles over in a request is the request's fault."""
    try:
        return answer(provider, asked)
    except (ValueError, RecursionError):
        log.info("unreadable request", exc_info=True)
        return _refused(InvalidRequestError("A parameter can not be read."))


def _revoked(provider: Provider, asked: Asked) -> Response:
    answer: Response = provider.create_endpoint_response("revocation", asked)
    return answer


def _introspected(provider: Provider, asked: Asked) -> Response:
    answer: Response = provider.create_endpoint_response("introspection", asked)
    return answer


def _refused(error: OAuth2Error) -> Response:
    status, body, headers = error()
    given = {name: value for name, value in headers if name.lower() == "www-authenticate"}
    return JSONResponse(body, status, {**HEADERS, **given})


def _slow_down(seconds: int) -> Response:
    told = {
        "error": "temporarily_unavailable",
        "error_description": f"Too many failures; try again in {seconds} seconds.",
    }
    return JSONResponse(told, 429, {**HEADERS, "Retry-After": str(seconds)})


async def _jwks(request: Request) -> Response:
    return JSONResponse(tokens.public_keys(site_of(request).keys), headers=KEEP)


async def _metadata(request: Request) -> Response:
    return JSONResponse(metadata(site_of(request).public_url), headers=KEEP)
