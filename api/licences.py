"""GET /licences/{id}/onixpl.xml and /licences/{id}/odrl.jsonld: a licence in the formats of others, for whoever sees
all of it."""

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import Response

from api import language, pages
from api.database import Transaction
from api.problem import Code, problem, scope_missing
from auth.viewer import viewer_of_call
from domain import messages, visibility
from domain.exchange import formats
from domain.exchange.formats import MEDIA_TYPES, Format
from domain.exchange.onixpl.licensors import code_of
from domain.scopes import Scope
from models import licence as rows
from schema.kit import ids

FILES = {"onixpl.xml": Format.ONIXPL, "odrl.jsonld": Format.ODRL}
HEADERS = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}

router = APIRouter(include_in_schema=False, dependencies=[Depends(language.house)])


@router.api_route("/licences/{licence}/{file}", methods=["GET", "HEAD"])
async def exported(request: Request, session: Transaction, licence: str, file: str) -> Response:
    """Hidden and unknown look the same."""
    viewer = await viewer_of_call(request, session)
    if not viewer.allows(Scope.LICENCES_TERMS_READ):
        return scope_missing(Scope.LICENCES_TERMS_READ)
    key, wanted = ids.decode(licence, "Licence"), FILES.get(file)
    found = None
    if key is not None and wanted is not None:
        members = visibility.sight(viewer)
        seen = visibility.only_licences(select(rows.Licence).where(col(rows.Licence.id) == key), members)
        found = (await session.execute(seen)).scalar_one_or_none()
    if found is None or wanted is None:
        return problem(404, Code.NOT_FOUND, messages.sentence("error.not_found", pages.languages(request)))
    address = f"{request.app.state.settings.public_url}/licences"
    content = await formats.export(session, found, wanted, lambda key: f"{address}/{ids.encode('Licence', key)}")
    name = f'attachment; filename="{code_of(found.code) or "licence"}.{file.rpartition(".")[2]}"'
    return Response(content, headers={**HEADERS, "Content-Disposition": name}, media_type=MEDIA_TYPES[wanted])
