"""Storing accepted orders with everything that follows from entering their initial states, set by set.

The ids are drawn beforehand, so that nothing that is stored waits for what became of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.clock import SECOND, to_datetime
from engine.errors import PluginError
from engine.moving.apply import due_at
from engine.moving.items import loaded_items
from engine.moving.log import tell_step
from engine.moving.plan import processor_times
from engine.moving.rows import ItemRow
from engine.moving.step import Applied, Failures, Origin, Step
from engine.operations.order_names import Asked, ResolvedOrder
from engine.operations.placing import Batch, PlacedOrder
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.versions.closed import note_placed
from engine.versions.place import Place


class Ids:
    """Ids for as many orders, items and runs as a batch may need."""

    def __init__(self, work: Work, batch: Batch) -> None:
        orders = batch.resolved
        items = sum(len(order.lines) for order in orders)
        runs = len({_run_key(batch, order) for order in orders})
        self._asked = work.ask("placement_ids", orders=len(orders), items=items, runs=runs)

    def drawn(self) -> tuple[Iterator[int], Iterator[int], Iterator[int]]:
        """Return the ids of orders, items and runs."""
        kinds: tuple[list[int], list[int], list[int]] = ([], [], [])
        for kind, number in self._asked():
            kinds[kind - 1].append(number)
        orders, items, runs = kinds
        return iter(orders), iter(items), iter(runs)


@dataclass(slots=True)
class _Run:
    """The run that places items: those of one state, of orders with one correlation and actor."""

    id: int
    asked: Asked
    place: Place
    rows: list[ItemRow] = field(default_factory=list)

    def step(self, group: int) -> Step:
        """Return it as a step of a plan."""
        return Step(group, self.place.version, None, self.place.state, None, "placed")


def _run_key(batch: Batch, order: ResolvedOrder) -> tuple[int, str, str | None]:
    asked = batch.asked[order.position]
    return order.state_id, asked.correlation, asked.actor


def store(runtime: Runtime, work: Work, batch: Batch, accepted: Sequence[ResolvedOrder], ids: Ids) -> None:
    """Store the accepted orders, and note in the batch what was placed and what may follow."""
    writing = _Writing(runtime, work, batch, ids)
    for order in accepted:
        writing.add(order)
    writing.write()


class _Writing:
    """Gathers the rows of orders, and writes them."""

    def __init__(self, runtime: Runtime, work: Work, batch: Batch, ids: Ids) -> None:
        self._runtime, self._work, self._batch = runtime, work, batch
        self._order_ids, self._item_ids, self._run_ids = ids.drawn()
        timeout = runtime.rules.checkout.hold_timeout_s
        self._until = None if timeout is None else work.now + int(timeout * SECOND)
        self._runs: dict[tuple[int, str, str | None], _Run] = {}
        self._orders: list[list[Any]] = []
        self._items: list[list[Any]] = []

    def add(self, order: ResolvedOrder) -> None:
        """Take an order along."""
        now, run, number = self._work.now, self._run_of(order), next(self._order_ids)
        request = order.request
        self._orders.append(
            [
                *(number, request.reference, order.store_id, order.version.id, request.currency),
                *(order.fingerprint, order.data),
            ]
        )
        until = self._until if order.share.held else None
        items = []
        for line, (product, warehouse, reference, quantity) in enumerate(order.lines, start=1):
            item = next(self._item_ids)
            items.append(item)
            counted = (quantity * order.share.reserved, quantity * order.share.held)
            self._items.append(
                [
                    *(item, number, order.store_id, product, warehouse, reference, line, quantity),
                    *(order.state_id, run.id, *counted, until),
                ]
            )
            run.rows.append(
                ItemRow(item, reference, number, order.store_id, product, warehouse, quantity, 0, now, 1)
            )
        self._batch.placed[order.position] = PlacedOrder(order, number, items, now, until)

    def _run_of(self, order: ResolvedOrder) -> _Run:
        key = _run_key(self._batch, order)
        run = self._runs.get(key)
        if run is None:
            asked, place = self._batch.asked[order.position], order.version.place(order.initial)
            run = self._runs[key] = _Run(next(self._run_ids), asked, place)
        return run

    def write(self) -> None:
        """Write the orders, and what follows."""
        work, now = self._work, self._work.now
        work.run("insert_orders", now=now, orders=self._orders)
        runs = [
            [run.id, run.asked.correlation, run.place.state_id, len(run.rows), run.asked.actor]
            for run in self._runs.values()
        ]
        work.run("insert_placing_runs", now=now, host=self._runtime.host, runs=runs)
        work.run("insert_items", now=now, items=self._items)
        if work.dialect == "sqlite":
            history = [[item.id, run.id] for run in self._runs.values() for item in run.rows]
            work.run("insert_placed_history", items=history)
        closing = [run for run in self._runs.values() if run.place.closed]
        note_placed(work, ((run.place.state_id, row.store_id) for run in closing for row in run.rows))
        self._enter()

    def _enter(self) -> None:
        """Arm what the initial states ask for: timeouts and automatic steps."""
        timeouts: list[list[Any]] = []
        steps: list[list[Any]] = []
        for group, run in enumerate(self._runs.values()):
            process, state = run.place.version.process, run.place.state
            timeouts += self._timeouts(run)
            follows = process.on_enter_event(state.index)
            step, items = run.step(group), len(run.rows)
            if follows is not None:
                steps += [[item.id, follows.name, run.id] for item in run.rows]
                applied = Applied(step, run.id, items, items)
                self._batch.applied.append((run.asked.correlation, applied))
            origin = Origin("place", run.asked.correlation, actor=run.asked.actor)
            tell_step(self._runtime, self._work, step, origin, items, run.id, None)
        if timeouts:
            self._work.run("insert_placed_timeouts", timeouts=timeouts)
        if steps:
            self._work.run("insert_placed_steps", now=self._work.now, steps=steps)

    def _timeouts(self, run: _Run) -> Iterator[list[Any]]:
        """Yield the timeouts of the items; processors are asked while the placement is being written."""
        work, process = self._work, run.place.version.process
        events = process.timeout_events(run.place.state.index)
        for event in events:
            if event.timeout_processor is None:
                due = due_at(event, work.now)
                yield from ([item.id, event.name, due] for item in run.rows)
        asking = [event for event in events if event.timeout_processor is not None]
        if not asking:
            return
        items = loaded_items(run.rows, run.place, self._runtime.database, work)
        failures: Failures = {}
        times = processor_times(self._runtime.plugins, asking, items, to_datetime(work.now), failures)
        if failures:
            raise PluginError("; ".join(sorted({text for _, text in failures.values()})))
        for name, found in times.items():
            yield from ([item, name, due] for item, due in found.items())
