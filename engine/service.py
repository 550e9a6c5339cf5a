"""The engine as callers use it: one object whose methods are the product's verbs.

Every method returns values of ``engine.results`` or raises an ``EarmarkError``. Nothing here decides or
writes by itself: the work is in ``execution``, ``inventory`` and ``storage``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine import health
from engine.definition import Process
from engine.execution import deploy, force, force_preview, placement, queries, retry, sweep, timeouts, trigger
from engine.execution.release import Releaser
from engine.execution.step import Origin
from engine.facts import Imported, Published, Reconciled
from engine.hooks import Sink
from engine.inventory import outbox, reconcile, stock_import, topology, views
from engine.observe import Attribute, tell_refusals
from engine.requests import OrderRequest, Selection, Topology
from engine.results import (
    AvailabilityView,
    ForcePreview,
    Health,
    HistoryEntry,
    ImportReport,
    ManualEvent,
    MatrixRow,
    MoveReport,
    OrderView,
    PlaceReport,
    ProcessInfo,
    ReconcileReport,
    StockView,
    StuckItem,
    TopologyReport,
)
from engine.runtime import Progress, Runtime, no_progress


class Engine:
    """An opened engine. Use it as a context manager, or call ``close`` when done."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection to the database."""
        self.runtime.database.close()

    # --- processes ---

    def deploy(self, process: Process) -> ProcessInfo:
        """Make the process' version the one that new orders get; items on older versions stay there.

        The caller has checked the definition. Raises DefinitionError for a process without states.
        """
        return deploy.deploy(self.runtime, process)

    def processes(self) -> list[ProcessInfo]:
        """Return every deployed version with the number of its items, by name, oldest first."""
        return deploy.list_processes(self.runtime)

    def process(self, name: str) -> Process:
        """Return the compiled process that new orders get. Raises ProcessNotFound."""
        return deploy.current_process(self.runtime, name)

    def state_counts(self, name: str) -> dict[str, int]:
        """Return the number of items per state of the process, over all versions. Raises ProcessNotFound."""
        return queries.state_counts(self.runtime, name)

    # --- orders ---

    def place(self, request: OrderRequest) -> OrderView:
        """Place an order: check, reservation or hold, and order in one transaction.

        A stored order with the same reference and content is returned as it is. Raises NotAvailable,
        OrderConflict, UnknownStore, UnknownSku, UnknownWarehouse, ProcessNotFound.
        """
        with self._span("place", store=request.store):
            existing = placement.place_one(self.runtime, request)
        return queries.order(self.runtime, request.reference, existing=existing)

    def place_many(
        self, requests: Iterable[tuple[int, OrderRequest]], *, progress: Progress = no_progress
    ) -> PlaceReport:
        """Place orders in order of arrival, each given with the number of its input line."""
        with self._span("place_many"):
            return placement.place_many(self.runtime, requests, progress)

    def order(self, reference: str) -> OrderView:
        """Return the stored order. Raises UnknownOrder."""
        return queries.order(self.runtime, reference)

    def order_events(self, reference: str) -> list[ManualEvent]:
        """Return the events that some item of the order can take now. Raises UnknownOrder."""
        return queries.order_events(self.runtime, reference)

    def history(self, item: int) -> list[HistoryEntry]:
        """Return every step of the item, oldest first. Raises UnknownItem."""
        return queries.history(self.runtime, item)

    def matrix(self) -> list[MatrixRow]:
        """Return how many items stand in each state of each process, and what they reserve and hold."""
        return queries.matrix(self.runtime)

    def stuck(self) -> list[StuckItem]:
        """Return the items whose step, timeout or condition failed for the last time, with the reason."""
        return queries.stuck(self.runtime)

    # --- moving items ---

    def trigger(
        self,
        event: str,
        selection: Selection,
        *,
        data: Mapping[str, Any] | None = None,
        progress: Progress = no_progress,
    ) -> MoveReport:
        """Fire the event for the selected items; ``data`` is handed to commands and conditions.

        Raises UnknownItem, UnknownOrder, UnknownState, UnknownEvent, ProcessNotFound or InputError before
        anything is done.
        """
        origin = Origin("api", self.runtime.new_token(), data=data or {}, actor=self.runtime.actor)
        with self._span("trigger", event=event, correlation=origin.correlation):
            report = trigger.trigger(self.runtime, event, selection, origin, progress)
        tell_refusals(self.runtime.observer, report, origin.correlation)
        return report

    def retry(
        self,
        selection: Selection | None = None,
        *,
        event: str | None = None,
        progress: Progress = no_progress,
    ) -> MoveReport:
        """Try again at once what failed, stuck or not, with its attempts counted from the start.

        Without a selection all that failed, with a process but no state all of that process; with ``event`` only
        that event. Raises UnknownItem, UnknownOrder, UnknownState, UnknownEvent, ProcessNotFound, InputError.
        """
        with self._span("retry"):
            report = retry.retry(self.runtime, selection, event, progress)
        tell_refusals(self.runtime.observer, report)
        return report

    def force(
        self, state: str, selection: Selection, *, reason: str, progress: Progress = no_progress
    ) -> MoveReport:
        """Put the selected items into a state of their own version, whatever the transitions say.

        Live claims are broken; reservations follow. ``reason`` is written to the history. Raises UnknownItem,
        UnknownOrder, UnknownState, ProcessNotFound or InputError before anything is done.
        """
        with self._span("force", state=state):
            report = force.force(self.runtime, state, selection, reason, progress)
        tell_refusals(self.runtime.observer, report)
        return report

    def force_preview(self, state: str, selection: Selection) -> ForcePreview:
        """Return what ``force`` would do, without doing it. Raises what ``force`` raises."""
        return force_preview.preview(self.runtime, state, selection)

    def run_conditions(
        self,
        *,
        store: str | None = None,
        limit: int | None = None,
        until_idle: bool = False,
        progress: Progress = no_progress,
    ) -> MoveReport:
        """Try the eventless transitions of waiting items, one hop, or with ``until_idle`` until none moves."""
        with self._span("conditions"):
            report = sweep.run_conditions(
                self.runtime, store=store, limit=limit, until_idle=until_idle, progress=progress
            )
        tell_refusals(self.runtime.observer, report)
        return report

    def run_timeouts(
        self, *, store: str | None = None, limit: int | None = None, progress: Progress = no_progress
    ) -> MoveReport:
        """Fire every timeout that is due, and take automatic steps that a crash or failure left over."""
        with self._span("timeouts"):
            report = timeouts.run_timeouts(self.runtime, store=store, limit=limit, progress=progress)
        tell_refusals(self.runtime.observer, report)
        return report

    # --- inventory ---

    def apply_topology(self, wanted: Topology) -> TopologyReport:
        """Create and change stores, warehouses and products. Raises InputError with everything that is wrong."""
        return topology.apply_topology(self.runtime, wanted)

    def import_stock(
        self,
        path: Path,
        *,
        as_of: int | None = None,
        force: bool = False,
        file_time: int | None = None,
        progress: Progress = no_progress,
    ) -> ImportReport:
        """Import absolute stock from a CSV file and release the items shipped before the count.

        ``as_of`` is the time of the count in UTC microseconds; ``file_time`` stands in for it when neither the
        caller nor the file says, as scheduled imports do with the time of the file. Raises FileUnreadable,
        InputError, TimeInvalid, ImportInProgress.
        """
        releaser = Releaser(self.runtime)
        began = time.perf_counter()
        with self._span("import_stock", file=path.name, correlation=releaser.correlation):
            report = stock_import.import_stock(
                self.runtime, path, as_of, force, releaser, progress, file_time=file_time
            )
        releaser.tell(report)
        self._tell_import(path, report, time.perf_counter() - began, releaser.correlation)
        return report

    def stock(self, sku: str) -> list[StockView]:
        """Return the product's stock per warehouse. Raises UnknownSku."""
        return views.stock(self.runtime, sku)

    def availability(
        self, skus: Sequence[str], store: str, *, explain: bool = False
    ) -> list[AvailabilityView]:
        """Return what can be sold of concrete or abstract products. Raises UnknownSku, UnknownStore."""
        return views.availability(self.runtime, skus, store, explain=explain)

    def reconcile(self, *, dry_run: bool = False) -> ReconcileReport:
        """Compare every stored amount with its recomputation, and repair drift unless ``dry_run``."""
        with self._span("reconcile"):
            report = reconcile.reconcile(self.runtime, dry_run=dry_run)
        self.runtime.observer.tell(
            Reconciled(report.checked, len(report.drift), report.items, report.repaired)
        )
        return report

    def publish(self, sink: Sink) -> int:
        """Hand committed messages to the sink, in order, at least once; return how many."""
        with self._span("publish"):
            published = outbox.publish(self.runtime, sink)
        if published:
            self.runtime.observer.tell(Published(published))
        return published

    # --- watching ---

    def health(self) -> Health:
        """Return what is stuck, overdue, left over or short at this moment, in numbers."""
        return health.measure(self.runtime)

    def _span(self, name: str, **attributes: Attribute) -> AbstractContextManager[object]:
        return self.runtime.observer.span(f"earmark.{name}", **attributes)

    def _tell_import(self, path: Path, report: ImportReport, seconds: float, correlation: str) -> None:
        observer = self.runtime.observer
        refused = len(report.refused)
        observer.tell(
            Imported(
                path.name, report.rows, report.imported, refused, report.released, report.complete, seconds
            )
        )
        tell_refusals(observer, MoveReport(blocked=report.blocked, failed=report.failed), correlation)
