"""What the demonstration shows while it runs: progress bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

Told = Callable[[int, int | None], None]
"""How far a scene is: done, and of how many (None when nobody knows)."""


class Screen:
    """Shows days, and under each its scenes: time, title, and what came out; a bar while a scene runs."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._day = -1

    @contextmanager
    def scene(self, title: str, day: int, now: datetime) -> Iterator[Scene]:
        """Show a scene while the block runs, and keep how long it took."""
        begun = time.perf_counter()
        scene = Scene()
        if not self._quiet and day != self._day:
            self._day = day
            self._console.print(f"[bold]day {day}[/]  [dim]{now:%A}[/]", highlight=False)
        line = f"  [dim]{now:%H:%M}[/]  {title:<30}"
        if self._console.is_terminal and not self._quiet:
            with self._bar(line, scene):
                yield scene
        else:
            yield scene
        scene.seconds = time.perf_counter() - begun
        if not self._quiet:
            self._console.print(f"{line}  {scene.result}", highlight=False)

    @contextmanager
    def _bar(self, line: str, scene: Scene) -> Iterator[None]:
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), MofNCompleteColumn())
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(line, total=None)
            scene.tell = lambda done, total: progress.update(task, completed=done, total=total)
            yield


class Scene:
    """A scene that is played: ``tell`` is the engine's progress callback, ``result`` what to say at its end."""

    def __init__(self) -> None:
        self.result = ""
        self.seconds = 0.0
        self.tell: Told = lambda _done, _total: None
