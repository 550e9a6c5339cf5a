"""What jobs ask of an engine: the verbs that they need, whoever puts these together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from engine.feeds import StockSource
from engine.hooks import NamedSink, Sink
from engine.results import (
    ArchiveReport,
    BalanceReport,
    ExchangeExportReport,
    ExchangeImportReport,
    ForgetReport,
    ImportReport,
    MoveReport,
    PurgeReport,
    ReconcileReport,
    SinkReport,
)
from engine.runtime import Runtime


class Verbs(Protocol):
    """The part of the engine that jobs use."""

    @property
    def runtime(self) -> Runtime:
        """The database, the observer and the signal to stop."""

    def run_conditions(self, *, store: str | None, limit: int | None) -> MoveReport:
        """Try the eventless transitions of waiting items."""

    def run_timeouts(self, *, store: str | None, limit: int | None) -> MoveReport:
        """Fire every timeout that is due, and take automatic steps that were left over."""

    def import_stock(self, path: Path | StockSource, *, file_time: int | None) -> ImportReport:
        """Import a stock file, or what a feed has opened, and release the items shipped before the count."""

    def reconcile(self) -> ReconcileReport:
        """Compare every stored amount with its recomputation, and repair drift."""

    def balance_sharing(self) -> BalanceReport:
        """Divide the stock of warehouse groups between their channel groups anew."""

    def publish(self, sink: Sink) -> int:
        """Hand committed messages to the sink; return how many."""

    def publish_to(self, sinks: Sequence[NamedSink]) -> list[SinkReport]:
        """Hand messages to sinks with positions of their own."""

    def purge(self, older_than: str, *, archived: bool) -> PurgeReport:
        """Delete what is older than an age, or archived orders that are."""

    def archive_orders(self, *, older_than: str) -> ArchiveReport:
        """Archive the orders that are closed for longer than an age."""

    def forget_orders(self, *, older_than: str) -> ForgetReport:
        """Make orders anonymous that are closed for longer than an age."""

    def exchange_export(self, to: Sequence[str]) -> ExchangeExportReport:
        """Tell other databases what they have not heard of yet."""

    def exchange_import(self, source: str) -> ExchangeImportReport:
        """Take every message that has come from other databases."""
