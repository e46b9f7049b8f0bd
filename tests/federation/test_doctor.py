"""What `mutua doctor` says of metadata and of the universities that it describes."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text

from api.database import Transactions
from auth.federation import sources
from auth.federation.sources import Description
from domain import members
from tests.federation.conftest import Operator
from tests.federation.maker import Federation, University, base64_certificate, certificate_of, in_days, rsa_key, written
from tests.identity.house import member

FEDERATION = Federation()
AREAS = {"metadata", "providers"}


async def findings(operator: Operator) -> dict[str, dict[str, Any]]:
    """By code: the facts, and whether it is fine."""
    done = await operator("doctor", "--json")
    told = [one for one in json.loads(done.out)["findings"] if one["area"] in AREAS]
    return {one["code"]: {**one["facts"], "fine": one["fine"]} for one in told}


async def known(begin: Transactions, name: str, location: str, content: bytes, folder: Path, **facts: Any) -> None:
    described = Description(name, location, (FEDERATION.pem,), **facts)
    await sources.establish(begin, described, written(folder, content))


async def changed(begin: Transactions, statement: str) -> None:
    async with begin() as session:
        await session.execute(text(statement))


async def test_metadata_must_be_good_for_a_while_and_looked_at(
    operator: Operator, begin: Transactions, tmp_path: Path
) -> None:
    university = University("https://idp.alpha.example", ("alpha.edu",))
    await known(begin, "far", "https://fed.example/m", FEDERATION.aggregate(university), tmp_path)
    assert (await findings(operator)).keys() == {"source_fine", "provider_none"}
    await changed(begin, "UPDATE metadata_source SET checked_at = now() - interval '4 hours', problem = 'other_key: '")
    found = await findings(operator)
    assert found["source_silent"] == {"name": "far", "fine": False}
    assert found["source_problem"] == {"name": "far", "wrong": "other_key", "fine": False}
    await changed(begin, "UPDATE metadata_source SET valid_until = now() + interval '23 hours'")
    assert not (await findings(operator))["source_ends"]["fine"]
    await changed(begin, "UPDATE metadata_source SET valid_until = now()")
    assert not (await findings(operator))["source_expired"]["fine"]
    await changed(begin, "DELETE FROM metadata_source")
    await known(begin, "by hand", "m.xml", FEDERATION.aggregate(university, valid_until=in_days(6)), tmp_path)
    assert not (await findings(operator))["source_ends"]["fine"]
    await known(begin, "by hand", "m.xml", FEDERATION.aggregate(university, valid_until=None), tmp_path)
    assert (await findings(operator))["source_endless"] == {"name": "by hand", "count": 1, "fine": True}
    async with begin() as session:
        await sources.put(session, Description("one by one", "https://mdq.example", (FEDERATION.pem,), mdq=True))
    assert (await findings(operator))["source_mdq"]["fine"]


async def test_a_university_must_be_described_with_a_scope_that_it_is_registered_for(
    operator: Operator, begin: Transactions, tmp_path: Path
) -> None:
    ending = "".join(certificate_of(rsa_key(8), days=20).public_bytes(Encoding.PEM).decode().splitlines()[1:-1])
    universities = {
        "fine": University("https://fine.example", ("alpha.edu",)),
        "half": University("https://half.example", ("alpha.org",), certificates=(ending,)),
        "other": University("https://other.example", ("beta.edu",)),
        "weak": University("https://weak.example", ("alpha.edu",), certificates=(base64_certificate(9, 1024),)),
        "gone": University("https://gone.example", ("alpha.edu",)),
    }
    described = [one for name, one in universities.items() if name != "gone"]
    await known(begin, "fed", "m.xml", FEDERATION.aggregate(*described), tmp_path)
    async with begin() as session:
        await member(session, "alpha", "alpha.edu", "alpha.org")
        source = await sources.by_name(session, "fed")
        assert source
        for one in universities.values():
            await members.register_saml_provider(
                session, entity_id=one.entity_id, name={}, source_id=source.id, scopes=["alpha.edu", "alpha.org"]
            )
    async with begin() as session:
        await members.switch_provider(session, "https://fine.example", enabled=False)
    found = await findings(operator)
    assert {code: facts["issuer"] for code, facts in found.items() if "issuer" in facts} == {
        "saml_fine": "https://half.example",
        "saml_scope_silent": "https://half.example",
        "saml_certificate": "https://half.example",
        "saml_scopes": "https://other.example",
        "saml_unusable": "https://weak.example",
        "saml_gone": "https://gone.example",
    }
    assert found["saml_scope_silent"]["scopes"] == "alpha.edu"
    assert {code for code, facts in found.items() if not facts["fine"]} == {
        "source_ends",
        "saml_scopes",
        "saml_unusable",
        "saml_gone",
    }
    await changed(begin, "UPDATE saml_entity SET valid_until = now()")
    assert (await findings(operator))["saml_expired"] == {"issuer": "https://weak.example", "fine": False}
    said = await operator("doctor", "--language", "zh")
    assert "联盟元数据：fed" in said.out
