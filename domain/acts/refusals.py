"""Acts refused to somebody who wasn't signed in: counted, and told of in the log from time to time.

(Those refused to somebody signed in are on record: `act.refused`.)
"""

import logging
import time
from collections import Counter

log = logging.getLogger(__name__)

TOLD_EVERY = 60.0
"""Seconds between two lines of the log about the same act: strangers can't fill it."""

anonymous: Counter[str] = Counter()
"""By the mutation's name, since this process started."""
_told_at: dict[str, float] = {}


def count(name: str) -> None:
    """Count one. `name`: the mutation's."""
    anonymous[name] += 1
    now = time.monotonic()
    if now - _told_at.get(name, -TOLD_EVERY) >= TOLD_EVERY:
        _told_at[name] = now
        log.info("%s refused to nobody signed in, %d times so far", name, anonymous[name])
