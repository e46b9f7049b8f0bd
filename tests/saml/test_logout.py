"""Single logout by redirect: what a university may end, and what nobody else may."""

import base64
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
from lxml import etree

from auth.saml import ourselves, redirect, requests
from auth.saml.response import NameId
from tests.identity.house import browser
from tests.saml.conftest import SITE, Town, request_of
from tests.saml.corpus.keys import pair
from tests.saml.corpus.maker import TRANSIENT

NAME = "_ada-in-this-session"


def message(town: Town, issuer: str = f"{SITE}/alpha", name: str = NAME, index: str | None = None) -> etree._Element:
    return requests.logout_request(
        "_logout-1", issuer, town.mutua.url + ourselves.SLO, NameId(name, TRANSIENT, None, None), index
    )


def sent(town: Town, asked: etree._Element, signer: str = "alpha", state: str | None = "keep+me=& 中") -> str:
    """The path and query that a university's redirect leads to."""
    own = pair(signer)
    address = requests.by_redirect(asked, ourselves.Pair(own.rsa, own.certificate), state).address
    return f"{ourselves.SLO}?{urlsplit(address).query}"


async def signed_in(reader: httpx2.AsyncClient) -> bool:
    return bool((await reader.get("/viewer")).json()["signed_in"])


async def test_a_university_signs_its_people_out_in_every_browser(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader)
    async with browser(town.mutua.url) as second, browser(town.mutua.url) as someone_else:
        await town.sign_in(second, session_index="_session-2")
        await town.sign_in(someone_else, name_id="_bob")
        answer = await reader.get(sent(town, message(town)), follow_redirects=False)
        assert not await signed_in(reader)
        assert not await signed_in(second)
        assert await signed_in(someone_else)
    assert await town.count("session_at_provider") == 1
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{SITE}/alpha/slo"
    assert parse_qs(back.query)["RelayState"] == ["keep+me=& 中"]
    received = redirect.read(back.query, "SAMLResponse")
    redirect.check(received, [ourselves.signing(town.mutua.url, town.mutua.site.keys).certificate])
    assert received.message.get("InResponseTo") == "_logout-1"


async def test_of_several_sessions_the_named_one_ends(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader)
    async with browser(town.mutua.url) as second:
        await town.sign_in(second, session_index="_session-2")
        await second.get(sent(town, message(town, index="_session-2")), follow_redirects=False)
        assert (await signed_in(reader), await signed_in(second)) == (True, False)


async def test_what_no_university_of_hers_signed_ends_nothing(town: Town, reader: httpx2.AsyncClient) -> None:
    """B19: unsigned, signed by others, altered, kept too long, for others; each is refused and she stays."""
    await town.sign_in(reader)
    await town.university("gamma", "beta.example")
    good = sent(town, message(town))
    elsewhere = message(town)
    elsewhere.set("Destination", "https://other.example/saml/logout")
    late, early, gone = message(town), message(town), message(town)
    late.set("IssueInstant", "2020-01-01T00:00:00Z")
    early.set("IssueInstant", f"{datetime.now(UTC) + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")
    gone.set("NotOnOrAfter", "2020-01-01T00:00:00Z")
    nameless = message(town)
    nameless.remove(nameless[1])
    bomb = base64.b64encode(zlib.compress(b"<a>" + b" " * 10_000_000 + b"</a>")[2:-4]).decode().replace("+", "%2B")
    changed: Callable[[str, str], str] = good.replace
    forged = {
        "unsigned": good.partition("&SigAlg")[0],
        "signed by a stranger": sent(town, message(town), signer="stranger"),
        "signed by another university": sent(town, message(town), signer="gamma"),
        "another state": changed("RelayState=keep", "RelayState=kept"),
        "another algorithm named": changed("rsa-sha256", "rsa-sha512"),
        "SHA-1": changed("xmldsig-more%23rsa-sha256", "xmldsig%23rsa-sha1"),
        "HMAC": changed("rsa-sha256", "hmac-sha256"),
        "a parameter twice": good + "&RelayState=x",
        "by nobody registered": sent(town, message(town, issuer="https://nobody.example")),
        "to another address": sent(town, elsewhere),
        "long ago": sent(town, late),
        "in the future": sent(town, early),
        "expired": sent(town, gone),
        "without a name": sent(town, nameless),
        "inflating": f"{ourselves.SLO}?SAMLRequest={bomb}&SigAlg=x&Signature=eA%3D%3D",
        "not deflated": f"{ourselves.SLO}?SAMLRequest=eA%3D%3D",
        "no base64": f"{ourselves.SLO}?SAMLRequest=*",
        "empty": ourselves.SLO,
        "another encoding": good + "&SAMLEncoding=urn:x",
        "a response as a request": good.replace("SAMLRequest=", "SAMLResponse="),
    }
    for what, address in forged.items():
        page = await reader.get(address, follow_redirects=False)
        assert page.status_code in (401, 404), what
        assert await signed_in(reader), what
    other = sent(town, message(town, issuer=f"{SITE}/gamma"), signer="gamma")
    assert (await reader.get(other, follow_redirects=False)).status_code == 303
    assert await signed_in(reader), "gamma calls nobody of alpha's"
    await reader.get(good, follow_redirects=False)
    assert not await signed_in(reader)


async def test_signing_out_everywhere_asks_the_university_by_the_name_it_gave(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    await town.sign_in(reader)
    page = await reader.get("/logout")
    assert SITE in page.headers["content-security-policy"]
    out = await reader.post(
        "/logout", data={"everywhere": "1"}, headers={"Origin": town.mutua.url}, follow_redirects=False
    )
    assert not await signed_in(reader)
    asked = request_of(out.headers["location"])
    assert (asked[1].text, asked[2].text) == (NAME, "_session-1")
    received = redirect.read(urlsplit(out.headers["location"]).query, "SAMLRequest")
    redirect.check(received, [ourselves.signing(town.mutua.url, town.mutua.site.keys).certificate])


async def test_the_universitys_answer_is_told_as_far_as_it_goes(town: Town, reader: httpx2.AsyncClient) -> None:
    def answer(status: str, signer: str = "alpha") -> str:
        told = requests.logout_response(f"{SITE}/alpha", town.mutua.url + ourselves.SLO, "_x", status)
        return sent(town, told, signer)

    whole = await reader.get(answer("urn:oasis:names:tc:SAML:2.0:status:Success"))
    partly = await reader.get(answer("urn:oasis:names:tc:SAML:2.0:status:PartialLogout"))
    forged = await reader.get(answer("urn:oasis:names:tc:SAML:2.0:status:Success", "stranger"))
    assert [page.status_code for page in (whole, partly, forged)] == [200, 200, 401]
    assert whole.text != partly.text


async def test_whom_the_university_gave_no_name_is_signed_out_here(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.sign_in(reader, name_id=None)
    out = await reader.post(
        "/logout", data={"everywhere": "1"}, headers={"Origin": town.mutua.url}, follow_redirects=False
    )
    assert out.status_code == 200
    assert not await signed_in(reader)


async def test_signing_out_everywhere_else_takes_the_names_along(town: Town, reader: httpx2.AsyncClient) -> None:
    """What signing out needs is kept no longer than the session."""
    await town.sign_in(reader)
    assert await town.count("session_at_provider") == 1
    await town.sign_in(reader)
    assert await town.count("session_at_provider") == 1
    await reader.post("/logout", headers={"Origin": town.mutua.url})
    assert await town.count("session_at_provider") == 0
