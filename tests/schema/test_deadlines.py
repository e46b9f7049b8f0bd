"""Days to come of contracts: what staff are warned of before it passes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from api import database as edge
from domain import deadlines
from models.licence import UsageLimit
from models.vocabulary import LimitKind, NoticeUnit
from schema.kit.ids import decode
from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, day

ASKED = (
    "query($within: Int!) { deadlines(within: $within) { kind on daysLeft agreement { name } message(lang: LANG) } }"
)


@pytest.fixture
def desk(house: House, admin: Person) -> Desk:
    return Desk(admin, house)


async def kinds(person: Person, within: int = 90) -> list[tuple[str, str]]:
    found = await person.ask(ASKED.replace("LANG", '"en"'), within=within)
    return [(one["kind"], one["on"]) for one in found["deadlines"]]


async def concluded(desk: Desk, *periods: dict[str, str]) -> tuple[str, str]:
    licence = await desk.licence()
    term = await desk.term(licence)
    await desk.do("licenceActivate", licence, id=licence)
    await desk.concluded(licence, periods=list(periods))
    return licence, term


async def test_the_last_day_to_cancel_is_entered_or_follows_from_the_notice(desk: Desk) -> None:
    end = datetime.now(UTC).date() + timedelta(100)
    licence, _ = await concluded(desk, {"startDate": "2020-01-01", "endDate": end.isoformat()})
    assert await kinds(desk.person) == []
    notice = {"licence": licence, "kind": "NOTICE", "amount": "30", "unit": "DAYS"}
    made = await desk.do("limitSet", licence, **notice)
    assert await kinds(desk.person) == [("CANCEL", day(70))]
    assert await kinds(desk.person, 69) == []
    await desk.do("limitSet", licence, licence=licence, id=made["limit"]["id"], amount="3", unit="MONTHS")
    month = (end.month - 4) % 12 + 1
    (told,) = await kinds(desk.person)
    assert date.fromisoformat(told[1]).month == month, "three months before, by the calendar"
    assert await kinds(desk.person, 100) == [told, ("PERIOD_ENDS", day(100))]


async def test_what_was_entered_for_the_period_comes_before_the_notice(desk: Desk) -> None:
    period = {"startDate": "2020-01-01", "endDate": day(80), "cancelBy": day(20), "graceUntil": day(85)}
    licence, _ = await concluded(desk, period)
    await desk.do("limitSet", licence, licence=licence, kind="NOTICE", amount="1", unit="WEEKS")
    assert await kinds(desk.person) == [("CANCEL", day(20)), ("PERIOD_ENDS", day(80)), ("GRACE_ENDS", day(85))]
    found = await desk.person.ask(ASKED.replace("LANG", '"en"'), within=30)
    (one,) = found["deadlines"]
    assert (one["daysLeft"], one["agreement"]["name"]) == (20, "A deal")
    assert one["message"].startswith("“A deal” can be cancelled until")
    chinese = (await desk.person.ask(ASKED.replace("LANG", '"zh"'), within=30))["deadlines"][0]["message"]
    assert "还有 20 天" in chinese


async def test_of_several_notices_the_longest_decides_whichever_level_says_it(desk: Desk) -> None:
    frame = await desk.signed(code="frame")
    child = await desk.licence(code="child", parent=frame)
    await desk.term(child)
    await desk.do("licenceActivate", child, id=child)
    await desk.concluded(child, periods=[{"startDate": "2020-01-01", "endDate": day(100)}])
    for licence, amount, last in ((frame, "30", 70), (child, "60", 40), (child, "20", 40), (frame, "90", 10)):
        await desk.do("limitSet", licence, licence=licence, kind="NOTICE", amount=amount, unit="DAYS")
        assert await kinds(desk.person) == [("CANCEL", day(last))]


async def test_what_was_ended_for_a_day_to_come_is_told_until_then(desk: Desk) -> None:
    licence, term = await concluded(desk, {"startDate": "2020-01-01", "endDate": "2090-12-31"})
    made = await desk.do("amendmentSet", licence, licence=licence, number="1", effectiveOn=day(25), replaces=[term])
    await desk.do("amendmentActivate", licence, id=made["amendment"]["id"])
    await desk.do("licenceTerminate", licence, id=licence, on=day(30))
    assert await kinds(desk.person) == [("AMENDMENT_TAKES_EFFECT", day(25)), ("LICENCE_ENDS", day(30))]
    agreement = next(key for key in desk.versions if key != licence)
    await desk.do("agreementClose", agreement, id=agreement, on=day(20))
    assert await kinds(desk.person) == [("PERIOD_ENDS", day(20))], "nothing of it is left for what comes later"


async def closed(desk: Desk, code: str, *periods: dict[str, str], on: int) -> list[tuple[str, str]]:
    """The days of an agreement that is closed so many days from now."""
    licence = await desk.licence(code=code)
    await desk.term(licence)
    await desk.do("licenceActivate", licence, id=licence)
    agreement = await desk.concluded(licence, code=code, periods=list(periods))
    await desk.do("agreementClose", agreement, id=agreement, on=day(on))
    return await kinds(desk.person)


async def test_an_agreement_that_closes_ends_its_period(desk: Desk) -> None:
    now = {"startDate": "2020-01-01", "endDate": day(40), "graceUntil": day(60), "cancelBy": day(15)}
    assert await closed(desk, "within", now, on=20) == [("PERIOD_ENDS", day(20))]


async def test_an_agreement_that_closes_in_its_grace_ends_that(desk: Desk) -> None:
    now = {"startDate": "2020-01-01", "endDate": day(40), "graceUntil": day(60)}
    assert await closed(desk, "grace", now, on=50) == [("PERIOD_ENDS", day(40)), ("GRACE_ENDS", day(50))]


async def test_a_period_that_begins_after_the_closing_does_not_end_and_follows_none(desk: Desk) -> None:
    now, then = {"startDate": "2020-01-01", "endDate": day(20)}, {"startDate": day(21), "endDate": day(80)}
    assert await closed(desk, "between", now, then, on=20) == [("PERIOD_ENDS", day(20))]


async def test_an_agreement_that_closes_in_a_later_period_ends_then(desk: Desk) -> None:
    now, then = {"startDate": "2020-01-01", "endDate": day(20)}, {"startDate": day(21), "endDate": day(80)}
    assert await closed(desk, "later", now, then, on=30) == [("PERIOD_ENDS", day(30))]


async def test_a_period_that_another_follows_does_not_end_anything(desk: Desk) -> None:
    await concluded(
        desk,
        {"startDate": "2020-01-01", "endDate": day(10)},
        {"startDate": day(11), "endDate": day(400)},
    )
    assert await kinds(desk.person) == []


@pytest.mark.parametrize(
    ("later", "english", "chinese"),
    [
        ([], "left); so far no other period follows at once.", "目前没有紧接其后的期限"),
        ([{"startDate": day(81), "endDate": day(400)}], "left); otherwise it goes on.", "否则将继续"),
    ],
)
async def test_it_goes_on_uncancelled_only_where_another_period_follows(
    desk: Desk, later: list[dict[str, str]], english: str, chinese: str
) -> None:
    await concluded(desk, {"startDate": "2020-01-01", "endDate": day(80), "cancelBy": day(20)}, *later)
    for lang, said in (("en", english), ("zh", chinese)):
        (one,) = (await desk.person.ask(ASKED.replace("LANG", f'"{lang}"'), within=30))["deadlines"]
        assert said in one["message"]


async def test_what_has_passed_is_no_deadline(desk: Desk) -> None:
    period = {"startDate": "2020-01-01", "endDate": day(10), "cancelBy": day(-1)}
    await concluded(desk, period)
    assert await kinds(desk.person) == [("PERIOD_ENDS", day(10))]


async def test_ends_of_licences_and_amendments_are_told(desk: Desk) -> None:
    licence, term = await concluded(desk, {"startDate": "2020-01-01", "endDate": "2090-12-31"})
    made = await desk.do("amendmentSet", licence, licence=licence, number="1", effectiveOn=day(5), replaces=[term])
    assert await kinds(desk.person) == [], "a draft changes nothing"
    await desk.do("amendmentActivate", licence, id=made["amendment"]["id"])
    await desk.do("licenceUpdate", licence, id=licence, endDate=day(60))
    assert await kinds(desk.person) == [("AMENDMENT_TAKES_EFFECT", day(5)), ("LICENCE_ENDS", day(60))]


async def test_staff_see_their_own_and_nobody_else_any(
    desk: Desk, house: House, librarian: Person, outsider: Person
) -> None:
    await concluded(desk, {"startDate": "2020-01-01", "endDate": day(10)})
    assert await kinds(outsider) == []
    assert await kinds(librarian) == [], "the agreement is beta's; she is alpha's"
    asked = "query($member: ID!) { deadlines(member: $member) { kind } }"
    beta = await desk.person.ask(asked, member=house.id("Member", "beta"))
    alpha = await desk.person.ask(asked, member=house.id("Member", "alpha"))
    assert (beta["deadlines"], alpha["deadlines"]) == ([{"kind": "PERIOD_ENDS"}], [])
    for nothing in (house.id("Licence", "big deal"), "garbage"):
        assert (await desk.person.ask(asked, member=nothing))["deadlines"] == []


async def test_the_worker_warns_in_the_log(desk: Desk, house: House, caplog: pytest.LogCaptureFixture) -> None:
    await concluded(desk, {"startDate": "2020-01-01", "endDate": day(10), "cancelBy": day(3)})
    async with edge.as_everybody(house.app.state.sessions)() as session:
        await deadlines.warn(session)
    warned = [record.getMessage() for record in caplog.records if record.name == "domain.deadlines"]
    cancel, ends = warned
    assert cancel.startswith("“A deal” can be cancelled until")
    assert ends.startswith("The period of “A deal” ends on")


async def test_a_notice_of_ages_keeps_nobody_from_the_other_days(desk: Desk, house: House) -> None:
    """Files that were taken before notice was bounded may have left one."""
    licence, _ = await concluded(desk, {"startDate": "2020-01-01", "endDate": day(10)})
    async with edge.as_everybody(house.app.state.sessions)() as session:
        key = decode(licence, "Licence")
        assert key
        for unit in NoticeUnit:
            ages = UsageLimit(licence_id=key, kind=LimitKind.NOTICE, amount=Decimal(9_999_999), unit=unit)
            session.add(ages)
    assert await kinds(desk.person) == [("PERIOD_ENDS", day(10))]
    async with edge.as_everybody(house.app.state.sessions)() as session:
        await deadlines.warn(session)


async def test_more_than_are_told_at_a_time_are_reached(
    desk: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "MOST", 2)
    await concluded(desk, {"startDate": "2020-01-01", "endDate": day(10), "graceUntil": day(12), "cancelBy": day(3)})
    asked = "query($skip: Int!) { deadlines(skip: $skip) { kind } }"
    pages = [(await desk.person.ask(asked, skip=skip))["deadlines"] for skip in (0, 2, 3)]
    assert [[one["kind"] for one in page] for page in pages] == [["CANCEL", "PERIOD_ENDS"], ["GRACE_ENDS"], []]
    async with edge.as_everybody(house.app.state.sessions)() as session:
        told = await deadlines.told(session, datetime.now(UTC).date(), 90)
    assert len(told) == 3, "the log and the command leave nothing out"
