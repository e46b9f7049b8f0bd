"""docs/operate.md says what is there: commands, settings, services, metrics, fields of the log, keys, and errors."""

import re
from pathlib import Path

import pytest
import typer.main
from ruamel.yaml import YAML

from api.cli import cli
from api.metrics import REGISTRY
from api.settings import PREFIX, Settings
from domain.keys import Purpose
from tests.docs.test_settings import commands

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text("utf-8")
SOURCES = "".join(
    path.read_text("utf-8") for folder in ("api", "auth", "domain") for path in sorted((ROOT / folder).rglob("*.py"))
)


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def listed(title: str) -> list[str]:
    """What the first column of a section's tables names, in code."""
    return re.findall(r"^\| `([^`]+)`", section(title), re.MULTILINE)


def blocks(language: str) -> str:
    return "\n".join(re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))


def test_every_command_exists() -> None:
    known = set(commands(typer.main.get_command(cli), ""))
    groups = {command.partition(" ")[0] for command in known}
    inside = set(re.findall(r"run --rm (?:-T )?mutua ([a-z -]+?)(?= -| /|$)", blocks("sh"), re.MULTILINE))
    named = set(re.findall(r"`mutua ([a-z][a-z-]*(?: (?:[a-z]+|add))?)", PAGE))
    assert len(inside) >= 8
    for command in inside | named:
        exists = command in groups or any(f"{command} ".startswith(f"{one} ") for one in known)
        assert exists, command


def test_every_setting_exists() -> None:
    of_compose = {"MUTUA_IMAGE"}
    named = set(re.findall(rf"{PREFIX}[A-Z_]+[A-Z]", PAGE)) - {"MUTUA_RETENTION"}
    assert named - of_compose <= {PREFIX + name.upper() for name in Settings.model_fields}


def test_every_service_volume_and_variable_of_the_compose_file_is_told_and_no_other() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")
    compose = YAML(typ="safe", pure=True).load(text)
    assert {"api", "worker", "database", "prepare", "setup", "mutua"} == set(compose["services"])
    for name in compose["services"]:
        assert re.search(rf"`{name}`|run --rm (?:-T )?{name} ", PAGE), name
    for name in re.findall(r"\$\{(\w+):-", text):
        assert f"`{name}`" in PAGE, name
    subnet = re.search(r"\$\{SUBNET:-([^}]+)\}", text)
    assert subnet
    assert f"--trusted-proxies {subnet[1]}" in PAGE


def test_every_metric_is_told_and_no_other() -> None:
    """Those that stand still in the process, and those that are measured when asked."""
    still = {f"{one.name}_total" if one.type == "counter" else one.name for one in REGISTRY.collect()}
    written = re.findall(r"(Counter|Gauge)MetricFamily\(\s*\"(\w+)\"", (ROOT / "api" / "metrics.py").read_text("utf-8"))
    measured = {f"{name}_total" if kind == "Counter" else name for kind, name in written}
    ours = {name for name in still | measured if not name.startswith("process_")}
    told = [name for name in listed("Health and figures") if not name.startswith("/")]
    assert sorted(told) == sorted(ours | {"process_*"})


def test_every_field_of_the_log_is_told() -> None:
    told = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", section("Logs"), re.MULTILINE))))
    sources = [(ROOT / "api" / name).read_text("utf-8") for name in ("logs.py", "edge.py")]
    written = {
        name for source in sources for name in re.findall(r'^ +(?:told\[)?"(\w+)"\]?[:=]? ', source, re.MULTILINE)
    }
    assert written | {"request_id", "exception"} == told


def test_every_purpose_of_a_key_is_told() -> None:
    assert sorted(listed("Keys")) == sorted(Purpose)


def test_what_errors_say_is_what_they_say() -> None:
    """The first column is a part of the line; `…` stands for what differs."""
    flat = re.sub(r"\"\s*f?\"", "", SOURCES)
    told = listed("When something is wrong")
    assert len(told) > 15
    for line in told:
        pattern = ".{1,80}?".join(re.escape(part) for part in line.split("…") if part)
        assert re.search(pattern, flat), line


@pytest.mark.parametrize("name", ["README.md", "docs/README.md", "docs/settings.md"])
def test_the_page_is_led_to(name: str) -> None:
    assert "operate.md)" in (ROOT / name).read_text("utf-8")
