"""The act that makes a draft of a licence from its document."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import contract, documents, licences
from domain.acts.act import Act, ActRefused
from domain.documents import texts
from domain.documents.refusals import Refused
from schema.acts.licence import FIRST, LAST, LICENSOR
from schema.kit.acts import made, perform, problems, reason
from schema.kit.context import Info
from schema.kit.inputs import LocalisedInput, key, localised
from schema.kit.problems import Problem
from schema.licence import Licence

_UNSET: Any = strawberry.UNSET


@strawberry.input(description="A new licence, and the document that it is written in.")
class LicenceDraftInput:
    document: strawberry.ID = strawberry.field(description="The document: POST /documents told its id.")
    code: str = strawberry.field(description="A short name of your own, for example cnki-2027: unique in the pool.")
    name: LocalisedInput = strawberry.field(description="Its name.")
    licensor: strawberry.ID = strawberry.field(description=LICENSOR)
    holder: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="The member whose licence it is; left out = the consortium's."
    )
    start_date: date | None = strawberry.field(default=_UNSET, description=FIRST)
    end_date: date | None = strawberry.field(default=_UNSET, description=LAST)
    reason: str | None = reason()


@strawberry.type(description="What licenceDraft did.")
class LicenceDraftPayload:
    licence: Licence | None = made(
        "The new licence, a draft with the document's clauses, whose words staff see, and no term."
    )
    problems: list[Problem] = problems()


async def draft(
    info: Info, input: Annotated[LicenceDraftInput, strawberry.argument(description="The licence.")]
) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        new = licences.NewLicence(
            code=contract.coded(input.code),
            name=localised(input.name, "name"),
            licensor_id=key(input.licensor, "licensor", "Provider", "Member"),
            holder_id=key(input.holder, "holder", "Member"),
            start_date=input.start_date or None,
            end_date=input.end_date or None,
        )
        await contract.require_holder(session, act, new.holder_id)  # before a file is read for somebody who may not
        document = await documents.seen(session, act, key(input.document, "document", "LicenceDocument"))
        path = info.context.gate.store.path(document.sha256 or "")
        try:
            read = await texts.read_in_turn(path)
        except (Refused, FileNotFoundError) as refused:
            raise ActRefused(contract.ContractProblem.DOCUMENT_UNREADABLE, "document") from refused
        return await documents.draft(session, act, document, read.clauses, new)

    return await perform(info, "licenceDraft", input.reason, done)
