"""Every way in which a command can fail, as an exit code, a text for people and an object for programs.

0 done; 1 refused, wholly or in part, or findings of severity error; 2 wrong usage; 74 done, but the answer could
not be written; 130 interrupted; 141 the reader of the output has gone.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from earmark.cli.streams import AnswerLost
from earmark.words.text import flat, plain
from engine.errors import EarmarkError, FileUnreadable
from engine.results import Code

DONE = 0
REFUSED = 1
USAGE = 2
ANSWER_LOST = 74
INTERRUPTED = 130
BROKEN_PIPE = 141


_LOST = (
    "Make room, or write it to another place. What the command had to do is done and stored: look before you run a "
    "command again that changes something."
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed command: what is told on stderr, and the ``error`` object for ``--json``.

    ``lines`` are those of the message where it has several.
    """

    exit_code: int
    code: str
    message: str
    remedy: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    usage: str = ""
    lines: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"error": {"code": self.code, "message": self.message, "remedy": self.remedy, **self.more}}

    def text(self) -> str:
        """Return the lines for people. A line break in a name begins none of them."""
        first, *listed = self.lines or (self.message,)
        lines = [f"error: {first}", *listed]
        if self.remedy:
            lines.append(f"  mend: {self.remedy}")
        usage = [plain(self.usage)] if self.usage else []
        return "\n".join([*usage, *map(flat, lines)])


def failure_of(error: BaseException) -> Failure:
    """Return what to tell of an exception; one that nobody expected becomes ``internal_error``."""
    if isinstance(error, EarmarkError):
        more = {"parameters": error.parameters} if error.parameters else {}
        return Failure(REFUSED, error.code, error.message, error.remedy, more, lines=error.lines)
    if isinstance(error, KeyboardInterrupt):
        return Failure(
            INTERRUPTED, "interrupted", "interrupted", "What was not committed is undone; run it again."
        )
    if isinstance(error, AnswerLost):
        return Failure(ANSWER_LOST, "answer_lost", f"the answer cannot be written: {error.strerror}", _LOST)
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        return _usage(error)
    if os.environ.get("EARMARK_DEBUG") == "1":
        traceback.print_exception(error)
    if isinstance(error, OSError) and error.filename is not None:
        message = f"{os.fsdecode(error.filename)}: {error.strerror}"
        return Failure(
            REFUSED, FileUnreadable.code, message, "Check the path, its permissions and the free space."
        )
    return Failure(
        REFUSED,
        Code.INTERNAL_ERROR.value,
        short(error),
        "This is a fault of Earmark or of a plugin. Run the command again with EARMARK_DEBUG=1 and report "
        f"its output with the versions: {_versions()}.",
    )


def short(error: BaseException) -> str:
    """Return an exception as one line: its type, and its text if it has one that can be had."""
    try:
        text = " ".join(str(error).split())[:500]
    except Exception:  # a plugin's own exception may fail even at that
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _usage(error: Any) -> Failure:
    context = getattr(error, "ctx", None)
    usage = context.get_usage() if context is not None else ""
    help_hint = f"Run '{context.command_path} --help' for the options." if context is not None else ""
    message = error.format_message().replace(": Value error, ", ": ") or "a command is missing"
    return Failure(USAGE, "usage", message, help_hint, usage=usage)


def _versions() -> str:
    from earmark import __version__

    return f"earmark {__version__}, Python {sys.version.split()[0]}, {sys.platform}"
