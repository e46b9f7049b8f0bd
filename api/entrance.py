"""The entrance as people see it: `auth` knows what happens at a sign-in, `pages` how it looks."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api import pages, pages_sign_in
from api.problem import problem
from auth.discovery import FORGET
from auth.pages import Choosing, Out
from auth.provider.authorization import Question, origin
from auth.provider.metadata import CONSENT
from auth.refusals import Refusal
from auth.site import site_of
from domain import members, messages
from domain.discovery import Institution
from models import identity as rows
from models.columns import Localised
from models.vocabulary import Role
from schema.kit import ids


class Entrance:
    """The pages of `auth.routes` and of the provider for apps."""

    def chooser(self, request: Request, choosing: Choosing) -> Response:
        """One choice per member, and one per provider among those remembered."""

        def address(one: Institution) -> str:
            return f"{choosing.start}?{urlencode({'issuer': one.issuer, 'target': choosing.target})}"

        named = Counter(entry.member.member_id for entry in choosing.entries)
        choices = [
            pages_sign_in.Choice(
                entry.member.name,
                address(entry.institution),
                entry.institution.name if named[entry.member.member_id] > 1 else None,
            )
            for entry in choosing.entries
        ]
        remembered = [
            pages_sign_in.Choice(one.members[0].name if len(one.members) == 1 else one.name, address(one))
            for one in choosing.remembered
        ]
        everything = {name: value for name, value in choosing.kept.items() if name != "resource"}
        return pages_sign_in.render_chooser(
            request,
            choices,
            remembered=remembered,
            query=choosing.query,
            kept=choosing.kept,
            resource=choosing.resource,
            everything=f"{choosing.start}?{urlencode(everything)}",
            outside=choosing.outside,
            forget=FORGET,
        )

    def resource(self, text: str) -> UUID | None:
        try:
            return ids.decode(text, "Resource") or UUID(text)
        except ValueError:
            return None

    def invitation(
        self, request: Request, invitation: rows.Invitation, member: members.Name, form_origins: Sequence[str]
    ) -> Response:
        return pages_sign_in.render_invitation(
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
        return pages_sign_in.render_roles(request, [(role, member.name) for role, member in held])

    async def consent(self, request: Request, question: Question) -> Response:
        keys = [one.member_id for one in question.memberships]
        async with site_of(request).transaction() as session:
            named = await members.names_and_contacts(session, keys)
        return pages_sign_in.render_consent(
            request,
            app=question.client_name,
            institutions=[named[key][0] for key in keys],
            scopes=question.scopes,
            note=question.note,
            action=CONSENT,
            leads_to=origin(question.leads_to),
        )

    def sign_out(
        self, request: Request, provider: Localised | None = None, form_origins: Sequence[str] = ()
    ) -> Response:
        return pages_sign_in.render_sign_out(request, provider=provider, form_origins=form_origins)

    def signed_out(self, request: Request, out: Out = Out.HERE) -> Response:
        return pages_sign_in.render_signed_out(request, out)
