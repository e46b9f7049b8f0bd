"""A university that says too little: its reader learns what is missing and what to tell it, under the log's number."""

import html
import logging
import re

import httpx2
import pytest
from sqlalchemy import text as sql

from domain import messages
from tests.discovery.conftest import Place
from tests.saml.corpus.maker import ENTITLEMENT, PAIRWISE_ID, SCOPED_AFFILIATION

HELP = "https://lzu.example/help?c=ERRORURL_CODE&t=ERRORURL_TS&r=ERRORURL_RP&i=ERRORURL_TID&x=ERRORURL_CTX"
UNIQUE = "ADA0123456789"
LITTLE = {PAIRWISE_ID: [f"{UNIQUE}@whu.example"], "urn:oid:2.5.4.3": ["Ada Lovelace"]}
FOREIGN = {SCOPED_AFFILIATION: ["staff@pku.example", "staff@evil.example"]}


async def test_the_page_says_what_is_missing_and_what_to_tell_the_university(
    place: Place, reader: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await place.saml("whu", error_url=HELP)
    us = f"{place.mutua.url}/saml/metadata"
    for language in messages.LANGUAGES:
        reader.headers["Accept-Language"] = language
        page = await place.come_back(reader, "whu", LITTLE)
        number = page.headers["x-request-id"]
        assert (page.status_code, page.headers["content-language"]) == (403, language)
        text = html.unescape(page.text)
        for told in (
            "ATTRIBUTES_MISSING",
            number,
            "eduPersonScopedAffiliation",
            "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
            messages.localised({"zh": "武汉大学", "en": "Wuhan University"}, language),
            f"{place.mutua.url}/login/attributes?entityID=https%3A%2F%2Fsaml.whu.example%2Fidp",
            "https://lzu.example/help?c=IDENTIFICATION_FAILURE&t=",
            f"&r={us.replace(':', '%3A').replace('/', '%2F')}&i={number}&x=eduPersonScopedAffiliation",
            messages.sentence("page.choose_other", language),
        ):
            assert told in text, told
        letters = re.findall(r'<blockquote class="letter" lang="([^"]+)">([^<]+)</blockquote>', page.text)
        assert [tongue.partition("-")[0] for tongue, _ in letters] == [language, *set(messages.LANGUAGES) - {language}]
        assert ["没有发送" in letter for tongue, letter in letters] == [tongue == "zh-Hans" for tongue, _ in letters]
        for _, letter in letters:
            for fact in (number, us, "urn:oid:1.3.6.1.4.1.5923.1.1.1.9", "member@whu.example"):
                assert fact in letter
        assert UNIQUE not in page.text
        (line,) = [record for record in caplog.records if record.name == "mutua.sign_in"]
        assert line.getMessage().startswith("sign-in refused: ATTRIBUTES_MISSING (came: ")
        assert line.getMessage().endswith(number)
        assert UNIQUE not in caplog.text
        assert "Lovelace" not in caplog.text
        caplog.clear()


async def test_a_program_is_told_the_same(place: Place, reader: httpx2.AsyncClient) -> None:
    await place.saml("whu", error_url=HELP)
    reader.headers["Accept"] = "application/json"
    little, foreign = [await place.come_back(reader, "whu", said) for said in (LITTLE, FOREIGN)]
    told = little.json()
    assert told["type"] == "/problems/ATTRIBUTES_MISSING"
    assert told["requestId"] == little.headers["x-request-id"]
    assert told["institution"] == "https://saml.whu.example/idp"
    assert told["service"] == f"{place.mutua.url}/saml/metadata"
    assert told["missing"] == {"name": "eduPersonScopedAffiliation", "official": "urn:oid:1.3.6.1.4.1.5923.1.1.1.9"}
    assert told["errorUrl"].startswith("https://lzu.example/help?c=IDENTIFICATION_FAILURE&")
    assert "scopesSent" not in told
    told = foreign.json()
    assert (told["code"], foreign.status_code) == ("SCOPE_MISMATCH", 403)
    assert (told["scopesSent"], told["scopesRegistered"]) == (["evil.example", "pku.example"], ["whu.example"])


async def test_a_wrong_scope_is_named_beside_the_registered_one(place: Place, reader: httpx2.AsyncClient) -> None:
    page = await place.come_back(reader, "lzu", FOREIGN)
    assert page.status_code == 403
    for told in ("SCOPE_MISMATCH", "evil.example", "pku.example", "lzu.example"):
        assert told in page.text
    assert "help page" not in page.text, "its metadata names none"


async def test_whoever_runs_a_service_sees_what_it_releases(place: Place, reader: httpx2.AsyncClient) -> None:
    chooser = await reader.get("/login/attributes")
    assert "/login/attributes?issuer=https%3A%2F%2Fsaml.lzu.example%2Fidp" in chooser.text
    said = {
        SCOPED_AFFILIATION: ["student@lzu.example", "emperor@lzu.example", "staff@evil.example"],
        ENTITLEMENT: ["urn:mace:dir:entitlement:common-lib-terms", "not a uri"],
        "urn:oid:2.5.4.3": ["Ada <script>"],
        PAIRWISE_ID: [f"{UNIQUE}@lzu.example"],
    }
    page = await place.come_back(reader, "lzu", said, at="/login/attributes")
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    text = html.unescape(page.text)
    for word in (
        "Enough to sign in",
        "Lanzhou University",
        "student",
        "pairwise_id",
        f"{place.mutua.url}/saml/metadata",
    ):
        assert word in text, word
    fates = dict(re.findall(r"<li><bdi>([^<]+)</bdi><br><span class=\"\w+\">([^<]+)</span>", text.replace("&", "")))
    assert fates["student@lzu.example"] == "counts"
    for value, fate in {
        "emperor@lzu.example": "unknown_word",
        "staff@evil.example": "other_scope",
        "not a uri": "malformed",
        f"{UNIQUE}@lzu.example": "identifies",
    }.items():
        assert fates[value] == messages.sentence(f"release.{fate}", "en")
    assert "3 values" in text
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd><bdi>([^<]+)</bdi></dd>", text))
    assert (facts["Signed"], facts["Encrypted"]) == ("Assertion", "–")
    assert "Ada &lt;script&gt;" in page.text
    assert not (await reader.get("/viewer")).json()["signed_in"], "a test opens no session"
    little = await place.come_back(reader, "lzu", {"urn:oid:2.5.4.3": ["Ada"]}, at="/login/attributes")
    assert little.status_code == 200
    assert "Not enough to sign in" in little.text
    assert "urn:oid:1.3.6.1.4.1.5923.1.1.1.9" in little.text
    assert "No attribute came" in (await place.come_back(reader, "lzu", {}, at="/login/attributes")).text
    async with place.mutua.everybody() as session:
        assert (await session.execute(sql("SELECT count(*) FROM session"))).scalar_one() == 0
