"""The country codes of ISO 3166-1, from the copy that comes with the time zone database."""

from importlib.resources import files


def _read() -> frozenset[str]:
    table = files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if line and not line.startswith("#"))


COUNTRIES = _read()
