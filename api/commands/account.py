"""Who runs a command, as records name it."""

import getpass
import os


def actor() -> str:
    """`cli:<account>`; by its number where this machine has no name for it, as in a container."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"
