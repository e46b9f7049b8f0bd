"""Around every request: its number, the time its body may take, safe headers, one log line, never a stack trace."""

import asyncio
import logging
import secrets
import time
from typing import NamedTuple
from urllib.parse import quote

import sqlalchemy.exc
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs, metrics, pages
from api.problem import Code, problem
from domain.principal import Viewer
from models.vocabulary import Role

BODY_SECONDS = 12.0
"""From the request's first line to the end of its body; a slow sender is cut off, others don't wait for it."""

SAFE_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cache-control": "no-store",
}
"""What an answer gets that doesn't say otherwise itself."""

UNREACHABLE = (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, sqlalchemy.exc.TimeoutError)
"""The database is down, restarting, or all of its connections are taken."""

access_log = logging.getLogger("mutua.access")
fault_log = logging.getLogger("mutua.fault")


class Asked(NamedTuple):
    """What a request to /graphql asks to run, as the log and the counters name it."""

    kind: str
    """query, mutation or subscription."""
    name: str
    """What the client calls it, at most 80 characters; without a name its kind."""


class BodyTooSlow(Exception):
    """The client didn't finish its body in time."""


class Edge:
    """The outermost ASGI layer of ours. `https`: also tell browsers to stay with https."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = SAFE_HEADERS | ({"strict-transport-security": "max-age=31536000"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(scope, receive)
        request = _Request(scope, send, self._headers, body)
        numbered = logs.request_id.set(request.id)
        try:
            await self._app(scope, body.receive, request.send)
        except BodyTooSlow:
            await request.answer(408, Code.REQUEST_TIMEOUT, "The request's body didn't arrive in time.")
        except ClientDisconnect:
            pass
        except UNREACHABLE as error:
            fault_log.error("fault %s: %s %s: %s", request.id, scope["method"], _place(scope), type(error).__name__)
            await request.answer(503, Code.UNAVAILABLE, "The database doesn't answer; try again in a moment.")
        except Exception:
            fault_log.exception("fault %s: %s %s", request.id, scope["method"], _place(scope))
            await request.answer(500, Code.FAULT, f"Something went wrong on our side; its number is {request.id}.")
        finally:
            request.end()
            logs.request_id.reset(numbered)


class _Request:
    """One request on its way: what was answered, for headers and for the log."""

    def __init__(self, scope: Scope, send: Send, headers: dict[str, str], body: "_Body") -> None:
        self.id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = self.id
        self._scope, self._send, self._headers, self._body = scope, send, headers, body
        self._status = 0
        self._began = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers["x-request-id"] = self.id
            if not self._body.whole:
                headers["connection"] = "close"
        await self._send(message)

    async def answer(self, status: int, code: Code, detail: str) -> None:
        """Say what went wrong, unless an answer has begun: then the connection just ends."""
        if self._status:
            raise ConnectionAbortedError(detail)
        request = Request(self._scope)
        if pages.wants_page(request):
            response: Response = pages.render_error(request, code.value, status, number=self.id)
        else:
            response = problem(status, code, detail)
        response.headers["connection"] = "close"
        await response(self._scope, _no_body, self.send)

    def end(self) -> None:
        """One line of the log, and the counters."""
        seconds = time.perf_counter() - self._began
        told = {
            "method": self._scope["method"],
            "path": _place(self._scope),
            "status": self._status,
            "duration_ms": round(seconds * 1000, 1),
            "operation": None,
            "viewer": None,
        }
        operation: Asked | None = self._scope["state"].get("operation")
        if operation is not None:
            told["operation"] = operation.name
        viewer: Viewer | None = self._scope["state"].get("viewer")
        if viewer is not None:
            told["viewer"] = _kind(viewer)
        line = "%(method)s %(path)s %(status)s %(duration_ms).0f ms " + self.id
        access_log.info(line, told, extra=logs.facts(told))
        route = getattr(self._scope.get("route"), "path", None)
        kind = operation.kind if operation is not None else None
        metrics.answered(self._scope["method"], route, self._status, seconds, kind)


class _Body:
    """A request's body on its way in. `whole`: there is no more of it; one that nobody read keeps its connection from
    being used again, or its sender could go on for ever.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = dict(scope["headers"])
        self.whole = b"transfer-encoding" not in headers and headers.get(b"content-length", b"0") == b"0"
        self._receive = receive
        self._deadline = time.monotonic() + BODY_SECONDS

    async def receive(self) -> Message:
        if self.whole:
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow from None
        self.whole = not message.get("more_body", False)
        return message


def _place(scope: Scope) -> str:
    """What to name in logs: the route, never a query or a path's parameters, which can be one-time secrets.

    Of a path without a route its first part, encoded, so that no path can write a line of the log.
    """
    template = getattr(scope.get("route"), "path", None)
    return template or "/" + quote(scope["path"].lstrip("/").partition("/")[0][:40])


def _kind(viewer: Viewer) -> str:
    """What kind of viewer this is, and nothing that leads to a person."""
    roles = {role for membership in viewer.principal.memberships for role in membership.roles}
    for role in (Role.CONSORTIUM_ADMIN, Role.AUDITOR, Role.MEMBER_LIBRARIAN):
        if role in roles:
            return role.value
    if viewer.signed_in:
        return "patron"
    return "client" if viewer.caller else "anonymous"


async def _no_body() -> Message:
    return {"type": "http.disconnect"}
