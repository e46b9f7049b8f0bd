"""OpenURLs as services write them are read; what can't be read is refused with what to change."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from domain import messages
from domain.catalogue import openurl
from domain.catalogue.identifiers import Identifier
from domain.catalogue.openurl import Flaw, Unreadable, Wanted

ISSN, EISSN, ISBN = "1435-8603", "1438-8677", "9781847559104"
DOI = "10.1111/plb.13500"


def read(query: str) -> Wanted:
    return openurl.read(parse_qsl(query, keep_blank_values=True))


def refused(query: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(query)
    return caught.value


def names(query: str) -> list[tuple[str, str]]:
    return [(one.namespace, one.value) for one in read(query).identifiers]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("issn=14358603", [("issn", ISSN)]),
        ("rft.issn=1435-8603&rft.eissn=1438-8677", [("issn", ISSN), ("issn", EISSN)]),
        ("rft_id=urn:ISSN:1435-8603", [("issn", ISSN)]),
        ("rft.isbn=1-84755-910-7", [("isbn", ISBN)]),
        ("rft_id=urn:isbn:978-1-84755-910-4", [("isbn", ISBN)]),
        ("rft_id=info:doi/10.1111%2FPLB.13500", [("doi", DOI)]),
        ("id=doi:10.1111/plb.13500", [("doi", DOI)]),
        ("rft_id=https://doi.org/10.1111/plb.13500", [("doi", DOI)]),
        ("doi=10.1111/plb.13500", [("doi", DOI)]),
        ("identifier=demo:LZSR-R01", [("demo", "LZSR-R01")]),
        ("identifier=EISSN:1438-8677", [("issn", EISSN)]),
        ("issn=1435-8603&rft.issn=14358603&eissn=1435-8603", [("issn", ISSN)]),
    ],
)
def test_a_number_is_read_in_every_spelling(query: str, found: list[tuple[str, str]]) -> None:
    assert names(query) == found


def test_what_a_template_leaves_blank_says_nothing() -> None:
    blank = "rft.issn=&rft.eissn= &rft.isbn=&rft.date=&rft.volume=&rft_id=info:doi/&rft_id=info:pmid/&rft_id=urn:ISSN:&"
    assert read(blank + "id=doi:&rft_id=info:oclcnum/&issn=1435-8603") == Wanted((Identifier("issn", ISSN),))


def test_identifiers_of_other_schemes_are_passed_over_and_told() -> None:
    wanted = read("rft_id=info:pmid/33856478&id=pmid:1&rft_id=info:oai/x&pmid=2&rft_id=http://example.org/a")
    assert wanted.identifiers == ()
    assert wanted.passed_over == ("info:pmid/33856478", "pmid:1", "info:oai/x", "pmid:2", "http://example.org/a")


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("2024", "2024"),
        ("2024-03", "2024-03"),
        ("2024-03-15", "2024-03-15"),
        ("20240315", "2024-03-15"),
        ("202403", "2024-03"),
    ],
)
def test_a_date_is_read_with_and_without_hyphens(written: str, published: str) -> None:
    assert read(f"issn={ISSN}&rft.date={written}").published == published


def test_a_journals_title_is_told_and_a_title_in_two_spellings_is_no_contradiction() -> None:
    wanted = read(f"issn={ISSN}&rft.jtitle=Plant+Biology&title=Plant+biol.&rft.atitle=Roots%0Aand%E2%80%AE+shoots")
    assert (wanted.title, wanted.article) == ("Plant Biology", "Roots and shoots")


def test_the_most_exact_name_comes_first() -> None:
    wanted = read(f"issn={ISSN}&isbn={ISBN}&eissn={EISSN}&doi={DOI}&identifier=demo:x")
    assert [[one.namespace for one in way] for way in wanted.ways] == [["demo", "doi"], ["isbn"], ["issn", "issn"]]


def test_who_asks_and_who_refers_is_not_read() -> None:
    private = "req_id=mailto:a@example.org&rfr_id=info:sid/x&rfe_dat=1&rft_dat=secret&svc.fulltext=yes&ctx_id=10_1"
    assert read(f"issn={ISSN}&{private}") == read(f"issn={ISSN}")


@pytest.mark.parametrize(
    ("query", "flaw", "parameter"),
    [
        ("issn=1435-8604", Flaw.WRONG_CHECK_DIGIT, "issn"),
        ("rft.eissn=1435", Flaw.NOT_AN_ISSN, "rft.eissn"),
        ("isbn=9781847559105", Flaw.WRONG_CHECK_DIGIT, "isbn"),
        ("rft.isbn=97818", Flaw.NOT_AN_ISBN, "rft.isbn"),
        ("rft_id=info:doi/10.1111", Flaw.NOT_A_DOI, "rft_id"),
        ("doi=plb.13500", Flaw.NOT_A_DOI, "doi"),
        ("identifier=LZSR-R01", Flaw.NOT_AN_IDENTIFIER, "identifier"),
        ("identifier=issn:1435-8604", Flaw.WRONG_CHECK_DIGIT, "identifier"),
        ("issn=1435-8603&rft.date=2020-13", Flaw.NOT_A_DATE, "rft.date"),
        ("issn=1435-8603&date=2023-02-29", Flaw.NOT_A_DATE, "date"),
        ("issn=1435-8603&date=spring+2023", Flaw.NOT_A_DATE, "date"),
        ("issn=1435-8603&date=20201301", Flaw.NOT_A_DATE, "date"),
        ("issn=1435-8603&issn=1438-8677", Flaw.DOUBLED, "issn"),
        ("issn=1435-8603&volume=1&volume=2", Flaw.DOUBLED, "volume"),
        ("issn=1435-8603&rft.issn=1438-8677", Flaw.CONTRADICTION, "rft.issn"),
        ("issn=1435-8603&date=2020&rft.date=2021", Flaw.CONTRADICTION, "rft.date"),
        ("rft_id=info:doi/10.1000/1&doi=10.1000/2", Flaw.CONTRADICTION, "doi"),
        ("rft_id=info:doi/10.1000/1&rft_id=info:doi/10.1000/2", Flaw.CONTRADICTION, "rft_id"),
        ("issn=1435-8603&rft.volume=" + "9" * 61, Flaw.TOO_LONG, "rft.volume"),
        ("doi=10.1000/" + "9" * 400, Flaw.TOO_LONG, "doi"),
        ("&".join(f"rft_id=info:pmid/{n}" for n in range(21)), Flaw.TOO_MANY, "rft_id"),
        ("issn=1435-8603&rft.jtitle=a%00b", Flaw.NUL, None),
        ("unknown%00=1", Flaw.NUL, None),
        ("", Flaw.NOTHING_NAMED, None),
        ("volume=1&date=2020", Flaw.NOTHING_NAMED, None),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_change(query: str, flaw: Flaw, parameter: str | None) -> None:
    error = refused(query)
    assert (error.flaw, error.parameter) == (flaw, parameter)


def test_every_flaw_has_its_sentence_and_no_other() -> None:
    assert messages.keys("openurl") == {flaw.value for flaw in Flaw}


VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from([ISSN, EISSN, ISBN, DOI, "2024-03", "20240315", "urn:ISSN:1435-8603", f"info:doi/{DOI}", "demo:x"]),
)
PLAIN = [*openurl.IDS, *openurl.NUMBERS, "identifier", "pmid", "date", "volume", "issue", "title", "atitle"]
KEYS = st.sampled_from([*PLAIN, "rft.issn", "rft.isbn", "rft.date", "rft.jtitle", "rft_val_fmt"])


@given(st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=4))
def test_whatever_is_read_is_read_back_from_its_short_form(parameters: list[tuple[str, str]]) -> None:
    try:
        wanted = replace(openurl.read(parameters), passed_over=())
    except Unreadable:
        reject()
    assume(wanted.identifiers or wanted.title or wanted.article)
    assert openurl.read(parse_qsl(urlencode(wanted.parameters))) == wanted
