"""The acts that are everybody's, on what is kept of oneself: having it erased, taking back what one allowed an app."""

from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain import privacy
from domain.acts.act import Act
from domain.principal import Principal, Viewer
from schema.kit.acts import Refused, made, perform, problems
from schema.kit.context import Info
from schema.kit.inputs import key
from schema.kit.problems import Complaint, Problem
from schema.kit.source import fact


@strawberry.input(description="That one means it.")
class ViewerEraseInput:
    confirm: bool = strawberry.field(description="True: it can't be undone.")


@strawberry.type(description="How much was let go. What isn't listed stays, and leads to nobody.")
class Erased:
    sign_ins: int = fact("sign_ins", "Sign-ins, in every browser.")
    pseudonyms: int = fact("pseudonyms", "Pseudonyms, one a member.")
    roles: int = fact("roles", "Roles, held or ended.")
    names: int = fact("names", "Acts on record that were signed with a display name, and aren't any more.")
    readings: int = fact("readings", "Readings that were tied to a sign-in.")
    answers: int = fact("answers", "Kept answers to repeated requests.")


@strawberry.type(description="What viewerErase did.")
class ViewerErasePayload:
    erased: Erased | None = made("What was let go.")
    problems: list[Problem] = problems()


@strawberry.input(description="From which app.")
class ViewerAppWithdrawInput:
    client: strawberry.ID = strawberry.field(description="The app, one of personalData.apps.")


@strawberry.type(description="How much was taken back.")
class AppWithdrawn:
    consents: int = fact("consents", "What was remembered for the next sign-in, one a member.")
    authorizations: int = fact("authorizations", "What was in force in a sign-in: its tokens are good for nothing now.")


@strawberry.type(description="What viewerAppWithdraw did.")
class ViewerAppWithdrawPayload:
    withdrawn: AppWithdrawn | None = made("What was taken back.")
    problems: list[Problem] = problems()


async def withdraw_app(
    info: Info, input: Annotated[ViewerAppWithdrawInput, strawberry.argument(description="From which app.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        client_id = key(input.client, "client", "Client")
        withdrawn = await privacy.withdraw(session, act.viewer, client_id) if client_id else None
        if withdrawn is None or not (withdrawn.consents or withdrawn.authorizations):
            raise Refused(Complaint("not_found", ("input", "client")))
        return withdrawn

    return await perform(info, "viewerAppWithdraw", None, done)


async def erase(
    info: Info, input: Annotated[ViewerEraseInput, strawberry.argument(description="That one means it.")]
) -> Any:
    context = info.context

    async def done(session: AsyncSession, act: Act) -> Any:
        if not input.confirm:
            raise Refused(Complaint("not_confirmed", ("input", "confirm")))
        try:
            erased = await privacy.erase(session, act.viewer)
        except privacy.LastAdmin:
            raise Refused(Complaint("last_admin")) from None
        context.viewer = Viewer(Principal(on_site=act.viewer.principal.on_site))  # for what the request does next
        return erased

    return await perform(info, "viewerErase", None, done)
