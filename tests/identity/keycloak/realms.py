"""Two universities as Keycloak realms. Alpha's Mallory claims to be beta's: no realm is kept from saying so."""

import base64
import json
from dataclasses import dataclass
from typing import Any

CLIENT_ID, CLIENT_SECRET = "library-platform", "keycloak-client-secret"
COMMON_LIB_TERMS = "urn:mace:dir:entitlement:common-lib-terms"
LAW = "urn:mace:example.edu:entitlement:law-db"


NAMES = {
    "eduPersonScopedAffiliation": "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
    "eduPersonEntitlement": "urn:oid:1.3.6.1.4.1.5923.1.1.1.7",
    "pairwise-id": "urn:oasis:names:tc:SAML:attribute:pairwise-id",
}


@dataclass(frozen=True)
class Service:
    """Mutua, as the realms know it. `signing`: DER of the certificate that its requests are checked with."""

    url: str
    signing: bytes


def password(name: str) -> str:
    return f"pw-{name}"


def realm(name: str, service: Service, users: list[dict[str, Any]]) -> dict[str, Any]:
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
        "clients": [_client(service), _saml_client(service)],
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


def realms(service: Service) -> list[dict[str, Any]]:
    alpha, beta = "alpha.edu", "beta.edu"
    both = user("carol", "student", scope=alpha)
    both["attributes"]["eduPersonScopedAffiliation"].append(f"faculty@{beta}")
    return [
        realm(
            "alpha",
            service,
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
        realm("beta", service, [user("dora", "member", "faculty", scope=beta)]),
    ]


def _profile() -> dict[str, Any]:
    names = ("username", "email", "firstName", "lastName")
    permissions = {"view": ["admin", "user"], "edit": ["admin"]}
    return {
        "attributes": [{"name": one, "displayName": one, "permissions": permissions} for one in names],
        "unmanagedAttributePolicy": "ENABLED",
    }


def _saml_client(service: Service) -> dict[str, Any]:
    return {
        "clientId": f"{service.url}/saml/metadata",
        "protocol": "saml",
        "enabled": True,
        "frontchannelLogout": True,
        "redirectUris": [f"{service.url}/*"],
        "attributes": {
            "saml.assertion.signature": "true",
            "saml.server.signature": "true",
            "saml.client.signature": "true",
            "saml.signing.certificate": base64.b64encode(service.signing).decode(),
            "saml.authnstatement": "true",
            "saml.signature.algorithm": "RSA_SHA256",
            "saml.force.post.binding": "true",
            "saml_force_name_id_format": "true",
            "saml_name_id_format": "persistent",
            "saml_single_logout_service_url_redirect": f"{service.url}/saml/logout",
        },
        "fullScopeAllowed": False,
        "defaultClientScopes": [],
        "protocolMappers": [_saml_mapper(attribute, name) for attribute, name in NAMES.items()],
    }


def _saml_mapper(attribute: str, name: str) -> dict[str, Any]:
    return {
        "name": attribute,
        "protocol": "saml",
        "protocolMapper": "saml-user-attribute-mapper",
        "config": {
            "user.attribute": attribute,
            "attribute.name": name,
            "attribute.nameformat": "URI Reference",
            "friendly.name": attribute,
            "aggregate.attrs": "false",
        },
    }


def _client(service: Service) -> dict[str, Any]:
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
        "redirectUris": [f"{service.url}/login/callback"],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "backchannel.logout.url": f"{service.url}/login/backchannel",
            "backchannel.logout.session.required": "true",
            "post.logout.redirect.uris": f"{service.url}/logout/done",
        },
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
