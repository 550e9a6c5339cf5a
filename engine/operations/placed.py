"""Storing accepted orders with everything that follows from the states that their items come to, set by set.

The ids are drawn beforehand, so that nothing that is stored waits for what became of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.allocation.kept import Record, write_allocations
from engine.clock import SECOND, to_datetime
from engine.errors import PluginError
from engine.moving.due import due_at
from engine.moving.items import loaded_items
from engine.moving.log import tell_step
from engine.moving.plan import processor_times
from engine.moving.rows import ItemRow
from engine.moving.step import Applied, Cause, Failures, Origin, Step
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
        self._work, self._items = work, sum(len(order.lines) for order in orders)
        kinds = {_run_key(batch, order): order.arrival for order in orders}
        runs = sum(1 + len(arrival.steps) for arrival in kinds.values())
        self._asked = work.ask("placement_ids", orders=len(orders), items=self._items, runs=runs)

    def drawn(self, items: int = 0) -> tuple[Iterator[int], Iterator[int], Iterator[int]]:
        """Return the ids of orders, items and runs; of ``items``, where lines have become several of them."""
        kinds: tuple[list[int], list[int], list[int]] = ([], [], [])
        for kind, number in self._asked():
            kinds[kind - 1].append(number)
        more = items - self._items
        if more > 0 and self._work.dialect == "sqlite":
            kinds[1].extend(range(kinds[1][-1] + 1, kinds[1][-1] + 1 + more))  # whoever writes is alone
        elif more > 0:
            asked = {"orders": 0, "items": more, "runs": 0}
            kinds[1].extend(int(row.id) for row in self._work.all("placement_ids", **asked))
        orders, found, runs = kinds
        return iter(orders), iter(found), iter(runs)


class _Run(NamedTuple):
    """What items take part in: being placed, or an automatic step that follows at once."""

    id: int
    step: Step
    origin: Origin


@dataclass(slots=True)
class _Arriving:
    """Items of one version that come in together, of orders with one correlation and actor, and their runs."""

    asked: Asked
    place: Place
    runs: list[_Run]
    rows: list[ItemRow] = field(default_factory=list)

    @property
    def last(self) -> _Run:
        """The run that has brought the items to their place."""
        return self.runs[-1]


_RunKey = tuple[int, int, str, str | None]
"""What items have in common that take part in the same runs: version, state they come to, correlation and actor."""


def _run_key(batch: Batch, order: ResolvedOrder) -> _RunKey:
    asked = batch.asked[order.position]
    return order.version.id, order.arrival.state.index, asked.correlation, asked.actor


def store(runtime: Runtime, work: Work, batch: Batch, accepted: Sequence[ResolvedOrder], ids: Ids) -> None:
    """Store the accepted orders, and note in the batch what was placed and what may follow."""
    writing = _Writing(runtime, work, batch, ids, sum(len(order.lines) for order in accepted))
    for order in accepted:
        writing.add(order)
    writing.write()


class Further(NamedTuple):
    """Further items of an order that is stored: its id, and of which lines they are, in the order of ``lines``."""

    order: ResolvedOrder
    id: int
    lines: Sequence[int]


def store_more(
    runtime: Runtime, work: Work, batch: Batch, further: Sequence[Further], ids: Ids, cause: Cause
) -> list[int]:
    """Store further items of orders as new ones are stored; return the runs with which they were placed."""
    writing = _Writing(runtime, work, batch, ids, sum(len(one.lines) for one in further), cause)
    for one in further:
        writing.add_to(one)
    writing.write()
    return writing.placing_runs()


class _Writing:
    """Gathers the rows of orders, and writes them."""

    def __init__(
        self, runtime: Runtime, work: Work, batch: Batch, ids: Ids, items: int, cause: Cause = "place"
    ) -> None:
        self._runtime, self._work, self._batch, self._cause = runtime, work, batch, cause
        self._order_ids, self._item_ids, self._run_ids = ids.drawn(items)
        timeout = runtime.rules.checkout.hold_timeout_s
        self._until = None if timeout is None else work.now + int(timeout * SECOND)
        self._arriving: dict[_RunKey, _Arriving] = {}
        self._orders: list[list[Any]] = []
        self._items: list[list[Any]] = []
        self._parts: list[list[int]] = []
        self._allocated: list[Record] = []

    def add(self, order: ResolvedOrder) -> None:
        """Take an order along."""
        number, request = next(self._order_ids), order.request
        self._orders.append(
            [
                *(number, request.reference, order.store_id, order.version.id, request.currency),
                *(order.fingerprint, order.data),
            ]
        )
        self.add_to(Further(order, number, order.numbers or range(1, len(order.lines) + 1)))

    def add_to(self, further: Further) -> None:
        """Take items of an order along."""
        order, number, numbers = further
        now, arriving = self._work.now, self._arriving_with(order)
        steps, last = len(order.arrival.steps), arriving.last.id
        until = self._until if order.share.held else None
        items = []
        for line, (product, warehouse, reference, quantity) in zip(numbers, order.lines, strict=True):
            item = next(self._item_ids)
            items.append(item)
            counted = (quantity * order.share.reserved, quantity * order.share.held)
            self._items.append(
                [
                    *(item, number, order.store_id, product, warehouse, reference, line, quantity),
                    *(arriving.place.state_id, steps, last, *counted, until),
                ]
            )
            arriving.rows.append(
                ItemRow(item, reference, number, order.store_id, product, warehouse, quantity, steps, now, 1)
            )
        if order.numbers:
            self._note_allocated(order, items, last)
        self._batch.placed[order.position] = PlacedOrder(order, number, items, now, until)

    def placing_runs(self) -> list[int]:
        """Return the runs with which items were placed."""
        return [arriving.runs[0].id for arriving in self._arriving.values()]

    def _note_allocated(self, order: ResolvedOrder, items: Sequence[int], run: int) -> None:
        """Note what was chosen for the items of an order, and which of them are parts of one line."""
        if len(items) == len(order.request.items):
            self._allocated += [
                Record(item, line[1], line[3], order.reason)
                for item, line, chosen in zip(items, order.lines, order.chosen, strict=True)
                if chosen
            ]
            return
        first: dict[int, tuple[int, int]] = {}
        for item, line, number, chosen in zip(items, order.lines, order.numbers, order.chosen, strict=True):
            quantity = line[3]
            whole, before = first.get(number, (item, 0))
            if whole != item:
                self._parts.append([item, whole, run, quantity, before])
            first[number] = (whole, before + quantity)
            if chosen:
                self._allocated.append(Record(item, line[1], quantity, order.reason))

    def _arriving_with(self, order: ResolvedOrder) -> _Arriving:
        key = _run_key(self._batch, order)
        arriving = self._arriving.get(key)
        if arriving is None:
            asked, version = self._batch.asked[order.position], order.version
            runs = self._runs(order, asked, len(self._arriving))
            arriving = _Arriving(asked, version.place(order.arrival.state), runs)
            self._arriving[key] = arriving
        return arriving

    def _runs(self, order: ResolvedOrder, asked: Asked, group: int) -> list[_Run]:
        version, arrival = order.version, order.arrival
        placed = Step(group, version, None, arrival.initial, None, "placed")
        runs = [_Run(next(self._run_ids), placed, Origin(self._cause, asked.correlation, actor=asked.actor))]
        for chain, passed in enumerate(arrival.steps, start=1):
            step = Step(group, version, passed.source, passed.target, passed.event, "moved")
            origin = Origin("on-enter", asked.correlation, background=True, chain=chain, actor=asked.actor)
            runs.append(_Run(next(self._run_ids), step, origin))
        return runs

    def write(self) -> None:
        """Write the orders, and what follows."""
        work, now = self._work, self._work.now
        if self._orders:
            work.run("insert_orders", now=now, orders=self._orders)
        runs = [
            _run_row(run, len(arriving.rows)) for arriving in self._arriving.values() for run in arriving.runs
        ]
        work.run("insert_placing_runs", now=now, host=self._runtime.host, runs=runs)
        work.run("insert_items", now=now, items=self._items)
        if self._parts:
            work.run("note_placed_parts", parts=self._parts)
        write_allocations(work, self._allocated, "placement", None)
        # PostgreSQL has noted the last run of each item together with it.
        first = None if work.dialect == "sqlite" else -1
        history = [
            [item.id, run.id]
            for arriving in self._arriving.values()
            for run in arriving.runs[:first]
            for item in arriving.rows
        ]
        if history:
            work.run("insert_placed_history", items=history)
        closing = [arriving for arriving in self._arriving.values() if arriving.place.closed]
        note_placed(work, ((one.place.state_id, row.store_id) for one in closing for row in one.rows))
        self._enter()

    def _enter(self) -> None:
        """Arm what the states that were reached ask for, timeouts and automatic steps, and tell of the steps."""
        timeouts: list[list[Any]] = []
        due: list[list[Any]] = []
        for arriving in self._arriving.values():
            process, items = arriving.place.version.process, len(arriving.rows)
            timeouts += self._timeouts(arriving)
            follows, last = process.on_enter_event(arriving.place.state.index), arriving.last
            if follows is not None:
                due += [
                    [item.id, item.step, follows.name, last.id, last.origin.chain + 1]
                    for item in arriving.rows
                ]
                applied = Applied(last.step, last.id, items, items)
                self._batch.applied.append((arriving.asked.correlation, applied))
            for run in arriving.runs:
                tell_step(self._runtime, self._work, run.step, run.origin, items, run.id, None)
        if timeouts:
            self._work.run("insert_placed_timeouts", timeouts=timeouts)
        if due:
            self._work.run("insert_placed_steps", now=self._work.now, steps=due)

    def _timeouts(self, arriving: _Arriving) -> Iterator[list[Any]]:
        """Yield the timeouts of the items; processors are asked while the placement is being written."""
        work, process = self._work, arriving.place.version.process
        events = process.timeout_events(arriving.place.state.index)
        for event in events:
            if event.timeout_processor is None:
                due = due_at(event, work.now)
                yield from ([item.id, event.name, due] for item in arriving.rows)
        asking = [event for event in events if event.timeout_processor is not None]
        if not asking:
            return
        items = loaded_items(arriving.rows, arriving.place, self._runtime.database, work)
        failures: Failures = {}
        times = processor_times(self._runtime.plugins, asking, items, to_datetime(work.now), failures)
        if failures:
            raise PluginError("; ".join(sorted({text for _, text in failures.values()})))
        for name, found in times.items():
            yield from ([item, name, due] for item, due in found.items())


def _run_row(run: _Run, items: int) -> list[Any]:
    step, origin = run.step, run.origin
    event = None if step.event is None else step.event.name
    return [
        *(run.id, origin.trigger, origin.correlation, event, step.source_id, step.target_id),
        *(step.outcome, items, origin.actor),
    ]
