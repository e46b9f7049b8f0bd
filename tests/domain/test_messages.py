"""Every coded value has its sentence in both languages, and no sentence shows a gap."""

import re
from datetime import date
from enum import StrEnum
from pathlib import Path

import pytest

from auth.refusals import Error
from domain import messages
from domain.roles import Problem as RoleProblem
from domain.scopes import Scope
from models.vocabulary import (
    AccessBasis,
    AccessReason,
    Action,
    Affiliation,
    Kept,
    RemedyKind,
    ResourceKind,
    Role,
    Standing,
    TermStatus,
    UsageKind,
)

RIGHTS = Path(__file__).parents[2] / "domain" / "rights"


def _condition_codes() -> set[str]:
    """The codes that the rules write, with the use's facts put in."""
    sources = " ".join(file.read_text(encoding="utf-8") for file in RIGHTS.glob("*.py"))
    written = re.findall(r"""Condition\([^)]*?f?"([\w{}]+)"\)""", sources)
    return {code.replace("{fact}", fact) for code in written for fact in ("purpose", "recipient", "method", "part")}


HAN = re.compile(r"[\u4e00-\u9fff]")
KINDS = ["reason", "remedy", "condition", "check", "change", "basis", "problem", "error", "openurl", "scope"]
ENTRIES = [f"{kind}.{name}" for kind in KINDS for name in sorted(messages.keys(kind))]
REQUEST_CODES = [
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "BAD_USER_INPUT",
    "BAD_CURSOR",
    "COST_LIMIT",
    "RATE_LIMITED",
    "DEPTH_LIMIT",
    "ALIAS_LIMIT",
    "TOO_COMPLEX",
    "TOKEN_LIMIT",
    "BODY_TOO_LARGE",
    "TIMEOUT",
    "SEARCH_UNAVAILABLE",
    "INTERNAL",
]


@pytest.mark.parametrize(
    ("kind", "vocabulary"), [("reason", AccessReason), ("remedy", RemedyKind), ("basis", AccessBasis), ("scope", Scope)]
)
def test_every_coded_value_has_a_sentence_and_no_sentence_is_orphaned(kind: str, vocabulary: type[StrEnum]) -> None:
    assert messages.keys(kind) == {value.value for value in vocabulary}


@pytest.mark.parametrize("code", REQUEST_CODES)
def test_every_code_of_a_refused_request_has_a_sentence(code: str) -> None:
    assert messages.sentence(f"problem.{code.lower()}", "en")


@pytest.mark.parametrize("error", Error)
def test_every_failure_of_signing_in_has_a_page(error: Error) -> None:
    assert messages.sentence(f"error.{error.value}", "zh")
    assert messages.sentence(f"error.{error.value}.title", "en")


@pytest.mark.parametrize("problem", RoleProblem)
def test_every_problem_of_roles_has_a_sentence(problem: RoleProblem) -> None:
    assert messages.sentence(f"problem.{problem.value}", "zh")


@pytest.mark.parametrize("used", sorted(_condition_codes()))
def test_every_condition_that_the_rules_tell_has_a_sentence(used: str) -> None:
    assert messages.sentence(f"condition.{used}", "en")


@pytest.mark.parametrize("key", ENTRIES)
def test_both_languages_say_the_same_facts_and_the_plainest_needs_none(key: str) -> None:
    chinese, english = messages.variants(key, "zh"), messages.variants(key, "en")
    facts = [[set(re.findall(r"\{(\w+)\}", text)) for text in texts] for texts in (chinese, english)]
    assert facts[0] == facts[1]
    bare = [found for found in facts[0] if not found]
    assert bare == [set()], "exactly the last variant stands without facts"
    assert not facts[0][-1]


@pytest.mark.parametrize("key", ENTRIES)
@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_a_sentence_is_written_in_its_language_and_ends_like_one(key: str, lang: messages.Language) -> None:
    for text in messages.variants(key, lang):
        plain = re.sub(r"\{\w+\}", "", text)
        assert bool(HAN.search(plain)) == (lang == "zh")
        assert text.endswith("。" if lang == "zh" else ".")


@pytest.mark.parametrize(
    "value", [*AccessBasis, *Action, *Affiliation, *Role, *Standing, *ResourceKind, *TermStatus, *Kept]
)
def test_every_coded_word_has_a_name_in_both_languages(value: StrEnum) -> None:
    assert HAN.search(messages.word(value, "zh"))
    assert not HAN.search(messages.word(value, "en"))


@pytest.mark.parametrize("value", AccessReason)
@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_reason_has_a_whole_help_page(value: AccessReason, lang: messages.Language) -> None:
    page = messages.help_text(value, lang)
    for text in page:
        assert "{" not in text
        assert bool(HAN.search(text)) == (lang == "zh")
    for text in page[1:]:
        assert text.endswith("。" if lang == "zh" else ".")


def test_page_words_exist_in_both_languages() -> None:
    counts = {"count": 31, "shown": 30}
    for name in messages.keys("page"):
        assert messages.sentence(f"page.{name}", "zh", **counts)
        assert not HAN.search(messages.sentence(f"page.{name}", "en", **counts))


def test_the_fullest_sentence_whose_facts_are_known_is_said() -> None:
    day = date(2027, 1, 1)
    say = messages.reason
    embargoed = AccessReason.EMBARGOED
    assert say(embargoed, "en", available_on=day) == "This is under embargo until 1 January 2027, the day it opens."
    assert say(embargoed, "zh", available_on=day) == "此内容处于时滞期，2027年1月1日起可以使用。"
    assert say(embargoed, "en", available_on=None) == "This is still under embargo."
    assert say(AccessReason.NO_ENTITLEMENT, "en", member="Lanzhou University", licence=None).startswith("Lanzhou Univ")


def test_a_use_beyond_reading_is_named() -> None:
    say = messages.basis(AccessBasis.LICENCE, "en", member="Lanzhou University", licence="L", use=Action.PRINT)
    assert say == "Permitted (print) through Lanzhou University, under the licence “L”."


def test_a_fact_with_braces_is_said_as_it_is() -> None:
    assert "{licence}" in messages.reason(AccessReason.REMOTE_NOT_ALLOWED, "en", member="{licence}")


def test_a_published_code_is_said_in_words_and_an_unknown_one_as_it_is() -> None:
    assert messages.coded("onixPL:ResearchUse", "zh") == "研究"
    assert messages.coded("onixPL:Whatever", "zh") == "onixPL:Whatever"
    assert messages.coded("action:view", "en") == "action:view"
    assert messages.coded("own words", "en") == "own words"


def test_a_language_has_a_name_by_as_much_of_its_tag_as_is_known() -> None:
    assert messages.language("zh-Hant-HK", "en") == "Chinese (traditional)"
    assert messages.language("zh-Latn", "zh-CN") == "中文"
    assert messages.language("tlh", "en") == "tlh"
    assert all(set(names) == {"zh", "en"} for names in messages._load("words")["language"].values())


@pytest.mark.parametrize("kind", ["reason", "remedy", "check", "change", "condition", "basis"])
def test_what_a_reader_is_told_of_her_question_speaks_to_her(kind: str) -> None:
    for key in (f"{kind}.{name}" for name in messages.keys(kind)):
        for text in messages.variants(key, "en"):
            assert not re.search(r"\b(she|her|hers)\b", text, re.IGNORECASE), key
        for text in messages.variants(key, "zh"):
            assert not re.search("读者的身份|读者的位置|读者在", text), key
    for fact in messages._load("words")["fact"].values():
        assert not re.search(r"\bher\b|读者的身份|读者所在", f"{fact}")


def test_a_licence_that_counts_readers_isnt_said_to_be_full() -> None:
    for seats in (2, None):
        english = messages.reason(AccessReason.LIMIT_REACHED, "en", licence="L", seats=seats)
        assert "not counted here yet, so for now it opens to nobody" in english
        chinese = messages.reason(AccessReason.LIMIT_REACHED, "zh", licence="L", seats=seats)
        assert "还不能统计" in chinese
        assert "空位" not in chinese
    helped = messages.help_text(AccessReason.LIMIT_REACHED, "en")
    assert "not counted here yet" in helped.means
    assert "does not open it" in helped.reader, "waiting doesn't help"
    assert "还不能统计" in messages.help_text(AccessReason.LIMIT_REACHED, "zh").means


def test_the_help_on_silence_tells_both_of_its_causes() -> None:
    for lang, default, partly in (
        ("en", "declared beforehand", "only prohibits it"),
        ("zh", "事先公布", "只在某些情形"),
    ):
        means = messages.help_text(AccessReason.TERM_SILENT, lang).means
        assert default in means
        assert partly in means


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        messages.sentence("reason.because", "en")


@pytest.mark.parametrize(
    ("reason", "metric"),
    [
        (AccessReason.NO_ENTITLEMENT, UsageKind.NO_LICENSE),
        (AccessReason.LIMIT_REACHED, UsageKind.LIMIT_EXCEEDED),
        (AccessReason.SIGN_IN_REQUIRED, None),
        (AccessReason.RULE_ERROR, None),
    ],
)
def test_denials_count_under_counters_metric(reason: AccessReason, metric: UsageKind | None) -> None:
    assert messages.counter_metric(reason) == metric


@pytest.mark.parametrize(
    ("lang", "header", "default", "expected"),
    [
        ("en", "zh", "zh", ("en", "zh")),
        (None, "fr;q=0.5, en-GB, zh;q=0.9", "zh", ("en-GB", "zh", "fr")),
        (None, "en;q=0, *;q=0.1, zh-Hant-TW", "en", ("zh-Hant-TW", "en")),
        ("not a tag!", None, "en", ("en",)),
        (None, "en;q=2, ;;;, \x00, en;q=x", "zh", ("zh",)),
    ],
)
def test_language_is_the_one_asked_for_then_the_browsers_then_the_consortiums(
    lang: str | None, header: str | None, default: str, expected: tuple[str, ...]
) -> None:
    assert messages.languages(lang, header, default) == expected


def test_a_tag_we_do_not_speak_falls_through_to_the_next() -> None:
    assert messages.spoken(("ja", "en-GB", "zh")) == "en"
    assert messages.spoken("zh-Hant-TW") == "zh"
    assert messages.spoken("ja") == messages.DEFAULT


def test_a_name_is_given_in_the_wanted_language_or_the_nearest() -> None:
    names = {"zh": "兰州大学", "en": "Lanzhou University"}
    assert messages.localised(names, "en-US") == "Lanzhou University"
    assert messages.localised(names, ("ja", "zh-CN")) == "兰州大学"
    assert messages.localised({"und": "Nature", "zh": "自然"}, "en") == "Nature"
    assert messages.localised({"ja": "自然"}, "en") == "自然"
    assert messages.localised({}, "en") == ""
