"""Why a sign-in led nowhere. Each has its sentences in the catalogue of messages under `error.<value>`."""

from dataclasses import dataclass, field
from enum import StrEnum

from auth.release import Release
from domain.discovery import Institution


class Error(StrEnum):
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_EXPIRED = "sign_in_expired"
    SIGN_IN_CANCELLED = "sign_in_cancelled"
    IDENTITY_PROVIDER_UNAVAILABLE = "identity_provider_unavailable"
    IDENTITY_PROVIDER_UNKNOWN = "identity_provider_unknown"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 a message key
    RESPONSE_INVALID = "response_invalid"
    RESOURCE_UNKNOWN = "resource_unknown"
    MFA_MISSING = "mfa_missing"
    SCOPE_MISMATCH = "scope_mismatch"
    ATTRIBUTES_MISSING = "attributes_missing"
    INVITATION_INVALID = "invitation_invalid"
    INVITATION_OTHER_MEMBER = "invitation_other_member"
    PSEUDONYM_MISSING = "pseudonym_missing"
    REQUEST_REFUSED = "request_refused"
    APP_REQUEST_REFUSED = "app_request_refused"


STATUS = {
    Error.SIGN_IN_FAILED: 400,
    Error.SIGN_IN_EXPIRED: 400,
    Error.SIGN_IN_CANCELLED: 401,
    Error.IDENTITY_PROVIDER_UNAVAILABLE: 502,
    Error.IDENTITY_PROVIDER_UNKNOWN: 404,
    Error.TOKEN_INVALID: 401,
    Error.RESPONSE_INVALID: 401,
    Error.RESOURCE_UNKNOWN: 404,
    Error.MFA_MISSING: 403,
    Error.SCOPE_MISMATCH: 403,
    Error.ATTRIBUTES_MISSING: 403,
    Error.INVITATION_INVALID: 404,
    Error.INVITATION_OTHER_MEMBER: 403,
    Error.PSEUDONYM_MISSING: 403,
    Error.REQUEST_REFUSED: 403,
    Error.APP_REQUEST_REFUSED: 400,
}


@dataclass
class Refusal(Exception):
    """A sign-in refused. `cause` is for the log only: a token's flaw is told to nobody who might have forged it.

    `release`: what came, where the provider was believed and said too little. `institution`: whom it is about.
    """

    error: Error
    cause: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    release: Release | None = None
    institution: Institution | None = None

    @property
    def status(self) -> int:
        return STATUS[self.error]

    @property
    def code(self) -> str:
        return self.error.name
