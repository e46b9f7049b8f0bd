"""B08, B22: what an issuer may say of a person, and what is left of what it mustn't."""

from typing import Any
from uuid import UUID

import pytest

from auth.claims import COMMON_LIB_TERMS, MAX_VALUES, Asserted, Speaker, examine, read
from auth.oidc import stable_sub
from auth.refusals import Error, Refusal
from auth.release import Fate, Missing
from models.vocabulary import Affiliation

ISSUER = "https://idp.alpha.edu"
ALPHA, BETA = UUID(int=1), UUID(int=2)
ONE = {"alpha.edu": ALPHA, "lib.alpha.edu": ALPHA}
TWO = {"alpha.edu": ALPHA, "beta.edu": BETA}
LAW = "urn:mace:example.edu:entitlement:law"


def said(*affiliations: object, entitlements: object = (), registered: dict[str, UUID] = ONE, **more: Any) -> Asserted:
    claims = {"eduperson_scoped_affiliation": list(affiliations), "eduperson_entitlement": entitlements, **more}
    return read(claims, Speaker(ISSUER, registered, stable_sub=True))


def error(*affiliations: object, **more: Any) -> Error:
    with pytest.raises(Refusal) as caught:
        said(*affiliations, **more)
    return caught.value.error


def test_affiliations_within_the_registered_scopes_count() -> None:
    [membership] = said("student@alpha.edu", "Member@ALPHA.edu", "staff@lib.alpha.edu").memberships
    assert membership.member_id == ALPHA
    assert membership.affiliations == {Affiliation.STUDENT, Affiliation.MEMBER, Affiliation.STAFF}


def test_another_members_scope_is_dropped_beside_ones_own() -> None:
    [membership] = said("student@alpha.edu", "faculty@beta.edu").memberships
    assert membership.affiliations == {Affiliation.STUDENT}


@pytest.mark.parametrize(
    "scope",
    [
        "beta.edu",
        "sub.alpha.edu",
        "alpha.edu.evil.example",
        "evil-alpha.edu",
        "alpha.edu@beta.edu",
        "beta.edu@alpha.edu",
        "alpha.edu ",
        " alpha.edu",
        "alpha.edu\u200b",
        "аlpha.edu",
        "ａlpha.edu",
        "alpha.edu.",
        "",
        "*",
    ],
)
def test_whoever_is_of_other_scopes_only_is_refused(scope: str) -> None:
    assert error(f"student@{scope}") is Error.SCOPE_MISMATCH
    assert error(f"student@{scope}", entitlements=[COMMON_LIB_TERMS]) is Error.SCOPE_MISMATCH


def test_a_kelvin_sign_is_no_k() -> None:
    with pytest.raises(Refusal):
        read({"eduperson_scoped_affiliation": "member@p\u212au.edu.cn"}, Speaker(ISSUER, {"pku.edu.cn": ALPHA}))


@pytest.mark.parametrize(
    "value", ["student", "student@", "@alpha.edu", "king@alpha.edu", "", 7, None, ["student@alpha.edu"]]
)
def test_a_person_of_no_affiliation_at_all_is_told_what_is_missing(value: object) -> None:
    expected = Error.SCOPE_MISMATCH if value == "student@" else Error.ATTRIBUTES_MISSING
    assert error(value) is expected


def test_one_string_is_read_like_a_list_of_one() -> None:
    [membership] = read({"eduperson_scoped_affiliation": "alum@alpha.edu"}, Speaker(ISSUER, ONE)).memberships
    assert membership.affiliations == {Affiliation.ALUM}


def test_one_issuer_speaks_for_several_members() -> None:
    first, second = said("student@alpha.edu", "staff@beta.edu", registered=TWO).memberships
    assert (first.member_id, first.affiliations) == (ALPHA, frozenset({Affiliation.STUDENT}))
    assert (second.member_id, second.affiliations) == (BETA, frozenset({Affiliation.STAFF}))


def test_entitlements_count_for_the_issuers_own_member() -> None:
    [membership] = said("student@alpha.edu", entitlements=[COMMON_LIB_TERMS, LAW]).memberships
    assert membership.entitlements == {COMMON_LIB_TERMS, LAW}


def test_common_lib_terms_alone_make_a_membership_without_affiliations() -> None:
    [membership] = said(entitlements=COMMON_LIB_TERMS).memberships
    assert (membership.member_id, membership.affiliations) == (ALPHA, frozenset())


def test_an_issuer_of_several_members_has_no_member_of_its_own() -> None:
    both = said("student@alpha.edu", "staff@beta.edu", entitlements=[COMMON_LIB_TERMS, LAW], registered=TWO)
    assert [one.entitlements for one in both.memberships] == [frozenset(), frozenset()]
    [one] = said("student@beta.edu", entitlements=[COMMON_LIB_TERMS, LAW], registered=TWO).memberships
    assert one.entitlements == {LAW}


@pytest.mark.parametrize(
    "value", ["law", "urn:law db", "urn:法律", "urn:x\u202ey", "javascript", ":x", "u" * 40 + ":x"]
)
def test_an_entitlement_is_a_uri(value: str) -> None:
    assert said("student@alpha.edu", entitlements=[value]).memberships[0].entitlements == frozenset()


def test_a_flood_of_attributes_is_capped() -> None:
    flood = [f"urn:x:{number}" for number in range(10_000)]
    [membership] = said("student@alpha.edu", entitlements=flood, name="x" * 1_000_000).memberships
    assert len(membership.entitlements) == MAX_VALUES
    assert said("student@alpha.edu", entitlements=["urn:" + "x" * 100_000]).memberships[0].entitlements == frozenset()


def test_a_person_is_known_by_her_pairwise_id_before_anything_else() -> None:
    pairwise, subject = "PWADA@alpha.edu", "ada@alpha.edu"
    best = said("student@alpha.edu", pairwise_id=[pairwise], subject_id=subject, sub="0815").subject
    assert best is not None
    assert (best.kind, best.value) == ("pairwise_id", "pwada@alpha.edu")
    second = said("student@alpha.edu", subject_id=subject, sub="0815").subject
    assert second is not None
    assert (second.kind, second.value) == ("subject_id", "ada@alpha.edu")
    last = said("student@alpha.edu", sub="0815", email="ada@alpha.edu").subject
    assert last is not None
    assert (last.kind, last.value) == ("sub", "0815")


@pytest.mark.parametrize("value", ["ada@beta.edu", "ada", "@alpha.edu", "ada@alpha.edu@beta.edu", "", 7, None])
def test_an_identifier_of_another_scope_is_none(value: object) -> None:
    assert said("student@alpha.edu", pairwise_id=value).subject is None


def test_a_sub_that_changes_at_every_sign_in_identifies_nobody() -> None:
    for offered, stable in ((["ephemeral"], False), (None, False), ("pairwise", False), (["pairwise"], True)):
        assert stable_sub({"subject_types_supported": offered}) is stable
    claims = {"eduperson_scoped_affiliation": "student@alpha.edu", "sub": "0815"}
    assert read(claims, Speaker(ISSUER, ONE)).subject is None
    assert read(claims, Speaker(ISSUER, ONE, stable_sub=True)).subject is not None


US = "https://mutua.example/saml/metadata"


def test_a_persistent_name_made_for_us_identifies_whichever_way_it_comes() -> None:
    """A university that moves from eduPersonTargetedID to a persistent NameID keeps its people."""
    speaker = Speaker(ISSUER, ONE, US)
    for name in ("name_id", "eduPersonTargetedID"):
        for value in (f"{ISSUER}!{US}!Xyz", "!!Xyz", f"{ISSUER}!!Xyz"):
            found = read({"eduPersonScopedAffiliation": ["student@alpha.edu"], name: [value]}, speaker).subject
            assert found is not None
            assert (found.kind, found.value) == ("persistent", "Xyz")
        for value in (
            f"{ISSUER}!https://other.example!Xyz",
            f"https://idp.beta.edu!{US}!Xyz",
            f"{ISSUER}!{US}!",
            "Xyz",
        ):
            assert read({"eduPersonScopedAffiliation": ["student@alpha.edu"], name: [value]}, speaker).subject is None


def test_a_scoped_identifier_comes_before_a_persistent_name() -> None:
    said = {"eduPersonScopedAffiliation": ["student@alpha.edu"], "name_id": ["!!Xyz"], "subject-id": ["A1@alpha.edu"]}
    found = read(said, Speaker(ISSUER, ONE, US)).subject
    assert found is not None
    assert (found.kind, found.value) == ("subject_id", "a1@alpha.edu")


def test_an_affiliation_without_scope_counts_at_the_one_member_that_it_can_mean() -> None:
    def members(said: dict[str, Any], registered: dict[str, UUID]) -> list[UUID]:
        return [one.member_id for one in examine(said, Speaker(ISSUER, registered)).memberships]

    plain = {"eduPersonAffiliation": ["member", "student"]}
    assert members(plain, ONE) == [ALPHA]
    assert members(plain, TWO) == []
    assert members(plain | {"schacHomeOrganization": "beta.edu"}, TWO) == [BETA]
    assert members(plain | {"schacHomeOrganization": "beta.edu"}, ONE) == []
    assert members(plain | {"schacHomeOrganization": ["alpha.edu", "beta.edu"]}, TWO) == []
    assert members(plain | {"eduPersonScopedAffiliation": ["student@beta.edu"]}, ONE) == []


def test_a_release_tells_of_every_value_what_became_of_it() -> None:
    said = {
        "eduPersonScopedAffiliation": ["student@alpha.edu", "staff@beta.edu", "king@alpha.edu"],
        "eduPersonAffiliation": ["student"],
        "eduPersonEntitlement": [COMMON_LIB_TERMS, "no uri"],
        "pairwise-id": ["ADA@alpha.edu"],
        "subject-id": ["ada@beta.edu"],
        "name_id": ["!!x"],
        "eduPersonPrincipalName": ["ada@alpha.edu"],
        "schacHomeOrganization": ["alpha.edu"],
        "aud": "mutua",
    }
    release = examine(said, Speaker(ISSUER, ONE))
    assert {(line.attribute, line.value): line.fate for line in release.lines} == {
        ("eduPersonScopedAffiliation", "student@alpha.edu"): Fate.COUNTS,
        ("eduPersonScopedAffiliation", "staff@beta.edu"): Fate.OTHER_SCOPE,
        ("eduPersonScopedAffiliation", "king@alpha.edu"): Fate.UNKNOWN_WORD,
        ("eduPersonAffiliation", "student"): Fate.SCOPED_COUNTS,
        ("eduPersonEntitlement", COMMON_LIB_TERMS): Fate.COUNTS,
        ("eduPersonEntitlement", "no uri"): Fate.MALFORMED,
        ("pairwise-id", "ADA@alpha.edu"): Fate.IDENTIFIES,
        ("subject-id", "ada@beta.edu"): Fate.OTHER_SCOPE,
        ("name_id", "!!x"): Fate.BETTER_ONE,
        ("eduPersonPrincipalName", "ada@alpha.edu"): Fate.UNUSED,
        ("schacHomeOrganization", "alpha.edu"): Fate.COUNTS,
    }
    assert release.missing == ()
    nothing = examine({"eduPersonPrincipalName": "ada@alpha.edu"}, Speaker(ISSUER, ONE))
    assert nothing.missing == (Missing.AFFILIATION, Missing.IDENTIFIER)
