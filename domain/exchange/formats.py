"""The formats of others in which a licence can be had."""

from enum import StrEnum

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from domain.exchange import odrl, stored
from domain.exchange.onixpl import writing
from models import licence as rows


class Format(StrEnum):
    ONIXPL = "onixpl"
    ODRL = "odrl"


MEDIA_TYPES = {Format.ONIXPL: "application/xml", Format.ODRL: "application/ld+json"}


async def export(session: AsyncSession, licence: rows.Licence, wanted: Format, uid: str) -> bytes:
    """All of a licence, its internal notes too; `uid` is the IRI by which ODRL calls it."""
    file = await stored.read(session, licence)
    match wanted:
        case Format.ONIXPL:
            return writing.write(file)
        case Format.ODRL:
            return orjson.dumps(odrl.write(file, uid), option=orjson.OPT_INDENT_2)
