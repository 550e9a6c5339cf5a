"""The conditions run: eventless transitions, one hop a tick, fair and without writing who waits."""

from __future__ import annotations

import pytest

from engine.errors import UnknownStore
from engine.hooks import Scope
from engine.requests import Selection
from tests.helpers.clock import HOUR
from tests.helpers.plugins import fails
from tests.helpers.shop import codes, order

HOPS = """
    states new a* b* c
    new -> a [ready]
    a -> b
    b -> c
"""

WRITES = ("insert_", "move_", "step_", "set_", "drop_", "release_", "ledger_", "outbox_")


@pytest.fixture
def ready(world):
    """The ids for which the condition ``ready`` is true."""
    ids: set[int] = set()
    world.plugins.add_condition("ready", lambda item, context: item.id in ids)
    return ids


def test_items_hop_once_a_tick(world, ready):
    world.deploy(HOPS)
    first, second = world.place("tea-1", "tea-1")
    ready.add(first)
    tracks = []
    for _ in range(4):
        report = world.engine.run_conditions()
        tracks.append((world.states(first, second), report.examined, report.moved))
    assert tracks == [
        (["a", "new"], 2, 1),
        (["b", "new"], 2, 1),
        (["c", "new"], 2, 1),
        (["c", "new"], 1, 0),
    ]
    entry = world.history(first)[1]
    assert (entry.trigger, entry.event, entry.conditions) == ("conditions", None, {"ready": True})
    assert world.drift() == []


def test_items_hop_once_a_tick_also_where_each_is_asked(world):
    world.deploy("states new a* b\nnew -> a [ready]\na -> b [ready]")
    world.plugins.add_condition("ready", lambda *_: True)
    first, second = world.place("tea-1", "tea-1")
    tracks = [(world.engine.run_conditions().moved, world.states(first, second)) for _ in range(3)]
    assert tracks == [(2, ["a", "a"]), (2, ["b", "b"]), (0, ["b", "b"])]


@pytest.mark.parametrize("constant", [True, False])
def test_many_that_wait_are_all_looked_at_once(make_shop, constant):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    world.plugins.add_condition("no", lambda *_: False, constant=False if constant else None)
    world.deploy("states new a\nnew -> a [no]")
    world.place_many(6)
    report = world.engine.run_conditions()
    assert (report.examined, report.moved) == (6, 0)
    assert [world.engine.run_conditions(limit=4).examined for _ in range(2)] == [4, 4]


def test_until_idle_hops_until_nothing_moves_and_counts_each_item_once(world, ready):
    world.deploy(HOPS)
    first, second = world.place("tea-1", "tea-1")
    ready.add(first)
    report = world.engine.run_conditions(until_idle=True)
    assert (report.examined, report.moved, report.refused) == (2, 1, False)
    assert world.states(first, second) == ["c", "new"]


def test_until_idle_ends_when_items_go_round_in_circles(world):
    world.deploy("states new a b\nnew -> a\na -> b\nb -> a")
    world.place()
    report = world.engine.run_conditions(until_idle=True)
    assert codes(report.stuck) == {None: "automatic_loop"}


def test_waiting_items_are_not_written(world, ready):
    world.deploy(HOPS)
    items = world.place_many(20)
    before = world.query("SELECT * FROM order_item")
    names = world.statements(world.engine.run_conditions)
    assert [name for name in names if name.startswith(WRITES)] == []
    assert "commit" not in names
    assert world.query("SELECT * FROM order_item") == before
    assert len(world.history(items[0])) == 1


def test_an_eventless_transition_to_its_own_state_is_waiting(world):
    world.deploy("states new done\nnew -> new\nnew -> done : go")
    (item,) = world.place()
    report = world.engine.run_conditions()
    assert (report.examined, report.moved, world.step(item)) == (1, 0, 0)
    assert world.engine.run_conditions(until_idle=True).stuck == []


@pytest.mark.parametrize("constant", [True, False])
def test_conditions_choose_among_eventless_transitions_too(world, constant):
    world.deploy("states new one two rest\nnew -> one [a]\nnew -> two [b]\nnew -> rest")
    for name, answer in (("a", False), ("b", True)):
        world.plugins.add_condition(
            name, lambda *_, answer=answer: answer, constant=answer if constant else None
        )
    (item,) = world.place()
    assert world.engine.run_conditions().moved == 1
    assert world.state(item) == "two"


def test_what_follows_a_hop_is_immediate(world):
    world.deploy("states new a* b\nnew -> a\na -> b : on\nevent on onEnter command=work")
    work = world.command("work")
    (item,) = world.place()
    report = world.engine.run_conditions()
    assert (report.examined, report.moved, world.state(item)) == (1, 1, "b")
    assert work.members == [(item,)]


def test_a_trigger_takes_no_eventless_transition(world):
    world.deploy("states new a b\nnew -> a : go\na -> b")
    (item,) = world.place()
    world.trigger("go", item)
    assert world.state(item) == "a"


def test_items_of_two_versions_follow_their_own(world):
    world.deploy("states new a b\nnew -> a")
    (old,) = world.place()
    world.deploy("states new a b\nnew -> b")
    (new,) = world.place()
    assert world.engine.run_conditions().moved == 2
    assert world.states(old, new) == ["a", "b"]


def test_a_condition_that_raises_holds_back_only_its_items(world):
    world.deploy("states new a\nnew -> a [ready]")
    first, second, third = items = world.place("tea-1", "tea-1", "tea-1")
    world.plugins.add_condition("ready", lambda item, context: {first: True, third: False}[item.id])
    report = world.engine.run_conditions()
    assert (report.examined, report.moved) == (3, 1)
    assert codes(report.failed) == {second: "condition_failed"}
    assert world.states(*items) == ["a", "new", "new"]
    assert world.history(second)[-1].outcome == "failed"
    assert world.query("SELECT item_id FROM sweep_failure") == [(second,)]


def test_a_failing_batch_condition_keeps_no_other_state_waiting(world):
    world.deploy("states new a b\nnew -> b [down]\nnew -> a : go\na -> b")
    first, second = world.place("tea-1", "tea-1")
    world.trigger("go", second)
    world.plugins.add_condition("down", fails(), Scope.BATCH)
    report = world.engine.run_conditions()
    assert (report.moved, codes(report.failed)) == (1, {first: "condition_failed"})
    assert world.states(first, second) == ["new", "b"]


def test_a_missing_condition_is_told_and_keeps_no_other_state_waiting(world):
    world.deploy("states new a b\nnew -> b [nobody]\nnew -> a : go\na -> b")
    first, second = world.place("tea-1", "tea-1")
    world.trigger("go", second)
    report = world.engine.run_conditions()
    assert (report.moved, [refusal.code for refusal in report.failed]) == (1, ["plugin_missing"])
    assert world.states(first, second) == ["new", "b"]


def test_a_missing_condition_is_told_once_for_a_state_and_of_no_item(world):
    flow = "states new a b c\nnew -> b [nobody]\nnew -> a : go\na -> b\nb -> c"
    world.deploy(flow)
    first, second = world.place("tea-1", "tea-1")
    world.trigger("go", second)
    world.deploy(flow + "\nc -> new : back")
    (third,) = world.place()
    report = world.engine.run_conditions(until_idle=True)
    assert world.states(first, second, third) == ["new", "c", "new"]
    assert [refusal.as_dict() for refusal in report.failed] == [
        {
            "item": None,
            "code": "plugin_missing",
            "message": "the condition 'nobody' is not registered, which the state 'new' of 'Sale' needs",
        }
    ]


def test_only_the_item_that_changed_meanwhile_is_told_of_not_those_that_wait(world):
    world.deploy("states new a lost\nnew -> a [ready]\nnew -> lost : lose")
    rival = world.another(host="rival")
    first, _, third = items = world.place("tea-1", "tea-1", "tea-1")

    def ready(item, context):
        if item.id == first:
            rival.trigger("lose", Selection(items=(first,)))
        return item.id != third

    world.plugins.add_condition("ready", ready)
    report = world.engine.run_conditions()
    rival.close()
    assert (report.moved, codes(report.failed)) == (1, {first: "state_changed"})
    assert world.states(*items) == ["lost", "a", "new"]


@pytest.mark.parametrize("condition", ["[ready]", ""])
def test_two_ticks_with_a_limit_cover_all_that_one_cannot(make_shop, condition):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    seen = []
    world.plugins.add_condition("ready", lambda item, context: bool(seen.append(item.id)))
    world.deploy(f"states new a\nnew -> a {condition}")
    items = world.place_many(10)
    assert [world.engine.run_conditions(limit=5).examined for _ in range(2)] == [5, 5]
    assert seen == items if condition else set(world.states()) == {"a"}


def test_a_limit_starves_neither_items_nor_states(make_shop):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    seen = []
    world.plugins.add_condition("ready", lambda item, context: bool(seen.append(item.id)))
    world.deploy(
        "states a b c end\na -> end [ready]\na -> b : go\nb -> end [ready]\nb -> c : go\nc -> end [ready]"
    )
    items = world.place_many(12)
    world.trigger("go", *items[4:])
    world.trigger("go", *items[10:])
    for _ in range(30):
        assert world.engine.run_conditions(limit=1).examined == 1
    looks = {item: seen.count(item) for item in items}
    # Each of the three states got every third look, and within a state every item its share of them.
    assert [looks[item] for item in items] == [3, 3, 2, 2, 2, 2, 2, 2, 1, 1, 5, 5]


def test_a_limit_larger_than_what_waits_looks_at_everything_once(world):
    seen = []
    world.plugins.add_condition("ready", lambda item, context: bool(seen.append(item.id)))
    world.deploy("states new a\nnew -> a [ready]")
    items = world.place_many(7)
    world.engine.run_conditions(limit=3)
    seen.clear()
    assert world.engine.run_conditions(limit=50).examined == 7
    assert sorted(seen) == items


def test_a_run_for_one_store_looks_only_at_its_items(world):
    world.deploy("states new a\nnew -> a")
    here, there = world.place(store="DE")[0], world.place(store="AT")[0]
    report = world.engine.run_conditions(store="AT")
    assert (report.examined, report.moved) == (1, 1)
    assert world.states(here, there) == ["new", "a"]
    with pytest.raises(UnknownStore):
        world.engine.run_conditions(store="XX")


def test_runs_for_several_stores_with_a_limit_starve_nobody(world):
    seen = []
    world.plugins.add_condition("ready", lambda item, context: bool(seen.append(item.id)))
    world.deploy("states new a\nnew -> a [ready]")
    first, second = world.place("tea-1", "tea-1", store="DE")
    (third,) = world.place("tea-1", store="AT")
    for _ in range(3):
        world.engine.run_conditions(store="DE", limit=1)
        world.engine.run_conditions(store="AT", limit=1)
    assert set(seen) == {first, second, third}


def test_an_item_that_a_left_over_step_brought_into_a_waiting_state_counts_once(world):
    world.deploy("states new a b c\nnew -> a : go\na -> b : on\nb -> c\nevent on onEnter command=work")
    world.command("work", does=fails())
    (item,) = world.place()
    world.trigger("go", item)
    world.command("work")
    world.forward(HOUR)
    report = world.engine.run_conditions()
    assert world.state(item) == "c"
    assert (report.examined, report.moved) == (1, 1)


def test_new_items_and_moved_ones_wait_for_the_next_tick(world):
    world.deploy("states new a b\nnew -> a [ready]\na -> b")
    (first,) = world.place()
    rival = world.another()

    def ready(item, context):
        rival.place_many([(1, order("late", "tea-1"))])
        return True

    world.plugins.add_condition("ready", ready)
    assert world.engine.run_conditions().examined == 1
    rival.close()
    assert world.state(first) == "a"
    assert len(world.states()) == 2
