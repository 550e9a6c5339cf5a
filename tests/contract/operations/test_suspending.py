"""What is suspended stands still: nothing moves by itself, and events are refused. Resumed, all of it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import (
    AlreadySuspended,
    InputError,
    NotSuspended,
    ProcessNotFound,
    UnknownItem,
    UnknownOrder,
    UnknownState,
    UnknownStore,
)
from engine.requests import ItemEvent, Selection
from tests.helpers.clock import DAY, HOUR
from tests.helpers.plugins import fails
from tests.helpers.shop import codes, order

SALE = """
    states new open* sent* told done lost late
    new -> open : start
    new -> lost : drop
    open -> sent : send
    open -> late : expire
    open -> done [ready]
    sent -> done : stock-update
    sent -> told : tell
    told -> done : on
    event expire timeout=1day
    event on onEnter command=write
    event send manual
"""
NOON = datetime(2026, 1, 1, tzinfo=UTC)

EVERYTHING = [
    pytest.param({"items": (1,)}, {}, id="item"),
    pytest.param({"orders": ("order-1",)}, {}, id="order"),
    pytest.param({"process": "Sale"}, {}, id="process"),
    pytest.param({"process": "Sale", "state": "open"}, {}, id="state"),
    pytest.param({"process": "Sale"}, {"version": "current"}, id="version"),
    pytest.param({}, {"store": "DE"}, id="store"),
]


@pytest.fixture
def sale(sale):
    sale.command("write")
    sale.ready = False
    sale.plugins.add_condition("ready", lambda item, context: sale.ready)
    return sale


def asked(world, selection, more):
    """What suspending and resuming are given; a version is known by its beginning only."""
    if "version" in more:
        more = {"version": world.engine.processes()[0].version[:12]}
    return (Selection(**selection), more)


def suspend(world, *items, reason="looked into", engine=None, version=None, store=None, **selection):
    chosen = Selection(items=items, **selection)
    return (engine or world.engine).suspend(chosen, reason=reason, version=version, store=store)


def resume(world, *items, reason="all is well", version=None, store=None, timeouts="move", **selection):
    chosen = Selection(items=items, **selection)
    return world.engine.resume(chosen, reason=reason, version=version, store=store, timeouts=timeouts)


def counted(world, quantity):
    """Import a count of the present moment."""
    return world.engine.import_stock(world.stock_file(f"tea-1,North,{quantity},0,0"), as_of=world.clock())


@pytest.fixture
def opened(sale):
    """The id of an item with a timeout, in a state that a condition leaves too."""
    (item,) = sale.place()
    sale.trigger("start", item)
    return item


@pytest.mark.parametrize(("selection", "more"), EVERYTHING)
def test_nothing_moves_by_itself_and_all_goes_on_afterwards(sale, opened, selection, more):
    chosen, named = asked(sale, selection, more)
    report = sale.engine.suspend(chosen, reason="looked into", **named)
    assert (len(report.suspended), report.in_flight) == (1, 0)
    sale.ready = True
    sale.forward(2 * DAY)
    for run in (sale.engine.run_timeouts, sale.engine.run_conditions):
        moved = run()
        assert (moved.examined, moved.moved, moved.refused) == (0, 0, False)
    assert sale.state(opened) == "open"
    sale.engine.resume(chosen, reason="all is well", **named)
    assert sale.engine.suspensions() == []
    assert sale.engine.run_conditions().moved == 1
    assert (sale.state(opened), sale.drift()) == ("done", [])


@pytest.mark.parametrize(("selection", "more"), EVERYTHING)
def test_an_event_for_what_stands_still_is_refused_and_says_by_whom_and_why(sale, opened, selection, more):
    chosen, named = asked(sale, selection, more)
    sale.engine.runtime.actor = "olga"
    sale.engine.suspend(chosen, reason=" the parcels got wet ", **named)
    report = sale.trigger("send", opened)
    assert (report.examined, report.moved, codes(report.blocked)) == (1, 0, {opened: "item_suspended"})
    message = report.blocked[0].message
    assert "suspended since 2026-01-01 00:00:00Z by olga: the parcels got wet" in message
    assert report.blocked[0].parameters["reason"] == "the parcels got wet"
    assert (sale.state(opened), len(sale.history(opened))) == ("open", 3)
    sale.engine.resume(chosen, reason="dry again", **named)
    assert sale.trigger("send", opened).moved == 1


def test_only_what_was_named_stands_still(sale):
    first, second = sale.place("tea-1", "tea-1")
    (other,) = sale.place("tea-2", store="AT")
    suspend(sale, second)
    report = sale.trigger("start", first, second, other)
    assert (report.examined, report.moved, codes(report.blocked)) == (3, 2, {second: "item_suspended"})
    suspend(sale, store="AT")
    assert codes(sale.trigger("send", first, other).blocked) == {other: "item_suspended"}
    suspend(sale, process="Sale", state="new")
    assert sale.trigger("drop", first, second).moved == 0
    assert sale.states(first, second, other) == ["sent", "new", "open"]


def test_what_comes_to_a_suspended_state_stands_still_there(sale):
    first, second = sale.place("tea-1", "tea-1")
    sale.trigger("start", first, second)
    sale.trigger("send", first, second)
    suspend(sale, process="Sale", state="told")
    assert sale.trigger("tell", first).moved == 1  # it may come, and its automatic step waits
    sale.forward(HOUR)
    assert sale.engine.run_timeouts().moved == 0
    assert sale.states(first, second) == ["told", "sent"]
    resume(sale, process="Sale", state="told")
    assert sale.engine.run_timeouts().moved == 1
    assert sale.states(first, second) == ["done", "sent"]


@pytest.mark.parametrize("suspended", [{"process": "Arriving"}, {"process": "Arriving", "state": "new"}, {}])
def test_orders_are_placed_and_their_items_stand_still_where_they_begin(world, suspended):
    world.deploy(
        "states new open* done\nnew -> open : on\nopen -> done : go\nevent on onEnter", name="Arriving"
    )
    world.place(process="Arriving")
    suspend(world, **suspended, **({} if suspended else {"store": "DE"}))
    view = world.engine.place(order("late", "tea-1 2", process="Arriving"))
    assert [(item.state, item.suspended.reason) for item in view.items] == [("new", "looked into")]
    assert (world.held(), world.reserved()) == (2, 1)
    assert world.engine.run_timeouts().moved == 0
    resume(world, **suspended, **({} if suspended else {"store": "DE"}))
    assert world.engine.run_timeouts().moved == 1
    assert (world.states(), world.held(), world.drift()) == (["open", "open"], 0, [])
    assert world.engine.place(order("later", "tea-1", process="Arriving")).items[0].state == "open"


def test_in_one_call_orders_of_a_suspended_store_wait_and_those_of_others_go_on(world):
    world.deploy(
        "states new open* done\nnew -> open : on\nopen -> done : go\nevent on onEnter", name="Arriving"
    )
    suspend(world, store="AT")
    requests = [
        order("a", "tea-1", store="DE"),
        order("b", "tea-1", store="AT"),
        order("c", "tea-1", store="DE"),
    ]
    report = world.engine.place_many(enumerate(requests, start=1))
    assert (report.placed, world.states()) == (3, ["open", "new", "open"])
    assert world.drift() == []


def test_timeouts_are_moved_by_the_pause(sale, opened):
    sale.forward(6 * HOUR)
    suspend(sale, opened)
    sale.forward(2 * DAY)
    report = resume(sale, opened)
    assert (report.timeouts_moved, report.resumed[0].timeouts) == (1, "move")
    assert sale.timeouts(opened) == {"expire": NOON + timedelta(days=3)}
    assert sale.engine.run_timeouts().moved == 0
    sale.forward(18 * HOUR)
    assert sale.engine.run_timeouts().moved == 1


def test_or_they_fire_at_once_as_told(sale, opened):
    suspend(sale, opened)
    sale.forward(2 * DAY)
    report = resume(sale, opened, timeouts="fire")
    assert (report.timeouts_moved, sale.timeouts(opened)) == (0, {"expire": NOON + timedelta(days=1)})
    assert (sale.engine.run_timeouts().moved, sale.state(opened)) == (1, "late")


def test_what_came_later_is_moved_by_less(sale):
    first, second = sale.place("tea-1", "tea-1")
    sale.trigger("start", first)
    suspend(sale, process="Sale", state="open")
    sale.forward(6 * HOUR)
    sale.trigger("start", second)
    sale.forward(6 * HOUR)
    assert resume(sale, process="Sale", state="open").timeouts_moved == 2
    assert sale.timeouts(first) == {"expire": NOON + timedelta(days=1, hours=12)}
    assert sale.timeouts(second) == {"expire": NOON + timedelta(days=1, hours=12)}


@pytest.mark.parametrize("last", ["item", "store"])
@pytest.mark.parametrize("first", ["item", "store"])
def test_of_several_suspensions_all_of_the_time_counts_once(sale, opened, first, last):
    """Each is an hour of its own, and they overlap for an hour: three in all, whichever begins and ends first."""
    ways = {"item": {"items": (opened,)}, "store": {}}
    stores = {"item": None, "store": "DE"}
    other = {"item": "store", "store": "item"}
    for name in (first, other[first]):
        sale.engine.suspend(Selection(**ways[name]), reason="both", store=stores[name])
        sale.forward(HOUR)
    for name in (other[last], last):
        sale.engine.resume(Selection(**ways[name]), reason="over", store=stores[name])
        if name != last:
            assert codes(sale.trigger("send", opened).blocked) == {opened: "item_suspended"}
            sale.forward(HOUR)
    assert sale.timeouts(opened) == {"expire": NOON + timedelta(days=1, hours=3)}


def test_what_is_suspended_already_is_told_and_nothing_half_is_done(sale):
    first, second = sale.place("tea-1", "tea-1")
    sale.engine.runtime.actor = "olga"
    suspend(sale, second, reason="a doubt")
    with pytest.raises(AlreadySuspended, match=f"item {second} is suspended since .* by olga: a doubt"):
        suspend(sale, first, second, orders=("order-1",))
    assert [one.suspension.what for one in sale.engine.suspensions()] == [f"item {second}"]
    suspend(sale, orders=("order-1",))  # another thing, with the same item in it
    with pytest.raises(AlreadySuspended, match="2 of them"):
        suspend(sale, second, orders=("order-1",))


def test_what_is_not_suspended_is_told_and_nothing_half_is_done(sale):
    first, second = sale.place("tea-1", "tea-1")
    suspend(sale, first)
    suspend(sale, store="DE", reason="a flood")
    with pytest.raises(
        NotSuspended, match=rf"item {second} is not suspended by itself, but store 'DE' is .* a flood"
    ):
        resume(sale, first, second)
    assert len(sale.engine.suspensions()) == 2
    with pytest.raises(NotSuspended, match=r"the state 'open' of the process 'Sale' is not suspended$"):
        resume(sale, process="Sale", state="open")
    resume(sale, first)
    with pytest.raises(NotSuspended):
        resume(sale, first)


@pytest.mark.parametrize(
    ("selection", "more", "error"),
    [
        ({}, {}, InputError),
        ({"items": (1,)}, {"store": "DE"}, InputError),
        ({"process": "Sale"}, {"store": "DE"}, InputError),
        ({"items": (1,)}, {"version": "abcd"}, InputError),
        ({"state": "open"}, {}, InputError),
        ({"quantities": {1: 1}}, {}, InputError),
        ({"items": (1, 4711)}, {}, UnknownItem),
        ({"orders": ("order-1", "XX")}, {}, UnknownOrder),
        ({"process": "Nothing"}, {}, ProcessNotFound),
        ({"process": "Sale", "state": "nowhere"}, {}, UnknownState),
        ({"process": "Sale"}, {"version": "0000"}, ProcessNotFound),
        ({}, {"store": "XX"}, UnknownStore),
    ],
)
def test_what_does_not_exist_is_refused(sale, selection, more, error):
    sale.place()
    with pytest.raises(error):
        sale.engine.suspend(Selection(**selection), reason="because", **more)
    with pytest.raises(error):
        sale.engine.resume(Selection(**selection), reason="because", **more)
    assert sale.engine.suspensions() == []


@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_reason_is_needed(sale, reason):
    (item,) = sale.place()
    with pytest.raises(InputError, match="reason"):
        suspend(sale, item, reason=reason)
    suspend(sale, item)
    with pytest.raises(InputError, match="reason"):
        resume(sale, item, reason=reason)
    with pytest.raises(InputError, match="by 'forget'"):
        resume(sale, item, timeouts="forget")
    assert len(sale.engine.suspensions()) == 1


def test_a_shipped_item_that_a_count_does_not_contain_stays_promised_and_is_told(sale):
    first, second = sale.place("tea-1 2", "tea-1 3")
    for event in ("start", "send"):
        sale.trigger(event, first, second)
    suspend(sale, second)
    sale.forward(HOUR)
    report = counted(sale, 95)
    assert (report.released, report.kept) == (1, 1)
    (kept,) = report.kept_items
    assert (kept.reason, kept.items, kept.first) == ("item_suspended", 1, second)
    assert (sale.states(first, second), sale.reserved()) == (["done", "sent"], 3)
    health = sale.engine.health()
    assert (health.suspensions, health.suspended_reserved) == (1, 3)
    resume(sale, second)
    report = counted(sale, 95)
    assert (report.released, sale.reserved(), sale.drift()) == (1, 0, [])


def test_a_suspended_item_is_forced_only_if_it_is_said(sale, opened):
    suspend(sale, opened)
    chosen = Selection(items=(opened,))
    for report in (
        sale.engine.force("lost", chosen, reason="gone"),
        sale.engine.force_preview("lost", chosen),
    ):
        assert codes(report.blocked) == {opened: "item_suspended"}
    assert sale.state(opened) == "open"
    assert sale.engine.force_preview("lost", chosen, although_suspended=True).items == 1
    assert sale.engine.force("lost", chosen, reason="gone", although_suspended=True).moved == 1
    assert (sale.state(opened), len(sale.engine.suspensions())) == ("lost", 1)


def test_what_failed_is_not_tried_again_as_long_as_it_stands_still(sale):
    sale.command("write", does=fails())
    (item,) = sale.place()
    for event in ("start", "send", "tell"):
        sale.trigger(event, item)
    suspend(sale, item)
    sale.command("write")
    sale.forward(DAY)
    assert sale.engine.run_timeouts().examined == 0
    report = sale.engine.retry(Selection(items=(item,)))
    assert (report.examined, codes(report.blocked)) == (1, {item: "item_suspended"})
    assert sale.engine.retry().examined == 0
    resume(sale, item)
    assert (sale.engine.retry(Selection(items=(item,))).moved, sale.state(item)) == (1, "done")


def test_a_file_of_events_is_told_row_by_row(sale):
    first, second = sale.place(*({"sku": "tea-1", "quantity": 1, "reference": name} for name in "ab"))
    suspend(sale, second)
    rows = [ItemEvent(1, "a", "start", "order-1"), ItemEvent(2, "b", "start", "order-1")]
    report = sale.engine.import_events(rows, key="file")
    assert (report.moved, [(one.line, one.code) for one in report.refused]) == (1, [(2, "item_suspended")])
    resume(sale, second)
    again = sale.engine.import_events(rows, key="file")
    assert (again.moved, again.already, sale.states(first, second)) == (1, 1, ["open", "open"])


def test_it_is_told_wherever_items_are_shown(sale):
    first, second = sale.place("tea-1", "tea-1")
    sale.engine.runtime.actor = "olga"
    suspend(sale, second, reason="a doubt")
    shown = {item.id: item.suspended for item in sale.engine.order("order-1").items}
    assert (shown[first], shown[second].what, shown[second].by) == (None, f"item {second}", "olga")
    assert sale.engine.item(second).item.suspended.reason == "a doubt"
    assert [one.item.suspended is None for one in sale.engine.items().items] == [True, False]
    assert [event.items for event in sale.engine.order_events("order-1")] == [(first,), (first,)]
    assert sale.engine.item_events(second) == []
    told = sale.engine.order("order-1").as_dict()["items"][1]["suspended"]
    assert {**told, "id": 0} == {
        "id": 0,
        "scope": "item",
        "what": f"item {second}",
        "since": "2026-01-01T00:00:00Z",
        "by": "olga",
        "reason": "a doubt",
    }


def test_why_tells_who_to_ask_and_how_it_goes_on(sale, opened):
    suspend(sale, process="Sale", state="open", reason="a recall")
    suspend(sale, orders=("order-1",), reason="a doubt")
    sale.forward(2 * DAY)
    view = sale.engine.why(opened)
    assert [wait.kind for wait in view.waits][:2] == ["suspension", "suspension"]
    assert "the state 'open' of the process 'Sale' is suspended since" in view.waits[0].text
    assert not any(wait.overdue for wait in view.waits)
    assert [action.command for action in view.next] == [
        "earmark resume --process Sale --state open --reason TEXT",
        "earmark resume --order order-1 --reason TEXT",
        f"earmark force STATE --item {opened} --although-suspended --reason TEXT",
    ]


def test_the_history_tells_when_and_why_an_item_stood_still(sale):
    first, second = sale.place("tea-1", "tea-1")
    sale.forward(HOUR)
    sale.engine.runtime.actor = "olga"
    suspend(sale, process="Sale", state="open", reason="a recall")
    sale.forward(HOUR)
    sale.trigger("start", first)
    sale.forward(HOUR)
    sale.engine.runtime.actor = "otto"
    resume(sale, process="Sale", state="open", reason="nothing found", timeouts="fire")
    sale.trigger("send", first)
    told = [(one.outcome, one.actor, one.reason, one.source) for one in sale.history(first)]
    assert told == [
        ("placed", None, None, None),
        ("moved", "olga", None, "new"),
        ("suspended", "olga", "a recall", "open"),
        ("resumed", "otto", "nothing found", "open"),
        ("moved", "otto", None, "open"),
    ]
    entry = sale.history(first)[3]
    assert entry.data["what"] == "the state 'open' of the process 'Sale'"
    assert (entry.data["timeouts"], entry.at) == ("fire", NOON + timedelta(hours=3))
    assert [one.outcome for one in sale.history(second)] == ["placed"]


def test_the_matrix_and_the_health_count_what_stands_still(sale, opened):
    (other,) = sale.place("tea-1 2", store="AT")
    (lost,) = sale.place("tea-2")
    sale.trigger("drop", lost)
    sale.forward(2 * DAY)
    assert {(row.state, row.suspended) for row in sale.engine.matrix()} == {
        ("new", 0),
        ("open", 0),
        ("lost", 0),
    }
    assert next(lag for lag in sale.engine.health().lags if lag.kind == "timeout").number == 1
    suspend(sale, store="DE")
    suspend(sale, other)
    suspend(sale, lost)  # by itself as well
    assert {(row.state, row.suspended) for row in sale.engine.matrix()} == {
        ("new", 1),
        ("open", 1),
        ("lost", 1),
    }
    assert {(row.state, row.suspended) for row in sale.engine.matrix(store="AT")} == {("new", 1)}
    health = sale.engine.health()
    assert {(one.state, one.items) for one in health.suspended} == {("new", 1), ("open", 1), ("lost", 1)}
    assert (health.suspensions, health.suspended_reserved) == (3, 1)
    assert next(lag for lag in health.lags if lag.kind == "timeout").number == 0
    sizes = {one.suspension.what: (one.items, one.reserved) for one in sale.engine.suspensions()}
    assert sizes == {"store 'DE'": (2, 1), f"item {other}": (1, 0), f"item {lost}": (1, 0)}


def test_what_has_ended_is_told_if_it_is_asked_for(sale):
    (item,) = sale.place()
    suspend(sale, item)
    resume(sale, item, reason="found nothing")
    suspend(sale, process="Sale", reason="a recall")
    (now, before) = sale.engine.suspensions(ended=True)
    assert (now.suspension.scope, now.items, now.suspension.ended_at) == ("process", 1, None)
    assert (before.suspension.end_reason, before.items) == ("found nothing", 0)
    assert len(sale.engine.suspensions()) == 1


def test_a_purge_keeps_the_history_of_what_is_suspended(sale):
    kept, gone = sale.place("tea-1", "tea-1")
    sale.trigger("drop", kept, gone)
    suspend(sale, gone)
    resume(sale, gone)
    suspend(sale, kept)
    sale.forward(100 * DAY)
    report = sale.engine.purge("90 days")
    assert (report.history, report.suspensions) == (2, 1)
    assert [one.outcome for one in sale.history(kept)] == ["placed", "moved", "suspended"]
    assert sale.history(gone) == []


def test_migrated_items_stay_suspended_but_by_the_version_they_left(sale, opened):
    old = sale.engine.processes()[0].version
    suspend(sale, opened)
    suspend(sale, process="Sale", version=old[:12])
    sale.deploy(SALE.replace("lost late", "lost late other"))
    assert sale.migrate().moved == 1
    assert sale.trigger("send", opened).blocked[0].parameters["scope"] == "item"
    resume(sale, opened)
    assert sale.trigger("send", opened).moved == 1


def test_the_same_statements_suspend_few_and_many(make_shop):
    taken = []
    for number in (3, 300):
        world = make_shop(execution={"chunk": 1000}).stocked(tea_1=1000)
        world.deploy(
            "states new open* late\nnew -> open : start\nopen -> late : expire\nevent expire timeout=1day"
        )
        world.place_many(number)
        world.engine.trigger("start", Selection(process="Sale", state="new"))
        own: list[str] = []
        for act in (
            lambda: suspend(world, process="Sale", state="open"),  # noqa: B023
            world.engine.run_timeouts,
            lambda: world.engine.trigger("expire", Selection(process="Sale", state="open")),  # noqa: B023
            lambda: resume(world, process="Sale", state="open"),  # noqa: B023
        ):
            own += world.statements(act)
            world.forward(2 * DAY)
        taken.append(own)
        assert set(world.states()) == {"open"}
    assert taken[0] == taken[1]
