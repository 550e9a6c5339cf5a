"""What the history says of a process: probabilities and times, in the form in which a simulation reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.design import assumed
from engine.design.simulating import Assumptions, read_assumptions, simulate
from engine.errors import ProcessNotFound
from engine.requests import Selection
from tests.helpers.clock import HOUR

SALE = """
states new paid* sent* done gone
new -> paid : pay [ok]
new -> gone : drop
new -> gone : expire
paid -> sent [ready]
sent -> done : stock-update
event expire timeout=3~hours
"""


@pytest.fixture
def sale(world):
    truths = {"ok": True, "ready": True}
    for name in ("ok", "ready"):
        world.plugins.add_condition(name, lambda item, context, name=name: truths[name])
    world.truths = truths
    world.deploy(SALE)
    return world


def place(sale, count=1):
    return [item for _ in range(count) for item in sale.place()]


def test_nothing_is_learned_where_nothing_was(sale):
    assert sale.engine.learn("Sale").as_dict() == {"process": "Sale", "states": {}}
    with pytest.raises(ProcessNotFound):
        sale.engine.learn("Sail")


def test_exits_have_their_shares_and_times(sale):
    first, second, third, _ = place(sale, 4)
    sale.forward(HOUR)
    sale.trigger("pay", first)
    sale.forward(HOUR)
    sale.trigger("pay", second)
    sale.trigger("drop", third)
    sale.forward(HOUR)
    sale.engine.run_timeouts()
    found = sale.engine.learn("Sale")
    exits = found.states["new"].exits
    assert {name: (one.share, one.quantiles_s, one.items) for name, one in exits.items()} == {
        "pay": (0.5, (HOUR, 2 * HOUR), 2),
        "drop": (0.25, (2 * HOUR,), 1),
    }


def test_conditions_have_the_share_of_the_items_for_which_they_were_true(sale):
    items = place(sale, 4)
    sale.trigger("pay", *items[:1])
    sale.truths["ok"] = False
    sale.trigger("pay", *items[1:])
    assert sale.engine.learn("Sale").states["new"].conditions == {"ok": 0.25}


def test_the_conditions_run_is_an_exit(sale):
    (item,) = place(sale)
    sale.trigger("pay", item)
    sale.forward(HOUR)
    sale.engine.run_conditions()
    exits = sale.engine.learn("Sale").states["paid"].exits
    assert (exits["conditions run"].share, exits["conditions run"].quantiles_s) == (1.0, (HOUR,))


def test_a_forced_step_is_none_of_the_process(sale):
    items = place(sale, 2)
    sale.forward(HOUR)
    sale.engine.force("gone", Selection(items=items[:1]), reason="a mistake")
    sale.trigger("pay", items[1])
    assert sale.engine.learn("Sale").states["new"].exits["pay"].share == 1.0


def test_items_came_so_often(sale):
    for _ in range(3):
        place(sale)
        sale.forward(600)
    found = sale.engine.learn("Sale")
    assert (found.items, found.arrivals_s) == (3, 600.0)


def test_quantiles_stay_few_however_many_items_there_are(sale):
    for item in place(sale, 60):
        sale.forward(60)
        sale.trigger("pay", item)
    quantiles = sale.engine.learn("Sale").states["new"].exits["pay"].quantiles_s
    assert len(quantiles) == 21
    assert (quantiles[0], quantiles[10], quantiles[-1]) == (60.0, 1800.0, 3600.0)


def test_history_of_all_versions_counts(sale):
    place(sale)
    sale.forward(HOUR)
    sale.deploy(SALE + "gone -> new : again\n")
    (item,) = place(sale)
    sale.trigger("pay", item)
    assert sale.engine.learn("Sale").items == 2
    assert sale.engine.learn("Sale").states["new"].exits["pay"].share == 1.0


def test_a_simulation_of_what_was_learned_comes_out_as_it_was(sale, tmp_path):
    items = place(sale, 40)
    sale.forward(HOUR)
    sale.trigger("pay", *items[:30])
    sale.trigger("drop", *items[30:])
    sale.forward(HOUR)
    sale.engine.run_conditions()
    text = json.dumps(sale.engine.learn("Sale").as_dict())
    process = assumed(sale.engine.process("Sale"))
    done = simulate(process, read_assumptions(Path("a.yaml"), text, process, Assumptions()), items=4000)
    states = {one.state: one for one in done.states}
    assert 2850 < states["paid"].visits < 3150
    assert (states["new"].mean_s, states["paid"].mean_s) == (HOUR, HOUR)


def test_it_takes_as_many_statements_whatever_there_is(sale):
    place(sale)
    few = len(sale.statements(lambda: sale.engine.learn("Sale")))
    sale.trigger("pay", *place(sale, 30))
    assert len(sale.statements(lambda: sale.engine.learn("Sale"))) == few
