"""The orders of the demonstration, made from the seed: good ones, and some that have to be refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from earmark.demo.world import AT, DE, Product, World
from engine.requests import OrderLine, OrderRequest

CARD, PREPAYMENT, PICKUP = "DummyPayment", "Prepayment", "ClickAndCollect"
"""The names of the processes: card payment, money first, and the demonstration's own for collecting."""

DECLINED_ONE_IN = 25


class Habit(StrEnum):
    """What the customer of an order does about it."""

    PROMPT = "prompt"
    LATE = "late"
    NEVER = "never"
    CANCELS = "cancels"
    RETURNS = "returns"


@dataclass(frozen=True, slots=True)
class Sale:
    """An order together with its customer's habit; a late customer pays once reminded."""

    request: OrderRequest
    habit: Habit

    @property
    def reference(self) -> str:
        """The order's reference."""
        return self.request.reference


_PARTS = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"))
_HABITS = {Habit.PROMPT: 70, Habit.LATE: 14, Habit.NEVER: 8, Habit.CANCELS: 2, Habit.RETURNS: 6}


def sales(world: World) -> Iterator[Sale]:
    """Yield the world's orders, all of them well formed; whether they can be served is up to the stock."""
    chance = random.Random(f"orders {world.seed}")
    for number in range(1, world.orders + 1):
        store = DE if chance.random() < 0.6 else AT
        process = chance.choices((CARD, PREPAYMENT, PICKUP), (6, 3, 1))[0]
        lines = chance.choices((1, 2, 3, 4, 5), (1, 2, 4, 2, 1))[0]
        products = chance.choices(world.products, cum_weights=world.cumulated_demand, k=lines)
        habit = chance.choices(tuple(_HABITS), tuple(_HABITS.values()))[0]
        content = {
            "reference": f"{store}-{number:05}",
            "store": store,
            "process": process,
            "currency": "EUR",
            "items": [_line(chance, product) for product in products],
            "payment": _payment(process, habit, declined=chance.randrange(DECLINED_ONE_IN) == 0),
        }
        request = OrderRequest.model_validate(content)
        yield Sale(request, habit)


def mistakes(placed: OrderRequest) -> Iterator[OrderRequest]:
    """Yield orders as they come in real life: sent twice, changed under the same reference, misspelt."""
    yield placed
    yield placed.model_copy(update={"currency": "CHF"})
    line = OrderLine(sku="000_0", quantity=Decimal(1))
    yield placed.model_copy(update={"reference": "DE-UNKNOWN-SKU", "items": (line,)})
    yield placed.model_copy(update={"reference": "FR-UNKNOWN-STORE", "store": "FR"})
    yield placed.model_copy(update={"reference": "DE-UNKNOWN-PROCESS", "process": "Barter01"})


def _payment(process: str, habit: Habit, *, declined: bool) -> dict[str, bool]:
    """Return what the order says about its own payment; only the card process listens."""
    if process != CARD:
        return {}
    return {"authorized": not declined, "paid": habit not in (Habit.LATE, Habit.NEVER)}


def _line(chance: random.Random, product: Product) -> dict[str, Any]:
    quantity = Decimal(chance.choices((1, 2, 3), (7, 2, 1))[0])
    return {
        "sku": product.sku,
        "quantity": quantity + chance.choice(_PARTS) if product.by_the_metre else quantity,
    }
