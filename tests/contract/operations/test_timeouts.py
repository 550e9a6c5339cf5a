"""Timeouts: armed on entering a state, fired by the clock, dropped on leaving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import UnknownStore
from engine.hooks import Scope
from tests.helpers.clock import DAY, HOUR, MINUTE, START
from tests.helpers.plugins import fails
from tests.helpers.shop import codes, order

SALE = """
    states new open* reminded* cancelled paid
    new -> open : start
    open -> reminded : remind
    open -> paid : pay
    reminded -> cancelled : cancel
    event remind timeout=1day
    event cancel timeout=2days
    event pay manual
"""
NOON = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def opened(sale):
    """The id of an item in a state with a timeout."""
    (item,) = sale.place()
    sale.trigger("start", item)
    return item


def test_entering_a_state_arms_its_timeout_and_leaving_drops_it(sale, opened):
    assert sale.timeouts(opened) == {"remind": NOON + timedelta(days=1)}
    sale.trigger("pay", opened)
    assert sale.timeouts(opened) == {}
    sale.forward(2 * DAY)
    assert sale.engine.run_timeouts().examined == 0


def test_a_timeout_fires_when_its_time_has_come_and_not_before(sale, opened):
    sale.clock.now = START + round(DAY * 1_000_000) - 1
    assert sale.engine.run_timeouts().examined == 0
    sale.clock.now += 1
    report = sale.engine.run_timeouts()
    assert (report.examined, report.moved, report.refused) == (1, 1, False)
    assert sale.state(opened) == "reminded"
    entry = sale.history(opened)[-1]
    assert (entry.trigger, entry.event) == ("timeout", "remind")
    assert sale.timeouts(opened) == {"cancel": NOON + timedelta(days=3)}


def test_a_timeout_of_the_state_reached_waits_for_its_own_time(sale, opened):
    sale.forward(30 * DAY)
    assert sale.engine.run_timeouts().moved == 1
    assert sale.state(opened) == "reminded"
    sale.forward(2 * DAY)
    assert sale.engine.run_timeouts().moved == 1
    assert sale.state(opened) == "cancelled"


def test_it_fires_once_although_the_state_reached_knows_the_same_event(world):
    world.deploy("""
        states new a* b* c
        new -> a : start
        a -> b : tick
        b -> c : tick
        event tick timeout=1hour
    """)
    (item,) = world.place()
    world.trigger("start", item)
    world.forward(10 * HOUR)
    assert world.engine.run_timeouts().moved == 1
    assert (world.state(item), world.engine.run_timeouts().examined) == ("b", 0)
    assert world.timeouts(item) == {"tick": NOON + timedelta(hours=11)}


def test_the_timeouts_of_the_initial_state_are_armed_by_the_placement(world):
    world.deploy("states new late\nnew -> late : expire\nevent expire timeout=PT20M")
    (item,) = world.place()
    assert world.timeouts(item) == {"expire": NOON + timedelta(minutes=20)}
    world.forward(20 * MINUTE)
    assert world.engine.run_timeouts().moved == 1


def test_calendar_months_are_counted_in_the_calendar(world):
    world.deploy("states new late\nnew -> late : expire\nevent expire timeout=P1M")
    world.clock.now = START + 30 * 86_400 * 1_000_000
    (item,) = world.place()
    assert world.timeouts(item) == {"expire": datetime(2026, 2, 28, tzinfo=UTC)}


def test_of_several_timeouts_the_one_that_was_due_first_fires(world):
    world.deploy("""
        states new one two
        new -> one : z-first
        new -> two : a-second
        event z-first timeout=1hour
        event a-second timeout=2hours
    """)
    (item,) = world.place()
    assert len(world.timeouts(item)) == 2
    world.forward(3 * HOUR)
    report = world.engine.run_timeouts()
    assert (report.examined, report.moved, world.state(item)) == (1, 1, "one")
    assert world.timeouts(item) == {}


@pytest.mark.parametrize("limit", [None, 4])
def test_an_item_is_counted_once_although_its_timeouts_fall_into_several_transactions(make_shop, limit):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    world.deploy("""
        states new
        new -> new : soon
        new -> new : later
        event soon timeout=1hour
        event later timeout=2hours
    """)
    items = [*world.place(), *world.place(), *world.place()]
    world.forward(3 * HOUR)
    report = world.engine.run_timeouts(limit=limit)
    assert report.examined == 3
    assert [len(world.history(item)) for item in items] == [3, 3, 3]


def test_when_the_first_of_several_timeouts_does_not_move_the_item_the_next_one_fires(world):
    world.deploy("""
        states new one two
        new -> one : z-first [no]
        new -> two : a-second
        event z-first timeout=1hour
        event a-second timeout=2hours
    """)
    world.plugins.add_constant("no", False)
    (item,) = world.place()
    world.forward(3 * HOUR)
    report = world.engine.run_timeouts()
    assert (report.examined, report.moved, world.state(item)) == (1, 1, "two")
    assert [entry.event for entry in world.history(item)] == [None, "z-first", "a-second"]


@pytest.mark.parametrize("constant", [True, False])
def test_a_timeout_whose_condition_is_false_is_armed_again(world, constant):
    world.deploy("states new late\nnew -> late : expire [ready]\nevent expire timeout=1hour")
    world.plugins.add_condition("ready", lambda *_: False, constant=False if constant else None)
    (item,) = world.place()
    world.forward(90 * MINUTE)
    report = world.engine.run_timeouts()
    assert (report.examined, report.moved, report.stayed) == (1, 0, 1)
    assert world.timeouts(item) == {"expire": NOON + timedelta(minutes=150)}
    assert world.engine.run_timeouts().examined == 0
    world.plugins.add_constant("ready", True)
    world.forward(HOUR)
    assert world.engine.run_timeouts().moved == 1


def test_a_timeout_that_leads_back_to_its_state_is_armed_again(world):
    world.deploy("states new late\nnew -> new : nag\nevent nag timeout=1hour")
    (item,) = world.place()
    world.forward(HOUR)
    assert world.engine.run_timeouts().moved == 1
    assert world.timeouts(item) == {"nag": NOON + timedelta(hours=2)}
    assert world.since(item) == START


def test_a_timeout_that_starts_again_touches_no_other_and_forgets_its_failures(make_shop):
    world = make_shop().stocked(tea_1=10)
    world.deploy("""
        states new late
        new -> new : nag
        new -> new : ask
        new -> late : expire
        event nag timeout=1hour command=mail
        event ask timeout=1hour processor=own command=mail
        event expire timeout=1week
    """)
    asked = []

    def own(item, text, now):
        asked.append((item.id, item.state))
        return now + timedelta(hours=item.id)

    world.plugins.processors["own"] = own
    first, second = world.place("tea-1", "tea-1")
    world.forward(10 * HOUR)
    (third,) = world.place()
    waiting = world.timeouts(third)
    world.command("mail", does=fails("no answer"))
    assert len(world.engine.run_timeouts().failed) == 4
    asked.clear()
    world.command("mail")
    world.forward(5 * MINUTE)
    report = world.engine.run_timeouts()
    assert (report.examined, report.moved, report.refused) == (2, 2, False)
    assert asked == [(first, "new"), (second, "new")]
    now = NOON + timedelta(hours=10, minutes=5)
    for item in (first, second):
        assert world.timeouts(item) == {
            "nag": now + timedelta(hours=1),
            "ask": now + timedelta(hours=item),
            "expire": NOON + timedelta(weeks=1),
        }
        waits = [wait for wait in world.engine.why(item).waits if wait.kind == "timeout"]
        assert [(wait.attempts, wait.code, wait.error) for wait in waits] == [(0, None, None)] * 3
    assert world.timeouts(third) == waiting


def test_firing_the_event_by_hand_does_not_touch_a_timeout_that_stays(world):
    world.deploy("states new late\nnew -> late : expire [no]\nevent expire timeout=1hour")
    world.plugins.add_constant("no", False)
    (item,) = world.place()
    world.forward(MINUTE)
    world.trigger("expire", item)
    assert world.timeouts(item) == {"expire": NOON + timedelta(hours=1)}


def test_a_processor_is_asked_for_every_item(world):
    world.deploy(
        "states new open*\nnew -> open : start\nopen -> new : expire\nevent expire timeout=1hour processor=own"
    )
    asked = []

    def own(item, text, now):
        asked.append((item.state, text, now))
        return now + timedelta(days=item.id)

    world.plugins.processors["own"] = own
    items = world.place("tea-1", "tea-1", "tea-1")
    world.forward(MINUTE)
    assert world.trigger("start", *items).moved == 3
    now = NOON + timedelta(minutes=1)
    assert [world.timeouts(item) for item in items] == [
        {"expire": now + timedelta(days=item)} for item in items
    ]
    assert asked == [("open", "1hour", now)] * 3


def test_a_processor_of_the_initial_state_is_asked_by_the_placement(world):
    world.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour processor=own")
    world.plugins.processors["own"] = lambda item, text, now: now + timedelta(days=int(item.quantity))
    first, second = world.place("tea-1 1", "tea-1 2")
    assert world.timeouts(first) == {"expire": NOON + timedelta(days=1)}
    assert world.timeouts(second) == {"expire": NOON + timedelta(days=2)}


def test_a_processor_is_asked_again_when_the_timeout_starts_again(world):
    world.deploy("states new late\nnew -> late : expire [no]\nevent expire timeout=1hour processor=own")
    world.plugins.add_constant("no", False)
    world.plugins.processors["own"] = lambda item, text, now: now + timedelta(hours=item.id)
    first, second = world.place("tea-1", "tea-1")
    world.forward(10 * HOUR)
    assert world.engine.run_timeouts().stayed == 2
    assert [world.timeouts(item)["expire"] for item in (first, second)] == [
        NOON + timedelta(hours=10 + item) for item in (first, second)
    ]


@pytest.mark.parametrize(
    ("processor", "code"),
    [
        (fails("no calendar"), "timeout_processor_failed"),
        (lambda *_: 7, "timeout_processor_failed"),
        (None, "plugin_missing"),
    ],
)
def test_a_processor_that_fails_holds_back_the_item_it_was_asked_about(world, processor, code):
    world.deploy(
        "states new open*\nnew -> open : start\nopen -> new : expire\nevent expire timeout=1hour processor=own"
    )
    if processor is not None:
        world.plugins.processors["own"] = processor
    (item,) = world.place()
    report = world.trigger("start", item)
    assert codes(report.failed) == {item: code}
    assert (world.state(item), world.timeouts(item)) == ("new", {})


def test_a_failing_timeout_is_tried_again_with_back_off_and_gets_stuck(make_shop):
    world = make_shop(execution={"retry_attempts": 3})
    world.stocked(tea_1=10)
    world.deploy(
        "states new late out\nnew -> late : expire\nnew -> out : leave\nevent expire timeout=1hour command=mail"
    )
    broken = world.command("mail", does=fails())
    (item,) = world.place()
    world.forward(HOUR)
    for wait in (0, 60):
        world.forward(wait)
        report = world.engine.run_timeouts()
        assert (codes(report.failed), report.stuck) == ({item: "command_failed"}, [])
        assert world.engine.run_timeouts().examined == 0
    world.forward(120)
    report = world.engine.run_timeouts()
    assert (codes(report.failed), codes(report.stuck)) == ({item: "command_failed"}, {item: "command_failed"})
    (listed,) = world.engine.stuck()
    assert (listed.item, listed.event, listed.code, listed.attempts) == (item, "expire", "command_failed", 3)
    world.forward(1000 * HOUR)
    assert world.engine.run_timeouts().examined == 0
    assert len(set(broken.keys)) == 1
    assert world.trigger("leave", item).moved == 1
    assert world.timeouts(item) == {}


def test_the_pauses_of_a_timeout_never_exceed_the_longest(make_shop):
    year = 365 * DAY
    world = make_shop(
        execution={"retry_base_s": 4 * year, "retry_longest_s": 10 * year, "retry_attempts": 100}
    ).stocked(tea_1=10)
    world.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour command=mail")
    world.command("mail", does=fails())
    world.place()
    for attempts, years in [(0, 4), (1, 8), (2, 10), (20, 10), (70, 10)]:
        world.sql("UPDATE item_timeout SET attempts = ?, due_at = ?", attempts, START)
        world.engine.run_timeouts()
        assert world.value("SELECT due_at FROM item_timeout") == START + years * year * 1_000_000


def test_a_success_after_a_failure_starts_counting_anew(make_shop):
    world = make_shop(execution={"retry_attempts": 2})
    world.stocked(tea_1=10)
    world.deploy("states new late\nnew -> new : nag\nevent nag timeout=1hour command=mail")
    answers = iter([1, 0, 1, 0, 1, 0])
    world.command("mail", does=lambda *_: 1 / 0 if next(answers) else None)
    world.place()
    for _ in range(6):
        world.forward(HOUR)
        assert world.engine.run_timeouts().stuck == []


def test_what_the_state_does_not_know_any_more_is_dropped(sale, opened):
    sale.sql("UPDATE item_timeout SET event = 'cancel'")
    sale.forward(DAY)
    report = sale.engine.run_timeouts()
    assert codes(report.blocked) == {opened: "event_not_available"}
    assert (sale.timeouts(opened), sale.engine.run_timeouts().examined) == ({}, 0)


def test_what_is_dropped_for_one_item_stays_for_those_whose_state_knows_it(sale, opened):
    (other,) = sale.place()
    sale.trigger("start", other)
    sale.forward(DAY)
    assert sale.engine.run_timeouts().moved == 2
    sale.sql("UPDATE order_item SET state_id = state_id - 1 WHERE id = ?", opened)
    if not sale.url.startswith("sqlite"):
        sale.sql("UPDATE item_state SET state_id = state_id - 1 WHERE item_id = ?", opened)
    sale.sql("UPDATE item_timeout SET due_at = ? WHERE item_id = ?", START, opened)
    assert (sale.states(opened, other)) == ["open", "reminded"]
    assert codes(sale.engine.run_timeouts().blocked) == {opened: "event_not_available"}
    assert (sale.timeouts(opened), list(sale.timeouts(other))) == ({}, ["cancel"])


def test_a_run_for_one_store_and_with_a_limit(sale):
    here = [sale.place(store="DE")[0] for _ in range(3)]
    there = [sale.place(store="AT")[0] for _ in range(3)]
    sale.trigger("start", *here, *there)
    sale.forward(DAY)
    report = sale.engine.run_timeouts(store="AT", limit=2)
    assert (report.examined, report.moved) == (2, 2)
    assert sale.states(*here, *there) == ["open"] * 3 + ["reminded"] * 2 + ["open"]
    assert sale.engine.run_timeouts(store="AT").moved == 1
    assert sale.engine.run_timeouts(limit=2).moved == 2
    assert sale.engine.run_timeouts().moved == 1
    with pytest.raises(UnknownStore):
        sale.engine.run_timeouts(store="XX")


def test_the_oldest_fire_first_across_chunks(make_shop):
    world = make_shop(execution={"chunk": 2})
    world.stocked(tea_1=100)
    world.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour command=mail")
    mail = world.command("mail", Scope.BATCH)
    placed = []
    for _ in range(5):
        placed.append(world.place()[0])
        world.forward(MINUTE)
    world.sql("UPDATE item_timeout SET due_at = due_at - 1000000000 * item_id")
    world.forward(DAY)
    told = []
    report = world.engine.run_timeouts(progress=lambda done, total: told.append(done))
    assert (report.examined, report.moved) == (5, 5)
    assert [set(members) for members in mail.members] == [set(placed[3:]), set(placed[1:3]), {placed[0]}]
    assert told == [2, 4, 5]


def test_of_two_that_are_due_at_the_same_time_none_is_left_over_at_the_end_of_a_chunk(make_shop):
    world = make_shop(execution={"chunk": 1}).stocked(tea_1=10)
    world.deploy("""
        states new late
        new -> new : nag
        new -> new : ask
        event nag timeout=1hour
        event ask timeout=1hour
    """)
    first, second = world.place("tea-1", "tea-1")
    world.forward(HOUR)
    world.engine.run_timeouts()
    for item in (first, second):
        assert [entry.event for entry in world.history(item)] == [None, "ask", "nag"]


def test_nothing_is_begun_for_what_is_not_due_yet(sale, opened):
    names = sale.statements(sale.engine.run_timeouts)
    assert "moving_add_timeouts" not in names


def test_a_stop_leaves_the_rest_for_the_next_run(make_shop):
    world = make_shop(execution={"chunk": 2})
    world.stocked(tea_1=100)
    world.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour")
    world.place_many(5)
    world.forward(HOUR)
    asked = iter([False] * 2)
    world.engine.runtime.stop = lambda: next(asked, True)
    report = world.engine.run_timeouts()
    assert (report.complete, report.moved < 5) == (False, True)
    world.engine.runtime.stop = lambda: False
    again = world.engine.run_timeouts()
    assert (again.complete, report.moved + again.moved) == (True, 5)


def test_many_due_timeouts_are_never_held_in_memory_at_once(make_shop):
    world = make_shop(execution={"chunk": 50})
    world.stocked(tea_1=1000)
    world.deploy("states new late\nnew -> late : expire\nevent expire timeout=1hour")
    world.engine.place_many((n, order(f"o{n}", "tea-1")) for n in range(300))
    world.forward(HOUR)
    sizes = []
    reader = type(world.engine.runtime.database).read
    import contextlib

    @contextlib.contextmanager
    def watched(database):
        with reader(database) as opened:
            real = opened.all

            def all_rows(name, /, **params):
                rows = real(name, **params)
                sizes.append(len(rows))
                return rows

            opened.all = all_rows
            yield opened

    database = world.engine.runtime.database
    database.read = lambda: watched(database)
    assert world.engine.run_timeouts().moved == 300
    assert max(sizes) == 50


def test_holds_end_when_their_time_is_over(make_shop):
    world = make_shop(checkout={"hold_timeout_s": HOUR})
    world.stocked(tea_1=10)
    world.deploy("states new paid* done\nnew -> paid : pay\npaid -> done : close")
    late = world.place("tea-1 3")[0]
    world.forward(HOUR / 2)
    (early,) = world.place("tea-1 2")
    assert (world.held(), world.available()) == (5, 5)
    world.forward(HOUR / 2)
    report = world.engine.run_timeouts()
    assert (report.examined, world.state(late)) == (0, "new")
    assert (world.counted(late), world.held(), world.available()) == ((0, 0), 2, 8)
    assert (world.history(late)[-1].trigger, world.history(late)[-1].outcome) == (
        "hold-timeout",
        "hold_ended",
    )
    world.trigger("pay", late, early)
    assert (world.reserved(), world.held(), world.available()) == (5, 0, 5)
    world.forward(10 * HOUR)
    world.engine.run_timeouts()
    assert (world.reserved(), world.drift()) == (5, [])
    assert [entry.outcome for entry in world.history(early)] == ["placed", "moved"]
