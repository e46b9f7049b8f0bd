"""What comes of a response that signs nobody in."""

from dataclasses import dataclass


@dataclass
class Invalid(Exception):
    """Not to be believed. `cause` is for the log: short, English, without a value that the response carries."""

    cause: str


@dataclass
class Failed(Exception):
    """The identity provider itself says that it signed nobody in (Core §3.2.2.2). Its word is not verified."""

    status: str
    substatus: str | None
    message: str | None
