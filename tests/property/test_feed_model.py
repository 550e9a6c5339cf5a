"""Feeds of every kind against a plain model of a warehouse: whatever comes in whatever order, with orders,
payments, shipping and cancelling between, the stock is what the warehouse last told of it.

The warehouse's own books are always right: what lies in it, and what is promised to whom. It
sends counts of what is on hand, of what is available, changes since, parts and whole files, some of them twice.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers.clock import MINUTE
from tests.helpers.shop import FeedRows, Shop
from tests.property.shops import end, new_shop

SKUS = ("tea-1", "tea-2", "mug-1")
SALE = """
    states new paid* shipped* released cancelled
    new -> paid : pay
    new -> cancelled : cancel
    paid -> shipped : ship
    paid -> cancelled : cancel
    shipped -> released : stock-update
"""
MANY = 1000
"""How much of each product there is at first, so that every order can be placed."""

some = st.integers(1, 9)
moves = st.tuples(st.sampled_from(("pay", "ship", "cancel")), st.integers(0, 30))
orders = st.tuples(st.just("order"), st.sampled_from(SKUS), some)
deliveries = st.tuples(st.just("deliver"), st.sampled_from(SKUS), some)
feeds = st.tuples(
    st.sampled_from(("on_hand", "available", "delta")),
    st.sets(st.sampled_from(SKUS), min_size=1),
    st.booleans(),
    st.booleans(),
)
steps = st.one_of(moves, orders, deliveries, st.tuples(st.just("feed"), feeds))


class Warehouse:
    """What lies in the warehouse, and the items it knows of; ``told`` is what Earmark was told of its stock."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.lies = Counter(dict.fromkeys(SKUS, MANY))
        self.told = Counter(self.lies)
        self.items: dict[int, list] = {}  # sku, quantity, state
        self.sent: list[tuple[FeedRows, Counter]] = []

    def order(self, sku: str, quantity: int) -> None:
        (item,) = self.shop.place(f"{sku} {quantity}")
        self.items[item] = [sku, quantity, "new"]

    def deliver(self, sku: str, quantity: int) -> None:
        self.lies[sku] += quantity

    def move(self, event: str, number: int) -> None:
        before = {"pay": ("new",), "ship": ("paid",), "cancel": ("new", "paid")}[event]
        can = [item for item, (_, _, state) in self.items.items() if state in before]
        if can:
            item = can[number % len(can)]
            self.shop.trigger(event, item)
            after = {"pay": "paid", "ship": "shipped", "cancel": "cancelled"}[event]
            self.items[item][2] = after
            if event == "ship":
                self.lies[self.items[item][0]] -= self.items[item][1]

    def promised(self, sku: str, *states: str) -> int:
        return sum(q for s, q, state in self.items.values() if s == sku and state in states)

    def feed(self, kind: str, skus: set[str], whole: bool, again: bool) -> None:
        if kind == "delta":
            self.change(skus, again)
            return
        named = sorted(skus)
        rows = [f"{sku},North,{self.says(kind, sku)}" for sku in named]
        unnamed = [sku for sku in SKUS if sku not in skus] if whole else []
        for sku in unnamed:  # the warehouse has written off what it leaves out
            self.lies[sku] = self.promised(sku, "new", "paid") if kind == "available" else 0
        report = self.shop.feed(*rows, kind=kind, whole=whole, warehouses=("North",))
        assert not report.refused
        for sku in (*named, *unnamed):
            # Where more is promised than there is, less than nothing is available; no stock is less than nothing.
            self.told[sku] = max(0, self.lies[sku])
            for item in self.items.values():
                if item[0] == sku and item[2] == "shipped":
                    item[2] = "released"

    def says(self, kind: str, sku: str) -> int:
        return self.lies[sku] - (self.promised(sku, "new", "paid") if kind == "available" else 0)

    def change(self, skus: set[str], again: bool) -> None:
        """Send what has come since the last count, or a change that was sent before once more."""
        if again and self.sent:
            source, _ = self.sent[-1]
            assert self.shop.feed(source=source).already_applied is not None
            return
        changes = {sku: number for number, sku in enumerate(sorted(skus), 1)}
        rows = [f"{sku},North,{number}" for sku, number in changes.items()]
        source = FeedRows(*rows, kind="delta", feed=f"feed {len(self.sent)}")
        assert self.shop.feed(source=source).changed == len(rows)
        for sku, number in changes.items():
            self.lies[sku] += number
            self.told[sku] += number
        self.sent.append((source, Counter(changes)))

    def check(self) -> None:
        for sku in SKUS:
            view = self.shop.engine.availability([sku], "DE")[0]
            reserved = self.promised(sku, "new", "paid", "shipped")
            assert (view.stock, view.reserved + view.held) == (self.told[sku], reserved), sku
            assert view.available == max(0, self.told[sku] - reserved), sku
        shown = {item: row[2] for item, row in self.items.items()}
        assert dict(zip(shown, self.shop.states(*shown), strict=True)) == shown


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(steps, max_size=20))
def test_feeds_of_every_kind_agree_with_a_plain_warehouse(days):
    shop = new_shop(*(f"{sku},North,{MANY}" for sku in SKUS))
    try:
        shop.deploy(SALE)
        house = Warehouse(shop)
        for day in days:
            shop.forward(MINUTE)
            if day[0] == "order":
                house.order(*day[1:]) if shop.available(day[1]) >= day[2] else None
            elif day[0] == "deliver":
                house.deliver(*day[1:])
            elif day[0] == "feed":
                house.feed(*day[1])
            else:
                house.move(*day)
            house.check()
        assert shop.drift() == []
    finally:
        end(shop)
