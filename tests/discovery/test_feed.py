"""The list of institutions for programs: what Shibboleth's discovery reads, kept and shared by whoever asks for it."""

import httpx2

from tests.discovery.conftest import Place

FEED = "/login/institutions.json"


async def test_it_lists_whoever_the_page_lists(place: Place, reader: httpx2.AsyncClient) -> None:
    logo = "https://lzu.example/logo.png"
    await place.saml("whu", keywords={"en": "Wuhan Hubei"}, logo=logo)
    feed = {one["entityID"]: one for one in (await reader.get(FEED)).json()}
    assert feed[place.issuers["pku"]] == {
        "entityID": place.issuers["pku"],
        "DisplayNames": [{"value": "OpenID of pku", "lang": "en"}],
        "protocol": "oidc",
        "loginUrl": f"{place.mutua.url}/login?entityID=https%3A%2F%2Foidc.pku.example",
        "members": [
            {
                "code": "pku",
                "DisplayNames": [
                    {"value": "Peking University", "lang": "en"},
                    {"value": "北京大学", "lang": "zh"},
                ],
                "scopes": ["pku.example"],
            }
        ],
    }
    whu = feed["https://saml.whu.example/idp"]
    assert (whu["Keywords"], whu["Logos"]) == ([{"value": "Wuhan Hubei", "lang": "en"}], [{"value": logo}])
    assert whu["protocol"] == "saml"
    led = await reader.get(whu["loginUrl"], follow_redirects=False)
    assert led.headers["location"].startswith("https://saml.whu.example/idp/sso?")


async def test_it_is_filtered_as_the_page_is(place: Place, reader: httpx2.AsyncClient) -> None:
    for asked, found in (
        ({}, ["lzu", "pku"]),
        ({"q": "敦煌"}, ["lzu"]),
        ({"resource": str(place.resource("journal"))}, ["pku"]),
        ({"resource": str(place.resource("journal")), "q": "lzu"}, []),
    ):
        told = (await reader.get(FEED, params=asked)).json()
        assert sorted(member["code"] for one in told for member in one["members"]) == found, asked


async def test_anybody_may_read_and_keep_it(place: Place, reader: httpx2.AsyncClient) -> None:
    answer = await reader.get(FEED, headers={"Origin": "https://app.example"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "set-cookie" not in answer.headers
    tag = answer.headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = await reader.get(FEED, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), known
    assert (await reader.get(FEED, headers={"If-None-Match": '"x"'})).status_code == 200
    await place.oidc("whu")
    assert (await reader.get(FEED, headers={"If-None-Match": tag})).status_code == 200
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert (await reader.request(method, FEED)).status_code == 405, method
