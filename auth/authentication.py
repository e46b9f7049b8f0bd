"""What a provider vouched for at one sign-in, whichever protocol it speaks, and how it was asked to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auth.claims import Speaker

REFEDS_MFA = "https://refeds.org/profile/mfa"
"""REFEDS MFA Profile: as an authentication context (SAML) and as an `acr` (OpenID Connect)."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody should authenticate. What is wished for must be vouched for."""

    force: bool = False
    """Anew, whatever session the provider has with her."""
    mfa: bool = False
    """With several factors."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way by the browser: an address to go to, or with `fields` a form to post there."""

    address: str
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class There:
    """The session as the provider knows it, for signing out at both ends."""

    subject: str
    """What it calls her: NameID, `sub`."""
    index: str | None
    """What it calls the session: SessionIndex, `sid`."""
    kept: Mapping[str, Any]
    """What a request to sign her out must name. JSON."""


@dataclass(frozen=True, slots=True)
class Authentication:
    said: Mapping[str, Any]
    """Attributes or claims."""
    speaker: Speaker
    mfa: bool = False
    until: datetime | None = None
    """When the provider ends its session at the latest."""
    there: There | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """For the page that shows what came: see `Release.facts`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a protocol asked a provider, and what must be remembered until the answer comes."""

    sent: Sent
    state: str
    """What the answer names: state (OpenID Connect), ID of the request (SAML)."""
    remembered: Mapping[str, Any]
    """JSON."""
