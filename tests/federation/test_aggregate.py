"""What a signed document says of identity providers is read where the standards have it, and bounded."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from auth.federation.dates import instant
from auth.federation.entities import Endpoint, Entity, speaks_for
from auth.federation.mdq import addresses_of
from auth.federation.refusals import Refused, Wrong
from auth.federation.verification import Trust
from tests.federation.maker import (
    DECLARED,
    POST,
    REDIRECT,
    Federation,
    University,
    base64_certificate,
    certificate_of,
    in_days,
    rsa_key,
)
from tests.federation.test_hostile import rows_of

FEDERATION = Federation()


def read(folder: Path, *universities: University, **how: Any) -> dict[str, dict[str, Any]]:
    """Rows by entityID."""
    trust = Trust((FEDERATION.pem,), how.pop("authorities", None))
    lines = rows_of(FEDERATION.aggregate(*universities, **how), folder, trust)
    return {row["entity_id"]: row for row in map(orjson.loads, lines)}


def test_everything_that_a_sign_in_needs_is_read(tmp_path: Path) -> None:
    first, second = base64_certificate(1), base64_certificate(2)
    alpha = University(
        "https://alpha.example",
        ("Alpha.EDU", "^[a-z]+\\.alpha\\.edu$"),
        slo={REDIRECT: "https://alpha.example/slo", "urn:oasis:names:tc:SAML:2.0:bindings:SOAP": "https://a.example/s"},
        certificates=(first, second),
        names={"zh-CN": "甲 大学", "en": " University\n of  Alpha ", "zh": "甲大学"},
        keywords={"en": "physics north+shore"},
        categories=("http://refeds.org/category/hide-from-discovery",),
        error_url="https://alpha.example/error?code=ERRORURL_CODE",
        logo="https://alpha.example/logo.png",
    )
    row = read(tmp_path, alpha)[alpha.entity_id]
    until = datetime.fromisoformat(row.pop("valid_until"))
    assert timedelta(days=6) < until - datetime.now(UTC) < timedelta(days=7)
    assert row == {
        "entity_id": "https://alpha.example",
        "registration_authority": "https://fed.example",
        "names": {"zh": "甲大学", "en": "University of Alpha"},
        "keywords": {"en": "physics north+shore"},
        "logo": "https://alpha.example/logo.png",
        "scopes": ["alpha.edu"],
        "scope_patterns": ["^[a-z]+\\.alpha\\.edu$"],
        "signing_certificates": [first, second],
        "single_sign_on": {REDIRECT: "https://alpha.example/sso", POST: "https://alpha.example/sso"},
        "single_logout": {REDIRECT: {"location": "https://alpha.example/slo"}},
        "error_url": "https://alpha.example/error?code=ERRORURL_CODE",
        "categories": ["http://refeds.org/category/hide-from-discovery"],
        "hidden": True,
    }


def test_groups_bound_what_is_within_them(tmp_path: Path) -> None:
    """validUntil and registration hold downwards, the earliest and the nearest; what has passed is left out."""
    inner, plain = University("https://in.example", authority=None), University("https://plain.example", authority=None)
    passed = University("https://passed.example", valid_until=in_days(-1))
    soon = in_days(1)
    group = (
        f'<md:EntitiesDescriptor validUntil="{soon}"><md:Extensions><mdrpi:RegistrationInfo '
        f'registrationAuthority="https://group.example"/></md:Extensions>{inner.xml()}'
        f"<md:EntitiesDescriptor>{University('https://own.example').xml()}</md:EntitiesDescriptor></md:EntitiesDescriptor>"
    )
    rows = read(tmp_path, plain, passed, more=group)
    assert {name: row["registration_authority"] for name, row in rows.items()} == {
        "https://plain.example": None,
        "https://in.example": "https://group.example",
        "https://own.example": "https://fed.example",
    }
    assert datetime.fromisoformat(rows["https://in.example"]["valid_until"]) == instant(soon)
    assert datetime.fromisoformat(rows["https://own.example"]["valid_until"]) == instant(soon)
    assert read(tmp_path, plain, more=group, authorities=("https://group.example",)).keys() == {"https://in.example"}
    with pytest.raises(Refused) as refused:
        read(tmp_path, plain, authorities=("https://nobody.example",))
    assert (refused.value.wrong, refused.value.detail) == (Wrong.NO_ENTITY, "other_registration_authority 1")


def test_only_identity_providers_in_their_place_count(tmp_path: Path) -> None:
    hidden = University("https://hidden.example")
    within = University("https://outer.example", extra=hidden.xml())
    old = University("https://old.example").xml().replace("SAML:2.0:protocol", "SAML:1.1:protocol")
    service = '<md:EntityDescriptor entityID="https://sp.example"><md:SPSSODescriptor protocolSupportEnumeration="x"/>'
    around = University("https://around.example").xml().replace("</md:EntityD", f"{hidden.xml()}</md:EntityD")
    rows = read(tmp_path, within, more=f"{old}{around}{service}</md:EntityDescriptor>")
    assert rows.keys() == {"https://outer.example", "https://around.example"}


def test_keys_that_sign_or_are_for_any_use_count(tmp_path: Path) -> None:
    signing = University("https://signing.example").xml()
    sealing = University("https://sealing.example").xml().replace('use="signing"', 'use="encryption"')
    both = University("https://both.example").xml().replace(' use="signing"', "")
    rows = read(tmp_path, more=signing + sealing + both)
    assert {row["entity_id"]: len(row["signing_certificates"]) for row in rows.values()} == {
        "https://signing.example": 1,
        "https://sealing.example": 0,
        "https://both.example": 1,
    }


def test_what_nobody_could_use_or_bear_is_left_out(tmp_path: Path) -> None:
    weak, good = base64_certificate(3, 1024), base64_certificate(1)
    odd = University(
        "https://odd.example",
        ("a b", "@x", "x" * 254, "名.example", "^" + "a" * 500, "ok.example"),
        sso={REDIRECT: "http://odd.example/sso", POST: "javascript:alert(1)"},
        slo={POST: "https://user@odd.example/slo"},
        certificates=(weak, "AAAA", "not base64", good, good),
        names={"en": "\u202eytisrevinU\u200b" + "x" * 300, "zh": "\u0085 "},
        logo="data:image/png;base64,AAAA",
        error_url="http://odd.example/error",
        categories=tuple(f"urn:c{n}" for n in range(300)),
    )
    row = read(tmp_path, odd)["https://odd.example"]
    assert row["scopes"] == ["ok.example"]
    assert row["scope_patterns"] == []
    assert row["signing_certificates"] == [good]
    assert (row["single_sign_on"], row["single_logout"]) == ({}, {})
    assert (row["logo"], row["error_url"]) == (None, None)
    assert row["names"] == {"en": "ytisrevinU" + "x" * 190}
    assert len(row["categories"]) == 200
    many = University(
        "https://many.example",
        tuple(f"^{n}$" for n in range(300)),
        certificates=tuple(base64_certificate(n) for n in (1, 2)) * 30 + tuple(_again(22)),
    )
    row = read(tmp_path, many)["https://many.example"]
    assert (len(row["scope_patterns"]), len(row["signing_certificates"])) == (20, 20)
    assert read(tmp_path, University("https://quiet.example/idp", names={}))["https://quiet.example/idp"]["names"] == {
        "und": "quiet.example"
    }
    local = University("http://localhost:8080/idp", logo="http://localhost:8080/logo.png")
    row = read(tmp_path, local)[local.entity_id]
    assert (row["single_sign_on"][POST], row["logo"]) == ("http://localhost:8080/idp/sso", None)


def _again(count: int) -> list[str]:
    """Certificates of one key."""
    made = (certificate_of(rsa_key(1)).public_bytes(Encoding.DER) for _ in range(count))
    return [base64.b64encode(one).decode() for one in made]


def test_an_entity_alone_is_a_document(tmp_path: Path) -> None:
    trust = Trust((FEDERATION.pem,), entity_id="https://alone.example")
    alone = FEDERATION.entity(University("https://alone.example"))
    (line,) = rows_of(alone, tmp_path, trust)
    assert orjson.loads(line)["entity_id"] == "https://alone.example"
    for other in (
        FEDERATION.entity(University("https://other.example")),
        FEDERATION.aggregate(University("https://o.example")),
    ):
        with pytest.raises(Refused) as refused:
            rows_of(other, tmp_path, trust)
        assert refused.value.wrong == Wrong.OTHER_ENTITY
    assert DECLARED


def test_times_are_utc_and_nothing_else_is_a_time() -> None:
    noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    local = ("2026-11-27T20:00:00+08:00", "2026-11-27T12:00:00", "2026-11-27T12:00:00.999999999Z")
    for text in ("2026-11-27T12:00:00Z", *local):
        assert instant(text) == noon
    short = ("", "2026-11-27", "2026-11-27T12:00Z", "20261127T120000Z")
    for text in (*short, "2026-11-27T25:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00"):
        assert instant(text) is None, text


def entity(*scopes: str, patterns: tuple[str, ...] = ()) -> Entity:
    return Entity("https://a.example", {}, scopes, patterns, (), {}, {"x": Endpoint("a", "b")}, None)


def test_a_university_speaks_for_the_scopes_of_its_metadata_only() -> None:
    alpha = entity("alpha.edu", patterns=(r"^([a-z]+\.)+alpha\.edu$", r"beta\.edu", "(?=x)y", "(", "a{1000}{1000}"))
    for scope in ("alpha.edu", "ALPHA.edu", "cs.alpha.edu", "Lib.CS.alpha.edu", "beta.edu"):
        assert speaks_for(alpha, scope), scope
    around = ("edu", "xalpha.edu", "alpha.edu.evil.example", "evil.example/alpha.edu", "beta.eduu", "(")
    for scope in ("", *around, "cs.alpha.edu\n", "alpha.edu\x00", "alph\u0430.edu", "x" * 254):
        assert not speaks_for(alpha, scope), scope
    any_at_all = entity(patterns=(".*",))
    assert speaks_for(any_at_all, "a" * 253)
    for scope in ("", "x" * 254, "alph\u0430.edu", "a\x7fb"):
        assert not speaks_for(any_at_all, scope), scope
    assert speaks_for(entity(patterns=(r"^Lib\.X\.edu$",)), "lib.x.edu")
    slow = entity(patterns=("^(a+)+$", "(a*)*b"))
    assert speaks_for(slow, "a" * 253)
    assert not speaks_for(slow, "a" * 252 + "c")


def test_an_entity_is_asked_for_by_name_and_by_the_hash_of_its_name() -> None:
    """The example of draft-young-md-query-saml §2.2.1."""
    assert addresses_of("https://mdq.example/", "http://example.org/service") == (
        "https://mdq.example/entities/http%3A%2F%2Fexample.org%2Fservice",
        "https://mdq.example/entities/%7Bsha1%7D11d72e8cf351eb6c75c721e838f469677ab41bdb",
    )
