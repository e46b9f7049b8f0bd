"""What one GraphQL operation knows of its request."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain import messages, visibility
from domain.catalogue.division import Divisions
from domain.content.gate import Gate
from domain.keys import KeyStore
from domain.principal import ANONYMOUS, Viewer
from domain.retention import Limits
from domain.rights.grants import Grants
from models.columns import Localised
from models.consortium import Consortium
from schema.kit.cursors import Cursors
from schema.kit.loaders import Loaders
from schema.kit.turns import Turns


@dataclass(slots=True)
class Context:
    """One request: its transaction, who asks, in which languages, and what was loaded so far."""

    session: AsyncSession
    gate: Gate
    divisions: Divisions
    consortium: Consortium
    public_url: str
    """Our own origin, without a trailing slash."""
    retention: Limits
    viewer: Viewer = ANONYMOUS
    accept_language: str | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The moment of the question, the same for all its parts."""
    turns: Turns = field(init=False)
    loaders: Loaders = field(init=False)
    cursors: Cursors = field(init=False)
    _grants: asyncio.Future[Grants] | None = None
    _languages: dict[str | None, Sequence[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.turns = Turns(self.session)
        self.loaders = Loaders(self.turns)
        self.cursors = Cursors(self.keys, visibility.contracted(self.viewer))

    @property
    def keys(self) -> KeyStore:
        return self.gate.keys

    @property
    def today(self) -> date:
        """The consortium's day."""
        return self.now.astimezone(ZoneInfo(self.consortium.time_zone)).date()

    @property
    def given(self) -> Mapping[str, Any]:
        """The parameters of kept statements that are the same for the whole request. They say nothing of a viewer who
        sees everything: what is kept for her asks for no members."""
        return {visibility.STAFFED: list(visibility.contracted(self.viewer) or ())}

    def grants(self) -> Awaitable[Grants]:
        """The compiled rights of the epoch that this transaction sees.

        All who wait go on at the same moment, so that what they load next is loaded together.
        """
        if self._grants is None:
            self._grants = self.turns.start(self.gate.rights.fresh)
        return asyncio.shield(self._grants)

    def forget(self) -> None:
        """After an act: what was loaded before it may be another now."""
        self.loaders = Loaders(self.turns)
        self._grants = None

    def languages(self, lang: str | None) -> Sequence[str]:
        """The languages to answer in, best first: the argument, Accept-Language, the consortium's own."""
        wanted = lang or None
        if wanted not in self._languages:
            self._languages[wanted] = messages.languages(wanted, self.accept_language, self.consortium.language)
        return self._languages[wanted]

    def said(self, names: Localised | None, lang: str | None) -> str:
        """A localised text; whichever language there is rather than none."""
        return messages.localised(names or {}, self.languages(lang))


Info = strawberry.Info[Context, None]
