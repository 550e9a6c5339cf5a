"""What the history says of a process, as assumptions with which it can be simulated: in three statements."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from engine.clock import SECOND
from engine.definition import Process
from engine.results import LearnedExit, LearnedProcess, LearnedState
from engine.runtime import Runtime
from engine.storage.database import Record

HOP = "conditions run"
"""How an exit by the conditions run is called."""

_OURS = ("force", "migrate", "undo", "amend")
"""Causes that are none of the process: such stays are left out."""


def learn(runtime: Runtime, name: str) -> LearnedProcess:
    """Return what the history of all versions of a process says. Raises ProcessNotFound."""
    with runtime.database.read() as reader:
        current = runtime.catalogue.current(reader, name).process
        versions = runtime.catalogue.all_versions(reader, name)
        states = sorted(state for version in versions for state in version.state_ids)
        exits = [row for row in reader.all("learned_exits", states=states) if row.cause not in _OURS]
        answers = reader.all("learned_answers", states=states)
        arrivals = reader.first("learned_arrivals", states=states)
    items = 0 if arrivals is None else int(arrivals.items or 0)
    every = None
    if arrivals is not None and items > 1:
        every = round((arrivals.last - arrivals.first) / SECOND / (items - 1), 3)
    conditions, left = _conditions(answers), _exits(current, exits)
    found = {
        state.name: LearnedState(conditions.get(state.name, {}), left.get(state.name, {}))
        for state in current.states
        if state.name in conditions or state.name in left
    }
    return LearnedProcess(name, items, every or None, found)


def _conditions(rows: Iterable[Record]) -> dict[str, dict[str, float]]:
    """Return how probable each condition was, by state."""
    asked: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        for name, value in json.loads(row.conditions).items():
            counted = asked[row.state, name]
            counted[0] += int(row.items) if value else 0
            counted[1] += int(row.items)
    found: dict[str, dict[str, float]] = {}
    for (state, name), (true, all_of_them) in sorted(asked.items()):
        found.setdefault(state, {})[name] = round(true / all_of_them, 6)
    return found


def _exits(process: Process, rows: Iterable[Record]) -> dict[str, dict[str, LearnedExit]]:
    """Return the exits by state; stays that the clock, a count or entering has ended count in the shares only."""
    parts: dict[tuple[str, str], list[Record]] = {}
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        totals[row.state] += row.items
        exit_ = _exit(process, row)
        if exit_ is not None:
            parts.setdefault((row.state, exit_), []).append(row)
    found: dict[str, dict[str, LearnedExit]] = {}
    for (state, event), of_exit in parts.items():
        count = sum(row.items for row in of_exit)
        spans = sorted({of_exit[0].least, *(row.most for row in of_exit)})
        quantiles = tuple(round(span / SECOND, 3) for span in spans)
        # Rounded down, or many small shares could be more than 1 together.
        share = int(count / totals[state] * 1_000_000) / 1_000_000
        found.setdefault(state, {})[event] = LearnedExit(share, quantiles, count)
    return found


def _exit(process: Process, row: Record) -> str | None:
    if row.cause == "conditions":
        return HOP
    event = process.event_by_name.get(row.event or "")
    by_itself = event is None or event.on_enter or event.timeout is not None
    return None if by_itself or row.cause in ("stock-update", "on-enter", "timeout") else row.event
