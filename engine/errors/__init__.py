"""The error tree of Earmark: one base class, a stable code per class, the docstring as the default message.

EarmarkError                      earmark_error
├── Conflict                      conflict
│   ├── ProductWithdrawn          product_withdrawn
│   ├── StoreClosed               store_closed
│   ├── StillNeeded               still_needed
│   ├── NameTaken                 name_taken
│   ├── OrderNotClosed            order_not_closed
│   ├── OrderArchived             order_archived
│   ├── AmendmentRefused          amendment_refused
│   │   └── NotAmendable          not_amendable
│   ├── AmendmentConflict         amendment_conflict
│   ├── AlreadySuspended          already_suspended
│   ├── NotSuspended              not_suspended
│   ├── OrderConflict             order_conflict
│   ├── CartHoldConflict          cart_hold_conflict
│   ├── CartHoldEnded             cart_hold_ended
│   ├── CorrectionConflict        correction_conflict
│   ├── StockBelowZero            stock_below_zero
│   ├── UnitTooCoarse             unit_too_coarse
│   ├── NotAvailable              not_available
│   ├── NotOrderable              not_orderable
│   │   ├── BelowMinimum          below_minimum
│   │   └── AboveMaximum          above_maximum
│   ├── WarehouseNotForStore      warehouse_not_for_store
│   ├── ItemLocked                item_locked
│   ├── ImportInProgress          import_in_progress
│   ├── JobRunning                job_running
│   ├── MigrationUndone           migration_undone
│   └── MigrationPurged           migration_purged
├── DefinitionError               definition_invalid
│   ├── ProcessNotFound           process_not_found
│   │   └── ProcessInactive       process_inactive
│   └── StrandsItems              strands_items
├── StorageError                  storage_failed
│   ├── DatabaseUnusable          database_unusable
│   ├── DatabaseTooNew            database_too_new
│   ├── DatabaseOutdated          database_outdated
│   ├── DatabaseBusy              database_busy
│   └── DatabaseFull              database_full
├── InputError                    input_invalid
│   ├── FileUnreadable            file_unreadable
│   │   └── FileChanged           file_changed
│   ├── QuantityInvalid           quantity_invalid
│   │   ├── QuantityTooFine       quantity_too_fine
│   │   └── QuantityAboveItem     quantity_above_item
│   ├── TimeInvalid               time_invalid
│   ├── ConfigurationInvalid      configuration_invalid
│   │   └── RulesInvalid          rules_invalid
│   └── MigrationInvalid          migration_invalid
├── NotFound                      not_found
│   ├── UnknownStore              unknown_store
│   ├── UnknownWarehouse          unknown_warehouse
│   ├── UnknownSku                unknown_sku
│   ├── UnknownItem               unknown_item
│   ├── UnknownOrder              unknown_order
│   ├── UnknownCartHold           unknown_cart_hold
│   ├── UnknownState              unknown_state
│   ├── UnknownEvent              unknown_event
│   └── UnknownMigration          unknown_migration
└── PluginError                   plugin_invalid
    └── PluginMissing             plugin_missing
"""

from __future__ import annotations

from engine.errors.base import Conflict as Conflict
from engine.errors.base import EarmarkError as EarmarkError
from engine.errors.definitions import DefinitionError as DefinitionError
from engine.errors.definitions import ProcessInactive as ProcessInactive
from engine.errors.definitions import ProcessNotFound as ProcessNotFound
from engine.errors.definitions import StrandsItems as StrandsItems
from engine.errors.leaving import AlreadySuspended as AlreadySuspended
from engine.errors.leaving import AmendmentConflict as AmendmentConflict
from engine.errors.leaving import AmendmentRefused as AmendmentRefused
from engine.errors.leaving import NameTaken as NameTaken
from engine.errors.leaving import NotAmendable as NotAmendable
from engine.errors.leaving import NotSuspended as NotSuspended
from engine.errors.leaving import OrderArchived as OrderArchived
from engine.errors.leaving import OrderNotClosed as OrderNotClosed
from engine.errors.leaving import ProductWithdrawn as ProductWithdrawn
from engine.errors.leaving import StillNeeded as StillNeeded
from engine.errors.leaving import StoreClosed as StoreClosed
from engine.errors.storage import DatabaseBusy as DatabaseBusy
from engine.errors.storage import DatabaseFull as DatabaseFull
from engine.errors.storage import DatabaseOutdated as DatabaseOutdated
from engine.errors.storage import DatabaseTooNew as DatabaseTooNew
from engine.errors.storage import DatabaseUnusable as DatabaseUnusable
from engine.errors.storage import StorageError as StorageError


class InputError(EarmarkError):
    """The input is not valid."""

    code = "input_invalid"


class FileUnreadable(InputError):
    """The file cannot be read."""

    code = "file_unreadable"
    default_remedy = "Check the path and that you may read the file."


class FileChanged(FileUnreadable):
    """The file was written to while it was read."""

    code = "file_changed"
    default_remedy = "Wait until it is written, then run the command again."


class QuantityInvalid(InputError):
    """The quantity is not valid."""

    code = "quantity_invalid"
    default_remedy = "A quantity is a decimal number with at most six places, up to 999999999.999999."


class QuantityTooFine(QuantityInvalid):
    """The quantity has more decimals than the product's unit."""

    code = "quantity_too_fine"
    default_remedy = "Ask for a quantity of whole units, or give the product another unit in the topology."


class QuantityAboveItem(QuantityInvalid):
    """The quantity is above that of the item."""

    code = "quantity_above_item"
    default_remedy = "'earmark order show REF' lists the items of an order, each with its quantity."


class TimeInvalid(InputError):
    """The time is not valid."""

    code = "time_invalid"
    default_remedy = "Write a past time with its offset: 2026-03-01T08:30:00Z or 2026-03-01T09:30:00+01:00."


class ConfigurationInvalid(InputError):
    """The configuration is not valid."""

    code = "configuration_invalid"


class RulesInvalid(ConfigurationInvalid):
    """The rules are not valid."""

    code = "rules_invalid"
    default_remedy = "Mend what is listed; docs/rules.md describes every key."


class MigrationInvalid(InputError):
    """The migration names what does not exist."""

    code = "migration_invalid"
    default_remedy = "'earmark process list' shows versions, 'earmark process show NAME --json' states."


class NotFound(EarmarkError):
    """Something that was named does not exist."""

    code = "not_found"


class UnknownStore(NotFound):
    """There is no such store."""

    code = "unknown_store"
    default_remedy = "Stores come from the topology file: 'earmark topology apply FILE.yaml'."


class UnknownWarehouse(NotFound):
    """There is no such warehouse."""

    code = "unknown_warehouse"
    default_remedy = "Warehouses come from the topology file: 'earmark topology apply FILE.yaml'."


class UnknownSku(NotFound):
    """There is no such concrete product."""

    code = "unknown_sku"
    default_remedy = "Products come from the topology file: 'earmark topology apply FILE.yaml'."


class UnknownItem(NotFound):
    """There is no such order item."""

    code = "unknown_item"
    default_remedy = "'earmark order show REF' lists the items of an order with their ids."


class UnknownOrder(NotFound):
    """There is no such order."""

    code = "unknown_order"
    default_remedy = "Check the order reference."


class UnknownCartHold(NotFound):
    """There is no hold of a cart with this reference."""

    code = "unknown_cart_hold"
    default_remedy = "'earmark cart list' shows the holds; a purge deletes those that have ended."


class UnknownState(NotFound):
    """The process has no such state."""

    code = "unknown_state"
    default_remedy = "'earmark process show NAME --json' lists the states."


class UnknownEvent(NotFound):
    """No deployed process has such an event."""

    code = "unknown_event"
    default_remedy = "'earmark order events REF' lists the events an order's items can take now."


class UnknownMigration(NotFound):
    """There is no such migration."""

    code = "unknown_migration"
    default_remedy = "'earmark process migrations NAME' lists them."


class OrderConflict(Conflict):
    """An order with this reference exists and has another content."""

    code = "order_conflict"
    default_remedy = "Use a new reference, or send the same content again to get the stored order."


class CartHoldConflict(Conflict):
    """A hold with this reference exists for a cart with other lines or of another store."""

    code = "cart_hold_conflict"
    default_remedy = "Use a new reference, or send the same cart again; see 'earmark cart show REF'."


class CartHoldEnded(Conflict):
    """The hold of the cart has ended: its time is over, it was released, or it has become an order."""

    code = "cart_hold_ended"
    default_remedy = "'earmark cart show REF' shows what became of it; a new hold needs a new reference."


class CorrectionConflict(Conflict):
    """A correction of stock with this reference exists and has another content."""

    code = "correction_conflict"
    default_remedy = "Use a new reference, or send the same again; see 'earmark stock history SKU'."


class StockBelowZero(Conflict):
    """A correction would bring stock below zero; ``parameters["below_zero"]`` lists them, with decimal strings."""

    code = "stock_below_zero"
    default_remedy = "Correct it by less, or count the stock anew and import the count."


class UnitTooCoarse(Conflict):
    """Quantities that are stored are finer than the unit would allow."""

    code = "unit_too_coarse"
    default_remedy = "Mend what is listed ('earmark stock correct' for stock), or keep the decimals."


class NotAvailable(Conflict):
    """The quantity asked for is not available.

    ``parameters``: the ``store``, and in ``short`` each ``sku`` with ``asked`` and ``available``, decimal
    strings, and ``never_counted`` where no warehouse of the store has ever counted it.
    """

    code = "not_available"
    default_remedy = "'earmark availability SKU --store S --explain' shows what holds the stock."


class NotOrderable(Conflict):
    """The product cannot be ordered: its inventory status, or a maximum of 0, says so.

    ``parameters``: the ``store``, and in ``lines`` each ``sku`` with a ``code``, a ``message`` and what was
    ``asked``.
    """

    code = "not_orderable"
    default_remedy = "'earmark rules explain SKU --store S' shows which option of which level says so."


class BelowMinimum(NotOrderable):
    """The order asks for less of a product than one order must; ``parameters`` as with NotOrderable."""

    code = "below_minimum"
    default_remedy = (
        "Ask for more, or change minimum_quantity_to_order; 'earmark rules explain' shows its level."
    )


class AboveMaximum(NotOrderable):
    """The order asks for more of a product than one order may; ``parameters`` as with NotOrderable."""

    code = "above_maximum"
    default_remedy = (
        "Ask for less, or change maximum_quantity_to_order; 'earmark rules explain' shows its level."
    )


class WarehouseNotForStore(Conflict):
    """The warehouse that an order line names does not serve the store, or is not active."""

    code = "warehouse_not_for_store"
    default_remedy = "Name another or none; 'earmark topology apply FILE.yaml' links and opens warehouses."


class ItemLocked(Conflict):
    """The item is claimed by somebody else at the moment."""

    code = "item_locked"
    default_remedy = "Try again after the claim has expired."


class ImportInProgress(Conflict):
    """Another stock import is running."""

    code = "import_in_progress"
    default_remedy = "Wait until it has ended, or until its lease has expired."


class JobRunning(Conflict):
    """A run of this job is still going on."""

    code = "job_running"
    default_remedy = "Wait until it has ended, or until its lease has expired."


class MigrationUndone(Conflict):
    """The migration was undone before."""

    code = "migration_undone"
    default_remedy = "'earmark process migrations NAME' shows when; 'earmark process migrate' does it again."


class MigrationPurged(Conflict):
    """What undoing the migration needs was purged."""

    code = "migration_purged"
    default_remedy = "Migrate the items to where they were: 'earmark process migrate NAME --to VERSION'."


class PluginError(EarmarkError):
    """A plugin cannot be used."""

    code = "plugin_invalid"
    default_remedy = "See docs/plugins.md for what a plugin looks like."


class PluginMissing(PluginError):
    """The process names a plugin that is not registered."""

    code = "plugin_missing"
    default_remedy = "Load the module that registers it: --plugins MODULE_OR_FILE or EARMARK_PLUGINS."
