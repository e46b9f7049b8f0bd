"""A real Keycloak on loopback: in memory, two realms, gone when the tests are."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.identity.keycloak.realms import Service, realms
from tests.support.ports import free_ports

FOLDER = Path(__file__).parents[3] / "var" / "keycloak"
START_SECONDS = 180


@contextmanager
def running(service: Service) -> Iterator[str]:
    """Its base URL, on the site `localhost`; skips where it can't run, saying what is missing."""
    if shutil.which("java") is None:
        pytest.skip("Java 17 is missing (make test-deps installs it)")
    ready = FOLDER / "ready"
    if not ready.exists():
        pytest.skip("Keycloak is missing (make test-deps fetches it through Maven)")
    home = FOLDER / ready.read_text().strip()
    port, management = free_ports(2)
    imports = home / "data" / "import"
    imports.mkdir(parents=True, exist_ok=True)
    for realm in realms(service):
        (imports / f"{realm['realm']}-realm.json").write_text(json.dumps(realm))
    url = f"http://localhost:{port}"
    command = [
        *(
            str(home / "bin" / "kc.sh"),
            "start",
            "--optimized",
            "--import-realm",
            "--cache=local",
            "--http-enabled=true",
        ),
        *("--http-host=127.0.0.1", f"--http-port={port}", f"--http-management-port={management}", f"--hostname={url}"),
    ]
    with (FOLDER / "keycloak.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=os.environ | {"JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, f"{url}/realms/beta/.well-known/openid-configuration")
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Keycloak did not start; see {FOLDER / 'keycloak.log'}")
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise RuntimeError(f"Keycloak was not ready after {START_SECONDS} s")
