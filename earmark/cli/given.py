"""The files that users name: ``-`` is stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """Open the file that a user names, or stdin for ``-``. Raises FileUnreadable."""
    from engine.errors import FileUnreadable
    from engine.files import open_stream

    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with open_stream(Path(file)) as stream:
            stream.peek(1)  # what cannot be read at all is told before anything is placed
            yield stream
    except OSError as error:
        if error.filename not in (None, file):  # it is not this one that is in trouble
            raise
        raise FileUnreadable(f"{file} cannot be read: {error.strerror}") from None


def name_of(file: str) -> str:
    """Return what messages call the file."""
    return "stdin" if file == "-" else file
