"""Where databases of tests lie: in memory if it can be used as a disk, since flushing to a disk takes longer."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MOUNT = Path("/dev/shm")
_ROOM = 1 << 30
_RUN = "earmark-tests-"
_VARIABLE = "EARMARK_TEST_FOLDER"


def memory() -> Path | None:
    """A folder in memory where programs may run and a run of all tests has room, or None."""
    if not os.access(_MOUNT, os.W_OK) or shutil.disk_usage(_MOUNT).free < _ROOM:
        return None
    return None if os.statvfs(_MOUNT).f_flag & os.ST_NOEXEC else _MOUNT


@contextmanager
def run_folder() -> Iterator[None]:
    """Let all folders of a run of the tests lie in one, which goes at its end with whatever is left in there.

    Processes that a test starts may be killed, or end without tidying up: they are told of the folder by their
    environment. What is left of runs that were killed goes when the next one begins.
    """
    if _VARIABLE in os.environ:  # a worker of a run that has one
        yield
        return
    for left in _left_behind():
        shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=f"{_RUN}{os.getpid()}-", dir=memory())
    os.environ[_VARIABLE] = folder
    try:
        yield
    finally:
        del os.environ[_VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)


def _left_behind() -> Iterator[Path]:
    """The folders of runs whose process has gone."""
    for folder in _MOUNT.glob(f"{_RUN}*-*"):
        process = folder.name.removeprefix(_RUN).partition("-")[0]
        if process.isdigit() and not Path("/proc", process).exists():
            yield folder


def new_folder() -> Path:
    """A folder that whoever asks for it removes, or else the end of the run."""
    run = os.environ.get(_VARIABLE)
    return Path(tempfile.mkdtemp(prefix="earmark-test-", dir=memory() if run is None else run))


def lasting_folder() -> Path:
    """A folder that goes when this process ends, or else at the end of the run."""
    folder, owner = new_folder(), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # and not at the end of a process that was forked from it
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder
