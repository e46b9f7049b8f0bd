"""POST /documents, and the documents themselves: GET /documents/{id}, its term sheet below it.

A document is read before anything is kept, in a process of its own and while no transaction is open; who may is asked
before the body is read and again when it is kept. Nothing of a document is ever shown by a browser in our name.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import Response

from api import language, pages, streaming
from api.problem import Code, problem, scope_missing
from auth.origin import same_origin
from auth.site import site_of
from auth.viewer import viewer_of_call
from domain import explanation, messages, visibility
from domain.acts import act as acts
from domain.acts import documents as kept
from domain.acts.act import Act, ActRefused
from domain.content.store import Store, Stored
from domain.documents import apart, filled, kinds, texts, workbook
from domain.documents.apart import Kind
from domain.documents.refusals import Refused, Wrong
from domain.documents.texts import Read
from domain.principal import Viewer
from domain.scopes import Scope
from models import licence as rows
from schema.kit import ids

FOLDER = "/documents"
FIRST_WORDS = 80
"""Characters of each clause that the answer shows."""
SHEETS = {"terms.xlsx": (Kind.XLSX.value, workbook.xlsx_of), "terms.csv": ("text/csv; charset=utf-8", workbook.csv_of)}
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every file: it is saved, never shown, and nothing in it may act as us."""
STATUSES = {Wrong.TOO_LARGE: 413, Wrong.UNKNOWN: 415}
"""Of what is refused otherwise than by 422."""

router = APIRouter(include_in_schema=False, dependencies=[Depends(language.house)])


@dataclass
class Declined(Exception):
    """The request is not done; this is its answer."""

    answer: Response


@router.post(FOLDER)
async def add(request: Request) -> Response:
    """Keep a document. `?name=` is its file's name, `?member=` the member whose it is; without it the consortium's."""
    try:
        kind, name = _declared(request), _name(request)
        async with _asked(request, Scope.LICENCES_TERMS_WRITE) as (session, viewer):
            await _holder(request, session, viewer)
        with tempfile.NamedTemporaryFile(prefix="mutua-document-") as file:
            path = Path(file.name)
            await _receive(request, path)
            read = await _read(request, path, kind)
            stored = await asyncio.to_thread(_stored, _store(request), path, name)
        async with _asked(request, Scope.LICENCES_TERMS_WRITE) as (session, viewer):
            act, holder_id = await _holder(request, session, viewer)
            try:
                document, new = await kept.add(session, act, holder_id, stored, kind.value, name)
            except ActRefused as refused:
                raise await _not_allowed(request, session, viewer, refused) from refused
            told = _told(request, document, read)
    except Declined as declined:
        return declined.answer
    return Response(orjson.dumps(told), 201 if new else 200, {"Location": told["url"]}, "application/json")


@router.api_route(f"{FOLDER}/{{document}}", methods=["GET", "HEAD"])
async def file_of(request: Request, document: str) -> Response:
    """The file, for staff of its holder and of licences that it is the text of. Hidden and unknown look the same."""
    try:
        async with _asked(request, Scope.LICENCES_TERMS_READ) as (session, viewer):
            found = await _seen(request, session, viewer, document)
    except Declined as declined:
        return declined.answer
    assert found.sha256 is not None  # noqa: S101 what is seen here is a file
    assert found.size is not None  # noqa: S101 likewise
    assert found.media_type is not None  # noqa: S101 likewise
    path = _store(request).path(found.sha256)
    headers = {**HEADERS, "Content-Disposition": streaming.disposition("attachment", found.file_name or "licence")}
    if request.method == "HEAD":
        length = {"Content-Type": found.media_type, "Content-Length": str(found.size)}
        return Response(None, 200, {**headers, **length})
    return streaming.whole(path, found.size, found.media_type, headers)


@router.get(f"{FOLDER}/{{document}}/{{sheet}}")
async def sheet_of(request: Request, document: str, sheet: str) -> Response:
    """The term sheet: of a licence that the document is the text of what it says already, else every use silent."""
    try:
        if sheet not in SHEETS:
            raise Declined(_unknown(request))
        async with _asked(request, Scope.LICENCES_TERMS_READ) as (session, viewer):
            found = await _seen(request, session, viewer, document)
            licence = await filled.only_licence(session, found, visibility.sight(viewer))
            written = await filled.sheet_of(session, found, licence) if licence else None
        if written is None or not written.clauses:
            assert found.sha256 is not None  # noqa: S101 what is seen here is a file
            read = await _read(request, _store(request).path(found.sha256), None)
            written = filled.drafted(found, written, read.clauses)
    except Declined as declined:
        return declined.answer
    media_type, made = SHEETS[sheet]
    name = f"{Path(found.file_name or 'licence').stem}-{sheet}"
    headers = {**HEADERS, "Content-Disposition": streaming.disposition("attachment", name)}
    return Response(await asyncio.to_thread(made, written), 200, headers, media_type)


@asynccontextmanager
async def _asked(request: Request, scope: Scope) -> AsyncIterator[tuple[AsyncSession, Viewer]]:
    """A transaction, and who asks in it. What is on record of a request that is declined stays."""
    declined: Declined | None = None
    async with request.app.state.sessions.begin() as session:
        viewer = await viewer_of_call(request, session)
        if not viewer.allows(scope):
            raise Declined(scope_missing(scope))
        try:
            yield session, viewer
        except Declined as left:
            declined = left
    if declined:
        raise declined


async def _holder(request: Request, session: AsyncSession, viewer: Viewer) -> tuple[Act, UUID | None]:
    """The act, and for whom it is done.

    Raises:
        Declined: nobody is signed in, or not for this member; or a page of another site sends it.
    """
    if not viewer.signed_in:
        raise Declined(problem(401, Code.UNAUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="Mutua"'}))
    if viewer.caller is None and not same_origin(request, site_of(request).public_url):
        raise Declined(problem(403, Code.REFUSED, "What a cookie signs must come from a page of this server."))
    given = request.query_params.get("member")
    holder_id = ids.decode(given, "Member") if given is not None else None
    today = datetime.now(UTC).astimezone(ZoneInfo((await explanation.consortium(session)).time_zone)).date()
    act = Act(kept.ADDED, viewer, today=today)
    try:
        if given is not None and holder_id is None:
            raise ActRefused(acts.Problem.FORBIDDEN)
        act.require(holder_id)
    except ActRefused as refused:
        raise await _not_allowed(request, session, viewer, refused) from refused
    return act, holder_id


async def _not_allowed(request: Request, session: AsyncSession, viewer: Viewer, refused: ActRefused) -> Declined:
    """The same answer for a member that isn't hers and for one that there isn't."""
    await acts.refused(session, viewer, kept.ADDED, refused.problem)
    detail = messages.sentence("problem.forbidden", pages.languages(request))
    return Declined(problem(403, Code.REFUSED, detail))


async def _seen(request: Request, session: AsyncSession, viewer: Viewer, document: str) -> rows.LicenceDocument:
    """Raises Declined."""
    one = select(rows.LicenceDocument).where(
        col(rows.LicenceDocument.id) == ids.decode(document, "LicenceDocument"),
        col(rows.LicenceDocument.sha256).is_not(None),
    )
    found: rows.LicenceDocument | None = await session.scalar(visibility.only_documents(one, visibility.sight(viewer)))
    if found is None:
        raise Declined(_unknown(request))
    return found


def _declared(request: Request) -> Kind:
    """A type that no page of another site sends without asking first (the Fetch standard's preflight)."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        raise Declined(problem(415, Code.BAD_REQUEST, "A compressed body is not accepted."))
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    kind = next((kind for kind in kinds.DOCUMENTS if kind.value == declared), None)
    if kind is None:
        raise Declined(problem(415, Code.BAD_REQUEST, f"Content-Type is one of {', '.join(kinds.DOCUMENTS)}."))
    return kind


def _name(request: Request) -> str:
    """The file's own name, without folders and what no name has."""
    given = request.query_params.get("name", "").replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in given if letter.isprintable()).strip(". ")[: kept.LONGEST_NAME]
    return name or "licence"


async def _receive(request: Request, path: Path) -> None:
    """The body, as it comes. Raises Declined for one that is too large, or empty."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > apart.MOST_BYTES:
        raise _refused(request, Refused(Wrong.TOO_LARGE, f"{apart.MOST_BYTES // 1024**2} MiB"))
    size = 0
    with await asyncio.to_thread(path.open, "wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > apart.MOST_BYTES:
                raise _refused(request, Refused(Wrong.TOO_LARGE, f"{apart.MOST_BYTES // 1024**2} MiB"))
            file.write(chunk)


async def _read(request: Request, path: Path, kind: Kind | None) -> Read:
    """What the document says. `kind`: what it was declared as. Raises Declined."""
    try:
        read = await texts.read_in_turn(path)
        if kind not in (None, read.kind):
            raise Refused(Wrong.UNKNOWN)
    except Refused as refused:
        raise _refused(request, refused) from refused
    return read


def _stored(store: Store, path: Path, name: str) -> Stored:
    with path.open("rb") as file:
        return store.add(file, name)


def _store(request: Request) -> Store:
    store: Store = request.app.state.gate.store
    return store


def _told(request: Request, document: rows.LicenceDocument, read: Read) -> dict[str, Any]:
    tags = pages.languages(request)
    key = ids.encode("LicenceDocument", document.id)
    url = f"{site_of(request).public_url}{FOLDER}/{key}"
    return {
        "id": key,
        "name": messages.localised(document.name, tags),
        "fileName": document.file_name,
        "mediaType": document.media_type,
        "size": document.size,
        "sha256": document.sha256,
        "pages": read.pages,
        "notes": read.told(tags),
        "clauses": [{"number": one.number, "text": _first_words(one.text)} for one in read.clauses],
        "url": url,
        "terms": {name.rpartition(".")[2]: f"{url}/{name}" for name in SHEETS},
    }


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= FIRST_WORDS else f"{line[:FIRST_WORDS]}…"


def _refused(request: Request, refused: Refused) -> Declined:
    tags: Sequence[str] = pages.languages(request)
    status = STATUSES.get(refused.wrong, 422)
    close = {"Connection": "close"} if refused.wrong is Wrong.TOO_LARGE else None
    reason = refused.wrong.name
    return Declined(problem(status, Code.DOCUMENT_REFUSED, texts.why(refused, tags), headers=close, reason=reason))


def _unknown(request: Request) -> Response:
    return problem(404, Code.NOT_FOUND, messages.sentence("error.not_found", pages.languages(request)))
