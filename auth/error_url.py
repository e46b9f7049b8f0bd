"""Where a university's own page helps somebody whose sign-in failed (REFEDS, SAML V2.0 Metadata Deployment Profile for
errorURL 1.0).
"""

import re
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, urlsplit

from auth.refusals import Error

_PLACEHOLDER = re.compile("ERRORURL_(CODE|TS|RP|TID|CTX)")


class Code(StrEnum):
    IDENTIFICATION_FAILURE = "IDENTIFICATION_FAILURE"
    """Attributes are missing or don't fit."""
    AUTHENTICATION_FAILURE = "AUTHENTICATION_FAILURE"
    """She did not authenticate strongly enough."""
    AUTHORIZATION_FAILURE = "AUTHORIZATION_FAILURE"
    OTHER_ERROR = "OTHER_ERROR"


CODES = {
    Error.ATTRIBUTES_MISSING: Code.IDENTIFICATION_FAILURE,
    Error.SCOPE_MISMATCH: Code.IDENTIFICATION_FAILURE,
    Error.PSEUDONYM_MISSING: Code.IDENTIFICATION_FAILURE,
    Error.MFA_MISSING: Code.AUTHENTICATION_FAILURE,
    Error.INVITATION_OTHER_MEMBER: Code.AUTHORIZATION_FAILURE,
}
"""Every other refusal is OTHER_ERROR."""


def filled(
    template: str | None, error: Error, *, at: datetime, us: str, number: str | None, context: str
) -> str | None:
    """The address for this refusal; None where the metadata names none that a browser may be led to.

    Args:
        us: our entityID.
        number: of the request, as our log has it.
        context: the attributes or the authentication context that are missing, separated by spaces (§2.3.4).
    """
    if not template or urlsplit(template).scheme not in {"https", "http"}:
        return None
    told = {
        "CODE": CODES.get(error, Code.OTHER_ERROR).value,
        "TS": str(int(at.timestamp())),
        "RP": us,
        "TID": number,
        "CTX": context,
    }
    return _PLACEHOLDER.sub(lambda found: quote(told[found[1]] or found[0], safe=""), template)
