"""`python -m schema.export`: write the committed SDL. A contract test tells when it is out of date."""

from pathlib import Path

from schema import build

COMMITTED = Path(__file__).with_name("schema.graphql")


def main() -> None:
    COMMITTED.write_text(build.sdl(), encoding="utf-8")


if __name__ == "__main__":
    main()
