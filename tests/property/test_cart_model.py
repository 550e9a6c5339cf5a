"""Carts and orders next to a plain model: first come, first served, and a cart's order gets what it holds."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from engine.errors import EarmarkError
from tests.helpers.memory import memory
from tests.helpers.shop import Shop, cart, numbered, order

SALE = "states paid* done\npaid -> done : close"
SKUS = ("tea-1", "tea-2")
STORES = ("DE", "AT", "US")
MINUTE = 60

stores = st.sampled_from(("DE", "DE", "AT", "US"))
goods = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1)
carts = st.integers(0, 5).map(lambda number: f"cart-{number}")
minutes = st.integers(1, 4)


@dataclass
class Cart:
    """The hold of a cart; times in seconds since the start."""

    store: str
    goods: dict[str, int]
    until: int
    outcome: str | None = None
    order: str | None = None

    def status(self, now: int) -> str:
        return self.outcome or ("held" if now < self.until else "expired")


@dataclass
class Plain:
    """What there is, what is promised, and what is held."""

    now: int = 0
    stock: Counter[tuple[str, str]] = field(default_factory=Counter)
    reserved: Counter[tuple[str, str]] = field(default_factory=Counter)
    carts: dict[str, Cart] = field(default_factory=dict)

    def held(self, store: str, sku: str) -> int:
        """What the carts of a store hold."""
        live = (
            cart for cart in self.carts.values() if cart.store == store and cart.status(self.now) == "held"
        )
        return sum(cart.goods.get(sku, 0) for cart in live)

    def row(self, store: str, sku: str) -> tuple[int, int, int, int]:
        """Stock, reserved, held and available, as it is told."""
        near = ("DE", "AT") if store in ("DE", "AT") else (store,)
        stock = self.stock["South" if store == "US" else "North", sku]
        reserved, held = (sum(of(other, sku) for other in near) for of in (self._reserved, self.held))
        return stock, reserved, held, max(0, stock - reserved - held)

    def _reserved(self, store: str, sku: str) -> int:
        return self.reserved[store, sku]

    def hold(self, reference: str, store: str, wanted: dict[str, int], until: int) -> str | None:
        """Hold a cart; return the code of what refuses it."""
        known = self.carts.get(reference)
        if known is not None:
            if (known.store, known.goods) != (store, wanted):
                return "cart_hold_conflict"
            return None if known.status(self.now) == "held" else "cart_hold_ended"
        if any(need > self.row(store, sku)[3] for sku, need in wanted.items()):
            return "not_available"
        self.carts[reference] = Cart(store, wanted, until)
        return None

    def place(self, reference: str, store: str, wanted: dict[str, int], hold: str | None) -> str | None:
        """Place an order; return the code of what refuses it."""
        own: dict[str, int] = {}
        if hold is not None:
            known = self.carts.get(hold)
            if known is None:
                return "unknown_cart_hold"
            if known.store != store:
                return "cart_hold_conflict"
            if known.order is not None:
                return "cart_hold_ended"
            own = known.goods if known.status(self.now) == "held" else {}
        if any(need > own.get(sku, 0) + self.row(store, sku)[3] for sku, need in wanted.items()):
            return "not_available"
        for sku, need in wanted.items():
            self.reserved[store, sku] += need
        if hold is not None:
            self.carts[hold].outcome, self.carts[hold].order = "placed", reference
        return None


class Carts(RuleBasedStateMachine):
    """A shop in which carts are held, and the model of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=memory())
        self.shop = Shop(Path(self.folder.name))
        self.plain = Plain()
        self.orders = 0

    @initialize(amounts=st.lists(st.integers(0, 9), min_size=4, max_size=4))
    def open(self, amounts: list[int]) -> None:
        self.shop.stocked()
        self.shop.deploy(SALE)
        places = [(house, sku) for house in ("North", "South") for sku in SKUS]
        for (house, sku), amount in zip(places, amounts, strict=True):
            self.count(house, sku, amount)

    def count(self, house: str, sku: str, amount: int) -> None:
        self.shop.restock(f"{sku},{house},{amount}")
        self.plain.stock[house, sku] = amount

    def _asks(self, ask, expected: str | None) -> None:
        try:
            ask()
            code = None
        except EarmarkError as error:
            code = error.code
        assert code == expected

    @rule(reference=carts, store=stores, wanted=goods, lasts=minutes)
    def hold(self, reference: str, store: str, wanted: dict[str, int], lasts: int) -> None:
        expected = self.plain.hold(reference, store, wanted, self.plain.now + lasts * MINUTE)
        lines = [f"{sku} {amount}" for sku, amount in wanted.items()]
        asked = cart(reference, *lines, store=store)
        self._asks(lambda: self.shop.engine.hold_cart(asked, hold_for=f"{lasts} minutes"), expected)

    @rule(
        wanted=st.lists(st.tuples(st.none() | carts, stores, goods, st.booleans()), min_size=1, max_size=3),
    )
    def place(self, wanted: list[tuple[str | None, str, dict[str, int], bool]]) -> None:
        requests, expected = [], {}
        for hold, some_store, some_goods, fitting in wanted:
            self.orders += 1
            known = self.plain.carts.get(hold or "") if fitting else None
            store, lines = (known.store, known.goods) if known is not None else (some_store, some_goods)
            expected[f"R-{self.orders}"] = self.plain.place(f"R-{self.orders}", store, lines, hold)
            asked = [f"{sku} {amount}" for sku, amount in lines.items()]
            requests.append(order(f"R-{self.orders}", *asked, store=store, hold=hold))
        report = self.shop.engine.place_many(numbered(requests))
        refused = {refusal.reference: refusal.code for refusal in report.refused}
        assert refused == {reference: code for reference, code in expected.items() if code}

    @rule(reference=carts, lasts=minutes)
    def extend(self, reference: str, lasts: int) -> None:
        known = self.plain.carts.get(reference)
        expected = "unknown_cart_hold" if known is None else "cart_hold_ended"
        if known is not None and known.status(self.plain.now) == "held":
            expected = None
            known.until = max(known.until, self.plain.now + lasts * MINUTE)
        self._asks(
            lambda: self.shop.engine.extend_cart_hold(reference, hold_for=f"{lasts} minutes"), expected
        )

    @rule(reference=carts)
    def release(self, reference: str) -> None:
        known = self.plain.carts.get(reference)
        expected = "unknown_cart_hold" if known is None else None
        if known is not None and known.outcome == "placed":
            expected = "cart_hold_ended"
        elif known is not None and known.outcome is None:
            known.outcome = "released" if known.status(self.plain.now) == "held" else "expired"
        self._asks(lambda: self.shop.engine.release_cart_hold(reference), expected)

    @rule(passes=st.integers(1, 5))
    def time_passes(self, passes: int) -> None:
        self.plain.now += passes * MINUTE // 2
        self.shop.forward(passes * MINUTE // 2)

    @rule(house=st.sampled_from(("North", "South")), sku=st.sampled_from(SKUS), amount=st.integers(0, 9))
    def restock(self, house: str, sku: str, amount: int) -> None:
        self.count(house, sku, amount)

    @rule()
    def tidy(self) -> None:
        self.shop.engine.run_timeouts()
        lags = {lag.kind: lag.number for lag in self.shop.engine.health().lags}
        assert lags["hold"] == 0

    @rule()
    def reconcile(self) -> None:
        assert self.shop.drift() == []

    @invariant()
    def every_number_is_that_of_the_model(self) -> None:
        for store in STORES:
            for row in self.shop.engine.availability(SKUS, store):
                told = (row.stock, row.reserved, row.held, row.available)
                assert told == self.plain.row(store, row.sku), (store, row.sku)

    @invariant()
    def every_cart_is_that_of_the_model(self) -> None:
        told = {held.reference: (held.status, held.order) for held in self.shop.engine.cart_holds().carts}
        assert told == {
            reference: (cart.status(self.plain.now), cart.order)
            for reference, cart in self.plain.carts.items()
        }

    def teardown(self) -> None:
        assert self.shop.drift() == []
        self.shop.close()
        self.folder.cleanup()


def test_carts_and_orders_do_what_the_model_does():
    run_state_machine_as_test(
        Carts,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
