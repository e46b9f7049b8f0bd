"""A licence's card says of every kind of reader, place and action what decisions say of them."""

from datetime import UTC, date, datetime
from itertools import product
from typing import Any

from hypothesis import given, settings
from sqlalchemy.ext.asyncio import AsyncSession

from domain.principal import Membership, Principal
from domain.rights import compilation, contracts
from domain.rights.answer import Context, Refused, Use
from domain.rights.card import Card, Cell, Verdict, card
from domain.rights.checks import READING
from domain.rights.decide import decide
from domain.rights.facts import Place
from domain.rights.order import Failure
from domain.rights.people import alone
from domain.rights.qualifiers import Person
from domain.rights.terms import Permitted, Reading, read
from models.vocabulary import AccessReason, Action, Affiliation
from tests.rights import world
from tests.rights.random_worlds import DAYS, Asking, worlds
from tests.rights.test_three_forms import FIXED, SETTINGS, Worlds, loaded

__all__ = ["loaded"]

DAY = date(2026, 11, 28)
CLASSES = {"law": frozenset({"urn:law"}), "medicine": frozenset({"urn:medicine", "urn:common-lib-terms"})}
ELSEWHERE = "ZZ"
YES = {Verdict.YES, Verdict.CONDITIONAL, Verdict.SILENT_YES}


def cell(of: Card, reader: str, place: Place, action: Action, user_class: str | None = None) -> Cell:
    """The only one; of a class that makes no difference that of its affiliation."""
    found = [row for row in of.rows if (reader, user_class) in row.readers and place in row.places]
    if not found and user_class:
        assert not any((reader, user_class) in row.readers for row in of.rows)
        return cell(of, reader, place, action)
    (row,) = found
    return next(one for one in row.cells if one.action is action)


class Carded(Worlds):
    async def _check(self, told: dict[str, Any], asked: list[Asking]) -> None:
        async with self.maker() as session:
            await session.execute(SETTINGS)
            made = await world.load(session, told)
            for name in told["licences"]:
                licence = await contracts.contract(session, made.id("licence", name))
                for day in (DAYS[0], DAYS[-1]):
                    for_every_reader(licence, day)
            await session.rollback()


def for_every_reader(licence: Any, day: date) -> None:
    defaults = frozenset({Action.PRINT})
    of = card(licence, day, defaults, CLASSES)
    classes: list[tuple[str | None, frozenset[str]]] = [(None, frozenset()), *CLASSES.items()]
    for reader, (code, uris) in product(Affiliation, classes):
        for place in Place:
            for action in Action:
                found = cell(of, reader, place, action, code)
                for territory in ("CN", "FR", ELSEWHERE):
                    person = Person(alone(reader), uris, place is Place.ON_SITE, territory)
                    said = read(licence, action, person, Use(), day=day, gate=False)
                    viewed = read(licence, Action.VIEW, person, Use(), day=day, gate=False)
                    permitted = granted(licence, action, said, viewed if action in defaults else None)
                    within = territory in found.territories if found.territories else territory not in found.outside
                    assert permitted is (found.verdict in YES and within)
                    if found.verdict is Verdict.SILENT_YES:
                        assert said is None
                    if territory == ELSEWHERE and found.verdict not in YES:
                        decides = viewed if said is None and action in defaults else said
                        assert (found.verdict is Verdict.SILENT_NO) is silent(decides)


def granted(licence: Any, action: Action, said: Reading | None, viewed: Reading | None) -> bool:
    """Nothing is granted to a number of readers at a time, for they aren't counted."""
    found = viewed if said is None else said
    if not isinstance(found, Permitted):
        return False
    if action not in READING:
        return said is None or found.limit is None
    return found.limit is None and not licence.seats


def silent(said: Reading | None) -> bool:
    return said is None or (isinstance(said, Failure) and said.reason is AccessReason.TERM_SILENT)


@settings(FIXED, max_examples=60)
@given(told=worlds())
def test_the_card_says_what_decisions_say(loaded: Worlds, told: dict[str, Any]) -> None:
    Carded(loaded.runner, loaded.maker).check(told, [])


async def of(tables: AsyncSession, *written: dict[str, Any], parent: dict[str, Any] | None = None) -> Card:
    licences: dict[str, Any] = {"above": {"terms": [parent]}} if parent else {}
    licences["deal"] = {"terms": list(written), **({"parent": "above"} if parent else {})}
    made = await world.load(
        tables, {"user_classes": {code: sorted(uris) for code, uris in CLASSES.items()}, "licences": licences}
    )
    licence = await contracts.contract(tables, made.id("licence", "deal"))
    return card(licence, DAY, frozenset({Action.PRINT}), CLASSES)


VIEW = {"action": "view", "status": "permitted_explicit"}


async def test_readers_to_whom_the_same_is_said_stand_in_one_row(tables: AsyncSession) -> None:
    told = await of(
        tables,
        {**VIEW, "affiliations": ["student", "faculty"], "clause": "3.1"},
        {**VIEW, "on_site_only": True, "clause": "3.2"},
    )
    others = ("staff", "employee", "member", "affiliate", "alum", "library-walk-in")
    assert [(tuple(one.affiliation for one in row.readers), row.places) for row in told.rows] == [
        (("student", "faculty"), (Place.ON_SITE, Place.OFF_SITE)),
        (others, (Place.ON_SITE,)),
        (others, (Place.OFF_SITE,)),
    ]


async def test_a_cell_tells_verdict_clause_and_conditions(tables: AsyncSession) -> None:
    told = await of(
        tables,
        {**VIEW, "clause": "3.1"},
        {"action": "download", "status": "permitted_explicit", "purposes": ["research"], "clause": "3.2"},
        {"action": "course_pack", "status": "permitted_explicit", "clause": "4"},
        {"action": "course_pack", "status": "prohibited_explicit", "recipients": ["commercial"], "clause": "5"},
        {"action": "share", "status": "prohibited_explicit", "clause": "6"},
        {"action": "archive", "status": "permitted_explicit", "territories": ["FR"], "clause": "7"},
        {"action": "ai_use", "status": "permitted_explicit", "concurrent_users": 3, "clause": "8"},
    )
    (row,) = told.rows
    said = {one.action: one for one in row.cells}
    assert said[Action.VIEW].verdict is Verdict.YES
    assert [one.code for one in said[Action.DOWNLOAD].conditions] == ["purpose_as_licensed"]
    assert said[Action.DOWNLOAD].verdict is Verdict.CONDITIONAL
    assert (said[Action.COURSE_PACK].verdict, len(said[Action.COURSE_PACK].except_for)) == (Verdict.YES, 1)
    assert len(said[Action.COURSE_PACK].clauses) == 2
    assert said[Action.SHARE].verdict is Verdict.NO
    assert (said[Action.ARCHIVE].verdict, said[Action.ARCHIVE].territories) == (Verdict.CONDITIONAL, ("FR",))
    assert (said[Action.AI_USE].verdict, said[Action.AI_USE].seats) == (Verdict.NO, 3)
    assert said[Action.PRINT].verdict is Verdict.SILENT_YES
    assert said[Action.TEXT_AND_DATA_MINE].verdict is Verdict.SILENT_NO
    assert all(
        len(one.clauses) == (0 if one.verdict.value.startswith("silent") else 1)
        for one in row.cells
        if not one.except_for
    )


async def test_a_class_of_users_is_named_only_where_it_makes_a_difference(tables: AsyncSession) -> None:
    told = await of(
        tables,
        {**VIEW, "affiliations": ["student"]},
        {**VIEW, "affiliations": ["student", "faculty"], "user_classes": ["law"], "clause": "2"},
    )
    readers = {reader for row in told.rows for reader in row.readers}
    assert {one for one in readers if one.user_class} == {("faculty", "law")}
    assert cell(told, "faculty", Place.OFF_SITE, Action.VIEW, "law").verdict is Verdict.YES
    assert cell(told, "faculty", Place.OFF_SITE, Action.VIEW).verdict is Verdict.NO


async def test_a_parent_that_narrows_is_on_the_card_of_its_child(tables: AsyncSession) -> None:
    told = await of(tables, {**VIEW, "clause": "1"}, parent={**VIEW, "affiliations": ["student"], "clause": "9"})
    assert cell(told, "student", Place.OFF_SITE, Action.VIEW).verdict is Verdict.YES
    assert cell(told, "alum", Place.OFF_SITE, Action.VIEW).verdict is Verdict.NO


async def test_a_class_that_nobody_defined_is_refused_as_decisions_do(tables: AsyncSession) -> None:
    told = await of(tables, {**VIEW, "user_classes": ["nobody defined this"]})
    assert {one.verdict for row in told.rows for one in row.cells if one.action is Action.VIEW} == {Verdict.NO}


async def test_where_countries_are_told_apart_the_card_says_in_which(tables: AsyncSession) -> None:
    told = await of(
        tables,
        {**VIEW, "territories": ["FR"], "clause": "1"},
        {**VIEW, "territories": ["CN"], "clause": "2"},
        {"action": "share", "status": "permitted_explicit", "clause": "3"},
        {"action": "share", "status": "prohibited_explicit", "territories": ["FR"], "clause": "4"},
        {"action": "download", "status": "permitted_explicit", "territories": ["CN"], "clause": "5"},
        {"action": "download", "status": "permitted_interpreted", "clause": "6"},
        {"action": "archive", "status": "prohibited_explicit", "territories": ["FR"], "clause": "7"},
        {"action": "archive", "status": "prohibited_interpreted", "clause": "8"},
    )
    (row,) = told.rows
    said = {one.action: one for one in row.cells}
    assert (said[Action.VIEW].verdict, said[Action.VIEW].territories) == (Verdict.CONDITIONAL, ("CN", "FR"))
    assert (said[Action.SHARE].verdict, said[Action.SHARE].outside) == (Verdict.CONDITIONAL, ("FR",))
    assert (said[Action.DOWNLOAD].verdict, len(said[Action.DOWNLOAD].clauses)) == (Verdict.YES, 2)
    assert (said[Action.DOWNLOAD].territories, said[Action.DOWNLOAD].outside) == ((), ())
    assert said[Action.ARCHIVE].verdict is Verdict.NO


async def test_only_prohibitions_that_could_hold_are_told_beside_a_yes(tables: AsyncSession) -> None:
    sale = {"action": "view", "purposes": ["sale"]}
    told = await of(
        tables,
        {**VIEW, "clause": "1"},
        {**sale, "status": "prohibited_explicit", "affiliations": ["alum"], "clause": "2"},
        {**sale, "status": "prohibited_explicit", "except_as_permitted": True, "clause": "3"},
        {**sale, "status": "prohibited_interpreted", "clause": "4"},
        {**sale, "status": "silent", "clause": "5"},
        {**sale, "status": "permitted_explicit", "clause": "6"},
        {"action": "share", "status": "permitted_interpreted", "clause": "7"},
        {"action": "share", "status": "prohibited_explicit", "methods": ["fax"], "clause": "8"},
        {"action": "share", "status": "prohibited_interpreted", "parts": ["10%"], "clause": "9"},
    )
    assert len(cell(told, "alum", Place.OFF_SITE, Action.VIEW).except_for) == 1
    student = cell(told, "student", Place.OFF_SITE, Action.VIEW)
    assert (student.except_for, len(student.clauses)) == ((), 1)
    assert len(cell(told, "student", Place.OFF_SITE, Action.SHARE).except_for) == 2


async def test_what_only_prohibits_some_uses_is_told_apart_from_what_prohibits_all(tables: AsyncSession) -> None:
    told = await of(
        tables,
        {"action": "share", "status": "prohibited_explicit", "clause": "1"},
        {"action": "print", "status": "prohibited_explicit", "purposes": ["sale"], "clause": "2"},
    )
    student = {action: cell(told, "student", Place.OFF_SITE, action) for action in Action}
    assert [student[action].verdict for action in (Action.SHARE, Action.PRINT, Action.ARCHIVE)] == [
        Verdict.NO,
        Verdict.SILENT_NO,
        Verdict.SILENT_NO,
    ]
    assert [len(student[action].clauses) for action in (Action.SHARE, Action.PRINT, Action.ARCHIVE)] == [1, 1, 0]


COUNTED: dict[str, dict[str, Any]] = {
    "by a term": {"terms": [{**VIEW, "concurrent_users": 3, "clause": "1"}]},
    "as a whole": {"terms": [VIEW], "limits": {"concurrent_users": 3}},
    "for each member": {"terms": [VIEW], "limits": {"concurrent_users_per_member": 3}},
    "by its parent": {"terms": [VIEW], "parent": "above"},
}


async def test_a_card_agrees_with_decisions_that_refuse_until_readers_are_counted(tables: AsyncSession) -> None:
    packages = {"journals": {"provider": "Verlag", "titles": {"Annals": {"coverage": [{"start": 2000}]}}}}
    agreement = {"licence": "deal", "participants": ["lzu"], "entitlements": ["journals"]}
    for name, deal in COUNTED.items():
        above = {"terms": [], "limits": {"concurrent_users": 3}}
        licences = {**({"above": above} if "parent" in deal else {}), "deal": deal}
        saved = await tables.begin_nested()
        made = await world.load(
            tables,
            {"members": {"lzu": {}}, "packages": packages, "licences": licences, "agreements": {"a": agreement}},
        )
        grants = await compilation.compile(tables)
        reader = Membership(made.id("member", "lzu"), frozenset({Affiliation.STUDENT}))
        asked = Principal((reader,)), made.id("resource", "Annals"), Action.VIEW
        answer = decide(grants, *asked, Context(), datetime.now(UTC))
        assert isinstance(answer, Refused), name
        assert answer.reason is AccessReason.LIMIT_REACHED, name
        told = card(await contracts.contract(tables, made.id("licence", "deal")), DAY, frozenset(), {})
        found = cell(told, "student", Place.OFF_SITE, Action.VIEW)
        assert (found.verdict, found.seats) == (Verdict.NO, 3), name
        assert found.clauses == tuple(key for key in (answer.clause_id,) if key), name
        await saved.rollback()


async def test_what_is_asked_in_one_country_is_told_of_all(tables: AsyncSession) -> None:
    told = await of(
        tables,
        {**VIEW, "territories": ["CN"], "clause": "1"},
        {**VIEW, "status": "permitted_conditional", "territories": ["DE"], "clause": "2"},
        {**VIEW, "purposes": ["research"], "territories": ["FR"], "clause": "3"},
    )
    found = cell(told, "student", Place.ON_SITE, Action.VIEW)
    assert (found.verdict, found.territories) == (Verdict.CONDITIONAL, ("CN", "DE", "FR"))
    assert {one.code for one in found.conditions} == {"conditional", "purpose_as_licensed"}
    assert (len(found.terms), len(found.clauses)) == (3, 3)
