"""The verbs of orders: placing them, and looking at them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.api.base import Base
from engine.operations import placement
from engine.reading import listing, orders
from engine.requests import Listing, OrderRequest, mentioned
from engine.results import ManualEvent, OrderPage, OrderView, PlaceReport
from engine.runtime import Progress, no_progress


class Orders(Base):
    """Places orders and shows them."""

    def place(self, request: OrderRequest) -> OrderView:
        """Place an order: check, reservation or hold, and order in one transaction.

        A stored order with the same reference and content is returned as it is. Raises NotAvailable,
        OrderConflict, UnknownStore, UnknownSku, UnknownWarehouse, WarehouseNotForStore, ProcessNotFound.
        """
        with self._span("place", store=request.store):
            existing = placement.place_one(self.runtime, request)
        return orders.order(self.runtime, request.reference, existing=existing)

    def place_many(
        self, requests: Iterable[tuple[int, OrderRequest]], *, progress: Progress = no_progress
    ) -> PlaceReport:
        """Place orders in order of arrival, each given with the number of its input line."""
        with self._span("place_many"):
            return placement.place_many(self.runtime, requests, progress)

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
