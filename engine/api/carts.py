"""The verbs of carts: holding their pieces for a time, before there is an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.api.base import Base
from engine.clock import to_datetime
from engine.holds import carts, ending
from engine.quantity import parse_quantity, to_decimal
from engine.reading import carts as reading
from engine.reading import selling
from engine.requests import CartRequest, SaleLine, mentioned
from engine.results import CartHoldPage, CartHoldView, CartLineView, SaleView
from engine.topology.sharing_rules import ensure_sharing


class Carts(Base):
    """Holds carts and shows what is held."""

    def can_sell(
        self,
        lines: Sequence[SaleLine | Mapping[str, Any]],
        store: str,
        *,
        in_cart: Sequence[SaleLine | Mapping[str, Any]] = (),
        hold: str | None = None,
    ) -> SaleView:
        """Return whether lines can be sold in a store, all together and each by itself, in the order asked.

        For a product page (a line without quantity asks whether there is any), before something is added to a cart
        (``in_cart`` counts and is not answered), and before a checkout (``hold`` is the reference of the hold that
        the cart has). Lines of one sku add up. It reserves nothing, and what is wrong with one line does not matter
        to the others: each has a ``code``. Raises UnknownStore, InputError for what is no line, and of the hold
        what placing raises: UnknownCartHold, CartHoldConflict when it is of another store, CartHoldEnded when it
        has become an order.
        """
        ensure_sharing(self.runtime)
        return selling.can_sell(self.runtime, lines, store, in_cart=in_cart, hold=hold)

    def hold_cart(self, request: CartRequest, *, hold_for: str) -> CartHoldView:
        """Hold all that the cart asks for, from now on for so long (``15 minutes``): nobody else can have it.

        An order that names the hold gets the pieces. The same cart asked for again is answered with the hold as it
        is; its time does not begin anew. Raises NotAvailable with what is short, and then nothing is held;
        CartHoldConflict, CartHoldEnded, UnknownStore, UnknownSku, UnknownWarehouse, WarehouseNotForStore,
        InputError.
        """
        ensure_sharing(self.runtime)
        with self._span("hold_cart", store=request.store):
            held = carts.hold_cart(self.runtime, request, hold_for)
            if held.existing:
                return reading.cart_hold(self.runtime, request.reference, existing=True)
        return CartHoldView(
            reference=request.reference,
            store=request.store,
            status="held",
            until=to_datetime(held.until),
            taken_at=to_datetime(held.taken_at),
            ended_at=None,
            order=None,
            items=tuple(
                CartLineView(sku, to_decimal(parse_quantity(line.quantity)), line.warehouse)
                for sku, line in zip(held.skus, request.items, strict=True)
            ),
        )

    def extend_cart_hold(self, reference: str, *, hold_for: str) -> CartHoldView:
        """Have the hold last for so long from now, unless it lasts longer anyway.

        Raises UnknownCartHold, CartHoldEnded, InputError.
        """
        reference = mentioned(reference)
        with self._span("extend_cart_hold"):
            ending.extend_cart_hold(self.runtime, reference, hold_for)
            return reading.cart_hold(self.runtime, reference)

    def release_cart_hold(self, reference: str) -> CartHoldView:
        """End the hold: others can have the pieces. One that has ended already is answered alike.

        Raises UnknownCartHold, and CartHoldEnded when the cart has become an order.
        """
        reference = mentioned(reference)
        with self._span("release_cart_hold"):
            before = ending.release_cart_hold(self.runtime, reference)
            return reading.cart_hold(self.runtime, reference, existing=before)

    def cart_hold(self, reference: str) -> CartHoldView:
        """Return the hold of a cart, also of one that has ended. Raises UnknownCartHold."""
        return reading.cart_hold(self.runtime, mentioned(reference))

    def cart_holds(
        self,
        *,
        store: str | None = None,
        status: str | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> CartHoldPage:
        """Return a page of cart holds, the newest first; ``status`` is held, expired, released or placed.

        ``after`` is the ``next`` of the page before. Raises UnknownStore and InputError.
        """
        return reading.cart_holds(
            self.runtime, store=mentioned(store), status=status, limit=limit, after=after
        )
