"""The verbs of stock: topology, counts, what can be sold, and what is told about it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from engine.api.base import Base
from engine.errors import Conflict, EarmarkError, StorageError
from engine.exchange.reconciling import reconcile_exchange
from engine.facts import Imported, Published, Reconciled
from engine.feeds import StockRow, StockSource
from engine.hooks import Sink
from engine.inventory import outbox, reconcile
from engine.inventory.published import reconcile_published
from engine.inventory.stock import corrections, imports
from engine.operations.release import Releaser
from engine.options.effective import recompute_if_said
from engine.reading import (
    availability,
    feeds,
    shortfalls,
    stock,
    stock_export,
    stock_history,
    topology,
    unknown,
)
from engine.requests import StockCorrection, Topology, mentioned
from engine.results import (
    AvailabilityView,
    CorrectionReport,
    FeedRun,
    ImportReport,
    MoveReport,
    ReconcileReport,
    Shortfall,
    StockChangePage,
    StockPage,
    StockView,
    TopologyDiff,
    TopologyReport,
)
from engine.runtime import Progress, no_progress
from engine.topology import apply, diff
from engine.topology.sharing_rules import ensure_sharing


class Stock(Base):
    """Counts stock and tells what can be sold of it."""

    def apply_topology(self, wanted: Topology, *, dry_run: bool = False) -> TopologyReport:
        """Create and change stores, warehouses, units and products; a dry run only tells what would change.

        Raises InputError with everything that is wrong, and UnitTooCoarse with what stands in the way of a unit.
        """
        follows = partial(recompute_if_said, self.runtime)
        return apply.apply_topology(self.runtime, wanted, dry_run=dry_run, follows=follows)

    def diff_topology(self, wanted: Topology) -> TopologyDiff:
        """Return what applying the topology would change, and what that means for what can be sold, for orders and
        for carts; nothing is changed, and nobody is kept waiting.

        Raises what applying raises: InputError with everything that is wrong, and UnitTooCoarse.
        """
        return diff.diff_topology(self.runtime, wanted)

    def topology(self) -> Topology:
        """Return every store, warehouse and product as a topology that, applied again, changes nothing."""
        return topology.topology(self.runtime)

    def import_stock(
        self,
        path: Path | StockSource,
        *,
        as_of: int | None = None,
        force: bool = False,
        file_time: int | None = None,
        progress: Progress = no_progress,
        dry_run: bool = False,
        accept: bool = False,
        refused: Path | None = None,
        as_new: bool = False,
    ) -> ImportReport:
        """Import stock and release the items shipped before the count; ``path`` is a CSV file, or a feed's source.

        ``as_of`` is the time of the count in UTC microseconds; ``file_time`` stands in for it when neither the
        caller nor the file says, as scheduled imports do with the time of the file.

        ``dry_run`` tells what would come of it (``ImportReport.foreseen``) and stores nothing; commands and
        conditions are not asked. A file that a guard of its feed does not believe is not stored either
        (``ImportReport.stopped``), unless you ``accept`` it. All refused rows are written to ``refused``, as
        they are in the file with the reason before each, to be mended and imported again. ``as_new`` says that
        deltas are a delivery of their own, although they look like one that was applied. Raises FileUnreadable,
        InputError, UnknownWarehouse, TimeInvalid, ImportInProgress; for deltas of which nobody knows whether they
        were applied DeliveryDoubtful or DeliveryConflict.
        """
        ensure_sharing(self.runtime)
        releaser = Releaser(self.runtime)
        counts, path = path, path if isinstance(path, Path) else path.path
        began = time.perf_counter()
        with self._span("import_stock", file=path.name, correlation=releaser.correlation):
            try:
                report = imports.import_stock(
                    self.runtime,
                    counts,
                    as_of,
                    force,
                    releaser,
                    progress,
                    file_time=file_time,
                    dry=dry_run,
                    accept=accept,
                    refused=refused,
                    as_new=as_new,
                )
            except (StorageError, Conflict):
                raise  # that says nothing of the file
            except EarmarkError as error:
                seconds = time.perf_counter() - began
                if not dry_run:
                    feed = None if isinstance(counts, Path) else counts.terms.feed
                    told = Imported(path.name, 0, 0, 0, 0, False, seconds, error.code, feed)
                    self.runtime.observer.tell(told)
                raise
        if not dry_run:
            self._tell_import(path, report, time.perf_counter() - began, releaser.correlation)
        return report

    def stock(self, sku: str) -> list[StockView]:
        """Return the product's stock per warehouse. Raises UnknownSku."""
        return availability.stock(self.runtime, mentioned(sku))

    def stock_list(
        self,
        *,
        warehouse: str | None = None,
        sold_out: bool = False,
        short: bool = False,
        never_counted: bool = False,
        counted_before: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> StockPage:
        """Return a page of stock rows, of all warehouses or one, and of what is asked for.

        ``sold_out`` is what no store that the warehouse serves can sell, ``short`` what one of them has promised
        more of than there is, ``counted_before`` what was counted longer ago than so (``7 days``).
        ``never_counted``, which is asked for alone, is what the warehouse has never counted or, of all warehouses,
        what none of them has. Raises UnknownWarehouse, InputError.
        """
        chosen = stock.Chosen(mentioned(warehouse), sold_out, short, never_counted, counted_before)
        return stock.stock_list(self.runtime, chosen, limit, after)

    def export_stock(
        self, *, warehouse: str | None = None, progress: Progress = no_progress
    ) -> Iterator[list[StockRow]]:
        """Yield all stock, or that of one warehouse, as the rows of a stock file: some thousand at a time.

        Quantities are in millionths, times in UTC microseconds. Memory does not grow with the number of rows. Each
        page is of one moment, and changes that are made meanwhile may be in later ones. Raises UnknownWarehouse.
        """
        return stock_export.stock_rows(self.runtime, mentioned(warehouse), progress)

    def feed_runs(self) -> list[FeedRun]:
        """Return what the latest import of each feed came to, by the name of the feed. Dry runs are none."""
        return feeds.feed_runs(self.runtime)

    def unknown_names(
        self, skus: Collection[str], warehouses: Collection[str] = ()
    ) -> tuple[list[str], list[str]]:
        """Return which skus no concrete product has, and which names no warehouse has, each sorted."""
        return unknown.unknown_names(self.runtime, skus, warehouses)

    def correct_stock(self, wanted: Sequence[StockCorrection]) -> CorrectionReport:
        """Correct stock by hand, in the order given: all of it or nothing. Availability and events follow.

        A correction is no count: it releases nothing, and the time of the last count stays. One with a reference is
        made once; sent again it is answered with what is stored. Raises InputError, UnknownSku, UnknownWarehouse,
        CorrectionConflict, StockBelowZero, QuantityTooFine, QuantityInvalid.
        """
        ensure_sharing(self.runtime)
        with self._span("correct_stock"):
            return corrections.correct_stock(self.runtime, wanted)

    def stock_history(
        self, sku: str, *, warehouse: str | None = None, limit: int = 100, after: str | None = None
    ) -> StockChangePage:
        """Return a page of what has changed the product's stock, the newest first.

        ``after`` is the ``next`` of the page before. Raises UnknownSku, UnknownWarehouse, InputError.
        """
        return stock_history.stock_history(
            self.runtime, mentioned(sku), warehouse=mentioned(warehouse), limit=limit, after=after
        )

    def availability(
        self, skus: Sequence[str], store: str, *, explain: bool = False
    ) -> list[AvailabilityView]:
        """Return what can be sold of concrete or abstract products, a row for each in the order asked.

        The row of a sku that no product has says so (``known``). Raises UnknownStore, and UnknownSku when no
        product has any of them.
        """
        ensure_sharing(self.runtime)
        return availability.availability(self.runtime, skus, mentioned(store), explain=explain)

    def shortfalls(self, *, orders: int = 20) -> list[Shortfall]:
        """Return what more is promised of than there is, by store and sku, each with its newest orders."""
        return shortfalls.shortfalls(self.runtime, max(1, orders))

    def reconcile(
        self, *, dry_run: bool = False, full: bool = False, progress: Progress = no_progress
    ) -> ReconcileReport:
        """Compare every stored amount with its recomputation, and repair drift unless ``dry_run``.

        What was told to other databases and by them, and what was published last, is compared with what is so, too.

        With ``full`` items that are over are looked at as well, which takes the longer the more there are.
        """
        with self._span("reconcile"):
            report = reconcile.reconcile(self.runtime, dry_run=dry_run, full=full, progress=progress)
            told = reconcile_exchange(self.runtime, dry_run=dry_run)
            known = {(drift.store, drift.sku) for drift in (*report.drift, *told)}
            told += reconcile_published(self.runtime, known if dry_run else (), dry_run=dry_run)
            report.drift += told
            report.repaired += 0 if dry_run else len(told)
        drift = len(report.drift) + len(report.states)
        self.runtime.observer.tell(Reconciled(report.checked, drift, report.items, report.repaired))
        return report

    def publish(self, sink: Sink) -> int:
        """Hand committed messages to the sink, in order, at least once; return how many."""
        with self._span("publish"):
            published = outbox.publish(self.runtime, sink)
        if published:
            self.runtime.observer.tell(Published(published))
        return published

    def _tell_import(self, path: Path, report: ImportReport, seconds: float, correlation: str) -> None:
        observer = self.runtime.observer
        rows = (report.rows, report.imported, report.refused_rows)
        guard = None if report.stopped is None else report.stopped.guard
        ended = Imported(
            path.name, *rows, report.released, report.complete, seconds, feed=report.feed, guard=guard
        )
        observer.tell(ended)
        self._tell_refusals(MoveReport(blocked=report.blocked, failed=report.failed), correlation)
