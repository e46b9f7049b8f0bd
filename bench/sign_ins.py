"""How many people one worker signs in by SAML, beside what their university's own server needs for it.

    python -m bench.sign_ins

One process serves Mutua; simplesamlphp (Debian's, on PHP's own server with two processes) is the university. First the
university alone: its page, the password, the signed response. Then Mutua alone with responses that are made here: the
request, the form, the visit that follows it. Four browsers at once, each with a password typed anew.
"""

import asyncio
import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.request import urlopen

import httpx2

from api import database
from auth.saml import ourselves, requests
from auth.saml.response import Recipient
from bench.cluster import Place, figure, place, say
from domain import members
from domain.keys import KeyStore
from models.federation import MetadataSource, SamlEntity
from tests.identity.house import form_of, member
from tests.identity.simplesamlphp import server
from tests.identity.simplesamlphp.server import SCOPE, Service, password
from tests.saml.conftest import request_of
from tests.saml.corpus.keys import pair
from tests.saml.corpus.maker import PAIRWISE_ID, SCOPED_AFFILIATION, Maker
from tests.support.ports import free_ports

HEADERS = {"Accept": "text/html", "Accept-Language": "en"}
BROWSERS = 4
SIGN_INS = 200
AT_THE_UNIVERSITY = 60
SAID = {SCOPED_AFFILIATION: (f"student@{SCOPE}",), PAIRWISE_ID: (f"ADA@{SCOPE}",)}
Once = Callable[[httpx2.AsyncClient], Awaitable[None]]


@contextmanager
def served(where: Place, url: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """One worker of Mutua."""
    settings = {"MUTUA_DATABASE_URL": where.app, "MUTUA_STATE_DIR": str(folder), "MUTUA_PUBLIC_URL": url}
    command = [str(Path(sys.executable).with_name("mutua")), "serve", "--port", url.rpartition(":")[2]]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 our own command
            command, env=os.environ | settings | {"MUTUA_DEMO": "true"}, stdout=log, stderr=log
        )
        try:
            _wait(f"{url}/saml/metadata")
            yield process
        finally:
            process.terminate()
            process.wait(30)


async def register(where: Place, *idps: tuple[str, str, bytes]) -> None:
    """Identity providers: entityID, address, certificate; all for one member."""
    pool = database.engine(where.app)
    try:
        async with database.as_everybody(database.sessions(pool))() as session:
            await member(session, "gamma", SCOPE)
            source = MetadataSource(name="bench", location="bench.xml")
            session.add(source)
            await session.flush()
            for entity_id, address, certificate in idps:
                row = SamlEntity(source_id=source.id, entity_id=entity_id, names={"en": entity_id}, scopes=[SCOPE])
                row.single_sign_on = {requests.REDIRECT: address}
                row.signing_certificates = [base64.b64encode(certificate).decode()]
                session.add(row)
                await session.flush()
                await members.register_saml_provider(
                    session, entity_id=entity_id, name={"en": entity_id}, source_id=source.id, scopes=[SCOPE]
                )
    finally:
        await pool.dispose()


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=url, trust_env=False, timeout=30, headers=HEADERS) as opened:
        yield opened


async def driven(url: str, once: Once, times: int) -> float:
    """How many a second."""
    left = iter(range(times))

    async def one_after_the_other() -> None:
        async with browser(url) as opened:
            for _ in left:
                opened.cookies.clear()
                await once(opened)

    began = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(BROWSERS)))
    return times / (time.perf_counter() - began)


def at_the_university(url: str, entity_id: str) -> Once:
    async def once(opened: httpx2.AsyncClient) -> None:
        asked = await opened.get(f"{url}/login", params={"entityID": entity_id})
        page = await opened.get(asked.headers["location"], follow_redirects=True)
        where, fields = form_of(page)
        answer = await opened.post(
            where, data=fields | {"username": "carol", "password": password("carol")}, follow_redirects=True
        )
        assert "SAMLResponse" in answer.text  # noqa: S101 what doesn't sign in measures nothing

    return once


def at_mutua(us: Recipient, maker: Maker) -> Once:
    async def once(opened: httpx2.AsyncClient) -> None:
        asked = await opened.get("/login", params={"entityID": maker.entity_id})
        request = request_of(asked.headers["location"]).attrib["ID"]
        form = maker.form(us, in_response_to=request, attributes=SAID)
        waiting = await opened.post("/saml/acs", data={"SAMLResponse": form})
        done = await opened.get(waiting.headers["location"])
        assert "mutua" in done.headers["set-cookie"]  # noqa: S101 what doesn't sign in measures nothing

    return once


async def measured(where: Place, folder: Path) -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    state, idp_folder = folder / "mutua", folder / "idp"
    state.mkdir()
    idp_folder.mkdir()
    with served(where, url, state) as process:
        keys = KeyStore(state / "keys", demo=True)
        signing = ourselves.signing(url, keys).certificate
        service = Service(ourselves.entity_id(url), url + ourselves.ACS, url + ourselves.SLO, signing, None)
        maker = Maker("https://bench.example/idp", pair("bench"))
        with server.running(idp_folder, service) as idp:
            entity_id = f"{idp}/saml2/idp/metadata.php"
            sso = f"{idp}/saml2/idp/SSOService.php"
            await register(
                where,
                (entity_id, sso, pair("simplesamlphp").certificate),
                (maker.entity_id, "https://bench.example/sso", maker.pair.certificate),
            )
            theirs = await driven(url, at_the_university(url, entity_id), AT_THE_UNIVERSITY)
            once = at_mutua(ourselves.recipient(url, keys), maker)
            await driven(url, once, BROWSERS)
            before = _processor_seconds(process.pid)
            ours = await driven(url, once, SIGN_INS)
            spent = (_processor_seconds(process.pid) - before) / SIGN_INS
    figure("sign-ins a second of one worker of Mutua", ours, "/s")
    figure("its processor time for one", spent * 1000, "ms")
    figure("sign-ins a second of simplesamlphp, two processes", theirs, "/s")
    say(f"ratio {ours / theirs:.1f}")


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _wait(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urlopen(address, timeout=5):  # noqa: S310 on loopback
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("Mutua did not start")


def main() -> None:
    with place() as where, tempfile.TemporaryDirectory(prefix="mutua-bench-") as folder:
        asyncio.run(measured(where, Path(folder)))


if __name__ == "__main__":
    main()
