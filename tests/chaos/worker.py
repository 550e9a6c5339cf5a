"""A worker with a command of its own, in a process of its own, that can be frozen while the command runs.

Workers and the test share a folder: the clock is a file, and so are the calls, the effects and the gates. The
outside world knows a key when it sees it again: what a command does there is done once for each key.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.hooks import CallContext, Item, Scope
from engine.requests import Selection
from tests.helpers.clock import START
from tests.helpers.world import World

SALE = """
    states new paid* shipped*
    new -> paid : pay
    paid -> shipped : ship
    event pay command=charge manual
    event ship manual
"""
_PATIENCE_S = 60.0


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


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that must come to pass; how long it takes is nobody's concern."""
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.005)


class Outside:
    """The outside world of a folder: who called with which key, and what came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def call(self, worker: str, key: str, items: Sequence[int]) -> None:
        """Take note of a call, and do what is asked unless that was done for the key before."""
        with (self.folder / "calls").open("a") as file:
            file.write(f"{worker}|{key}|{','.join(map(str, items))}\n")
        with (self.folder / f"effect {key}").open("a") as file:
            if file.tell() == 0:
                file.write("x")

    def calls(self, worker: str | None = None) -> list[tuple[str, tuple[int, ...]]]:
        """Every call, or those of one worker: key and items."""
        path = self.folder / "calls"
        lines = [line.split("|") for line in path.read_text().splitlines()] if path.exists() else []
        return [(key, tuple(map(int, ids.split(",")))) for who, key, ids in lines if worker in (None, who)]

    def effects(self) -> dict[str, int]:
        """How often what was asked for was done, by key."""
        return {path.name.split(" ", 1)[1]: path.stat().st_size for path in self.folder.glob("effect *")}

    def open(self, gate: str) -> None:
        (self.folder / f"gate {gate}").touch()

    def is_open(self, gate: str) -> bool:
        return (self.folder / f"gate {gate}").exists()


def work(folder: Path, url: str | None, name: str, scope: Scope, ids: Sequence[int], answers: Any) -> None:
    """Pay for the items; the command stays until the worker's gate is open. Answers with what came out."""
    world = World(folder, url=url, clock=FileClock(folder))
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
