"""What people see of signing in and out, as `auth` asks for it; `api` draws it."""

import logging
from collections.abc import Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from auth.refusals import Refusal
from domain import members
from models import identity as rows
from models.vocabulary import Role

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""An answer with a code or a link in its address is neither kept nor told on."""

log = logging.getLogger("mutua.sign_in")


class Pages(Protocol):
    """What people see. `refused` also answers programs."""

    def chooser(self, request: Request, choices: Sequence[members.Choice], target: str) -> Response: ...

    def invitation(
        self, request: Request, invitation: rows.Invitation, member: members.Name, form_origins: Sequence[str]
    ) -> Response:
        """A form that posts `display_name` to the page's own address; accepting leads on to one of `form_origins`."""

    def refused(self, request: Request, refusal: Refusal) -> Response: ...

    def roles(self, request: Request, held: Sequence[tuple[Role, members.Name]]) -> Response: ...

    def sign_out(self, request: Request) -> Response: ...

    def signed_out(self, request: Request) -> Response: ...


def refused(pages: Pages, request: Request, refusal: Refusal) -> Response:
    log.info("sign-in refused: %s (%s)", refusal.code, _one_line(refusal.cause))
    answer = pages.refused(request, refusal)
    answer.headers.update(HEADERS)
    return answer


def _one_line(cause: str) -> str:
    """For the log, where what a provider or a caller says may neither begin a line nor steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in cause[:500])
