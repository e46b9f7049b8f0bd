"""Tables only. Importing this package makes all of them known to SQLModel.metadata."""

from models import (
    agreement,
    client,
    consortium,
    content,
    federation,
    history,
    identity,
    intake,
    licence,
    obligation,
    outbox,
    package,
    party,
    record,
    resource,
)

__all__ = [
    "agreement",
    "client",
    "consortium",
    "content",
    "federation",
    "history",
    "identity",
    "intake",
    "licence",
    "obligation",
    "outbox",
    "package",
    "party",
    "record",
    "resource",
]
