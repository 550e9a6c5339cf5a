"""A trial does to items what the engine does: random processes and scripts, played in memory and on SQLite.

States, steps, what is reserved and held, timeouts and stock are the same after everything that is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.design.simulating import Assumptions, simulate
from engine.design.simulating.assumptions import Delay
from engine.design.trying.terms import Terms, assumed, conditions_in
from engine.design.trying.trial import Trial
from engine.errors import NotAvailable
from engine.quantity import SCALE, parse_quantity
from tests.helpers.clock import HOUR
from tests.helpers.model import Spec
from tests.helpers.processes import load
from tests.helpers.shop import Shop, order
from tests.property.shops import end, new_shop
from tests.property.specs import CONDITIONS, specs

STOCK = 5
SKUS = ("tea-1", "tea-2")
ROWS = [f"{sku},South,{STOCK}" for sku in SKUS]

PLACE = st.tuples(st.just("place"), st.sampled_from(SKUS), st.integers(1, 3))
FIRE = st.tuples(st.just("fire"), st.integers(0, 30), st.integers(0, 2))
ANSWER = st.tuples(st.just("answer"), st.sampled_from(CONDITIONS), st.booleans())
OF_ONE = st.tuples(st.just("of one"), st.sampled_from(CONDITIONS), st.booleans(), st.integers(0, 30))
WAIT = st.tuples(st.just("wait"), st.sampled_from([0, 0.5, 1, 2, 5]))
RUN = st.tuples(st.just("run"))
COUNT = st.tuples(st.just("count"), st.sampled_from(SKUS), st.integers(0, 8), st.sampled_from([0, 0, 1]))
SCRIPTS = st.lists(st.one_of(PLACE, FIRE, FIRE, FIRE, ANSWER, OF_ONE, WAIT, RUN, COUNT), max_size=14)


class Both:
    """The same done to an engine and to a trial."""

    def __init__(self, spec: Spec, shop: Shop, hold_hours: int | None) -> None:
        self.shop = shop
        self.truths: dict[tuple[str, int | None], bool] = {(name, None): False for name in CONDITIONS}
        for name in CONDITIONS:
            shop.plugins.add_condition(name, self._condition(name))
        for name in ("flaky", "note"):
            shop.command(name, does=lambda item, context: None)
        shop.command("book", transactional=True, does=lambda item, context: None)
        shop.deploy(spec.text, own=spec.own)
        process = assumed(load(shop.folder, spec.text, own=spec.own))
        until = None if hold_hours is None else int(hold_hours * HOUR) * 1_000_000
        terms = Terms(
            stock=dict.fromkeys(SKUS, STOCK * SCALE), now=shop.clock(), hold_timeout=until, assume=False
        )
        self.trial = Trial(process, terms)
        self.ids: dict[str, int] = {}
        self.counts = dict.fromkeys(SKUS, shop.clock())

    def _condition(self, name: str) -> Any:
        def answer(item: Any, context: Any) -> bool:
            return self.truths.get((name, item.id), self.truths[name, None])

        return answer

    def place(self, sku: str, pieces: int) -> None:
        reference = f"order-{self.shop.value('SELECT count(*) FROM sales_order')}"
        try:
            stored = self.shop.engine.place(order(reference, f"{sku} {pieces}", store="US"))
        except NotAvailable:
            assert self.trial.place(pieces * SCALE, sku).refused
            return
        (placed, *_) = self.trial.place(pieces * SCALE, sku).fired
        self.ids[placed.item] = stored.items[0].id

    def fire(self, which: int, items: int) -> None:
        known = [event.name for event in self.trial.process.events]
        offered = [
            event.name
            for item in self.trial.items.values()
            for event in self.trial.process.state_events(item.state.index)
        ]
        events = (offered or known) if which % 4 else known
        if not events or not self.ids:
            return
        event, names = events[which % len(events)], list(self.ids)
        turned = [*names[which % len(names) :], *names[: which % len(names)]]
        chosen = turned[: items or None]
        report = self.shop.trigger(event, *(self.ids[name] for name in chosen))
        done = self.trial.fire(event, chosen)
        blocked = sorted(self.ids[one.item] for one in done.refused if one.item is not None)
        assert sorted(refusal.item for refusal in report.blocked) == blocked

    def answer(self, name: str, value: bool) -> None:
        if name in conditions_in(self.trial.process):
            self.truths[name, None] = value
            self.trial.answer(name, value)

    def of_one(self, name: str, value: bool, which: int) -> None:
        if self.ids and name in conditions_in(self.trial.process):
            item = list(self.ids)[which % len(self.ids)]
            self.truths[name, self.ids[item]] = value
            self.trial.answer(name, value, [item])

    def wait(self, hours: float) -> None:
        until = self.shop.clock() + int(hours * HOUR) * 1_000_000
        self.trial.wait(until)
        while True:
            self.shop.engine.run_conditions(until_idle=True)
            due = self.shop.value(
                "SELECT min(at) FROM (SELECT due_at AS at FROM item_timeout UNION ALL"
                " SELECT hold_until FROM order_item WHERE counted_hold <> 0)"
            )
            if due is None or due > until:
                break
            self.forward_to(max(due, self.shop.clock()))
            self.shop.engine.run_timeouts()
        self.forward_to(until)

    def forward_to(self, time: int) -> None:
        self.shop.forward((time - self.shop.clock()) / 1_000_000)

    def run(self) -> None:
        self.shop.engine.run_conditions()
        self.trial.run_conditions()

    def count(self, sku: str, pieces: int, hours: int) -> None:
        made = self.shop.clock() - int(hours * HOUR) * 1_000_000
        if made < self.counts[sku]:
            return  # an older count than the last one is refused
        self.counts[sku] = made
        path = self.shop.stock_file(f"{sku},South,{pieces},0,0")
        assert not self.shop.engine.import_stock(path, as_of=made).refused
        self.trial.count(pieces * SCALE, sku, made_at=made)

    def agree(self) -> None:
        for name, id in self.ids.items():
            item = self.trial.items[name]
            assert item.state.name == self.shop.state(id)
            assert item.step == self.shop.step(id)
            assert item.since == self.shop.since(id)
            counted = tuple(parse_quantity(amount) for amount in self.shop.counted(id))
            assert (item.reserved, item.held) == counted
            rows = self.shop.query("SELECT event, due_at FROM item_timeout WHERE item_id = ?", id)
            assert item.timeouts == dict(rows)
            assert item.held_until == self.shop.value("SELECT hold_until FROM order_item WHERE id = ?", id)
        for sku in SKUS:
            view = self.shop.view(sku, "US")
            counted = self.trial.counted(sku)
            assert (parse_quantity(view.reserved), parse_quantity(view.held)) == counted
            assert parse_quantity(view.available) == self.trial.available(sku)


@contextmanager
def both(spec: Spec, hold_hours: int | None) -> Iterator[Both]:
    rules = {} if hold_hours is None else {"checkout": {"hold_timeout_s": hold_hours * HOUR}}
    shop = new_shop(*ROWS, **rules)
    try:
        yield Both(spec, shop, hold_hours)
    finally:
        end(shop)


@settings(max_examples=120)
@given(specs(), SCRIPTS, st.sampled_from([None, None, 1]))
def test_a_trial_ends_where_the_engine_does(spec, script, hold_hours):
    with both(spec, hold_hours) as worlds:
        worlds.place("tea-1", 1)
        for verb, *told in script:
            getattr(worlds, verb.replace(" ", "_"))(*told)
            worlds.agree()


@settings(max_examples=200)
@given(specs(), st.booleans(), st.booleans())
def test_a_simulation_sends_an_item_where_a_trial_does(tmp_path_factory, spec, odd, large):
    """What happens by itself: entering, the clock and the conditions run, with answers that stay."""
    process = load(tmp_path_factory.mktemp("process"), spec.text, own=spec.own)
    truths = dict(zip(CONDITIONS, (odd, large), strict=True))
    trial = Trial(process, Terms(answers={name: truths[name] for name in conditions_in(process)}))
    done = trial.place()
    more = trial.wait(trial.now + int(20 * HOUR) * 1_000_000)
    assume(not done.refused and not more.refused)
    fired = [*done.fired, *more.fired]
    entered = [one.target for one in fired if one.target is not None and one.target != one.source]
    never = Assumptions(
        conditions={name: float(value) for name, value in truths.items()},
        events={event.name: Delay(share=0.0) for event in process.events},
        stock_update_every=None,
        arrivals=1,
    )
    simulated = simulate(process, never, items=1, span="20 hours")
    assert {one.state: one.visits for one in simulated.states} == {
        state.name: entered.count(state.name) for state in process.states
    }
    (item,) = trial.items.values()
    assert [one.state for one in simulated.states if one.still] == [item.state.name]
