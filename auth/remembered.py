"""The institutions that somebody chose in this browser, so that she finds hers at once the next time.

A cookie of its own, apart from any session: it holds nothing but ids of providers, and no script reads it.
"""

from collections.abc import Sequence
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "__Host-mutua-institutions"
MOST = 3
SECONDS = 365 * 24 * 3600
_SEPARATOR = "."


def read(request: Request) -> tuple[UUID, ...]:
    """The ids, the one chosen last first. Whatever isn't written as we do counts for nothing."""
    found: list[UUID] = []
    for text in request.cookies.get(COOKIE, "").split(_SEPARATOR)[:MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def note(request: Request, answer: Response, provider_id: UUID) -> None:
    """Put it first."""
    _give(answer, tuple(dict.fromkeys((provider_id, *read(request))))[:MOST])


def forget(answer: Response) -> None:
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def _give(answer: Response, providers: Sequence[UUID]) -> None:
    value = _SEPARATOR.join(one.hex for one in providers)
    answer.set_cookie(COOKIE, value, SECONDS, path="/", secure=True, httponly=True, samesite="lax")
