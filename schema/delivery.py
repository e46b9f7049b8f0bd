"""contentOpen: a signed link to begin reading with."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import strawberry

from domain.content import gate, items
from domain.rights.answer import Use
from domain.scopes import Scope
from models import content as rows
from models.vocabulary import Action
from schema.access import Access
from schema.access_question import UseInput, said
from schema.content import content_url
from schema.decide import Decision, shown
from schema.kit import ids
from schema.kit.acts import Refused, act, recorded
from schema.kit.context import Info
from schema.kit.errors import Code, Refusal
from schema.kit.problems import Complaint, Problem
from schema.kit.scalars import URL
from schema.kit.source import fact


@strawberry.input(description="What to open, and how.")
class ContentOpenInput:
    content_item: strawberry.ID = strawberry.field(description="The file.")
    action: Action = strawberry.field(default=Action.VIEW, description="VIEW or DOWNLOAD.")
    use: UseInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="What it is for, as the reader says. Where a licence tells uses apart it can't be opened without.",
    )


@dataclass(frozen=True, slots=True)
class _Opened:
    link: "_Link | None" = None
    access: Decision | None = None
    problems: list[Complaint] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    start_before: datetime


@strawberry.type(description="A signed link. It needs no cookie and opens one reading.")
class ContentLink:
    url: URL = fact("url", "Whoever has it may begin to read: don't store it.")
    start_before: datetime = fact("start_before", "Until when reading must have begun.")


@strawberry.type(description="What contentOpen did.")
class ContentOpenPayload:
    link: ContentLink | None = fact("link", "The link; null where access is refused.")
    access: Access | None = fact("access", "The decision; null = there is no such file.")
    problems: list[Problem] = fact("problems", "Why there is no link; empty = there is one.")


async def open_content(
    info: Info, input: Annotated[ContentOpenInput, strawberry.argument(description="What to open, and how.")]
) -> Any:
    opened: _Opened = await act(info, lambda: _open(info, input), lambda complaints: _Opened(problems=complaints))
    if opened.access is None:  # a refused access is on record as a decision
        await recorded(info, "contentOpen", opened.problems)
    return opened


async def _open(info: Info, input: ContentOpenInput) -> _Opened:
    context = info.context
    if input.action not in gate.ACTIONS:
        raise Refused(Complaint("bad_user_input", ("input", "action"), {"field": "action"}))
    key = ids.decode(input.content_item, "ContentItem")
    item = await items.by_id(context.session, key) if key else None
    if item is None:
        raise Refused(Complaint("content_not_found", ("input", "contentItem")))
    try:
        use = said(input.use) if input.use else Use()
        opened = await gate.open_link(
            context.session, context.gate, context.viewer, item, input.action, context.now, use
        )
    except gate.NotAllowed as refusal:
        needed = f"The token needs the scope {Scope.CONTENT_FILES_OPEN} and a person who allowed it."
        raise Refusal(needed, Code.INSUFFICIENT_SCOPE) from refusal
    return _closed(info, opened, item) if isinstance(opened, gate.Closed) else _link_of(info, opened, item)


def _link_of(info: Info, opening: gate.Opening, item: rows.ContentItem) -> _Opened:
    url = f"{content_url(info, item.id)}?{urlencode({'link': opening.text})}"
    link = _Link(url, opening.link.start_before)
    return _Opened(link, shown(opening.answer, opening.asked, item_id=item.id))


def _closed(info: Info, closed: gate.Closed, item: rows.ContentItem) -> _Opened:
    """A refusal is an answer: it stays on record, and the problem only points to it."""
    access = shown(closed.answer, closed.asked, item_id=item.id, sealed=closed.decision_id)
    return _Opened(access=access, problems=[Complaint("access_refused")])
