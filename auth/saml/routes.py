"""The addresses of the service provider: metadata, where responses come in, and where the browser is recognised."""

from urllib.parse import parse_qsl, urlencode

from sqlalchemy import select
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import cookies
from auth.arrival import arrived
from auth.pages import HEADERS, Out, Pages, refused
from auth.refusals import Error, Refusal
from auth.saml import leaving, metadata, ourselves, sign_in
from auth.site import site_of
from domain import messages
from domain.keys import Purpose
from models.consortium import Consortium

FINISH = "/saml/finish"
MAX_FORM = 512 * 1024
"""Bytes: base64 and percent-encoding of the longest response that is read."""
MEDIA_TYPE = "application/samlmetadata+xml"


async def _metadata(pages: Pages, request: Request) -> Response:
    site = site_of(request)
    async with site.transaction() as session:
        name = await session.scalar(select(col(Consortium.name)))
    description = {lang: messages.sentence("page.service_description", lang) for lang in ("zh", "en")}
    words = metadata.Words(name or {"en": "Mutua"}, description, site.contact)
    document = metadata.document(
        site.public_url,
        words,
        ourselves.published(site.public_url, site.keys, Purpose.SAML_SIGNING),
        ourselves.published(site.public_url, site.keys, Purpose.SAML_DECRYPTION),
        ourselves.signing(site.public_url, site.keys),
    )
    return Response(document, media_type=MEDIA_TYPE, headers={"Cache-Control": "public, max-age=3600"})


async def _receive(pages: Pages, request: Request) -> Response:
    """Cross-site, so without cookies: what is verified waits under a handle for the browser's own visit."""
    site = site_of(request)
    try:
        handle = await sign_in.receive(site, await _form(request))
    except Refusal as refusal:
        return refused(pages, request, refusal)
    return RedirectResponse(f"{FINISH}?{urlencode({'handle': handle})}", 303, HEADERS)


async def _finish(pages: Pages, request: Request) -> Response:
    site = site_of(request)
    try:
        done = await sign_in.finish(
            site,
            request.query_params.get("handle", ""),
            cookies.read(request, site, cookies.SIGN_IN),
            cookies.read(request, site, cookies.SESSION),
        )
    except Refusal as refusal:
        return refused(pages, request, refusal)
    return arrived(pages, request, done)


async def _log_out(pages: Pages, request: Request) -> Response:
    """A university's request to sign somebody out, or its answer to ours. The browser's cookie is left alone: it is
    worth nothing any more, or it isn't of that university's."""
    site = site_of(request)
    query = request.url.query
    try:
        if "SAMLResponse" in request.query_params:
            answered = await leaving.answered(site, query)
            return pages.signed_out(request, Out.EVERYWHERE if answered.whole else Out.PARTLY)
        address = await leaving.asked(site, query)
    except Refusal as refusal:
        return refused(pages, request, refusal)
    return RedirectResponse(address, 303, HEADERS)


async def _form(request: Request) -> dict[str, str]:
    """The fields of an urlencoded form, bounded while it comes in. Raises Refusal."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refusal(Error.RESPONSE_INVALID, "not a form")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            raise Refusal(Error.RESPONSE_INVALID, "a form that is too long")
    try:
        items = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=10)
    except ValueError as error:
        raise Refusal(Error.RESPONSE_INVALID, "an unreadable form") from error
    form = dict(items)
    if len(form) != len(items):
        raise Refusal(Error.RESPONSE_INVALID, "a field twice")
    return form


ROUTES = (
    ("GET", ourselves.METADATA, _metadata),
    ("POST", ourselves.ACS, _receive),
    ("GET", FINISH, _finish),
    ("GET", ourselves.SLO, _log_out),
)
