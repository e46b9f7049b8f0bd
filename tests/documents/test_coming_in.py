"""POST /documents and what comes of it: who may, what is kept, what is given back, and to whom."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from sqlmodel import col

from api import database as edge
from domain.documents import apart
from domain.documents.apart import Kind
from domain.intake import term_reading
from domain.intake.source import FileRefused, look
from models import licence as rows
from models.record import Change, RefusedAct
from tests.documents import hostile, maker
from tests.schema.conftest import House, Person

PDF, DOCX = Kind.PDF.value, Kind.DOCX.value
LICENCE = maker.pdf([["1. Grant", "1.1 Readers may view and download.", "1.2 No text mining.", "2. Fees are due."]])


async def post(person: Person, content: bytes = LICENCE, kind: str = PDF, **options: Any) -> httpx2.Response:
    headers: Mapping[str, str] = options.pop("headers", {})
    return await person.client.post(
        "/documents",
        content=content,
        params=options,
        headers={"Content-Type": kind, "Accept-Language": "en", **headers},
    )


async def stored(house: House, table: Any) -> list[Any]:
    async with edge.as_everybody(house.app.state.sessions)() as session:
        return list(await session.scalars(select(table)))


def files(house: House) -> list[str]:
    return [path.name for path in house.app.state.gate.store.kept()]


async def test_a_document_is_kept_with_its_clauses_told(house: House, librarian: Person) -> None:
    answer = await post(librarian, name="C:\\contracts\\许可 2027.pdf", member=house.id("Member", "alpha"))
    told = answer.json()
    digest = hashlib.sha256(LICENCE).hexdigest()
    assert answer.status_code == 201
    assert (told["fileName"], told["mediaType"], told["size"], told["sha256"], told["pages"]) == (
        *("许可 2027.pdf", PDF, len(LICENCE), digest, 1),
    )
    assert told["clauses"] == [
        {"number": "1", "text": "Grant"},
        {"number": "1.1", "text": "Readers may view and download."},
        {"number": "1.2", "text": "No text mining."},
        {"number": "2", "text": "Fees are due."},
    ]
    assert answer.headers["location"] == told["url"]
    assert files(house) == [digest]
    (change,) = await stored(house, Change)
    assert (change.act, change.subject, change.actor_name) == ("documentAdd", "licence_document", "Ada")


async def test_the_same_file_twice_is_one_document(house: House, librarian: Person, admin: Person) -> None:
    alpha = house.id("Member", "alpha")
    first, again = await post(librarian, member=alpha), await post(librarian, member=alpha, name="another.pdf")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert (await post(admin)).json()["id"] != first.json()["id"], "the consortium's is another"
    assert len(await stored(house, rows.LicenceDocument)) == 2


async def test_only_staff_of_the_holder_bring_documents_in(
    house: House, anonymous: Person, student: Person, librarian: Person, other_librarian: Person, auditor: Person
) -> None:
    alpha, beta = house.id("Member", "alpha"), house.id("Member", "beta")
    assert (await post(anonymous, member=alpha)).json()["code"] == "UNAUTHENTICATED"
    refused = [await post(student, member=alpha), await post(other_librarian, member=alpha), await post(librarian)]
    refused += [await post(auditor), await post(librarian, member=beta), await post(librarian, member="x")]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "REFUSED")}
    assert (await stored(house, rows.LicenceDocument), files(house)) == ([], [])
    assert {act.act for act in await stored(house, RefusedAct)} == {"documentAdd"}
    assert len(await stored(house, RefusedAct)) == len(refused)


async def test_a_page_of_another_site_brings_nothing_in(house: House, librarian: Person) -> None:
    alpha = house.id("Member", "alpha")
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await post(librarian, member=alpha, headers=foreign)).status_code == 403
    for simple in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""):
        assert (await post(librarian, kind=simple, member=alpha)).status_code == 415, "these need no preflight"
    assert files(house) == []


async def test_what_can_not_be_read_is_told_in_the_readers_language_and_not_kept(
    house: House, librarian: Person
) -> None:
    alpha = house.id("Member", "alpha")
    refused = hostile.files()
    for name in ("a web page", "half of it", "1,500 pages", "a billion laughs", "six thousand parts"):
        content, wrong = refused[name]
        answer = await post(librarian, content, member=alpha)
        assert (answer.status_code in (415, 422), answer.json()["reason"]) == (True, wrong.name), name
        assert answer.headers["content-type"] == "application/problem+json"
    locked, wrong = refused["a password"]
    told = (await post(librarian, locked, member=alpha, headers={"Accept-Language": "zh"})).json()
    assert "密码" in told["detail"]
    assert (await post(librarian, maker.docx(maker.paragraph("1. A")), member=alpha)).json()["reason"] == "UNKNOWN"
    assert (await stored(house, rows.LicenceDocument), files(house)) == ([], [])


async def test_a_body_above_the_limit_is_cut_off(
    house: House, librarian: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "MOST_BYTES", 1000)
    answer = await post(librarian, b"%PDF-1.7\n" + b"x" * 2000, member=house.id("Member", "alpha"))
    assert (answer.status_code, answer.json()["reason"]) == (413, "TOO_LARGE")


async def test_the_file_is_saved_and_never_shown(house: House, librarian: Person) -> None:
    made = (await post(librarian, name="许可.pdf", member=house.id("Member", "alpha"))).json()
    answer = await librarian.client.get(made["url"])
    assert answer.content == LICENCE
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert "%E8%AE%B8%E5%8F%AF.pdf" in answer.headers["content-disposition"]
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    head = await librarian.client.head(made["url"])
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(LICENCE)), b"")


async def test_a_document_is_for_who_sees_its_licence_and_unknown_to_others(
    house: House, librarian: Person, other_librarian: Person, student: Person, anonymous: Person, admin: Person
) -> None:
    """The consortium's document is shown to alpha, whom the licence that it is the text of binds."""
    made = (await post(admin)).json()
    for person in (librarian, other_librarian):
        assert (await person.client.get(made["url"])).status_code == 404
    async with edge.as_everybody(house.app.state.sessions)() as session:
        licence = await session.get_one(rows.Licence, house.world.id("licence", "big deal"))
        licence.document_id = (await session.scalars(select(col(rows.LicenceDocument.id)))).one()
    unknown = f"/documents/{house.id('Member', 'alpha')}"
    for person, status in ((librarian, 200), (admin, 200), (other_librarian, 404), (student, 404), (anonymous, 404)):
        for path in ("", "/terms.xlsx", "/terms.csv"):
            assert (await person.client.get(made["url"] + path)).status_code == status, path
    hidden, absent = await student.client.get(made["url"]), await student.client.get(unknown)
    assert hidden.content == absent.content


async def test_its_term_sheet_is_silent_before_a_licence_says_anything(
    house: House, librarian: Person, tmp_path: Path
) -> None:
    made = (await post(librarian, member=house.id("Member", "alpha"))).json()
    for url in made["terms"].values():
        answer = await librarian.client.get(url)
        assert answer.headers["content-disposition"].startswith("attachment;")
        path = tmp_path / url.rpartition("/")[2]
        path.write_bytes(answer.content)
        with pytest.raises(FileRefused) as refused:
            term_reading.read(look(path))
        empty = {problem.column.rpartition(" ")[2] for problem in refused.value.problems}
        assert empty == {"code", "name_en", "licensor"}, "nothing else is left to say"
    assert (await librarian.client.get(f"{made['url']}/terms.exe")).status_code == 404
