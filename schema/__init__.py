"""The public contract: one file per noun."""

from schema import vocabulary  # noqa: F401 Strawberry must know an enum before a type uses it
