"""`mutua licence …`: licences read from documents, told on one page, and written in the formats of others."""

import typer

from api.commands import licence_card, licence_draft, licence_export

app = typer.Typer(help="Licences: draft one from its document, show its card, export it.", no_args_is_help=True)
app.command()(licence_card.card)
app.command()(licence_draft.draft)
app.command()(licence_export.export)
