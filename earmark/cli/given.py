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


def text_of(
    stream: IO[bytes], name: str, *, largest: int, has: str, shape: str, nothing: str | None = None
) -> str:
    """Return all of the input as text, which may have so many bytes.

    ``has`` is how a sentence about its size begins, ``nothing`` what an empty one lacks, where it must have it.
    Raises InputError for what is too large, empty, or no UTF-8.
    """
    from engine.errors import InputError

    raw = stream.read(largest + 1)
    if len(raw) > largest:
        raise InputError(f"{name}: {has} more than {largest >> 20} MiB", remedy=shape)
    if nothing is not None and not raw.strip():
        raise InputError(f"{name}: there is no {nothing} in it", remedy=shape)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        told = f"{name}: this is not UTF-8 text (byte {error.start})"
        raise InputError(told, remedy="Save it as UTF-8.") from None


def name_of(file: str) -> str:
    """Return what messages call the file."""
    return "stdin" if file == "-" else file
