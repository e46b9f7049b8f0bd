"""What an imported licence says that isn't modelled: kept as it was written."""

from typing import Any

import strawberry
from sqlalchemy import select
from sqlmodel import col

from models import licence as rows
from schema.kit.context import Info
from schema.kit.rows import belonging
from schema.kit.source import column, noun
from schema.sight import sees_licence

belonging(
    "fragments_of_licence",
    col(rows.LicenceFragment.licence_id),
    select(col(rows.LicenceFragment.licence_id), rows.LicenceFragment).order_by(col(rows.LicenceFragment.position)),
)


@noun(
    rows.LicenceFragment,
    "A part of the document that a licence was imported from (ONIX-PL) for which we have no model. No decision rests "
    "on it; an export puts it back to where it stood.",
)
class LicenceFragment:
    path: str = column(rows.LicenceFragment.path, "Where it stood; in brackets, the clause and action it goes with.")
    content: str = column(rows.LicenceFragment.content, "Its elements as XML, without namespace.")


async def fragments_of_licence(root: strawberry.Parent[rows.Licence], info: Info) -> Any:
    """Licence.fragments."""
    if not await sees_licence(info, root.id):
        return None
    return await info.context.loaders.load("fragments_of_licence", root.id)
