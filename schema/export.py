"""`python -m schema.export`: write the committed SDL. `--check`: tell whether it is up to date, and write nothing."""

import sys
from pathlib import Path

from schema import build

COMMITTED = Path(__file__).with_name("schema.graphql")


def main(arguments: list[str]) -> int:
    current = build.sdl()
    if arguments == ["--check"]:
        if COMMITTED.read_text(encoding="utf-8") == current:
            return 0
        sys.stderr.write(f"{COMMITTED.name} is not what the code says: make schema\n")
        return 1
    COMMITTED.write_text(current, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
