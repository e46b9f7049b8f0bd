"""A licence's card: who may do what where, by which clause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain import card_page, cards
from domain.rights import card as rights
from domain.rights.facts import Place
from models import licence as rows
from models.vocabulary import Action, Affiliation
from schema.kit.arguments import Lang
from schema.kit.context import Info
from schema.kit.scalars import CountryCode
from schema.kit.source import computed, fact
from schema.sight import sees_licence

if TYPE_CHECKING:
    from schema.licence import Clause

strawberry.enum(rights.Verdict, name="CardVerdict", description="What a licence says of a use, in a word.")
strawberry.enum(Place, name="CardPlace", description="On the network of the member whose right is used, or not.")

On = Annotated[
    date | None, strawberry.argument(description="As it stands on which day. Left out: today, of the consortium.")
]


@dataclass(frozen=True, slots=True)
class _Cell:
    cell: rights.Cell
    of: cards.Told

    @property
    def action(self) -> Action:
        return self.cell.action

    @property
    def verdict(self) -> rights.Verdict:
        return self.cell.verdict

    @property
    def territories(self) -> Sequence[str]:
        return self.cell.territories

    @property
    def outside(self) -> Sequence[str]:
        return self.cell.outside

    @property
    def seats(self) -> int | None:
        return self.cell.seats


def _clauses(root: strawberry.Parent[_Cell]) -> Any:
    return [root.of.clauses[key] for key in root.cell.clauses if key in root.of.clauses]


def _conditions(root: strawberry.Parent[_Cell], info: Info, lang: Lang = strawberry.UNSET) -> list[str]:
    return cards.conditions(root.cell, root.of, info.context.languages(lang))


@strawberry.type(description="What a licence says of one use to some readers at a place.")
class LicenceCardCell:
    action: Action = fact("action", "The use.")
    verdict: rights.Verdict = fact(
        "verdict",
        "YES: clauses beside the first name uses for which it is prohibited nevertheless. CONDITIONAL: yes, within the "
        "conditions. SILENT_YES, SILENT_NO: the licence doesn't say; the consortium's declared default does. SILENT_NO "
        "with a clause: it prohibits some uses or readers only, and nothing permits the rest.",
    )
    clauses: list[Annotated["Clause", strawberry.lazy("schema.licence")]] = computed(
        _clauses, "The clauses that say so, the deciding one first.", rows.Term.clause_id
    )
    conditions: list[str] = computed(
        _conditions, "What must be kept to, and what it may not be used for, in plain words.", rows.Term.public_note
    )
    territories: list[CountryCode] = fact("territories", "Permitted in these countries alone; empty = no such bound.")
    excluded_territories: list[CountryCode] = fact("outside", "Not permitted in these countries; empty = none.")
    readers_at_a_time: int | None = fact(
        "seats", "So many may use it at the same time, and it is refused until they are counted; null = any number."
    )


@strawberry.type(description="A kind of reader, as a licence tells them apart.")
class LicenceCardReader:
    affiliation: Affiliation = fact("affiliation", "What she is at her member.")
    user_class: str | None = fact(
        "user_class", "The named class of users that she is of as well, where that makes a difference; null = none."
    )


@dataclass(frozen=True, slots=True)
class _Row:
    row: rights.Row
    of: cards.Told

    @property
    def readers(self) -> Sequence[rights.Reader]:
        return self.row.readers

    @property
    def places(self) -> Sequence[Place]:
        return self.row.places


def _cells(root: strawberry.Parent[_Row]) -> Any:
    return [_Cell(cell, root.of) for cell in root.row.cells]


@strawberry.type(description="Kinds of readers to whom a licence says the same, at these places.")
class LicenceCardRow:
    readers: list[LicenceCardReader] = fact("readers", "Who.")
    places: list[Place] = fact("places", "Where; both = anywhere.")
    cells: list[LicenceCardCell] = computed(_cells, "One for each action, always in the same order.", rows.Term.action)


def _rows(root: strawberry.Parent[cards.Told]) -> Any:
    return [_Row(row, root) for row in root.card.rows]


def _on(root: strawberry.Parent[cards.Told]) -> date:
    return root.card.on


def _text(root: strawberry.Parent[cards.Told], info: Info, lang: Lang = strawberry.UNSET) -> str:
    return card_page.page(root, info.context.languages(lang))


@strawberry.type(description="A licence on one page: who may do what where, yes or no, with the clause's number.")
class LicenceCard:
    on: date = computed(_on, "The day on which it stands so.")
    rows: list[LicenceCardRow] = computed(_rows, "Readers and places, each with one cell for every use.", rows.Term.id)
    text: str = computed(_text, "The same as plain text, 100 columns wide.")


async def card_of(root: strawberry.Parent[rows.Licence], info: Info, on: On = strawberry.UNSET) -> Any:
    """Licence.card."""
    if not await sees_licence(info, root.id):
        return None
    day = on or info.context.today

    async def read(session: AsyncSession) -> cards.Told:
        return await cards.read(session, root, day)

    return await info.context.turns.take(read)
