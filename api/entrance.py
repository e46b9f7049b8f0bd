"""The entrance as people see it: `auth` knows what happens at a sign-in, `pages` how it looks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api import pages, pages_release, pages_sign_in, release
from api.problem import problem
from auth.address import origin
from auth.discovery import ATTRIBUTES, FORGET, LOGIN
from auth.pages import Choosing, Out
from auth.provider.authorization import Question
from auth.provider.metadata import CONSENT
from auth.refusals import Refusal
from auth.release import Release
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
        start = ATTRIBUTES if choosing.testing else LOGIN
        asked = {name: choosing.kept[name] for name in ("target", "mfa") if name in choosing.kept}

        def address(one: Institution) -> str:
            return f"{start}?{urlencode({'issuer': one.issuer} | asked)}"

        named = Counter(entry.member.member_id for entry in choosing.entries)
        choices = [
            pages_sign_in.Choice(
                entry.member.name,
                address(entry.institution),
                entry.institution.name if named[entry.member.member_id] > 1 else None,
            )
            for entry in choosing.entries
        ]
        remembered = [pages_sign_in.Choice(release.name(one), address(one)) for one in choosing.remembered]
        everything = {name: value for name, value in choosing.kept.items() if name != "resource"}
        return pages_sign_in.render_chooser(
            request,
            choices,
            remembered=remembered,
            query=choosing.query,
            kept=choosing.kept,
            resource=choosing.resource,
            everything=f"{start}?{urlencode(everything)}",
            outside=choosing.outside,
            forget=FORGET,
            testing=choosing.testing,
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
        number: str | None = getattr(request.state, "request_id", None)
        about = release.trouble(refusal, site_of(request).public_url, datetime.now(UTC), number)
        if pages.wants_page(request):
            target = request.query_params.get("target")
            retry_url = pages.sign_in_url(target) if target else LOGIN
            return pages_release.render_refused(request, refusal, about, number=number, retry_url=retry_url)
        detail = messages.sentence(f"error.{refusal.error}", pages.languages(request), **refusal.facts)
        return problem(refusal.status, refusal.error, detail, **release.told(about, number))

    def post(self, request: Request, action: str, fields: Mapping[str, str]) -> Response:
        return pages_sign_in.render_post(request, action=action, fields=fields)

    def release(self, request: Request, release: Release, institution: Institution) -> Response:
        return pages_release.render_release(request, release, institution, site_of(request).public_url)

    def roles(
        self, request: Request, held: Sequence[tuple[Role, members.Name]], stronger: str | None = None
    ) -> Response:
        return pages_sign_in.render_roles(request, [(role, member.name) for role, member in held], stronger)

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
