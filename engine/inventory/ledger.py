"""The ledger of a unit of work: the one place that writes reservations and availability.

A transaction that can change availability locks the rows of every store it may concern, then posts its
deltas, and settles once at the end: abstract products follow, and what became of each row is compared with
what it was when it was locked. Everything is set-based: the number of statements does not depend on the
number of rows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from engine.errors import EarmarkError, PluginError, QuantityInvalid
from engine.hooks import Plugins, ReservationChange, ReservationHandler
from engine.inventory.allotments import Allotments
from engine.inventory.messages import (
    AVAILABILITY,
    DRIFT,
    SHORTFALL,
    availability_events,
    drift_message,
    plugin_message,
    to_json,
)
from engine.inventory.promised import LARGEST_SUM, Pair, Promised, is_quiet
from engine.plugin_calls import end_if_forked, failure_of
from engine.quantity import to_decimal
from engine.results import GrownShortfall
from engine.storage.database import Record, Work
from rules import EngineRules


class Ledger:
    """Reservations and availability within one unit of work; what reservation handlers are given.

    The order of calls: one of the ``lock_`` methods, then ``post`` or ``refresh_`` as often as needed, then
    ``settle`` once; after that it may all begin again. ``grown`` are the shortfalls that were published.
    """

    def __init__(self, work: Work, plugins: Plugins, rules: EngineRules) -> None:
        self._work = work
        self._plugins = plugins
        self._amounts = rules.publish.on == "amount"
        self._posted: _Changes | None = None
        self._abstracts = False
        self._settled = True
        self.grown: list[GrownShortfall] = []
        self.allotments = Allotments(work, plugins)

    def _begin(self) -> None:
        """Forget what was settled, here or by the unit of work that used the connection before."""
        if self._settled:
            self._work.run("ledger_clear_touched")
            self._settled = False

    def lock_deltas(self, *, named: bool = False) -> None:
        """Lock the availability rows that the deltas in the temporary table ``pair_delta`` concern.

        With ``named`` there are deltas of single warehouses in ``warehouse_delta``, too.
        """
        self._begin()
        self._work.run("ledger_lock_named" if named else "ledger_lock_deltas")

    def lock_pairs(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Lock the availability rows of (product id, store id) pairs and of the stores sharing with them."""
        self._begin()
        self._work.run("ledger_lock_pairs", pairs=list(pairs))

    def lock_products(self, product_ids: Sequence[int]) -> None:
        """Lock every store's availability row of the products."""
        self._begin()
        self._work.run("ledger_lock_products", products=list(product_ids))

    def read_locked(self, pairs: Sequence[Pair]) -> Callable[[], list[Record]]:
        """Lock the availability rows of (product id, store id) pairs; return what fetches them as they are then.

        Nobody changes the topology from now on until the unit of work ends.
        """
        if self._work.dialect == "postgresql":
            self._work.run("keep_topology")
        return self._work.ask("ledger_read_locked", pairs=list(pairs))

    def promise(self, promised: Promised, rows: Sequence[Record], *, balance: bool = False) -> None:
        """Add to the reservations what new orders promise, with everything that follows; ``settle`` is included.

        ``rows`` are all availability rows that it concerns, from ``read_locked``. Where nothing is to be told of
        them, nothing is to be balanced, and nobody but availability follows the reservations, it takes two
        statements, and a third where something is promised at single warehouses.
        """
        quiet = self._only_availability_follows() and not self._amounts and not balance
        named = promised.named()
        if quiet and promised.fits and is_quiet(promised, rows):
            self._work.run("ledger_add_reserved", rows=promised.own())
            self._work.run("ledger_add_promised", rows=promised.shared())
            if named:
                self._work.run("ledger_add_named", rows=named)
            return
        self.lock_pairs(promised.pairs())
        self._work.run("ledger_add_deltas", rows=promised.own())
        if named:
            self._work.run("ledger_add_named_deltas", rows=named)
        self.post(named=bool(named))
        self.settle()

    def _only_availability_follows(self) -> bool:
        handlers = self._plugins.reservation_handlers()
        return bool(handlers) and all(getattr(handler, "only_availability", False) for handler in handlers)

    def post(self, *, named: bool = False) -> None:
        """Add the deltas to the reservations, call the reservation handlers, and empty the deltas.

        With ``named`` there are deltas of single warehouses in ``warehouse_delta``, too: what is promised
        there, and what follows from it, changes as well.
        """
        if named:
            self._work.run("ledger_post_named")
            self._work.run("ledger_clear_named")
        changed = self._work.changed("ledger_post")
        if changed:
            self._posted = _Changes(self._work, changed)
            for handler in self._plugins.reservation_handlers():
                self._tell(handler, self._posted)
            self._posted.close()
            self._posted = None
        self._work.run("ledger_clear_deltas")
        if named:
            self._work.run("ledger_refresh_named")

    def _tell(self, handler: ReservationHandler, changes: Sequence[ReservationChange]) -> None:
        process = os.getpid()
        try:
            handler(changes, self)
        except EarmarkError:
            raise
        except BaseException as error:  # the unit of work is undone
            told = failure_of(error, process)
            name = getattr(handler, "__qualname__", repr(handler))
            raise PluginError(
                f"the reservation handler {name} failed, so nothing of this step was stored: {told}",
                remedy="Mend or remove the plugin, then try again.",
            ) from error
        end_if_forked(process)

    def write_availability(self, changes: Sequence[ReservationChange]) -> None:
        """Compute availability afresh for the changed (store, sku) and for the stores sharing with them."""
        if changes is self._posted:
            self._work.run("ledger_write_deltas")
            return
        pairs = [(change.product_id, change.store_id) for change in changes]
        if pairs:
            self.lock_pairs(pairs)
            self._work.run("ledger_write_pairs", pairs=pairs)

    def refresh_stock(self, product_ids: Sequence[int]) -> None:
        """Compute stock, never-out-of-stock and availability of the products afresh, in every store.

        To be called after a change of stock rows, of warehouses, or of the links between them and stores.
        """
        self._work.run("ledger_refresh_stock", products=list(product_ids))
        self._work.run("ledger_refresh_named")
        self.balance(product_ids)

    def refresh_locked(self) -> None:
        """Do what ``refresh_stock`` does for everything that is locked, where it changes something."""
        self._work.run("ledger_refresh_locked")
        self._work.run("ledger_refresh_named")
        if self.allotments.pooled:
            self.balance([product for (product,) in self._work.tuples("balance_touched")])

    def balance(self, product_ids: Sequence[int]) -> int:
        """Allot the products, whose rows are locked, to channel groups anew; return how many allotments changed."""
        return self.allotments.balance(self._work, product_ids)

    def refresh_reserved(self, product_ids: Sequence[int]) -> None:
        """Compute reserved, held and availability of the products afresh, in every store.

        To be called after a change of who shares with whom.
        """
        self._work.run("ledger_refresh_reserved", products=list(product_ids))
        self._work.run("ledger_refresh_named")

    def refresh_abstracts(self, product_ids: Sequence[int]) -> None:
        """Have ``settle`` compute the abstract products of these products whether or not these changed."""
        if not self._abstracts:
            self._work.run("ledger_clear_abstracts")
        self._work.run("ledger_lock_abstracts_of", products=list(product_ids))
        self._abstracts = True

    def publish(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Put a message into the outbox."""
        self._work.run("outbox_add", kind=kind, payload=plugin_message(kind, payload), now=self._work.now)

    def settle(self, *, balanced: bool = False) -> None:
        """Compute the abstract products of what changed and put this unit of work's events into the outbox.

        An availability event is written per abstract product and store when it or one of its concrete
        products became sellable or ceased to be (or changed at all, when the rules say so), a shortfall per
        sku and store that promises more above its stock than before, and one of drift per sku and store whose
        reservation is below zero. Products are balanced first where that is due, unless all are ``balanced``.
        Raises QuantityInvalid when a sum grew beyond what can be stored.
        """
        if self._settled:
            return
        after = self._compared()
        if after.channel_groups and not balanced and (due := self._work.tuples("balance_due")):
            self.balance([product for (product,) in due])
            after = self._compared()
        if max(after.reserved or 0, after.held or 0) > LARGEST_SUM:
            raise QuantityInvalid("the reserved quantity of a product would grow beyond what can be stored")
        if after.flipped or after.flagged or (after.changed and self._amounts) or self._abstracts:
            # What an abstract product has to tell follows from its concrete ones: while none of these starts or
            # ceases to be sellable, its own row stays as it is.
            if not self._abstracts:
                self._work.run("ledger_clear_abstracts")
            self._work.run("ledger_lock_abstracts")
            self._work.run("ledger_write_abstracts")
            self._work.run("ledger_raise_versions", amount=int(self._amounts))
            events = availability_events(self._work.all("ledger_events"), self._work.now)
            self._publish_all(AVAILABILITY, [to_json(event) for event in events])
        if after.short:
            grown = [_grown(row) for row in self._work.all("ledger_shortfalls")]
            self.grown += grown
            self._publish_all(SHORTFALL, [to_json(one.as_dict()) for one in grown])
        if after.negative:
            rows = self._work.all("ledger_negatives")
            self._publish_all(DRIFT, [to_json(drift_message(row)) for row in rows])
        self._abstracts = False
        self._settled = True

    def _compared(self) -> Record:
        (after,) = self._work.all("ledger_compare")
        return after

    def _publish_all(self, kind: str, payloads: Sequence[str]) -> None:
        now = self._work.now
        self._work.many("outbox_add", [{"kind": kind, "payload": text, "now": now} for text in payloads])


def _grown(row: Record) -> GrownShortfall:
    more, before = to_decimal(int(row.shortfall)), to_decimal(int(row.shortfall_before))
    return GrownShortfall(row.store, row.sku, more, before)


class _Changes(Sequence[ReservationChange]):
    """The batch of changes, loaded only when a handler looks at it: the built-in one never does."""

    def __init__(self, work: Work, count: int) -> None:
        self._work = work
        self._count = count
        self._open = True
        self._loaded: list[ReservationChange] | None = None

    def close(self) -> None:
        """From now on only what was loaded can be seen."""
        self._open = False

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> ReservationChange: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ReservationChange]: ...
    def __getitem__(self, index: int | slice) -> ReservationChange | Sequence[ReservationChange]:
        return self._rows()[index]

    def _rows(self) -> list[ReservationChange]:
        if self._loaded is None:
            if not self._open:
                raise RuntimeError("the changes of a reservation must be read while the handler runs")
            self._loaded = [
                ReservationChange(
                    store_id=row.store_id,
                    product_id=row.product_id,
                    store=row.store,
                    sku=row.sku,
                    before=to_decimal(row.amount_before),
                    after=to_decimal(row.amount_after),
                )
                for row in self._work.all("ledger_changes")
            ]
        return self._loaded
