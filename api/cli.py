"""`mutua`: the command line. What goes wrong for a known cause is one line and exit code 2."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import psycopg
import sqlalchemy.exc
import typer

from api.backup.manifest import BackupError
from api.commands import (
    access,
    backup,
    client,
    database,
    deadlines,
    doctor,
    federation,
    identity,
    importing,
    importing_licence,
    initial,
    keys,
    licence,
    licence_card,
    licence_draft,
    licence_export,
    retention,
    roles,
    search,
    serving,
    worker,
)
from api.embedded import EmbeddedError
from api.settings import SettingsError
from domain.keys import KeysUnusable

cli = typer.Typer(
    help="Mutua, the shared-access platform of a library consortium.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
cli.add_typer(initial.app)
cli.add_typer(serving.app)
cli.add_typer(worker.app)
cli.add_typer(retention.app)
cli.add_typer(doctor.app)
cli.add_typer(deadlines.app)
cli.add_typer(database.app, name="database")
cli.add_typer(roles.app)
cli.add_typer(access.app)
cli.add_typer(identity.app, name="identity-provider")
cli.add_typer(federation.app, name="metadata")
cli.add_typer(client.app, name="client")
cli.add_typer(keys.app, name="key")
importing.app.command()(importing_licence.licence)
cli.add_typer(importing.app, name="import")
cli.add_typer(licence.app, name="licence")
cli.add_typer(search.app, name="search")
cli.add_typer(backup.app, name="backup")
cli.add_typer(backup.way_back)

KNOWN = (
    SettingsError,
    EmbeddedError,
    KeysUnusable,
    serving.AddressInUse,
    identity.ProviderRefused,
    federation.MetadataRefused,
    roles.MemberUnknown,
    access.NothingToAsk,
    client.ClientRefused,
    licence_card.CardRefused,
    licence_draft.DraftRefused,
    licence_export.NoLicence,
    BackupError,
)


def main() -> None:
    with one_line():
        cli()


@contextmanager
def one_line() -> Iterator[None]:
    """Turn what goes wrong for a known cause into one line and exit code 2."""
    try:
        yield
    except KNOWN as error:
        _give_up(str(error))
    except psycopg.errors.InsufficientPrivilege as error:
        _give_up(f"the database refuses: {' '.join(str(error).split())}")
    except sqlalchemy.exc.OperationalError as error:
        _give_up(f"the database can't be reached: {' '.join(str(error.orig).split())}")
    except psycopg.OperationalError as error:
        _give_up(f"the database can't be reached: {' '.join(str(error).split())}")
    except sqlalchemy.exc.ProgrammingError as error:
        if not isinstance(error.orig, psycopg.errors.UndefinedTable):
            raise
        _give_up("the database has no tables of ours yet: mutua database migrate")


def _give_up(line: str) -> NoReturn:
    sys.stderr.write(f"mutua: {line}\n")
    raise SystemExit(2)
