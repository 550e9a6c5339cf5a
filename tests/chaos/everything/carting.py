"""Customers with carts: held for a moment, prolonged, given up, and turned into an order that may come too late."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from engine.requests import CartRequest
from engine.results import CartHoldView
from tests.chaos.everything.buying import Buying
from tests.chaos.everything.stage import HOUSES, NAMED, OTHERS, WATCHED

RECENT_S = 8
"""Carts of before that are forgotten: a purge may have deleted them."""


class Carting(Buying):
    """Holding carts."""

    _carts = count(1)

    def hold_cart(self) -> None:
        """A new cart, or one that was asked for before."""
        cart = self._recent() if self.lots.random() < 0.2 else None
        cart = cart or self._cart()
        lasts = self.lots.choice([1, 1, 2, 4])
        request = CartRequest.model_validate(cart)
        self.ask(
            "hold_cart",
            cart,
            lambda engine: engine.hold_cart(request, hold_for=f"{lasts} seconds"),
            told=_told,
        )

    def extend_cart(self) -> None:
        cart = self._recent()
        if cart is not None:
            reference = cart["reference"]
            self.ask(
                "extend_cart",
                {"cart": reference},
                lambda engine: engine.extend_cart_hold(reference, hold_for="2 seconds"),
                told=_told,
            )

    def release_cart(self) -> None:
        cart = self._recent()
        if cart is not None:
            reference = cart["reference"]
            self.ask(
                "release_cart",
                {"cart": reference},
                lambda engine: engine.release_cart_hold(reference),
                told=_told,
            )

    def place_cart(self) -> None:
        """The order of a cart, mostly of what is held; another one may have come before."""
        cart = self._recent()
        if cart is None:
            return
        lines = [(line["sku"], line["quantity"], line.get("warehouse")) for line in cart["items"]]
        if self.lots.random() < 0.2:
            lines = [(sku, quantity + 1, house) for sku, quantity, house in lines]
        kind = "Rush" if lines[0][0] in (*WATCHED, *NAMED) else "Sale"
        reference, _, document = self._new(kind, cart["store"], lines)
        self._place("place_cart", (reference, kind, {**document, "hold": cart["reference"]}))

    def _cart(self) -> dict[str, Any]:
        skus, houses = self.lots.choice([(WATCHED, [None]), (NAMED, HOUSES), (OTHERS[:3], [None])])
        items = [
            {"sku": sku, "quantity": self.lots.choice([1, 1, 2]), "warehouse": self.lots.choice(houses)}
            for sku in self.lots.sample(skus, min(len(skus), self.lots.choice([1, 2])))
        ]
        reference = f"cart {self.name} {next(self._carts)}"
        return {"reference": reference, "store": self.lots.choice(["DE", "AT"]), "items": items}

    def _recent(self) -> dict[str, Any] | None:
        """A cart that somebody has wanted held a moment ago."""
        found = self.outside.rows(
            "SELECT about FROM call WHERE deed = 'hold_cart' AND asked_at > ? ORDER BY id DESC LIMIT 12",
            self.now - RECENT_S * 1_000_000,
        )
        return json.loads(self.lots.choice(found)[0]) if found else None


def _told(view: CartHoldView) -> dict[str, Any]:
    return {"status": view.status}
