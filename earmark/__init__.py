"""Earmark: order processes as XML state machines, with reservations and availability that are never wrong.

``open_engine`` gives Python callers what the command line offers, with the same results. Everything that they
import is here; plugins import from ``earmark.plugins``. Nothing is loaded before it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from earmark.homes import find
from earmark.siblings import secure_siblings

if TYPE_CHECKING:
    from earmark.bootstrap import open_engine
    from earmark.sinks.jsonl import JsonLinesSink
    from engine.api import Caller, Engine
    from engine.api.exchange import TransportFailed
    from engine.api.files import read_topology
    from engine.api.jobs import JobConfig, JobKind

    # isort: off
    from engine.api.observing import (
        Busy, Fact, Imported, JobRan, Listener, Observer, Placed, Published, Reconciled, Refused, Stepped,
        Waited,
    )  # fmt: skip

    # isort: on
    from engine.api.values import Clock, format_time, parse_time, to_datetime, to_microseconds
    from engine.definition import Finding, LoadResult, Process, Severity, load_process
    from engine.errors import (
        AboveMaximum,
        AlreadySuspended,
        AmendmentConflict,
        AmendmentRefused,
        BelowMinimum,
        CartHoldConflict,
        CartHoldEnded,
        ConfigurationInvalid,
        Conflict,
        CorrectionConflict,
        DatabaseBusy,
        DatabaseFull,
        DatabaseOutdated,
        DatabaseTooNew,
        DatabaseUnusable,
        DefinitionError,
        EarmarkError,
        FileChanged,
        FileUnreadable,
        ImportInProgress,
        InputError,
        ItemLocked,
        JobRunning,
        MigrationInvalid,
        MigrationPurged,
        MigrationUndone,
        NameTaken,
        NotAmendable,
        NotAvailable,
        NotFound,
        NotOrderable,
        NotSuspended,
        OrderArchived,
        OrderConflict,
        OrderNotClosed,
        PluginError,
        PluginMissing,
        ProcessInactive,
        ProcessNotFound,
        ProductWithdrawn,
        QuantityAboveItem,
        QuantityInvalid,
        QuantityTooFine,
        RulesInvalid,
        StillNeeded,
        StockBelowZero,
        StorageError,
        StoreClosed,
        StrandsItems,
        TimeInvalid,
        UnitTooCoarse,
        UnknownCartHold,
        UnknownEvent,
        UnknownItem,
        UnknownMigration,
        UnknownOrder,
        UnknownSku,
        UnknownState,
        UnknownStore,
        UnknownWarehouse,
        WarehouseNotForStore,
    )
    from engine.hooks import NamedSink, NotTaken, OutboxMessage, PartlyTaken, Sink

    # isort: off
    from engine.requests import (
        CartLine, CartRequest, CategoryEntry, ConcreteEntry, ItemEvent, Listing, MigrationRequest,
        OrderLine, OrderRequest, ProductEntry, SaleLine, Selection, StockCorrection, StoreEntry,
        Topology, UnitEntry, WarehouseEntry,
    )  # fmt: skip
    from engine.requests.amending import AmendedLine, AmendmentRequest

    # isort: on
    # isort: off
    from engine.results import (
        Action, AllocatedItem, AllocationView, AllotmentChange, AllotmentView, Amended, AmendmentView,
        AmountChange, ArchiveReport, AvailabilityView, BalanceReport, BeforeAfter, BrokenClaim, CartHoldPage,
        CartHoldView, CartLineView, ChangedValue, Code, CorrectedStock, CorrectionReport, DatabaseView,
        Dependence, Drift, EmbeddedSettings, EventRefusal, EventsReport, ExchangeExportReport,
        ExchangeImportReport, ExchangeKept, ExchangeState, FeedHealth, FeedRun, ForcePreview, ForcedFrom,
        Foreseen, ForeseenAmount, ForeseenChange, ForgetReport, GrownShortfall, GuardPart, GuardSaid, Health,
        HistoryEntry, HistoryPart, ImportReport, ImportStop, ItemChange, ItemDetail, ItemPage, ItemView,
        JobHealth, JobOutcome, JobReport, KeptItems, Lag, LearnedExit, LearnedProcess, LearnedState,
        LineChange, LineView, ManualEvent, MatrixRow, MigrationGroup, MigrationInfo, MigrationRefusal,
        MigrationReport, MissingPlugin, MoveReport, MovedPart, OpenMigration, OptionChangeView, OptionProblem,
        OptionView, OptionsDiff, OptionsReport, OptionsView, OrderAllocation, OrderPage, OrderSummary,
        OrderView, PlaceRefusal, PlaceReport, PooledStock, ProcessInfo, ProductEffect, ProductOptionsChange,
        PurgeReport, Reallocated, ReconcileReport, Refusal, RejectionReport, ReleasedItems, RenameReport,
        ResumeReport, RowRefusal, RowWarning, SaleLineView, SaleView, ServerSettings, SharingView, Shortfall,
        ShortfallOrder, SinkMessage, SinkReport, SinkState, StateCount, StateDrift, StateTime, StockChange,
        StockChangePage, StockPage, StockView, StoreEffect, StuckItem, SuspendReport, SuspendedItems,
        Suspension, SuspensionSize, TopologyChange, TopologyDiff, TopologyReport, Unnamed, Wait,
        WarehouseGroupView, WhyView, WithdrawReport,
    )  # fmt: skip

    # isort: on
    from plugins import PluginsInvalid
    from rules import EngineRules, RuleFileError, RuleProblem, load_rules, rules_schema

    # isort: off
    from visualize import (
        FORMATS, DiagramFailed, LayoutUnavailable, UnknownFormat, graph_of, inline_svg, render, to_dot,
        to_html, to_mermaid, to_svg,
    )  # fmt: skip

    # isort: on

__all__ = [
    "FORMATS", "AboveMaximum", "Action", "AllocatedItem", "AllocationView", "AllotmentChange",
    "AllotmentView", "AlreadySuspended", "Amended", "AmendedLine", "AmendmentConflict", "AmendmentRefused",
    "AmendmentRequest", "AmendmentView", "AmountChange", "ArchiveReport", "AvailabilityView",
    "BalanceReport", "BeforeAfter", "BelowMinimum", "BrokenClaim", "Busy", "Caller", "CartHoldConflict",
    "CartHoldEnded", "CartHoldPage", "CartHoldView", "CartLine", "CartLineView", "CartRequest",
    "CategoryEntry", "ChangedValue", "Clock", "Code", "ConcreteEntry", "ConfigurationInvalid", "Conflict",
    "CorrectedStock", "CorrectionConflict", "CorrectionReport", "DatabaseBusy", "DatabaseFull",
    "DatabaseOutdated", "DatabaseTooNew", "DatabaseUnusable", "DatabaseView", "DefinitionError",
    "Dependence", "DiagramFailed", "Drift", "EarmarkError", "EmbeddedSettings", "Engine", "EngineRules",
    "EventRefusal", "EventsReport", "ExchangeExportReport", "ExchangeImportReport", "ExchangeKept",
    "ExchangeState", "Fact", "FeedHealth", "FeedRun", "FileChanged", "FileUnreadable", "Finding",
    "ForcePreview", "ForcedFrom", "Foreseen", "ForeseenAmount", "ForeseenChange", "ForgetReport",
    "GrownShortfall", "GuardPart", "GuardSaid", "Health", "HistoryEntry", "HistoryPart", "ImportInProgress",
    "ImportReport", "ImportStop", "Imported", "InputError", "ItemChange", "ItemDetail", "ItemEvent",
    "ItemLocked", "ItemPage", "ItemView", "JobConfig", "JobHealth", "JobKind", "JobOutcome", "JobRan",
    "JobReport", "JobRunning", "JsonLinesSink", "KeptItems", "Lag", "LayoutUnavailable", "LearnedExit",
    "LearnedProcess", "LearnedState", "LineChange", "LineView", "Listener", "Listing", "LoadResult",
    "ManualEvent", "MatrixRow", "MigrationGroup", "MigrationInfo", "MigrationInvalid", "MigrationPurged",
    "MigrationRefusal", "MigrationReport", "MigrationRequest", "MigrationUndone", "MissingPlugin",
    "MoveReport", "MovedPart", "NameTaken", "NamedSink", "NotAmendable", "NotAvailable", "NotFound",
    "NotOrderable", "NotSuspended", "NotTaken", "Observer", "OpenMigration", "OptionChangeView",
    "OptionProblem", "OptionView", "OptionsDiff", "OptionsReport", "OptionsView", "OrderAllocation",
    "OrderArchived", "OrderConflict", "OrderLine", "OrderNotClosed", "OrderPage", "OrderRequest",
    "OrderSummary", "OrderView", "OutboxMessage", "PartlyTaken", "PlaceRefusal", "PlaceReport", "Placed",
    "PluginError", "PluginMissing", "PluginsInvalid", "PooledStock", "Process", "ProcessInactive",
    "ProcessInfo", "ProcessNotFound", "ProductEffect", "ProductEntry", "ProductOptionsChange",
    "ProductWithdrawn", "Published", "PurgeReport", "QuantityAboveItem", "QuantityInvalid",
    "QuantityTooFine", "Reallocated", "ReconcileReport", "Reconciled", "Refusal", "Refused",
    "RejectionReport", "ReleasedItems", "RenameReport", "ResumeReport", "RowRefusal", "RowWarning",
    "RuleFileError", "RuleProblem", "RulesInvalid", "SaleLine", "SaleLineView", "SaleView", "Selection",
    "ServerSettings", "Severity", "SharingView", "Shortfall", "ShortfallOrder", "Sink", "SinkMessage",
    "SinkReport", "SinkState", "StateCount", "StateDrift", "StateTime", "Stepped", "StillNeeded",
    "StockBelowZero", "StockChange", "StockChangePage", "StockCorrection", "StockPage", "StockView",
    "StorageError", "StoreClosed", "StoreEffect", "StoreEntry", "StrandsItems", "StuckItem", "SuspendReport",
    "SuspendedItems", "Suspension", "SuspensionSize", "TimeInvalid", "Topology", "TopologyChange",
    "TopologyDiff", "TopologyReport", "TransportFailed", "UnitEntry", "UnitTooCoarse", "UnknownCartHold",
    "UnknownEvent", "UnknownFormat", "UnknownItem", "UnknownMigration", "UnknownOrder", "UnknownSku",
    "UnknownState", "UnknownStore", "UnknownWarehouse", "Unnamed", "Wait", "Waited", "WarehouseEntry",
    "WarehouseGroupView", "WarehouseNotForStore", "WhyView", "WithdrawReport", "__version__", "format_time",
    "graph_of", "inline_svg", "load_process", "load_rules", "open_engine", "parse_time", "read_topology",
    "render", "rules_schema", "to_datetime", "to_dot", "to_html", "to_mermaid", "to_microseconds", "to_svg",
]  # fmt: skip

__version__ = "0.1.0"
"""The version of the distribution; a test compares it with pyproject.toml."""

secure_siblings(Path(__file__).resolve().parent.parent)


def __getattr__(name: str) -> Any:
    # Read when it is asked for: the engine brings the database along, which most commands do not need.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, find(name))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
