"""The schema that the migrations make, as PostgreSQL prints it; run as a module it writes the committed copy."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import make_url

from api import embedded, preparation
from api.embedded import Cluster
from migrations import chain

COMMITTED = Path(chain.HERE) / "schema.sql"


def schema(cluster: Cluster, url: str) -> str:
    """`pg_dump --schema-only` without what differs between runs and servers.

    pg_dump 18 prints a random \\restrict line unless it is given a key; the versions in its head go too.
    """
    plain = make_url(url).set(drivername="postgresql").render_as_string()
    dump = [
        str(cluster.binaries / "pg_dump"),
        "--schema-only",
        "--restrict-key=mutua",
        "--exclude-table=alembic_version",
        "--exclude-schema=jobs",  # the job library's own, pinned by its digest
    ]
    printed = subprocess.run([*dump, plain], capture_output=True, text=True, check=True).stdout
    noise = ("--", "\\", "SET ", "SELECT pg_catalog.set_config")
    return _without_blank_runs(line for line in printed.splitlines() if not line.startswith(noise))


def _without_blank_runs(lines: Iterable[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip() + "\n"


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="mutua-dump-"))
    folder.chmod(0o755)
    try:
        with embedded.running(folder, durable=False) as cluster:
            preparation.prepare(cluster.admin_url, preparation.DATABASE)
            url = cluster.url(preparation.OWNER, preparation.DATABASE)
            chain.upgrade(url)
            COMMITTED.write_text(schema(cluster, url), "utf-8")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
