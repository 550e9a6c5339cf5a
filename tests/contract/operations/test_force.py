"""Forcing items to a state: whatever the transitions say, with a reason, and with all amounts true afterwards."""

from __future__ import annotations

import threading

import pytest

from engine.errors import InputError, ProcessNotFound, UnknownItem, UnknownOrder, UnknownState
from engine.hooks import Scope
from engine.requests import Selection
from tests.helpers.clock import HOUR
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

SALE = """
    states new paid* shipped* closed lost
    new -> paid : pay
    new -> lost : expire
    paid -> shipped : ship
    shipped -> closed : close
    shipped -> lost : never
    event pay command=charge manual
    event expire timeout=2hours
    event never timeout=3hours
"""


@pytest.fixture
def sale(sale):
    sale.command("charge")
    return sale


def force(world, state, /, *items, reason="wrong parcel", engine=None, **selection):
    chosen = Selection(items=items, **selection)
    return (engine or world.engine).force(state, chosen, reason=reason)


def test_items_get_to_a_state_that_no_transition_leads_to(sale):
    first, second, third = sale.place("tea-1", "tea-1", "tea-1")
    sale.trigger("pay", second)
    sale.engine.runtime.actor = "olga"
    report = force(sale, "shipped", first, second, reason=" the parcel is gone ")
    assert (report.examined, report.moved, report.refused) == (2, 2, False)
    assert sale.states(first, second, third) == ["shipped", "shipped", "new"]
    entry = sale.history(first)[-1]
    assert (entry.trigger, entry.outcome, entry.event, entry.source, entry.target) == (
        "force",
        "forced",
        None,
        "new",
        "shipped",
    )
    assert (entry.actor, entry.reason) == ("olga", "the parcel is gone")
    assert (sale.reserved(), sale.held(), sale.drift()) == (2, 1, [])


def test_orders_and_all_items_of_a_state_can_be_forced(sale):
    first = sale.place("tea-1", "tea-1")
    second = sale.place("tea-1")
    assert force(sale, "closed", orders=("order-1",)).moved == 2
    assert force(sale, "paid", process="Sale", state="closed").moved == 2
    assert sale.states(*first, *second) == ["paid", "paid", "new"]


def test_all_items_of_a_state_are_forced_chunk_by_chunk(make_shop):
    world = make_shop(execution={"chunk": 3}).stocked(tea_1=100)
    world.deploy(SALE)
    world.place_many(10)
    assert force(world, "lost", process="Sale", state="new").moved == 10
    assert set(world.states()) == {"lost"}
    assert (world.held(), world.drift()) == (0, [])


def test_an_item_that_is_there_already_is_blocked_and_nothing_is_done_to_it(sale):
    first, second = sale.place("tea-1", "tea-1")
    before = (sale.timeouts(first), sale.step(first))
    report = force(sale, "new", first)
    assert (report.examined, report.moved, codes(report.blocked)) == (1, 0, {first: "already_there"})
    assert (sale.timeouts(first), sale.step(first)) == before
    assert len(sale.history(second)) == 1


@pytest.mark.parametrize(
    ("state", "selection", "error"),
    [
        ("nowhere", {"items": (1,)}, UnknownState),
        ("nowhere", {"process": "Sale", "state": "new"}, UnknownState),
        ("paid", {"process": "Sale", "state": "nowhere"}, UnknownState),
        ("paid", {"process": "Nothing", "state": "new"}, ProcessNotFound),
        ("paid", {"items": (1, 4711)}, UnknownItem),
        ("paid", {"items": (1,), "orders": ("XX",)}, UnknownOrder),
        ("paid", {}, InputError),
        ("paid", {"items": (1,), "process": "Sale", "state": "new"}, InputError),
    ],
)
def test_what_does_not_exist_is_refused_before_anything_is_done(sale, state, selection, error):
    (item,) = sale.place()
    with pytest.raises(error):
        sale.engine.force(state, Selection(**selection), reason="because")
    with pytest.raises(error):
        sale.engine.force_preview(state, Selection(**selection))
    assert (sale.state(item), len(sale.history(item))) == ("new", 1)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reason_is_needed(sale, reason):
    (item,) = sale.place()
    with pytest.raises(InputError, match="reason"):
        force(sale, "paid", item, reason=reason)
    assert sale.state(item) == "new"


def test_every_item_gets_to_the_state_of_its_own_version(world):
    world.deploy("states new done*\nnew -> done : go")
    (old,) = world.place()
    world.deploy("states new extra done*\nnew -> done : go\nextra -> done : leave")
    (new,) = world.place()
    with pytest.raises(UnknownState, match=r"version [0-9a-f]{12} .*has no state 'extra'; it has: new, done"):
        force(world, "extra", old, new)
    assert world.states(old, new) == ["new", "new"]
    assert force(world, "done", old, new).moved == 2
    assert world.query(
        "SELECT count(DISTINCT s.version_id) FROM order_item i JOIN process_state s ON s.id = i.state_id"
    ) == [(2,)]


def test_the_timeouts_of_the_old_state_go_and_those_of_the_new_one_are_armed(sale):
    (item,) = sale.place()
    sale.forward(HOUR)
    force(sale, "shipped", item)
    assert {event: due.hour for event, due in sale.timeouts(item).items()} == {"never": 4}
    force(sale, "closed", item)
    assert sale.timeouts(item) == {}


def test_the_automatic_step_of_the_state_follows(world):
    world.deploy("states new busy* done\nnew -> lost : x\nstates lost\nbusy -> done : on\nevent on onEnter")
    (item,) = world.place()
    report = force(world, "busy", item)
    assert (report.examined, report.moved, world.state(item)) == (1, 1, "done")
    assert [entry.trigger for entry in world.history(item)] == ["place", "force", "on-enter"]
    assert (world.reserved(), world.drift()) == (0, [])


def test_what_is_stuck_is_freed(make_shop):
    world = make_shop(execution={"retry_attempts": 1}).stocked(tea_1=100)
    world.deploy("""
        states new busy* late closed
        new -> busy : go
        new -> late : expire
        new -> late [broken]
        busy -> closed : on
        event on onEnter command=work
        event expire timeout=1hour command=work
    """)
    world.command("work", does=fails())
    world.plugins.add_condition("broken", fails())
    first, second = world.place("tea-1", "tea-1")
    world.trigger("go", first)
    world.forward(HOUR)
    world.engine.run_timeouts()
    world.engine.run_conditions()
    assert len(world.engine.stuck()) == 3
    force(world, "closed", first, second)
    assert world.engine.stuck() == []
    for table in ("due_step", "item_timeout", "sweep_failure"):
        assert world.query(f"SELECT * FROM {table}") == []
    world.command("work")
    force(world, "busy", first)
    assert (world.state(first), world.query("SELECT * FROM due_step")) == ("closed", [])


def test_open_calls_are_forgotten_and_their_other_members_get_one_of_their_own(sale):
    first, second = items = sale.place("tea-1", "tea-1")
    sale.command("charge", Scope.ORDER, fails())
    sale.trigger("pay", *items)
    force(sale, "lost", first)
    assert sale.query("SELECT * FROM command_run") == sale.query("SELECT * FROM command_member") == []
    calls = sale.command("charge", Scope.ORDER)
    sale.trigger("pay", second)
    assert calls.members == [(second,)]


@pytest.mark.parametrize("scope", [Scope.ITEM, Scope.ORDER])
def test_a_live_claim_is_broken_and_its_holder_changes_nothing(sale, scope):
    first, _ = items = sale.place("tea-1", "tea-1")
    other = sale.another(host="operator")
    reports = []

    def charge(called, context):
        if not reports:
            reports.append(force(sale, "lost", first, engine=other))

    sale.command("charge", scope, charge)
    report = sale.trigger("pay", *items)
    other.close()
    assert (reports[0].moved, reports[0].refused) == (1, False)
    assert (report.moved, codes(report.failed)) == (1, {first: "state_changed"})
    assert sale.states(*items) == ["lost", "paid"]
    assert [entry.outcome for entry in sale.history(first)] == ["placed", "forced"]
    assert sale.query("SELECT * FROM item_claim") == []
    assert (sale.reserved(), sale.drift()) == (1, [])


def test_a_claim_holder_that_fails_after_a_force_counts_no_attempt(world):
    world.deploy("states new busy* done\nnew -> busy : go\nbusy -> done : on\nevent on onEnter command=work")
    (item,) = world.place()
    other = world.another(host="operator")

    def work(*_):
        force(world, "new", item, engine=other)
        raise RuntimeError("no")

    world.command("work", does=work)
    report = world.trigger("go", item)
    other.close()
    assert (report.moved, codes(report.failed), world.state(item)) == (1, {item: "state_changed"}, "new")
    assert world.query("SELECT * FROM due_step") == []


def test_two_forces_at_once_end_in_one_of_the_states(sale):
    items = sale.place_many(20)
    engines = [sale.another(host=name) for name in ("one", "two")]
    threads = [
        threading.Thread(target=force, args=(sale, state, *items), kwargs={"engine": engine})
        for engine, state in zip(engines, ("paid", "lost"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.close()
    assert set(sale.states()) in ({"paid"}, {"lost"})
    assert {sale.step(item) for item in items} == {2}
    assert sale.drift() == []


def test_what_exceeds_the_stock_is_recorded_and_keeps_nobody(make_shop):
    world = make_shop().stocked(tea_1=2)
    world.deploy(SALE)
    (first,) = world.place("tea-1 2")
    force(world, "closed", first)
    world.place("tea-1 2")
    assert force(world, "paid", first).moved == 1
    assert (world.available(), world.drift()) == (0, [])
    assert len(world.payloads("shortfall")) == 2  # of the store and of the one that shares with it
    assert world.engine.availability(["tea-1"], "DE")[0].shortfall == 2


def test_a_hold_goes_on_ends_or_becomes_the_reservation_and_never_begins(world):
    world.deploy("states new open paid* closed\nnew -> open : a\nopen -> paid : b\npaid -> closed : c")
    (item,) = world.place()
    amounts = [(world.counted(item)[0], world.counted(item)[1])]
    for state in ("open", "paid", "open", "closed", "new"):
        force(world, state, item)
        amounts.append(world.counted(item))
        assert world.drift() == []
    assert amounts == [(0, 1), (0, 1), (1, 0), (0, 0), (0, 0), (0, 0)]


def test_processors_of_the_new_state_are_asked_and_a_failing_one_keeps_its_item(world):
    world.deploy(
        "states new open*\nnew -> new : x\nopen -> new : late\nevent late timeout=1hour processor=own"
    )
    first, second = world.place("tea-1", "tea-1")
    asked = []

    def own(item, text, now):
        asked.append(item.state)
        return now.replace(hour=7) if item.id == first else fails("no calendar")()

    world.plugins.processors["own"] = own
    report = force(world, "open", first, second)
    assert (report.examined, report.moved) == (2, 1)
    assert codes(report.failed) == {second: "timeout_processor_failed"}
    assert (world.states(first, second), asked) == (["open", "new"], ["open", "open"])
    assert world.timeouts(first)["late"].hour == 7
    assert world.drift() == []


def test_a_missing_processor_keeps_the_item(world):
    world.deploy(
        "states new open*\nnew -> new : x\nopen -> new : late\nevent late timeout=1hour processor=own"
    )
    (item,) = world.place()
    assert codes(force(world, "open", item).failed) == {item: "plugin_missing"}
    assert world.state(item) == "new"


def test_forcing_takes_the_same_statements_for_few_and_for_many(make_shop):
    taken = []
    for count in (5, 500):
        world = make_shop().stocked(tea_1=1000)
        world.deploy(SALE)
        world.place_many(count)
        world.engine.order("order-1")
        taken.append(
            world.statements(
                lambda: force(world, "shipped", process="Sale", state="new")  # noqa: B023
            )
        )
    assert taken[0] == taken[1]


def test_a_stop_leaves_the_rest(make_shop):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    world.deploy(SALE)
    items = world.place_many(4)
    world.engine.runtime.stop = lambda: world.states().count("lost") > 0
    report = force(world, "lost", *items)
    assert (report.moved, report.complete) == (2, False)


def test_the_preview_tells_what_a_force_would_do_and_does_nothing(sale):
    first, second, third = sale.place("tea-1 2", "tea-2 3", "tea-1")
    sale.trigger("pay", second)
    force(sale, "shipped", third)
    sale.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
        " VALUES (?, 't', 'host, process 7', 'pay', 0, 0, ?), (?, 't', 'host', 'pay', 0, 0, ?)",
        first,
        sale.clock() + 10_000_000,
        second,
        sale.clock() - 1,
    )
    before = [sale.query(f"SELECT * FROM {table} ORDER BY 1") for table in ("order_item", "item_claim")]
    found = sale.engine.force_preview("shipped", Selection(items=(first, second, third)))
    assert found.as_dict() == {
        "state": "shipped",
        "items": 2,
        "from": [
            {"process": "Sale", "state": "new", "items": 1},
            {"process": "Sale", "state": "paid", "items": 1},
        ],
        "claims": [
            {"item": first, "holder": "host, process 7", "event": "pay", "expires_at": "2026-01-01T00:00:10Z"}
        ],
        "reservation": [{"store": "DE", "sku": "tea-1", "reserved": "2", "held": "-2"}],
        "blocked": [
            {
                "item": third,
                "code": "already_there",
                "message": f"item {third}: it is in the state 'shipped' already",
            }
        ],
    }
    assert [sale.query(f"SELECT * FROM {t} ORDER BY 1") for t in ("order_item", "item_claim")] == before


@pytest.mark.parametrize("target", ["paid", "lost", "closed", "shipped"])
def test_the_amounts_of_the_preview_are_those_of_the_force(make_shop, target):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100, tea_2=100)
    world.deploy(SALE)
    world.command("charge")
    items = [*world.place("tea-1", "tea-2 2", "tea-1"), *world.place("tea-1", "tea-2", store="AT")]
    world.trigger("pay", items[0], items[3])

    def amounts():
        rows = world.query(
            "SELECT s.name, p.sku, sum(i.counted_reserved), sum(i.counted_hold) FROM order_item i"
            " JOIN store s ON s.id = i.store_id JOIN product p ON p.id = i.product_id GROUP BY s.name, p.sku"
        )
        return {(store, sku): (reserved, held) for store, sku, reserved, held in rows}

    before = amounts()
    told = world.engine.force_preview(target, Selection(items=tuple(items)))
    force(world, target, *items)
    changed = {key: tuple(a - b for a, b in zip(amounts()[key], before[key], strict=True)) for key in before}
    scale = 1_000_000
    assert {(c.store, c.sku): (int(c.reserved * scale), int(c.held * scale)) for c in told.reservation} == {
        key: change for key, change in changed.items() if any(change)
    }


def test_a_forced_item_is_free_at_once_although_a_worker_is_still_busy_with_it(sale):
    (item,) = sale.place()
    other = sale.another(host="operator")
    reports = []

    def charge(*_):
        force(sale, "shipped", item, engine=other)
        reports.append(other.trigger("close", Selection(items=(item,))))

    sale.command("charge", does=charge)
    assert codes(sale.trigger("pay", item).failed) == {item: "state_changed"}
    other.close()
    assert (reports[0].moved, reports[0].blocked, sale.state(item)) == (1, [], "closed")


def test_whatever_was_planned_for_the_item_goes_also_what_its_state_does_not_know(sale):
    (item,) = sale.place()
    force(sale, "closed", item)  # a state with neither commands nor timeouts nor automatic steps
    state = sale.value("SELECT state_id FROM order_item WHERE id = ?", item)
    sale.sql("INSERT INTO due_step (item_id, step, event) VALUES (?, 0, 'gone')", item)
    sale.sql("INSERT INTO item_timeout (item_id, event, due_at) VALUES (?, 'gone', 1)", item)
    sale.sql("INSERT INTO sweep_failure (item_id, step, attempts) VALUES (?, 1, 1)", item)
    sale.sql(
        "INSERT INTO command_run (id, key, command, event, state_id, started_at)"
        " VALUES (7, 'k', 'gone', 'gone', ?, 0)",
        state,
    )
    sale.sql("INSERT INTO command_member (item_id, command_run_id, step) VALUES (?, 7, 1)", item)
    assert force(sale, "paid", item).moved == 1
    for table in ("due_step", "item_timeout", "sweep_failure", "command_run", "command_member"):
        assert sale.query(f"SELECT * FROM {table}") == []


def test_what_has_left_the_selected_state_meanwhile_is_not_forced(world):
    world.deploy("""
        states new open* gone
        new -> gone : leave
        open -> new : late
        event late timeout=1hour processor=own
    """)
    first, second = world.place("tea-1", "tea-1")
    other = world.another(host="rival")

    def own(item, text, now):
        if item.id == first:
            other.trigger("leave", Selection(items=(second,)))
        return now.replace(hour=7)

    world.plugins.processors["own"] = own
    report = force(world, "open", process="Sale", state="new")
    other.close()
    assert (report.examined, report.moved, report.refused) == (1, 1, False)
    assert world.states(first, second) == ["open", "gone"]


def test_an_item_that_came_along_after_the_processors_were_asked_is_left_alone(world):
    world.deploy("""
        states new open* gone
        new -> gone : leave
        open -> new : late
        event late timeout=1hour processor=own
    """)
    first, second = world.place("tea-1", "tea-1")
    force(world, "gone", second)
    world.plugins.processors["own"] = lambda item, text, now: now.replace(hour=7)
    force(world, "open", second)
    other = world.another(host="rival")

    def own(item, text, now):
        force(world, "gone", second, engine=other)
        return now.replace(hour=7)

    world.plugins.processors["own"] = own
    report = force(world, "open", first, second)
    other.close()
    assert (report.moved, codes(report.failed)) == (1, {second: "state_changed"})
    assert world.states(first, second) == ["open", "gone"]
    assert world.drift() == []


def test_an_old_version_without_the_state_is_in_nobodys_way_once_it_has_no_items(world):
    world.deploy("states new old\nnew -> old : go")
    world.deploy("states new other\nnew -> other : go")
    items = world.place("tea-1", "tea-1")
    told = []
    report = world.engine.force(
        "other", Selection(process="Sale", state="new"), reason="r", progress=lambda *at: told.append(at)
    )
    assert (report.moved, world.states(*items), told) == (2, ["other", "other"], [(2, None)])
