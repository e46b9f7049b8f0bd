"""The page to choose a university: it finds every one that can sign in, by any of its names, and no other."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
from sqlalchemy import text

from domain.discovery import BINDINGS
from models import party
from models.vocabulary import PartyKind
from schema.kit import ids
from tests.discovery.conftest import Place

HERE = {"Sec-Fetch-Site": "same-origin"}
COOKIE = "__Host-mutua-institutions"


def listed(page: httpx2.Response) -> list[str]:
    """The names of the institutions on a page, in its order."""
    (choices,) = re.findall(r'<ul class="plain choices" id="choices".*?</ul>', page.text, re.DOTALL)
    return re.findall(r'<a rel="nofollow" href="[^"]+"><bdi>([^<]+)</bdi>', choices)


def again(page: httpx2.Response) -> list[str]:
    """Those that it offers as chosen before."""
    found = re.search(r'<section id="again".*?</section>', page.text, re.DOTALL)
    return re.findall(r'<a rel="nofollow" href="[^"]+"><bdi>([^<]+)</bdi>', found[0]) if found else []


async def test_an_institution_is_found_by_any_of_its_names(place: Place, reader: httpx2.AsyncClient) -> None:
    lzu, pku = "Lanzhou University", "Peking University"
    for query, found in {
        "": [lzu, pku],
        "兰州": [lzu],
        "蘭州大學": [lzu],
        "ＬＡＮＺＨＯＵ univ": [lzu],
        "univ": [lzu, pku],
        "dunhuang": [],
        "敦煌": [lzu],
        "gansu": [lzu],
        "pku": [pku],
        "lzu.example": [lzu],
        "sign-in of": [lzu],
        "peking lanzhou": [],
        "\x00": [],
        "%_\\": [],
    }.items():
        page = await reader.get("/login", params={"q": query, "target": "/viewer"})
        assert (page.status_code, listed(page)) == (200, found), query
        assert '<input type="hidden" name="target" value="/viewer">' in page.text
    assert listed(await reader.get("/login?lang=zh")) == ["北京大学", "兰州大学"], "the order of pinyin"


async def test_only_who_can_really_sign_in_is_listed(place: Place, reader: httpx2.AsyncClient) -> None:
    past, future = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))
    async with place.mutua.everybody() as session:
        for code in ("a", "b", "c", "d", "e", "f", "g", "h", "i"):
            session.add(party.MemberScope(scope=f"{code}.example", member_id=place.member("whu")))
    await place.saml("a", valid_until=future)
    cases = {
        "expired": await place.saml("b", valid_until=past),
        "without a certificate": await place.saml("c", signing_certificates=[]),
        "without an address": await place.saml("d", single_sign_on={"urn:x:soap": "https://d.example"}),
        "removed": await place.saml("e"),
        "switched off": await place.oidc("f"),
        "plain http": await place.oidc("g", issuer="http://oidc.g.example"),
        "plain http by SAML": await place.saml("i", single_sign_on={BINDINGS[0]: "http://saml.i.example/sso"}),
    }
    hidden = await place.saml("h", hidden=True)
    async with place.mutua.everybody() as session:
        await session.execute(text("DELETE FROM saml_entity WHERE entity_id = :one"), {"one": cases["removed"]})
        await session.execute(
            text("UPDATE identity_provider SET enabled = false WHERE issuer = :one"), {"one": cases["switched off"]}
        )
    page = await reader.get("/login")
    assert listed(page) == ["Lanzhou University", "Peking University", "Wuhan University"]
    assert page.text.count("issuer=https%3A%2F%2Fsaml.a.example") == 1
    feed = {one["entityID"] for one in (await reader.get("/login/institutions.json")).json()}
    for why, issuer in {**cases, "hidden": hidden}.items():
        assert issuer not in feed, why
        assert issuer.partition("//")[2].partition("/")[0] not in page.text, why
    # A link that names the hidden one works, and so does its scope; none of the others does.
    for named in ({"entityID": hidden}, {"scope": "h.example"}):
        led = await reader.get("/login", params=named, follow_redirects=False)
        assert led.headers["location"].startswith(f"{hidden}/sso"), named
    for why, issuer in cases.items():
        led = await reader.get("/login", params={"entityID": issuer}, follow_redirects=False)
        assert led.status_code in {404, 502}, why


async def test_for_a_resource_only_those_are_listed_that_can_open_it(place: Place, reader: httpx2.AsyncClient) -> None:
    everybody, pku = ["Lanzhou University", "Peking University"], ["Peking University"]
    for name, found in {"journal": pku, "open": everybody, "later": [], "nobodys": []}.items():
        key = place.resource(name)
        for written in (str(key), ids.encode("Resource", key)):
            page = await reader.get("/login", params={"resource": written, "target": "/viewer"})
            assert (page.status_code, listed(page)) == (200, found), name
            assert ("whose readers can open this" in page.text) is (name != "open")
    page = await reader.get("/login", params={"resource": str(place.resource("journal")), "q": "lanzhou"})
    assert listed(page) == []
    everything = re.findall(r'<a href="([^"]+)">List all institutions</a>', page.text)
    assert listed(await reader.get(everything[0].replace("&amp;", "&"))) == everybody
    of_another_type = ids.encode("Package", place.resource("journal"))
    for unknown in (of_another_type, ids.encode("Resource", place.member("pku")), "", "x"):
        page = await reader.get("/login", params={"resource": unknown, "target": "/viewer"})
        assert page.status_code == 404, unknown
        assert "RESOURCE_UNKNOWN" in page.text
        assert 'href="/login?target=%2Fviewer"' in page.text, "she can still sign in"
        program = await reader.get("/login/institutions.json", params={"resource": unknown}, headers={"Accept": "*/*"})
        assert (program.status_code, program.json()["code"]) == (404, "RESOURCE_UNKNOWN")


async def test_of_hundreds_the_first_are_shown_and_searching_finds_the_others(
    place: Place, reader: httpx2.AsyncClient
) -> None:
    async with place.mutua.everybody() as session:
        rows = [party.Party(kind=PartyKind.MEMBER, code=f"u{n}", name={"en": f"Academy {n:03}"}) for n in range(120)]
        session.add_all(rows)
        await session.flush()
        session.add_all(party.Member(id=row.id, kind="university", time_zone="UTC") for row in rows)
        await session.flush()
        session.add_all(party.MemberScope(scope=f"{row.code}.example", member_id=row.id) for row in rows)
    await place.oidc("cloud", *(f"u{n}.example" for n in range(120)))
    page = await reader.get("/login")
    assert listed(page) == [f"Academy {n:03}" for n in range(30)]
    assert "The first 30 of 122 institutions." in page.text
    page = await reader.get("/login", params={"q": "Academy u11"})
    assert listed(page) == [f"Academy {n:03}" for n in (11, *range(110, 120))]
    assert "11 institutions" in page.text
    page = await reader.get("/login", params={"q": "University", "lang": "zh"})
    assert "2 所机构" in page.text


async def test_a_member_with_two_providers_is_listed_twice_and_a_provider_of_two_members_too(
    place: Place, reader: httpx2.AsyncClient
) -> None:
    second = await place.oidc("lzu", "lzu.example", "whu.example", name={"en": "A shared one"})
    page = await reader.get("/login")
    assert listed(page) == ["Lanzhou University", "Lanzhou University", "Peking University", "Wuhan University"]
    assert re.findall(r"· <bdi>([^<]+)</bdi>", page.text) == ["Sign-in of lzu", "A shared one"] or re.findall(
        r"· <bdi>([^<]+)</bdi>", page.text
    ) == ["A shared one", "Sign-in of lzu"]
    chosen = await reader.get("/login", params={"scope": "lzu.example"})
    assert listed(chosen) == ["Lanzhou University", "Lanzhou University", "Wuhan University"]
    assert '<input type="hidden" name="scope" value="lzu.example">' in chosen.text
    led = await reader.get("/login", params={"member": "whu"}, follow_redirects=False)
    assert (led.status_code, second.startswith("https://oidc.lzu")) == (502, True), "its only provider doesn't answer"


async def test_a_link_can_name_the_provider_and_leads_to_no_other_site(
    place: Place, reader: httpx2.AsyncClient
) -> None:
    saml = place.issuers["lzu"]
    for named in ({"entityID": saml}, {"issuer": saml}, {"scope": "LZU.example"}, {"member": "lzu"}):
        led = await reader.get("/login", params=named | {"target": "/viewer?a=1"}, follow_redirects=False)
        assert (led.status_code, led.headers["referrer-policy"]) == (303, "no-referrer")
        assert led.headers["location"].startswith(f"{saml}/sso?"), named
    assert await _targets(place) == {"/viewer?a=1"}
    for evil in ("https://evil.example", "//evil.example", "javascript:alert(1)", "/\\evil.example", "\\evil", "/a\tb"):
        await reader.get("/login", params={"entityID": saml, "target": evil}, follow_redirects=False)
        page = await reader.get("/login", params={"target": evil})
        assert "evil" not in re.sub(r'<nav aria-label="Language">.*?</nav>', "", page.text, flags=re.DOTALL)
    assert await _targets(place) == {"/viewer?a=1", "/"}
    page = await reader.get("/login", params={"entityID": "https://evil.example", "target": "/viewer"})
    assert page.status_code == 404
    assert "IDENTITY_PROVIDER_UNKNOWN" in page.text
    assert 'href="/login?target=%2Fviewer">Choose an institution' in page.text


async def _targets(place: Place) -> set[str]:
    async with place.mutua.everybody() as session:
        return set((await session.execute(text("SELECT target FROM sign_in"))).scalars())


async def test_what_was_chosen_here_comes_first_the_next_time(place: Place, reader: httpx2.AsyncClient) -> None:
    async with place.mutua.everybody() as session:
        for code in ("x", "y", "z"):
            session.add(party.MemberScope(scope=f"{code}.example", member_id=place.member("whu")))
    others = [await place.saml(code) for code in ("x", "y", "z")]
    assert again(await reader.get("/login")) == []
    # What a page of another site leads to is no choice of hers.
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}, {}):
        await reader.get("/login", params={"issuer": others[0]}, follow_redirects=False, headers=headers)
    assert COOKIE not in reader.cookies
    led = await reader.get("/login", params={"issuer": place.issuers["lzu"]}, follow_redirects=False, headers=HERE)
    (kept,) = [line for line in led.headers.get_list("set-cookie") if line.startswith(COOKIE)]
    assert {"HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={365 * 86400}"} <= set(kept.split("; "))
    assert "lzu" not in kept, "nothing but ids"
    page = await reader.get("/login", params={"target": "/viewer"})
    assert again(page) == ["Lanzhou University"]
    assert "target=%2Fviewer" in page.text.partition('id="again"')[2].partition("</section>")[0]
    assert again(await reader.get("/login", params={"q": "peking"})) == []
    assert again(await reader.get("/login", params={"resource": str(place.resource("journal"))})) == []
    for issuer in others:
        await reader.get("/login", params={"issuer": issuer}, follow_redirects=False, headers=HERE)
    assert len(reader.cookies[COOKIE].split(".")) == 3
    assert again(await reader.get("/login")) == ["Wuhan University"] * 3
    for garbage in ("", "x", ".." * 2000, "0" * 32, '"', f"{reader.cookies[COOKIE]}.{reader.cookies[COOKIE]}"):
        shown = await reader.get("/login", headers={"Cookie": f"{COOKIE}={garbage}"})
        assert (shown.status_code, len(again(shown)) <= 3) == (200, True), garbage


async def test_forgetting_takes_a_form_of_our_own(place: Place, reader: httpx2.AsyncClient) -> None:
    await reader.get("/login", params={"issuer": place.issuers["lzu"]}, follow_redirects=False, headers=HERE)
    kept = {"target": "/viewer", "resource": str(place.resource("open")), "evil": "x"}
    elsewhere = await reader.post("/login/forget", data=kept, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    assert COOKIE in reader.cookies
    ours = await reader.post("/login/forget", data=kept, headers={"Origin": place.mutua.url})
    assert COOKIE not in reader.cookies
    assert parse_qs(urlsplit(str(ours.url)).query) == {"target": ["/viewer"], "resource": [kept["resource"]]}
    assert again(ours) == []


async def test_the_way_to_another_discovery_service_and_back(place: Place, reader: httpx2.AsyncClient) -> None:
    assert "another list" not in (await reader.get("/login")).text
    for given in ("https://ds.example/", "https://ds.example/?a=1"):
        object.__setattr__(place.mutua.site, "discovery_url", given)
        page = await reader.get("/login", params={"target": "/viewer?a=1&b=2"})
        (outside,) = re.findall(r'<a href="(https://ds.example[^"]+)"', page.text)
        asked = parse_qs(urlsplit(outside.replace("&amp;", "&")).query)
        assert asked["entityID"] == [f"{place.mutua.url}/saml/metadata"]
        assert asked["returnIDParam"] == ["entityID"]
        assert ("a" in asked) is ("?" in given)
    chosen = f"{asked['return'][0]}&entityID={place.issuers['lzu']}"
    led = await reader.get(chosen, follow_redirects=False)
    assert led.headers["location"].startswith(f"{place.issuers['lzu']}/sso?")
    assert await _targets(place) == {"/viewer?a=1&b=2"}
    nothing = await reader.get(asked["return"][0], follow_redirects=False)
    assert (nothing.status_code, nothing.headers["location"]) == (303, "/login?target=%2Fviewer%3Fa%3D1%26b%3D2")
    evil = await reader.get("/login/discovered", params={"entityID": "https://evil.example"})
    assert evil.status_code == 404
    assert "IDENTITY_PROVIDER_UNKNOWN" in evil.text


async def test_what_is_listed_for_a_resource_follows_the_contracts(place: Place, reader: httpx2.AsyncClient) -> None:
    params = {"resource": str(place.resource("journal"))}
    assert listed(await reader.get("/login", params=params)) == ["Peking University"]
    async with place.mutua.everybody() as session:
        await session.execute(text("UPDATE participation SET during = daterange('2020-01-01', '2021-01-01')"))
        await session.execute(text("UPDATE epoch SET value = value + 1"))
    assert listed(await reader.get("/login", params=params)) == []
