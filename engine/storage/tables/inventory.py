"""Stores, warehouses, units, products; stock, reservation, availability; stock imports and what changed stock."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, Text
from sqlalchemy import text as sa_text
from sqlmodel import Field, SQLModel

from engine.storage.columns import Id, flag, identity, key, number, reference_to, text


class Store(SQLModel, table=True):
    """A store. A remote one lives in another database and is only known for its reservations.

    One of a channel group sells from the allotment of that group. One that is not active is closed: nothing can be
    ordered of it.
    """

    __tablename__ = "store"
    id: int = identity()
    name: str = text(unique=True)
    remote: int = flag(False)
    channel_group_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    organisation: str | None = text(nullable=True)
    active: int = flag(True)


class Warehouse(SQLModel, table=True):
    """A warehouse; only active ones count.

    ``type`` is ``global``, ``fixed``, ``virtual`` or ``external``. ``counted_at`` is the time at which all of its
    stock was counted last, but for what has a later time of its own or has missed that count. ``latitude`` and
    ``longitude`` are in millionths of a degree; of the lowest ``priority`` is shipped first, NULL is behind all.
    """

    __tablename__ = "warehouse"
    id: int = identity()
    name: str = text(unique=True)
    active: int = flag(True)
    counted_at: int | None = number(nullable=True)
    type: str = Field(default="global", sa_column=Column(Text, nullable=False, server_default="global"))
    group_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    latitude: int | None = number(nullable=True)
    longitude: int | None = number(nullable=True)
    priority: int | None = number(nullable=True)


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


class Unit(SQLModel, table=True):
    """What a product is counted in. ``step`` is the smallest quantity of it, in millionths: a million for pieces.

    Products without a unit of their own have the one that is the default, if there is one.
    """

    __tablename__ = "unit"
    id: int = identity()
    name: str = text(unique=True)
    step: int = number()
    is_default: int = flag(False)


class Category(SQLModel, table=True):
    """A category of products; the parent is the category above it, NULL at the top."""

    __tablename__ = "category"
    id: int = identity()
    name: str = text(unique=True)
    parent_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))


class AbstractProduct(SQLModel, table=True):
    """An abstract product: the thing a shop page shows."""

    __tablename__ = "abstract_product"
    id: int = identity()
    sku: str = text(unique=True)
    category_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))


class Product(SQLModel, table=True):
    """A concrete product: the thing that is sold and counted. Of one that is withdrawn nothing can be ordered."""

    __tablename__ = "product"
    id: int = identity()
    sku: str = text(unique=True)
    abstract_id: int = reference_to("abstract_product.id", index=True)
    unit_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    withdrawn: int = flag(False)


class ProductAlias(SQLModel, table=True):
    """A name that a concrete product had before it was renamed; it still means the product, and nothing else."""

    __tablename__ = "product_alias"
    sku: str = text(primary_key=True)
    product_id: int = reference_to("product.id")


class Stock(SQLModel, table=True):
    """The absolute stock of a product in a warehouse and the time of the count it comes from.

    ``missed_at`` is the time of a count of the whole warehouse that did not contain it, NULL if there was none.
    ``delta_at`` is the time of the latest delta, NULL if there was none: an earlier count does not contain it.
    """

    __tablename__ = "stock"
    __table_args__ = ({"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": "50"}},)
    product_id: int = reference_to("product.id", primary_key=True)
    warehouse_id: int = reference_to("warehouse.id", primary_key=True)
    quantity: int = number(default=0)
    never_out_of_stock: int = flag(False)
    is_bundle: int = flag(False)
    counted_at: int | None = number(nullable=True)
    missed_at: int | None = number(nullable=True)
    delta_at: int | None = number(nullable=True)


class Reservation(SQLModel, table=True):
    """What a store's own items reserve and hold of a product.

    ``version`` grows with every change of the amounts; an exporter has sent everything up to
    ``exported_version``. The row exists for every (product, store) before anything is reserved. Of a store of
    another database it says what that told; ``margin`` is how much of ``held`` only stands for what it may have
    sold meanwhile.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        Index("reservation_margin", "product_id", "store_id", sqlite_where=sa_text("margin <> 0"),
              postgresql_where=sa_text("margin <> 0")),
        {"sqlite_with_rowid": False},
    )  # fmt: skip
    product_id: int = reference_to("product.id", primary_key=True)
    store_id: int = reference_to("store.id", primary_key=True)
    reserved: int = number(default=0)
    held: int = number(default=0)
    version: int = number(default=0)
    exported_version: int = number(default=0)
    margin: int = number(default=0)


class Availability(SQLModel, table=True):
    """What can be sold of a product in a store; the row every transaction locks that may change it.

    ``stock`` sums the store's active warehouses; ``reserved`` and ``held`` are the store's own amounts plus
    those of the stores it shares with; ``available`` = max(0, stock - reserved - held + spared - kept).
    ``spared`` is what is promised at single warehouses beyond what they have for this store, ``lacking`` beyond
    what they have for it and those that share with it. ``selling`` and ``kept`` follow from the product's
    options in the store (``rules.options.effects``), which are those of the ``option_set_id``; NULL is that of
    a shop without options.
    """

    __tablename__ = "availability"
    __table_args__ = ({"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": "50"}},)
    product_id: int = reference_to("product.id", primary_key=True)
    store_id: int = reference_to("store.id", primary_key=True)
    stock: int = number(default=0)
    reserved: int = number(default=0)
    held: int = number(default=0)
    available: int = number(default=0)
    never_out_of_stock: int = flag(False)
    selling: int = flag(False)
    kept: int = number(default=0)
    option_set_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    spared: int = number(default=0)
    lacking: int = number(default=0)


class WarehousePromise(SQLModel, table=True):
    """What of a store's reservations and holds of a product is to come from a certain warehouse.

    It is part of what the store's reservation says; what is promised without a warehouse is in that alone. A row is
    written when something is promised there first, and stays.
    """

    __tablename__ = "warehouse_promise"
    __table_args__ = ({"sqlite_with_rowid": False, "postgresql_with": {"fillfactor": "50"}},)
    product_id: int = key()
    warehouse_id: int = key()
    store_id: int = key()
    reserved: int = number(default=0)
    held: int = number(default=0)


class AbstractAvailability(SQLModel, table=True):
    """What an abstract product last had to tell, and the version of its last published event.

    ``available`` is the sum over its concrete products when one of them last became sellable, ceased to be, or
    changed its flag (or any amount, when amounts are published). Views add up the concrete ones.
    """

    __tablename__ = "abstract_availability"
    __table_args__ = ({"sqlite_with_rowid": False},)
    abstract_id: int = reference_to("abstract_product.id", primary_key=True)
    store_id: int = reference_to("store.id", primary_key=True)
    available: int = number(default=0)
    never_out_of_stock: int = flag(False)
    event_version: int = number(default=0)


class StockImport(SQLModel, table=True):
    """A stock import run: the feed and its terms, the file's hash, the time of the count, and what it came to.

    ``kind`` is what the quantities are (``engine.feeds.CountKind``). A run that a guard has stopped stored
    nothing and is ``finished_at`` then; ``stopped`` names the guard, ``stopped_because`` is what was told. One
    that is ``dry`` only looks, and is deleted at its end. ``rows`` and ``refused`` count rows of the file,
    ``imported`` those stored, ``changed`` the numbers of stock that differ since; ``released`` and ``kept``
    count items. ``oldest_at`` is the time of its oldest count. All rows of products up to ``stored_to`` are stored,
    but for those that say otherwise. ``delivery`` is what the sender of deltas calls them, ``delivery_name`` what
    the file was called, ``delivery_stamp`` when it was written (``engine.feeds.Delivery``); those of before schema
    0013 have none.
    """

    __tablename__ = "stock_import"
    __table_args__ = (
        Index("stock_import_file", "file_hash"),
        Index("stock_import_feed", "feed", "id"),
        Index("stock_import_delivery", "delivery",
              sqlite_where=Column("delivery").is_not(None), postgresql_where=Column("delivery").is_not(None)),
    )  # fmt: skip
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
    feed: str | None = text(nullable=True)
    kind: str = Field(default="on_hand", sa_column=Column(Text, nullable=False, server_default="on_hand"))
    whole: int = flag(False)
    dry: int = flag(False)
    stopped: str | None = text(nullable=True)
    stopped_because: str | None = text(nullable=True)
    accepted: int = flag(False)
    imported: int = number(default=0)
    changed: int = number(default=0)
    released: int = number(default=0)
    kept: int = number(default=0)
    oldest_at: int | None = number(nullable=True)
    stored_to: int = number(default=0)
    delivery: str | None = text(nullable=True)
    delivery_name: str | None = text(nullable=True)
    delivery_stamp: str | None = text(nullable=True)


class StockStaging(SQLModel, table=True):
    """A validated row of a running import. What ``done`` says is told at ``stage_rows``.

    ``later`` is how much of the quantity is that of deltas that are later than the count.
    """

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
    later: int = number(default=0)


class StockChange(SQLModel, table=True):
    """A change of a stock number: by a count, which has an import, or by hand, which has a reason.

    ``quantity_before`` is NULL where nothing was stored. ``line`` is that of the file. ``released`` is how much of
    the product, in all stores, its count has released together with those of other warehouses. ``later`` is how
    much of the quantity is no count: that of deltas that were stored before and are later than the count.
    """

    __tablename__ = "stock_change"
    __table_args__ = (
        Index("stock_change_product", "product_id", "id"),
        Index("stock_change_reference", "reference", unique=True,
              sqlite_where=Column("reference").is_not(None), postgresql_where=Column("reference").is_not(None)),
    )  # fmt: skip
    id: int = identity()
    product_id: int = Field(sa_column=Column(Id, nullable=False))
    warehouse_id: int = Field(sa_column=Column(Id, nullable=False))
    at: int = number()
    quantity_before: int | None = number(nullable=True)
    quantity: int = number()
    counted_at: int | None = number(nullable=True)
    import_id: int | None = Field(default=None, sa_column=Column(Id, nullable=True))
    line: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    released: int = number(default=0)
    actor: str | None = text(nullable=True)
    reason: str | None = text(nullable=True)
    reference: str | None = text(nullable=True)
    later: int = number(default=0)


for _hot in (Product, Stock, Reservation, Availability, AbstractAvailability):
    # PostgreSQL asks for each row that is written whether what it belongs to is there, which takes longer than
    # writing it. It is found by the statement that writes the row, and never deleted.
    for _reference in SQLModel.metadata.tables[str(_hot.__tablename__)].foreign_key_constraints:
        _reference.ddl_if(dialect="sqlite")
