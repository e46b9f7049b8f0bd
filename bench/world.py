"""A consortium of a given size, the same whenever it is made: what `access` and `graphql` measure on.

300 members, 3,000 licences and 200,000 titles give 67,410 grants. A few licences bind everybody and a few packages hold
most titles, as in life: a member has some 225 licences, and half of all titles are open to any member. Its dates are
those of the years around the day on which it is made. Loaded by COPY, row by row as they are made.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import accumulate
from typing import Any
from uuid import UUID

import orjson
import psycopg
from psycopg import sql

from domain.catalogue import sorting, tokenizer
from domain.rights import history

SEED = 18626
"""ISO 18626."""
ACTIONS = (
    ("view", "permitted_explicit", ["student", "faculty", "staff"]),
    ("download", "permitted_explicit", ["student", "faculty", "staff"]),
    ("print", "permitted_conditional", None),
    ("interlibrary_supply", "permitted_interpreted", None),
    ("text_and_data_mine", "silent", None),
    ("ai_use", "prohibited_explicit", None),
)
"""What each licence says, by clause."""
KINDS = ("serial", "monograph", "monograph", "thesis", "dataset", "report")
STEMS = (  # noqa: SIM905 easier to read and to change
    "analy bio chem crypt demo eco electro epi ethno gen geo hydro immuno kine lingu mechan meteo micro neuro onco opt "
    "paleo patho pharma philo photo phys psych radio seismo socio stat techno theo thermo topo toxi vulcan xeno zoo"
).split()
ENDINGS = "logy graphy metry nomics dynamics sophy tics scopy nautics culture genesis medicine".split()  # noqa: SIM905
CHINESE = (
    "中国研究学报大学科技农业医学经济历史文化地质化学物理数学图书馆情报教育哲学社会法律环境能源材料信息工程生命海洋天文"
)

Row = tuple[Any, ...]


@dataclass(frozen=True)
class World:
    """`day`: what its periods lie around."""

    members: int = 300
    licences: int = 3000
    titles: int = 200_000
    day: date = field(default_factory=lambda: datetime.now(UTC).date())

    @property
    def packages(self) -> int:
        return max(2, self.licences * 2 // 5)

    @property
    def providers(self) -> int:
        return max(2, self.licences // 15)

    @cached_property
    def _words(self) -> list[str]:
        return [stem + ending for stem in STEMS for ending in ENDINGS]

    def load(self, admin_url: str) -> None:
        """Write all of it, in one transaction, into an empty migrated database, as the superuser: nobody else may COPY
        past row-level security. The text index is made afterwards, which takes a third of the time."""
        with psycopg.connect(admin_url) as connection:
            index = _definition(connection, "ix_resource_search")
            connection.execute("DROP INDEX ix_resource_search")
            for table, columns, rows in self._tables():
                _copy(connection, table, columns.split(), rows)
            connection.execute(index)
            connection.execute("UPDATE epoch SET value = value + 1")
            connection.execute(sql.SQL(history.BEGIN))
        with psycopg.connect(admin_url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    def _tables(self) -> Iterator[tuple[str, str, Iterable[Row]]]:
        """Tables with their columns and rows, in the order of references."""
        yield "party", "id kind code name", self._parties()
        yield "member", "id kind country time_zone", self._members()
        yield "member_scope", "scope member_id", ((f"m{n}.example", key("member", n)) for n in range(self.members))
        yield "platform", "id code name provider_id url", self._platforms()
        yield "package", "id code name provider_id", self._packages()
        yield "subject", "id code name", ((key("subject", n), word, _name(word)) for n, word in enumerate(self._words))
        lot = random.Random(SEED)  # noqa: S311 a seed
        titles = [_Title(self, n, lot) for n in range(self.titles)]
        yield (
            "resource",
            "id kind title sort_title published published_first published_last publisher languages open_access search",
            (title.resource for title in titles),
        )
        yield (
            "resource_identifier",
            "resource_id namespace value",
            ((one.id, "doi", one.doi) for one in titles),
        )
        yield "contributor", "resource_id position name role", ((one.id, 0, one.author, "author") for one in titles)
        yield "resource_subject", "resource_id subject_id", ((t.id, key("subject", s)) for t in titles for s in t.about)
        copies = [(title, place, package) for title in titles for place, package in enumerate(title.packages)]
        yield "package_title", "id package_id platform_id resource_id url", self._copies(copies)
        yield "coverage", "package_title_id position start_date start_on embargo", self._coverage(copies)
        yield "licence", "id code name licensor_id status start_date end_date", self._licences()
        yield "clause", "id licence_id number position text summary visibility", self._clauses()
        yield "term", "id licence_id clause_id action status affiliations public_note", self._terms()
        yield "agreement", "id code name status", self._agreements()
        yield "controlling_licence", "agreement_id licence_id during", self._controlling()
        yield "agreement_period", "agreement_id during", self._periods()
        yield "participation", "agreement_id member_id during", self._participations()
        yield "entitlement", "id agreement_id package_id", self._entitlements()

    def _parties(self) -> Iterator[Row]:
        for n in range(self.providers):
            yield key("provider", n), "provider", f"p{n}", _name(f"Provider {n}")
        for n in range(self.members):
            yield key("member", n), "member", f"m{n}", _name(f"Member {n}")

    def _members(self) -> Iterator[Row]:
        for n in range(self.members):
            yield key("member", n), "university", "CN" if n % 4 else "FR", "Asia/Shanghai" if n % 4 else "Europe/Paris"

    def _platforms(self) -> Iterator[Row]:
        for n in range(self.providers):
            provider = key("provider", n)
            yield key("platform", n), f"pl{n}", _name(f"Platform {n}"), provider, f"https://platform{n}.example"

    def _packages(self) -> Iterator[Row]:
        for n in range(self.packages):
            yield key("package", n), f"p{n:05}", _name(f"Package {n}"), key("provider", n % self.providers)

    def _copies(self, copies: Iterable[tuple["_Title", int, int]]) -> Iterator[Row]:
        for title, place, package in copies:
            provider = package % self.providers
            url = f"https://platform{provider}.example/{title.n}"
            yield (
                key("package_title", title.n, place),
                key("package", package),
                key("platform", provider),
                title.id,
                url,
            )

    def _coverage(self, copies: Iterable[tuple["_Title", int, int]]) -> Iterator[Row]:
        for title, place, _ in copies:
            start = 1950 + title.n % 60
            yield key("package_title", title.n, place), 0, str(start), date(start, 1, 1), "P1Y" if title.n % 2 else None

    def years(self, licence: int) -> tuple[int, int]:
        """First and last year of a licence and its agreement: one in ten is over, one in ten is yet to begin."""
        shift = {8: -4, 9: 4}.get(licence % 10, 0)
        return self.day.year + shift - 1, self.day.year + shift + 1

    def package_of(self, licence: int) -> int:
        """Every package is licensed once, and most of them again."""
        return licence % self.packages

    def bound(self, licence: int) -> list[int]:
        """The members that take part: one licence in fifty binds all, three in twenty a fifth, the rest a handful."""
        if licence * 50 < self.licences:
            return list(range(self.members))
        few = self.members // 5 if licence * 50 < self.licences * 8.5 else self.members * 3 // 100
        return sorted(random.Random(f"{SEED} {licence}").sample(range(self.members), max(1, few)))  # noqa: S311 a seed

    def _licences(self) -> Iterator[Row]:
        for n in range(self.licences):
            first, last = self.years(n)
            licensor = key("provider", self.package_of(n) % self.providers)
            dates = date(first, 1, 1), date(last, 12, 31)
            yield key("licence", n), f"l{n:05}", _name(f"Licence {n}"), licensor, "active", *dates

    def _clauses(self) -> Iterator[Row]:
        for n in range(self.licences):
            for place, (action, *_) in enumerate(ACTIONS):
                text = f"Clause {place + 1} of licence {n} says what readers may do, which is to {action} or not."
                number = f"3.{place + 1}"
                yield (
                    key("clause", n, place),
                    key("licence", n),
                    number,
                    place,
                    text,
                    _name(f"{action}, or not."),
                    "staff",
                )

    def _terms(self) -> Iterator[Row]:
        for n in range(self.licences):
            for place, (action, status, affiliations) in enumerate(ACTIONS):
                note = _name("For your own use.") if status == "permitted_conditional" else None
                yield (
                    key("term", n, place),
                    key("licence", n),
                    key("clause", n, place),
                    action,
                    status,
                    affiliations,
                    note,
                )

    def _agreements(self) -> Iterator[Row]:
        for n in range(self.licences):
            yield key("agreement", n), f"a{n:05}", f"Agreement {n}", "active"

    def _controlling(self) -> Iterator[Row]:
        for n in range(self.licences):
            yield key("agreement", n), key("licence", n), "(,)"

    def _periods(self) -> Iterator[Row]:
        for n in range(self.licences):
            first, last = self.years(n)
            yield key("agreement", n), f"[{first}-01-01,{last}-12-31]"

    def _participations(self) -> Iterator[Row]:
        for n in range(self.licences):
            for member in self.bound(n):
                yield key("agreement", n), key("member", member), "(,)"

    def _entitlements(self) -> Iterator[Row]:
        for n in range(self.licences):
            yield key("entitlement", n), key("agreement", n), key("package", self.package_of(n))

    @cached_property
    def weights(self) -> list[float]:
        """One package in twenty is as large as all others together."""
        large = max(1, self.packages // 20)
        share = [1 / large if n < large else 1 / (self.packages - large) for n in range(self.packages)]
        return list(accumulate(share))


@dataclass(slots=True)
class _Title:
    """A title and all that is drawn by lot about it."""

    world: World
    n: int
    lot: InitVar[random.Random]
    id: UUID = field(init=False)
    author: str = field(init=False)
    about: list[int] = field(init=False)
    packages: list[int] = field(init=False)
    _named: dict[str, str] = field(init=False)
    _year: int = field(init=False)

    def __post_init__(self, lot: random.Random) -> None:
        words = self.world._words
        self.id = key("resource", self.n)
        name = " of ".join(lot.choices(words, k=2)).capitalize()
        self._named = {"en": f"{lot.choice(('Annals', 'Journal', 'Review', 'Studies'))} {self.n}: {name}"}
        if self.n % 3 == 0:
            self._named["zh"] = "".join(lot.choices(CHINESE, k=8))
        self.author = f"{lot.choice(words).capitalize()}, {chr(65 + self.n % 26)}."
        self.about = sorted(set(lot.choices(range(len(words)), k=2)))
        among = range(self.world.packages)
        self.packages = sorted(set(lot.choices(among, cum_weights=self.world.weights, k=1 + (self.n % 2))))
        self._year = lot.randrange(1900, 2026)

    @property
    def doi(self) -> str:
        return f"10.5555/mutua.{self.n}"

    @property
    def resource(self) -> Row:
        language = "zh" if self.n % 3 == 0 else "en"
        kind = KINDS[self.n % len(KINDS)]
        last = None if kind == "serial" else date(self._year, 12, 31)
        return (
            self.id,
            kind,
            orjson.dumps(self._named).decode(),
            sorting.title_key(self._named["en"], "en"),
            str(self._year),
            date(self._year, 1, 1),
            last,
            f"Publisher {self.n % self.world.providers}",
            [language],
            self.n % 20 == 7,
            tokenizer.document_vector(
                titles=self._named.values(),
                contributors=[self.author],
                subjects=[self.world._words[one] for one in self.about],
                identifiers=[self.doi],
            ),
        )


_TABLES = (  # noqa: SIM905 easier to read and to change
    "provider member platform package subject resource package_title licence clause term agreement entitlement"
).split()


def key(table: str, n: int, place: int = 0) -> UUID:
    """The key of the nth row, or of the part at a place of it. They ascend, and look like UUIDv7 of early 2026."""
    number = n << 8 | place
    return UUID(int=0x019B80000000 << 80 | 7 << 76 | _TABLES.index(table) << 64 | 2 << 62 | number)


def _name(english: str) -> str:
    return orjson.dumps({"en": english, "zh": f"{english}（中文）"}).decode()


def _definition(connection: psycopg.Connection, index: str) -> sql.SQL:
    found = connection.execute("SELECT pg_get_indexdef(%s::regclass)", [index]).fetchone()
    assert found  # noqa: S101 a SELECT without FROM has a row
    return sql.SQL(found[0])


def _copy(connection: psycopg.Connection, table: str, columns: list[str], rows: Iterable[Row]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor().copy(statement) as stream:
        for row in rows:
            stream.write_row(row)
