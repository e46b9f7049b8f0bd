"""What it costs to believe a SAML response, beside pysaml2 and python3-saml.

    python -m bench.sign_in

The same responses of one provider, RSA keys of 2,048 bits, SHA-256: with the assertion signed, the response, or both,
and with the signed assertion encrypted (AES-256-GCM, RSA-OAEP). Each side has its settings and the provider's metadata
ready and starts from the form field; the sides take turns. pysaml2 runs the program xmlsec1 for each signature.
"""

import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from saml2 import BINDING_HTTP_POST
from saml2.client import Saml2Client
from saml2.config import SPConfig

from auth.saml import response
from bench.cluster import say, seconds
from tests.saml import onelogin
from tests.saml.corpus.keys import Pair, pair
from tests.saml.corpus.maker import Maker, metadata
from tests.saml.corpus.sealing import GCM

ROUNDS = 9
US = response.Recipient("https://mutua.example/saml/metadata", "https://mutua.example/saml/acs", (pair("us").rsa,))
REQUEST = "_request-1"
Check = Callable[[str], object]


def ours(provider: Maker) -> Check:
    party = provider.party

    def check(form: str) -> object:
        return response.verify(response.read(form), party, US, datetime.now(UTC))

    return check


def python3_saml(provider: Maker, keys: Pair) -> Check:
    read = onelogin.reader(provider, US, keys)
    return lambda form: read(form, REQUEST)


def pysaml2(provider: Maker, keys: Pair, folder: Path) -> Check:
    key, certificate = folder / "sp.key", folder / "sp.crt"
    key.write_bytes(keys.key_pem())
    certificate.write_bytes(keys.certificate_pem())
    files = {"key_file": str(key), "cert_file": str(certificate)}
    config = SPConfig().load(
        {
            "entityid": US.entity_id,
            "service": {
                "sp": {
                    "endpoints": {"assertion_consumer_service": [(US.acs, BINDING_HTTP_POST)]},
                    "want_response_signed": False,
                    "want_assertions_signed": False,
                    "want_assertions_or_response_signed": True,
                }
            },
            "metadata": {"inline": [metadata(provider)]},
            "xmlsec_binary": "/usr/bin/xmlsec1",
            "encryption_keypairs": [files],
            **files,
        }
    )
    client = Saml2Client(config)

    def check(form: str) -> object:
        return client.parse_authn_request_response(form, BINDING_HTTP_POST, {REQUEST: "/"}).ava

    return check


def verification(folder: Path) -> None:
    keys, provider = pair("us"), Maker("https://idp.alpha.example/idp", pair("alpha"))
    sides: list[tuple[str, Check, int]] = [
        ("ours", ours(provider), 30),
        ("python3-saml", python3_saml(provider, keys), 10),
        ("pysaml2", pysaml2(provider, keys, folder), 1),
    ]
    say(f"{'one response, ms':<28}{'ours':>8}{'python3-saml':>14}{'ratio':>7}{'pysaml2':>10}{'ratio':>7}")
    for what, options in _responses().items():
        form = provider.form(US, in_response_to=REQUEST, **options)
        taken: dict[str, list[float]] = {name: [] for name, _, _ in sides}
        for name, check, _ in sides:
            assert check(form), name  # noqa: S101 a side that refuses measures nothing
        for _ in range(ROUNDS):
            for name, check, times in sides:
                taken[name].append(seconds(partial(check, form), times=times) * 1000)
        mine, onelogin, other = (statistics.median(taken[name]) for name, _, _ in sides)
        say(f"{what:<28}{mine:>8.2f}{onelogin:>14.2f}{onelogin / mine:>7.1f}{other:>10.1f}{other / mine:>7.0f}")


def _responses() -> dict[str, dict[str, Any]]:
    return {
        "assertion signed": {"sign": "assertion"},
        "response signed": {"sign": "response"},
        "both signed": {"sign": "both"},
        "assertion signed, encrypted": {"sign": "assertion", "seal": GCM},
        "both signed, encrypted": {"sign": "both", "seal": GCM},
    }


def main() -> None:
    with ExitStack() as stack:
        verification(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mutua-bench-"))))


if __name__ == "__main__":
    main()
