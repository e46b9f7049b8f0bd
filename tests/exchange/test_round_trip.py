"""Whatever we model survives ONIX-PL: written and read again, it is the same."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from domain.exchange.onixpl import fragments, reading, writing
from domain.exchange.onixpl.ours import UNENFORCED
from domain.intake.source import look
from domain.limits import OF_THE_WHOLE
from models.licence import QUALIFIERS
from models.vocabulary import (
    Action,
    Affiliation,
    AmendmentStatus,
    ClauseVisibility,
    LimitKind,
    NoticeUnit,
    TermStatus,
)
from tests.exchange.test_shape import faults

LETTERS = "aZ0 .:;,-_()[]{}<>&\"'§条款许可授é\t\nÅ😀"
words = some.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
line = some.text(LETTERS.replace("\n", "").replace("\t", ""), min_size=1, max_size=8).map(str.strip).filter(bool)
localised = some.dictionaries(some.sampled_from(["zh", "en", "und", "fr"]), words, min_size=1, max_size=3)
code = some.from_regex(r"[a-z][a-z0-9.-]{0,8}", fullmatch=True)
KNOWN = {
    "purposes": ["onixPL:AcademicUse", "onixPL:CommercialUse"],
    "recipients": ["onixPL:AuthorizedUser", "onixPL:ThirdPartyLibrary", "onixPL:LicenseeSecureRepository"],
    "methods": ["onixPL:Fax", "onixPL:PublicNetwork", "onixPL:AccessByRobot", "onixPL:SecureAuthentication"],
    "parts": ["onixPL:CompleteArticle", "onixPL:LicensedContent", "onixPL:Nothing", "10%", "SubscribedPart"],
    "territories": ["CN", "DE"],
    "user_classes": ["law", "medicine"],
}
DAYS = some.dates().map(lambda day: day.isoformat())


def listed(values: list[Any], *more: some.SearchStrategy[Any]) -> some.SearchStrategy[Any]:
    one = some.one_of(some.sampled_from(values), *more)
    return some.none() | some.lists(one, min_size=1, max_size=3, unique=True)


@some.composite
def limits(draw: some.DrawFn, kinds: frozenset[LimitKind], clause: str | None, *, of_a_term: bool) -> dict[str, Any]:
    kind = draw(some.sampled_from(sorted(kinds)))
    number = draw(some.integers(1, 100))
    fraction = draw(some.sampled_from(["", ".5"])) if kind is LimitKind.PERCENT and number < 100 else ""
    return {
        "kind": kind,
        "amount": None if kind is LimitKind.FORMATS else f"{number}{fraction}",
        "unit": draw(some.sampled_from(NoticeUnit)) if kind is LimitKind.NOTICE else None,
        "formats": draw(some.lists(words, min_size=1, max_size=2)) if kind is LimitKind.FORMATS else None,
        "note": draw(some.none() | localised),
        **({} if of_a_term else {"clause": clause}),
    }


@some.composite
def terms(draw: some.DrawFn, numbers: list[str]) -> dict[str, Any]:
    clause = draw(some.none() | some.sampled_from(numbers)) if numbers else None
    of_a_term = frozenset(LimitKind) - OF_THE_WHOLE
    return {
        "clause": clause,
        "action": draw(some.sampled_from(Action)),
        "status": draw(some.sampled_from(TermStatus)),
        "affiliations": draw(listed(list(Affiliation))),
        **{
            name: draw(listed(KNOWN[name]) if name == "territories" else listed(KNOWN[name], words))
            for name in QUALIFIERS
        },
        "on_site_only": draw(some.booleans()),
        "except_as_permitted": draw(some.booleans()),
        "concurrent_users": draw(some.none() | some.integers(1, 9)),
        "public_note": draw(some.none() | localised),
        "note": draw(some.none() | words | some.just("Interpretation: so\n\nit seems")),
        "limits": draw(some.lists(limits(of_a_term, None, of_a_term=True), max_size=2)),
    }


documents = some.none() | some.fixed_dictionaries({"name": localised, "signed": some.none() | DAYS})


@some.composite
def files(draw: some.DrawFn) -> dict[str, Any]:
    numbers = draw(some.lists(line, max_size=3, unique=True))
    start, end = sorted(draw(some.tuples(DAYS, DAYS)))
    amended = some.fixed_dictionaries(
        {
            "number": line,
            "name": some.none() | localised,
            "effective": DAYS,
            "status": some.sampled_from(AmendmentStatus),
            "document": documents,
            "replaces": some.lists(
                some.fixed_dictionaries(
                    {
                        "clause": some.sampled_from(numbers) if numbers else some.none(),
                        "action": some.sampled_from(Action),
                        "term": some.none(),
                    }
                )
                | some.fixed_dictionaries({"clause": some.none(), "action": some.none(), "term": terms(numbers)}),
                max_size=2,
            ),
            "terms": some.lists(terms(numbers), max_size=2),
        }
    )
    amendments = draw(some.lists(amended, max_size=2, unique_by=lambda one: one["number"]))
    return {
        "licence": {
            "code": draw(code),
            "name": draw(localised),
            "licensor": (draw(line), 0),
            "status": draw(some.sampled_from(UNENFORCED)),
            "start": draw(some.sampled_from([None, start])),
            "end": draw(some.sampled_from([None, end])),
            "parent": draw(some.none() | some.tuples(code, some.just(0))),
            "holder": draw(some.none() | some.tuples(code, some.just(0))),
        },
        "document": draw(documents),
        "user_classes": draw(some.dictionaries(some.sampled_from(KNOWN["user_classes"]), some.lists(line, max_size=2))),
        "clauses": [
            {
                "number": number,
                "text": draw(some.none() | words),
                "summary": draw(some.none() | localised),
                "visibility": draw(some.sampled_from(ClauseVisibility)),
            }
            for number in numbers
        ],
        "terms": draw(some.lists(terms(numbers), max_size=4)),
        "limits": draw(some.lists(limits(OF_THE_WHOLE, numbers[0] if numbers else None, of_a_term=False), max_size=2)),
        "amendments": sorted(amendments, key=lambda one: str(one["effective"])),
        "fragments": [],
    }


def plain(value: Any) -> Any:
    """Without lines, which say where something stood."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items() if key not in {"line", "keep"}}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


@given(file=files())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_written_is_read_again(tmp_path: Path, file: dict[str, Any]) -> None:
    path = tmp_path / "licence.xml"
    path.write_bytes(writing.write(file))
    assert faults(path.read_bytes()) == []
    found, _ = reading.read(look(path))
    for key in ("licensor", "parent", "holder"):
        said = found["licence"][key]
        found["licence"][key] = (said[0], 0) if said else None
    file["terms"].sort(key=lambda term: term["action"] == Action.AI_USE)
    for key in file:
        assert plain(found[key]) == plain(file[key]), key


@pytest.mark.parametrize("number", ["3.1", "3.", "第三条", "A (b)", "c.3", "a_b", "😀"])
def test_a_clauses_number_makes_an_id_and_is_found_in_it(number: str) -> None:
    made = fragments.clause_id(number)
    assert fragments.numbered(made) == number
    assert made.isidentifier() or all(c.isalnum() or c in "._-" for c in made)


@pytest.mark.parametrize(
    "character", ["\r", "\r\n", "\x85", "\x00", "\x0b", "\x7f", "\x9f", "\ufffe", "\ud800", "\u2028"]
)
def test_a_character_that_no_document_may_have_is_written_as_one_that_it_may(tmp_path: Path, character: str) -> None:
    """Whatever the tables hold, what we write can be read."""
    word = f"a{character}b"
    term: dict[str, Any] = {
        **dict.fromkeys(("clause", *QUALIFIERS, "affiliations", "concurrent_users")),
        "action": Action.VIEW,
        "status": TermStatus.PERMITTED_EXPLICIT,
        "on_site_only": False,
        "except_as_permitted": False,
        "public_note": {"en": word},
        "note": word,
        "limits": [],
    }
    licence = {"code": "deal", "name": {"en": word, "fr": word}, "licensor": (word, 0), "status": "draft"}
    clause = {"number": "1", "text": word, "summary": {"en": word}, "visibility": ClauseVisibility.STAFF}
    file = {
        "licence": licence | dict.fromkeys(("start", "end", "parent", "holder")),
        "document": {"name": {"en": word}, "signed": None},
        "clauses": [clause],
        "terms": [term],
    }
    path = tmp_path / "licence.xml"
    path.write_bytes(writing.write(file))
    found, _ = reading.read(look(path))
    read = {"\u2028": word, **dict.fromkeys(("\r", "\r\n", "\x85"), "a\nb")}.get(character, "a\ufffdb")
    said = [found["licence"]["name"]["en"], found["document"]["name"]["en"], found["licence"]["licensor"][0]]
    said += [found["clauses"][0]["text"], found["clauses"][0]["summary"]["en"]]
    said += [found["terms"][0]["note"], found["terms"][0]["public_note"]["en"]]
    assert said == [read] * 7
