"""Two universities as Keycloak realms. Alpha's Mallory claims to be beta's: no realm is kept from saying so."""

import json
from typing import Any

CLIENT_ID, CLIENT_SECRET = "library-platform", "keycloak-client-secret"
COMMON_LIB_TERMS = "urn:mace:dir:entitlement:common-lib-terms"
LAW = "urn:mace:example.edu:entitlement:law-db"


def password(name: str) -> str:
    return f"pw-{name}"


def realm(name: str, redirect_uri: str, users: list[dict[str, Any]]) -> dict[str, Any]:
    """A realm in Keycloak's import format."""
    return {
        "realm": name,
        "enabled": True,
        "sslRequired": "none",
        "components": {
            "org.keycloak.userprofile.UserProfileProvider": [
                {
                    "providerId": "declarative-user-profile",
                    "subComponents": {},
                    "config": {"kc.user.profile.config": [json.dumps(_profile())]},
                }
            ]
        },
        "users": users,
        "clients": [_client(redirect_uri)],
    }


def user(name: str, *affiliations: str, entitlements: tuple[str, ...] = (), scope: str) -> dict[str, Any]:
    return {
        "username": name,
        "enabled": True,
        "emailVerified": True,
        "email": f"{name}@{scope}",
        "firstName": name.title(),
        "lastName": "Test",
        "credentials": [{"type": "password", "value": password(name), "temporary": False}],
        "attributes": {
            "eduPersonScopedAffiliation": [f"{one}@{scope}" for one in affiliations],
            "eduPersonEntitlement": list(entitlements),
            "pairwise-id": [f"PW{name.upper()}7@{scope}"],
        },
    }


def realms(redirect_uri: str) -> list[dict[str, Any]]:
    alpha, beta = "alpha.edu", "beta.edu"
    both = user("carol", "student", scope=alpha)
    both["attributes"]["eduPersonScopedAffiliation"].append(f"faculty@{beta}")
    return [
        realm(
            "alpha",
            redirect_uri,
            [
                user("alice", "member", "staff", entitlements=(COMMON_LIB_TERMS,), scope=alpha),
                user("bob", "member", "student", entitlements=(COMMON_LIB_TERMS, LAW), scope=alpha),
                user("walkin", "library-walk-in", scope=alpha),
                user("alumna", "alum", scope=alpha),
                user("mallory", "member", "faculty", entitlements=(COMMON_LIB_TERMS,), scope=beta),
                both,
                user("nobody", scope=alpha),
            ],
        ),
        realm("beta", redirect_uri, [user("dora", "member", "faculty", scope=beta)]),
    ]


def _profile() -> dict[str, Any]:
    names = ("username", "email", "firstName", "lastName")
    permissions = {"view": ["admin", "user"], "edit": ["admin"]}
    return {
        "attributes": [{"name": one, "displayName": one, "permissions": permissions} for one in names],
        "unmanagedAttributePolicy": "ENABLED",
    }


def _client(redirect_uri: str) -> dict[str, Any]:
    claims = {
        "eduPersonScopedAffiliation": "eduperson_scoped_affiliation",
        "eduPersonEntitlement": "eduperson_entitlement",
        "pairwise-id": "pairwise_id",
    }
    return {
        "clientId": CLIENT_ID,
        "protocol": "openid-connect",
        "enabled": True,
        "secret": CLIENT_SECRET,
        "publicClient": False,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "redirectUris": [redirect_uri],
        "attributes": {"pkce.code.challenge.method": "S256"},
        "protocolMappers": [_mapper(attribute, claim) for attribute, claim in claims.items()],
    }


def _mapper(attribute: str, claim: str) -> dict[str, Any]:
    return {
        "name": claim,
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {
            "user.attribute": attribute,
            "claim.name": claim,
            "jsonType.label": "String",
            "multivalued": "true",
            "id.token.claim": "true",
            "userinfo.token.claim": "true",
        },
    }
