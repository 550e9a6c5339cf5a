"""The codes of outcomes: why an item, a row of a file or a scheduled run was not dealt with, each with its meaning.

A code stays the same from release to release; programs compare it, and JSON has it as a plain string. What is
refused as a whole is an error, whose code stands in ``engine.errors``; an outcome that has the same reason as an
error has its code too. docs/errors.md lists all of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from engine.errors import (
    AboveMaximum,
    BelowMinimum,
    ItemLocked,
    NotAmendable,
    NotAvailable,
    NotOrderable,
    PluginMissing,
    ProductWithdrawn,
    QuantityAboveItem,
    QuantityInvalid,
    QuantityTooFine,
    StockBelowZero,
    StoreClosed,
    UnknownEvent,
    UnknownItem,
    UnknownOrder,
    UnknownSku,
    UnknownState,
    UnknownStore,
    UnknownWarehouse,
    WarehouseNotForStore,
)


class Code(StrEnum):
    """The code of an outcome; ``meaning`` is one sentence for people, the same wherever the code is told."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Return the member: its string, and what it means."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    def __repr__(self) -> str:
        """Return the string, quoted: a printed report shows what programs compare."""
        return str.__repr__(self)

    # Items that a call or a run did not move
    EVENT_NOT_AVAILABLE = "event_not_available", "The item's state has no such event."
    NOTHING_TO_RETRY = "nothing_to_retry", "Nothing of the item failed that could be tried again."
    ALREADY_THERE = "already_there", "The item is in the state it was to be forced to."
    UNKNOWN_STATE = UnknownState.code, "The item's version of its process has no such state."
    QUANTITY_ABOVE_ITEM = QuantityAboveItem.code, "The item is less than the quantity that was to go."
    STATE_CHANGED = "state_changed", "The item moved on meanwhile; nothing was applied to it."
    CLAIM_LOST = (
        "claim_lost",
        "The claim expired while the command ran or waited for its turn, and somebody else took the item over.",
    )
    ITEM_SUSPENDED = (
        "item_suspended",
        "The item, its order, state, version, process or store is suspended; the message says by whom and why.",
    )
    ITEM_LOCKED = ItemLocked.code, "Somebody else works on the item; the message says who and until when."
    COMMAND_FAILED = (
        "command_failed",
        "The event's command raised, or answered with something that is no answer.",
    )
    CONDITION_FAILED = "condition_failed", "A condition raised, or did not answer with a bool."
    TIMEOUT_PROCESSOR_FAILED = (
        "timeout_processor_failed",
        "The processor of a timeout in the state to be entered raised, or did not answer with a time.",
    )
    PLUGIN_MISSING = (
        PluginMissing.code,
        "A plugin that the step needs is not registered; the item was not touched.",
    )
    AUTOMATIC_LOOP = (
        "automatic_loop",
        "More than 100 automatic steps, or ticks of a conditions run, in a row: the process goes round in circles.",
    )

    # Rows of a file of events
    UNKNOWN_ITEM = UnknownItem.code, "No item has the reference, or none of the order."
    UNKNOWN_ORDER = UnknownOrder.code, "There is no such order."
    UNKNOWN_EVENT = UnknownEvent.code, "No deployed process has such an event."
    AMBIGUOUS_ITEM = "ambiguous_item", "Several items have the reference."

    # Items that a migration or its undoing leaves
    STATE_MISSING = (
        "state_missing",
        "The target version has no state of that name, and none that it was mapped to.",
    )
    COMMAND_OPEN = (
        "command_open",
        "A call of a command was begun for the item and has not ended well; it will be repeated under its key.",
    )
    AUTOMATIC_STEP_DUE = (
        "automatic_step_due",
        "The item's onEnter event is due, and is not the onEnter event of the target state.",
    )
    MOVED_SINCE = "moved_since", "The item has taken a step since it was migrated."

    # Rows of a stock file; a command may name an unknown warehouse too
    BAD_QUANTITY = "bad_quantity", "The quantity is no decimal of at most six places."
    QUANTITY_TOO_FINE = QuantityTooFine.code, "The quantity has more decimals than the product's unit."
    DOUBTFUL_QUANTITY = (
        "doubtful_quantity",
        "The quantity can be read in two ways, 1.250 as 1250 or as 1.25, and the feed does not say which.",
    )
    BAD_FLAG = "bad_flag", "A flag is not 0 or 1 (or true, false), or none of the values that the feed knows."
    BAD_TIME = (
        "bad_time",
        "The time of the count cannot be read, has no offset, or lies too far in the future.",
    )
    BAD_SKU = "bad_sku", "The row has no sku, or one that a spreadsheet has changed."
    BAD_WAREHOUSE = "bad_warehouse", "The row names no warehouse, or not as the feed says that it does."
    UNKNOWN_CODE = "unknown_code", "The feed's table of codes does not have it."
    BAD_TEXT = "bad_text", "The line is not UTF-8, or not in the encoding that the feed declares."
    BAD_QUOTES = "bad_quotes", "The quotes of the line do not match."
    LINE_TOO_LONG = "line_too_long", "The line has more than 65,536 bytes, of orders more than 16 MiB."
    WRONG_COLUMNS = "wrong_columns", "The row has another number of fields than the header."
    BAD_CELL = "bad_cell", "A cell shows an error, or is a formula whose result is not stored."
    BAD_BALANCE = (
        "bad_balance",
        "A balance of a message cannot be told: what it says contradicts itself, or a part is missing.",
    )
    UNNAMED_QUANTITY = (
        "unnamed_quantity",
        "The message has a quantity whose code the feed neither names nor leaves out.",
    )
    NEGATIVE_COUNT = "negative_count", "The count is below zero: 0 is stored, so nothing of it is sold."
    UNKNOWN_SKU = UnknownSku.code, "There is no such concrete product."
    UNKNOWN_WAREHOUSE = UnknownWarehouse.code, "There is no such warehouse."
    LATER_KNOWN = (
        "later_known",
        "The row could not be taken when its import began, and can be since it was resumed. Import the file again.",
    )
    DUPLICATE_ROW = (
        "duplicate_row",
        "The file has several rows for one product and warehouse; none of them is imported.",
    )
    OTHER_DELIVERY = (
        "other_delivery",
        "The row of a delta tells another delivery than the first row of its file, or none.",
    )
    EQUAL_ROW = "equal_row", "The file has the same row several times; it is imported once."
    SUMMED_ROW = "summed_row", "The file has several rows for one product and warehouse; they are added up."
    EARLIER_ROW = (
        "earlier_row",
        "The file has a later row for the same product and warehouse; that one is imported.",
    )
    COUNT_TOO_OLD = "count_too_old", "The stored count is newer."
    STOCK_BELOW_ZERO = StockBelowZero.code, "The row takes off more than there is."
    PROMISED_ELSEWHERE = (
        "promised_elsewhere",
        "What is available cannot become stock: other warehouses may serve what was promised, too.",
    )

    # Items that a count leaves reserved; some of the codes above, too
    SHIPPED_LATER = "shipped_later", "The item left the shelf after the count, which still contains it."
    NOT_ALL_COUNTED = (
        "not_all_counted",
        "Another warehouse from which the item may have come was not counted since.",
    )
    CONDITION_REFUSED = "condition_refused", "No condition lets the item go."
    CAME_MEANWHILE = "came_meanwhile", "The item came to its state while plugins were asked about the others."
    NOT_ASKED = "not_asked", "A condition or command decides, and a dry run asks none."

    # Lines of a cart that cannot be sold
    SOLD_OUT = "sold_out", "Nothing of the product can be sold in the store."
    NOT_ENOUGH = (
        "not_enough",
        "Some of the product can be sold in the store, but less than is asked for in all.",
    )
    NOT_ORDERABLE = (
        NotOrderable.code,
        "Its inventory status, or a maximum of 0, says that it cannot be ordered.",
    )
    BELOW_MINIMUM = BelowMinimum.code, "The lines of the product ask for less than one order must."
    ABOVE_MAXIMUM = AboveMaximum.code, "The lines of the product ask for more than one order may."
    PRODUCT_WITHDRAWN = ProductWithdrawn.code, "The product is withdrawn: it can be ordered no more."
    STORE_CLOSED = StoreClosed.code, "The store is closed: it takes no orders."
    NOT_CONCRETE = (
        "not_concrete",
        "The product is an abstract one: what is sold is one of its concrete products.",
    )
    NOT_ALLOCATED = (
        "not_allocated",
        "The item is to come from no certain warehouse, so none can reject it.",
    )
    WAREHOUSE_NOT_FOR_STORE = (
        WarehouseNotForStore.code,
        "The warehouse does not serve the store, or is not active.",
    )

    # Parts of an amendment
    NOT_AMENDABLE = NotAmendable.code, "The items stand in states that are not flagged amendable."
    NOT_AVAILABLE = NotAvailable.code, "More is asked for than is available."
    UNKNOWN_STORE = UnknownStore.code, "There is no such store, or it belongs to another database."
    UNKNOWN_LINE = "unknown_line", "The order has no such line."
    AMBIGUOUS_LINE = "ambiguous_line", "Several lines of the order have the reference."
    REPEATED_LINE = "repeated_line", "The amendment names the line, or an item of it, twice."
    NO_WAY_OUT = (
        "no_way_out",
        "The process has no state that pieces come to which are taken out of the order.",
    )
    QUANTITY_INVALID = QuantityInvalid.code, "The order would have more of the product than can be stored."

    # Messages of other databases, and parts of them
    NOT_JSON = "not_json", "The message is not JSON, or not Unicode text."
    MESSAGE_INVALID = (
        "message_invalid",
        "The message is JSON, but no message of the exchange as it should be.",
    )
    NEWER_FORMAT = "newer_format", "The message is of a newer format than this version of Earmark reads."
    UNSIGNED = "unsigned", "A shared secret is configured here, and the message is not signed."
    BAD_SIGNATURE = (
        "bad_signature",
        "The message is signed with another secret, or was changed on its way.",
    )
    OWN_MESSAGE = "own_message", "This database sent the message itself."
    OTHER_ORIGIN = "other_origin", "Another database has told of the store before."
    UNKNOWN_REMOTE_STORE = "unknown_remote_store", "The topology does not have the store as a remote one."

    # Runs of jobs, and faults
    STOPPED_BY_GUARD = (
        "stopped_by_guard",
        "A guard of the feed does not believe the file: nothing of it is stored.",
    )
    LEASE_LOST = "lease_lost", "A scheduled run gave no sign of life, and another one took over."
    INTERNAL_ERROR = "internal_error", "A fault of Earmark or of a plugin."
