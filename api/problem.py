"""Refusals of a request as RFC 9457 problem+json."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


def problem(
    status: int, code: str, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **members: Any
) -> Response:
    """An answer for programs.

    Args:
        status: the HTTP status.
        code: a stable word for programs, also the last part of `type`.
        detail: a sentence for people; the status's own phrase when there is none.
        members: what else the problem tells (RFC 9457 §3.2).
    """
    title = HTTPStatus(status).phrase
    body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code, "detail": detail or title}
    return Response(orjson.dumps(body | members), status, headers, MEDIA_TYPE)
