"""The language of pages for a reader who names none that we speak: the consortium's."""

from sqlalchemy import select
from sqlmodel import col
from starlette.requests import Request

from domain import messages
from models.consortium import Consortium


async def house(request: Request) -> None:
    """What routes that answer with pages depend on: leaves the consortium's language where `pages.languages` looks.

    In a short transaction of its own, and only where it is needed: browsers say what they want.
    """
    asked = messages.languages(request.query_params.get("lang"), request.headers.get("accept-language"), "")
    if messages.speaks(asked) is None:
        async with request.app.state.sessions.begin() as session:
            request.state.language = await session.scalar(select(col(Consortium.language)))
