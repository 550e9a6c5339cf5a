"""The rule models: what the engine may be told by a project's ``rules/*.yaml``. Durations are in seconds.

Types are strict: ``"60"`` is no number and ``1`` is no boolean. The docstring below a field is also its
description in the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from rules.allocation import Allocation
from rules.base import Rules as _Rules
from rules.forgetting import Forget
from rules.options.model import Options
from rules.sharing import Sharing

LONGEST_S = 315_360_000.0
"""The longest duration a rule may name, in seconds: ten years of 365 days."""

Seconds = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False)]
"""A duration in seconds that may be zero."""

PositiveSeconds = Annotated[float, Field(gt=0, le=LONGEST_S, allow_inf_nan=False)]
"""A duration in seconds above zero."""


class Checkout(_Rules):
    """Placement of orders."""

    hold: bool = True
    """Reserve softly while an order waits in a state before its first reserved one. Without it, what such
    orders ask for can be sold again: it oversells."""

    hold_timeout_s: PositiveSeconds | None = None
    """Seconds after which a hold ends by itself; null: only the order's way through the process ends it."""


class StockUpdate(_Rules):
    """Stock imports: the process event they fire, and which counts release an item."""

    event: Annotated[str, Field(min_length=1)] = "stock-update"
    """The process event that an import fires for items of the imported skus."""

    require: Literal["any", "all"] = "all"
    """Which counts release an item that names no warehouse: all of the active warehouses of the item's store
    that have the product, or one of any of them. With "any" a piece that left one warehouse is sold again as
    soon as another one is counted, so it is right only where one file counts all of them."""

    clock_tolerance_s: Seconds = 0.0
    """How far the clocks of warehouse and shop may differ, in seconds: an item must have been shipped by so much
    earlier than the count to be released by it, and a count may be of a time by so much ahead."""

    count_lag_s: Seconds = 0.0
    """How many seconds before its file was written stock was counted, for files that do not say when: as long as
    the warehouse needs from the count to the file."""


class Publish(_Rules):
    """Availability events."""

    on: Literal["status", "amount"] = "status"
    """Publish when the status changes (can be sold, cannot be sold), or on every change of the amount."""


class Exchange(_Rules):
    """The exchange of reservations with stores of other databases."""

    safety: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Sales units of every product that are kept back for each store of another database that shares: what it may
    have sold since it was heard of last. 0: nothing is kept back."""

    await_counts_s: Seconds = 86_400.0
    """How long, in seconds, a reservation that became less elsewhere waits until the product was counted here
    as late as there: what was shipped is in the stock here until then. 0: it never waits."""

    resend_after_s: PositiveSeconds = 600.0
    """Seconds after which a message that the other side has not acknowledged is sent again; each further time is
    waited twice as long, up to a day."""

    compare_every_s: PositiveSeconds = 3_600.0
    """Seconds after which all amounts are compared with what the other side has, and what differs is sent again."""

    alive_every_s: PositiveSeconds = 30.0
    """Seconds after which an export that has nothing to tell tells that."""


class Execution(_Rules):
    """How items are moved."""

    chunk: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """Items that are moved in one transaction."""

    lease_s: PositiveSeconds = 60.0
    """Seconds that a claim on items lasts while a command runs, unless the command prolongs it."""

    lock_wait_s: Seconds = 2.0
    """Seconds that a direct call waits for items that somebody else has claimed."""

    retry_attempts: Annotated[int, Field(ge=1)] = 8
    """How often a failing automatic step, timeout or condition is tried before it is stuck."""

    retry_base_s: PositiveSeconds = 60.0
    """Seconds until the second attempt; every further one waits twice as long."""

    retry_longest_s: PositiveSeconds = 86_400.0
    """The longest wait between two attempts, in seconds."""


GuardName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")]
"""The name of a guard, as the process XML has it behind ``rule:``; without blanks around it."""

GuardText = Annotated[str, Field(min_length=1)]
"""A condition in CEL; docs/guards.md describes the language and what can be asked."""


class ProcessSelection(_Rules):
    """One rule of which process an order gets; an order fits when every field given here does."""

    process: Annotated[str, Field(min_length=1)]
    """The process that orders get which fit."""

    store: str | None = None
    """The order's store."""

    payment_method: str | None = None
    """The order's payment method: its field "payment_method", or else "method" in its object "payment"."""

    match: dict[str, Any] = Field(default_factory=dict)
    """Fields of the order's JSON and the values they must have; a dot leads into an object."""

    when: GuardText | None = None
    """A condition in CEL over the order as it is sent (order.store, order.total, order.data and so on) and now."""

    since: str | None = None
    """From when the rule counts, such as 2026-12-01T00:00:00+01:00; null: it always has."""

    until: str | None = None
    """Until when the rule counts, that moment not included; null: for ever."""


class EngineRules(_Rules):
    """All rules; every part has working defaults, so an empty file is valid."""

    checkout: Checkout = Checkout()
    stock_update: StockUpdate = StockUpdate()
    publish: Publish = Publish()
    exchange: Exchange = Exchange()
    execution: Execution = Execution()

    sharing: Sharing | None = None
    """How warehouses are shared between sales channels; null: what is stored of it stays as it is."""

    allocation: Allocation | None = None
    """Which warehouse ships a line; null: an item comes from the warehouse that its line or a command names."""

    # Not strict as to the list only: a YAML list becomes the tuple; what is in it stays strict.
    process_selection: Annotated[tuple[ProcessSelection, ...], Field(strict=False)] = ()
    """Which process an order gets that names none: the first rule it fits decides."""

    guards: dict[GuardName, GuardText] = Field(default_factory=dict)
    """Conditions in CEL by name; a process refers to one by ``condition="rule:NAME"``."""

    options: Options | None = None
    """Inventory options by level; null: what was applied last stays as it is."""

    forget: Forget = Forget()
    _guard_places: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @property
    def guard_places(self) -> Mapping[str, str]:
        """File and line of each guard that was read from a file."""
        return self._guard_places

    def put_guard_places(self, places: Mapping[str, str]) -> None:
        """Note on which line of which file each guard stands."""
        self._guard_places = places
