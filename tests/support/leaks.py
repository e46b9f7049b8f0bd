"""Nothing secret stands in any log line of a test run (F08): a leak fails the run and names the test that it was in.

Watched are the lines that our loggers are told within the test process, at the level that a server logs at, and what
servers and commands that tests start write to standard error. A secret is known by its form, or because it came from
`secrets.token_urlsafe`, which makes all of our tokens, codes, passwords and nonces.
"""

import logging
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from typing import Any

import pytest

from api import logs

FORMS = {
    "token or sealed text": re.compile(r"\b[0-9a-f]{8}\.[\w-]{22,}"),
    "JSON Web Token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}"),
    "Authorization": re.compile(r"\b(?:Bearer|Basic) +[\w.~+/-]{8,}", re.IGNORECASE),
    "cookie": re.compile(r"\bmutua(?:_demo)?(?:[_-]sign[_-]in)?=[^\s;,]{8,}"),
    "password in an address": re.compile(r"://[^/\s:@]*:(?!\*+@)[^/\s@]+@"),
    "secret in a query": re.compile(
        r"[?&](?:link|code|state|nonce|token|access_token|id_token|client_secret|code_verifier)=[^&\s\"']"
    ),
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\"(?:d|key)\": ?\"[\w+/=-]{40,}"),
    "key of the key store": re.compile(r"(?<![\w+/])[\w+/]{43}=(?!=)"),
}
SHORTEST = 12
"""Characters of the shortest secret that is looked for; the demo's passwords are this long."""
_WORDS = re.compile(rf"[\w-]{{{SHORTEST},}}")


class Leaks:
    """What was found so far."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.found: list[str] = []

    def look(self, text: str, where: str) -> None:
        """Look at what was logged; `where` says by whom."""
        for line in text.splitlines():
            if kind := self.kind(line):
                test = os.environ.get("PYTEST_CURRENT_TEST", "no test")
                self.found.append(f"{kind} in {where}, during {test}: {line[:400]}")

    def kind(self, line: str) -> str | None:
        """What kind of secret a line holds."""
        for kind, form in FORMS.items():
            if form.search(line):
                return kind
        words = _WORDS.findall(line) if self.known else []
        return "a secret made in this run" if any(word in self.known for word in words) else None


class _Lines(logging.Handler):
    """Every record as a server would write it."""

    def __init__(self, leaks: Leaks) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logs.JsonLines())
        self._leaks = leaks

    def emit(self, record: logging.LogRecord) -> None:
        self._leaks.look(self.format(record), record.name)


class Plugin:
    """Errors that tests' processes wrote to this process's standard error, which pytest keeps with the report."""

    def __init__(self, leaks: Leaks) -> None:
        self._leaks = leaks

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._leaks.look(report.capstderr, "standard error")


@contextmanager
def watched(leaks: Leaks, config: pytest.Config) -> Iterator[None]:
    """Within this block everything that is logged is looked at."""
    handler, plugin = _Lines(leaks), Plugin(leaks)
    logging.getLogger().addHandler(handler)
    config.pluginmanager.register(plugin)
    with ExitStack() as files, pytest.MonkeyPatch.context() as patch:
        _know_tokens(leaks, patch)
        opened = _read_processes(leaks, files, patch)
        logs.levels()
        yield
        for file in opened:
            leaks.look(file.read().decode(errors="replace"), str(file.name))
    config.pluginmanager.unregister(plugin)
    logging.getLogger().removeHandler(handler)


def _know_tokens(leaks: Leaks, patch: pytest.MonkeyPatch) -> None:
    make = secrets.token_urlsafe

    def known(bytes_: int | None = None) -> str:
        made = make(bytes_)
        if len(made) >= SHORTEST:
            leaks.known.add(made)
        return made

    patch.setattr(secrets, "token_urlsafe", known)


def _read_processes(leaks: Leaks, files: ExitStack, patch: pytest.MonkeyPatch) -> list[FileIO]:
    """Standard error of Pythons that tests start: of a pipe what `communicate` hands over; a file is opened at once, so
    that it may be removed, and read at the end."""
    opened: list[FileIO] = []
    start, communicate = subprocess.Popen.__init__, subprocess.Popen.communicate

    def started(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        start(self, args, *rest, **options)
        name = getattr(options.get("stderr"), "name", None)
        if _ours(self) and isinstance(name, str):
            opened.append(files.enter_context(FileIO(name)))

    def communicated(self: Any, *rest: Any, **options: Any) -> Any:
        told = communicate(self, *rest, **options)
        if _ours(self) and told[1]:
            leaks.look(told[1] if isinstance(told[1], str) else told[1].decode(errors="replace"), "standard error")
        return told

    patch.setattr(subprocess.Popen, "__init__", started)
    patch.setattr(subprocess.Popen, "communicate", communicated)
    return opened


def _ours(process: Any) -> bool:
    return isinstance(process.args, list) and str(process.args[0]) == sys.executable
