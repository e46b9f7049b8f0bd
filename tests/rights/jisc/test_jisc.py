"""Real licences of JISC Collections, with what institution 506 subscribed under them: questions that a librarian would
ask, answered from the contract's own clauses (*.yaml)."""

import csv
import gzip
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from api import database as edge
from api.commands.importing import perform
from api.database import Transactions, Urls
from domain.acts import licences
from domain.acts.act import Act
from domain.exchange.coded import columns
from domain.exchange.coded.intake import CodedLicence
from domain.exchange.onixpl.intake import OnixLicence
from domain.exchange.onixpl.reading import Options
from domain.intake.licence import LicenceFile
from domain.intake.members import Members
from domain.intake.packages import TitleList
from domain.intake.runs import Intake
from domain.intake.source import look
from domain.principal import Membership, Principal
from domain.rights import compilation
from domain.rights.answer import Answer, Context, Granted, Use
from domain.rights.decide import decide
from domain.rights.grants import Grants
from models.licence import Clause, Licence
from models.party import Party
from models.resource import Resource
from models.vocabulary import Action, Affiliation
from tests.rights.jisc import nesli2
from tests.rights.random_acts import ADMIN
from tests.rights.world import span
from tests.support.titlelists import kbart

HERE = Path(__file__).parent
CASES = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(HERE.glob("*_506.yaml"))}
AGREEMENT = (HERE / "agreement.yaml").read_text("utf-8")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LICENCES, LISTS = "licences/nesli2/x", "consortium/kbplus_nesli2"


@pytest.fixture
async def begin(database: Urls) -> AsyncIterator[Transactions]:
    pool = edge.engine(database.app, statement_seconds=0)
    yield edge.as_everybody(edge.sessions(pool))
    await pool.dispose()


@pytest.mark.parametrize("name", CASES)
async def test_questions_of_506_are_answered_by_the_contract(
    name: str, begin: Transactions, shared_data: Path, tmp_path: Path
) -> None:
    told = CASES[name]
    await _world(begin, shared_data, tmp_path, told)
    async with begin() as session:
        grants = await compilation.compile(session)
        wrong = []
        for case in told["cases"]:
            expected = case.get("granted", case.get("refused"))
            said = await _said(session, case, await _answer(session, grants, case, told["people"]))
            wanted = {"answer": "granted" if "granted" in case else "refused", **expected}
            if (found := {key: said.get(key) for key in wanted}) != wanted:
                wrong.append((case["case"], wanted, found))
    assert wrong == []


async def _world(begin: Transactions, shared_data: Path, folder: Path, told: dict[str, Any]) -> None:
    """Member, title list, licence and agreement, each as its own command loads it; then the licence is activated."""

    async def load(intake: Intake, path: Path) -> None:
        outcome = await perform(begin, intake, path, actor="cli:tester")
        assert outcome.refused is None, (path.name, outcome.refused)

    code = str(told["code"])
    institutions = nesli2.file(shared_data, "consortium", "kbplus_subscribing_organisations.csv.gz")
    rows = list(csv.reader(io.StringIO(gzip.decompress(institutions.read_bytes()).decode("cp1252"))))
    member = io.StringIO()
    csv.writer(member).writerows(row for row in rows if row[3] in {"jc_id", "506"})
    (folder / "member.csv").write_text(member.getvalue(), "utf-8")
    await load(Members("kbplus"), folder / "member.csv")
    (folder / "list.txt").write_bytes(nesli2.titles(nesli2.file(shared_data, LISTS, told["list"])))
    await load(TitleList(code, told["licensor"]), folder / "list.txt")
    (folder / "others.txt").write_bytes(kbart({"publication_title": told["not_subscribed"], "title_id": "other"}))
    await load(TitleList("What 506 doesn't have", told["licensor"]), folder / "others.txt")
    contract = nesli2.file(shared_data, LICENCES, told["licence"])
    options = Options(code=code, licensor=told["licensor"], draft=True)
    coded = columns.is_one(look(contract))
    await load(CodedLicence(options=options) if coded else OnixLicence(options=options), contract)
    written = AGREEMENT
    for key in ("code", "start", "end"):
        written = written.replace(f"{{{key}}}", str(told[key]))
    (folder / "agreement.yaml").write_text(written, "utf-8")
    await load(LicenceFile(), folder / "agreement.yaml")
    async with begin() as session:
        licence = (await session.execute(select(Licence).where(col(Licence.code) == code))).scalar_one()
        act = Act("licenceActivate", ADMIN, reason="signed", account="cli:tester")
        await licences.activate(session, act, licence.id, licence.version)


async def _answer(session: AsyncSession, grants: Grants, case: dict[str, Any], people: dict[str, Any]) -> Answer:
    action, title = case["asks"].split(maxsplit=1)
    found = await session.execute(select(col(Resource.id)).where(col(Resource.title)["und"].astext == title))
    resource_id = found.scalar_one()
    member_id = (await session.execute(select(col(Party.id)).where(col(Party.code) == "jc-506"))).scalar_one()
    who = people[case["who"]]
    membership = Membership(member_id, frozenset(map(Affiliation, who["as"])), frozenset(), frozenset())
    on_site = frozenset({member_id}) if who.get("on_site") else frozenset()
    first, last = span(case.get("published"))
    context = Context(
        on=case["day"],
        gate=case.get("gate", False),
        published=(first, last) if first and last else None,
        use=Use(**case.get("use", {})),
    )
    return decide(grants, Principal((membership,), on_site, None), resource_id, Action(action), context, NOON)


async def _said(session: AsyncSession, case: dict[str, Any], answer: Answer) -> dict[str, Any]:
    clause = await session.get(Clause, answer.clause_id) if answer.clause_id else None
    said: dict[str, Any] = {"clause": clause.number if clause else None}
    if isinstance(answer, Granted):
        return said | {
            "answer": "granted",
            "conditions": [condition.code or "note" for condition in answer.conditions],
            "until": answer.valid_until,
        }
    return said | {"answer": "refused", "reason": answer.reason.name, "ended": answer.ended_on}
