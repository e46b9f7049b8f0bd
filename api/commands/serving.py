"""`mutua serve`: the server of this machine."""

import errno
import logging
import socket
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from api import database, logs
from api import settings as configuration
from api.app import create_app
from api.commands import keys
from api.patience import PatientProtocol

app = typer.Typer()

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 15
SHUTDOWN_SECONDS = 5


class AddressInUse(Exception):
    """Another program listens there; the text is the one line to print."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
) -> None:
    """Serve GraphQL, sign-in, content and pages. Ctrl-C stops it."""
    settings = configuration.load()
    keys.of(settings)  # here, and not in the application's start, what is wrong with them is one line
    with listening(host, port) as listener, database.reached(settings):
        running = server(create_app(settings))
        logging.getLogger("mutua").info("serving on http://%s:%s", *listener.getsockname()[:2])
        running.run(sockets=[listener])


def server(application: FastAPI) -> uvicorn.Server:
    """uvicorn, told to believe no header about the client's address and to log no query."""
    logs.configure(json=not application.state.settings.on_loopback)
    return uvicorn.Server(
        uvicorn.Config(
            application,
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            http=PatientProtocol,
            ws="none",
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )


def listening(host: str, port: int) -> socket.socket:
    """The listening socket, before anything heavy starts.

    Its connections inherit TCP_NODELAY, which asyncio sets on none that it didn't open itself: without it each answer
    but a connection's first waits 40 ms for the client to acknowledge its headers.

    Raises:
        AddressInUse: somebody has the port.
    """
    try:
        listener = socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(f"port {port} is in use by another program; PORT=… takes another one") from None
        raise AddressInUse(f"can't listen on {host} port {port}: {error.strerror}") from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
