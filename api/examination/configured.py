"""Every setting with where it comes from, and the keys of the key folder."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url

from api.examination.finding import Area, Finding, fine, one_line, to_do
from api.settings import PREFIX, Settings
from domain import keys
from domain.keys import KeysUnusable, Purpose

URLS = frozenset({"database_url", "database_owner_url"})
EMPTY = "—"


def settings(of: Settings) -> Iterator[Finding]:
    """Every setting; of the databases' URLs neither password nor options."""
    for name in Settings.model_fields:
        variable = f"{PREFIX}{name.upper()}"
        code = "setting_given" if variable in os.environ else "setting_default"
        yield fine(Area.SETTINGS, code, name=variable, value=_shown(name, getattr(of, name)))
    if not of.on_loopback and not of.trusted_proxies:
        yield to_do(Area.SETTINGS, "nobody_trusted")


def _shown(name: str, value: object) -> str:
    if value is None or value == ():
        return EMPTY
    if name in URLS:
        return make_url(str(value)).set(query={}).render_as_string(hide_password=True)
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.0f} s"
    return str(value).lower() if isinstance(value, bool) else str(value)


def key_store(of: Settings) -> Iterator[Finding]:
    """The folder, and each purpose's keys."""
    yield from _private(of.key_dir, 0o700)
    for purpose in Purpose:
        yield from _private(of.key_dir / f"{purpose}.json", 0o600)
        try:
            found = keys.listed(of.key_dir, purpose, demo=of.demo)
        except KeysUnusable as error:
            yield to_do(Area.KEYS, "key_wrong", cause=one_line(error))
            continue
        days = (datetime.now(UTC) - found[0].made).days
        yield fine(Area.KEYS, "key_fine", purpose=purpose.value, count=len(found), newest=found[0].id, days=days)


def _private(path: Path, wanted: int) -> Iterator[Finding]:
    """Nothing to say about what isn't there: that is found when its keys are read."""
    if path.exists() and (mode := path.stat().st_mode & 0o777) & 0o077:
        yield to_do(Area.KEYS, "key_open", path=str(path), mode=f"{mode:o}", wanted=f"{wanted:o}")
