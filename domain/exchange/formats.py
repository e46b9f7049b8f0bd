"""The formats of others in which a licence can be had."""

from collections.abc import Callable
from enum import StrEnum
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from domain.exchange import odrl, stored
from domain.exchange.onixpl import writing
from models import licence as rows


class Format(StrEnum):
    ONIXPL = "onixpl"
    ODRL = "odrl"


MEDIA_TYPES = {Format.ONIXPL: "application/xml", Format.ODRL: "application/ld+json"}


async def export(session: AsyncSession, licence: rows.Licence, wanted: Format, uid: Callable[[UUID], str]) -> bytes:
    """All of a licence, its internal notes too; `uid` makes the IRIs by which ODRL calls it and its parent."""
    file = await stored.read(session, licence)
    match wanted:
        case Format.ONIXPL:
            return writing.write(file)
        case Format.ODRL:
            parent = uid(licence.parent_id) if licence.parent_id else None
            return orjson.dumps(odrl.write(file, uid(licence.id), parent), option=orjson.OPT_INDENT_2)
