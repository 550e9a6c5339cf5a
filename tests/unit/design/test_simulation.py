"""Many items through a process: where they come to, how long they stay, and what they bind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.clock import SECOND
from engine.design import Terms, Trial, assumed
from engine.design.simulating import Assumptions, read_assumptions, simulate
from engine.design.simulating.assumptions import DAY, Delay
from engine.errors import InputError, UnknownEvent
from tests.helpers.clock import START
from tests.helpers.processes import load

HOUR = 3600

SALE = """
states new paid* sent* done gone lost
new -> paid : pay [ok]
new -> gone : expire
paid -> sent : ship
sent -> done : stock-update
lost -> done : find
event expire timeout=2~hours
"""


def fixed(**hours):
    return {name: Delay("fixed", (int(span * HOUR) * SECOND,)) for name, span in hours.items()}


def by_state(done):
    return {one.state: one for one in done.states}


@pytest.fixture
def sale(tmp_path):
    return assumed(load(tmp_path, SALE))


def test_items_stay_as_long_as_is_assumed(sale):
    given = Assumptions(conditions={"ok": 1.0}, events=fixed(pay=1, ship=3), arrivals=1)
    done = by_state(simulate(sale, given, items=10))
    assert (done["new"].visits, done["new"].mean_s, done["paid"].p95_s) == (10, HOUR, 3 * HOUR)
    assert done["sent"].mean_s == pytest.approx(20 * HOUR, abs=1)
    assert (done["done"].visits, done["done"].still, done["done"].mean_s) == (10, 10, None)


def test_states_that_nobody_comes_to_are_told(sale):
    given = Assumptions(conditions={"ok": 1.0}, events=fixed(pay=1))
    assert simulate(sale, given, items=10).never_reached == ["gone", "lost"]


def test_a_condition_is_as_probable_as_is_assumed(sale):
    given = Assumptions(
        conditions={"ok": 0.3}, events={**fixed(ship=1), "pay": Delay("fixed", (5400 * SECOND,))}
    )
    done = by_state(simulate(sale, given, items=10_000))
    assert 2800 < done["paid"].visits < 3200
    assert done["gone"].visits == 10_000 - done["paid"].visits


def test_an_answer_of_one_state_is_its_own(sale):
    given = Assumptions(conditions={"ok": 0.0}, state_conditions={("new", "ok"): 1.0}, events=fixed(pay=1))
    assert by_state(simulate(sale, given, items=10))["paid"].visits == 10


def test_a_share_is_how_often_it_happens_at_all(sale):
    given = Assumptions(conditions={"ok": 1.0}, events={"pay": Delay("fixed", (SECOND,), 0.25)})
    assert 2200 < by_state(simulate(sale, given, items=10_000))["paid"].visits < 2800


def test_of_exits_at_most_one_happens(tmp_path):
    process = load(tmp_path, "states a b c\na -> b : x\na -> c : y")
    exits = {"a": {"x": Delay("fixed", (SECOND,), 0.5), "y": Delay("fixed", (2 * SECOND,), 0.25)}}
    done = by_state(simulate(process, Assumptions(exits=exits), items=10_000))
    assert 4800 < done["b"].visits < 5200
    assert 2300 < done["c"].visits < 2700
    assert done["a"].still == 10_000 - done["b"].visits - done["c"].visits


@pytest.mark.parametrize(
    ("delay", "mean", "p95"),
    [
        (Delay("exponential", (100 * SECOND,)), 100, 299.6),
        (Delay("between", (50 * SECOND, 150 * SECOND)), 100, 145),
        (Delay("quantiles", (0, 10 * SECOND, 90 * SECOND)), 27.5, 82),
    ],
)
def test_delays_are_distributed_as_they_say(tmp_path, delay, mean, p95):
    process = load(tmp_path, "states a b\na -> b : x")
    state = simulate(process, Assumptions(events={"x": delay}), items=40_000).states[0]
    assert state.mean_s == pytest.approx(mean, rel=0.03)
    assert state.p95_s == pytest.approx(p95, rel=0.03)


def test_the_same_seed_gives_the_same_numbers(sale):
    assert simulate(sale, Assumptions(), items=500, seed=4) == simulate(
        sale, Assumptions(), items=500, seed=4
    )
    assert simulate(sale, Assumptions(), items=500, seed=4) != simulate(
        sale, Assumptions(), items=500, seed=5
    )


def test_what_is_bound_is_counted_over_time(sale):
    given = Assumptions(
        conditions={"ok": 1.0}, events=fixed(pay=1, ship=3), arrivals=1, stock_update_every=None
    )
    done = simulate(sale, given, items=10, span="100 hours")
    assert done.peak == 10
    assert done.mean == pytest.approx(10, rel=0.01)
    assert [done.bound[0]["held"], done.bound[0]["reserved"]] == [1, 0]
    assert (done.bound[50]["held"], done.bound[50]["reserved"]) == (0, 10)
    counted = simulate(sale, replace(given, stock_update_every=DAY), items=10, span="100 hours")
    assert counted.mean == pytest.approx(2.4, rel=0.01)
    assert counted.bound[-1] == {"at": "2026-01-02T00:00:00Z", "reserved": 0, "held": 0}


def test_a_hold_that_ends_by_itself_binds_no_longer(sale):
    given = Assumptions(conditions={"ok": 0.0}, arrivals=1)
    free = simulate(sale, replace(given, hold=False), items=10, span="10 hours")
    short = simulate(sale, replace(given, hold_timeout=HOUR * SECOND), items=10, span="10 hours")
    assert (free.mean, short.mean) == (0, 1)
    assert simulate(sale, given, items=10, span="10 hours").mean == 2


def test_what_is_late_is_still_there(sale):
    done = by_state(simulate(sale, Assumptions(events=fixed(pay=100)), items=10, span="1 hour"))
    assert (done["new"].still, done["new"].mean_s, done["gone"].visits) == (10, None, 0)


def test_a_timeout_that_leads_nowhere_begins_again(tmp_path):
    process = load(tmp_path, "states a b\na -> b : tick [ok]\nevent tick timeout=1~hour")
    state = simulate(process, Assumptions(conditions={"ok": 0.5}), items=20_000).states[0]
    assert state.mean_s == pytest.approx(2 * HOUR, rel=0.03)


def test_months_and_weekdays_are_counted_on_the_calendar(tmp_path):
    process = load(tmp_path, "states a b\na -> b : late\nevent late timeout=1~month")
    assert simulate(process, Assumptions(), items=1).states[0].mean_s == 31 * 24 * HOUR


def test_the_conditions_run_comes_at_its_times(tmp_path):
    process = load(tmp_path, "states a b\na -> b [ok]")
    given = Assumptions(conditions={"ok": 1.0}, conditions_every=HOUR * SECOND, arrivals=1)
    assert simulate(process, given, items=3).states[0].p95_s == pytest.approx(HOUR, abs=1)
    assert simulate(process, replace(given, conditions={"ok": 0.0}), items=3).states[0].still == 3


@pytest.mark.parametrize("way", ["b -> a : on\nevent on onEnter", "b -> a"])
def test_items_that_go_round_in_circles_are_stuck(tmp_path, way):
    process = load(tmp_path, f"states a b\na -> b\n{way}")
    done = simulate(process, Assumptions(), items=5)
    assert done.stuck == 5


def test_a_simulation_does_what_a_trial_does(tmp_path):
    process = load(
        tmp_path,
        "states a b* c d*\na -> b : on [x]\na -> c : on\nb -> d : late\nb -> c : soon [y]\nd -> a\nc -> d : late\n"
        "event on onEnter\nevent late timeout=3~hours\nevent soon timeout=1~hour",
    )
    for x in (True, False):
        for y in (True, False):
            trial = Trial(process, Terms(answers={"x": x, "y": y}))
            trial.place()
            fired = trial.wait(START + 48 * HOUR * SECOND).fired
            entered = [one.target for one in fired if one.target not in (None, one.source)]
            given = Assumptions(conditions={"x": float(x), "y": float(y)}, arrivals=1)
            done = simulate(process, given, items=1, span="48 hours")
            placed = ["a", "b" if x else "c"]
            for state in done.states:
                assert state.visits == [*placed, *entered].count(state.state), (state, x, y)


GOOD = """
process: Sale
arrivals: {every: 10 minutes}
conditions: {ok: 0.9}
conditions_run: 5 minutes
stock_update: {every: 1 day, at: "02:00"}
events:
  pay: 2 hours
  ship: {between: [1 hour, 2 days], share: 0.95}
  find: {fixed: 90}
states:
  new: {conditions: {ok: 0.5}, exits: {pay: {quantiles: [0, 60, 3600], share: 0.5}}}
"""


def read(process, text):
    return read_assumptions(Path("a.yaml"), text, process, Assumptions())


def test_assumptions_are_read(sale):
    found = read(sale, GOOD)
    assert found.conditions == {"ok": 0.9}
    assert found.state_conditions == {("new", "ok"): 0.5}
    assert found.events["pay"] == Delay("exponential", (2 * HOUR * SECOND,))
    assert found.events["ship"] == Delay("between", (HOUR * SECOND, 2 * DAY), 0.95)
    assert found.exits["new"]["pay"] == Delay("quantiles", (0, 60 * SECOND, HOUR * SECOND), 0.5)
    assert (found.stock_update_every, found.stock_update_at) == (DAY, 2 * HOUR * SECOND)
    assert (found.conditions_every, found.arrivals) == (300 * SECOND, 600 * SECOND)
    assert read(sale, "stock_update: never").stock_update_every is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("conditons: {}", '1: there is no key "conditons". Did you mean "conditions"?'),
        ("conditions: {oke: 1}", '1: there is no condition "oke"'),
        ("conditions: {ok: 2}", "1: 2 is not a probability"),
        ("events: {pai: 1 hour}", '1: there is no event "pai"'),
        ("events: {pay: soon}", '1: "soon" is not readable'),
        ("events: {pay: {mean: 1 month}}", "1: '1 month' is not always as long"),
        ("events: {pay: {mean: 1 day, fixed: 1 day}}", "1: this says mean and fixed"),
        ("events: {pay: {between: [1 day]}}", "1: between has 1 span."),
        ("events: {pay: {between: [2 days, 1 day]}}", "1: between does not begin with the least"),
        ("events: {pay: {mean: -5}}", "1: -5 is negative"),
        ("states: {nev: {}}", '1: there is no state "nev"'),
        (
            "states: {new: {exits: {pay: {share: 0.7}, expire: {share: 0.7}}}}",
            "1: the shares are more than 1",
        ),
        ("stock_update: {at: noon}", "1: 'noon' is not a time of day"),
        ("a: [", "2: this is not YAML"),
    ],
)
def test_what_is_wrong_with_assumptions_is_told_with_its_line(sale, text, told):
    with pytest.raises(InputError) as refused:
        read(sale, text + "\n")
    (line,) = refused.value.lines[1:]
    assert line.startswith(f"a.yaml:{told}")


def test_options_are_assumptions_too(sale):
    found = Assumptions().with_options(
        sale, probabilities={"ok": "0.7"}, events={"pay": "2 hours"}, stock_update="12 hours"
    )
    assert (found.conditions, found.stock_update_every) == ({"ok": 0.7}, DAY // 2)
    assert found.unsaid(sale) == [
        "ship is fired after a day on the average",
        "find is fired after a day on the average",
    ]
    for wrong in ({"ok": "1.5"}, {"ok": "often"}, {"oke": "1"}):
        with pytest.raises(InputError):
            Assumptions().with_options(sale, probabilities=wrong, events={}, stock_update=None)
    with pytest.raises(UnknownEvent, match="did you mean 'pay'"):
        Assumptions().with_options(sale, probabilities={}, events={"pai": "1 day"}, stock_update=None)
