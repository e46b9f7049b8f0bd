"""`mutua licence export`: a licence in ONIX-PL or ODRL."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from api import settings as configuration
from api.database import transactions
from domain.exchange import formats, stored
from domain.exchange.formats import Format
from schema.kit import ids


class NoLicence(Exception):
    """There is none of this code, or the file can't be written."""


def export(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The licence's code.")],
    format_: Annotated[Format, typer.Option("--format", help="onixpl: ONIX-PL 1.0; odrl: ODRL 2.2 in JSON-LD.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file to write; default: the standard output.")
    ] = None,
) -> None:
    """Write a licence with all its terms in a format of others. Everything of it is there, internal notes too."""
    content = asyncio.run(_content(code, format_))
    if out is None:
        sys.stdout.buffer.write(content)
        return
    try:
        out.write_bytes(content)
    except OSError as error:
        raise NoLicence(f"{out}: {error.strerror}") from None


async def _content(code: str, wanted: Format) -> bytes:
    settings = configuration.load()
    async with transactions(settings) as begin, begin() as session:
        licence = await stored.by_code(session, code)
        if licence is None:
            raise NoLicence(f"{code}: there is no such licence")
        address = f"{settings.public_url}/licences"
        return await formats.export(session, licence, wanted, lambda key: f"{address}/{ids.encode('Licence', key)}")
