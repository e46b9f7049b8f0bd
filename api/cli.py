"""`mutua`: the command line. What goes wrong for a known cause is one line and exit code 2."""

import sys

import sqlalchemy.exc
import typer

from api.commands import database, identity, roles, serving
from api.embedded import EmbeddedError
from api.settings import SettingsError
from domain.keys import KeysUnusable

cli = typer.Typer(
    help="Mutua, the shared-access platform of a library consortium.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(serving.app)
cli.add_typer(database.app, name="database")
cli.add_typer(roles.app)
cli.add_typer(identity.app, name="identity-provider")

ONE_LINE = (
    SettingsError,
    EmbeddedError,
    KeysUnusable,
    serving.AddressInUse,
    roles.MemberUnknown,
    identity.ProviderRefused,
)


def main() -> None:
    try:
        cli()
    except ONE_LINE as error:
        _give_up(str(error))
    except sqlalchemy.exc.OperationalError as error:
        _give_up(f"the database can't be reached: {' '.join(str(error.orig).split())}")


def _give_up(line: str) -> None:
    sys.stderr.write(f"mutua: {line}\n")
    raise SystemExit(2)
