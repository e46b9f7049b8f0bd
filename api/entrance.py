"""The entrance as people see it: `auth` knows what happens at a sign-in, `pages` how it looks."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api import pages
from api.problem import problem
from auth.refusals import Refusal
from domain import members, messages
from models import identity as rows
from models.vocabulary import Role


class Entrance:
    """The pages of `auth.routes`."""

    def chooser(self, request: Request, choices: Sequence[members.Choice], target: str) -> Response:
        """One entry per member: people look for their university, not for whoever runs its sign-in."""
        shown = [
            pages.Choice(member.name, f"{pages.SIGN_IN}?{urlencode({'issuer': choice.issuer, 'target': target})}")
            for choice in choices
            for member in choice.members
        ]
        return pages.render_chooser(request, shown, query=request.query_params.get("q", ""))

    def invitation(
        self, request: Request, invitation: rows.Invitation, member: members.Name, form_origins: Sequence[str]
    ) -> Response:
        return pages.render_invitation(
            request,
            role=invitation.role,
            member=member.name,
            until=invitation.expires_at,
            action=request.url.path,
            form_origins=form_origins,
        )

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """A page for browsers, problem+json for programs."""
        if pages.wants_page(request):
            return pages.render_error(request, refusal.error, refusal.status, retry_url=pages.SIGN_IN, **refusal.facts)
        detail = messages.sentence(f"error.{refusal.error}", pages.languages(request), **refusal.facts)
        return problem(refusal.status, refusal.error, detail)

    def roles(self, request: Request, held: Sequence[tuple[Role, members.Name]]) -> Response:
        return pages.render_roles(request, [(role, member.name) for role, member in held])

    def sign_out(self, request: Request) -> Response:
        return pages.render_sign_out(request)

    def signed_out(self, request: Request) -> Response:
        return pages.render_signed_out(request)
