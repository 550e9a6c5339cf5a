"""Running the command line: whatever happens ends in an exit code and a text, never in a traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from earmark.cli.failures import BROKEN_PIPE, DONE, Failure, failure_of
from earmark.cli.output import plain, prepare_streams, write_json


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    prepare_streams()
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        return _reader_gone()
    except (Exception, KeyboardInterrupt) as error:
        return _tell(failure_of(error), arguments)


def _invoke(arguments: Sequence[str]) -> int:
    from typer.main import get_command

    from earmark.cli.app import make_app

    code = get_command(make_app()).main(list(arguments), prog_name="earmark", standalone_mode=False)
    return code if isinstance(code, int) else DONE


def _tell(failure: Failure, arguments: Sequence[str]) -> int:
    try:
        print(plain(failure.text()), file=sys.stderr, flush=True)
        if "--json" in arguments:
            write_json(failure.as_dict())
    except BrokenPipeError:
        return _reader_gone()
    return failure.exit_code


def _reader_gone() -> int:
    # The streams still hold what could not be written; without a place for it Python complains when it exits.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    return BROKEN_PIPE
