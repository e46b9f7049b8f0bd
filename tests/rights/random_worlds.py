"""Random consortia and questions for Hypothesis: small, and dense where rules meet."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.principal import Membership, Principal
from domain.rights.answer import Context, Use
from models.vocabulary import Action, Affiliation, PackageTitleStatus, Standing, TermStatus
from tests.rights.world import World, span

MEMBERS = ["pku", "lzu", "sorbonne"]
RESOURCES = ["Annals", "Bulletin", "Codex"]
PROVIDERS = ["Elder", "Younger"]
ACTIONS = [Action.VIEW, Action.DOWNLOAD, Action.INTERLIBRARY_SUPPLY, Action.TEXT_AND_DATA_MINE, Action.COURSE_PACK]
DAYS = [date(2025, 1, 1), date(2025, 6, 30), date(2025, 12, 31), date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 31)]
ASKED_ON = [*DAYS, *DAYS, date(2024, 2, 29), date(2027, 1, 31), date(2027, 2, 1), date.min, date.max]
PARTIAL = [None, "2020", "2024-03", "2025", "2025-12-31", "2026", "2026-07"]
EMBARGOES = [None, None, "P1Y", "R1Y", "R2Y;P6M", "P30D", "R18M", "R400D;P1Y", "P1"]
MOMENTS = [
    datetime(2025, 12, 31, 15, 59, tzinfo=UTC),
    datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 11, 30, tzinfo=UTC),
    datetime(2026, 7, 1, 3, tzinfo=UTC),
]
ZONES = ["UTC", "Asia/Shanghai", "Pacific/Auckland", "America/Los_Angeles"]
URIS = ["urn:law", "urn:medicine", "urn:common-lib-terms"]
COUNTRIES = [None, "CN", "FR"]
STATEMENTS = [
    None,
    "https://creativecommons.org/licenses/by/4.0/",
    "https://creativecommons.org/licenses/by-nc-nd/4.0/",
    "http://rightsstatements.org/vocab/InC/1.0/",
]


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def sometimes(values: st.SearchStrategy[Any], *, of: int = 4) -> st.SearchStrategy[Any]:
    """None, but once in `of` times a value."""
    return seldom(of).flatmap(lambda chosen: values if chosen else st.none())


def seldom(of: int) -> st.SearchStrategy[bool]:
    return st.integers(1, of).map(lambda n: n == of)


def some(values: list[Any], least: int = 1, most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most, unique=True)


always: st.SearchStrategy[dict[str, Any]] = st.just({})
members = st.fixed_dictionaries(
    {
        "country": st.sampled_from(COUNTRIES),
        "zone": st.sampled_from(ZONES),
        "walk_ins": st.booleans(),
        "standing": sometimes(st.sampled_from([s.value for s in Standing]), of=2),
    }
)
statements = st.fixed_dictionaries(
    {
        "start": st.sampled_from(PARTIAL),
        "end": sometimes(st.sampled_from(PARTIAL)),
        "embargo": st.sampled_from(EMBARGOES),
    }
)
kept = st.fixed_dictionaries(
    {
        "start": st.sampled_from(PARTIAL),
        "end": sometimes(st.sampled_from(PARTIAL)),
        "embargo": st.sampled_from(EMBARGOES),
        "subscribed_only": seldom(3),
        "of_one_title": seldom(4),
    }
)
coverages = st.fixed_dictionaries(
    {
        "start": st.sampled_from(PARTIAL),
        "end": sometimes(st.sampled_from(PARTIAL)),
        "embargo": st.sampled_from(EMBARGOES),
        "access": one_of("paid", "paid", "free"),
    }
)
titles = st.fixed_dictionaries(
    {
        "status": st.sampled_from([PackageTitleStatus.CURRENT.value] * 4 + [s.value for s in PackageTitleStatus]),
        "nothing_there": seldom(8),
        "files": one_of(0, 0, 1),
        "coverage": st.just([{}]) | st.lists(coverages, min_size=1, max_size=2) | st.lists(coverages, max_size=2),
    }
)
limits = st.fixed_dictionaries({}, optional=dict.fromkeys(["percent", "pages", "copies"], st.sampled_from([5, 10])))
terms = st.fixed_dictionaries(
    {
        "action": st.sampled_from([Action.VIEW.value] * 3 + [action.value for action in ACTIONS]),
        "status": st.sampled_from([TermStatus.PERMITTED_EXPLICIT.value] * 6 + [status.value for status in TermStatus]),
        "affiliations": sometimes(some([a.value for a in Affiliation], most=4), of=3),
        "user_classes": sometimes(some(["law", "medicine"])),
        "purposes": sometimes(some(["research", "Teaching"]), of=6),
        "recipients": sometimes(some(["academic", "commercial"]), of=6),
        "methods": sometimes(some(["print", "secure"]), of=6),
        "parts": sometimes(some(["10%", "25 %", "one chapter"]), of=6),
        "territories": sometimes(some(["CN", "FR"])),
        "on_site_only": seldom(5),
        "except_as_permitted": st.booleans(),
        "concurrent_users": sometimes(st.just(3), of=5),
        "limits": sometimes(
            st.fixed_dictionaries({}, optional={k: st.sampled_from([5, 10]) for k in ("percent", "pages", "copies")}),
            of=5,
        ),
    }
)


@st.composite
def amendments(draw: st.DrawFn, signed: int) -> dict[str, Any]:
    """Up to two amendments of a licence of so many terms, the second after the first; each replaces older terms."""
    told: dict[str, Any] = {}
    older = [str(number) for number in range(1, signed + 1)]
    for number, effective in zip(
        "ab", sorted(draw(st.lists(st.sampled_from(DAYS), max_size=2, unique=True))), strict=False
    ):
        brought = draw(st.lists(terms, max_size=2))
        told[number] = {
            "effective": effective,
            "status": draw(one_of("active", "active", "active", "draft")),
            "replaces": draw(some(older, least=0, most=3)),
            "terms": brought,
        }
        older += [f"{number}+{position}" for position in range(1, len(brought) + 1)]
    return told


dated = st.fixed_dictionaries({"start": sometimes(st.sampled_from(DAYS)), "end": sometimes(st.sampled_from(DAYS))}).map(
    lambda told: told if not (told["start"] and told["end"] and told["end"] < told["start"]) else {}
)


@st.composite
def in_turn(draw: st.DrawFn, most: int) -> list[dict[str, Any]]:
    """Spans of days one after the other, some with a gap between."""
    cuts = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=most, unique=True)))
    starts: list[date | None] = [draw(st.sampled_from([None, date(2024, 7, 1)])), *(c + timedelta(1) for c in cuts)]
    spans = [{"start": start, "end": end} for start, end in zip(starts, [*cuts, None], strict=True)]
    kept = [each for each in spans if not draw(seldom(4))]
    return kept or spans[:1]


def _line(drawn: tuple[Any, ...]) -> dict[str, Any]:
    """A line of an agreement. What is kept of a package may name one of its titles."""
    target, days, narrowed, lines, title = drawn
    of_package = "package" in target and title.startswith(f"{target['package']}/")
    perpetual = [{**line, "title": title if line["of_one_title"] and of_package else None} for line in lines or []]
    return {**target, **days, "coverage": narrowed or [], "perpetual": perpetual}


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    names = MEMBERS[: draw(st.integers(2, 3))]
    givers = PROVIDERS + names
    packages = {
        name: {
            "provider": draw(st.sampled_from(givers)),
            "titles": {r: draw(titles) for r in draw(some(RESOURCES, least=2, most=3))},
        }
        for name in ["Journals", "Books"][: draw(st.integers(1, 2))]
    }
    licences: dict[str, Any] = {}
    for name in ["one", "two", "three"][: draw(st.integers(1, 3))]:
        dates = draw(always | dated)
        ended = ["terminated"] if dates.get("end") else []
        licences[name] = {
            "licensor": draw(st.sampled_from(givers)),
            "status": draw(one_of(*["active"] * 6, *ended, "draft")),
            "parent": draw(sometimes(st.sampled_from(list(licences)), of=3)) if licences else None,
            "terms": (signed := draw(st.lists(terms, min_size=1, max_size=6))),
            "amendments": draw(sometimes(amendments(len(signed)), of=3)) or {},
            "limits": draw(sometimes(st.just({"concurrent_users_per_member": 3}), of=12)) or {},
            **dates,
        }
    reached: list[dict[str, str]] = [{"package": name} for name in packages] * 3
    reached += [{"title": f"{name}/{r}"} for name, package in packages.items() for r in package["titles"]]
    reached += [{"resource": r} for package in packages.values() for r in package["titles"]]
    named = [f"{name}/{r}" for name, package in packages.items() for r in package["titles"]]
    agreements = {}
    for name in ["deal", "other"][: draw(st.integers(1, 2))]:
        held = draw(sometimes(st.sampled_from(names), of=4))
        periods = draw(st.just([{"start": None, "end": None}]) | in_turn(2))
        for period in periods:
            if period["end"] and draw(st.booleans()):
                period["grace_until"] = period["end"] + timedelta(draw(st.sampled_from([1, 31, 200])))
        status = draw(one_of(*["active"] * 6, "closed", "draft"))
        agreements[name] = {
            "holder": held,
            "status": status,
            "closed_on": draw(st.sampled_from(DAYS) if status == "closed" else sometimes(st.sampled_from(DAYS), of=6)),
            "licences": [
                {**each, "licence": draw(st.sampled_from(list(licences)))} for each in draw(st.just([{}]) | in_turn(2))
            ],
            "periods": periods,
            "participants": [{**draw(always | dated), "member": member} for member in names if not draw(seldom(4))],
            "entitlements": draw(
                st.lists(
                    st.tuples(
                        st.sampled_from(reached),
                        always | dated,
                        sometimes(st.lists(statements, max_size=2)),
                        sometimes(st.lists(kept, max_size=2)),
                        st.sampled_from(named),
                    ).map(_line),
                    min_size=1,
                    max_size=3,
                )
            ),
        }
    return {
        "consortium": {
            "zone": draw(st.sampled_from(ZONES)),
            "permits_when_silent": draw(some([a.value for a in ACTIONS], least=0)),
            "statutes": draw(
                st.lists(
                    st.fixed_dictionaries(
                        {
                            "territory": one_of("FR", "CN"),
                            "action": one_of("text_and_data_mine", "download"),
                            "purposes": sometimes(st.just(["research"]), of=2),
                        }
                    ),
                    max_size=1,
                )
            ),
        },
        "members": {name: draw(members) for name in names},
        "user_classes": {"law": ["urn:law"], "medicine": ["urn:medicine", "urn:common-lib-terms"]},
        "resources": {
            name: {
                "kind": draw(one_of("serial", "monograph", "database")),
                "published": draw(st.sampled_from(PARTIAL)),
                "open_access": draw(seldom(8)),
                "rights": draw(st.sampled_from(STATEMENTS)),
            }
            for name in RESOURCES
        },
        "packages": packages,
        "licences": licences,
        "agreements": agreements,
    }


@dataclass(frozen=True)
class Asking:
    """A question whose names are not ids yet."""

    memberships: list[tuple[str, list[Affiliation], list[str]]]
    on_site: list[str]
    territory: str | None
    action: Action
    on: date | None
    now: datetime
    published: str | None
    use: Use
    gate: bool
    copy: int | None

    def principal(self, world: World) -> Principal:
        return Principal(
            tuple(
                Membership(world.id("member", name), frozenset(affiliations), frozenset(uris))
                for name, affiliations, uris in self.memberships
                if ("member", name) in world.ids
            ),
            frozenset(world.id("member", name) for name in self.on_site if ("member", name) in world.ids),
            self.territory,
        )

    def context(self, world: World) -> Context:
        copies = [found for (kind, _), found in world.ids.items() if kind == "package_title"]
        first, last = span(self.published)
        return Context(
            on=self.on,
            published=(first, last) if first and last else None,
            use=self.use,
            gate=self.gate,
            package_title_id=copies[self.copy % len(copies)] if self.copy is not None else None,
        )


questions = st.builds(
    Asking,
    memberships=st.lists(
        st.tuples(
            st.sampled_from(MEMBERS[:1] * 3 + MEMBERS),
            some([*Affiliation], most=3) | some([*Affiliation], least=0),
            some(URIS, least=0),
        ),
        min_size=1,
        max_size=2,
    )
    | st.just([]),
    on_site=some(MEMBERS, least=0),
    territory=sometimes(st.sampled_from(COUNTRIES)),
    action=st.sampled_from([Action.VIEW] * 4 + ACTIONS),
    on=st.sampled_from([None, None, *ASKED_ON]),
    now=st.sampled_from(MOMENTS),
    published=sometimes(st.sampled_from(PARTIAL), of=3),
    use=st.builds(
        Use,
        purpose=sometimes(one_of("research", "teaching", "RESEARCH ", "sale"), of=2),
        recipient=sometimes(one_of("academic", "commercial")),
        method=sometimes(one_of("print", "fax")),
        part=sometimes(one_of("10%", "5 %", "50%", "7 pages", "2 copies", "one chapter", "all"), of=3),
    ),
    gate=seldom(5),
    copy=sometimes(st.integers(0, 5), of=6),
)
