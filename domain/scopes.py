"""What a client may be allowed: one list, from which checks, consent pages and documents are made.

A scope is `<area>:<noun>:<verb>` (RFC 6749 §3.3); people read of it as `scope.<name>` in the catalogue of messages.
A scope opens nothing by itself: through an app a person sees and does what she may herself, as far as its scopes go.
"""

from collections.abc import Iterable
from enum import StrEnum


class Scope(StrEnum):
    OPENID = "openid"
    """OpenID Connect's own: who signed in, as a name that is hers with this client alone."""
    ACCESS_DECISIONS_READ = "access:decisions:read"
    AGREEMENTS_RIGHTS_READ = "agreements:rights:read"
    AGREEMENTS_RIGHTS_WRITE = "agreements:rights:write"
    CATALOGUE_RECORDS_WRITE = "catalogue:records:write"
    CLIENTS_REGISTRATIONS_READ = "clients:registrations:read"
    CLIENTS_REGISTRATIONS_WRITE = "clients:registrations:write"
    CONTENT_FILES_OPEN = "content:files:open"
    LICENCES_TERMS_READ = "licences:terms:read"
    LICENCES_TERMS_WRITE = "licences:terms:write"
    MEMBERS_ADMINISTRATION_READ = "members:administration:read"
    MEMBERS_ADMINISTRATION_WRITE = "members:administration:write"
    MEMBERS_STANDING_READ = "members:standing:read"
    PATRON_AFFILIATIONS_READ = "patron:affiliations:read"
    PATRON_ENTITLEMENTS_READ = "patron:entitlements:read"
    PATRON_RECORDS_ERASE = "patron:records:erase"
    PATRON_RECORDS_READ = "patron:records:read"
    RECORDS_HISTORY_READ = "records:history:read"


IN_OWN_NAME = frozenset({Scope.ACCESS_DECISIONS_READ, Scope.AGREEMENTS_RIGHTS_READ, Scope.LICENCES_TERMS_READ})
"""What a client can be given without a person: it never opens content, and never acts."""


def known(names: Iterable[str]) -> frozenset[Scope]:
    """Those that exist; a scope that was given up later means nothing."""
    return frozenset(Scope(name) for name in names if name in _KNOWN)


_KNOWN = frozenset(scope.value for scope in Scope)
