"""The test oracle: the rights of a question by plain SQL over the tables."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from pyroaring import BitMap
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.principal import Principal
from domain.rights.answer import Context
from models.vocabulary import Action

SQL = (Path(__file__).parent / "oracle.sql").read_text("utf-8")


async def readable(
    session: AsyncSession, principal: Principal, action: Action, context: Context, now: datetime
) -> BitMap:
    asked = json.dumps(question(principal, action, context, now))
    found = await session.execute(text(SQL), {"question": asked})
    return BitMap(found.scalars().all())


def question(principal: Principal, action: Action, context: Context, now: datetime) -> dict[str, Any]:
    """As the statement reads it."""
    use = context.use
    asked: dict[str, Any] = {
        "action": action.value,
        "gate": context.gate,
        "now": now.isoformat(),
        "on": context.on.isoformat() if context.on else None,
        "package_title": str(context.package_title_id) if context.package_title_id else None,
        "territory": principal.territory,
        "on_site": [str(member_id) for member_id in principal.on_site],
        "memberships": [
            {
                "member": str(membership.member_id),
                "affiliations": sorted(membership.affiliations),
                "entitlements": sorted(membership.entitlements),
            }
            for membership in principal.memberships
        ],
        "purpose": use.purpose,
        "recipient": use.recipient,
        "method": use.method,
        "part": use.part,
    }
    if context.published:
        asked["published"] = [day.isoformat() for day in context.published]
    return asked
