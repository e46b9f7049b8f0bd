"""Where the provider's endpoints are and what they can: OpenID Connect Discovery 1.0 §3, RFC 8414 §2."""

from typing import Any

from auth.provider import tokens
from auth.provider.clients import METHODS, PROVEN
from domain.scopes import Scope

AUTHORIZE = "/oauth/authorize"
TOKEN = "/oauth/token"  # noqa: S105 an address
REVOKE = "/oauth/revoke"
INTROSPECT = "/oauth/introspect"
USERINFO = "/oauth/userinfo"
CONSENT = "/oauth/consent"
END_SESSION = "/oauth/logout"
JWKS = "/oauth/jwks"
OPENID_METADATA = "/.well-known/openid-configuration"
METADATA = "/.well-known/oauth-authorization-server"
"""RFC 8414, with the same content."""
ASSERTION_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Of clients that sign: never a symmetric one, and never none."""


def metadata(here: str) -> dict[str, Any]:
    """`here`: our own address, which is the issuer."""
    return {
        "issuer": here,
        "authorization_endpoint": here + AUTHORIZE,
        "token_endpoint": here + TOKEN,
        "revocation_endpoint": here + REVOKE,
        "introspection_endpoint": here + INTROSPECT,
        "userinfo_endpoint": here + USERINFO,
        "end_session_endpoint": here + END_SESSION,
        "jwks_uri": here + JWKS,
        "scopes_supported": sorted(Scope),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [tokens.ALGORITHM],
        "token_endpoint_auth_methods_supported": METHODS,
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": PROVEN,
        "introspection_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "authorization_response_iss_parameter_supported": True,
        "claims_supported": ["sub", "sid", "auth_time", "eduperson_scoped_affiliation", "eduperson_entitlement"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": ["zh", "en"],
        "service_documentation": f"{here}/help",
    }
