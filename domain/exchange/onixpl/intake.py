"""An ONIX-PL document as a file that is loaded: the same rows as of a licence file in YAML."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.exchange.onixpl import reading
from domain.exchange.onixpl.reading import Options
from domain.intake import licensing
from domain.intake.cells import Row
from domain.intake.comparing import Unknown
from domain.intake.licence import LicenceFile
from domain.intake.reasons import Reason
from domain.intake.runs import Run
from domain.intake.source import Source
from models import intake as staged_rows
from models.licence import UserClass
from models.party import Party
from models.vocabulary import PartyKind


@dataclass(frozen=True)
class OnixLicence(LicenceFile):
    """`options` are what the command says of the licence itself."""

    options: Options = field(default_factory=Options)

    @property
    def target(self) -> dict[str, str]:
        named = {"code": self.options.code, "licensor": self.options.licensor}
        return {key: value for key, value in named.items() if value}

    def rows(self, source: Source) -> Iterable[Row]:
        found, notes = reading.read(source, self.options)
        yield Row(1, found, [*notes])

    async def apply(self, session: AsyncSession, run: Run) -> None:
        staged = staged_rows.ImportRow
        found = await session.execute(select(col(staged.result)).where(col(staged.run_id) == run.id))
        file: dict[str, Any] = found.scalar_one()
        unknown = Unknown()
        await _hold(session, unknown, file["licence"])
        await _only_new_classes(session, unknown, file)
        unknown.settle()
        await licensing.apply(session, run, file)


async def _hold(session: AsyncSession, unknown: Unknown, said: dict[str, Any]) -> None:
    """Put in the holder's key, where the document names one; else who holds the licence stays."""
    if said["holder"] is None:
        return
    code, line = said["holder"]
    member = select(col(Party.id)).where(col(Party.kind) == PartyKind.MEMBER, col(Party.code) == code)
    said["holder_id"] = await session.scalar(member)
    if said["holder_id"] is None:
        unknown.add(line, "licence.holder", code, Reason.UNKNOWN_MEMBER)


async def _only_new_classes(session: AsyncSession, unknown: Unknown, file: dict[str, Any]) -> None:
    """Take out the classes of users that are known: other licences go by them too, so a document can't change them."""
    classes, line = file["user_classes"], file["licence"]["licensor"][1]
    for known in await session.scalars(select(UserClass).where(col(UserClass.code).in_(list(classes)))):
        if set(classes.pop(known.code)) != set(known.entitlement_uris):
            unknown.add(line, "user_classes", known.code, Reason.CLASS_DIFFERS, ", ".join(known.entitlement_uris)[:300])
