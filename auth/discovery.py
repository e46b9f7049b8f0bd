"""Which university somebody signs in through: the addresses that lead there, and the list of who can sign in."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from auth import remembered
from auth.address import believable
from auth.departure import leave
from auth.origin import same_origin
from auth.pages import HEADERS, Choosing, Pages, refused
from auth.refusals import Error, Refusal
from auth.saml import ourselves
from auth.site import Site, site_of
from auth.targets import own_path
from domain import discovery
from domain.discovery import Entry, Institution
from domain.following import NotFresh
from models.columns import Localised

LOGIN = "/login"
FEED = "/login/institutions.json"
DISCOVERED = "/login/discovered"
FORGET = "/login/forget"
ATTRIBUTES = "/login/attributes"
"""Where whoever runs a provider sees what it releases."""
FEED_SECONDS = 300
"""How long others may keep the list of institutions."""
_KEPT = ("scope", "member", "resource", "mfa", "lang")


async def _login(pages: Pages, request: Request) -> Response:
    """Straight to a provider named by `issuer` or `entityID`, or to the only one for a `scope` or a `member`; else a
    page to choose.
    """
    try:
        return await _led(pages, request)
    except Refusal as refusal:
        return refused(pages, request, refusal)


async def _attributes(pages: Pages, request: Request) -> Response:
    """The same, to see which attributes come; nobody is signed in by it."""
    try:
        return await _led(pages, request, testing=True)
    except Refusal as refusal:
        return refused(pages, request, refusal)


async def _led(pages: Pages, request: Request, *, testing: bool = False) -> Response:
    site, query = site_of(request), request.query_params
    target = own_path(query.get("target"), site.public_url)
    issuer = query.get("issuer", query.get("entityID"))
    if issuer is None:
        async with site.transaction() as session:
            offered = _named(await _institutions(session, site), query)
            if len(offered) != 1 or not _names(query):
                choosing = await _choosing(pages, request, session, offered, target, testing=testing)
                return pages.chooser(request, choosing)
        issuer = offered[0].issuer
    answer = await leave(pages, request, issuer, target, testing=testing)
    if not testing and same_origin(request, site.public_url):
        await _remember(site, request, answer, issuer)
    return answer


async def _remember(site: Site, request: Request, answer: Response, issuer: str) -> None:
    """For whoever chose it on a page of ours: what a link from elsewhere names is no choice of hers."""
    async with site.transaction() as session:
        offered = await _institutions(session, site)
    for one in offered:
        if one.issuer == issuer:
            remembered.note(request, answer, one.provider_id)


async def _institutions(session: AsyncSession, site: Site) -> list[Institution]:
    """Those that can really sign in here."""
    return [
        one
        for one in await discovery.institutions(session, demo=site.demo)
        if believable(one.asked_at, site.public_url, demo=one.demo)
    ]


def _names(query: Mapping[str, str]) -> bool:
    return "scope" in query or "member" in query


def _named(among: Iterable[Institution], query: Mapping[str, str]) -> list[Institution]:
    """Those that the address names by a scope or by a member's code, else all that aren't hidden. Raises Refusal."""
    if not _names(query):
        return [one for one in among if not one.hidden]
    scope, code = query.get("scope"), query.get("member")
    found = [
        one
        for one in among
        if any(
            (scope is None or scope.lower() in member.scopes) and (code is None or code == member.code)
            for member in one.members
        )
    ]
    if not found:
        raise Refusal(Error.IDENTITY_PROVIDER_UNKNOWN)
    return found


async def _choosing(
    pages: Pages,
    request: Request,
    session: AsyncSession,
    offered: Sequence[Institution],
    target: str,
    *,
    testing: bool,
) -> Choosing:
    site, query = site_of(request), request.query_params
    title, readers = await _can_open(pages, session, site, query.get("resource"))
    fitting = discovery.entries(offered, readers=readers)
    by_id = {one.institution.provider_id: one.institution for one in fitting}
    words = query.get("q", "")
    return Choosing(
        entries=discovery.entries(offered, words, readers=readers),
        remembered=[] if testing else [by_id[key] for key in remembered.read(request) if key in by_id],
        testing=testing,
        target=target,
        query=words,
        kept={"target": target} | {name: query[name] for name in _KEPT if name in query},
        resource=title,
        outside=None if testing else _outside(site, target),
    )


async def _can_open(
    pages: Pages, session: AsyncSession, site: Site, text: str | None
) -> tuple[Localised | None, frozenset[UUID] | None]:
    """A resource's title, and the members that can open it; None, None: that makes no difference, or isn't known.

    Raises Refusal for a resource that doesn't exist.
    """
    if text is None:
        return None, None
    key = pages.resource(text)
    title = await discovery.title(session, key) if key else None
    if key is None or title is None:
        raise Refusal(Error.RESOURCE_UNKNOWN)
    try:
        readers = discovery.readers(await site.rights.fresh(session), key, datetime.now(UTC))
    except NotFresh:
        return None, None
    return (None if readers is None else title), readers


def _outside(site: Site, target: str) -> str | None:
    """Where another service lets her choose (Identity Provider Discovery Service Protocol §2.4.1)."""
    if site.discovery_url is None:
        return None
    asked = {
        "entityID": ourselves.entity_id(site.public_url),
        "return": f"{site.public_url}{DISCOVERED}?{urlencode({'target': target})}",
        "returnIDParam": "entityID",
    }
    return f"{site.discovery_url}{'&' if '?' in site.discovery_url else '?'}{urlencode(asked)}"


async def _discovered(pages: Pages, request: Request) -> Response:
    """Back from another discovery service (§2.4.3 of its protocol): without an `entityID` nothing was chosen there."""
    site, query = site_of(request), request.query_params
    target = own_path(query.get("target"), site.public_url)
    entity_id = query.get("entityID")
    if entity_id is None:
        return RedirectResponse(f"{LOGIN}?{urlencode({'target': target})}", 303, HEADERS)
    try:
        return await leave(pages, request, entity_id, target)
    except Refusal as refusal:
        return refused(pages, request, refusal)


async def _forget(pages: Pages, request: Request) -> Response:
    """Let go of what was chosen in this browser, and show the page to choose again."""
    site = site_of(request)
    if not same_origin(request, site.public_url):
        return refused(pages, request, Refusal(Error.REQUEST_REFUSED, "forgetting asked from elsewhere"))
    async with request.form(max_files=0, max_fields=10) as form:
        kept = {name: str(form[name]) for name in ("target", *_KEPT) if name in form}
    answer = RedirectResponse(f"{LOGIN}?{urlencode(kept)}", 303, HEADERS)
    remembered.forget(answer)
    return answer


async def _feed(pages: Pages, request: Request) -> Response:
    """Who can sign in, for pages of others that let people choose: what Shibboleth calls a DiscoFeed, and more."""
    site, query = site_of(request), request.query_params
    try:
        async with site.transaction() as session:
            offered = [one for one in await _institutions(session, site) if not one.hidden]
            _, readers = await _can_open(pages, session, site, query.get("resource"))
    except Refusal as refusal:
        return refused(pages, request, refusal)
    body = orjson.dumps(_told(site, discovery.entries(offered, query.get("q", ""), readers=readers)))
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": f"public, max-age={FEED_SECONDS}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "ETag": tag,
    }
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def _told(site: Site, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """One object per provider, with those of its members that were asked for."""
    found: dict[UUID, dict[str, Any]] = {}
    for entry in entries:
        one, member = entry.institution, entry.member
        told = found.setdefault(
            one.provider_id,
            {
                "entityID": one.issuer,
                "DisplayNames": _by_language(one.official or one.name),
                **({"Keywords": _by_language(one.keywords)} if one.keywords else {}),
                **({"Logos": [{"value": one.logo}]} if one.logo else {}),
                "protocol": one.protocol.value,
                "loginUrl": f"{site.public_url}{LOGIN}?{urlencode({'entityID': one.issuer})}",
                "members": [],
            },
        )
        named = {"code": member.code, "DisplayNames": _by_language(member.name), "scopes": member.scopes}
        told["members"].append(named)
    return list(found.values())


def _by_language(names: Localised) -> list[dict[str, str]]:
    return [{"value": name, "lang": language} for language, name in sorted(names.items())]


ROUTES = (
    ("GET", LOGIN, _login),
    ("GET", ATTRIBUTES, _attributes),
    ("GET", FEED, _feed),
    ("GET", DISCOVERED, _discovered),
    ("POST", FORGET, _forget),
)
