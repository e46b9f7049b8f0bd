"""What several kinds of files write alike."""

import re

URL = re.compile(r"https?://[^\s<>\"\\^`{|}]+", re.I)
TEMPLATE = re.compile(r"https?://[^\s<>\"\\^`|]+", re.I)
"""An address in which `{…}` may stand for what is filled in."""

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
"""A tag after BCP 47."""

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""A short key of ours. A member's (members.py) is in small letters, a licence's (document.py) may be longer."""
