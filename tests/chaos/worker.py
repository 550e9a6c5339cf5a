"""A worker with a command of its own, in a process of its own, that can be frozen while the command runs.

Workers and the test share a folder: the clock is a file, and so are the calls, the effects and the gates. The
outside world knows a key when it sees it again: what a command does there is done once for each key.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from engine.hooks import CallContext, Item, Scope
from engine.requests import Selection
from tests.chaos.journal import Journal
from tests.helpers.clock import START
from tests.helpers.shop import Shop

SALE = """
    states new paid* shipped*
    new -> paid : pay
    paid -> shipped : ship
    event pay command=charge manual
    event ship manual
"""


class FileClock:
    """A clock that all processes of a folder read, and that stands still until one of them moves it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "clock"
        if not self._path.exists():
            self._set(START)

    def __call__(self) -> int:
        return int(self._path.read_text())

    def forward(self, seconds: float) -> None:
        self._set(self() + round(seconds * 1_000_000))

    def _set(self, now: int) -> None:
        other = self._path.with_suffix(f".{os.getpid()}")
        other.write_text(str(now))
        other.replace(self._path)


class Outside:
    """The outside world of a folder: who called with which key, and what came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal = Journal(folder / "calls")

    def call(self, worker: str, key: str, items: Sequence[int]) -> None:
        """Do what is asked, unless that was done for the key before, and take note of the call."""
        with NamedTemporaryFile(dir=self.folder) as done, suppress(FileExistsError):
            done.write(b"x")
            done.flush()
            # At once or not at all: whoever calls may be frozen or killed anywhere.
            (self.folder / f"effect {key}").hardlink_to(done.name)
        self._journal.note(worker, key, items)

    def calls(self, worker: str | None = None) -> list[tuple[str, tuple[int, ...]]]:
        """Every call, or those of one worker: key and items."""
        return [(key, items) for who, key, items in self._journal.calls() if worker in (None, who)]

    def effects(self) -> dict[str, int]:
        """How often what was asked for was done, by key."""
        return {path.name.split(" ", 1)[1]: path.stat().st_size for path in self.folder.glob("effect *")}

    def open(self, gate: str) -> None:
        (self.folder / f"gate {gate}").touch()

    def is_open(self, gate: str) -> bool:
        return (self.folder / f"gate {gate}").exists()


def work(folder: Path, url: str | None, name: str, scope: Scope, ids: Sequence[int], answers: Any) -> None:
    """Pay for the items; the command stays until the worker's gate is open. Answers with what came out."""
    world = Shop(folder, url=url, clock=FileClock(folder))
    outside = Outside(folder)

    def charge(asked: Item | Sequence[Item], context: CallContext) -> None:
        items = [asked] if scope is Scope.ITEM else list(asked)  # type: ignore[list-item, arg-type]
        outside.call(name, context.key, [item.id for item in items])
        while not outside.is_open(f"{name} may leave"):
            if outside.is_open(f"{name} extends") and not outside.is_open(f"{name} extended"):
                context.extend_lease()
                outside.open(f"{name} extended")
            time.sleep(0.005)

    world.command("charge", scope, charge)
    engine = world.another(host=name)
    report = engine.trigger("pay", Selection(items=tuple(ids)))
    engine.close()
    world.close()
    refusals = [(refusal.item, refusal.code) for refusal in (*report.blocked, *report.failed, *report.stuck)]
    answers.put((name, report.moved, sorted(refusals)))
