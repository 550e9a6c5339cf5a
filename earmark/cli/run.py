"""Running the command line: whatever happens ends in an exit code and a text, never in a traceback."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from earmark.cli.failures import BROKEN_PIPE, DONE, INTERRUPTED, Failure, failure_of, short
from earmark.cli.output import prepare_streams, tell, write_json
from earmark.cli.streams import open_streams, to_nowhere

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


_NEW_OBJECTS = 20_000
"""After how many new objects Python looks for circles; with its own 700 a third of a long placing was that."""


def run_process(arguments: Sequence[str]) -> int:
    """Run one command as all that this process is for, and return its exit code."""
    open_streams()
    gc.set_threshold(_NEW_OBJECTS)
    if os.environ.get("EARMARK_DEBUG") != "1":
        threading.excepthook = _thread_broke
        sys.unraisablehook = _not_raised
    code = run(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it has come to its end, and Python would tell of the place
    return code


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    prepare_streams()
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # typer's own way to leave then
            return _reader_gone()
        return _tell(failure_of(left), arguments)
    except BaseException as error:
        return _tell(failure_of(error), arguments)
    # Typer keeps Ctrl-C to itself and returns what it stands for.
    return _tell(failure_of(KeyboardInterrupt()), arguments) if code == INTERRUPTED else code


def _invoke(arguments: Sequence[str]) -> int:
    from typer.main import get_command

    from earmark.cli.app import make_app

    code = get_command(make_app()).main(list(arguments), prog_name="earmark", standalone_mode=False)
    return code if isinstance(code, int) else DONE


def _tell(failure: Failure, arguments: Sequence[str]) -> int:
    try:
        print(failure.text(), file=sys.stderr, flush=True)
        if "--json" in arguments:
            write_json(failure.as_dict())
    except BrokenPipeError:
        return _reader_gone()
    except OSError:  # a full disk for stderr: there is no place left to tell of anything
        pass
    return failure.exit_code


def _reader_gone() -> int:
    to_nowhere(sys.stdout)
    to_nowhere(sys.stderr)
    return BROKEN_PIPE


def _thread_broke(broken: Any) -> None:
    """Tell in a line what ended a thread that a plugin or a library has started."""
    name = "unnamed" if broken.thread is None else broken.thread.name
    _warn(f"a thread of a plugin, {name}, ended with {short(broken.exc_value or broken.exc_type())}")


def _not_raised(lost: UnraisableHookArgs) -> None:
    """Tell in a line what went wrong where nothing can be raised, such as while an object is thrown away."""
    _warn(f"something was left behind that could not end well: {short(lost.exc_value or lost.exc_type())}")


def _warn(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        tell(f"warning: {text}")
