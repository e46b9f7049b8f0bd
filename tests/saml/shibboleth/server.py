"""Debian's Shibboleth service provider on loopback: shibd and an Apache with its module, for as long as asked.

The two run as whoever runs the tests; nothing of the system's own configuration is used but the map of attributes and
the filter by scope, as the package brings them.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from auth.saml.response import Recipient
from tests.saml.corpus.keys import Pair
from tests.saml.corpus.maker import Maker, metadata
from tests.support.ports import free_ports

PACKAGED = Path("/etc/shibboleth")
MODULES = Path("/usr/lib/apache2/modules")
ENTITY_ID = "https://shibboleth.example/sp"
SECONDS = 20


@dataclass(frozen=True)
class Shibboleth:
    address: str
    recipient: Recipient
    browser: httpx2.Client

    def attributes(self, form: str) -> dict[str, tuple[str, ...]] | None:
        """What it took from a response, by its own names; None where it refused."""
        self.browser.cookies.clear()
        answer = self.browser.post(self.recipient.acs, data={"SAMLResponse": form, "RelayState": f"{self.address}/"})
        if answer.status_code != httpx2.codes.FOUND or "_shibsession" not in answer.headers.get("set-cookie", ""):
            return None
        session = self.browser.get(f"{self.address}/Shibboleth.sso/Session").json()
        return {one["name"]: tuple(one["values"]) for one in session.get("attributes", ())}


@contextmanager
def running(providers: Sequence[Maker], keys: Sequence[Pair]) -> Iterator[Shibboleth]:
    """`keys` are its own, the newest first."""
    if not shutil.which("shibd") or not (MODULES / "mod_shib.so").exists():
        pytest.skip("Debian's libapache2-mod-shib and shibboleth-sp-utils are missing")
    folder = Path(tempfile.mkdtemp(prefix="mutua-shibboleth-"))
    folder.chmod(0o755)
    address = f"http://127.0.0.1:{free_ports(1)[0]}"
    recipient = Recipient(ENTITY_ID, f"{address}/Shibboleth.sso/SAML2/POST", tuple(one.rsa for one in keys))
    _configure(folder, address, providers, keys)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "shibd.out").open("wb") as out:
            processes.append(subprocess.Popen([*_SHIBD, str(folder / "shibboleth2.xml")], stdout=out, stderr=out))
        _wait(lambda: (folder / "shibd.sock").exists(), folder)
        (folder / "shibd.sock").chmod(0o777)
        apache = ["/usr/sbin/apache2", "-D", "FOREGROUND", "-f", str(folder / "apache.conf")]
        with (folder / "apache.out").open("wb") as out:
            processes.append(subprocess.Popen(apache, stdout=out, stderr=out))
        _wait(lambda: _answers(address), folder)
        with httpx2.Client(timeout=SECONDS) as browser:
            yield Shibboleth(address, recipient, browser)
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait(SECONDS)
        shutil.rmtree(folder)


_SHIBD = ("/usr/sbin/shibd", "-F", "-f", "-c")


def _configure(folder: Path, address: str, providers: Sequence[Maker], keys: Sequence[Pair]) -> None:
    resolvers = ""
    for number, one in enumerate(keys):
        (folder / f"{number}.key").write_bytes(one.key_pem())
        (folder / f"{number}.crt").write_bytes(one.certificate_pem())
        files = f'key="{folder}/{number}.key" certificate="{folder}/{number}.crt"'
        resolvers += f'<CredentialResolver type="File" {files}/>'
    entities = "".join(metadata(one) for one in providers)
    group = f'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{entities}</md:EntitiesDescriptor>'
    (folder / "metadata.xml").write_text(group)
    for level, name in (("INFO", "shibd.logger"), ("WARN", "native.logger")):
        (folder / name).write_text(_LOGGER.format(level=level, file=folder / "log" / f"{name}.log"))
    log = folder / "log"
    log.mkdir()
    log.chmod(0o777)
    facts = {"folder": folder, "address": address, "packaged": PACKAGED, "resolvers": resolvers, "entity": ENTITY_ID}
    here = Path(__file__).parent
    (folder / "shibboleth2.xml").write_text((here / "shibboleth2.xml").read_text().format(**facts))
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    port = address.rpartition(":")[2]
    apache = (here / "apache.conf").read_text().format(folder=folder, port=port, modules=MODULES, user=user)
    (folder / "apache.conf").write_text(apache)


_LOGGER = """\
log4j.rootCategory={level}, f
log4j.appender.f=org.apache.log4j.FileAppender
log4j.appender.f.fileName={file}
log4j.appender.f.layout=org.apache.log4j.PatternLayout
log4j.appender.f.layout.ConversionPattern=%p %c: %m%n
"""


def _answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/Shibboleth.sso/Session").status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def _wait(ready: object, folder: Path) -> None:
    until = time.monotonic() + SECONDS
    while not ready():  # type: ignore[operator]
        if time.monotonic() > until:
            told = "\n".join(path.read_text(errors="replace") for path in folder.glob("*.out"))
            raise AssertionError(f"Shibboleth doesn't start: {told}")
        time.sleep(0.05)
