"""Giving back the refused rows of a file: all of them, however many, as the file has them, each with its reason.

They come in no order and may be a million, so they are put aside in sorted runs and merged at the end.
"""

from __future__ import annotations

import heapq
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from engine.errors import InputError
from engine.feeds import StockSource
from engine.results import RowRefusal

_RUN = 50_000
"""How many refusals are sorted in memory at a time."""

_ELSEWHERE = "Name a file in a folder where you may write."

Reason = tuple[int, str]
"""The line of a refused row, and why it was refused."""


class RefusedRows:
    """A file to be written with the refused rows of an import.

    It is begun at once, so that a path that cannot be written is told before anything is done, and takes the
    place of the path when it is complete. Raises InputError where it cannot be written.
    """

    def __init__(self, path: Path, source: Path) -> None:
        self._path = path
        if path.exists() and source.exists() and path.samefile(source):
            raise InputError(
                f"the refused rows cannot be written over {source}, which is imported",
                remedy="Name another file for them.",
            )
        if path.is_dir():
            raise InputError(f"{path} cannot be written: it is a folder", remedy=_ELSEWHERE)
        self._part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            self._file: IO[bytes] = self._part.open("wb")
        except OSError as error:
            raise _unwritable(path, error) from None
        self._waiting: list[Reason] = []
        self._runs: list[IO[bytes]] = []

    def add(self, refusal: RowRefusal) -> None:
        """Put a refused row aside."""
        self._waiting.append((refusal.line, f"{refusal.code}: {refusal.message}"))
        if len(self._waiting) >= _RUN:
            self._put_aside()

    def write(self, source: StockSource, counted_at: int | None) -> None:
        """Write the file. Raises InputError when it cannot be written."""
        try:
            source.give_back(_joined(self._sorted()), self._file, counted_at)
            self._file.close()
            self._part.replace(self._path)
        except OSError as error:
            raise InputError(
                f"{self._path} cannot be written: {error.strerror}; the import itself has ended well",
                remedy="Import the file again, with another file for its refused rows: they are refused again.",
            ) from None

    def close(self) -> None:
        """Take away what is not needed any more; to be called in any case."""
        self._file.close()
        for run in self._runs:
            run.close()
        self._part.unlink(missing_ok=True)

    def _put_aside(self) -> None:
        run = tempfile.TemporaryFile()  # noqa: SIM115
        self._runs.append(run)
        run.writelines(json.dumps(reason).encode() + b"\n" for reason in sorted(self._waiting))
        run.seek(0)
        self._waiting = []

    def _sorted(self) -> Iterator[Reason]:
        return heapq.merge(*map(_read, self._runs), sorted(self._waiting))


def _read(run: IO[bytes]) -> Iterator[Reason]:
    for text in run:
        line, why = json.loads(text)
        yield line, why


def _joined(reasons: Iterable[Reason]) -> Iterator[Reason]:
    """Yield each line once, with all that is wrong with it."""
    last: Reason | None = None
    for line, why in reasons:
        if last is not None and last[0] == line:
            last = line, last[1] if why in last[1] else f"{last[1]}; {why}"
            continue
        if last is not None:
            yield last
        last = line, why
    if last is not None:
        yield last


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written: {error.strerror}", remedy=_ELSEWHERE)
