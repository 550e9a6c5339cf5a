"""Where databases of tests lie: in memory if it can be used as a disk, since flushing to a disk takes longer."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_MOUNT = Path("/dev/shm")
_ROOM = 1 << 30


def memory() -> Path | None:
    """A folder in memory where programs may run and a run of all tests has room, or None."""
    if not os.access(_MOUNT, os.W_OK) or shutil.disk_usage(_MOUNT).free < _ROOM:
        return None
    return None if os.statvfs(_MOUNT).f_flag & os.ST_NOEXEC else _MOUNT


def new_folder() -> Path:
    """A folder that whoever asks for it removes."""
    return Path(tempfile.mkdtemp(prefix="earmark-test-", dir=memory()))


def lasting_folder() -> Path:
    """A folder that goes when this process ends."""
    folder, owner = new_folder(), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # and not at the end of a process that was forked from it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder
