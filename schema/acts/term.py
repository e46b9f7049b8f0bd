"""Acts on the terms of a licence."""

from typing import Annotated, Any

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain.acts import terms
from domain.acts.act import Act, ActRefused, path_of, text
from domain.acts.act import Problem as Refusal
from models.licence import QUALIFIERS
from models.vocabulary import Action, Affiliation, TermStatus
from schema.kit.acts import Part, made, perform, problems, reason, version, whole
from schema.kit.context import Info
from schema.kit.inputs import LocalisedInput, key, localised
from schema.kit.problems import Problem
from schema.kit.scalars import CountryCode
from schema.licence import Licence, Term

_UNSET: Any = strawberry.UNSET
LONGEST_NOTE = 2000
LONGEST_WORD = 200
MOST_WORDS = 100
MOST_CLASSES = 20
PLAIN = ("action", "status", "affiliations", "on_site_only", "except_as_permitted", "concurrent_users")
FLAGS = ("on_site_only", "except_as_permitted")


@strawberry.input(description="A class of users that terms can name: whoever asserts one of these entitlements.")
class UserClassInput:
    code: str = strawberry.field(description="Its name, unique in the pool; a known one keeps its meaning.")
    entitlement_uris: list[str] = strawberry.field(description="Values of eduPersonEntitlement.")


@strawberry.input(
    description="A term: a new one, or, with its id, what is different about it. A list that is null = no constraint; "
    "an empty list is invalid."
)
class TermSetInput:
    licence: strawberry.ID = strawberry.field(description="The licence that says so.")
    version: int = version("the licence")
    id: strawberry.ID | None = strawberry.field(default=_UNSET, description="The term to change; left out = a new one.")
    clause: str | None = strawberry.field(default=_UNSET, description="The number of the clause that says so.")
    amendment: str | None = strawberry.field(
        default=_UNSET, description="The number of the drafted amendment that brings it; left out = the licence itself."
    )
    action: Action | None = strawberry.field(default=_UNSET, description="Of what it speaks; a new one needs it.")
    status: TermStatus | None = strawberry.field(
        default=_UNSET, description="What it says; a new one needs it. NOT_APPLICABLE takes one in force out of play."
    )
    affiliations: list[Affiliation] | None = strawberry.field(
        default=_UNSET, description="Only for these affiliations."
    )
    user_classes: list[str] | None = strawberry.field(default=_UNSET, description="Only for these classes of users.")
    new_user_classes: list[UserClassInput] | None = strawberry.field(
        default=_UNSET, description="Classes of users that userClasses names and nobody declared yet."
    )
    purposes: list[str] | None = strawberry.field(default=_UNSET, description="Only for these purposes.")
    recipients: list[str] | None = strawberry.field(default=_UNSET, description="Only for these recipients.")
    methods: list[str] | None = strawberry.field(default=_UNSET, description="Only by these methods.")
    parts: list[str] | None = strawberry.field(default=_UNSET, description="Only these parts.")
    territories: list[CountryCode] | None = strawberry.field(default=_UNSET, description="Only in these countries.")
    on_site_only: bool | None = strawberry.field(default=_UNSET, description="Only on the member's own network.")
    except_as_permitted: bool | None = strawberry.field(
        default=_UNSET, description="A prohibition that leaves what another term permits."
    )
    concurrent_users: int | None = strawberry.field(
        default=_UNSET, description="How many at the same time; null = any number."
    )
    public_note: LocalisedInput | None = strawberry.field(default=_UNSET, description="A note for everybody.")
    note: str | None = strawberry.field(default=_UNSET, description="An internal note.")
    reason: str | None = reason()


@strawberry.type(description="What termSet did.")
class TermSetPayload:
    term: Term | None = made("The term as it is now.")
    licence: Licence | None = whole("Its licence.")
    problems: list[Problem] = problems()


@strawberry.input(description="Which term goes.")
class TermRemoveInput:
    id: strawberry.ID = strawberry.field(description="The term, of a licence that is still being prepared.")
    version: int = version("the licence")
    reason: str | None = reason()


@strawberry.type(description="What termRemove did.")
class TermRemovePayload:
    licence: Licence | None = made("The licence without it.")
    problems: list[Problem] = problems()


async def set_(info: Info, input: Annotated[TermSetInput, strawberry.argument(description="The term.")]) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        licence_id, term_id = key(input.licence, "licence", "Licence"), key(input.id, "id", "Term")
        values, classes = _values(input), _classes(input.new_user_classes or [])
        return Part(*await terms.set_(session, act, licence_id, input.version, term_id, values, classes))

    return await perform(info, "termSet", input.reason, done)


async def remove(info: Info, input: Annotated[TermRemoveInput, strawberry.argument(description="Which term.")]) -> Any:
    async def done(session: AsyncSession, act: Act) -> Any:
        return await terms.remove(session, act, key(input.id, "id", "Term"), input.version)

    return await perform(info, "termRemove", input.reason, done)


def _values(input: TermSetInput) -> dict[str, Any]:
    """The columns that the caller named, and `clause`."""
    values = {name: getattr(input, name) for name in PLAIN if getattr(input, name) is not _UNSET}
    values |= {name: False for name in FLAGS if values.get(name, _UNSET) is None}
    for name in ("action", "status"):
        if values.get(name, _UNSET) is None:
            raise ActRefused(Refusal.BLANK, name, field=name)
    if values.get("affiliations"):
        values["affiliations"] = list(dict.fromkeys(values["affiliations"]))
    if (seats := values.get("concurrent_users")) is not None and seats < 1:
        raise ActRefused(Refusal.VALUE, "concurrentUsers", field="concurrentUsers")
    for name in QUALIFIERS:
        if (words := getattr(input, name)) is not _UNSET:
            values[name] = _words(words, path_of(name))
    if input.amendment is not _UNSET:
        values["amendment"] = None if input.amendment is None else input.amendment.strip()
    if input.clause is not _UNSET:
        values["clause"] = None if input.clause is None else input.clause.strip()
    if input.public_note is not _UNSET:
        note = input.public_note
        values["public_note"] = None if note is None else localised(note, "publicNote", LONGEST_NOTE)
    if input.note is not _UNSET:
        values["note"] = None if input.note is None else text(input.note, "note", LONGEST_NOTE)
    return values


def _words(words: list[Any] | None, *path: str) -> list[str] | None:
    """The words, each once. Raises ActRefused for blank and endless ones."""
    if words is None:
        return None
    if len(words) > MOST_WORDS:
        raise ActRefused(Refusal.TOO_MANY, *path, field=path[-1], limit=MOST_WORDS)
    return list(dict.fromkeys(_word(word, *path, str(index)) for index, word in enumerate(words)))


def _word(word: str, *path: str) -> str:
    plain = word.strip()
    if not plain:
        raise ActRefused(Refusal.BLANK, *path, field=path[0])
    if len(plain) > LONGEST_WORD:
        raise ActRefused(Refusal.TOO_LONG, *path, field=path[0], limit=LONGEST_WORD)
    return plain


def _classes(given: list[UserClassInput]) -> list[terms.NewUserClass]:
    if len(given) > MOST_CLASSES:
        raise ActRefused(Refusal.TOO_MANY, "newUserClasses", field="newUserClasses", limit=MOST_CLASSES)
    return [
        terms.NewUserClass(
            _word(one.code, "newUserClasses", str(index), "code"),
            _words(one.entitlement_uris, "newUserClasses", str(index), "entitlementUris") or [],
        )
        for index, one in enumerate(given)
    ]
