"""Real licences brought into the tables and out again: the same rows, and a document that means the same."""

from pathlib import Path
from typing import Any

import pytest

from api.database import Transactions
from domain.exchange import stored
from domain.exchange.onixpl import writing
from domain.exchange.onixpl.intake import OnixLicence
from domain.exchange.onixpl.reading import Options
from models.vocabulary import LicenceStatus
from tests.exchange.conftest import Load

JISC = {"AIP": (30, "2010-09-01", "2011-12-31"), "Annual": (31, "2012-01-01", "2014-12-31"),
        "CUP": (32, "2010-01-01", "2012-12-31"), "IOP": (30, "2010-12-03", "2012-12-31")}  # fmt: skip
TEMPLATES = {"Elsevier": 11, "Nature": 20}


def real(folder: Path, name: str, ending: str = "xml") -> Path:
    places = (folder / "licences" / "nesli2" / "x", folder / "licences" / "onixpl")
    found = [path for place in places for path in place.glob(f"*{name}*.{ending}*") if not path.name.endswith("xsd.gz")]
    if len(found) != 1:
        pytest.skip(f"real files: the licence of {name} is absent")
    return found[0]


async def kept(begin: Transactions, code: str) -> dict[str, Any]:
    """All of a stored licence."""
    async with begin() as session:
        licence = await stored.by_code(session, code)
        assert licence is not None
        return await stored.read(session, licence)


@pytest.mark.parametrize("name", [*JISC, *TEMPLATES])
async def test_a_real_licence_comes_back_as_it_went(
    name: str, load: Load, begin: Transactions, shared_data: Path, tmp_path: Path
) -> None:
    outcome = await load(OnixLicence(options=Options(code=name.lower())), real(shared_data, name))
    assert (outcome.refused, outcome.exit_code) == (None, 0)
    before = await kept(begin, name.lower())
    assert before["licence"]["status"] is LicenceStatus.TEMPLATE
    if name in JISC:
        days = (len(before["terms"]), before["licence"]["start"], before["licence"]["end"])
        assert days == JISC[name]
    else:
        assert (len(before["terms"]), before["licence"]["start"], before["licence"]["end"]) == (
            TEMPLATES[name],
            None,
            None,
        )
    written = tmp_path / "again.xml"
    written.write_bytes(writing.write(before))
    again = await load(OnixLicence(), written)
    assert (again.refused, again.changed) == (None, False)
    assert await kept(begin, name.lower()) == before
