"""From a university's form to a session, and everything that keeps one from coming about."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from lxml import etree
from sqlalchemy import text

from auth.authentication import REFEDS_MFA
from domain import roles
from domain.members import Policies
from models.vocabulary import Role
from tests.identity.house import browser, form_of
from tests.saml.conftest import Town, request_of
from tests.saml.corpus.maker import ENTITLEMENT, PAIRWISE_ID, SCOPED_AFFILIATION
from tests.saml.corpus.sealing import Seal

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
COMMON_LIB_TERMS = "urn:mace:dir:entitlement:common-lib-terms"


async def test_a_reader_signs_in_and_nothing_personal_is_kept(town: Town, reader: httpx2.AsyncClient) -> None:
    for options in ({"sign": "assertion"}, {"sign": "response"}, {"sign": "both"}, {"seal": Seal()}):
        page = await town.sign_in(reader, **options)
        assert page.url.path == "/viewer", page.text
        [(member_id, membership)] = page.json()["memberships"].items()
        assert member_id == str(town.members["alpha"])
        assert membership["affiliations"] == ["member", "student"]
        assert membership["entitlements"] == [COMMON_LIB_TERMS]
        assert membership["pseudonym"]
    kept = ""
    async with town.mutua.everybody() as session:
        for table in ("sign_in", "saml_answer", "seen_assertion", "session", "session_at_provider", "pseudonym"):
            kept += "".join((await session.execute(text(f"SELECT t::text FROM {table} t"))).scalars())
    assert "ADA0123" not in kept.upper()
    assert "_ada-in-this" not in kept


async def test_the_same_person_is_known_again(town: Town, reader: httpx2.AsyncClient) -> None:
    first, second = [(await town.sign_in(reader)).json() for _ in range(2)]
    assert first["memberships"] == second["memberships"]
    assert await town.count("pseudonym") == 1


async def test_a_university_that_releases_nothing_but_an_affiliation_works(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    seen = (await town.sign_in(reader, attributes={SCOPED_AFFILIATION: ["member@alpha.example"]}, name_id=None)).json()
    assert seen["signed_in"]
    assert seen["memberships"][str(town.members["alpha"])]["pseudonym"] is None


async def test_a_response_is_good_once_and_in_the_browser_that_asked(town: Town, reader: httpx2.AsyncClient) -> None:
    request = await town.asked(reader)
    form = town.idps["alpha"].form(town.us, in_response_to=request)
    async with browser(town.mutua.url) as thief:
        assert "SIGN_IN_EXPIRED" in (await town.post(thief, form)).text
        assert not (await thief.get("/viewer")).json()["signed_in"]
    again = await town.post(reader, form)
    assert again.status_code == 401
    assert "RESPONSE_INVALID" in again.text
    assert await town.count("session") == 0


async def test_of_two_that_send_the_same_response_at_once_one_is_refused(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    form = town.idps["alpha"].form(town.us, in_response_to=await town.asked(reader))
    pages = await asyncio.gather(*(town.post(reader, form) for _ in range(6)))
    assert sorted(page.status_code for page in pages) == [200, 401, 401, 401, 401, 401]


async def test_a_handle_is_good_once_and_for_a_minute(town: Town, reader: httpx2.AsyncClient) -> None:
    async def handle() -> str:
        form = town.idps["alpha"].form(town.us, in_response_to=await town.asked(reader))
        answer = await reader.post("/saml/acs", data={"SAMLResponse": form}, follow_redirects=False)
        return str(answer.headers["location"])

    first, second = await handle(), await handle()
    assert (await reader.get(first)).url.path == "/viewer"
    assert (await reader.get(first)).status_code == 400
    async with town.mutua.everybody() as session:
        await session.execute(text("UPDATE saml_answer SET received_at = now() - interval '61 seconds'"))
    assert (await reader.get(second)).status_code == 400
    for nonsense in ("", "?handle=", "?handle=x", "?handle=%F0%9F"):
        assert (await reader.get(f"/saml/finish{nonsense}")).status_code == 400


async def test_what_answers_no_request_of_ours_signs_nobody_in(town: Town, reader: httpx2.AsyncClient) -> None:
    alpha = town.idps["alpha"]
    unsolicited = await town.post(reader, alpha.form(town.us))
    assert (unsolicited.status_code, "RESPONSE_INVALID" in unsolicited.text) == (401, True)
    unknown = await town.post(reader, alpha.form(town.us, in_response_to="_never-asked"))
    assert (unknown.status_code, "SIGN_IN_EXPIRED" in unknown.text) == (400, True)
    assert await town.count("saml_answer") == 0


async def test_one_that_may_signs_in_unasked_and_leads_to_our_own_pages_only(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    gamma = await town.university("gamma", "beta.example", policies=Policies(unsolicited=True))
    said = {"attributes": {SCOPED_AFFILIATION: ["staff@beta.example"]}}
    page = await town.post(reader, gamma.form(town.us, **said), RelayState="/viewer")
    assert page.json()["signed_in"]
    for evil in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "\\evil", "/\\evil"):
        page = await town.post(reader, gamma.form(town.us, **said), RelayState=evil)
        assert page.url.path == "/", evil
    form = gamma.form(town.us, **said)
    assert (await town.post(reader, form)).url.path == "/"
    assert (await town.post(reader, form)).status_code == 401


async def test_another_university_than_the_one_asked_answers_for_nobody(town: Town, reader: httpx2.AsyncClient) -> None:
    """Unless it is a proxy's source, by the policy of the one that was asked."""
    gamma = await town.university("gamma", "beta.example")
    said = {"attributes": {SCOPED_AFFILIATION: ["staff@beta.example"]}}
    request = await town.asked(reader, "alpha")
    page = await town.post(reader, gamma.form(town.us, in_response_to=request, **said))
    assert "RESPONSE_INVALID" in page.text
    await town.university("proxy", "lib.alpha.example", policies=Policies(proxied_issuers=(gamma.entity_id,)))
    page = await town.post(reader, gamma.form(town.us, in_response_to=await town.asked(reader, "proxy"), **said))
    assert list(page.json()["memberships"]) == [str(town.members["beta"])]


async def test_a_university_speaks_for_its_own_scopes_as_its_federation_lists_them(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    foreign = await town.sign_in(reader, attributes={SCOPED_AFFILIATION: ["faculty@beta.example"]})
    assert (foreign.status_code, "SCOPE_MISMATCH" in foreign.text) == (403, True)
    both = await town.sign_in(reader, attributes={SCOPED_AFFILIATION: ["alum@alpha.example", "staff@beta.example"]})
    assert list(both.json()["memberships"]) == [str(town.members["alpha"])]
    await town.university("delta", "alpha.example", "lib.alpha.example", "beta.example", scopes=["beta.example"])
    unlisted = await town.sign_in(reader, "delta", attributes={SCOPED_AFFILIATION: ["staff@alpha.example"]})
    assert "SCOPE_MISMATCH" in unlisted.text
    pattern = r"^([a-z]+\.)?alpha\.example$"
    await town.university("eps", "alpha.example", "lib.alpha.example", scopes=[], scope_patterns=[pattern])
    for scope in ("alpha.example", "lib.alpha.example"):
        page = await town.sign_in(reader, "eps", attributes={SCOPED_AFFILIATION: [f"staff@{scope}"]})
        assert list(page.json()["memberships"]) == [str(town.members["alpha"])]


async def test_a_person_of_two_members_is_a_patron_of_both(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.university("joint", "alpha.example", "beta.example")
    said = {SCOPED_AFFILIATION: ["student@alpha.example", "staff@beta.example"], ENTITLEMENT: [COMMON_LIB_TERMS]}
    seen = (await town.sign_in(reader, "joint", attributes=said)).json()["memberships"]
    assert seen[str(town.members["alpha"])]["affiliations"] == ["student"]
    assert seen[str(town.members["beta"])]["affiliations"] == ["staff"]
    assert [one["entitlements"] for one in seen.values()] == [[], []], "whose would they be?"


async def test_a_university_that_left_its_federation_signs_nobody_in(town: Town, reader: httpx2.AsyncClient) -> None:
    """B17. Whoever is signed in stays so."""
    await town.sign_in(reader)
    request = await town.asked(reader)
    async with town.mutua.everybody() as session:
        await session.execute(text("DELETE FROM saml_entity"))
    page = await town.post(reader, town.idps["alpha"].form(town.us, in_response_to=request))
    assert (page.status_code, "IDENTITY_PROVIDER_UNKNOWN" in page.text) == (404, True)
    assert (await reader.get("/viewer")).json()["signed_in"]
    again = await reader.get("/login", params={"issuer": town.idps["alpha"].entity_id})
    assert again.status_code == 404


async def test_a_session_ends_when_the_university_says_it_does(town: Town, reader: httpx2.AsyncClient) -> None:
    until = datetime.now(UTC) + timedelta(minutes=20)
    await town.sign_in(reader, session_until=until)
    async with town.mutua.everybody() as session:
        ends = (await session.execute(text("SELECT expires_at FROM session"))).scalar_one()
    assert abs(ends - until) < timedelta(seconds=1)


async def test_several_factors_are_asked_for_and_must_be_vouched_for(town: Town, reader: httpx2.AsyncClient) -> None:
    request = await reader.get(
        "/login", params={"issuer": town.idps["alpha"].entity_id, "mfa": "true"}, follow_redirects=False
    )
    message = request_of(request.headers["location"])
    assert REFEDS_MFA in "".join(str(part) for part in message.itertext())
    for context, status in (("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", 403), (REFEDS_MFA, 404)):
        asked = await town.asked(reader, mfa="true")
        form = town.idps["alpha"].form(town.us, in_response_to=asked, context=context)
        page = await town.post(reader, form)
        assert ("MFA_MISSING" in page.text) is (status == 403)


async def test_a_university_that_must_ask_anew_did_so(town: Town, reader: httpx2.AsyncClient) -> None:
    await town.university("strict", "beta.example", policies=Policies(force_authn=True))
    said = {SCOPED_AFFILIATION: ["staff@beta.example"]}
    assert (await town.sign_in(reader, "strict", attributes=said)).json()["signed_in"]

    def earlier(assertion: object) -> None:
        statement = assertion.find("{*}AuthnStatement")  # type: ignore[attr-defined]
        statement.set("AuthnInstant", f"{datetime.now(UTC) - timedelta(minutes=3):%Y-%m-%dT%H:%M:%SZ}")

    page = await town.sign_in(reader, "strict", attributes=said, bend_assertion=earlier)
    assert "RESPONSE_INVALID" in page.text


async def test_a_refusal_of_the_university_is_told_as_such(town: Town, reader: httpx2.AsyncClient) -> None:
    status = "urn:oasis:names:tc:SAML:2.0:status:"
    for below, code in (("AuthnFailed", "SIGN_IN_CANCELLED"), ("NoAuthnContext", "MFA_MISSING")):
        failure = town.idps["alpha"].failure(town.us, status + "Responder", status + below, "<script>")
        page = await town.post(reader, base64.b64encode(failure).decode())
        assert code in page.text
        assert "<script>" not in page.text


async def test_forms_that_are_none_are_refused_without_being_read(town: Town, reader: httpx2.AsyncClient) -> None:
    for content, kind in (
        (b"SAMLResponse=" + b"A" * 2_200_000, "application/x-www-form-urlencoded"),
        (b"SAMLResponse=x&SAMLResponse=y", "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=x" % n for n in range(20)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"<Response/>", "text/xml"),
    ):
        page = await reader.post("/saml/acs", content=content, headers={"Content-Type": kind})
        assert (page.status_code, "RESPONSE_INVALID" in page.text) == (401, True), content[:40]


async def test_an_identifier_that_the_university_made_for_us_is_kept_under_a_keyed_hash(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    said = {SCOPED_AFFILIATION: ["staff@alpha.example"]}
    seen = [
        (await town.sign_in(reader, attributes=said, name_id=name, name_id_format=PERSISTENT)).json()["memberships"]
        for name in ("Xyz", "Xyz", "Other")
    ]
    one, same, other = (made[str(town.members["alpha"])]["pseudonym"] for made in seen)
    assert one == same != other
    assert PAIRWISE_ID not in said


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_an_app_that_is_no_browser_gets_a_problem(town: Town, language: str) -> None:
    async with httpx2.AsyncClient(base_url=town.mutua.url, trust_env=False) as program:
        answer = await program.post("/saml/acs", data={"SAMLResponse": "x"}, headers={"Accept-Language": language})
    assert answer.status_code == 401
    assert answer.json()["code"] == "RESPONSE_INVALID"


async def test_a_role_counts_only_after_several_factors_where_the_policy_says_so(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    await town.university("strong", "beta.example", policies=Policies(mfa_for_roles=True))
    said = {SCOPED_AFFILIATION: ["staff@beta.example"], PAIRWISE_ID: ["LI@beta.example"]}
    async with town.mutua.everybody() as session:
        invited = await roles.invite_as(
            session, town.mutua.site.keys, "cli:test", town.members["beta"], Role.MEMBER_LIBRARIAN
        )

    async def accept(context: str) -> httpx2.Response:
        where, fields = form_of(await reader.get(f"/invitation/{invited.token}"))
        leaving = await reader.post(
            where, data=fields | {"display_name": "Li"}, headers={"Origin": town.mutua.url}, follow_redirects=False
        )
        asked = request_of(leaving.headers["location"])
        assert asked.find(".//{*}AuthnContextClassRef").text == REFEDS_MFA  # type: ignore[union-attr]
        form = town.idps["strong"].form(town.us, in_response_to=asked.attrib["ID"], attributes=said, context=context)
        return await town.post(reader, form)

    assert "MFA_MISSING" in (await accept("urn:oasis:names:tc:SAML:2.0:ac:classes:Password")).text
    assert (await accept(REFEDS_MFA)).url.path == "/roles"
    beta = str(town.members["beta"])
    assert (await reader.get("/viewer")).json()["memberships"][beta]["roles"] == ["member_librarian"]
    weak = (await town.sign_in(reader, "strong", attributes=said)).json()["memberships"][beta]
    assert weak["roles"] == []
    assert "mfa=true" in (await reader.get("/roles")).text


async def test_a_university_of_the_carsi_kind_is_known_by_domain_and_targeted_id(
    town: Town, reader: httpx2.AsyncClient
) -> None:
    """China's federation: the domain as scope, eduPersonTargetedID to know people again, a plain affiliation beside."""
    targeted = "urn:oid:1.3.6.1.4.1.5923.1.1.1.10"
    said = {
        SCOPED_AFFILIATION: ["faculty@alpha.example"],
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ["faculty", "member"],
        targeted: [""],
    }

    def with_name(assertion: etree._Element) -> None:
        (value,) = assertion.xpath(f"//*[@Name='{targeted}']/*")
        value.attrib.clear()
        value.text = None
        name = etree.SubElement(value, "{urn:oasis:names:tc:SAML:2.0:assertion}NameID", Format=PERSISTENT)
        name.attrib.update({"NameQualifier": town.idps["alpha"].entity_id, "SPNameQualifier": town.us.entity_id})
        name.text = "Wang-at-Mutua"

    first, second = [
        (await town.sign_in(reader, attributes=said, bend_assertion=with_name)).json()["memberships"] for _ in range(2)
    ]
    mine = first[str(town.members["alpha"])]
    assert mine["affiliations"] == ["faculty"]
    assert mine["pseudonym"]
    assert first == second


async def test_an_attribute_that_is_called_like_a_claim_means_nothing(town: Town, reader: httpx2.AsyncClient) -> None:
    said = {
        SCOPED_AFFILIATION: ["alum@alpha.example"],
        "eduperson_scoped_affiliation": ["staff@alpha.example"],
        "name_id": ["!!somebody-else"],
        "sub": ["somebody-else"],
    }
    seen = (await town.sign_in(reader, attributes=said)).json()["memberships"][str(town.members["alpha"])]
    assert (seen["affiliations"], seen["pseudonym"]) == (["alum"], None)
