"""The three standard streams: there when nobody opened them, and stdout kept for what Earmark answers."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import Any, TextIO

_kept: list[TextIO] = []


class AnswerLost(OSError):
    """What a command prints cannot be written; what it did before is not touched by that."""


class _Answers(io.FileIO):
    """Stdout. What cannot be written is told once, by AnswerLost; what comes after that goes nowhere.

    A reader that has gone is not that: it had enough, and Python's own BrokenPipeError tells of it.
    """

    _lost = False

    def write(self, data: Any) -> int:
        """Write the bytes, also where the other end is slow and the stream does not wait for it."""
        size = memoryview(data).nbytes
        if self._lost:
            return size
        try:
            while (written := super().write(data)) is None:
                select.select([], [self], [])
            return int(written)
        except BrokenPipeError:
            raise
        except OSError as error:
            self._lost = True
            raise AnswerLost(error.errno, error.strerror) from None


def open_streams() -> None:
    """Make the process fit to run a command: called once, before anything else is opened.

    A stream that is closed becomes one to nowhere. Otherwise the next file to be opened, the database's perhaps,
    would take its number, and what a library writes to "stderr" would land there. File descriptor 1 leads to
    stderr from then on: what child processes of plugins print is not part of the answer.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    answers = io.BufferedWriter(_Answers(os.dup(1), "w"))
    sys.stdout = io.TextIOWrapper(answers, encoding=encoding, line_buffering=answers.isatty())
    os.dup2(2, 1)


def answers() -> TextIO:
    """Return the stream for what a command answers."""
    return _kept[-1] if _kept else sys.stdout


def to_nowhere(stream: TextIO) -> None:
    """Give up a stream that nobody reads: it holds what was not written, and Python would complain of it."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def others_to_stderr() -> Iterator[None]:
    """While the block runs, ``sys.stdout`` leads to stderr, for whatever plugins print; ``answers()`` does not."""
    _kept.append(sys.stdout)
    try:
        with _second_stderr() as stream, redirect_stdout(stream):
            yield
    finally:
        _kept.pop()


@contextmanager
def _second_stderr() -> Iterator[TextIO]:
    """Give a stream to stderr that can be closed without closing stderr."""
    try:
        number = os.dup(sys.stderr.fileno())
    except (OSError, ValueError):
        yield sys.stderr
        return
    stream = os.fdopen(number, "w", encoding=sys.stderr.encoding, errors="backslashreplace", buffering=1)
    try:
        yield stream
    finally:
        with suppress(OSError, ValueError):
            stream.close()
