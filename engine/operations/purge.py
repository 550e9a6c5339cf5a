"""Purging: deletes what is old and what no open item needs, in small transactions.

An item is *closed* once nothing will move it by itself: it stands in a state that no transition leaves, or *rests*
in one that only a call leaves and counts nothing there, and it is not suspended. All other items keep their whole
history, and so do items that a migration may still be undone for. Every transaction leaves a consistent database,
so a purge that is cut off anywhere is simply done again. What ids must not come again for keeps its newest row: the
conditions run tells by the highest run id what moved meanwhile, and readers of published messages tell by the id
which ones they know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.ages import moment_before
from engine.clock import SECOND, to_datetime
from engine.definition import Process, State
from engine.results import PurgeReport
from engine.runtime import Progress, Runtime, no_progress
from engine.storage.database import Reader, Work

CHUNK = 2000
"""How many items, or rows, one transaction looks at."""

_DAY = 86_400 * SECOND


@dataclass(slots=True)
class _Purge:
    """A purge at work: ``before`` is the limit in UTC microseconds.

    ``final`` and ``resting`` are the ids of the states in which items are closed: see ``closed`` in the statements.
    """

    runtime: Runtime
    report: PurgeReport
    progress: Progress
    before: int
    claims_before: int
    final: list[int]
    resting: list[int]

    def stopped(self) -> bool:
        """Return whether a stop is asked for, and note that the purge is not complete then."""
        if self.runtime.stop():
            self.report.complete = False
        return not self.report.complete

    def add(self, kind: str, rows: int) -> None:
        """Count rows that were deleted."""
        setattr(self.report, kind, getattr(self.report, kind) + rows)
        self.progress(self.report.total, None)

    def limit(self, kind: str) -> int:
        """Return before which time rows of the kind go."""
        return self.claims_before if kind == "claims" else self.before


def purge(
    runtime: Runtime, older_than: str, *, dry_run: bool = False, progress: Progress = no_progress
) -> PurgeReport:
    """Delete what is older than the age; with ``dry_run`` only count it. Raises InputError for no age."""
    now = runtime.database.clock()
    before = moment_before(now, older_than)
    report = PurgeReport(to_datetime(before), dry_run)
    with runtime.database.read() as reader:
        purging = _Purge(runtime, report, progress, before, now - _DAY, *_closing_states(runtime, reader))
        if dry_run:
            _count(purging, reader)
            return report
    for step in _STEPS:
        step(purging)
    return report


def _closing_states(runtime: Runtime, reader: Reader) -> tuple[list[int], list[int]]:
    """Return the ids of the states, in all versions, that are final and in which items may rest."""
    final: list[int] = []
    resting: list[int] = []
    for version in runtime.catalogue.all_versions(reader):
        for state in version.process.states:
            state_id = version.state_ids[state.index]
            if not version.process.outgoing[state.index]:
                final.append(state_id)
            elif is_resting(version.process, state, runtime.rules.stock_update.event):
                resting.append(state_id)
    return final, resting


def is_resting(process: Process, state: State, stock_update: str) -> bool:
    """Return whether items reserve nothing in the state, and nothing but a call can move them on.

    What moves items by itself is an eventless transition, an onEnter event, a timeout, and the event that every
    stock import fires.
    """
    return not (
        state.reserved
        or process.moves_by_itself(state.index)
        or any(event.name == stock_update for event in process.state_events(state.index))
    )


_COUNT = {
    "history": "count_history",
    "runs": "count_runs",
    "messages": "count_messages",
    "staged_rows": "count_staged_rows",
    "imports": "count_imports",
    "command_calls": "count_command_calls",
    "claims": "count_claims",
    "undo_data": "count_undo_data",
    "cart_holds": "count_cart_holds",
    "stock_changes": "count_stock_changes",
    "suspensions": "count_suspensions",
}


def _count(purging: _Purge, reader: Reader) -> None:
    closing = {"final": purging.final, "resting": purging.resting}
    for kind in purging.report.counts:
        of_items = closing if kind in ("history", "runs") else {}
        purging.add(kind, reader.scalar(_COUNT[kind], before=purging.limit(kind), **of_items))


def _history(purging: _Purge) -> None:
    """Delete the history of closed items, a window of items at a time."""
    database, after = purging.runtime.database, 0
    known = {"final": purging.final, "resting": purging.resting, "before": purging.before}
    while not purging.stopped():
        with database.read() as reader:
            window = reader.first("purge_history_window", after=after, size=CHUNK, **known)
        if window is None or window.last is None:
            return
        if window.closed:
            closed = {**known, "after": after, "until": window.last}
            purging.add("history", database.transact(partial(_delete_history, closed)))
        after = window.last


def _delete_history(closed: Mapping[str, Any], work: Work) -> int:
    """Delete the history of the closed items of a window; return how many rows it had."""
    work.run("clear_moving")
    work.run("moving_add_closed", **closed)
    work.scalar("purge_lock_runs")
    work.run("purge_uncount_history", before=closed["before"])
    return work.changed("purge_history", before=closed["before"])


def _delete(statement: str, limits: Mapping[str, Any], work: Work) -> int:
    """Run the deleting statement; return how many rows are gone."""
    return work.changed(statement, **limits)


def _messages(purging: _Purge) -> None:
    """Delete old messages; of availability none behind the first one that stays."""
    database, after = purging.runtime.database, 0
    with database.read() as reader:
        first = int(reader.scalar("purge_first_kept", before=purging.before))
    while not purging.stopped():
        with database.read() as reader:
            window = reader.first("purge_messages_window", after=after, size=CHUNK)
        if window is None or window.last is None or window.oldest >= purging.before:
            return
        limits = {"after": after, "until": window.last, "before": purging.before, "first_kept": first}
        purging.add("messages", database.transact(partial(_delete, "purge_messages", limits)))
        after = window.last


def _by_window(kind: str, look: str, delete: str) -> Callable[[_Purge], None]:
    """Return the step that goes through a table by id, until it comes to what is too young.

    ``look`` and ``delete`` are the statements that tell of the next rows and that delete what is old of them.
    """

    def step(purging: _Purge) -> None:
        database, after = purging.runtime.database, 0
        while not purging.stopped():
            with database.read() as reader:
                window = reader.first(look, after=after, size=CHUNK)
            # Ids and times grow together, but for what overlapped: a row passed over goes the next time.
            if window is None or window.last is None or window.oldest >= purging.before:
                return
            limits = {"after": after, "until": window.last, "before": purging.before}
            purging.add(kind, database.transact(partial(_delete, delete, limits)))
            after = window.last

    return step


def _by_chunk(kind: str, delete: str) -> Callable[[_Purge], None]:
    """Return the step that deletes a chunk at a time until nothing is left."""

    def step(purging: _Purge) -> None:
        while not purging.stopped():
            limits = {"before": purging.limit(kind), "size": CHUNK}
            deleted = purging.runtime.database.transact(partial(_delete, delete, limits))
            if not deleted:
                return
            purging.add(kind, deleted)

    return step


_STEPS: tuple[Callable[[_Purge], None], ...] = (
    _by_chunk("undo_data", "purge_undo_data"),  # first: undoing a migration reads the history of its items
    _history,
    _by_window("runs", "purge_runs_window", "purge_runs"),
    _messages,
    _by_chunk("staged_rows", "purge_staged_rows"),
    _by_window("imports", "purge_imports_window", "purge_imports"),
    _by_window("command_calls", "purge_command_calls_window", "purge_command_calls"),
    _by_chunk("claims", "purge_claims"),
    _by_window("cart_holds", "purge_cart_holds_window", "purge_cart_holds"),
    _by_window("stock_changes", "purge_stock_changes_window", "purge_stock_changes"),
    _by_chunk("suspensions", "purge_suspensions"),
)
