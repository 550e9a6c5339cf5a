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

from engine.definition import Process
from engine.facts import Imported, Published, Reconciled
from engine.hooks import Sink
from engine.inventory import outbox, reconcile
from engine.inventory.stock import imports
from engine.inventory.topology import apply
from engine.migration import forward, undo
from engine.moving.step import Origin
from engine.observe import Attribute, tell_refusals
from engine.operations import (
    conditions_run,
    deploy,
    force,
    force_preview,
    placement,
    purge,
    retry,
    timeouts,
    trigger,
)
from engine.operations.release import Releaser
from engine.reading import availability, health, history, listing, matrix, orders, why
from engine.requests import Listing, MigrationRequest, OrderRequest, Selection, Topology
from engine.results import (
    AvailabilityView,
    ForcePreview,
    Health,
    HistoryEntry,
    ImportReport,
    ItemDetail,
    ItemPage,
    ManualEvent,
    MatrixRow,
    MigrationInfo,
    MigrationReport,
    MoveReport,
    OrderPage,
    OrderView,
    PlaceReport,
    ProcessInfo,
    PurgeReport,
    ReconcileReport,
    StockView,
    StuckItem,
    TopologyReport,
    WhyView,
)
from engine.runtime import Progress, Runtime, no_progress
from engine.versions import deployed


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

    def deploy(self, process: Process, *, force: bool = False) -> ProcessInfo:
        """Make the process' version the one that new orders get; items on older versions stay there.

        The caller has checked the definition. Raises DefinitionError for a process without states, and
        StrandsItems when live items stand in states that the version lacks, unless ``force`` is given.
        """
        return deploy.deploy(self.runtime, [process], force=force)[0]

    def deploy_all(self, processes: Sequence[Process], *, force: bool = False) -> list[ProcessInfo]:
        """Deploy several processes, all or none, as ``deploy`` does; return them in the same order."""
        return deploy.deploy(self.runtime, processes, force=force)

    def activate(self, name: str, active: bool = True) -> list[ProcessInfo]:
        """Let the process take new orders, or not; its items go on. Return its versions.

        Raises ProcessNotFound.
        """
        return deploy.set_active(self.runtime, name, active=active)

    def processes(self) -> list[ProcessInfo]:
        """Return every deployed version with the number of its items, by name, oldest first."""
        return deployed.list_processes(self.runtime.database, self.runtime.catalogue)

    def migrate(self, request: MigrationRequest, *, progress: Progress = no_progress) -> MigrationReport:
        """Move items of other versions of a process to one version, or tell what would move.

        Raises ProcessNotFound, and MigrationInvalid with everything that is wrong with the request.
        """
        with self._span("migrate", process=request.process):
            return forward.migrate(self.runtime, request, progress)

    def migrations(self, name: str) -> list[MigrationInfo]:
        """Return the migrations of the process, oldest first. Raises ProcessNotFound."""
        return undo.migrations(self.runtime, name)

    def undo_migration(
        self,
        migration: int,
        *,
        dry_run: bool = False,
        reason: str | None = None,
        progress: Progress = no_progress,
    ) -> MigrationReport:
        """Move the items of a migration back as far as they have not moved since, or tell which would.

        Raises UnknownMigration, MigrationUndone, MigrationPurged.
        """
        with self._span("undo", migration=migration):
            return undo.undo(self.runtime, migration, dry_run=dry_run, reason=reason, progress=progress)

    def process(self, name: str) -> Process:
        """Return the compiled process that new orders get. Raises ProcessNotFound."""
        return deployed.current_process(self.runtime.database, self.runtime.catalogue, name)

    def state_counts(self, name: str) -> dict[str, int]:
        """Return the number of items per state of the process, over all versions. Raises ProcessNotFound."""
        return matrix.state_counts(self.runtime, name)

    # --- orders ---

    def place(self, request: OrderRequest) -> OrderView:
        """Place an order: check, reservation or hold, and order in one transaction.

        A stored order with the same reference and content is returned as it is. Raises NotAvailable,
        OrderConflict, UnknownStore, UnknownSku, UnknownWarehouse, ProcessNotFound.
        """
        with self._span("place", store=request.store):
            existing = placement.place_one(self.runtime, request)
        return orders.order(self.runtime, request.reference, existing=existing)

    def place_many(
        self, requests: Iterable[tuple[int, OrderRequest]], *, progress: Progress = no_progress
    ) -> PlaceReport:
        """Place orders in order of arrival, each given with the number of its input line."""
        with self._span("place_many"):
            return placement.place_many(self.runtime, requests, progress)

    def order(self, reference: str) -> OrderView:
        """Return the stored order. Raises UnknownOrder."""
        return orders.order(self.runtime, reference)

    def orders(self, wanted: Listing | None = None) -> OrderPage:
        """Return a page of orders, the newest first.

        Raises ProcessNotFound, UnknownState, UnknownStore, UnknownSku, InputError.
        """
        return listing.orders(self.runtime, wanted or Listing())

    def items(self, wanted: Listing | None = None) -> ItemPage:
        """Return a page of items, the one placed first first. Raises the same as ``orders``."""
        return listing.items(self.runtime, wanted or Listing())

    def item(self, item: int) -> ItemDetail:
        """Return the item with the order it belongs to. Raises UnknownItem."""
        return orders.item(self.runtime, item)

    def order_events(self, reference: str, *, item: int | None = None) -> list[ManualEvent]:
        """Return the events that some item of the order, or the given one, can take now.

        Raises UnknownOrder, and UnknownItem for an item that is not one of the order's.
        """
        return orders.order_events(self.runtime, reference, item)

    def item_events(self, item: int) -> list[ManualEvent]:
        """Return the events that the item can take now. Raises UnknownItem."""
        return orders.item_events(self.runtime, item)

    def history(self, item: int) -> list[HistoryEntry]:
        """Return every step of the item that is still in the log, oldest first. Raises UnknownItem.

        The first one is the placement, unless older steps were purged.
        """
        return history.history(self.runtime, item)

    def why(self, item: int, *, ask: bool = False) -> WhyView:
        """Return what the item waits for and what can be done about it; nothing is changed.

        With ``ask`` its conditions are asked now. Raises UnknownItem.
        """
        return why.why(self.runtime, item, ask_now=ask)

    def matrix(self, *, process: str | None = None, store: str | None = None) -> list[MatrixRow]:
        """Return how many items stand in each state of each process, what they count, and how old they are.

        Raises ProcessNotFound, UnknownStore.
        """
        return matrix.matrix(self.runtime, process=process, store=store)

    def stuck(self) -> list[StuckItem]:
        """Return the items whose step, timeout or condition failed for the last time, with the reason."""
        return matrix.stuck(self.runtime)

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
            report = conditions_run.run_conditions(
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
        return apply.apply_topology(self.runtime, wanted)

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
            report = imports.import_stock(
                self.runtime, path, as_of, force, releaser, progress, file_time=file_time
            )
        releaser.tell(report)
        self._tell_import(path, report, time.perf_counter() - began, releaser.correlation)
        return report

    def stock(self, sku: str) -> list[StockView]:
        """Return the product's stock per warehouse. Raises UnknownSku."""
        return availability.stock(self.runtime, sku)

    def availability(
        self, skus: Sequence[str], store: str, *, explain: bool = False
    ) -> list[AvailabilityView]:
        """Return what can be sold of concrete or abstract products. Raises UnknownSku, UnknownStore."""
        return availability.availability(self.runtime, skus, store, explain=explain)

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

    def purge(
        self, older_than: str, *, dry_run: bool = False, progress: Progress = no_progress
    ) -> PurgeReport:
        """Delete history, messages and records older than an age such as ``90 days``, in small transactions.

        What live items need is never deleted. ``dry_run`` only counts. Raises InputError for what is no age.
        """
        with self._span("purge"):
            return purge.purge(self.runtime, older_than, dry_run=dry_run, progress=progress)

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
