"""`mutua licence card`: a licence on one page that fits a terminal, in Chinese and English."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from api import database as edge
from api.database import Urls
from domain.card_page import WIDTH, wide
from tests.operation.commands import Mutua
from tests.rights import world

YES = {"action": "view", "status": "permitted_explicit"}
TOLD: dict[str, Any] = {
    "user_classes": {"law": ["urn:law"]},
    "consortium": {"permits_when_silent": ["print"]},
    "licences": {
        "deal": {
            "licensor": "Verlag",
            "status": "draft",
            "start": "2026-01-01",
            "terms": [
                {
                    "action": "view",
                    "status": "permitted_explicit",
                    "affiliations": ["student"],
                    "clause": "3.1.3.14(b)",
                },
                {"action": "view", "status": "permitted_explicit", "on_site_only": True, "clause": "3.2"},
                {
                    "action": "view",
                    "status": "prohibited_explicit",
                    "purposes": ["onixPL:CommercialUse"],
                    "clause": "4",
                },
                {"action": "share", "status": "prohibited_explicit", "clause": "5"},
                {"action": "ai_use", "status": "permitted_explicit", "user_classes": ["law"], "clause": "6"},
                {"action": "archive", "status": "permitted_explicit", "territories": ["FR"], "clause": "7"},
                {
                    "action": "course_pack",
                    "status": "prohibited_explicit",
                    "purposes": ["onixPL:CommercialUse"],
                    "clause": "8",
                },
            ],
        }
    },
}


@pytest.fixture
def told(folder: Path, database: Urls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUA_DATABASE_URL", database.app)

    async def within() -> None:
        pool = edge.engine(database.app)
        async with edge.as_everybody(edge.sessions(pool))() as session:
            await world.load(session, TOLD)
        await pool.dispose()

    asyncio.run(within())


@pytest.mark.usefixtures("told")
def test_a_draft_is_shown_on_one_page_in_both_languages(mutua: Mutua) -> None:
    for lang, said in {
        "en": (
            "deal · Verlag",
            "1 January 2026 to no end · draft · as it stands on 1 May 2026",
            "student",
            "on the premises",
            "class law",
            "3.1.3.",
            " 14(b)",
            "yes*",
            "(yes)",
            "(no)",
            "- read online (4): Not for: commercial use.",
            "- archive (7): Only in: FR.",
            "(no) with a clause",
        ),
        "zh": (
            "2026年1月1日至不限 · 草案 · 按2026年5月1日的内容",
            "学生",
            "馆内",
            "读者类别law",
            "可*",
            "（可）",
            "不得用于：商业用途。",
            "（否）下有条款号",
        ),
    }.items():
        done = mutua("licence", "card", "deal", "--on", "2026-05-01", "--lang", lang)
        assert (done.code, done.err) == (0, "")
        assert [one for one in said if one not in done.out] == []
        assert max(wide(line) for line in done.out.splitlines()) <= WIDTH
        assert len(done.out.splitlines()) <= 60, "one page"


@pytest.mark.usefixtures("told")
def test_programs_get_it_as_json(mutua: Mutua) -> None:
    card = json.loads(mutua("licence", "card", "deal", "--json").out)
    rows = {
        (who["user_class"] or who["affiliation"], where): row["cells"]
        for row in card["rows"]
        for who in row["readers"]
        for where in row["places"]
    }
    assert rows["student", "off_site"]["view"]["verdict"] == "yes"
    assert rows["student", "off_site"]["view"]["clauses"] == ["3.1.3.14(b)", "4"]
    assert rows["alum", "off_site"]["view"] == {"verdict": "no", "clauses": ["3.2"], "conditions": []}
    assert rows["law", "off_site"]["ai_use"]["verdict"] == "yes"
    student = rows["student", "off_site"]
    told = {action: (student[action]["verdict"], student[action]["clauses"]) for action in student}
    assert (told["share"], told["course_pack"]) == (("no", ["5"]), ("silent_no", ["8"]))
    assert told["course_reserve"] == ("silent_no", [])


@pytest.mark.usefixtures("told")
def test_what_is_not_there_is_one_line_and_exit_code_2(mutua: Mutua) -> None:
    for arguments in (("none",), ("deal", "--on", "yesterday")):
        done = mutua("licence", "card", *arguments)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
