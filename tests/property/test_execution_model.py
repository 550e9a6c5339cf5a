"""Random processes and random days in a shop: the engine and a plain model of it never disagree."""

from __future__ import annotations

import shutil
import tempfile
from decimal import Decimal
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.errors import NotAvailable
from tests.helpers.clock import HOUR
from tests.helpers.model import Model, ModelItem, Spec
from tests.helpers.world import World, numbered, order

SKUS = ("tea-1", "tea-2")
STORES = ("DE", "AT", "US")
PARTNERS = {"DE": {"AT"}, "AT": {"DE"}}
WAREHOUSES = {"DE": "North", "AT": "North", "US": "South"}
STOCK = 6
CONDITIONS = ("odd", "large")


@cache
def shop() -> Path:
    """A database with the shop, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="earmark-model-"))
    world = World(folder).shop()
    world.count(*(f"{sku},{house},{STOCK}" for sku in SKUS for house in ("North", "South")))
    world.close()
    return world.file


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    count = draw(st.integers(2, 5))
    names = [f"s{number}" for number in range(count)]
    flags = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    moves = []
    for _ in range(draw(st.integers(1, 10))):
        source = draw(st.integers(0, count - 1))
        event = draw(st.sampled_from(["go", "go", "cmd", "on", "t1", "t2", None]))
        # Automatic steps only lead onwards, so that no chain goes round in circles.
        lowest = source + 1 if event == "on" else 0
        if lowest < count:
            target = draw(st.integers(lowest, count - 1))
            condition = draw(st.sampled_from([None, None, *CONDITIONS]))
            moves.append((names[source], names[target], event, condition))
    return Spec(dict(zip(names, flags, strict=True)), tuple(moves), draw(st.booleans()))


LINES = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), min_size=1, max_size=3)


class ShopDays(RuleBasedStateMachine):
    """Everything that can happen to orders, done to the engine and to the model."""

    @initialize(spec=specs())
    def open(self, spec: Spec) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="earmark-model-"))
        shutil.copy(shop(), self.folder / "earmark.db")
        self.world = World(self.folder)
        self.world.plugins.add_condition("odd", lambda item, context: item.id % 2 == 1)
        self.world.plugins.add_condition("large", lambda item, context: item.quantity > 1)
        self.world.command("flaky", does=lambda item, context: 1 / 0 if item.id % 3 == 0 else None)
        self.world.deploy(spec.text, own=spec.own)
        self.model = Model(spec, {(sku, store): STOCK for sku in SKUS for store in STORES}, PARTNERS)
        self.references = 0

    @property
    def now(self) -> int:
        return self.world.clock()

    def reference(self) -> str:
        self.references += 1
        return f"order-{self.references}"

    def items(self, reference: str, store: str, lines: list[tuple[str, int]]) -> list[ModelItem]:
        stored = self.world.engine.order(reference).items
        return [
            ModelItem(
                item.id,
                store,
                sku,
                quantity,
                self.model.spec.initial,
                {"odd": item.id % 2 == 1, "large": quantity > 1},
                item.id % 3 == 0,
            )
            for item, (sku, quantity) in zip(stored, lines, strict=True)
        ]

    @rule(store=st.sampled_from(STORES), lines=LINES)
    def place(self, store: str, lines: list[tuple[str, int]]) -> None:
        fits = self.model.fits(store, lines)
        request = order(self.reference(), *(f"{sku} {quantity}" for sku, quantity in lines), store=store)
        try:
            self.world.engine.place(request)
        except NotAvailable:
            assert not fits
        else:
            assert fits, "more was sold than there is"
            self.model.place(self.items(request.reference, store, lines), self.now)

    @rule(orders=st.lists(st.tuples(st.sampled_from(STORES), LINES), min_size=2, max_size=4))
    def place_many(self, orders: list[tuple[str, list[tuple[str, int]]]]) -> None:
        requests = [
            order(self.reference(), *(f"{sku} {quantity}" for sku, quantity in lines), store=store)
            for store, lines in orders
        ]
        report = self.world.engine.place_many(numbered([*requests, requests[0]]))
        refused = {refusal.line for refusal in report.refused}
        # In a batch everyone is decided before the first automatic step is taken.
        accepted = []
        for number, (request, (store, lines)) in enumerate(zip(requests, orders, strict=True), start=1):
            fits = self.model.fits(store, lines)
            assert fits == (number not in refused)
            if fits:
                before = self.items(request.reference, store, lines)
                accepted += before
                bare = Model(self.model.spec, {}, {})
                bare._follow = lambda item, now: None  # type: ignore[method-assign]
                bare.place(before, self.now)
                self.model.items.update(bare.items)
        for item in accepted:
            self.model._follow(item, self.now)
        assert report.placed + report.existing + len(refused) == len(requests) + 1

    @precondition(lambda self: self.model.items)
    @rule(data=st.data())
    def trigger(self, data: st.DataObject) -> None:
        known = sorted({event for _, _, event, _ in self.model.spec.moves if event is not None})
        if not known:
            return
        event = data.draw(st.sampled_from(known))
        ids = data.draw(st.lists(st.sampled_from(sorted(self.model.items)), min_size=1, unique=True))
        expected = self.model.trigger(event, ids, self.now)
        report = self.world.trigger(event, *ids)
        assert (report.examined, report.moved) == (len(ids), len(expected["moved"]))
        assert report.stayed == len(expected["stayed"])
        assert sorted(refusal.item for refusal in report.blocked) == sorted(expected["blocked"])
        assert sorted(refusal.item for refusal in report.failed) == sorted(expected["failed"])

    @rule(hours=st.sampled_from([0.5, 1, 2, 5]))
    def wait(self, hours: float) -> None:
        self.world.forward(hours * HOUR)

    @rule()
    def run_timeouts(self) -> None:
        concerned = self.model.run_timeouts(self.now)
        assert self.world.engine.run_timeouts().examined == concerned

    @rule()
    def run_conditions(self) -> None:
        looked, moved = self.model.run_conditions(self.now)
        report = self.world.engine.run_conditions()
        assert (report.examined, report.moved) == (looked, moved)

    @rule(sku=st.sampled_from(SKUS), house=st.sampled_from(["North", "South"]), pieces=st.integers(0, 8))
    def count_stock(self, sku: str, house: str, pieces: int) -> None:
        self.world.count(f"{sku},{house},{pieces}")
        for store in STORES:
            if WAREHOUSES[store] == house:
                self.model.stock[sku, store] = pieces

    @invariant()
    def items_are_where_the_model_has_them(self) -> None:
        stored = self.world.query(
            "SELECT i.id, s.name, i.step, i.counted_reserved / 1000000, i.counted_hold / 1000000,"
            " (SELECT count(*) FROM item_history h WHERE h.item_id = i.id)"
            " FROM order_item i JOIN process_state s ON s.id = i.state_id ORDER BY i.id"
        )
        assert stored == [
            (item.id, item.state, item.step, item.reserved, item.held, item.entries)
            for _, item in sorted(self.model.items.items())
        ]
        timeouts = self.world.query("SELECT item_id, event, due_at FROM item_timeout ORDER BY 1, 2")
        assert timeouts == sorted(
            (item.id, event, due)
            for item in self.model.items.values()
            for event, due in item.timeouts.items()
        )

    @invariant()
    def what_can_be_sold_is_true(self) -> None:
        for store in STORES:
            for view in self.world.engine.availability(SKUS, store):
                reserved, held = self.model.counted(view.sku, store)
                assert (view.reserved, view.held) == (reserved, held)
                assert view.available == Decimal(self.model.available(view.sku, store))

    @invariant()
    def the_last_move_of_the_history_leads_to_the_state(self) -> None:
        wrong = self.world.query(
            "SELECT i.id FROM order_item i WHERE i.state_id <> (SELECT r.target_id FROM item_history h"
            " JOIN transition_run r ON r.id = h.run_id WHERE h.item_id = i.id AND r.target_id IS NOT NULL"
            " ORDER BY r.id DESC LIMIT 1)"
        )
        assert wrong == []

    @invariant()
    def nothing_is_left_over(self) -> None:
        assert self.world.query("SELECT * FROM item_claim") == []
        assert self.world.query("SELECT * FROM due_step") == []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                assert self.world.drift() == []
            finally:
                self.world.close()
                shutil.rmtree(self.folder)


ShopDays.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestShopDays = ShopDays.TestCase
