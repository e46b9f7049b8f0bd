"""Debian's simplesamlphp on loopback, as a university's SAML identity provider: gone when the tests are."""

import base64
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.saml.corpus.keys import pair
from tests.support.ports import free_ports

HOME = Path("/usr/share/simplesamlphp")
SCOPE = "gamma.edu"
COMMON_LIB_TERMS = "urn:mace:dir:entitlement:common-lib-terms"
PEOPLE: Mapping[str, Mapping[str, Sequence[str]]] = {
    "carol": {
        "eduPersonScopedAffiliation": [f"member@{SCOPE}", f"faculty@{SCOPE}"],
        "eduPersonEntitlement": [COMMON_LIB_TERMS],
        "pairwise-id": [f"PWCAROL@{SCOPE}"],
        "schacHomeOrganization": [SCOPE],
        "displayName": ["Carol <!-- & --> 王"],
    },
    "walkin": {"eduPersonScopedAffiliation": [f"library-walk-in@{SCOPE}"]},
    "both": {"eduPersonScopedAffiliation": [f"student@{SCOPE}", "staff@delta.edu"], "pairwise-id": [f"PWBOTH@{SCOPE}"]},
    "eve": {"eduPersonScopedAffiliation": ["staff@alpha.edu"], "eduPersonEntitlement": [COMMON_LIB_TERMS]},
    "silent": {"displayName": ["Nobody In Particular"]},
}
"""Eve claims to be another university's; Silent's university releases too little."""


def password(name: str) -> str:
    return f"pw-{name}"


@dataclass(frozen=True)
class Service:
    """Mutua, as this provider knows it."""

    entity_id: str
    acs: str
    slo: str
    signing: bytes
    """DER."""
    encryption: bytes | None
    """DER; None: assertions come in the clear."""


@contextmanager
def running(folder: Path, service: Service) -> Iterator[str]:
    """Its base URL, on the site `localhost`; skips where it can't run, saying what is missing."""
    if shutil.which("php") is None or not HOME.exists():
        pytest.skip("simplesamlphp is missing (make test-deps installs it)")
    (port,) = free_ports(1)
    url = f"http://localhost:{port}"
    _configure(folder, url, service)
    with (folder / "php.log").open("wb") as log:
        process = subprocess.Popen(
            ["php", "-d", "error_reporting=0", "-d", "display_errors=0", "-S", f"127.0.0.1:{port}", "-t", HOME / "www"],
            env=os.environ | {"SIMPLESAMLPHP_CONFIG_DIR": str(folder), "PHP_CLI_SERVER_WORKERS": "2"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, f"{url}/saml2/idp/metadata.php")
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _configure(folder: Path, url: str, service: Service) -> None:
    for name in ("cert", "log", "data", "tmp", "metadata"):
        (folder / name).mkdir()
    own = pair("simplesamlphp")
    (folder / "cert" / "idp.key").write_bytes(own.key_pem())
    (folder / "cert" / "idp.crt").write_bytes(own.certificate_pem())
    (folder / "config.php").write_text(CONFIG.replace("FOLDER", str(folder)).replace("URL", url))
    people = ", ".join(f"'{name}:{password(name)}' => {_php(facts)}" for name, facts in PEOPLE.items())
    users = f"'users' => ['exampleauth:UserPass', {people}]"
    (folder / "authsources.php").write_text(f"<?php $config = ['admin' => ['core:AdminPassword'], {users}];")
    (folder / "metadata" / "saml20-idp-hosted.php").write_text(HOSTED.replace("URL", url))
    known = {
        "AssertionConsumerService": service.acs,
        "SingleLogoutService": service.slo,
        "certData": base64.b64encode(service.signing).decode(),
    }
    flags = "'validate.authnrequest' => true, 'sign.logout' => true, 'validate.logout' => true"
    if service.encryption is not None:
        pem = x509.load_der_x509_certificate(service.encryption).public_bytes(Encoding.PEM)
        (folder / "cert" / "mutua-encryption.crt").write_bytes(pem)
        keys = (("signing", service.signing), ("encryption", service.encryption))
        known_keys = ", ".join(_key(use, certificate) for use, certificate in keys)
        del known["certData"]
        flags += f", 'assertion.encryption' => true, 'keys' => [{known_keys}]"
    (folder / "metadata" / "saml20-sp-remote.php").write_text(
        f"<?php $metadata['{service.entity_id}'] = {_php(known)[:-1]}, {flags}];"
    )


def _key(use: str, certificate: bytes) -> str:
    flags = "".join(f"'{name}' => {str(name == use).lower()}, " for name in ("signing", "encryption"))
    return f"[{flags}'type' => 'X509Certificate', 'X509Certificate' => '{base64.b64encode(certificate).decode()}']"


def _php(value: object) -> str:
    if isinstance(value, Mapping):
        return "[" + ", ".join(f"'{name}' => {_php(one)}" for name, one in value.items()) + "]"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_php, value)) + "]"
    return "'" + str(value).replace("'", "\\'") + "'"


CONFIG = """<?php
$config = [
  'baseurlpath' => 'URL/', 'certdir' => 'FOLDER/cert/', 'loggingdir' => 'FOLDER/log/', 'datadir' => 'FOLDER/data/',
  'tempdir' => 'FOLDER/tmp', 'secretsalt' => 'asaltthatonlythesetestsuse', 'auth.adminpassword' => 'not the default',
  'technicalcontact_email' => 'na@example.org', 'timezone' => 'UTC', 'showerrors' => true, 'errorreporting' => false,
  'debug' => ['saml' => false, 'backtraces' => true, 'validatexml' => false],
  'logging.level' => SimpleSAML\\Logger::INFO, 'logging.handler' => 'file', 'logging.logfile' => 'idp.log',
  'enable.saml20-idp' => true, 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
  'session.duration' => 28800, 'session.datastore.timeout' => 14400, 'session.state.timeout' => 3600,
  'session.cookie.name' => 'IDPSESSION', 'session.cookie.lifetime' => 0, 'session.cookie.path' => '/',
  'session.cookie.secure' => false, 'session.phpsession.cookiename' => 'IDPPHP', 'session.phpsession.httponly' => true,
  'session.authtoken.cookiename' => 'IDPAUTH', 'store.type' => 'phpsession', 'usenewui' => false,
  'language.available' => ['en'], 'language.default' => 'en', 'theme.use' => 'default',
  'metadata.sources' => [['type' => 'flatfile', 'directory' => 'FOLDER/metadata']],
  'attributenamemapdir' => '/usr/share/simplesamlphp/attributemap/',
];
"""
HOSTED = """<?php
$metadata['URL/saml2/idp/metadata.php'] = [
  'host' => '__DEFAULT__', 'privatekey' => 'idp.key', 'certificate' => 'idp.crt', 'auth' => 'users',
  'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'sign.response' => true, 'saml20.sign.assertion' => true, 'redirect.sign' => true, 'redirect.validate' => true,
  'NameIDFormat' => 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient',
  'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
  'authproc' => [
    90 => ['class' => 'core:AttributeMap', 'eduPersonScopedAffiliation' => 'urn:oid:1.3.6.1.4.1.5923.1.1.1.9',
           'eduPersonEntitlement' => 'urn:oid:1.3.6.1.4.1.5923.1.1.1.7',
           'pairwise-id' => 'urn:oasis:names:tc:SAML:attribute:pairwise-id',
           'schacHomeOrganization' => 'urn:oid:1.3.6.1.4.1.25178.1.2.9',
           'displayName' => 'urn:oid:2.16.840.1.113730.3.1.241'],
  ],
];
"""


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("simplesamlphp did not start")
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("simplesamlphp was not ready after 20 s")
