"""The tables (SQLModel). They are internal: input is validated by ``engine.requests``, work is set-based SQL.

Times are UTC microseconds, quantities millionths of a sales unit (``engine.quantity``). Ids are 64-bit on
PostgreSQL and INTEGER on SQLite, where only that spelling makes the column the row's own key.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel

from engine.storage.columns import Id, flag, identity, key, number, reference_to, text

# --- stores, warehouses, products -------------------------------------------------------------------------


class Store(SQLModel, table=True):
    """A store. A remote one lives in another database and is only known for its reservations."""

    __tablename__ = "store"
    id: int = identity()
    name: str = text(unique=True)
    remote: int = flag(False)


class Warehouse(SQLModel, table=True):
    """A warehouse; only active ones count."""

    __tablename__ = "warehouse"
    id: int = identity()
    name: str = text(unique=True)
    active: int = flag(True)


class StoreWarehouse(SQLModel, table=True):
    """Which warehouses serve which stores (many to many)."""

    __tablename__ = "store_warehouse"
    __table_args__ = ({"sqlite_with_rowid": False},)
    store_id: int = reference_to("store.id", primary_key=True)
    warehouse_id: int = reference_to("warehouse.id", primary_key=True, index=True)


class StoreSharing(SQLModel, table=True):
    """Stores that share reservations; stored in both directions."""

    __tablename__ = "store_sharing"
    __table_args__ = (
        CheckConstraint("store_id <> other_id", name="not_itself"),
        {"sqlite_with_rowid": False},
    )
    store_id: int = reference_to("store.id", primary_key=True)
    other_id: int = reference_to("store.id", primary_key=True)


class AbstractProduct(SQLModel, table=True):
    """An abstract product: the thing a shop page shows."""

    __tablename__ = "abstract_product"
    id: int = identity()
    sku: str = text(unique=True)


class Product(SQLModel, table=True):
    """A concrete product: the thing that is sold and counted."""

    __tablename__ = "product"
    id: int = identity()
    sku: str = text(unique=True)
    abstract_id: int = reference_to("abstract_product.id", index=True)


# --- stock, reservation, availability ---------------------------------------------------------------------


class Stock(SQLModel, table=True):
    """The absolute stock of a product in a warehouse and the time of the count it comes from."""

    __tablename__ = "stock"
    __table_args__ = ({"sqlite_with_rowid": False},)
    product_id: int = reference_to("product.id", primary_key=True)
    warehouse_id: int = reference_to("warehouse.id", primary_key=True)
    quantity: int = number(default=0)
    never_out_of_stock: int = flag(False)
    is_bundle: int = flag(False)
    counted_at: int | None = number(nullable=True)


class Reservation(SQLModel, table=True):
    """What a store's own items reserve and hold of a product.

    ``version`` grows with every change of the amounts; an exporter has sent everything up to
    ``exported_version``. The row exists for every (product, store) before anything is reserved.
    """

    __tablename__ = "reservation"
    __table_args__ = ({"sqlite_with_rowid": False},)
    product_id: int = reference_to("product.id", primary_key=True)
    store_id: int = reference_to("store.id", primary_key=True)
    reserved: int = number(default=0)
    held: int = number(default=0)
    version: int = number(default=0)
    exported_version: int = number(default=0)


class Availability(SQLModel, table=True):
    """What can be sold of a product in a store; the row every transaction locks that may change it.

    ``stock`` sums the store's active warehouses; ``reserved`` and ``held`` are the store's own amounts plus
    those of the stores it shares with; ``available`` = max(0, stock - reserved - held).
    """

    __tablename__ = "availability"
    __table_args__ = ({"sqlite_with_rowid": False},)
    product_id: int = reference_to("product.id", primary_key=True)
    store_id: int = reference_to("store.id", primary_key=True)
    stock: int = number(default=0)
    reserved: int = number(default=0)
    held: int = number(default=0)
    available: int = number(default=0)
    never_out_of_stock: int = flag(False)


class AbstractAvailability(SQLModel, table=True):
    """The sum over an abstract product's concrete ones, and the version of the last published event."""

    __tablename__ = "abstract_availability"
    __table_args__ = ({"sqlite_with_rowid": False},)
    abstract_id: int = reference_to("abstract_product.id", primary_key=True)
    store_id: int = reference_to("store.id", primary_key=True)
    available: int = number(default=0)
    never_out_of_stock: int = flag(False)
    event_version: int = number(default=0)


# --- processes --------------------------------------------------------------------------------------------


class ProcessRow(SQLModel, table=True):
    """A process by name; new orders get its current version."""

    __tablename__ = "process"
    id: int = identity()
    name: str = text(unique=True)
    active: int = flag(True)
    current_version_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))


class ProcessVersion(SQLModel, table=True):
    """One version of a process: the canonical JSON of its meaning, and that text's SHA-256."""

    __tablename__ = "process_version"
    __table_args__ = (Index("process_version_once", "process_id", "version", unique=True),)
    id: int = identity()
    process_id: int = reference_to("process.id")
    version: str = text()
    definition: str = text()
    deployed_at: int = number()


class ProcessState(SQLModel, table=True):
    """A state of one version; ``position`` is its index in the compiled process."""

    __tablename__ = "process_state"
    __table_args__ = (Index("process_state_once", "version_id", "position", unique=True),)
    id: int = identity()
    version_id: int = reference_to("process_version.id")
    position: int = Field(sa_column=Column(Integer, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False, index=True))
    reserved: int = flag(False)
    can_reserve: int = flag(False)


# --- orders and items -------------------------------------------------------------------------------------


class SalesOrder(SQLModel, table=True):
    """An order as it was placed; ``fingerprint`` is the SHA-256 of its content, for idempotent placement."""

    __tablename__ = "sales_order"
    id: int = identity()
    reference: str = text(unique=True)
    store_id: int = reference_to("store.id")
    version_id: int = reference_to("process_version.id")
    currency: str | None = text(nullable=True)
    placed_at: int = number()
    fingerprint: str = text()
    data: str = text()


class OrderItem(SQLModel, table=True):
    """An order item: where it stands, how often it stepped, and what it contributes to the reservation.

    ``state_id`` names version and state. ``last_run_id`` is the run of its last step. The only index on what
    changes with a move is the one on the state.
    """

    __tablename__ = "order_item"
    __table_args__ = (
        Index("order_item_order", "order_id"),
        Index("order_item_state", "state_id"),
        Index("order_item_product", "product_id", "store_id"),
        Index("order_item_hold", "hold_until", sqlite_where=Column("hold_until").is_not(None),
              postgresql_where=Column("hold_until").is_not(None)),
        {"postgresql_with": {"fillfactor": "85"}},
    )  # fmt: skip
    id: int = identity()
    order_id: int = reference_to("sales_order.id")
    store_id: int = Field(sa_column=Column(Id, nullable=False))
    product_id: int = Field(sa_column=Column(Id, nullable=False))
    warehouse_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    reference: str | None = text(nullable=True)
    line: int = Field(sa_column=Column(Integer, nullable=False))
    quantity: int = number()
    state_id: int = Field(sa_column=Column(Id, nullable=False))
    step: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    state_since: int = number()
    last_run_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    counted_reserved: int = number(default=0)
    counted_hold: int = number(default=0)
    hold_until: int | None = number(nullable=True)


# --- execution --------------------------------------------------------------------------------------------


class TransitionRun(SQLModel, table=True):
    """What a group of items shares of one step: who, what, from where to where, and how it ended."""

    __tablename__ = "transition_run"
    id: int = identity()
    at: int = number()
    trigger: str = text()
    correlation: str = text()
    host: str = text()
    event: str | None = text(nullable=True)
    source_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    target_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    outcome: str = text()
    command: str | None = text(nullable=True)
    command_key: str | None = text(nullable=True)
    conditions: str | None = text(nullable=True)
    data: str | None = text(nullable=True)
    error: str | None = text(nullable=True)
    duration_us: int | None = number(nullable=True)
    items: int = Field(default=0, sa_column=Column(Integer, nullable=False))


class ItemHistory(SQLModel, table=True):
    """Which items took part in a run; everything else about the step is in the run."""

    __tablename__ = "item_history"
    __table_args__ = ({"sqlite_with_rowid": False},)
    item_id: int = key()
    run_id: int = key()


class ItemClaim(SQLModel, table=True):
    """A claim on an item while a command runs for it; expires by itself at ``expires_at``."""

    __tablename__ = "item_claim"
    __table_args__ = (Index("item_claim_token", "token"),)
    item_id: int = key()
    token: str = text()
    holder: str = text()
    event: str = text()
    step: int = Field(sa_column=Column(Integer, nullable=False))
    claimed_at: int = number()
    expires_at: int = number()


class CommandRun(SQLModel, table=True):
    """A per-order or per-batch command call: its key and, by its members, exactly which items it is for."""

    __tablename__ = "command_run"
    id: int = identity()
    key: str = text(unique=True)
    command: str = text()
    event: str = text()
    state_id: int = Field(sa_column=Column(Id, nullable=False))
    started_at: int = number()


class CommandMember(SQLModel, table=True):
    """An item of a command call that is not applied yet, at the step it was called for."""

    __tablename__ = "command_member"
    __table_args__ = (Index("command_member_run", "command_run_id"),)
    item_id: int = key()
    command_run_id: int = Field(sa_column=Column(Id, nullable=False))
    step: int = Field(sa_column=Column(Integer, nullable=False))


class DueStep(SQLModel, table=True):
    """The automatic step an item is due to take: the onEnter event of the state it entered with ``step``.

    ``chain`` counts automatic steps in a row. ``attempts``, ``error`` and ``stuck_at`` tell of failures.
    """

    __tablename__ = "due_step"
    __table_args__ = (Index("due_step_due", "due_at"), Index("due_step_run", "run_id"))
    item_id: int = key()
    step: int = Field(sa_column=Column(Integer, nullable=False))
    event: str = text()
    due_at: int | None = number(nullable=True)
    run_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    chain: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    error_code: str | None = text(nullable=True)
    error: str | None = text(nullable=True)
    stuck_at: int | None = number(nullable=True)


class ItemTimeout(SQLModel, table=True):
    """When a timeout event of the item's present state is due. ``due_at`` is NULL for one that is stuck."""

    __tablename__ = "item_timeout"
    __table_args__ = (Index("item_timeout_due", "due_at", "item_id"), {"sqlite_with_rowid": False})
    item_id: int = key()
    event: str = Field(sa_column=Column(Text, primary_key=True))
    due_at: int | None = number(nullable=True)
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    error_code: str | None = text(nullable=True)
    error: str | None = text(nullable=True)


class SweepCursor(SQLModel, table=True):
    """Where the conditions run goes on in a state, so that a limit starves nobody."""

    __tablename__ = "sweep_cursor"
    state_id: int = key()
    item_id: int = number(default=0)


# --- import, outbox, jobs ---------------------------------------------------------------------------------


class StockImport(SQLModel, table=True):
    """A stock import run: the file's hash, the time of the count, and how far it came."""

    __tablename__ = "stock_import"
    __table_args__ = (Index("stock_import_file", "file_hash"),)
    id: int = identity()
    file: str = text()
    file_hash: str = text()
    as_of: int = number()
    forced: int = flag(False)
    started_at: int = number()
    finished_at: int | None = number(nullable=True)
    lease_until: int = number()
    token: str = text()
    rows: int = number(default=0)
    refused: int = number(default=0)


class StockStaging(SQLModel, table=True):
    """A validated row of a running import; ``done`` once its chunk is committed."""

    __tablename__ = "stock_staging"
    __table_args__ = ({"sqlite_with_rowid": False},)
    import_id: int = key()
    product_id: int = key()
    warehouse_id: int = key()
    line: int = Field(sa_column=Column(Integer, nullable=False))
    quantity: int = number()
    never_out_of_stock: int = flag(False)
    is_bundle: int = flag(False)
    counted_at: int = number()
    done: int = flag(False)


class Outbox(SQLModel, table=True):
    """Messages committed with the change they tell of; published at least once, in order of id."""

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_open", "id", sqlite_where=Column("published_at").is_(None),
                            postgresql_where=Column("published_at").is_(None)),)  # fmt: skip
    id: int = identity()
    kind: str = text()
    payload: str = text()
    created_at: int = number()
    published_at: int | None = number(nullable=True)


class JobRun(SQLModel, table=True):
    """A scheduled job: its lease and fencing token, when it last ran and what came out."""

    __tablename__ = "job_run"
    job: str = text(primary_key=True)
    token: int = number(default=0)
    holder: str | None = text(nullable=True)
    lease_until: int | None = number(nullable=True)
    started_at: int | None = number(nullable=True)
    finished_at: int | None = number(nullable=True)
    due_at: int | None = number(nullable=True)
    outcome: str | None = text(nullable=True)
    result: str | None = text(nullable=True)
