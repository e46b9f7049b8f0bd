"""The entrance as people see it: `auth` knows what happens at a sign-in, `pages` how it looks."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from api import pages
from api.problem import problem
from auth.provider.authorization import Question, origin
from auth.provider.metadata import CONSENT
from auth.refusals import Refusal
from auth.site import site_of
from domain import members, messages
from models import identity as rows
from models.vocabulary import Role


class Entrance:
    """The pages of `auth.routes` and of the provider for apps."""

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

    async def consent(self, request: Request, question: Question) -> Response:
        keys = [one.member_id for one in question.memberships]
        async with site_of(request).transaction() as session:
            named = await members.names_and_contacts(session, keys)
        return pages.render_consent(
            request,
            app=question.client_name,
            institutions=[named[key][0] for key in keys],
            scopes=question.scopes,
            note=question.note,
            action=CONSENT,
            leads_to=origin(question.leads_to),
        )

    def sign_out(self, request: Request) -> Response:
        return pages.render_sign_out(request)

    def signed_out(self, request: Request) -> Response:
        return pages.render_signed_out(request)
