"""Title lists in the database: which resource each title is, what a newer list changes, what never happens silently."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from api.commands.importing import Outcome
from domain.intake.packages import TitleList
from domain.intake.reasons import Reason
from tests.intake.conftest import Load
from tests.support.titlelists import issn, journal

Titles = Callable[..., Path]
Ask = Callable[..., Awaitable[list[Any]]]


def codes(outcome: Outcome) -> set[str]:
    return {code for _, code, _ in outcome.tally}


async def test_a_list_makes_its_package_provider_platform_and_titles(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    outcome = await load(
        science,
        titles(
            journal(1, notes="a note", coverage_depth="fulltext", first_author="Ada", embargo_info="P1Y"),
            {
                "publication_title": "A Book",
                "title_id": "b1",
                "publication_type": "monograph",
                "print_identifier": "9780791856079",
                "date_monograph_published_print": "2009",
                "date_monograph_published_online": "2010-05",
                "access_type": "F",
            },
        ),
    )
    assert outcome.exit_code == 0
    assert outcome.counts == {"read": 2, "loaded": 2, "new": 3, "resources_new": 2}
    assert await ask(
        "SELECT package.code, party.kind, party.code FROM package JOIN party ON party.id = provider_id"
    ) == [("Science", "provider", "Northlight")]
    place, told = ("Northlight Platform", "current"), ("fulltext", "a note")
    assert await ask(
        """SELECT resource.kind, title, published, CAST(published_last AS text), platform.code, status, embargo,
                  access_type, start_date, CAST(start_on AS text), end_date, depth, note
           FROM package_title JOIN resource ON resource.id = resource_id JOIN platform ON platform.id = platform_id
           JOIN coverage ON package_title_id = package_title.id ORDER BY resource.kind"""
    ) == [
        ("monograph", {"und": "A Book"}, "2009", "2009-12-31", *place, None, "free", None, None, None, None, None),
        (
            "serial",
            {"und": "Journal of Proof 1"},
            None,
            None,
            *place,
            "P1Y",
            "paid",
            *("1999", "1999-01-01", None),
            *told,
        ),
    ]
    assert await ask("SELECT name, role FROM contributor") == [("Ada", "author")]
    assert await ask("SELECT search @@ to_tsquery('simple', 'proof') FROM resource WHERE kind = 'serial'") == [True]
    assert await ask("SELECT value FROM epoch") == [2]


async def test_the_same_list_again_changes_nothing_and_says_so(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    path = titles(journal(1), journal(2, embargo_info="2014-07-29"), journal(3) | {"publication_title": ""})
    first = await load(science, path)
    before = await ask("SELECT value FROM epoch")
    again = await load(science, path)
    assert first.changed
    assert not again.changed
    assert again.counts == {"read": 3, "loaded": 2, "rejected": 1, "unchanged": 2}
    assert again.tally == first.tally
    assert await ask("SELECT value FROM epoch") == before
    assert await ask("SELECT status, actor FROM import_run") == [("done", "cli:tester")] * 2
    assert await ask("SELECT line FROM import_row") == []


async def test_rows_of_one_title_are_its_coverage_statements_in_order(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    old = journal(1, date_first_issue_online="1900", date_last_issue_online="1950")
    new = journal(1, date_first_issue_online="1990", access_type="F")
    outcome = await load(science, titles(old, new, old))
    assert await ask("SELECT position, start_date, end_date, access_type FROM coverage ORDER BY position") == [
        (0, "1900", "1950", "paid"),
        (1, "1990", None, "free"),
    ]
    assert ("note", Reason.ROW_TWICE.value, 1) in outcome.tally


async def test_a_newer_list_changes_coverage_and_addresses_and_keeps_ids(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    await load(science, titles(journal(1), journal(2)))
    before = await ask("SELECT id, resource_id FROM package_title ORDER BY title_id")
    outcome = await load(
        science, titles(journal(1, date_last_issue_online="2020"), journal(2, title_url="https://new.example/2"))
    )
    assert outcome.counts == {"read": 2, "loaded": 2, "changed": 2}
    assert await ask("SELECT id, resource_id FROM package_title ORDER BY title_id") == before
    assert await ask("SELECT end_date FROM coverage WHERE end_date IS NOT NULL") == ["2020"]
    assert await ask("SELECT url FROM package_title WHERE title_id = 'jp2'") == ["https://new.example/2"]


async def test_a_title_that_a_newer_list_lacks_is_removed_told_and_comes_back(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    whole = titles(journal(1), journal(2))
    await load(science, whole)
    outcome = await load(science, titles(journal(1)))
    assert outcome.counts["removed"] == 1
    assert [(e.value, e.reason) for e in outcome.entries] == [("jp2", "title_gone: Journal of Proof 2")]
    assert await ask("SELECT status FROM package_title WHERE title_id = 'jp2'") == ["removed"]
    assert (await load(science, whole)).counts["changed"] == 1
    assert await ask("SELECT DISTINCT status FROM package_title") == ["current"]


async def test_a_partial_list_and_a_refused_row_remove_nothing(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    await load(science, titles(journal(1), journal(2)))
    await load(science, titles(journal(1), journal(2, publication_title="")))
    assert await ask("SELECT DISTINCT status FROM package_title") == ["current"]
    partial = TitleList(science.package, science.provider, science.platform, partial=True)
    await load(partial, titles(journal(3)))
    assert await ask("SELECT DISTINCT status FROM package_title") == ["current"]
    assert await ask("SELECT count(*) FROM package_title") == [3]


async def test_a_list_for_one_platform_leaves_another_platforms_titles_alone(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    await load(science, titles(journal(1), journal(2)))
    await load(TitleList(science.package, science.provider, "Mirror"), titles(journal(1)))
    assert await ask("SELECT count(*) FROM package_title WHERE status = 'current'") == [3]
    assert await ask("SELECT count(*) FROM resource") == [2]


async def test_lists_without_a_common_title_id_meet_by_their_numbers(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    await load(science, titles(journal(1)))
    other = journal(1, title_id="other-1", print_identifier=issn(1), online_identifier="")
    outcome = await load(TitleList("Other", "Elsewhere"), titles(other | {"publication_title": "JOURNAL of proof: 1."}))
    assert "resources_new" not in outcome.counts
    assert await ask("SELECT count(*) FROM resource") == [1]
    assert sorted(await ask("SELECT namespace FROM resource_identifier")) == ["eissn", "issn"]
    assert await ask("SELECT title FROM resource") == [{"und": "Journal of Proof 1"}]


async def test_different_titles_that_share_an_issn_stay_apart_and_that_is_told(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    successor = journal(1, publication_title="Proceedings of Proof", title_id="pp")
    await load(science, titles(journal(1)))
    outcome = await load(TitleList("Other", "Elsewhere"), titles(successor))
    assert await ask("SELECT count(*) FROM resource") == [2]
    assert [(e.reason, e.severity) for e in outcome.entries] == [("identifier_shared: Journal of Proof 1", "note")]


async def test_successive_titles_under_one_title_id_stay_apart(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    path = titles(journal(1), journal(1, publication_title="Proof Quarterly", online_identifier=issn(2)))
    await load(science, path)
    assert await ask("SELECT count(*) FROM resource") == [2]
    assert await ask("SELECT title_id FROM package_title") == ["jp1", "jp1"]
    assert not (await load(science, path)).changed


async def test_one_resource_under_two_title_ids_is_one_title_with_both_coverages(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    path = titles(journal(1), journal(2), journal(1, title_id="again", date_first_issue_online="2005"))
    outcome = await load(science, path)
    assert await ask("SELECT title_id FROM package_title ORDER BY title_id") == ["jp1", "jp2"]
    assert await ask("SELECT count(*) FROM coverage") == [3]
    assert Reason.ROW_TWICE in codes(outcome)
    assert not (await load(science, path)).changed


async def test_titles_without_numbers_are_never_merged_by_name_alone(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    nameless = {"publication_title": "Fluide glacial", "publication_type": "monograph"}
    path = titles(*({**nameless, "title_id": f"f{number}"} for number in range(5)))
    await load(science, path)
    assert await ask("SELECT count(*) FROM resource") == [5]
    await load(TitleList("Other", "Elsewhere"), path)
    assert await ask("SELECT count(*) FROM resource") == [10]


async def test_a_book_and_a_journal_with_one_doi_stay_apart(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    named = {"publication_title": "Proof", "identifiers": "doi:10.1234/x"}
    serial, book = named | {"title_id": "s"}, named | {"title_id": "b", "publication_type": "monograph"}
    await load(science, titles(serial, book, extra=("identifiers",)))
    assert sorted(await ask("SELECT kind FROM resource")) == ["monograph", "serial"]


async def test_a_corrected_title_renames_its_resource_only_if_no_other_package_has_it(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    await load(science, titles(journal(1), journal(2)))
    await load(TitleList("Other", "Elsewhere"), titles(journal(2)))
    outcome = await load(
        science, titles(journal(1, publication_title="Journal of Proofs"), journal(2, publication_title="Proofreading"))
    )
    assert [e.reason for e in outcome.entries] == [
        "title_differs: Journal of Proof 1",
        "title_differs: Journal of Proof 2",
    ]
    assert sorted(await ask("SELECT title->>'und' FROM resource")) == ["Journal of Proof 2", "Journal of Proofs"]
    assert await ask("SELECT count(*) FROM resource WHERE search @@ to_tsquery('simple', 'journal & proof')") == [2]
    assert await ask("SELECT DISTINCT status FROM package_title") == ["current"]


async def test_a_title_id_that_now_means_another_title_is_another_title(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    await load(science, titles(journal(1)))
    await load(science, titles(journal(2, title_id="jp1")))
    assert sorted(await ask("SELECT status FROM package_title")) == ["current", "removed"]
    assert await ask("SELECT count(*) FROM resource") == [2]


async def test_open_access_ends_when_the_list_says_no_longer(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    extra = ("open_access",)
    await load(science, titles(journal(1, open_access="yes"), extra=extra))
    assert await ask("SELECT open_access FROM resource") == [True]
    await load(science, titles(journal(1)))
    assert await ask("SELECT open_access FROM resource") == [True]
    await load(science, titles(journal(1, open_access="no"), extra=extra))
    assert await ask("SELECT open_access FROM resource") == [False]


async def test_a_journal_knows_the_title_that_continues_it(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    await load(science, titles(journal(1), journal(2, preceding_publication_title_id="jp1")))
    assert await ask(
        "SELECT later.title->>'und' FROM resource JOIN resource AS later ON later.id = resource.succeeded_by"
    ) == ["Journal of Proof 2"]


async def test_a_members_collection_belongs_to_the_member(load: Load, titles: Titles, ask: Ask, session: Any) -> None:
    outcome = await load(TitleList("Scrolls", "member:lzu"), titles(journal(1)))
    assert outcome.refused
    assert outcome.refused.reason is Reason.UNKNOWN_MEMBER
    assert outcome.exit_code == 2
    assert await ask("SELECT count(*) FROM package") == [0]
    assert await ask("SELECT status, refusal FROM import_run") == [("refused", "unknown_member")]


async def test_contributors_and_subjects_follow_the_only_list_that_names_them(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    extra = ("contributors", "subjects")
    await load(science, titles(journal(1, contributors="Ada|editor;Ben", subjects="数学|Mathematics"), extra=extra))
    assert await ask("SELECT name, role FROM contributor ORDER BY position") == [("Ada", "editor"), ("Ben", None)]
    outcome = await load(science, titles(journal(1, contributors="Cyd|editor", subjects="Logic"), extra=extra))
    assert outcome.counts["resources_changed"] == 1
    assert await ask("SELECT name FROM contributor") == ["Cyd"]
    assert await ask("SELECT code FROM subject JOIN resource_subject ON subject_id = subject.id") == ["logic"]
    assert await ask("SELECT search @@ to_tsquery('simple', 'cyd') FROM resource") == [True]


async def test_an_unknown_contributing_member_is_told_and_the_title_loads(
    load: Load, titles: Titles, science: TitleList, ask: Ask
) -> None:
    outcome = await load(science, titles(journal(1, contributed_by="nobody"), extra=("contributed_by",)))
    assert [(e.column, e.value, e.reason) for e in outcome.entries] == [("contributed_by", "nobody", "unknown_member")]
    assert outcome.exit_code == 1
    assert await ask("SELECT contributed_by FROM resource") == [None]


@pytest.mark.parametrize("names", [{"zh": "科学", "en": "Science"}])
async def test_a_package_can_be_named_in_two_languages(
    load: Load, titles: Titles, science: TitleList, ask: Ask, names: dict[str, str]
) -> None:
    path = titles(journal(1))
    await load(science, path)
    await load(TitleList(science.package, science.provider, science.platform, names), path)
    assert await ask("SELECT name FROM package") == [names]
