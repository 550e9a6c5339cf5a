"""The rich console of the command line."""

from __future__ import annotations

from typing import NoReturn

from rich.console import Console


class OutputConsole(Console):
    """A console that leaves a broken pipe to the caller instead of ending the process itself."""

    def on_broken_pipe(self) -> NoReturn:
        """Raise again what was raised."""
        raise BrokenPipeError
