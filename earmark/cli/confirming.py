"""Asking before something is deleted that nothing brings back."""

from __future__ import annotations

import sys

from earmark.cli.shell import Shell


def confirm(shell: Shell, what: str, *, yes: bool) -> None:
    """Ask at a terminal whether to go on with ``what`` is lost then; elsewhere ``--yes`` has to say so.

    Raises InputError where nobody agrees: nothing is done.
    """
    from engine.errors import InputError

    if yes:
        return
    if shell.as_json or not sys.stdin.isatty():
        raise InputError(f"{what}; nothing was done", remedy="Say --yes if that is meant.")
    sys.stderr.write(f"{what}. Go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InputError("nothing was done")
