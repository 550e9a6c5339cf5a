"""Buyers: single orders, many at once, the last pieces, the same reference again, a warehouse named in the line."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from engine.results import OrderView, PlaceReport
from tests.chaos.everything.deeds import Deeds, Order, request
from tests.chaos.everything.stage import HOUSES, NAMED, OTHERS, WATCHED


class Buying(Deeds):
    """Placing orders."""

    _numbers = count(1)

    def place(self) -> None:
        """An order of one of the kinds."""
        self._place("place", self._order(self.lots.choice(["Rush", "Named", "Sale", "Sale"])))

    def place_last(self) -> None:
        """What is left of something, one order after the other, until it is refused."""
        sku, store = self.lots.choice(WATCHED), self.lots.choice(["DE", "AT"])
        for _ in range(12):
            if self._place("place_last", self._new("Rush", store, [(sku, 1, None)])) is None:
                return

    def place_named(self) -> None:
        """From a warehouse that the line names."""
        self._place("place_named", self._order("Named"))

    def place_endless(self) -> None:
        """What may be never out of stock."""
        self._place("place_endless", self._new("Sale", "DE", [("endless-1", 3, None)]))

    def place_many(self) -> None:
        """Many at once, one of them twice, and one that others have asked for."""
        orders = [self._order(self.lots.choice(["Rush", "Named", "Sale"])) for _ in range(6)]
        again = self._repeated()
        orders += [orders[0], *([] if again is None else [again])]

        def told_of(report: PlaceReport) -> dict[int, str]:
            refused = {refusal.line: refusal.code for refusal in report.refused}
            return {line: refused.get(line, "accepted") for line in range(1, len(orders) + 1)}

        self.ask(
            "place_many",
            {},
            lambda engine: engine.place_many(list(enumerate(map(request, orders), start=1))),
            orders=orders,
            told=lambda report: {"placed": report.placed, "existing": report.existing},
            told_of=told_of,
        )

    def place_again(self) -> None:
        """The same order again; or another one under its reference."""
        order = self._repeated() or self._order("Sale")
        if self.lots.random() < 0.3:
            reference, kind, document = order
            lines = [{**line, "quantity": line["quantity"] + 1} for line in document["items"]]
            order = (reference, kind, {**document, "items": lines})
        self._place("place_again", order)

    def _place(self, deed: str, order: Order) -> OrderView | None:
        return self.ask(
            deed,
            {},
            lambda engine: engine.place(request(order)),
            orders=[order],
            told=lambda view: {"items": [item.id for item in view.items]},
            told_of=lambda view: {1: "accepted"},
        )

    def _repeated(self) -> Order | None:
        found = self.outside.rows(
            "SELECT reference, kind, document FROM asked_order ORDER BY call DESC, line LIMIT 40"
        )
        if not found:
            return None
        reference, kind, document = self.lots.choice(found)
        return reference, kind, json.loads(document)

    def _order(self, kind: str) -> Order:
        """A new order with a line or two."""
        lines = self.lots.choice([1, 1, 2])
        if kind == "Rush":
            found = [(self.lots.choice(WATCHED), 1, None) for _ in range(lines)]
            return self._new(kind, self.lots.choice(["DE", "AT"]), found)
        if kind == "Named":
            chosen = [
                (self.lots.choice(NAMED), self.lots.choice([1, 1, 2]), self.lots.choice(HOUSES))
                for _ in range(lines)
            ]
            return self._new(kind, self.lots.choice(["DE", "AT"]), chosen)
        others = [(self.lots.choice(OTHERS[:3]), self.lots.choice([1, 1, 2]), None) for _ in range(lines)]
        return self._new("Sale", self.lots.choice(["DE", "AT", "US", "CH"]), others)

    def _new(self, kind: str, store: str, lines: list[tuple[str, int, str | None]]) -> Order:
        reference = f"{kind} {self.name} {next(self._numbers)}"
        items: list[dict[str, Any]] = [
            {"sku": sku, "quantity": quantity, **({"warehouse": house} if house else {})}
            for sku, quantity, house in lines
        ]
        process = "Sale" if kind == "Sale" else "Rush"
        return reference, kind, {"reference": reference, "store": store, "process": process, "items": items}
