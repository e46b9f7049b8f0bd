"""What an OpenID provider releases: told to its reader where it is too little, and to whoever runs it in a test."""

import html
from typing import Any

import httpx2

from demo.identity import PREFIX
from tests.identity.conftest import Town


def without(*names: str) -> Any:
    """Leaves claims out of the ID token."""

    def bend(header: dict[str, Any], claims: dict[str, Any]) -> None:
        for name in names:
            claims.pop(name, None)

    return bend


async def test_a_reader_without_affiliation_learns_what_to_tell_her_university(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    town.campus.bend = without("eduperson_scoped_affiliation", "eduperson_entitlement")
    reader.headers["Accept-Language"] = "en"
    page = await town.sign_in(reader)
    assert page.status_code == 403
    text = html.unescape(page.text)
    for told in (
        "University of alpha",
        "eduPersonScopedAffiliation (eduperson_scoped_affiliation)",
        f"{town.mutua.url}/login/callback",
        "member@alpha.edu",
        "/login/attributes?entityID=",
    ):
        assert told in text, told
    reader.headers["Accept"] = "application/json"
    program = (await town.sign_in(reader)).json()
    assert program["missing"] == {"name": "eduPersonScopedAffiliation", "official": "eduperson_scoped_affiliation"}
    assert (program["institution"], program["service"]) == (
        town.campus.issuer("alpha"),
        f"{town.mutua.url}/login/callback",
    )
    assert "errorUrl" not in program


async def test_a_test_shows_the_claims_and_signs_nobody_in(town: Town, reader: httpx2.AsyncClient) -> None:
    reader.headers["Accept-Language"] = "en"
    await reader.get(f"{town.campus.site}{PREFIX}/as/ada", follow_redirects=False)
    page = await reader.get("/login/attributes", params={"issuer": town.campus.issuer("alpha")})
    assert page.status_code == 200
    for told in (
        "Enough to sign in",
        "eduperson_scoped_affiliation",
        "student@alpha.edu",
        "pairwise_id",
        "urn:example:law",
    ):
        assert told in page.text, told
    assert ">nonce<" not in page.text
    assert not (await reader.get("/viewer")).json()["signed_in"]
