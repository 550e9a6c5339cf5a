"""Every hook a plugin may implement, typed, one sentence each; built-in plugins use the same ones.

A plugin is a plain function (or any callable) with one of the signatures below, registered under a name
(``plugins.registry``). The engine calls commands, conditions and timeout processors with no transaction open,
except commands registered as *transactional*.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import IO, Any, Protocol


class Scope(StrEnum):
    """How many items one call of a command or condition is asked about."""

    ITEM = "item"
    ORDER = "order"
    BATCH = "batch"


class Item(Protocol):
    """An order item as a plugin sees it: a snapshot taken when the event was triggered."""

    @property
    def id(self) -> int:
        """The item's id."""

    @property
    def reference(self) -> str | None:
        """The reference the order gave the line, if any."""

    @property
    def order_id(self) -> int:
        """The id of its order."""

    @property
    def order_reference(self) -> str:
        """The reference of its order."""

    @property
    def store(self) -> str:
        """The name of the store it was sold in."""

    @property
    def sku(self) -> str:
        """The concrete product."""

    @property
    def quantity(self) -> Decimal:
        """How much was ordered, in sales units of the product."""

    @property
    def process(self) -> str:
        """The name of its process."""

    @property
    def state(self) -> str:
        """The name of the state it stands in."""

    @property
    def step(self) -> int:
        """How many steps it has taken; grows with every one."""

    @property
    def state_since(self) -> datetime:
        """When it entered its state, UTC."""

    @property
    def warehouse(self) -> str | None:
        """The warehouse it is shipped from, when the order line or a command named one."""

    @property
    def order_data(self) -> Mapping[str, Any]:
        """The order's own JSON object as it was placed."""


@dataclass(frozen=True, slots=True)
class PlainItem:
    """An item made by hand, for tests of plugins; the engine hands out its own kind of ``Item``."""

    id: int = 1
    reference: str | None = None
    order_id: int = 1
    order_reference: str = "order-1"
    store: str = "DE"
    sku: str = "sku"
    quantity: Decimal = Decimal(1)
    process: str = "process"
    state: str = "new"
    step: int = 0
    state_since: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    warehouse: str | None = None
    order_data: Mapping[str, Any] = field(default_factory=dict)


def _no_transaction(_kind: str, _payload: Mapping[str, Any]) -> None:
    raise RuntimeError("only a transactional command can publish: register it with transactional=True")


def _nothing_to_allocate(_items: Sequence[Item]) -> CommandResult:
    raise RuntimeError("only the command Earmark/Allocate can allocate")


@dataclass(frozen=True, slots=True)
class CallContext:
    """What surrounds a call: the event (None in a conditions run), the caller's data and the command key.

    ``key`` is stable for the same step of the same item or group: pass it to an external system as its
    idempotency key, and a retry is recognised there. ``command_data`` is what the event's command returned
    (for conditions). ``extend_lease`` prolongs the claim of a long-running command; it raises ItemLocked
    when the claim was lost meanwhile. ``now`` is the database's time at the start of the step, UTC.
    ``publish`` (kind, payload) puts a message into the outbox within the transaction of a *transactional*
    command; for every other call it raises, as there is no transaction to publish with. ``allocate`` is what the
    command ``Earmark/Allocate`` answers with.
    """

    event: str | None
    now: datetime
    key: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    command_data: Mapping[str, Any] = field(default_factory=dict)
    extend_lease: Callable[[], None] = lambda: None
    publish: Callable[[str, Mapping[str, Any]], None] = _no_transaction
    allocate: Callable[[Sequence[Item]], CommandResult] = _nothing_to_allocate


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command may return: data for conditions and log, a warehouse per item id, and who goes on.

    ``items`` are the ids of those items of the call that go on; the others stay in their state. None: all do.
    ``quantities`` says how much of an item goes on where not all of it does, in sales units (Decimal, int or text):
    that much becomes an item of its own, which moves, and the rest stays.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    warehouses: Mapping[int, str] = field(default_factory=dict)
    items: Collection[int] | None = None
    quantities: Mapping[int, Decimal | int | str] = field(default_factory=dict)


CommandReturn = CommandResult | Mapping[str, Any] | None

ItemCommand = Callable[[Item, CallContext], CommandReturn]
"""A command run once per item; raising an exception holds back that item."""

OrderCommand = Callable[[Sequence[Item], CallContext], CommandReturn]
"""A command run once per order with the order's items that take the event; raising holds back these items."""

BatchCommand = Callable[[Sequence[Item], CallContext], CommandReturn]
"""A command run once for all items of a chunk; raising holds back all of them."""

ItemCondition = Callable[[Item, CallContext], bool]
"""A condition asked about one item; must return a bool."""

BatchCondition = Callable[[Sequence[Item], CallContext], Collection[int]]
"""A condition asked about many items at once; returns the ids of the items for which it is true."""

TimeoutProcessor = Callable[[Item, str, datetime], datetime]
"""Computes when a timeout is due from the item (already in its new state), the timeout text and now (UTC)."""


@dataclass(frozen=True, slots=True)
class ReservationChange:
    """One (store, sku) whose own reservation changed; ``before`` and ``after`` are reserved + held quantities."""

    store_id: int
    product_id: int
    store: str
    sku: str
    before: Decimal
    after: Decimal


StockFormat = Callable[[IO[bytes], Mapping[str, Any]], Iterable[Mapping[str, Any] | Sequence[Any]]]
"""Reads an opened stock file, by the options of its feed; yields a mapping or a tuple for each record."""


class ReservationWork(Protocol):
    """What a reservation handler may do inside the moving transaction."""

    def write_availability(self, changes: Sequence[ReservationChange]) -> None:
        """Recompute availability of the changed (store, sku), of sharing stores and of the abstract products."""

    def publish(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Put a message into the outbox; it is published after the commit, at least once."""


ReservationHandler = Callable[[Sequence[ReservationChange], ReservationWork], None]
"""Called in the moving transaction with the whole batch of changed (store, sku); raising undoes the move."""


@dataclass(frozen=True, slots=True)
class ReservationExport:
    """What other databases are to be told of a (store, sku): its amounts, as of a version that grows with each
    change.
    """

    store: str
    sku: str
    reserved: Decimal
    held: Decimal
    version: int


ReservationExportFilter = Callable[[ReservationExport], bool]
"""Decides whether a reservation is told to other databases now; what is not is asked about by the next export
again.
"""


@dataclass(frozen=True, slots=True)
class SharedStock:
    """A product that is to be divided between the channel groups of a warehouse group.

    ``stock`` is what its warehouses have together; ``promised`` names each channel group, in the order of the
    rules, with what its stores reserve and hold.
    """

    sku: str
    warehouse_group: str
    stock: Decimal
    promised: Mapping[str, Decimal]


SharingStrategy = Callable[[Sequence[SharedStock]], Sequence[Mapping[str, Decimal | int | float]]]
"""Answers for each product, in its order, how what is left of it is divided: numbers of 0 or more by channel group,
of which only the proportion counts. It is called while a transaction is open, and raising undoes that.
"""


class OutboxMessage(Protocol):
    """A message that was committed with the change it tells of."""

    @property
    def id(self) -> int:
        """The position in the outbox, which grows with every message; 0 of one that tells a state anew."""

    @property
    def kind(self) -> str:
        """Which kind of message it is: ``availability`` or ``shortfall``, or a plugin's own."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """The JSON object to publish."""

    @property
    def key(self) -> str:
        """What tells the message from every other one, also of other databases; the same when it comes again."""

    @property
    def at(self) -> datetime:
        """When it was committed, or the state was looked at; UTC."""


class Sink(Protocol):
    """Where published messages go."""

    def publish(self, messages: Sequence[OutboxMessage]) -> int | None:
        """Write the messages durably, in order; may see a message again after a crash.

        Return how many of them were taken, from the first one on; None is all of them. Raise NotTaken for a message
        that can never be taken; whatever else is raised means that none was, and that it is to be tried again.
        """


@dataclass(eq=False)
class NotTaken(Exception):
    """Raised by a sink: ``taken`` messages were taken, and the next one never can be, because of the reason.

    That message is kept aside with the reason, and the others go on.
    """

    reason: str
    taken: int = field(default=0, kw_only=True)


@dataclass(eq=False)
class PartlyTaken(Exception):
    """Raised by a sink: ``taken`` messages were taken; the others are to be tried again later, for the reason."""

    reason: str
    taken: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class SinkOptions:
    """What the settings say of a sink of a plugin: its name, ``options``, and the secret of the environment."""

    name: str
    options: Mapping[str, Any]
    secret: str | None = field(default=None, repr=False)


SinkMaker = Callable[[SinkOptions], Sink]
"""Makes a sink from what the settings say of it; called once before messages are handed over. ValueError and
TypeError tell that the options are wrong.
"""


@dataclass(frozen=True, slots=True)
class NamedSink:
    """A sink with a position of its own, by its name: what is handed to it, and how failures are dealt with.

    ``kinds`` are the kinds of messages that it wants, with ``*`` for anything; none means all. After a failure it
    is tried again after ``retry_s`` seconds, then twice as long each time, up to ``retry_most_s``. ``batch`` is
    the most messages that it is handed at once; it has to take them, or to return, within ``lease_s`` seconds,
    after which somebody else may hand them over. With ``give_up_s`` a message that fails for so long is kept
    aside; 0 is never. ``ready`` is asked before anything is handed over: it raises an EarmarkError as long as the
    sink cannot be used at all, as when a secret is missing, and then that is the failure.
    """

    name: str
    sink: Sink
    kinds: tuple[str, ...] = ()
    batch: int = 500
    retry_s: float = 5.0
    retry_most_s: float = 900.0
    lease_s: float = 60.0
    give_up_s: float = 0.0
    ready: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A registered command: its scope, and whether it runs inside the applying transaction."""

    name: str
    scope: Scope
    call: Callable[..., CommandReturn]
    transactional: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A registered condition. ``constant`` tells that the answer never depends on the item, so none is loaded."""

    name: str
    scope: Scope
    call: Callable[..., bool | Collection[int]]
    constant: bool | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """An order, or what is left of it, that is to be shipped from some of these warehouses.

    ``order_data`` is the order as it was placed, ``quantity`` how many sales units of it are to be shipped in all.
    """

    order_reference: str
    store: str
    order_data: Mapping[str, Any]
    warehouses: tuple[str, ...]
    quantity: Decimal


AllocationStrategy = Callable[[Shipment], Mapping[str, float]]
"""Says what it minds about a parcel from each warehouse: numbers of 0 or more, the less the better. A warehouse
that it does not name is behind all others.
"""


class Plugins(Protocol):
    """What the engine asks the registry for; names are exact."""

    def command(self, name: str) -> Command | None:
        """Return the command registered under the name."""

    def condition(self, name: str) -> Condition | None:
        """Return the condition registered under the name."""

    def timeout_processor(self, name: str) -> TimeoutProcessor | None:
        """Return the timeout processor registered under the name."""

    def reservation_handlers(self) -> Sequence[ReservationHandler]:
        """Return the reservation handlers in the order in which they are called."""

    def export_filters(self) -> Sequence[ReservationExportFilter]:
        """Return the export filters; a reservation is told to other databases if all of them accept it."""

    def sharing_strategy(self, name: str) -> SharingStrategy | None:
        """Return the sharing strategy registered under the name."""

    def allocation_strategy(self, name: str) -> AllocationStrategy | None:
        """Return the allocation strategy registered under the name."""
