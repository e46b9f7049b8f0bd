"""What the server tells its operator, one line each: JSON where machines collect it, plain where a person watches.

No line holds a query, a path's parameters, a header, a body or a person: what could be a secret never gets this far.
"""

import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The number of the request that is being answered, on every line that is written meanwhile."""

PLAIN = "%(asctime)s %(levelname)s %(name)s %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request_id, then the facts that came with it."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := request_id.get():
            told["request_id"] = number
        told |= getattr(record, "facts", {})
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(told, default=str).decode()


def facts(of: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """`extra=` of a log call: what JSON lines tell as fields of their own. None isn't told."""
    return {"facts": {name: value for name, value in of.items() if value is not None}}


def configure(*, json: bool) -> None:
    """Log to standard error. Whoever has set logging up already, as a test runner does, keeps it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json else logging.Formatter(PLAIN))
    logging.basicConfig(handlers=[handler])
    levels()


def levels() -> None:
    """What is told at all."""
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs whole addresses, with their queries
