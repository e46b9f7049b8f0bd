"""How answers of /graphql look: media type, status, errors[] with a code each, and nothing of our insides.

The statuses stand in `STATUS`. The specification's draft says 422 where its audit still expects 400; the audit is the
yardstick until they agree (docs/decisions).
"""

import logging
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import orjson
from graphql import GraphQLError
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from api import metrics
from domain import messages
from schema.kit.errors import Code, Malformed

RESPONSE_JSON = "application/graphql-response+json"
JSON = "application/json"
LONGEST_MESSAGE = 300

STATUS: dict[Code, int] = {
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.RATE_LIMITED: 429,
    Code.BODY_TOO_LARGE: 413,
    Code.TIMEOUT: 503,
    Code.SEARCH_UNAVAILABLE: 503,
    Code.INTERNAL: 500,
}
"""Of a request that was not executed; any other code is 400. Once `data` is there it is 200, whatever errors it has."""

_QUERY_CANCELED = "57014"

fault_log = logging.getLogger("mutua.fault")


class Shape(Enum):
    """What the caller accepts. LEGACY takes only application/json, whose clients read errors under status 200."""

    RESPONSE = "response"
    PLAIN = "plain"
    LEGACY = "legacy"


def accepted(header: str | None) -> Shape | None:
    """The shape for an Accept header (RFC 9110 §12.5.1); None = nothing that we make."""
    if not header or not header.strip():
        return Shape.PLAIN
    ranges = {part.partition(";")[0].strip().lower() for part in header.split(",") if _wanted(part)}
    if ranges & {RESPONSE_JSON, "application/*", "*/*"}:
        return Shape.RESPONSE
    return Shape.LEGACY if JSON in ranges else None


def _wanted(part: str) -> bool:
    return not part.replace(" ", "").lower().endswith((";q=0", ";q=0.0", ";q=0.00", ";q=0.000"))


def answer(shape: Shape, body: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None) -> Response:
    for error in body.get("errors", ()):
        metrics.ERRORS.labels(error["extensions"]["code"]).inc()
    media_type = RESPONSE_JSON if shape is Shape.RESPONSE else JSON
    # Starlette adds no charset to media types of this kind; JSON is UTF-8, and the audit wants it said.
    return Response(orjson.dumps(body), status, headers, f"{media_type}; charset=utf-8")


def refused(
    shape: Shape, errors: Sequence[Mapping[str, Any]], status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """A request that was not executed: there is no `data`."""
    return answer(shape, {"errors": errors}, status, headers)


def unexecuted(shape: Shape, errors: Sequence[Mapping[str, Any]]) -> Response:
    """A well-formed request whose document or variables are at fault."""
    status = STATUS.get(Code(errors[0]["extensions"]["code"]), 400)
    return refused(shape, errors, 200 if shape is Shape.LEGACY and status == 400 else status)


def shown(error: GraphQLError, request_id: str, languages: Sequence[str]) -> dict[str, Any]:
    """An error as the caller gets it. What isn't meant for callers is logged under the request's number, and masked."""
    entry: dict[str, Any] = {}
    if error.locations:
        entry["locations"] = [location.formatted for location in error.locations]
    if error.path:
        entry["path"] = error.path
    code = _code(error)
    extensions = {"code": code.value}
    if code in (Code.INTERNAL, Code.TIMEOUT):
        fault_log.error("fault %s: %s", request_id, error.message, exc_info=error.original_error)
        entry["message"] = messages.sentence(f"problem.{code.value.lower()}", languages)
        extensions["requestId"] = request_id
    else:
        entry["message"] = _short(error.message)
    return {"message": entry.pop("message"), **entry, "extensions": extensions}


def _code(error: GraphQLError) -> Code:
    """Errors that GraphQL itself finds have no cause beneath them, and the document or its values are at fault."""
    said = str((error.extensions or {}).get("code"))
    if said in Code.__members__:
        return Code(said)
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError | Malformed):
        return Code.BAD_USER_INPUT
    if isinstance(cause, TimeoutError) or (isinstance(cause, DBAPIError) and _cancelled(cause)):
        return Code.TIMEOUT
    return Code.INTERNAL


def _cancelled(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == _QUERY_CANCELED


def _short(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"


def entry(code: Code, message: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code.value}}
