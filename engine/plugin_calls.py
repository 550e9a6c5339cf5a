"""What plugins do to whoever calls them: they raise anything, and they fork.

A call of a plugin is written as::

    process = os.getpid()
    try:
        answer = plugin(...)
    except BaseException as error:
        text = failure_of(error, process)
    end_if_forked(process)
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from engine.nouns import named

_LONGEST = 2000
"""How much of a plugin's own text is kept: it is written to the log for every failed attempt."""


def failure_of(error: BaseException, process: int) -> str:
    """Return what a plugin raised as one line. Somebody's Ctrl-C is no failure of the plugin: it is raised again.

    Libraries raise what is no ``Exception``, such as the cancellation of a task; that is a failure like any other.
    ``process`` is the one that called the plugin.
    """
    if isinstance(error, KeyboardInterrupt):
        raise error
    end_if_forked(process, error)
    return describe(error)


def end_if_forked(process: int, error: BaseException | None = None) -> None:
    """End a process that a plugin has forked and that comes back from it as if it were the one that called.

    It would take the step a second time, on connections that it shares with the first. One that leaves with
    SystemExit has come to its end; it gets the code that it wanted.
    """
    if os.getpid() == process:
        return
    code = error.code if isinstance(error, SystemExit) else 1
    if not isinstance(error, SystemExit):
        with suppress(OSError, ValueError):
            sys.stderr.write("warning: a plugin forked a process that did not end by itself; it is ended\n")
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))  # what is open is the caller's


@contextmanager
def one_process() -> Iterator[None]:
    """End a forked process within a block that has to tidy up after itself: that is not for the child to do."""
    process = os.getpid()
    try:
        yield
    except BaseException as error:
        end_if_forked(process, error)
        raise
    end_if_forked(process)


def shown(value: object) -> str:
    """Return what a plugin answered wrongly, for a message: not more than fits into one."""
    try:
        text = repr(value)
    except Exception:
        return f"an object of the type {type(value).__name__}"
    return _stored(text if len(text) <= 200 else f"{text[:200]}...")


def describe(error: BaseException) -> str:
    """Return an exception as one line for log and report: its type, and its text if it has one.

    What no database stores, NUL and halves of surrogate pairs, is written as an escape.
    """
    try:
        text = _stored(" ".join(str(error).split()))
    except Exception:  # a plugin's own exception may fail even at that
        text = "its text cannot be had"
    if len(text) > _LONGEST:
        more = len(text) - _LONGEST
        text = f"{text[:_LONGEST]}... ({more:,} {named(more, 'more character')})"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _stored(text: str) -> str:
    """Return text that a database can store."""
    return text.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
