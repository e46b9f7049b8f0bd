"""What one GraphQL operation knows of its request."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from domain import messages
from domain.keys import KeyStore
from domain.principal import ANONYMOUS, Viewer
from models.columns import Localised
from models.consortium import Consortium
from schema.kit.cursors import Cursors
from schema.kit.loaders import Loaders


@dataclass(slots=True)
class Context:
    """One request: its transaction, who asks, in which languages, and what was loaded so far."""

    session: AsyncSession
    keys: KeyStore
    consortium: Consortium
    public_url: str
    """Our own origin, without a trailing slash."""
    viewer: Viewer = ANONYMOUS
    accept_language: str | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a statement runs: the session serves one at a time, resolvers run side by side."""
    loaders: Loaders = field(init=False)
    cursors: Cursors = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self.session, self.lock)
        self.cursors = Cursors(self.keys)

    def languages(self, lang: str | None) -> Sequence[str]:
        """The languages to answer in, best first: the argument, Accept-Language, the consortium's own."""
        return messages.languages(lang or None, self.accept_language, self.consortium.language)

    def said(self, names: Localised | None, lang: str | None) -> str:
        """A localised text; whichever language there is rather than none."""
        return messages.localised(names or {}, self.languages(lang))


Info = strawberry.Info[Context, None]
