"""The tables (SQLModel). They are internal: input is validated by ``engine.requests``, work is set-based SQL.

Times are UTC microseconds, quantities millionths of a sales unit (``engine.quantity``). Ids are 64-bit on
PostgreSQL and INTEGER on SQLite, where only that spelling makes the column the row's own key.
"""

from engine.storage.tables.archive import ArchivedHistory, ArchivedItem, ArchivedOrder
from engine.storage.tables.carts import CartHold, CartHoldLine
from engine.storage.tables.exchange import (
    ExchangeAnswer,
    ExchangeChannel,
    ExchangePeer,
    ExchangeRefused,
    ExchangeSelf,
    ExchangeSent,
    ExchangeStore,
    ExchangeTold,
)
from engine.storage.tables.execution import (
    CommandMember,
    CommandRun,
    DueStep,
    ItemClaim,
    ItemHistory,
    ItemTimeout,
    SweepCursor,
    SweepFailure,
    TransitionRun,
)
from engine.storage.tables.inventory import (
    AbstractAvailability,
    AbstractProduct,
    Availability,
    Category,
    Product,
    ProductAlias,
    Reservation,
    Stock,
    StockChange,
    StockImport,
    StockStaging,
    Store,
    StoreSharing,
    StoreWarehouse,
    Warehouse,
    WarehousePromise,
)
from engine.storage.tables.jobs import FeedSource, JobRun, Outbox
from engine.storage.tables.options import OptionChange, OptionLayer, OptionSet
from engine.storage.tables.orders import Allocation, ClosedItems, OrderAmendment, OrderItem, SalesOrder
from engine.storage.tables.processes import (
    Migration,
    MigrationItem,
    NamesVersion,
    ProcessRow,
    ProcessState,
    ProcessVersion,
)
from engine.storage.tables.publishing import SinkKept, SinkPosition
from engine.storage.tables.sharing import (
    Allotment,
    ChannelDemand,
    ChannelGroup,
    SharingRules,
    WarehouseGroup,
)
from engine.storage.tables.suspensions import Suspension

__all__ = [
    "AbstractAvailability",
    "AbstractProduct",
    "Allocation",
    "Allotment",
    "ArchivedHistory",
    "ArchivedItem",
    "ArchivedOrder",
    "Availability",
    "CartHold",
    "CartHoldLine",
    "Category",
    "ChannelDemand",
    "ChannelGroup",
    "ClosedItems",
    "CommandMember",
    "CommandRun",
    "DueStep",
    "ExchangeAnswer",
    "ExchangeChannel",
    "ExchangePeer",
    "ExchangeRefused",
    "ExchangeSelf",
    "ExchangeSent",
    "ExchangeStore",
    "ExchangeTold",
    "FeedSource",
    "ItemClaim",
    "ItemHistory",
    "ItemTimeout",
    "JobRun",
    "Migration",
    "MigrationItem",
    "NamesVersion",
    "OptionChange",
    "OptionLayer",
    "OptionSet",
    "OrderAmendment",
    "OrderItem",
    "Outbox",
    "ProcessRow",
    "ProcessState",
    "ProcessVersion",
    "Product",
    "ProductAlias",
    "Reservation",
    "SalesOrder",
    "SharingRules",
    "SinkKept",
    "SinkPosition",
    "Stock",
    "StockChange",
    "StockImport",
    "StockStaging",
    "Store",
    "StoreSharing",
    "StoreWarehouse",
    "Suspension",
    "SweepCursor",
    "SweepFailure",
    "TransitionRun",
    "Warehouse",
    "WarehouseGroup",
    "WarehousePromise",
]
