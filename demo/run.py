"""`make run`: the demo consortium on this machine: database, data, universities, server; Ctrl-C stops it all."""

import argparse
import asyncio
import fcntl
import hashlib
import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from rich.console import Console
from rich.markup import escape
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import database, pages, query_page
from api import settings as configuration
from api.app import create_app
from api.cli import one_line
from api.commands import serving
from api.query_page import SavedQuery
from api.settings import Settings, SettingsError
from demo import clients, identity, identity_people, identity_setup, load, saml
from demo.clients import Partner
from demo.identity import Campus
from domain.keys import KeyStore
from domain.scopes import Scope
from migrations import chain

REPOSITORY = Path(__file__).parents[1]
QUERIES = Path(__file__).parent / "queries"
READER = REPOSITORY / "examples" / "reader"
LOADED = "demo-loaded"
RUNNING = "demo-running"

console = Console(highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", default="8000")
    port: str = parser.parse_args().port
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))  # the terminal was closed
    try:
        with one_line():
            run(_number(port))
    except KeyboardInterrupt:
        console.print("已停止，数据保留。 Stopped; the data stay.")


def _number(port: str) -> int:
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError("PORT is a number from 1 to 65535")
    return int(port)


def run(port: int) -> None:
    """Everything from the socket to the last line; whatever was started is stopped when this ends."""
    settings = _settings(port)
    with serving.listening("127.0.0.1", port) as listener, _alone(settings), database.reached(settings) as urls:
        chain.upgrade(database.owner_url(urls))
        people = identity_people.load()
        secrets = identity_people.secrets_in(settings.state_dir, people)
        campus = Campus(people, secrets, settings.public_url, identity.origin_beside(settings.public_url))
        partner = asyncio.run(_filled(settings, urls.app, campus))
        _introduce(settings, campus)
        _introduce_clients(settings, partner)
        console.print("\nCtrl-C 停止一切，数据保留 stops everything; the data stay.\n")
        serving.server(_application(settings, campus)).run(sockets=[listener])


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One demo at a time in a state folder: a second one would register the universities at its own address.

    Raises:
        serving.AddressInUse: there is one.
    """
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    with (settings.state_dir / RUNNING).open("a+") as note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note.seek(0)
            raise serving.AddressInUse(f"the demo of this folder runs already, at {note.read()}") from None
        note.truncate(0)
        note.write(settings.public_url)
        note.flush()
        yield


def _settings(port: int) -> Settings:
    """Like every server's, but a demo's, at this port."""
    os.environ |= {"MUTUA_DEMO": "true", "MUTUA_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    os.environ.setdefault("MUTUA_STATE_DIR", str(REPOSITORY / "var"))
    return configuration.load()


async def _filled(settings: Settings, url: str, campus: Campus) -> Partner:
    """Load the demo's files unless this very database holds them already; make universities and clients known in any
    case."""
    pool = database.engine(url, statement_seconds=0)
    begin = database.as_everybody(database.sessions(pool))
    note = settings.state_dir / LOADED
    try:
        async with begin() as session:
            cluster = await session.scalar(text("SELECT system_identifier FROM pg_control_system()"))
        wanted = f"{cluster} {_fingerprint()}"
        if not note.exists() or note.read_text() != wanted:
            await load.load(begin, settings, console)
            note.write_text(wanted)
        await identity_setup.load_metadata(begin, campus)
        async with begin() as session:
            keys = KeyStore(settings.key_dir, demo=True)
            await identity_setup.install(session, keys, campus)
            return await clients.install(session, keys, campus)
    finally:
        await pool.dispose()


def _fingerprint() -> str:
    """Of everything that decides what the demo's data are."""
    digest = hashlib.sha256((chain.head() or "").encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name != Path(__file__).name:
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _application(settings: Settings, campus: Campus) -> FastAPI:
    """The server, with the demo's universities beside it and the first app in front."""
    app = create_app(settings)
    app.state.saved_queries = (*query_page.read(QUERIES), *query_page.read(query_page.STAFF, QUERIES / "staff"))
    app.include_router(identity.router(campus))
    app.include_router(saml.router(campus, KeyStore(settings.key_dir, demo=True)))
    app.add_api_route("/demo/{person}", _try, include_in_schema=False)
    app.mount("/", pages.front_end(READER))
    return app


async def _try(request: Request, person: str) -> Response:
    """The short link of a person: sign in as her, then the query page with a query filled in that is meant for her."""
    saved = _query_for(person, request.app.state.saved_queries)
    filled = {"query": saved.query} | (
        {"variables": json.dumps(saved.variables, ensure_ascii=False)} if saved.variables else {}
    )
    target = f"{query_page.ENDPOINT}?{urlencode(filled)}"
    return RedirectResponse(f"/demo/as/{quote(person, safe='')}?{urlencode({'target': target})}", 303)


def _query_for(person: str, saved: Sequence[SavedQuery]) -> SavedQuery:
    """The first whose second line names her (`# as: student`), else the search, which shows everybody something."""
    meant = [query for query in saved if query.query.splitlines()[1] == f"# as: {person}"]
    return meant[0] if meant else next(query for query in saved if "resources(" in query.query)


def _introduce(settings: Settings, campus: Campus) -> None:
    """Addresses, persons, and links that sign in as one of them with a query filled in."""
    here = settings.public_url
    console.print(f"\n[bold]Mutua[/bold]  {here}/  给读者的应用 an app for readers", soft_wrap=True)
    for name, path in (("查询 queries ", "graphql"), ("模式 schema  ", "schema.graphql"), ("帮助 help    ", "help")):
        console.print(f"  {name} {here}/{path}", soft_wrap=True)
    console.print()
    console.print(
        "示范人物（虚构），链接一键登录并填好查询。 Demo persons (invented); each link signs in and fills a query in:",
        soft_wrap=True,
    )
    for person in campus.people.persons.values():
        console.print(
            f"  [bold]{here}/demo/{person.id}[/bold]  {person.name['zh']} {person.name['en']}", soft_wrap=True
        )
        query = _query_for(person.id, query_page.read(QUERIES)).name
        password = f"用户名 user {person.id}, 密码 password {campus.secrets.passwords[person.id]}"
        about = f"{person.shows['zh']} {person.shows['en']}"
        for line in (password, about, f"查询 query: {query['zh']} {query['en']}"):
            console.print(f"    [dim]{escape(line)}[/dim]", soft_wrap=True)


def _introduce_clients(settings: Settings, partner: Partner) -> None:
    """What an app on another site and a partner's system need, and one line that works."""
    here = settings.public_url
    scope = Scope.ACCESS_DECISIONS_READ
    lines = (
        "\n应用和合作系统 Apps and partners (docs/apps.md, docs/partner.md):",
        f"  [bold]client_id[/bold] {clients.APP}  公开应用 a public app, redirect {clients.APP_ORIGIN}/callback",
        f"    [dim]python3 -m http.server 5173 --bind 127.0.0.1 -d examples/spa[/dim]  →  {clients.APP_ORIGIN}/",
        f"  [bold]client_id[/bold] {partner.id}  合作系统 a partner's system, "
        f"[bold]client_secret[/bold] {partner.secret}",
        f"    [dim]curl -s -u {partner.id}:{partner.secret} -d grant_type=client_credentials -d scope={scope} "
        f"{here}/oauth/token[/dim]",
        f"    [dim]python3 examples/partner.py {partner.id} {partner.secret} {here}[/dim]",
    )
    for line in lines:
        console.print(line, soft_wrap=True)


if __name__ == "__main__":
    main()
