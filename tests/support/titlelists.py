"""Makes KBART files for tests, and compares what became of them, whatever ids and times the rows have."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_COLUMNS = """
publication_title print_identifier online_identifier date_first_issue_online num_first_vol_online
num_first_issue_online date_last_issue_online num_last_vol_online num_last_issue_online title_url first_author
title_id embargo_info coverage_depth notes publisher_name publication_type date_monograph_published_print
date_monograph_published_online monograph_volume monograph_edition first_editor parent_publication_title_id
preceding_publication_title_id access_type
"""
COLUMNS = tuple(_COLUMNS.split())


def kbart(
    *rows: dict[str, str], extra: tuple[str, ...] = (), end: str = "\n", encoding: str = "utf-8", mark: bytes = b""
) -> bytes:
    """A title list. A row says only what it needs; a serial unless it says otherwise."""
    columns = [*COLUMNS, *extra]
    lines = ["\t".join(columns)]
    for row in rows:
        values = {"publication_type": "serial"} | row
        lines.append("\t".join(values.get(column, "") for column in columns))
    return mark + (end.join(lines) + end).encode(encoding)


def journal(number: int, **more: str) -> dict[str, str]:
    """The journal of that number (below 10,000), with a valid ISSN of its own."""
    return {
        "publication_title": f"Journal of Proof {number}",
        "title_id": f"jp{number}",
        "online_identifier": issn(number),
        "date_first_issue_online": "1999",
        "title_url": f"https://northlight.example/jp{number}",
    } | more


def issn(number: int) -> str:
    digits = f"{2000000 + number:07}"
    check = -sum(int(digit) * (8 - place) for place, digit in enumerate(digits)) % 11
    return f"{digits[:4]}-{digits[4:]}{'X' if check == 10 else check}"


_STATE = {
    "package": "SELECT package.code, package.name, party.code FROM package JOIN party ON party.id = provider_id",
    "platform": "SELECT code, name, url, link_rule, link_template FROM platform",
    "resource": """
        SELECT resource.kind, resource.title, resource.sort_title, resource.published, resource.published_first,
               resource.published_last, resource.publisher, resource.languages, resource.open_access, resource.rights,
               follower.title AS follower, CAST(resource.search AS text),
               ARRAY(SELECT namespace || ':' || value FROM resource_identifier
                     WHERE resource_id = resource.id ORDER BY 1),
               ARRAY(SELECT concat_ws('|', position, name, role) FROM contributor
                     WHERE resource_id = resource.id ORDER BY 1),
               ARRAY(SELECT code FROM resource_subject JOIN subject ON subject.id = subject_id
                     WHERE resource_id = resource.id ORDER BY 1)
        FROM resource LEFT JOIN resource AS follower ON follower.id = resource.succeeded_by
    """,
    "package_title": """
        SELECT package.code, platform.code, resource.title, title_id, package_title.url, package_title.status,
               ARRAY(SELECT concat_ws('|', position, start_date, start_on, start_volume, start_issue, end_date, end_on,
                                      end_volume, end_issue, embargo, access_type, depth, note)
                     FROM coverage WHERE package_title_id = package_title.id ORDER BY position)
        FROM package_title JOIN package ON package.id = package_id JOIN resource ON resource.id = resource_id
        LEFT JOIN platform ON platform.id = platform_id
    """,
    "import_row": "SELECT line FROM import_row",
    "import_problem": """
        SELECT DISTINCT file_name, line, "column", value, severity, reason
        FROM import_problem JOIN import_run ON import_run.id = run_id WHERE status = 'done'
    """,
    "epoch": "SELECT value FROM epoch",
}


async def state(session: AsyncSession) -> dict[str, list[str]]:
    """Everything that title lists leave in the tables, without ids and times, in an order of its own."""
    found: dict[str, list[str]] = {}
    for table, query in _STATE.items():
        rows: Any = await session.execute(text(query))
        found[table] = sorted(repr(tuple(row)) for row in rows)
    return found
