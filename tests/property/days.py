"""The days in a shop that ``test_execution_model`` lives through: orders, events, time, counts, and crashes.

Whatever is done may end in a crash at any statement: then the next process takes up what is left, and the model is
told of what had come to pass. To teach the machine a further verb, give the model a method for it and add a rule,
and one more in which it crashes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.errors import NotAvailable
from engine.hooks import CallContext, Item
from engine.operations.automatic_steps import run_automatic_steps
from engine.requests import Selection
from engine.results import MoveReport
from tests.chaos.audit import audit
from tests.helpers.clock import HOUR
from tests.helpers.crashes import crashes
from tests.helpers.memory import new_folder
from tests.helpers.model import Model, ModelItem, Spec
from tests.helpers.postgres import empty
from tests.helpers.shop import Shop, numbered, order
from tests.property.shops import end, new_shop
from tests.property.specs import specs

SKUS = ("tea-1", "tea-2")
STORES = ("DE", "AT", "US")
PARTNERS = {"DE": {"AT"}, "AT": {"DE"}}
WAREHOUSES = {"DE": "North", "AT": "North", "US": "South"}
STOCK = 6
ROWS = [f"{sku},{house},{STOCK}" for sku in SKUS for house in ("North", "South")]


def book(item: Item, context: CallContext) -> None:
    context.publish("booking", {"item": item.id})


def asked(store: str, lines: list[tuple[str, int]]) -> list[str | dict[str, Any]]:
    """Lines of an order, of which those of odd quantities name the only warehouse that their store has."""
    return [
        {"sku": sku, "quantity": quantity, "warehouse": WAREHOUSES[store]}
        if quantity % 2
        else f"{sku} {quantity}"
        for sku, quantity in lines
    ]


LINES = st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), min_size=1, max_size=3)


class OrderDays(RuleBasedStateMachine):
    """Everything that can happen to orders, done to the engine and to the model."""

    # Leases are over at once: there is one caller, and after a crash it must not wait for itself.
    # What fails by itself has one attempt: then it waits for a retry.
    EXECUTION: ClassVar[dict[str, Any]] = {"lease_s": 1e-7, "lock_wait_s": 0.0, "retry_attempts": 1}

    def __init__(self, url: str | None = None) -> None:
        super().__init__()
        self.url = url

    def _open_world(self) -> Shop:
        rules = {"execution": self.EXECUTION}
        if self.url is None:
            return new_shop(*ROWS, **rules)
        empty(self.url)
        world = Shop(new_folder(), url=self.url, **rules).stocked()
        world.restock(*ROWS)
        return world

    @initialize(spec=specs(), down=st.booleans(), lines=LINES)
    def open(self, spec: Spec, down: bool, lines: list[tuple[str, int]]) -> None:
        self.world = self._open_world()
        self.world.plugins.add_condition("odd", lambda item, context: item.id % 2 == 1)
        self.world.plugins.add_condition("large", lambda item, context: item.quantity > 1)
        self.world.command("flaky", does=lambda item, context: 1 / 0 if item.id % 3 == 0 else None)
        self.world.command("note", does=lambda item, context: 1 / 0 if self.model.down else None)
        self.world.command("book", transactional=True, does=book)
        self.versions = {self.world.deploy(spec.text, own=spec.own).version: spec}
        self.model = Model(spec, {(sku, store): STOCK for sku in SKUS for store in STORES}, PARTNERS)
        self.interrupted: set[int] = set()
        self.purged: set[int] = set()
        self.references = 0
        self.ordered: dict[object, int] = {}
        self.shrunk: set[object] = set()
        self.keys: list[str | None] = []
        self.notes = 0
        self.model.down = down
        self.place("DE", lines)  # most of what can happen needs an item

    @property
    def now(self) -> int:
        return self.world.clock()

    def reference(self) -> str:
        self.references += 1
        return f"order-{self.references}"

    def items(self, reference: str, store: str, lines: list[tuple[str, int]]) -> list[ModelItem]:
        stored = self.world.engine.order(reference).items
        for number, (_, quantity) in enumerate(lines, start=1):
            self.ordered[reference, number] = quantity
        return [
            ModelItem(
                item.id,
                store,
                sku,
                quantity,
                self.model.spec,
                self.model.spec.initial,
                {"odd": item.id % 2 == 1, "large": quantity > 1},
                item.id % 3 == 0,
                self.now,
                line=(reference, item.line),
            )
            for item, (sku, quantity) in zip(stored, lines, strict=True)
        ]

    @rule(store=st.sampled_from(STORES), lines=LINES)
    def place(self, store: str, lines: list[tuple[str, int]]) -> None:
        fits = self.model.fits(store, lines)
        request = order(self.reference(), *asked(store, lines), store=store)
        try:
            self.world.engine.place(request)
        except NotAvailable:
            assert not fits
        else:
            assert fits, "more was sold than there is"
            self.model.place(self.items(request.reference, store, lines), self.now)

    @rule(orders=st.lists(st.tuples(st.sampled_from(STORES), LINES), min_size=2, max_size=4))
    def place_many(self, orders: list[tuple[str, list[tuple[str, int]]]]) -> None:
        requests = [order(self.reference(), *asked(store, lines), store=store) for store, lines in orders]
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
                self.model.place(before, self.now, follow=False)
        for item in accepted:
            self.model.follow(item, self.now)
        assert report.placed + report.existing + len(refused) == len(requests) + 1

    def _some_event(self, data: st.DataObject) -> str | None:
        """An event of the process, more often than not one that some item can take."""
        items = self.model.items.values()
        known = {
            event for spec in self.versions.values() for _, _, event, _ in spec.moves if event is not None
        }
        offered = {event for item in items for event in item.spec.events(item.state)}
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

    def _some_parts(self, data: st.DataObject) -> dict[int, int]:
        """So much of some items, now and then all of one."""
        large = sorted(item.id for item in self.model.items.values() if item.quantity > 1)
        ids = data.draw(st.lists(st.sampled_from(large), min_size=1, max_size=3, unique=True))
        return {item: data.draw(st.integers(1, self.model.items[item].quantity)) for item in ids}

    def has_parts(self) -> bool:
        """Whether an item is of more than one piece."""
        return any(item.quantity > 1 for item in self.model.items.values())

    @precondition(has_parts)
    @rule(data=st.data())
    def part(self, data: st.DataObject) -> None:
        event = self._some_event(data)
        if event is None:
            return
        asked = self._some_parts(data)
        report = self.world.engine.trigger(event, Selection(quantities=asked))
        new = {part.of: part.item for part in report.parts}
        expected = self._parted(event, asked, new)
        assert (report.examined, report.moved) == (len(asked), len(expected["moved"]))
        assert report.stayed == len(expected["stayed"])
        assert sorted(refusal.item for refusal in report.blocked) == sorted(expected["blocked"])
        assert sorted(refusal.item for refusal in report.failed) == sorted(expected["failed"])
        for part in report.parts:
            assert (part.quantity, part.stays) == (asked[part.of], self.model.items[part.of].quantity)

    def _parted(self, event: str, asked: dict[int, int], new: dict[int, int]) -> dict[str, list[int]]:
        """Tell the model of parts that went."""
        self.purged |= {part for item, part in new.items() if item in self.purged}
        return self.model.part(event, asked, new, self.now)

    @precondition(has_parts)
    @rule(data=st.data(), moment=st.integers(1, 45))
    def crash_in_part(self, data: st.DataObject, moment: int) -> None:
        event = self._some_event(data)
        self.settle()
        if event is None or not self.has_parts():
            return
        asked = self._some_parts(data)
        known = max(self.model.items)
        changed = self._crash(moment, partial(self.world.engine.trigger, event, Selection(quantities=asked)))
        parts = self.world.query("SELECT split_from, id FROM order_item WHERE id > ? ORDER BY id", known)
        new = dict(parts)
        done = {item: quantity for item, quantity in asked.items() if item in changed or item in new}
        assert changed <= set(asked) | set(new.values())
        self._parted(event, done, new)

    @rule(hours=st.sampled_from([0.5, 1, 2, 5]))
    def wait(self, hours: float) -> None:
        self.world.forward(hours * HOUR)

    def nothing_due(self) -> bool:
        """Whether no automatic step is due that a background run would take first."""
        return all(item.due is None or item.due.stuck for item in self._going())

    def _going(self) -> list[ModelItem]:
        """The items that do not stand still."""
        return [item for item in self.model.items.values() if not self.model.stands_still(item)]

    def work_ahead(self) -> bool:
        """Whether an item has a timeout, or an automatic step that a background run would take."""
        return any(item.timeouts for item in self._going()) or not self.nothing_due()

    def wait_for_a_timeout(self) -> None:
        """Let the time pass until the next timeout is due, if none is."""
        times = [time for item in self._going() for time in item.timeouts.values()]
        if times and min(times) > self.now:
            self.world.forward((min(times) - self.now) / 1_000_000)

    @precondition(work_ahead)
    @rule(wait=st.booleans())
    def run_timeouts(self, wait: bool) -> None:
        if wait:
            self.wait_for_a_timeout()
        only_timeouts = self.nothing_due()
        concerned = self.model.run_timeouts(self.now)
        report = self.world.engine.run_timeouts()
        assert not only_timeouts or report.examined == concerned

    def waiting(self) -> bool:
        """Whether an item waits for a condition, or has an automatic step that a background run would take."""
        return any(item.spec.of(item.state, None) for item in self._going()) or not self.nothing_due()

    def hopping(self) -> bool:
        """Whether the next conditions run moves an item."""
        items = self.model.items.values()
        return any(self.model.hop(item) is not None for item in items)

    @precondition(waiting)
    @rule()
    def run_conditions(self) -> None:
        only_conditions = self.nothing_due()
        told = self.model.run_conditions(self.now)
        report = self.world.engine.run_conditions()
        assert not only_conditions or (report.examined, report.moved) == told

    @rule(down=st.booleans())
    def outage(self, down: bool) -> None:
        """The commands of automatic steps fail from now on, or do not any more."""
        self.model.down = down

    @rule(sku=st.sampled_from(SKUS), house=st.sampled_from(["North", "South"]), pieces=st.integers(0, 8))
    def count_stock(self, sku: str, house: str, pieces: int) -> None:
        self.world.restock(f"{sku},{house},{pieces}")
        self.model.count_stock(sku, sold_from(house), pieces, self.now)

    # --- crashes ---

    @rule(data=st.data(), moment=st.integers(1, 45), action=st.sampled_from(["place", "count_stock"]))
    def crash_and_repeat(self, data: st.DataObject, moment: int, action: str) -> None:
        """What can be asked for again is asked for again, and is then done once."""
        self.settle()
        getattr(self, f"_crash_in_{action}")(data, moment)

    def _crash_in_place(self, data: st.DataObject, moment: int) -> None:
        store, lines = data.draw(st.sampled_from(STORES)), data.draw(LINES)
        fits = self.model.fits(store, lines)
        request = order(self.reference(), *asked(store, lines), store=store)

        def place() -> None:
            with suppress(NotAvailable):
                self.world.engine.place(request)

        if self.crashes(moment, place):
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
        count = partial(self.world.restock, f"{sku},{house},{pieces}")
        if self.crashes(moment, count):
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
        self.settle()
        if event is not None:
            ids = data.draw(st.lists(st.sampled_from(sorted(self.model.items)), min_size=1, unique=True))
            changed = self._crash(moment, partial(self.world.trigger, event, *ids))
            assert changed <= set(ids)
            self.model.trigger(event, sorted(changed), self.now)

    @precondition(hopping)
    @rule(moment=st.integers(1, 45))
    def crash_in_conditions(self, moment: int) -> None:
        self.settle()
        changed = self._crash(moment, self.world.engine.run_conditions)
        assert self.model.run_conditions(self.now, only=changed)[1] == len(changed)

    @precondition(work_ahead)
    @rule(moment=st.integers(1, 45))
    def crash_in_timeouts(self, moment: int) -> None:
        self.wait_for_a_timeout()
        if self.crashes(moment, self.world.engine.run_timeouts):
            self.world.engine.run_timeouts()
        self.model.run_timeouts(self.now)

    def _crash(self, moment: int, action: Callable[[], object]) -> set[int]:
        """Crash in the action, or not; return the items that took a step."""
        before = self._entries()
        if self.crashes(moment, action):
            self.take_up()
        return self._changed_since(before)

    def crashes(self, moment: int, action: Callable[[], object]) -> bool:
        """Crash in the action, or not. A command that is cut off leaves an item with an expired claim."""
        crashed = crashes(self.world, moment, action)
        if crashed:
            self.interrupted |= self._claimed()
        return crashed

    def _claimed(self) -> set[int]:
        """The items with a claim for the step they stand at."""
        rows = self.world.query(
            "SELECT k.item_id FROM item_claim k JOIN order_item i ON i.id = k.item_id AND i.step = k.step"
        )
        return {item for (item,) in rows}

    def _changed_since(self, before: dict[int, int]) -> set[int]:
        return {item for item, entries in self._entries().items() if entries != before.get(item, 0)}

    def _entries(self) -> dict[int, int]:
        return dict(self.world.query("SELECT item_id, count(*) FROM item_history GROUP BY item_id"))

    def take_up(self) -> None:
        """What the next background run does first: the automatic steps that the crash cut off."""
        report = MoveReport()
        run_automatic_steps(self.world.engine.runtime, None, report)
        assert not report.blocked
        assert self.model.down or not report.refused

    def settle(self) -> None:
        """Have the automatic steps taken that are due: what is told after a crash tells them apart no more."""
        if not self.nothing_due():
            self.take_up()
            self.model.run_due(self.now)

    @invariant()
    def items_are_where_the_model_has_them(self) -> None:
        stored = self.world.query(
            "SELECT i.id, v.version, s.name, i.state_since, i.step, i.counted_reserved / 1000000,"
            " i.counted_hold / 1000000, (SELECT count(*) FROM item_history h WHERE h.item_id = i.id)"
            " FROM order_item i JOIN process_state s ON s.id = i.state_id"
            " JOIN process_version v ON v.id = s.version_id ORDER BY i.id"
        )
        known = {id(spec): version for version, spec in self.versions.items()}
        assert stored == [
            (
                item.id,
                known[id(item.spec)],
                item.state,
                item.since,
                item.step,
                item.reserved,
                item.held,
                len(item.log),
            )
            for _, item in sorted(self.model.items.items())
        ]
        timeouts = self.world.query("SELECT item_id, event, due_at FROM item_timeout ORDER BY 1, 2")
        assert timeouts == sorted(
            (item.id, event, due)
            for item in self.model.items.values()
            for event, due in item.timeouts.items()
        )

    @invariant()
    def lines_are_of_as_much_as_was_ordered(self) -> None:
        stored = self.world.query(
            "SELECT id, quantity / 1000000, coalesce(split_start, 0) / 1000000 FROM order_item ORDER BY id"
        )
        assert [row[:2] for row in stored] == [
            (item.id, item.quantity) for _, item in sorted(self.model.items.items())
        ]
        starts = {item: start for item, _, start in stored}
        for line in {item.line for item in self.model.items.values()}:
            pieces = [item for item in self.model.items.values() if item.line == line]
            ends = 0
            for item in sorted(pieces, key=lambda item: starts[item.id]):
                # What was amended out of an item in its place has left a gap where it lay.
                assert starts[item.id] >= ends if line in self.shrunk else starts[item.id] == ends
                ends = starts[item.id] + item.quantity
            assert sum(item.quantity for item in pieces) == self.ordered[line]

    @invariant()
    def what_can_be_sold_is_true(self) -> None:
        for store in STORES:
            for view in self.world.engine.availability(SKUS, store):
                reserved, held = self.model.counted(view.sku, store)
                assert (view.reserved, view.held) == (reserved, held)
                assert view.available == Decimal(self.model.available(view.sku, store))

    @invariant()
    def what_is_to_come_from_a_warehouse_is_counted_there(self) -> None:
        promised = self.world.query(
            "SELECT product_id, warehouse_id, store_id, reserved, held FROM warehouse_promise"
            " WHERE reserved <> 0 OR held <> 0 ORDER BY 1, 2, 3"
        )
        assert promised == self.world.query(
            "SELECT product_id, warehouse_id, store_id, sum(counted_reserved), sum(counted_hold) FROM order_item"
            " WHERE warehouse_id IS NOT NULL AND (counted_reserved <> 0 OR counted_hold <> 0)"
            " GROUP BY product_id, warehouse_id, store_id ORDER BY 1, 2, 3"
        )

    @invariant()
    def the_last_move_of_the_history_leads_to_the_state(self) -> None:
        wrong = self.world.query(
            "SELECT i.id FROM order_item i WHERE i.state_id <> (SELECT r.target_id FROM item_history h"
            " JOIN transition_run r ON r.id = h.run_id WHERE h.item_id = i.id AND r.target_id IS NOT NULL"
            " ORDER BY r.id DESC LIMIT 1)"
        )
        assert wrong == []

    @invariant()
    def nothing_is_left_over_or_lost(self) -> None:
        assert self.world.query("SELECT * FROM item_claim WHERE expires_at > ?", self.now) == []
        self.interrupted &= self._claimed()
        assert self._claimed() <= self.interrupted
        due = self.world.query(
            "SELECT item_id, event, CASE WHEN stuck_at IS NULL THEN 0 ELSE 1 END FROM due_step ORDER BY 1"
        )
        assert due == [
            (item.id, item.due.event, item.due.stuck)
            for _, item in sorted(self.model.items.items())
            if item.due is not None
        ]

    @invariant()
    def transactional_commands_had_their_effect_once_a_step(self) -> None:
        booked = [json.loads(payload)["item"] for payload in self.world.payloads("booking")]
        assert sorted(booked) == sorted(self.model.booked)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                audit(self.world, self.purged)
            finally:
                end(self.world)


def sold_from(house: str) -> list[str]:
    return [store for store in STORES if WAREHOUSES[store] == house]
