"""What plugins raise and return, as one line for log and report; nothing a plugin does can fail here."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Callable

PLUGIN_FAILURES: tuple[type[BaseException], ...] = (Exception, SystemExit, GeneratorExit, CancelledError)
"""What a plugin may raise and only its own items are held back. Ctrl-C is not among it: it ends the program."""

LONGEST = 2000
"""How many characters of a text are kept: a provider may answer with a whole page, and every item is told it."""


def describe(error: BaseException) -> str:
    """Return an exception as one line: its type, and its text if it has one.

    What no database stores, NUL and halves of surrogate pairs, is written as an escape.
    """
    text = _text(str, error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def shown(value: object) -> str:
    """Return a value as a programmer would write it, in one line."""
    return _text(repr, value)


def _text(of: Callable[[object], str], value: object) -> str:
    try:
        text = " ".join(of(value).split())
    except PLUGIN_FAILURES:
        return f"({type(value).__name__} cannot be shown: its text raises)"
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}... ({len(text) - LONGEST} more characters)"
    return text.replace("\0", "\\x00").encode(errors="backslashreplace").decode()
