"""docs/onixpl.md shows the mapping table that the code uses, and the differences that the tests hold exact."""

from pathlib import Path

import yaml

from domain.exchange.coded.columns import columns
from domain.exchange.onixpl import lists

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "onixpl.md").read_text("utf-8")
DIFFERENCES = yaml.safe_load((ROOT / "tests" / "exchange" / "differences.yaml").read_text("utf-8"))


def test_the_mapping_table_is_published_as_it_is_used() -> None:
    shown = [line for line in PAGE.splitlines() if line.startswith("| `") and line.count("|") == 5]
    assert shown == [f"| `{one.name}` | `{one.path}` | {one.rule} | {one.ours} |" for one in columns()]


def test_every_difference_is_published_with_its_reason() -> None:
    told = [
        f"`{column}` | {said['csv']} | {said['onixpl'] or '–'} | {said['why'].strip()} |"
        for licence in DIFFERENCES.values()
        for column, said in licence.items()
    ]
    assert [line for line in told if line not in PAGE] == []
    assert len(told) == sum(line.startswith(("| AIP |", "| Annual Reviews |")) for line in PAGE.splitlines())
    same = len(columns()) - len(DIFFERENCES["AIP"])
    assert f"Of {len(columns())} columns {same} agree in each." in PAGE


def test_every_type_of_usage_that_we_map_is_explained() -> None:
    mapped = {*lists.codes().action, "SupplyCopy", "Include", "Use"}
    assert [name for name in sorted(mapped) if f"`{name}`" not in PAGE] == []
