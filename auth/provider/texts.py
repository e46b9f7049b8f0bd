"""The opaque texts that clients hold: codes and refresh tokens. Each is a sealed note of the authorization it belongs
to, so that nothing of it needs keeping, and none can be guessed or altered.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.keys import KeyStore, Purpose, Unreadable

LENGTH = 21


class Kind(StrEnum):
    CODE = "c"
    REFRESH_TOKEN = "r"  # noqa: S105 a letter


@dataclass(frozen=True, slots=True)
class Text:
    """`generation`: of a refresh token, how often its authorization had been refreshed when it was made."""

    kind: Kind
    authorization_id: UUID
    generation: int = 0

    def sealed(self, keys: KeyStore) -> str:
        plain = self.kind.encode() + self.authorization_id.bytes + self.generation.to_bytes(4, "big")
        return keys.seal(Purpose.TOKENS, plain)

    @classmethod
    def unsealed(cls, keys: KeyStore, text: str) -> Self | None:
        """None for whatever we never made."""
        try:
            plain = keys.unseal(Purpose.TOKENS, text)
            kind = Kind(plain[:1].decode())
        except (Unreadable, ValueError):
            return None
        if len(plain) != LENGTH:
            return None
        return cls(kind, UUID(bytes=plain[1:17]), int.from_bytes(plain[17:], "big"))
