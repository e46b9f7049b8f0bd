"""`/health/live`: the process answers. `/health/ready`: it can serve, and says what is missing when it can't.

Keys are read before the process listens. Content that can't be read is refused by itself while the catalogue goes on,
and jobs may wait for their worker: neither takes a server away from its readers.
"""

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from api.database import Sessions
from migrations import chain

router = APIRouter(prefix="/health")


@router.api_route("/live", methods=["GET", "HEAD"])
async def live() -> Response:
    return JSONResponse({"status": "live"})


@router.api_route("/ready", methods=["GET", "HEAD"])
async def ready(request: Request) -> Response:
    """Whether the database answers and is at this program's revision, or at one that a newer program made of it: tables
    change so that the program before can go on with them while servers are replaced one by one.
    """
    missing = await _missing(request.app.state.sessions)
    return JSONResponse({"status": missing or "ready"}, status_code=503 if missing else 200)


async def _missing(sessions: Sessions) -> str | None:
    try:
        async with sessions() as session:
            found = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    except (SQLAlchemyError, OSError):
        return "database unreachable or empty"
    if found == chain.head() or (found is not None and not chain.knows(found)):
        return None
    return "database at another revision: run `mutua database migrate`"
