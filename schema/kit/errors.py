"""Refusals of a request. Their codes are a closed list that docs/front-end.md tells."""

from enum import StrEnum

from graphql import GraphQLError


class Code(StrEnum):
    """`extensions.code` of every entry of errors[]."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    INSUFFICIENT_SCOPE = "INSUFFICIENT_SCOPE"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_CURSOR = "BAD_CURSOR"
    COST_LIMIT = "COST_LIMIT"
    RATE_LIMITED = "RATE_LIMITED"
    DEPTH_LIMIT = "DEPTH_LIMIT"
    ALIAS_LIMIT = "ALIAS_LIMIT"
    TOO_COMPLEX = "TOO_COMPLEX"
    TOKEN_LIMIT = "TOKEN_LIMIT"  # noqa: S105 a code, no secret
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    TIMEOUT = "TIMEOUT"
    SEARCH_UNAVAILABLE = "SEARCH_UNAVAILABLE"
    INTERNAL = "INTERNAL"


class Malformed(ValueError):
    """A value that isn't of its scalar's form: the caller's mistake, not a fault of ours."""


class Refusal(GraphQLError):
    """Something the caller can understand and change: its text is shown as it is, so nothing secret goes into it."""

    def __init__(self, message: str, code: Code = Code.BAD_USER_INPUT) -> None:
        super().__init__(message, extensions={"code": code.value})
