"""The application: its parts put together, started and stopped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import (
    content,
    database,
    documents,
    explanations,
    graphql,
    health,
    language,
    licences,
    listening,
    metrics,
    pages,
    privacy,
    resolve,
    worker,
)
from api.cors import Cors
from api.edge import Edge
from api.entrance import Entrance
from api.problem import Code, problem
from api.settings import Settings
from auth import bearer, routes
from auth.provider import routes as provider
from auth.site import Site
from domain.catalogue.division import Divisions
from domain.content.gate import Gate
from domain.content.store import Store
from domain.keys import KeyStore
from domain.rights.current import Current

CODES = {400: Code.BAD_REQUEST, 404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}
"""Of what the framework refuses with a bare status."""


def create_app(settings: Settings) -> FastAPI:
    """The whole server for these settings; nothing is opened before its lifespan starts."""
    app = FastAPI(
        title="Mutua",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # its redirects lead to whatever host the request names
        exception_handlers={
            HTTPException: _refused,
            RequestValidationError: _unreadable,
            bearer.Refused: _unauthorised,
        },
    )
    app.state.settings = settings
    entrance = Entrance()
    for router in (routes.router(entrance), provider.router(entrance)):
        app.include_router(router, dependencies=[Depends(language.house)])
    for part in (health, metrics, explanations, privacy, content, documents, licences, resolve, graphql):
        app.include_router(part.router)
    app.mount(pages.STATIC, pages.assets())
    app.add_middleware(Cors)
    app.add_middleware(Edge, https=settings.public_url.startswith("https:"))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keys and database pool of this process, on `app.state`."""
    settings: Settings = app.state.settings
    app.state.keys = KeyStore(settings.key_dir, create=settings.on_loopback, demo=settings.demo)
    with database.reached(settings) as urls:
        pool = database.engine(urls.app)
        app.state.pool = pool
        app.state.sessions = database.sessions(pool)
        rights, divisions = Current(), Divisions()
        app.state.divisions = divisions
        app.state.gate = Gate(app.state.keys, Store(settings.content_dir), rights, settings.session_idle)
        app.state.site = _site(settings, app.state.keys, app.state.sessions, rights)
        try:
            async with listening.following(urls.app, rights, divisions), _worker(settings, urls):
                yield
        finally:
            await pool.dispose()


@asynccontextmanager
async def _worker(settings: Settings, urls: database.Urls) -> AsyncIterator[None]:
    """Run jobs beside the server where nobody else would: on one machine with the embedded database."""
    work = asyncio.create_task(worker.work(urls.app, worker.periodic(settings))) if settings.embedded else None
    try:
        yield
    finally:
        if work:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


def _site(settings: Settings, keys: KeyStore, sessions: database.Sessions, rights: Current) -> Site:
    return Site(
        public_url=settings.public_url,
        keys=keys,
        transaction=sessions.begin,
        session_idle=settings.session_idle,
        session_absolute=settings.session_absolute,
        trusted_proxies=settings.trusted_proxies,
        demo=settings.demo,
        contact=settings.contact,
        discovery_url=settings.discovery_url,
        rights=rights,
    )


async def _refused(request: Request, error: Exception) -> Response:
    """Unknown paths and methods, and whatever a route refuses with a bare status."""
    assert isinstance(error, HTTPException)  # noqa: S101 what this handler is registered for
    if error.status_code == 404 and pages.wants_page(request):
        await language.house(request)
        return pages.render_home(request) if request.url.path == "/" else pages.render_error(request, "not_found", 404)
    return problem(error.status_code, CODES.get(error.status_code, Code.REFUSED), error.detail, headers=error.headers)


async def _unreadable(request: Request, error: Exception) -> Response:
    """A path or query that doesn't fit; which part, never its value."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 what this handler is registered for
    where = sorted({".".join(str(step) for step in part["loc"]) for part in error.errors()})
    return problem(400, Code.BAD_REQUEST, f"Unreadable: {', '.join(where)}.")


async def _unauthorised(request: Request, error: Exception) -> Response:
    """An access token that is none of ours, or not good any more."""
    assert isinstance(error, bearer.Refused)  # noqa: S101 what this handler is registered for
    return problem(401, Code.TOKEN_REFUSED, error.message, headers={"WWW-Authenticate": error.challenge})
