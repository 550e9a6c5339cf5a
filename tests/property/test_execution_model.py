"""Random processes and random days in a shop: the engine and a plain model of it never disagree.

Whatever is done may end in a crash at any statement: then the next process takes up what is left, and the model is
told of what had come to pass. To teach the machine a further verb, give the model a method for it and add a rule,
and one more in which it crashes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from engine.errors import NotAvailable
from engine.execution.timeouts import run_due_steps
from engine.hooks import CallContext, Item
from engine.results import MoveReport
from engine.storage.schema import upgrade
from tests.chaos.audit import audit
from tests.helpers.clock import HOUR
from tests.helpers.crashes import crashes
from tests.helpers.model import Model, ModelItem, Spec
from tests.helpers.postgres import NO_SERVER, empty, new_database, postgres_server
from tests.helpers.world import World, numbered, order

SKUS = ("tea-1", "tea-2")
STORES = ("DE", "AT", "US")
PARTNERS = {"DE": {"AT"}, "AT": {"DE"}}
WAREHOUSES = {"DE": "North", "AT": "North", "US": "South"}
STOCK = 6
CONDITIONS = ("odd", "large")


# Days are many: where memory can be used as a disk, flushing to it costs nothing.
_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="earmark-model-", dir=_MEMORY))


@cache
def shop() -> Path:
    """A database with the shop, to be copied."""
    folder = new_folder()
    world = stocked(World(folder))
    world.close()
    return world.file


def stocked(world: World) -> World:
    world.shop().count(*(f"{sku},{house},{STOCK}" for sku in SKUS for house in ("North", "South")))
    return world


def book(item: Item, context: CallContext) -> None:
    context.publish("booking", {"item": item.id})


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    count = draw(st.integers(2, 5))
    names = [f"s{number}" for number in range(count)]
    flags = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    automatic = draw(st.sampled_from(["on", "onc"]))
    moves = []
    for _ in range(draw(st.integers(1, 10))):
        source = draw(st.integers(0, count - 1))
        event = draw(st.sampled_from(["go", "go", "cmd", "x", "stock-update", automatic, "t1", "t2", None]))
        # Automatic steps only lead onwards, so that no chain goes round in circles.
        lowest = source + 1 if event == automatic else 0
        if lowest < count:
            target = draw(st.integers(lowest, count - 1))
            condition = draw(st.sampled_from([None, None, *CONDITIONS]))
            moves.append((names[source], names[target], event, condition))
    return Spec(dict(zip(names, flags, strict=True)), tuple(moves), draw(st.booleans()))


LINES = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), min_size=1, max_size=3)


class ShopDays(RuleBasedStateMachine):
    """Everything that can happen to orders, done to the engine and to the model."""

    def __init__(self, url: str | None = None) -> None:
        super().__init__()
        self.url = url

    def _open_world(self) -> World:
        # Leases are over at once: there is one caller, and after a crash it must not wait for itself.
        rules = {"execution": {"lease_s": 1e-7, "lock_wait_s": 0.0}}
        if self.url is None:
            shutil.copy(shop(), self.folder / "earmark.db")
            return World(self.folder, **rules)
        empty(self.url)
        return stocked(World(self.folder, url=self.url, **rules))

    @initialize(spec=specs())
    def open(self, spec: Spec) -> None:
        self.folder = new_folder()
        self.world = self._open_world()
        self.world.plugins.add_condition("odd", lambda item, context: item.id % 2 == 1)
        self.world.plugins.add_condition("large", lambda item, context: item.quantity > 1)
        self.world.command("flaky", does=lambda item, context: 1 / 0 if item.id % 3 == 0 else None)
        self.world.command("note")
        self.world.command("book", transactional=True, does=book)
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

    def _some_event(self, data: st.DataObject) -> str | None:
        """An event of the process, more often than not one that some item can take."""
        spec, items = self.model.spec, self.model.items.values()
        known = {event for _, _, event, _ in spec.moves if event is not None}
        offered = {event for item in items for event in spec.events(item.state)}
        choices = [sorted(offered), sorted(offered), sorted(known)] if offered else [sorted(known)]
        events = data.draw(st.sampled_from(choices))
        return data.draw(st.sampled_from(events)) if events else None

    @precondition(lambda self: self.model.items)
    @rule(data=st.data())
    def trigger(self, data: st.DataObject) -> None:
        event = self._some_event(data)
        if event is None:
            return
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
        self.model.count_stock(sku, sold_from(house), pieces, self.now)

    # --- crashes ---

    @rule(data=st.data(), moment=st.integers(1, 45), action=st.sampled_from(["place", "count_stock"]))
    def crash_and_repeat(self, data: st.DataObject, moment: int, action: str) -> None:
        """What can be asked for again is asked for again, and is then done once."""
        getattr(self, f"_crash_in_{action}")(data, moment)

    def _crash_in_place(self, data: st.DataObject, moment: int) -> None:
        store, lines = data.draw(st.sampled_from(STORES)), data.draw(LINES)
        fits = self.model.fits(store, lines)
        request = order(self.reference(), *(f"{sku} {quantity}" for sku, quantity in lines), store=store)

        def place() -> None:
            with suppress(NotAvailable):
                self.world.engine.place(request)

        if crashes(self.world, moment, place):
            place()
            self.take_up()
        stored = self.world.query("SELECT id FROM sales_order WHERE reference = ?", request.reference)
        assert len(stored) == fits
        if fits:
            self.model.place(self.items(request.reference, store, lines), self.now)

    def _crash_in_count_stock(self, data: st.DataObject, moment: int) -> None:
        sku, house = data.draw(st.sampled_from(SKUS)), data.draw(st.sampled_from(["North", "South"]))
        pieces = data.draw(st.integers(0, 8))
        done = self._finished_imports()
        count = partial(self.world.count, f"{sku},{house},{pieces}")
        if crashes(self.world, moment, count):
            if self._finished_imports() == done:
                count()
            self.take_up()
        assert self._finished_imports() == done + 1
        self.model.count_stock(sku, sold_from(house), pieces, self.now)

    def _finished_imports(self) -> int:
        return int(self.world.value("SELECT count(*) FROM stock_import WHERE finished_at IS NOT NULL"))

    @precondition(lambda self: self.model.items)
    @rule(data=st.data(), moment=st.integers(1, 45))
    def crash_in_trigger(self, data: st.DataObject, moment: int) -> None:
        event = self._some_event(data)
        if event is not None:
            ids = data.draw(st.lists(st.sampled_from(sorted(self.model.items)), min_size=1, unique=True))
            changed = self._crash(moment, partial(self.world.trigger, event, *ids))
            assert changed <= set(ids)
            self.model.trigger(event, sorted(changed), self.now)

    @precondition(lambda self: self.model.items)
    @rule(moment=st.integers(1, 45))
    def crash_in_conditions(self, moment: int) -> None:
        changed = self._crash(moment, self.world.engine.run_conditions)
        assert self.model.run_conditions(self.now, only=changed)[1] == len(changed)

    @precondition(lambda self: self.model.items)
    @rule(moment=st.integers(1, 45))
    def crash_in_timeouts(self, moment: int) -> None:
        if crashes(self.world, moment, self.world.engine.run_timeouts):
            self.world.engine.run_timeouts()
        self.model.run_timeouts(self.now)

    def _crash(self, moment: int, action: Callable[[], object]) -> set[int]:
        """Crash in the action, or not; return the items that took a step."""
        before = self._entries()
        if crashes(self.world, moment, action):
            self.take_up()
        return {item for item, entries in self._entries().items() if entries != before[item]}

    def _entries(self) -> dict[int, int]:
        return dict(self.world.query("SELECT item_id, count(*) FROM item_history GROUP BY item_id"))

    def take_up(self) -> None:
        """What the next background run does first: the automatic steps that the crash cut off."""
        report = MoveReport()
        run_due_steps(self.world.engine.runtime, None, report)
        assert not report.refused

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
        assert self.world.query("SELECT * FROM item_claim WHERE expires_at > ?", self.now) == []
        assert self.world.query("SELECT * FROM due_step") == []

    @invariant()
    def transactional_commands_had_their_effect_once_a_step(self) -> None:
        assert len(self.world.messages("booking")) == len(self.model.booked)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                audit(self.world)
            finally:
                self.world.close()
                shutil.rmtree(self.folder)


def sold_from(house: str) -> list[str]:
    return [store for store in STORES if WAREHOUSES[store] == house]


STEPS = 50
"""How long a day is."""

DAYS = {"sqlite": 260, "postgresql": 40}
"""How many days are tried: together more than 10,000 steps."""

SOAK = "EARMARK_SOAK_MINUTES"
"""For how many minutes ``make soak`` tries further days, on each kind of database."""


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    with postgres_server() as server:
        if server is None:
            pytest.skip(NO_SERVER)
        with new_database(server) as url:
            upgrade(url)
            yield url


@pytest.fixture(params=DAYS)
def machine(request: pytest.FixtureRequest) -> Callable[[], ShopDays]:
    url = None if request.param == "sqlite" else str(request.getfixturevalue("postgresql"))
    return lambda: ShopDays(url)


def live(machine: Callable[[], ShopDays], days: int, **more: Any) -> None:
    told = settings(
        max_examples=days,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        **more,
    )
    run_state_machine_as_test(machine, settings=told)


def test_the_engine_and_the_model_agree(
    request: pytest.FixtureRequest, machine: Callable[[], ShopDays]
) -> None:
    assert sum(DAYS.values()) * STEPS >= 10_000
    live(machine, DAYS[request.node.callspec.params["machine"]])


@pytest.mark.skipif(SOAK not in os.environ, reason=f"{SOAK} is not set: 'make soak' does")
def test_they_agree_for_as_long_as_one_likes(machine: Callable[[], ShopDays]) -> None:
    end = time.monotonic() + 60 * float(os.environ[SOAK])
    while time.monotonic() < end:
        live(machine, 20, derandomize=False)
