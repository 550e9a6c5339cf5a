"""What an item waits for is named, with what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import UnknownItem
from engine.hooks import Scope
from tests.helpers.clock import DAY, HOUR
from tests.helpers.plugins import fails

START = datetime(2026, 1, 1, tzinfo=UTC)


def waits(world, item, **options):
    return {(wait.kind, wait.event): wait for wait in world.engine.why(item, **options).waits}


def commands(world, item):
    return [action.command for action in world.engine.why(item).next]


def test_an_item_that_does_not_exist(world):
    with pytest.raises(UnknownItem):
        world.engine.why(1)


def test_where_the_item_stands(world):
    world.deploy("states new paid*\nnew -> paid : pay")
    (item,) = world.place("tea-1 2")
    world.forward(HOUR)
    view = world.engine.why(item)
    assert (view.order, view.store, view.sku, view.process, view.state) == (
        "order-1", "DE", "tea-1", "Sale", "new",
    )  # fmt: skip
    assert (view.state_since, view.age_s, view.reserved, view.held) == (START, 3600, 0, 2)
    world.trigger("pay", item)
    assert (world.engine.why(item).reserved, world.engine.why(item).held) == (2, 0)


def test_what_another_item_waits_for_is_not_told(world):
    world.stocked({
        "warehouses": [{"name": "North"}, {"name": "South"}],
        "stores": [
            {"name": "DE", "warehouses": ["North"], "shares_reservations_with": ["AT"]},
            {"name": "US", "warehouses": ["South"]},
        ],
    })  # fmt: skip
    world.deploy("""
        states new* done
        new -> done [ready]
        new -> done : stock-update
        new -> done : note [ready]
        new -> done : on
        new -> done : nag
        event on onEnter command=work
        event nag timeout=1hour command=work
    """)
    world.restock("tea-1,South,5")
    world.command("work", Scope.ORDER, does=fails())
    quiet, loud = world.place(store="US")[0], world.place(store="DE")[0]
    world.sql("DELETE FROM due_step WHERE item_id = ?", quiet)
    world.sql("DELETE FROM command_member WHERE item_id = ?", quiet)
    world.plugins.add_condition("ready", lambda *_: False)
    before = world.engine.why(quiet)
    world.plugins.add_condition("ready", lambda item, _: item.id != loud and 1 / 0)
    world.trigger("note", loud)
    world.sql(
        "INSERT INTO command_run (id, key, command, event, state_id, started_at)"
        " SELECT 99, 'k', 'work', 'nag', state_id, 0 FROM order_item WHERE id = ?",
        loud,
    )
    world.sql("INSERT INTO command_member (item_id, command_run_id, step) VALUES (?, 99, 1)", loud)
    world.plugins.add_condition("ready", fails())
    world.engine.run_conditions(store="DE")
    world.sql("UPDATE item_timeout SET attempts = 3, error = 'no' WHERE item_id = ?", loud)
    world.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
        " VALUES (?, 't', 'somebody', 'nag', 1, 0, 1)",
        loud,
    )
    kinds = {wait.kind for wait in world.engine.why(loud).waits}
    assert kinds >= {
        "expired_claim",
        "command_call",
        "automatic_step",
        "conditions",
        "timeout",
        "stock_update",
    }
    assert world.engine.why(quiet) == before


def test_looking_changes_nothing(world):
    world.deploy("states new paid\nnew -> paid : pay [ok]\nnew -> paid [ok]\n")
    world.plugins.add_condition("ok", lambda _item, _context: False)
    (item,) = world.place()
    names = world.statements(lambda: world.engine.why(item, ask=True))
    assert "commit" not in names


def test_manual_events_and_events_of_programs(world):
    world.deploy("states new paid gone\nnew -> paid : pay\nnew -> gone : sys\nevent sys command=c")
    world.command("c")
    (item,) = world.place()
    found = waits(world, item)
    assert set(found) == {("manual_event", "pay"), ("event", "sys")}
    assert found["manual_event", "pay"].manual
    assert not found["event", "sys"].manual
    assert commands(world, item) == [
        f"earmark trigger pay --item {item}",
        f"earmark trigger sys --item {item}",
    ]


def test_a_final_state_waits_for_nothing(world):
    world.deploy("states new\n")
    (item,) = world.place()
    assert list(waits(world, item)) == [("final", None)]
    assert commands(world, item) == []


def test_a_timeout_is_named_with_its_time_and_told_to_be_overdue(world):
    world.deploy("states new late\nnew -> late : wait\nevent wait timeout=2days")
    (item,) = world.place()
    wait = waits(world, item)["timeout", "wait"]
    assert (wait.at, wait.overdue, wait.attempts, wait.stuck) == (START + timedelta(days=2), False, 0, False)
    assert "2026-01-03 00:00:00Z" in wait.text
    assert commands(world, item) == []
    world.forward(3 * DAY)
    assert waits(world, item)["timeout", "wait"].overdue
    assert commands(world, item) == ["earmark run timeouts"]


def test_a_timeout_that_failed_tells_the_error_and_then_that_it_is_stuck(make_shop):
    world = make_shop(execution={"retry_attempts": 2}).stocked(tea_1=9)
    world.deploy("states new late\nnew -> late : wait\nevent wait timeout=1day command=c")
    world.command("c", does=fails("no line"))
    (item,) = world.place()
    world.forward(DAY)
    world.engine.run_timeouts()
    wait = waits(world, item)["timeout", "wait"]
    assert (wait.attempts, wait.code, wait.stuck, wait.overdue) == (1, "command_failed", False, False)
    assert wait.error == "c: RuntimeError: no line"
    assert wait.at == START + timedelta(days=1, minutes=1)
    world.forward(DAY)
    world.engine.run_timeouts()
    wait = waits(world, item)["timeout", "wait"]
    assert (wait.attempts, wait.stuck, wait.at) == (2, True, None)
    assert commands(world, item) == [
        f"earmark retry --item {item}", f"earmark force STATE --item {item} --reason TEXT",
    ]  # fmt: skip


def test_an_automatic_step_that_failed(world):
    world.deploy("states new done\nnew -> done : on [ok]\nevent on onEnter")
    world.plugins.add_condition("ok", fails("broken"))
    (item,) = world.place()
    found = waits(world, item)
    wait = found["automatic_step", "on"]
    assert (wait.attempts, wait.error, wait.conditions) == (1, "ok: RuntimeError: broken", ("ok",))
    assert "failed once and is tried again at 2026-01-01 00:01:00Z" in wait.text
    assert ("manual_event", "on") not in found
    assert f"earmark retry --item {item}" in commands(world, item)
    world.sql("UPDATE due_step SET step = 7")
    assert ("automatic_step", "on") not in waits(world, item)


def test_an_item_that_went_round_in_circles_is_told_to_be_stuck(world):
    world.deploy("states a b\na -> b : there\nb -> a : back\nevent there onEnter\nevent back onEnter")
    (item,) = world.place()
    (wait,) = [wait for wait in world.engine.why(item).waits if wait.kind == "automatic_step"]
    assert (wait.stuck, wait.code, wait.attempts) == (True, "automatic_loop", 0)
    assert "was stopped and is not tried any more: more than 100 automatic steps in a row" in wait.text
    assert f"earmark retry --item {item}" in commands(world, item)


def test_an_automatic_step_whose_condition_was_false_can_be_fired_by_hand(world):
    world.deploy("states new done\nnew -> done : on [ok]\nevent on onEnter")
    world.plugins.add_constant("ok", False)
    (item,) = world.place()
    wait = waits(world, item)["manual_event", "on"]
    assert (wait.answers, wait.answered_at, wait.asked) == ({"ok": False}, START, False)
    assert f"earmark trigger on --item {item}" in commands(world, item)


def test_eventless_conditions_are_named_and_asked_on_request(world):
    world.deploy("states new a b\nnew -> a [one]\nnew -> b [two]")
    world.plugins.add_condition("one", lambda _item, _context: False)
    world.plugins.add_condition("two", lambda item, _context: item.sku == "tea-2")
    first, second = world.place("tea-1", "tea-2")
    wait = waits(world, first)["conditions", None]
    assert (wait.conditions, wait.answers, wait.asked) == (("one", "two"), None, False)
    assert "one (to 'a'), two (to 'b')" in wait.text
    assert commands(world, first) == ["earmark run conditions", f"earmark why {first} --ask"]
    assert waits(world, first, ask=True)["conditions", None].answers == {"one": False, "two": False}
    assert waits(world, second, ask=True)["conditions", None].answers == {"one": False, "two": True}
    assert world.states() == ["new", "new"]


def test_asking_a_condition_that_raises_shows_the_error(world):
    world.deploy("states new a\nnew -> a [one]")
    world.plugins.add_condition("one", fails("no answer"))
    (item,) = world.place()
    wait = waits(world, item, ask=True)["conditions", None]
    assert (wait.answers, wait.asked, wait.ask_error) == (None, True, "one: RuntimeError: no answer")


def test_conditions_after_a_command_are_not_asked(world):
    world.deploy("states new a\nnew -> a : pay [one]\nevent pay command=c manual")
    world.command("c")
    world.plugins.add_condition("one", fails("must not be asked"))
    (item,) = world.place()
    wait = waits(world, item, ask=True)["manual_event", "pay"]
    assert (wait.conditions, wait.asked, wait.ask_error) == (("one",), False, None)


def test_a_transition_without_event_and_condition_waits_for_the_next_run(world):
    world.deploy("states new a\nnew -> a")
    (item,) = world.place()
    assert "the next conditions run" in waits(world, item)["conditions", None].text


def test_a_failure_of_waiting_conditions_is_told(world):
    world.deploy("states new a\nnew -> a [one]")
    world.plugins.add_constant("one", False)
    (item,) = world.place()
    at = world.clock() + 60_000_000
    world.sql(
        "INSERT INTO sweep_failure (item_id, step, due_at, attempts, error_code, error) VALUES (?, 0, ?, 2, ?, ?)",
        item, at, "condition_failed", "one: no line",
    )  # fmt: skip
    wait = waits(world, item)["conditions", None]
    assert (wait.attempts, wait.error, wait.stuck) == (2, "one: no line", False)
    assert "failed 2 times" in wait.text
    assert f"earmark retry --item {item}" in commands(world, item)
    world.sql("UPDATE sweep_failure SET step = 7")
    assert waits(world, item)["conditions", None].attempts == 0


def test_claims_live_and_expired(world):
    world.deploy("states new a\nnew -> a : pay\nevent pay command=c manual")
    seen = []
    world.command("c", does=lambda item, _context: seen.append(world.engine.why(item.id)))
    (item,) = world.place()
    world.trigger("pay", item)
    wait = seen[0].waits[0]
    assert (wait.kind, wait.holder, wait.event, wait.overdue) == (
        "claim",
        world.engine.runtime.holder,
        "pay",
        False,
    )
    assert wait.at == START + timedelta(seconds=60)
    (other,) = world.place()
    world.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at) "
        "VALUES (?, 't', 'gone', 'pay', 0, ?, ?)",
        other, world.clock() - 9, world.clock(),
    )  # fmt: skip
    wait = waits(world, other)["expired_claim", "pay"]
    assert (wait.holder, wait.overdue) == ("gone", True)
    assert "takes it over" in wait.text


def test_an_open_command_call(world):
    world.deploy("states new a\nnew -> a : pay\nevent pay command=c manual")
    world.command("c", Scope.ORDER, does=fails("down"))
    first, second = world.place("tea-1", "tea-2")
    world.trigger("pay", first, second)
    wait = waits(world, second)["command_call", "pay"]
    assert wait.key.startswith("order ")
    assert "exactly the same items (2)" in wait.text
    world.sql("UPDATE command_member SET step = 7")
    assert ("command_call", "pay") not in waits(world, second)


def test_the_stock_update_tells_which_count_releases_the_item(make_shop):
    world = make_shop(stock_update={"clock_tolerance_s": 60}).stocked(tea_1=9)
    world.deploy("states shipped* done\nshipped -> done : stock-update\nevent stock-update")
    (item,) = world.place()
    wait = waits(world, item)["stock_update", "stock-update"]
    assert wait.at == START + timedelta(minutes=1)
    assert "a stock import of North with a count as of 2026-01-01 00:01:00Z or later" in wait.text
    assert commands(world, item) == ["earmark stock import FILE.csv"]
    world.forward(59)
    world.restock("tea-1,North,8")
    assert world.state(item) == "shipped"
    world.forward(1)
    world.restock("tea-1,North,8")
    assert world.state(item) == "done"


def test_a_warehouse_that_was_counted_since_is_not_waited_for(shop):
    houses = [{"name": name} for name in ("East", "North", "South", "West")]
    stores = [{"name": "DE", "warehouses": ["East", "North", "South"]}]
    products = [{"sku": "tea", "concretes": [{"sku": "tea-1"}]}]
    shop.stocked({"warehouses": houses, "stores": stores, "products": products})
    shop.deploy("states shipped* done lost*\nshipped -> done : stock-update [calm]\nevent stock-update")
    shop.plugins.add_condition("calm", lambda *_: False)
    shop.restock("tea-1,North,9", "tea-1,South,9", "tea-1,West,9")
    (item,) = shop.place("tea-1")

    def text():
        return waits(shop, item)["stock_update", "stock-update"].text

    first = "2026-01-01 00:00:00Z"
    assert text().startswith(f"a stock import of East or North or South with a count as of {first} or later")
    shop.forward(60)
    (item,) = shop.place("tea-1")
    assert text().startswith(
        "a stock import of North and South with a count as of 2026-01-01 00:01:00Z or later"
    )
    assert text().endswith(f"; counted last: North {first}, South {first}")
    shop.forward(60)
    shop.restock("tea-1,North,8")
    assert text().startswith("a stock import of South with a count as of 2026-01-01 00:01:00Z or later")
    assert text().endswith(f"; the last count is of {first}")
    shop.restock("tea-1,South,9")
    assert text().startswith("a stock import of East or North or South with")  # its condition was false


@pytest.mark.parametrize(
    ("text", "missing", "firing"),
    [
        ("new -> a : pay\nevent pay command=c manual", ("command c",), "trigger pay --item 1"),
        ("new -> a : pay [x]\nnew -> b : pay [y]", ("condition x", "condition y"), "trigger pay --item 1"),
        ("new -> a [x]", ("condition x",), "run conditions"),
        (
            "new -> a : pay\na -> b : late\nevent late timeout=1day processor=p",
            ("timeout processor p",),
            "trigger pay --item 1",
        ),
        ("new -> a : late [x]\nevent late timeout=1day", ("condition x",), "run timeouts"),
        ("new -> a : on\nevent on onEnter command=c", ("command c",), "run timeouts"),
        ("new -> a : stock-update [x]", ("condition x",), "stock import FILE.csv"),
    ],
)
def test_plugins_that_are_missing(world, text, missing, firing):
    world.deploy(f"states new a b\n{text}")
    (item,) = world.place()
    (wait,) = [wait for wait in world.engine.why(item).waits if wait.kind == "plugin_missing"]
    assert wait.plugins == missing
    loading = [command for command in commands(world, item) if "--plugins" in command]
    assert loading == [f"earmark {firing} --plugins MODULE_OR_FILE"]


def test_an_eventless_transition_from_a_state_to_itself_is_nothing_to_wait_for(world):
    world.deploy("""
        states new paid* sent
        new -> new
        new -> paid : pay
        paid -> sent [packed]
        paid -> paid
        sent -> sent
        event pay manual
    """)
    packed = [False]
    world.plugins.add_condition("packed", lambda *_: packed[0])
    (item,) = world.place()
    assert list(waits(world, item)) == [("manual_event", "pay")]
    world.trigger("pay", item)
    (wait,) = waits(world, item).values()
    assert (wait.kind, wait.text) == (
        "conditions",
        "one of these conditions to be true, asked by each conditions run: packed (to 'sent')",
    )
    steps = len(world.history(item))
    assert world.engine.run_conditions().moved == 0
    assert len(world.history(item)) == steps
    packed[0] = True
    world.engine.run_conditions()
    assert [wait.kind for wait in world.engine.why(item).waits] == ["final"]


def test_event_names_are_quoted_for_the_shell(world, tmp_path):
    from engine.definition import load_process
    from tests.helpers.processes import process_xml

    path = tmp_path / "Spaced.xml"
    path.write_text(
        process_xml("states new a\nnew -> a : pay", name="Spaced")
        .replace(">pay<", ">pay now<")
        .replace('"pay"', '"pay now"')
    )
    world.engine.deploy(load_process(path).process)
    (item,) = world.place(process="Spaced")
    assert commands(world, item) == [f"earmark trigger 'pay now' --item {item}"]
