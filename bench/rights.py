"""Rights: compiling them, their memory, single decisions and bitmaps.

    python bench/rights.py [TITLES [MEMBERS]]        default 50000 100

A consortium of packages of 1,000 titles each, all licensed to all members, half of the titles with a year's embargo.
"""

import asyncio
import gc
import shutil
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api import database, embedded, preparation
from domain import decisions
from domain.decisions import Asked
from domain.keys import KeyStore
from domain.principal import Membership, Principal
from domain.rights import compilation
from domain.rights.answer import Context
from domain.rights.decide import decide
from domain.rights.grants import Grants
from domain.rights.readable import readable
from migrations import chain
from models.vocabulary import Action, Affiliation

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
IN_PACKAGE = 1000
WORLD = """
INSERT INTO party (kind, code, name) VALUES ('provider', 'elder', '{"en": "Elder"}');
INSERT INTO party (kind, code, name)
SELECT 'member', 'm' || n, '{"en": "a member"}' FROM generate_series(1, :members) AS n;
INSERT INTO member (id, kind, country, time_zone)
SELECT id, 'university', 'CN', 'Asia/Shanghai' FROM party WHERE kind = 'member';
INSERT INTO resource (kind, title, sort_title, search)
SELECT 'serial', '{"en": "a title"}', 'title ' || n, '' FROM generate_series(1, :titles) AS n;
INSERT INTO package (code, name, provider_id)
SELECT 'p' || n, '{"en": "a package"}', party.id FROM generate_series(1, :packages) AS n, party WHERE kind = 'provider';
INSERT INTO package_title (package_id, resource_id, url)
SELECT package.id, resource.id, 'https://platform.example/' || ordinal
FROM resource JOIN package ON package.code = 'p' || (1 + (ordinal - 1) / :in_package);
INSERT INTO coverage (package_title_id, position, start_date, start_on, embargo)
SELECT package_title.id, 0, '1999', '1999-01-01', CASE WHEN ordinal % 2 = 0 THEN 'P1Y' END
FROM package_title JOIN resource ON resource.id = resource_id;
INSERT INTO licence (code, name, licensor_id, status)
SELECT package.code, '{"en": "a licence"}', provider_id, 'active' FROM package;
INSERT INTO term (licence_id, action, status, affiliations)
SELECT id, 'view', 'permitted_explicit', ARRAY['student', 'faculty', 'staff'] FROM licence;
INSERT INTO agreement (code, name, status) SELECT code, 'an agreement', 'active' FROM package;
INSERT INTO controlling_licence (agreement_id, licence_id, during)
SELECT agreement.id, licence.id, daterange(NULL, NULL) FROM agreement JOIN licence ON licence.code = agreement.code;
INSERT INTO agreement_period (agreement_id, during)
SELECT id, daterange('2026-01-01', '2026-12-31', '[]') FROM agreement;
INSERT INTO participation (agreement_id, member_id, during)
SELECT agreement.id, member.id, daterange(NULL, NULL) FROM agreement, member;
INSERT INTO entitlement (agreement_id, package_id)
SELECT agreement.id, package.id FROM agreement JOIN package ON package.code = agreement.code;
"""


def say(what: str, figure: float, unit: str) -> None:
    print(f"{what:<58} {figure:>10.1f} {unit}")  # noqa: T201 what a measurement is for


def timed(what: str, run: Callable[[], object], *, times: int, unit: float = 1e6, name: str = "µs") -> None:
    begin = time.perf_counter()
    for _ in range(times):
        run()
    say(what, (time.perf_counter() - begin) / times * unit, name)


async def measured(url: str, titles: int, members: int) -> None:
    pool = database.engine(url, statement_seconds=0)
    async with database.as_everybody(database.sessions(pool))() as session:
        sizes = {"titles": titles, "members": members, "packages": -(-titles // IN_PACKAGE), "in_package": IN_PACKAGE}
        for statement in WORLD.strip().split(";\n"):
            await session.execute(text(statement.rstrip(";")), sizes)
        await session.execute(text("ANALYZE"))
        rows = (await session.execute(text("SELECT count(*) FROM implied_grants"))).scalar_one()
        say("rows of implied_grants", rows, "")
        grants = await _compiled(session)
        await _decisions(session, grants)
    await pool.dispose()


async def _compiled(session: AsyncSession) -> Grants:
    for name, query in compilation.QUERIES.items():
        begin = time.perf_counter()
        (await session.execute(text(query))).all()
        if (taken := time.perf_counter() - begin) > 0.02:
            say(f"  reading {name}", taken * 1e3, "ms")
    begin = time.perf_counter()
    grants = await compilation.compile(session)
    say("compile, from the tables", (time.perf_counter() - begin) * 1e3, "ms")
    del grants
    gc.collect()
    tracemalloc.start()
    grants = await compilation.compile(session)
    gc.collect()
    say("memory of the compiled grants", tracemalloc.get_traced_memory()[0] / 1e6, "MB")
    tracemalloc.stop()
    return grants


async def _decisions(session: AsyncSession, grants: Grants) -> None:
    member_id = (await session.execute(text("SELECT min(id::text) FROM member"))).scalar_one()
    student = Principal((Membership(UUID(member_id), frozenset({Affiliation.STUDENT})),))
    nobody = Principal()
    page = list(grants.resources)[:20]
    context = Context()

    def ask(principal: Principal, action: Action) -> None:
        for resource_id in page:
            decide(grants, principal, resource_id, action, context, NOW)

    timed("20 decisions, granted", lambda: ask(student, Action.VIEW), times=200)
    timed("20 decisions, refused with remedies", lambda: ask(student, Action.DOWNLOAD), times=200)
    timed("20 decisions, not signed in", lambda: ask(nobody, Action.VIEW), times=200)
    timed("bitmap of a profile, nothing kept", lambda: _cold(grants, student), times=5, unit=1e3, name="ms")
    timed("bitmap of a profile, packages kept", lambda: _warm(grants, student), times=50)
    timed("bitmap of a profile, kept", lambda: readable(grants, student, Action.VIEW, context, NOW), times=1000)
    keys = KeyStore(Path(tempfile.mkdtemp()) / "keys")
    asked = Asked(student, context, NOW, grants.epoch)
    answer = decide(grants, student, page[0], Action.VIEW, context, NOW)
    sealed = decisions.seal(keys, answer, asked)
    say("length of a decision's id", len(sealed), "characters")
    timed("sealing a decision", lambda: decisions.seal(keys, answer, asked), times=1000)
    timed("explaining a decision", lambda: decisions.explain(keys, sealed), times=1000)


def _cold(grants: Grants, principal: Principal) -> None:
    grants.bitmaps.clear()
    readable(grants, principal, Action.VIEW, Context(), NOW)


def _warm(grants: Grants, principal: Principal) -> None:
    (membership,) = principal.memberships
    for made_of in [key for key in grants.bitmaps if isinstance(key, tuple) and key[0] == membership.member_id]:
        del grants.bitmaps[made_of]
    readable(grants, principal, Action.VIEW, Context(), NOW)


def main() -> None:
    titles, members = (int(word) for word in (sys.argv[1:] + ["50000", "100"][len(sys.argv) - 1 :]))
    folder = Path(tempfile.mkdtemp(prefix="mutua-bench-"))
    folder.chmod(0o755)
    try:
        with embedded.running(folder, durable=False) as cluster:
            preparation.prepare(cluster.admin_url, preparation.DATABASE)
            chain.upgrade(cluster.url(preparation.OWNER, preparation.DATABASE))
            asyncio.run(measured(cluster.url(preparation.OWNER, preparation.DATABASE), titles, members))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
