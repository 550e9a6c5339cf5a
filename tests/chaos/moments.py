"""Every moment of what a process does: on a stage that is prepared it dies at the n-th statement, for every n."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.chaos.processes import in_process

Stage = tuple[Path, str | None]
"""A folder, and the URL of its database: None stands for a file in the folder."""


class Stages:
    """Stages, each prepared alike; of a database in a file the first one is kept and copied."""

    def __init__(
        self,
        folder: Path,
        fresh_url: Callable[[], str | None],
        prepare: Callable[[Path, str | None], object],
    ) -> None:
        self._folder = folder
        self._fresh_url = fresh_url
        self._prepare = prepare
        self._kept = folder / "kept"

    def stage(self, name: str) -> Stage:
        """Prepare a stage of that name."""
        folder, url = self._folder / name, self._fresh_url()
        if url is None and self._kept.exists():
            shutil.copytree(self._kept, folder)
            return folder, url
        folder.mkdir()
        self._prepare(folder, url)
        if url is None:
            shutil.copytree(folder, self._kept)
        return folder, url

    def moments(self, statements: int, part: int, parts: int) -> Iterator[tuple[Path, str | None, int]]:
        """Yield a stage and a moment, for the moments of one of so many parts that can run at the same time."""
        # In a file a moment costs a tenth of a second, on a server more: there every fifth one is tried.
        stride = 5 if self._fresh_url() is not None else 1
        for moment in range(1 + part * stride, statements + 1, parts * stride):
            folder, url = self.stage(f"killed-{moment}")
            yield folder, url, moment
            shutil.rmtree(folder)


def kill(function: Callable[..., None], *arguments: Any) -> None:
    """Run the function in a process, which is to be killed in it."""
    victim = in_process(function, *arguments)
    victim.join(60)
    assert victim.exitcode == -signal.SIGKILL
