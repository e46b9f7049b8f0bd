"""Key pairs made once per test process: making them takes longer than most tests."""

import functools
import shutil
import tempfile
from pathlib import Path

from domain.keys import PAIRED, KeyStore


@functools.cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="mutua-keys-"))
    KeyStore(folder, demo=True)
    return folder


def lay(folder: Path) -> Path:
    """Put demo key pairs into a key folder that is about to be used for the first time; answers the folder."""
    folder.mkdir(mode=0o700, parents=True)
    for purpose in PAIRED:
        shutil.copy(_made() / f"{purpose}.json", folder)
    return folder
