"""What people see of signing in and out, as `auth` asks for it; `api` draws it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from auth.refusals import Refusal
from auth.release import Release
from domain import members
from domain.discovery import Entry, Institution
from models import identity as rows
from models.columns import Localised
from models.vocabulary import Role

HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""An answer with a code or a link in its address is neither kept nor told on."""

log = logging.getLogger("mutua.sign_in")


@dataclass(frozen=True, slots=True)
class Choosing:
    """What the page to choose an institution offers."""

    entries: Sequence[Entry]
    """Those that fit, in no order."""
    remembered: Sequence[Institution]
    """Chosen in this browser before, the last one first."""
    target: str
    testing: bool = False
    """Only to see which attributes come."""
    query: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Parameters of this page that searching in it keeps."""
    resource: Localised | None = None
    """Where only those are listed that can open it: what it is called."""
    outside: str | None = None
    """The address of another discovery service."""


class Out(StrEnum):
    """How far somebody is signed out."""

    HERE = "here"
    EVERYWHERE = "everywhere"
    PARTLY = "partly"
    """Here, and her institution could not do all of its part."""


class Pages(Protocol):
    """What people see. `refused` also answers programs."""

    def chooser(self, request: Request, choosing: Choosing) -> Response: ...

    def resource(self, text: str) -> UUID | None:
        """The key of a resource, by its id in the API or the key itself; None: it is neither."""

    def invitation(
        self, request: Request, invitation: rows.Invitation, member: members.Name, form_origins: Sequence[str]
    ) -> Response:
        """A form that posts `display_name` to the page's own address; accepting leads on to one of `form_origins`."""

    def post(self, request: Request, action: str, fields: Mapping[str, str]) -> Response:
        """A form that goes to a provider by itself; without script by a button."""

    def refused(self, request: Request, refusal: Refusal) -> Response: ...

    def release(self, request: Request, release: Release, institution: Institution) -> Response:
        """What a provider released, for whoever runs it."""

    def roles(
        self, request: Request, held: Sequence[tuple[Role, members.Name]], stronger: str | None = None
    ) -> Response:
        """`stronger`: where to sign in again with several factors, without which roles of hers don't count."""

    def sign_out(
        self, request: Request, provider: Localised | None = None, form_origins: Sequence[str] = ()
    ) -> Response:
        """A form that posts to /logout. `provider`: where `everywhere` signs her out as well, by `form_origins`."""

    def signed_out(self, request: Request, out: Out = Out.HERE) -> Response: ...


def refused(pages: Pages, request: Request, refusal: Refusal) -> Response:
    number = getattr(request.state, "request_id", "")  # which her page shows
    log.info("sign-in refused: %s (%s) %s", refusal.code, one_line(refusal.cause), number)
    answer = pages.refused(request, refusal)
    answer.headers.update(HEADERS)
    return answer


def one_line(cause: str) -> str:
    """For the log, where what a provider or a caller says may neither begin a line nor steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in cause[:500])
