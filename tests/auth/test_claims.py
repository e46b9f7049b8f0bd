"""B08, B22: what an issuer may say of a person, and what is left of what it mustn't."""

from typing import Any
from uuid import UUID

import pytest

from auth.claims import COMMON_LIB_TERMS, MAX_VALUES, Asserted, read
from auth.refusals import Error, Refusal
from models.vocabulary import Affiliation

ISSUER = "https://idp.alpha.edu"
ALPHA, BETA = UUID(int=1), UUID(int=2)
ONE = {"alpha.edu": ALPHA, "lib.alpha.edu": ALPHA}
TWO = {"alpha.edu": ALPHA, "beta.edu": BETA}
LAW = "urn:mace:example.edu:entitlement:law"


def said(*affiliations: object, entitlements: object = (), registered: dict[str, UUID] = ONE, **more: Any) -> Asserted:
    claims = {"eduperson_scoped_affiliation": list(affiliations), "eduperson_entitlement": entitlements, **more}
    return read(claims, ISSUER, registered)


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
        read({"eduperson_scoped_affiliation": "member@p\u212au.edu.cn"}, ISSUER, {"pku.edu.cn": ALPHA})


@pytest.mark.parametrize(
    "value", ["student", "student@", "@alpha.edu", "king@alpha.edu", "", 7, None, ["student@alpha.edu"]]
)
def test_a_person_of_no_affiliation_at_all_is_told_what_is_missing(value: object) -> None:
    expected = Error.SCOPE_MISMATCH if value == "student@" else Error.ATTRIBUTES_MISSING
    assert error(value) is expected


def test_one_string_is_read_like_a_list_of_one() -> None:
    assert read({"eduperson_scoped_affiliation": "alum@alpha.edu"}, ISSUER, ONE).memberships[0].affiliations == {
        Affiliation.ALUM
    }


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
    claims = {"eduperson_scoped_affiliation": "student@alpha.edu", "sub": "0815"}
    assert read(claims, ISSUER, ONE, ["ephemeral"]).subject is None
    assert read(claims, ISSUER, ONE, None).subject is None
    assert read(claims, ISSUER, ONE, ["pairwise"]).subject is not None
