"""Aggregates of real federations, as they were published."""

import gzip
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from auth.federation.refusals import Refused, Wrong
from auth.federation.verification import Trust
from tests.federation.maker import REDIRECT, Federation
from tests.federation.test_hostile import rows_of

THEN = datetime(2019, 7, 20, tzinfo=UTC)


def content(folder: Path, name: str) -> str:
    with gzip.open(folder / "saml" / name, "rt", encoding="utf-8") as file:
        return file.read()


def pinned(document: str) -> Trust:
    """The certificate that the federation put beside its signature."""
    found = re.search(r"<ds:X509Certificate>(.*?)</ds:X509Certificate>", document, re.DOTALL)
    assert found
    return Trust((f"-----BEGIN CERTIFICATE-----\n{found[1].strip()}\n-----END CERTIFICATE-----\n",))


def test_wayf_is_read_with_its_own_certificate_at_its_own_time(shared_data: Path, tmp_path: Path) -> None:
    """WAYF's part of eduGAIN, of July 2019."""
    wayf = content(shared_data, "wayf-edugain-metadata.signed.xml.gz")
    rows: list[dict[str, Any]] = [orjson.loads(line) for line in rows_of(wayf, tmp_path, pinned(wayf), THEN)]
    assert len(rows) == 61
    assert {row["registration_authority"] for row in rows} == {"https://www.wayf.dk"}
    assert all(row["signing_certificates"] and REDIRECT in row["single_sign_on"] for row in rows)
    university = next(row for row in rows if "ku.dk" in row["scopes"])
    assert university["names"]["en"] == "University of Copenhagen"
    for trust, now, wrong in (
        (pinned(wayf), datetime.now(UTC), Wrong.EXPIRED),
        (Trust((Federation().pem,)), THEN, Wrong.OTHER_KEY),
    ):
        with pytest.raises(Refused) as refused:
            rows_of(wayf, tmp_path, trust, now)
        assert refused.value.wrong == wrong
    with pytest.raises(Refused):
        rows_of(wayf.replace("ku.dk", "kv.dk"), tmp_path, pinned(wayf), THEN)


def test_switchs_test_federation_is_not_signed(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        rows_of(content(shared_data, "switch-metadata.aaitest.xml.gz"), tmp_path, Trust((Federation().pem,)))
    assert refused.value.wrong == Wrong.UNSIGNED


def test_switchs_test_federation_is_read_once_somebody_signs_it(shared_data: Path, tmp_path: Path) -> None:
    """Nearly three hundred entities of many products; by hand, since it says that it is good until the year 3001."""
    federation = Federation()
    document = content(shared_data, "switch-metadata.aaitest.xml.gz").partition("?>")[2]
    signed = federation.sign(re.sub(r"<!--.*?-->", "", document, flags=re.DOTALL).strip())
    rows = [orjson.loads(line) for line in rows_of(signed, tmp_path, Trust((federation.pem,), bounded=False))]
    assert len(rows) == len(re.findall(r"<(?:\w+:)?IDPSSODescriptor[^>]*SAML:2\.0:protocol", document)) == 35
    assert all(row["scopes"] and row["names"] and row["single_sign_on"] for row in rows)
    assert sum(not row["signing_certificates"] for row in rows) == 0
    with pytest.raises(Refused) as refused:
        rows_of(signed, tmp_path, Trust((federation.pem,)))
    assert refused.value.wrong == Wrong.VALID_TOO_LONG
