"""What messages call a file that is ours for a while: as it is called where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import EarmarkError


@contextmanager
def called(path: Path, name: str) -> Iterator[None]:
    """Let the errors of the block name the file ``name`` instead of by its path."""
    try:
        yield
    except EarmarkError as error:
        error.lines = tuple(line.replace(str(path), name) for line in error.lines)
        error.message = "\n".join(error.lines)
        error.remedy = error.remedy.replace(str(path), name)
        error.args = (error.message,)
        raise
