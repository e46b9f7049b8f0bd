"""Acts on agreements: what makes one whole, when it opens, how it ends, and what is kept."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.schema.conftest import House, Person
from tests.schema.desk import Desk, day, may, readable


@pytest.fixture
def desk(house: House, admin: Person) -> Desk:
    return Desk(admin, house)


def period(first: str, last: str, **more: Any) -> dict[str, Any]:
    return {"startDate": first, "endDate": last, **more}


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"code": ""}, "BLANK", "code"),
        ({"code": "a deal"}, "CODE_MALFORMED", "code"),
        ({"code": "deal"}, "TAKEN", "code"),
        ({"name": " "}, "BLANK", "name"),
        ({"name": "n" * 501}, "TOO_LONG", "name"),
        ({"holder": "x"}, "NOT_FOUND", "holder"),
        ({"periods": []}, "EMPTY_LIST", "periods"),
        ({"periods": None}, "EMPTY_LIST", "periods"),
        ({"licences": []}, "EMPTY_LIST", "licences"),
        ({"periods": [period("2027-02-01", "2027-01-31")]}, "DATES_REVERSED", "periods.0.endDate"),
        (
            {"periods": [period("2026-01-01", "2026-12-31"), period("2026-12-31", "2027-12-31")]},
            "OVERLAPS",
            "periods.1",
        ),
        (
            {"periods": [period("2026-01-01", "9999-12-31"), period("2030-01-01", "2030-12-31")]},
            "OVERLAPS",
            "periods.1",
        ),
        (
            {"periods": [period("2026-01-01", "2026-12-31", graceUntil="2026-12-31")]},
            "GRACE_EARLY",
            "periods.0.graceUntil",
        ),
        (
            {"periods": [period("2026-01-01", "9999-12-31", graceUntil="9999-12-31")]},
            "GRACE_EARLY",
            "periods.0.graceUntil",
        ),
        ({"periods": [period("2026-01-01", "2026-12-31", cancelBy="2027-01-01")]}, "CANCEL_LATE", "periods.0.cancelBy"),
        ({"periods": [period("2026-01-01", "2026-12-31")] * 101}, "TOO_MANY", "periods"),
        ({"licences": [{"licence": "x"}]}, "NOT_FOUND", "licences.0.licence"),
    ],
)
async def test_an_agreement_that_cant_be_is_refused_with_the_field(
    desk: Desk, wrong: dict[str, Any], code: str, path: str
) -> None:
    assert await desk.refused("agreementCreate", **{"code": "deal-2", "name": "A deal"} | wrong) == (code, path)


async def test_licences_govern_one_at_a_time(desk: Desk) -> None:
    one, other = await desk.licence(code="one"), await desk.licence(code="other")
    twice = [{"licence": one, "endDate": "2026-06-30"}, {"licence": other, "startDate": "2026-06-30"}]
    wanted = {"code": "deal-2", "name": "A deal"}
    assert await desk.refused("agreementCreate", **wanted, licences=twice) == ("OVERLAPS", "licences.1")
    reversed_ = [{"licence": one, "startDate": "2026-07-01", "endDate": "2026-06-30"}]
    refused = await desk.refused("agreementCreate", **wanted, licences=reversed_)
    assert refused == ("DATES_REVERSED", "licences.0.endDate")
    twice[1]["startDate"] = "2026-07-01"
    agreement = await desk.agreement(licences=twice)
    query = "query($id: ID!, $on: Date!) { node(id: $id) { ... on Agreement { licence(on: $on) { code } } } }"
    for on, code in (("2026-06-30", "one"), ("2026-07-01", "other")):
        answer = await desk.person.ask(query, id=agreement, on=on)
        assert answer["node"]["licence"] == {"code": code}


async def test_an_agreement_is_whole_before_it_is_in_force(desk: Desk, house: House) -> None:
    agreement = (await desk.do("agreementCreate", code="deal-2", name="A deal"))["agreement"]
    assert (agreement["status"], agreement["version"], agreement["periods"]) == ("DRAFT", 1, [])
    key = str(agreement["id"])
    licence = await desk.signed()
    for missing, name, more in (
        ("NO_PERIOD_YET", "agreementUpdate", {"id": key, "periods": [period("2020-01-01", "9999-12-31")]}),
        ("NO_LICENCE_YET", "agreementUpdate", {"id": key, "licences": [{"licence": licence}]}),
        (
            "NO_ENTITLEMENT_YET",
            "entitlementGrant",
            {"agreement": key, "target": {"package": house.id("Package", "shelf")}},
        ),
    ):
        assert await desk.refused("agreementActivate", key, id=key) == (missing, "id")
        await desk.do(name, key, **more)
    active = (await desk.do("agreementActivate", key, id=key))["agreement"]
    assert (active["status"], active["periods"][0]["endDate"]) == ("ACTIVE", None)
    assert await desk.refused("agreementActivate", key, id=key) == ("WRONG_STATE", "id")


async def test_nothing_but_a_licence_in_force_governs_an_agreement_in_force(desk: Desk) -> None:
    agreement = await desk.concluded(await desk.signed())
    draft = await desk.licence(code="draft")
    under = {"id": agreement, "licences": [{"licence": draft}]}
    assert await desk.refused("agreementUpdate", agreement, **under) == ("LICENCE_NOT_IN_FORCE", "licences.0.licence")


async def test_other_periods_and_licences_count_at_once(desk: Desk, house: House, outsider: Person) -> None:
    agreement = await desk.concluded(await desk.signed())
    strict = await desk.licence(code="strict")
    await desk.term(strict, affiliations=["FACULTY"])
    await desk.do("licenceActivate", strict, id=strict)
    assert await may(outsider, house) == "LICENCE"
    await desk.do("agreementUpdate", agreement, id=agreement, licences=[{"licence": strict}])
    assert await may(outsider, house) == "USER_CLASS_NOT_AUTHORISED"
    await desk.do("agreementUpdate", agreement, id=agreement, periods=[period("2020-01-01", day(-1))])
    assert await may(outsider, house) == "AGREEMENT_LAPSED"
    changed = await desk.do("agreementUpdate", agreement, id=agreement, name="Renamed")
    assert (changed["agreement"]["name"], changed["agreement"]["periods"][0]["endDate"]) == ("Renamed", day(-1))
    assert await desk.refused("agreementUpdate", agreement, id=agreement, name="Renamed") == ("NOTHING_TO_CHANGE", "")


async def test_grace_goes_on_after_the_end_and_closing_ends_it_too(desk: Desk, house: House, outsider: Person) -> None:
    lapsed = [period("2020-01-01", day(-5), graceUntil=day(5))]
    agreement = await desk.concluded(await desk.signed(), periods=lapsed)
    assert [await may(outsider, house, on=on) for on in (day(), day(5), day(6))] == [
        "LICENCE",
        "LICENCE",
        "AGREEMENT_LAPSED",
    ]
    closed = await desk.do("agreementClose", agreement, id=agreement, on=day(1))
    assert (closed["agreement"]["status"], closed["agreement"]["closedOn"]) == ("CLOSED", day(1))
    assert [await may(outsider, house, on=on) for on in (day(1), day(2))] == ["LICENCE", "AGREEMENT_LAPSED"]


async def test_a_closed_agreement_changes_no_more(desk: Desk, house: House) -> None:
    agreement = await desk.concluded(await desk.signed())
    line = await desk.do(
        "entitlementGrant", agreement, agreement=agreement, target={"package": house.id("Package", "shelf")}
    )
    closing = {"id": agreement}
    assert await desk.refused("agreementClose", agreement, **closing, on="2019-12-31") == ("DATES_REVERSED", "on")
    await desk.do("agreementClose", agreement, **closing, on="2020-01-01")
    beta, target = house.id("Member", "beta"), {"package": house.id("Package", "treasures")}
    attempts: dict[str, dict[str, Any]] = {
        "agreementClose": {**closing, "on": day()},
        "agreementUpdate": {**closing, "name": "Renamed"},
        "agreementActivate": closing,
        "entitlementWithdraw": {"id": line["entitlement"]["id"], "on": day()},
        "participationStart": {"agreement": agreement, "member": beta, "startDate": day()},
        "participationEnd": {"agreement": agreement, "member": beta, "on": day()},
        "entitlementGrant": {"agreement": agreement, "target": target},
    }
    for name, input in attempts.items():
        path = "agreement" if "agreement" in input else "id"
        assert await desk.refused(name, agreement, **input) == ("WRONG_STATE", path), name


async def test_only_an_agreement_in_force_is_closed(desk: Desk) -> None:
    agreement = await desk.agreement()
    assert await desk.refused("agreementClose", agreement, id=agreement, on=day()) == ("WRONG_STATE", "id")


ENDINGS = ["licenceTerminate", "agreementClose", "participationEnd", "entitlementWithdraw"]


async def end(desk: Desk, house: House, name: str, made: dict[str, str], on: str) -> None:
    inputs: dict[str, dict[str, Any]] = {
        "licenceTerminate": {"id": made["licence"]},
        "agreementClose": {"id": made["agreement"]},
        "participationEnd": {"agreement": made["agreement"], "member": house.id("Member", "beta")},
        "entitlementWithdraw": {"id": made["line"]},
    }
    root = made["licence" if name == "licenceTerminate" else "agreement"]
    await desk.do(name, root, **inputs[name], on=on)


@pytest.mark.parametrize("name", ENDINGS)
async def test_what_ends_ends_with_its_last_day_and_what_is_kept_for_ever_stays(
    desk: Desk, house: House, outsider: Person, name: str
) -> None:
    """Design §4, rules 4 and 6."""
    made = await desk.contract(perpetualCoverage=[{"startDate": "2001", "endDate": "2005"}])
    assert [await may(outsider, house, published=year) for year in ("2003", "2015")] == ["PERPETUAL", "LICENCE"]
    await end(desk, house, name, made, day(3))
    assert [await may(outsider, house, on=on, published="2015") for on in (day(3), day(4))] == [
        "LICENCE",
        "OUT_OF_COVERAGE",
    ]
    assert await may(outsider, house, on=day(4), published="2003") == "PERPETUAL"
    assert await readable(outsider) == 2, "today both journals"


@pytest.mark.parametrize("name", ENDINGS)
async def test_an_end_that_has_passed_is_at_once(desk: Desk, house: House, outsider: Person, name: str) -> None:
    made = await desk.contract()
    assert (await may(outsider, house), await readable(outsider)) == ("LICENCE", 2)
    await end(desk, house, name, made, day(-1))
    assert (await may(outsider, house), await readable(outsider)) == ("AGREEMENT_LAPSED", 0)


@pytest.mark.parametrize("name", ENDINGS)
async def test_the_calendars_last_day_ends_nothing_and_breaks_nothing(
    desk: Desk, house: House, outsider: Person, name: str
) -> None:
    """C05: the day after it is no date."""
    made = await desk.contract(startDate="0001-01-01", endDate="2099-01-01")
    if name == "entitlementWithdraw":
        refused = await desk.refused(name, made["agreement"], id=made["line"], on="9999-12-31")
        assert refused == ("ENDS_BEFORE", "on")
    elif name == "participationEnd":
        joined = {"agreement": made["agreement"], "member": house.id("Member", "beta")}
        refused = await desk.refused(name, made["agreement"], **joined, on="9999-12-31")
        assert refused == ("NOTHING_TO_CHANGE", "")
    else:
        await end(desk, house, name, made, "9999-12-31")
    assert [await may(outsider, house, on=on) for on in (day(), "2099-01-01", "2099-01-02")] == [
        "LICENCE",
        "LICENCE",
        "AGREEMENT_LAPSED",
    ]
    assert await readable(outsider) == 2


async def test_grace_to_the_end_of_the_calendar_breaks_nothing(desk: Desk, house: House, outsider: Person) -> None:
    """C05."""
    await desk.concluded(await desk.signed(), periods=[period("0001-01-01", day(-1), graceUntil="9999-12-31")])
    assert [await may(outsider, house, on=on) for on in ("0001-01-01", day(), "9999-12-31")] == [
        "NOT_YET_ACTIVE",
        "LICENCE",
        "LICENCE",
    ], "beta takes part since 2020"


MOVE = "mutation($i: MemberUpdateInput!) { memberUpdate(input: $i) { problems { code } } }"


async def test_a_day_is_each_members_own(desk: Desk, house: House, outsider: Person) -> None:
    """C05: where the last day still runs it is open, and where it is over it isn't."""
    agreement = await desk.concluded(await desk.signed())
    westernmost = datetime.now(ZoneInfo("Etc/GMT+12")).date().isoformat()
    await desk.do("agreementClose", agreement, id=agreement, on=westernmost)
    for version, (zone, expected) in enumerate(
        [("Etc/GMT+12", "LICENCE"), ("Pacific/Kiritimati", "AGREEMENT_LAPSED")], start=1
    ):
        moved = {"id": house.id("Member", "beta"), "version": version, "timeZone": zone}
        assert (await desk.person.ask(MOVE, i=moved))["memberUpdate"]["problems"] == []
        assert await may(outsider, house) == expected
