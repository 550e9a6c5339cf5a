"""Opening what a user names as a file: a file, or a stream that ends; never a wait for what may not come.

A pipe into which nobody writes would be waited for without end, and a device such as ``/dev/zero`` has none. Opened
here, both are refused with an OSError whose ``strerror`` says so, as for a file that is not there.
"""

from __future__ import annotations

import errno
import io
import os
import select
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from engine.nouns import count

SILENCE_S = 300.0
"""How long a stream may send nothing before it is given up."""

STDIN = Path("/dev/stdin")
"""The path that stands for standard input, whatever that is."""

_DASH = Path("-")
_BLOCK = 1 << 16


class TooLarge(OSError):
    """There is more than the caller takes."""


def from_stdin(path: Path) -> Path:
    """Return the path of standard input for ``-``, as which a command line names it, else the path itself."""
    return STDIN if path == _DASH else path


def read_all(path: Path, most: int) -> bytes:
    """Return the content of a file or stream. Raises TooLarge above ``most`` bytes, OSError for what is neither."""
    number = _opened(path)
    try:
        content = b"".join(_blocks(number, most))
    finally:
        os.close(number)
    return content


def open_whole(path: Path, most: int) -> tuple[IO[bytes], int | None]:
    """Open a file or stream to be read more than once, and tell when it was written (UTC microseconds).

    A stream is read to its end first, into a temporary file; it has no time (None). Raises TooLarge for one of more
    than ``most`` bytes, OSError for what is neither; a file may have any size.
    """
    number = _opened(path)
    found = os.fstat(number)
    if stat.S_ISREG(found.st_mode):
        file = os.fdopen(number, "rb")
        file.seek(0)
        return file, found.st_mtime_ns // 1000
    spooled = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        for block in _blocks(number, most):
            spooled.write(block)
        spooled.seek(0)
    except BaseException:
        spooled.close()
        raise
    finally:
        os.close(number)
    return spooled, None


def open_stream(path: Path) -> io.BufferedReader:
    """Open a file or stream to be read as it comes. Raises OSError for what is neither, also while it is read."""
    return io.BufferedReader(_Patient(_opened(path)))


class _Patient(io.RawIOBase):
    """A file or stream that waits for what is written, and not for somebody to write."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._begun = False

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into the buffer and return how much it was. Raises OSError."""
        block = _next_block(self._number, len(buffer), begun=self._begun)
        self._begun = True
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._number)
        super().close()


def _opened(path: Path) -> int:
    try:
        # Without waiting: a pipe is opened for reading only once somebody writes.
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
        number = os.dup(0) if path == STDIN else os.open(path, flags)
    except ValueError:
        raise OSError(errno.EINVAL, "no file has such a name") from None
    refused = _refusal(number)
    if refused is not None:
        os.close(number)
        raise refused
    return number


def _refusal(number: int) -> OSError | None:
    found = os.fstat(number)
    if stat.S_ISDIR(found.st_mode):
        return IsADirectoryError(errno.EISDIR, "it is a folder")
    # The null device is a common way to say that there is nothing, and a terminal is typed at.
    nowhere = stat.S_ISCHR(found.st_mode) and found.st_rdev == Path(os.devnull).stat().st_rdev
    kinds = (stat.S_ISREG, stat.S_ISFIFO, stat.S_ISSOCK)
    if nowhere or os.isatty(number) or any(kind(found.st_mode) for kind in kinds):
        return None
    return OSError(errno.EINVAL, "it is a device, not a file")


def _blocks(number: int, most: int) -> Iterator[bytes]:
    """Yield what is in it. Raises TooLarge once it is more than ``most`` bytes."""
    total = 0
    while block := _next_block(number, min(_BLOCK, most + 1 - total), begun=total > 0):
        total += len(block)
        if total > most:
            size = f"{most >> 20} MiB" if most >> 20 else count(most, "byte")
            raise TooLarge(errno.EFBIG, f"it is larger than {size}")
        yield block


def _next_block(number: int, size: int, *, begun: bool) -> bytes:
    """Return what comes next, nothing at the end. Raises OSError where nobody writes, or nothing for too long."""
    waits = os.get_blocking(number)  # standard input, which others may share and which is left as it is
    while True:
        if waits and not os.isatty(number):
            _wait(number)
        try:
            block = os.read(number, size)
        except BlockingIOError:
            _wait(number)
            continue
        if not block and not begun and stat.S_ISFIFO(os.fstat(number).st_mode):
            raise OSError(errno.ENODATA, "it is a pipe into which nobody has written")
        return block


def _wait(number: int) -> None:
    if not select.select([number], [], [], SILENCE_S)[0]:
        raise OSError(errno.ETIMEDOUT, f"nothing came out of it for {SILENCE_S:.0f} seconds")
