"""The application: its parts put together, started and stopped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import database, health
from api.edge import Edge
from api.problem import problem
from api.settings import Settings
from domain.keys import KeyStore

OUTGOING_SECONDS = 10.0


def create_app(settings: Settings) -> FastAPI:
    """The whole server for these settings; nothing is opened before its lifespan starts."""
    app = FastAPI(
        title="Mutua",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers={HTTPException: _refused, RequestValidationError: _unreadable},
    )
    app.state.settings = settings
    app.include_router(health.router)
    app.add_middleware(Edge, https=settings.public_url.startswith("https:"))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keys, database pool and HTTP client of this process, on `app.state`."""
    settings: Settings = app.state.settings
    app.state.keys = KeyStore(settings.key_dir, create=settings.on_loopback, demo=settings.demo)
    with database.reached(settings) as urls:
        pool = database.engine(urls.app)
        app.state.sessions = database.sessions(pool)
        try:
            async with httpx2.AsyncClient(timeout=OUTGOING_SECONDS, follow_redirects=False, trust_env=False) as client:
                app.state.http = client
                yield
        finally:
            await pool.dispose()


async def _refused(request: Request, error: Exception) -> Response:
    """Unknown paths and methods, and whatever a route refuses with a bare status."""
    assert isinstance(error, HTTPException)  # noqa: S101 what this handler is registered for
    code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "refused")
    return problem(error.status_code, code, error.detail, headers=error.headers)


async def _unreadable(request: Request, error: Exception) -> Response:
    """A path or query that doesn't fit; which part, never its value."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 what this handler is registered for
    where = sorted({".".join(str(step) for step in problem_["loc"]) for problem_ in error.errors()})
    return problem(400, "bad-request", f"Unreadable: {', '.join(where)}.")
