"""`/health/live`: the process answers. `/health/ready`: it can serve, and says what is missing when it can't."""

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
    """Whether the database answers and is at this program's revision."""
    missing = await _missing(request.app.state.sessions)
    return JSONResponse({"status": missing or "ready"}, status_code=503 if missing else 200)


async def _missing(sessions: Sessions) -> str | None:
    try:
        async with sessions() as session:
            found = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    except (SQLAlchemyError, OSError):
        return "database unreachable or empty"
    return None if found == chain.head() else "database at another revision: run `mutua database migrate`"
