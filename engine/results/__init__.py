"""What the engine answers: plain values, the same for Python callers and the command line.

Quantities are ``decimal.Decimal``, times are aware UTC datetimes; ``as_dict`` of each value is the JSON that
``--json`` prints (quantities as plain decimal strings, times as ISO 8601 with Z).
"""

from engine.codes import Code
from engine.results.allocation import (
    AllocatedItem,
    AllocationView,
    OrderAllocation,
    Reallocated,
    RejectionReport,
)
from engine.results.amended import Amended
from engine.results.amending import AmendmentView, ChangedValue, ItemChange, LineChange
from engine.results.carts import CartHoldPage, CartHoldView, CartLineView
from engine.results.closing import ArchiveReport, ForgetReport
from engine.results.database import DatabaseView, EmbeddedSettings, MissingPlugin, ServerSettings
from engine.results.exchange import (
    ExchangeExportReport,
    ExchangeImportReport,
    ExchangeKept,
    ExchangeState,
)
from engine.results.forcing import AmountChange, BrokenClaim, ForcedFrom, ForcePreview
from engine.results.foreseen import (
    FeedRun,
    Foreseen,
    ForeseenAmount,
    ForeseenChange,
    ImportStop,
    KeptItems,
    ReleasedItems,
)
from engine.results.health import FeedHealth, Health, JobHealth, Lag, OpenMigration, StateCount
from engine.results.item_events import EventRefusal, EventsReport
from engine.results.items import HistoryEntry, HistoryPart, StuckItem
from engine.results.jobs import JobOutcome, JobReport
from engine.results.learned import LearnedExit, LearnedProcess, LearnedState
from engine.results.migrations import (
    MigrationGroup,
    MigrationInfo,
    MigrationRefusal,
    MigrationReport,
)
from engine.results.moving import GrownShortfall, MovedPart, MoveReport, Refusal
from engine.results.options import (
    OptionChangeView,
    OptionProblem,
    OptionsDiff,
    OptionsReport,
    OptionsView,
    OptionView,
    ProductOptionsChange,
)
from engine.results.orders import (
    ItemDetail,
    ItemPage,
    ItemView,
    LineView,
    ManualEvent,
    OrderPage,
    OrderSummary,
    OrderView,
    PlaceRefusal,
    PlaceReport,
)
from engine.results.processes import MatrixRow, ProcessInfo, StateTime
from engine.results.publishing import SinkMessage, SinkReport, SinkState
from engine.results.purge import PurgeReport
from engine.results.selling import SaleLineView, SaleView
from engine.results.sharing import (
    AllotmentChange,
    AllotmentView,
    BalanceReport,
    PooledStock,
    SharingView,
    WarehouseGroupView,
)
from engine.results.stock import (
    AvailabilityView,
    Drift,
    ImportReport,
    ReconcileReport,
    RowRefusal,
    RowWarning,
    Shortfall,
    ShortfallOrder,
    StateDrift,
    StockPage,
    StockView,
    TopologyReport,
)
from engine.results.stock_changes import CorrectedStock, CorrectionReport, StockChange, StockChangePage
from engine.results.suspensions import (
    ResumeReport,
    SuspendedItems,
    SuspendReport,
    Suspension,
    SuspensionSize,
)
from engine.results.topology import (
    BeforeAfter,
    Dependence,
    ProductEffect,
    RenameReport,
    StoreEffect,
    TopologyChange,
    TopologyDiff,
    Unnamed,
    WithdrawReport,
)
from engine.results.waiting import Action, GuardPart, GuardSaid, Wait, WhyView

__all__ = [
    "Action",
    "AllocatedItem",
    "AllocationView",
    "AllotmentChange",
    "AllotmentView",
    "Amended",
    "AmendmentView",
    "AmountChange",
    "ArchiveReport",
    "AvailabilityView",
    "BalanceReport",
    "BeforeAfter",
    "BrokenClaim",
    "CartHoldPage",
    "CartHoldView",
    "CartLineView",
    "ChangedValue",
    "Code",
    "CorrectedStock",
    "CorrectionReport",
    "DatabaseView",
    "Dependence",
    "Drift",
    "EmbeddedSettings",
    "EventRefusal",
    "EventsReport",
    "ExchangeExportReport",
    "ExchangeImportReport",
    "ExchangeKept",
    "ExchangeState",
    "FeedHealth",
    "FeedRun",
    "ForcePreview",
    "ForcedFrom",
    "Foreseen",
    "ForeseenAmount",
    "ForeseenChange",
    "ForgetReport",
    "GrownShortfall",
    "GuardPart",
    "GuardSaid",
    "Health",
    "HistoryEntry",
    "HistoryPart",
    "ImportReport",
    "ImportStop",
    "ItemChange",
    "ItemDetail",
    "ItemPage",
    "ItemView",
    "JobHealth",
    "JobOutcome",
    "JobReport",
    "KeptItems",
    "Lag",
    "LearnedExit",
    "LearnedProcess",
    "LearnedState",
    "LineChange",
    "LineView",
    "ManualEvent",
    "MatrixRow",
    "MigrationGroup",
    "MigrationInfo",
    "MigrationRefusal",
    "MigrationReport",
    "MissingPlugin",
    "MoveReport",
    "MovedPart",
    "OpenMigration",
    "OptionChangeView",
    "OptionProblem",
    "OptionView",
    "OptionsDiff",
    "OptionsReport",
    "OptionsView",
    "OrderAllocation",
    "OrderPage",
    "OrderSummary",
    "OrderView",
    "PlaceRefusal",
    "PlaceReport",
    "PooledStock",
    "ProcessInfo",
    "ProductEffect",
    "ProductOptionsChange",
    "PurgeReport",
    "Reallocated",
    "ReconcileReport",
    "Refusal",
    "RejectionReport",
    "ReleasedItems",
    "RenameReport",
    "ResumeReport",
    "RowRefusal",
    "RowWarning",
    "SaleLineView",
    "SaleView",
    "ServerSettings",
    "SharingView",
    "Shortfall",
    "ShortfallOrder",
    "SinkMessage",
    "SinkReport",
    "SinkState",
    "StateCount",
    "StateDrift",
    "StateTime",
    "StockChange",
    "StockChangePage",
    "StockPage",
    "StockView",
    "StoreEffect",
    "StuckItem",
    "SuspendReport",
    "SuspendedItems",
    "Suspension",
    "SuspensionSize",
    "TopologyChange",
    "TopologyDiff",
    "TopologyReport",
    "Unnamed",
    "Wait",
    "WarehouseGroupView",
    "WhyView",
    "WithdrawReport",
]
