"""The verbs of orders: placing and amending them, and looking at them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.api.base import Base
from engine.operations import placement
from engine.operations.amending.call import amend
from engine.reading import listing, orders
from engine.requests import Listing, OrderRequest, mentioned
from engine.requests.amending import AmendmentRequest
from engine.results import Amended, ManualEvent, OrderPage, OrderView, PlaceReport
from engine.runtime import Progress, no_progress
from engine.storage.database import Reader
from engine.topology.sharing_rules import ensure_sharing


class Orders(Base):
    """Places orders, amends them, and shows them."""

    def place(self, request: OrderRequest) -> OrderView:
        """Place an order: check, reservation or hold, and order in one transaction.

        A stored order with the same reference and content is returned as it is. Raises NotAvailable,
        OrderConflict, UnknownStore, UnknownSku, UnknownWarehouse, WarehouseNotForStore, ProcessNotFound, and for
        the cart hold that it names UnknownCartHold, CartHoldConflict, CartHoldEnded.
        """
        ensure_sharing(self.runtime)
        with self._span("place", store=request.store):
            return self._shown(request, placement.place_one(self.runtime, request))

    async def aplace(self, request: OrderRequest) -> OrderView:
        """Do what ``place`` does without blocking the event loop.

        Orders that are placed at the same time share a transaction. Whoever is cancelled while it waits has placed
        nothing; later the order is placed wholly or refused, and ``order`` tells which.
        """
        ensure_sharing(self.runtime)
        with self._span("place", store=request.store):
            outcome = await placement.place_one_async(self.runtime, request)
            if outcome.as_stored is not None:
                return self._shown(request, outcome)
            import asyncio  # who has come here has it already; others start faster without

            return await asyncio.to_thread(self._shown, request, outcome)

    def _shown(self, request: OrderRequest, outcome: placement.Outcome) -> OrderView:
        placed = outcome.as_stored
        if placed is None:
            return orders.order(self.runtime, request.reference, existing=outcome.existing)
        version = placed.order.version
        places = [version.place(placed.order.arrival.state)] * len(placed.items)
        return orders.order_view(placed, version, placed.rows(), places, placed.placed_at)

    def place_many(
        self, requests: Iterable[tuple[int, OrderRequest]], *, progress: Progress = no_progress
    ) -> PlaceReport:
        """Place orders in order of arrival, each given with the number of its input line."""
        ensure_sharing(self.runtime)
        with self._span("place_many"):
            return placement.place_many(self.runtime, requests, progress)

    def amend(self, reference: str, request: AmendmentRequest, *, dry_run: bool = False) -> Amended:
        """Amend a stored order in one transaction, all of it or nothing; a ``dry_run`` only tells what it comes to.

        More is checked and reserved as by placing, less is taken out to the state that the process has for it. What
        is sent again with the same key gets the same answer.

        Raises UnknownOrder, AmendmentConflict (the key), and with all problems of the amendment AmendmentRefused,
        or the error that they have in common: NotAmendable, NotAvailable, NotOrderable, BelowMinimum, AboveMaximum,
        ItemLocked, QuantityInvalid, QuantityTooFine, UnknownItem, UnknownSku, UnknownStore, UnknownWarehouse,
        WarehouseNotForStore.
        """
        ensure_sharing(self.runtime)
        reference = mentioned(reference)
        with self._span("amend", order=reference):
            return amend(self.runtime, reference, request, self._read, dry_run=dry_run)

    def _read(self, reader: Reader, reference: str, now: int) -> OrderView:
        return orders.read_order(self.runtime, reader, reference, now)

    def order(self, reference: str) -> OrderView:
        """Return the stored order. Raises UnknownOrder."""
        return orders.order(self.runtime, mentioned(reference))

    def orders(self, wanted: Listing | None = None) -> OrderPage:
        """Return a page of orders, the newest first.

        Raises ProcessNotFound, UnknownState, UnknownStore, UnknownSku, InputError.
        """
        return listing.orders(self.runtime, wanted or Listing())

    def order_events(self, reference: str, *, item: int | None = None) -> list[ManualEvent]:
        """Return the events that some item of the order, or the given one, can take now.

        Raises UnknownOrder, and UnknownItem for an item that is not one of the order's.
        """
        return orders.order_events(self.runtime, mentioned(reference), item)
