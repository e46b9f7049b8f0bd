"""`mutua import metadata`, `mutua metadata` and `mutua identity-provider` for SAML, as an operator runs them."""

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api.database import Transactions
from tests.federation.conftest import Operator, Publisher
from tests.federation.maker import DECLARED, Federation, University, base64_certificate, in_days, rsa_key, written
from tests.identity.house import member
from tests.operation.commands import REPOSITORY

FEDERATION = Federation()
"""Its certificate is in fed.pem."""
ALPHA = University("https://idp.alpha.example", ("alpha.edu", "^lib\\.[a-z]+\\.edu$"))
BETA = University("https://idp.beta.example", ("beta.edu",), authority="https://other.example")


def load(location: str, *more: str, name: str = "fed") -> list[str]:
    return ["import", "metadata", location, "--name", name, "--certificate", "fed.pem", *more]


async def test_a_file_is_loaded_shown_replaced_and_removed(operator: Operator, tmp_path: Path) -> None:
    written(tmp_path, FEDERATION.aggregate(ALPHA, BETA, valid_until="2100-01-01T00:00:00Z"))
    said = await operator.said(*load("metadata.xml"))
    assert said.splitlines() == [
        "fed: 2 identity providers, 2 new, 0 changed, 0 removed, good until 2100-01-01 00:00 UTC."
    ]
    said = await operator.said(*load("metadata.xml", "--registration-authority", "https://fed.example"))
    assert said.splitlines() == [
        "fed: 1 identity providers, 0 new, 0 changed, 1 removed, good until 2100-01-01 00:00 UTC.",
        "left out: registered by somebody else: 1",
    ]
    (row,) = [line for line in (await operator.said("metadata", "list")).splitlines() if "fed" in line]
    assert [cell.strip() for cell in row.split("│")[1:5]] == ["fed", "metadata.xml", "1", "2100-01-01 00:00 UTC"]
    shown = await operator.said("metadata", "show", "fed", "--find", "alpha", "--language", "zh")
    for told in ("登记机构", "https://fed.example", "SHA-256", ALPHA.entity_id, "某大学", "^lib"):
        assert told in shown
    assert ALPHA.entity_id not in await operator.said("metadata", "show", "fed", "--find", "beta")
    done = await operator("metadata", "refresh")
    assert (done.code, done.out) == (0, "No metadata is read from an address.\n")
    assert "from a file" in await operator.refused("metadata", "refresh", "fed")
    assert "called x" in await operator.refused("metadata", "remove", "x")
    assert await operator.said("metadata", "remove", "fed") == "fed is removed.\n"
    assert "fed" not in await operator.said("metadata", "list")


async def test_what_cannot_be_believed_loads_nothing_and_says_why(operator: Operator, tmp_path: Path) -> None:
    written(tmp_path, Federation(rsa_key(5)).aggregate(ALPHA), "other.xml")
    written(tmp_path, FEDERATION.aggregate(ALPHA, valid_until=in_days(-1)), "expired.xml")
    written(tmp_path, b"x", "no.pem")
    for arguments, line in (
        (load("other.xml"), "Nothing was loaded. No certificate at hand made its signature"),
        (load("expired.xml"), "Nothing was loaded. It expired on"),
        (load("absent.xml"), "Nothing was loaded. It can't be read: No such file"),
        (load("http://fed.example/m"), "Nothing was loaded. That address can't be read from: it must be https."),
        (load("other.xml", "--language", "zh"), "未加载任何内容。签名与登记的证书不符"),
    ):
        done = await operator(*arguments)
        assert done.code == 2
        assert done.out.startswith(line)
        assert done.err == ""
    for pem, line in (("no.pem", "no certificate in PEM"), ("absent.pem", "No such file")):
        assert line in await operator.refused(*load("other.xml", "--certificate", pem))
    written(tmp_path, (Federation(rsa_key(5)).pem + FEDERATION.pem).encode(), "both.pem")
    assert "1 new" in await operator.said(*load("other.xml", "--certificate", "both.pem", name="both"))
    shown = await operator.said("metadata", "show", "both")
    assert shown.count("SHA-256") == 3, "fed.pem, and the two of the other file"
    assert "needs an address" in await operator.refused(*load("other.xml", "--mdq"))
    assert "fed" not in await operator.said("metadata", "list")


async def test_a_university_without_a_federation_is_signed_as_the_page_says(operator: Operator, tmp_path: Path) -> None:
    if shutil.which("xmlsec1") is None:
        pytest.skip("the program xmlsec1 is missing")
    page = (REPOSITORY / "docs" / "formats.md").read_text("utf-8")
    (template,) = re.findall(r"```xml\n(<ds:Signature.*?)```", page, re.DOTALL)
    (commands,) = re.findall(r"```sh\n(openssl .*?)mutua (import metadata signed.*?)\n```", page, re.DOTALL)
    head, body = ALPHA.xml(f'{DECLARED} ID="_1"').split(">", 1)
    written(tmp_path, f"{head}>{template}{body}".encode(), "lzu.xml")
    await asyncio.to_thread(
        subprocess.run, ["/bin/sh", "-ec", commands[0]], cwd=tmp_path, check=True, capture_output=True, timeout=60
    )
    assert "lzu: 1 identity providers, 1 new" in await operator.said(*commands[1].split())


async def test_an_address_is_read_again_and_a_bad_copy_leaves_the_last(
    operator: Operator, publisher: Publisher
) -> None:
    url = f"{publisher.url}/m.xml"
    publisher.documents["/m.xml"] = FEDERATION.aggregate(ALPHA)
    assert "1 new" in await operator.said(*load(url))
    assert await operator.said("metadata", "refresh") == "fed: all of it was known already: nothing changed.\n"
    publisher.documents["/m.xml"] = FEDERATION.aggregate(ALPHA, BETA)
    assert "1 new" in await operator.said("metadata", "refresh", "fed")
    publisher.documents["/m.xml"] = Federation(rsa_key(5)).aggregate(ALPHA)
    done = await operator("metadata", "refresh")
    assert done.code == 1
    assert done.out.startswith("fed: the last good copy stays. No certificate at hand")
    listed = await operator.said("metadata", "list")
    assert "No certificate at hand" in listed
    assert "│ 2 " in listed


def add(entity_id: str, *more: str, source: str = "fed") -> list[str]:
    return ["identity-provider", "add", "--entity-id", entity_id, "--source", source, *more]


async def test_a_provider_is_registered_for_what_its_metadata_lets_it_speak_for(
    operator: Operator, begin: Transactions, tmp_path: Path
) -> None:
    weak = University("https://weak.example", ("alpha.edu",), certificates=(base64_certificate(9, 1024),))
    silent = University("https://silent.example")
    written(tmp_path, FEDERATION.aggregate(ALPHA, BETA, weak, silent))
    await operator.said(*load("metadata.xml"))
    async with begin() as session:
        await member(session, "alpha", "alpha.edu", "lib.alpha.edu", "alpha.org")
    of_alpha = ("--scope", "alpha.edu")
    for arguments, line in (
        (add(ALPHA.entity_id, *of_alpha, source="x"), "no metadata source is called x"),
        (add("https://nobody.example", *of_alpha), "fed doesn't describe https://nobody.example"),
        (add(weak.entity_id, *of_alpha), "no usable key"),
        (add(silent.entity_id, *of_alpha), "(shibmd:Scope) lets it speak for none at all"),
        (add(BETA.entity_id, *of_alpha), "(shibmd:Scope) lets it speak for beta.edu"),
        (add(BETA.entity_id, "--scope", "beta.edu"), "no member has the scope beta.edu"),
        (add(ALPHA.entity_id, *of_alpha, "--issuer", "https://x.example"), "give --issuer and --client-id"),
        (["identity-provider", "add", "--entity-id", ALPHA.entity_id, *of_alpha], "give --issuer and --client-id"),
        (["identity-provider", "disable", ALPHA.entity_id], "is registered"),
    ):
        assert line in await operator.refused(*arguments), arguments
    policies = ("--unsolicited", "--force-authn", "--mfa-for-roles", "--proxied-issuer", "https://proxy.example")
    scopes = (*of_alpha, "--scope", "lib.alpha.edu", "--scope", "alpha.org")
    assert (await operator.said(*add(ALPHA.entity_id, *scopes, *policies))).splitlines() == [
        f"{ALPHA.entity_id} may sign people in for alpha.edu, lib.alpha.edu.",
        "Its metadata doesn't let it speak for alpha.org: of those its word doesn't count.",
        "Our metadata for it: http://127.0.0.1:8000/saml/metadata",
    ]
    listed = await operator.said("identity-provider", "list")
    for told in ("saml (fed)", "某大学", "unsolicited", "force-authn", "mfa-for-roles", "proxied-issuer", " on "):
        assert told in listed
    assert "registered with it" in await operator.refused("metadata", "remove", "fed")
    await operator.said("identity-provider", "disable", ALPHA.entity_id)
    assert "disabled" in await operator.said("identity-provider", "list")
    await operator.said(*add(ALPHA.entity_id, *of_alpha))
    listed = await operator.said("identity-provider", "list")
    assert " on " in listed
    assert "unsolicited" not in listed
    written(tmp_path, FEDERATION.aggregate(BETA))
    done = await operator(*load("metadata.xml"))
    assert done.code == 1
    assert f"nobody can sign in there: {ALPHA.entity_id}" in done.out
    assert "not described" in await operator.said("identity-provider", "list")


async def test_a_provider_is_looked_up_when_it_is_registered(
    operator: Operator, begin: Transactions, publisher: Publisher
) -> None:
    async with begin() as session:
        await member(session, "alpha", "alpha.edu")
    assert "when that is registered" in await operator.said(*load(publisher.url, "--mdq"))
    assert "doesn't describe" in await operator.refused(*add(ALPHA.entity_id, "--scope", "alpha.edu"))
    path = "/entities/https%3A%2F%2Fidp.alpha.example"
    publisher.documents[path] = Federation(rsa_key(5)).entity(ALPHA)
    assert "No certificate at hand" in await operator.refused(*add(ALPHA.entity_id, "--scope", "alpha.edu"))
    publisher.documents[path] = FEDERATION.entity(ALPHA)
    assert "may sign people in" in await operator.said(*add(ALPHA.entity_id, "--scope", "alpha.edu"))
    assert " on " in await operator.said("identity-provider", "list")
