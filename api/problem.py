"""Refusals of a request as RFC 9457 problem+json."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from auth.refusals import Error
from domain import messages
from domain.scopes import Scope

MEDIA_TYPE = "application/problem+json"
FOLDER = "/problems"
"""`type` is an address below this one that says in Chinese and English what the code means (RFC 9457 §3.1.1)."""


class Code(StrEnum):
    """Why a request is refused, a sign-in apart: `auth.refusals.Error`. The name is for programs, the value is its key
    under `error` in the catalogue of messages.
    """

    ACCESS_REFUSED = "access_refused"
    BAD_REQUEST = "bad_request"
    DOCUMENT_REFUSED = "document_refused"
    FAULT = "fault"
    LINK_REFUSED = "link_refused"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_FOUND = "not_found"
    PRECONDITION_FAILED = "precondition_failed"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    REFUSED = "refused"
    REQUEST_TIMEOUT = "request_timeout"
    SCOPE_MISSING = "scope_missing"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 a message key
    UNAUTHENTICATED = "unauthenticated"
    UNAVAILABLE = "unavailable"


CODES: Mapping[str, Code | Error] = {**Code.__members__, **Error.__members__}


def scope_missing(scope: Scope) -> Response:
    """An access token isn't good for this (RFC 6750 §3.1)."""
    challenge = f'Bearer realm="Mutua", error="insufficient_scope", scope="{scope}"'
    detail = messages.sentence("error.scope_missing", "en")
    return problem(403, Code.SCOPE_MISSING, detail, headers={"WWW-Authenticate": challenge}, scope=scope)


def problem(
    status: int, code: Code | Error, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """An answer for programs.

    Args:
        status: the HTTP status.
        code: told by its name, which is also the last part of `type`.
        detail: a sentence for people; the status's own phrase when there is none.
        more: what else the problem tells (RFC 9457 §3.2).
    """
    title = HTTPStatus(status).phrase
    told = {
        "type": f"{FOLDER}/{code.name}",
        "title": title,
        "status": status,
        "code": code.name,
        "detail": detail or title,
    }
    return Response(orjson.dumps(told | more), status, headers, MEDIA_TYPE)
