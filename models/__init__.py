"""Tables only. Importing this package makes all of them known to SQLModel.metadata."""

from models import agreement, consortium, content, identity, intake, licence, obligation, package, party, resource

__all__ = [
    "agreement",
    "consortium",
    "content",
    "identity",
    "intake",
    "licence",
    "obligation",
    "package",
    "party",
    "resource",
]
