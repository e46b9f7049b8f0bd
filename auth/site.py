"""What the sign-in needs to know of the server that it stands in. `api` makes one and keeps it at `app.state.site`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import HTTPConnection

from auth.address import Network
from auth.oidc import Directory
from auth.provider.tokens import Checker
from domain.keys import KeyStore
from domain.rights.current import Current


@dataclass(frozen=True)
class Site:
    """`transaction` opens one that is committed at the end of its block: no connection waits while a provider answers.

    `demo`: providers whose passwords are on the screen count, and programs get a cookie that they send over plain http.
    """

    public_url: str
    keys: KeyStore
    transaction: Callable[[], AbstractAsyncContextManager[AsyncSession]]
    session_idle: timedelta
    session_absolute: timedelta
    trusted_proxies: tuple[Network, ...] = ()
    demo: bool = False
    discovery_url: str | None = None
    """Another discovery service (Identity Provider Discovery Service Protocol)."""
    contact: str | None = None
    """An e-mail address, for universities and federations."""
    rights: Current = field(default_factory=Current)
    directory: Directory = field(default_factory=Directory)
    tokens: Checker = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", Checker(self.public_url, self.keys))


def site_of(connection: HTTPConnection) -> Site:
    site: Site = connection.app.state.site
    return site
