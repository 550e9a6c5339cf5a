"""Migrating items to another version: what moves, what goes on, what begins anew, and why items are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.definition import canonical_json, process_from_canonical
from engine.errors import MigrationInvalid, ProcessNotFound
from engine.requests import MigrationRequest, Selection
from tests.helpers.clock import HOUR, START
from tests.helpers.plugins import fails

MORE = "\nstates more\ndone -> more : age"
FIRST = """
    states new open paid* shipped* done
    new -> open : accept
    open -> paid : pay
    open -> done : cancel
    open -> done : give-up
    paid -> shipped : ship
    shipped -> done : stock-update
    event cancel timeout=1day
    event give-up timeout=2days
"""
SECOND = """
    states new open packed* paid* shipped done
    new -> open : accept
    open -> paid : pay
    open -> done : cancel
    open -> done : remind
    paid -> packed : pack
    packed -> shipped : ship
    shipped -> done : stock-update
    event cancel timeout=3days
    event remind timeout=5hours
"""
NOON = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def sale(world):
    """Items on the first version: one new, two open, one paid, one shipped, one done; one on the second."""
    world.deploy(FIRST)
    world.items = [world.place("tea-1 2")[0] for _ in range(6)]
    others = world.items[1:]
    world.trigger("accept", *others)
    world.trigger("pay", *others[2:])
    world.trigger("ship", *others[3:])
    world.trigger("stock-update", others[4])
    world.second = world.deploy(SECOND)
    world.place("tea-1 1")
    return world


def versions(world):
    return [
        row[0]
        for row in world.query(
            "SELECT v.version FROM order_item i JOIN process_state s ON s.id = i.state_id"
            " JOIN process_version v ON v.id = s.version_id ORDER BY i.id"
        )
    ]


def refusals(report):
    return {
        (group.state, refusal.code): (refusal.items, refusal.first)
        for group in report.groups
        for refusal in group.refused
    }


def test_all_items_of_other_versions_come_to_the_states_of_the_same_name(sale):
    before = sale.states()
    sale.forward(HOUR)
    report = sale.migrate(reason="the new box")
    assert (report.moved, report.refused, report.complete, report.resumed) == (6, 0, True, False)
    assert sale.states() == before
    assert set(versions(sale)) == {sale.second.version}
    assert sale.drift() == []
    entry = sale.history(sale.items[1])[-1]
    assert (entry.trigger, entry.outcome, entry.event) == ("migrate", "migrated", None)
    assert (entry.source, entry.target) == ("open", "open")
    assert (entry.target_version, entry.data) == (sale.second.version, {"migration": 1})
    assert sale.value("SELECT DISTINCT reason FROM transition_run WHERE trigger = 'migrate'") == "the new box"
    assert (sale.step(sale.items[1]), sale.since(sale.items[1])) == (2, START)


def test_the_report_tells_groups_with_their_versions_states_and_numbers(sale):
    report = sale.migrate(dry_run=True)
    assert [(group.state, group.target, group.items, group.moved) for group in report.groups] == [
        ("new", "new", 1, 1),
        ("open", "open", 2, 2),
        ("paid", "paid", 1, 1),
        ("shipped", "shipped", 1, 1),
        ("done", "done", 1, 1),
    ]
    assert {group.target_version for group in report.groups} == {sale.second.version}
    assert len({group.version for group in report.groups}) == 1


def test_a_dry_run_tells_the_same_and_changes_nothing(sale):
    tables = ("order_item", "transition_run", "item_history", "migration", "migration_item", "item_timeout")
    before = {table: sale.query(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}
    dry = sale.migrate(dry_run=True)
    assert {table: sale.query(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables} == before
    done = sale.migrate()
    assert done.groups == dry.groups
    assert (dry.dry_run, dry.migration, done.dry_run, done.migration) == (True, None, False, 1)


def test_the_second_time_nothing_is_left_to_move(sale):
    sale.migrate()
    again = sale.migrate()
    assert (again.moved, again.groups, again.migration) == (0, [], None)


def test_the_reservation_follows_the_flag_of_the_target_state(sale):
    assert (sale.reserved(), sale.available()) == (4, 100 - 4 - 7)
    report = sale.migrate()
    group = next(group for group in report.groups if group.state == "shipped")
    assert (group.reserved, group.held) == (-2, 0)
    assert (sale.reserved(), sale.held()) == (2, 7)
    assert sale.counted(sale.items[4]) == (0, 0)
    assert sale.drift() == []


def test_a_state_that_is_reserved_now_takes_more_than_there_is_and_says_so(world):
    world.deploy("states new gone\nnew -> gone : send")
    (item,) = world.place("tea-2 60")
    world.place("tea-2 60")
    world.deploy("states new* gone\nnew -> gone : send")
    dry = world.migrate(dry_run=True)
    assert (dry.groups[0].reserved, dry.moved) == (120, 2)
    assert world.reserved("tea-2") == 0
    world.migrate()
    assert world.counted(item) == (60, 0)
    assert world.engine.availability(["tea-2"], "DE")[0].shortfall == 20
    assert len(world.payloads("shortfall")) == 2  # DE and AT sell from the same shelf
    assert world.drift() == []


def test_a_hold_goes_on_where_a_reserved_state_can_be_reached_and_ends_elsewhere(world):
    world.deploy("states new paid*\nnew -> paid : pay")
    (item,) = world.place("tea-1 3")
    third = world.deploy("states new paid* old\nnew -> paid : pay\npaid -> old : age")
    world.migrate()
    assert (world.counted(item), world.held()) == ((0, 3), 3)
    world.deploy("states new paid\nnew -> paid : pay")
    dry = world.migrate(dry_run=True)
    assert dry.groups[0].held == -3
    world.migrate()
    assert (world.counted(item), world.held()) == ((0, 0), 0)
    assert world.drift() == []
    assert world.migrate(version=third.version).moved == 1
    assert world.held() == 0


def test_versions_are_named_by_hash_or_a_beginning_of_it(sale):
    first = next(info for info in sale.engine.processes() if not info.current)
    sale.migrate()
    assert sale.migrate(version=first.version[:6].upper(), state="open").moved == 2
    assert sale.migrate(version=sale.second.version, sources=(first.version,)).moved == 2
    assert sale.migrate(version=first.version, sources=("current",), state="done").moved == 1


def test_only_named_versions_and_states_move(sale):
    third = sale.deploy(SECOND + MORE)
    first, second = (info.version for info in sale.engine.processes() if not info.current)
    assert sale.migrate(sources=(second,)).moved == 1
    assert versions(sale)[6] == third.version
    assert sale.migrate(sources=(first, second), state="open").moved == 2
    assert versions(sale)[:3] == [first, third.version, third.version]


def test_everything_that_is_wrong_with_the_request_is_told_at_once(sale):
    first = next(info for info in sale.engine.processes() if not info.current)
    with pytest.raises(MigrationInvalid) as caught:
        sale.migrate(
            sources=("current", "abc", "ffffffff"),
            state="opne",
            state_map={"piad": "paid", "paid": "packt"},
        )
    problems = caught.value.parameters["problems"]
    assert len(problems) == 6
    text = caught.value.message
    for part in (
        "the version 'current' is the target itself",
        "'abc' is too short",
        "there is no version 'ffffffff'; there are: " + first.version[:12],
        "have no state 'opne'. Did you mean \"open\"?",
        "have no state 'piad'",
        "the target version has no state 'packt'. Did you mean \"packed\"?",
    ):
        assert part in text
    assert caught.value.code == "migration_invalid"
    assert sale.query("SELECT * FROM migration") == []


def test_an_ambiguous_beginning_lists_what_it_may_mean(world):
    process, seen = world.process("states s0 done\ns0 -> done : end"), {}
    for number in range(5000):  # two of some three hundred hashes begin with the same four characters
        first = replace(process.states[0], name=f"s{number}")
        text = canonical_json(replace(process, states=(first, process.states[1])))
        variant = process_from_canonical(text)
        twin = seen.setdefault(variant.version[:4], variant)
        if twin is not variant:
            break
    world.engine.deploy(twin)
    world.engine.deploy(variant)
    both = f"{twin.version[:12]}, {variant.version[:12]}"
    with pytest.raises(MigrationInvalid, match=f"the version '{twin.version[:4]}' is ambiguous: {both}"):
        world.migrate(version=twin.version[:4])


def test_an_unknown_process_is_refused(sale):
    with pytest.raises(ProcessNotFound):
        sale.migrate(process="Sail")


# --- states that differ ---


def test_a_state_that_the_target_lacks_is_refused_with_the_map_that_helps(world):
    world.deploy("states new waiting* done\nnew -> waiting : go\nwaiting -> done : end")
    first, second = world.place(), world.place()
    world.trigger("go", *first)
    world.deploy("states new parked* done\nnew -> parked : go\nparked -> done : end", force=True)
    report = world.migrate()
    assert refusals(report) == {("waiting", "state_missing"): (1, tuple(first))}
    (group,) = [group for group in report.groups if group.state == "waiting"]
    assert group.target is None
    assert '--map "waiting=STATE"' in group.refused[0].message
    assert (report.moved, report.refused) == (1, 1)
    assert world.migrate(state_map={"waiting": "parked"}).moved == 1
    assert world.states(*first, *second) == ["parked", "new"]
    assert world.drift() == []


def test_a_mapped_state_is_a_new_one_for_the_item(sale):
    item = sale.items[2]
    sale.forward(HOUR)
    sale.migrate(state="open", state_map={"open": "paid"})
    assert sale.states(*sale.items[1:3]) == ["paid", "paid"]
    assert sale.since(item) == START + HOUR * 1_000_000
    assert sale.timeouts(item) == {}
    assert sale.counted(item) == (2, 0)
    assert sale.drift() == []


# --- timeouts ---


def test_timeouts_of_the_same_event_go_on_others_are_dropped_or_armed_now(sale):
    item = sale.items[1]
    assert sale.timeouts(item) == {"cancel": NOON + timedelta(days=1), "give-up": NOON + timedelta(days=2)}
    sale.forward(HOUR)
    sale.migrate()
    assert sale.timeouts(item) == {"cancel": NOON + timedelta(days=1), "remind": NOON + timedelta(hours=6)}


def test_attempts_of_a_kept_timeout_are_kept(world):
    text = "states new done\nnew -> done : end [fine]\nevent end timeout=1hour"
    world.deploy(text)
    world.place()
    world.plugins.add_condition("fine", fails())
    world.forward(HOUR)
    world.engine.run_timeouts()
    asked = "SELECT due_at, attempts, error_code FROM item_timeout"
    before = world.query(asked)
    assert before[0][1:] == (1, "condition_failed")
    world.deploy(text + MORE)
    assert world.migrate().moved == 1
    assert world.query(asked) == before


def test_timeouts_are_armed_anew_in_a_mapped_state_even_under_the_same_name(world):
    world.deploy("states a z\na -> z : end\nevent end timeout=1hour")
    (item,) = world.place()
    world.deploy("states b z\nb -> z : end\nevent end timeout=2hours", force=True)
    world.forward(60)
    world.migrate(state_map={"a": "b"})
    assert world.timeouts(item) == {"end": NOON + timedelta(hours=2, minutes=1)}


PLAIN = "states new done\nnew -> done : end"
TIMED = PLAIN + "\nevent end timeout=1hour processor=hours"


def test_a_timeout_processor_says_when_and_an_item_it_fails_for_is_refused(world):
    world.deploy(PLAIN)
    first, second = world.place("tea-1 2", "tea-1 3")

    def hours(item, timeout, now):
        if item.quantity == 3:
            raise ValueError("no calendar")
        return now + timedelta(hours=int(item.quantity))

    world.plugins.processors["hours"] = hours
    world.deploy(TIMED)
    for dry_run in (True, False):
        report = world.migrate(dry_run=dry_run)
        assert refusals(report) == {("new", "timeout_processor_failed"): (1, (second,))}
        assert "no calendar" in report.groups[0].refused[0].message
    assert world.timeouts(first) == {"end": NOON + timedelta(hours=2)}
    assert (world.timeouts(second), world.step(second)) == ({}, 0)


def test_a_timeout_processor_that_nobody_registers_refuses_the_items(world):
    world.deploy(PLAIN)
    (item,) = world.place()
    world.deploy(TIMED)
    assert refusals(world.migrate()) == {("new", "plugin_missing"): (1, (item,))}


def test_a_processor_is_not_asked_for_a_timeout_that_goes_on(world):
    world.plugins.processors["hours"] = lambda item, timeout, now: now + timedelta(hours=1)
    world.deploy(TIMED)
    (item,) = world.place()
    world.deploy(TIMED + "\ndone -> new : back")
    del world.plugins.processors["hours"]
    assert world.migrate().moved == 1
    assert world.timeouts(item) == {"end": NOON + timedelta(hours=1)}


def test_an_item_that_moves_on_while_processors_are_asked_is_left_alone(world):
    world.deploy(PLAIN)
    first, second = world.place("tea-1", "tea-1")
    other = world.another()

    def hours(item, timeout, now):
        if world.state(second) == "new":
            other.trigger("end", Selection(items=(second,)))
        return now + timedelta(hours=1)

    world.plugins.processors["hours"] = hours
    world.deploy(TIMED, force=True)
    report = world.migrate(state="new")
    other.close()
    assert refusals(report) == {("new", "state_changed"): (1, (second,))}
    assert world.timeouts(first) != {} == world.timeouts(second)


def test_failures_of_waiting_items_are_forgotten(sale):
    sale.sql("INSERT INTO sweep_failure (item_id, step, attempts) VALUES (?, 1, 3)", sale.items[1])
    sale.migrate()
    assert sale.query("SELECT * FROM sweep_failure") == []


# --- many items ---


def test_a_stopped_migration_goes_on_under_its_row_when_it_is_asked_again(make_shop):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    world.deploy("states new* done\nnew -> done : end")
    items = world.place_many(7)
    world.deploy("states new done\nnew -> done : end")
    told = []
    world.engine.runtime.stop = lambda: len(told) >= 2
    request = MigrationRequest(process="Sale", version="current")
    report = world.engine.migrate(request, progress=lambda done, total: told.append((done, total)))
    assert (report.moved, report.complete, report.migration) == (4, False, 1)
    assert told == [(2, 7), (4, 7)]
    assert (world.reserved(), world.drift()) == (3, [])
    (info,) = world.engine.migrations("Sale")
    assert (info.items, info.finished_at) == (4, None)
    world.engine.runtime.stop = lambda: False
    again = world.migrate()
    assert (again.moved, again.resumed, again.migration) == (3, True, 1)
    (info,) = world.engine.migrations("Sale")
    assert (info.items, info.finished_at, info.undone) == (7, NOON, 0)
    assert (world.reserved(), world.drift()) == (0, [])
    assert {world.step(item) for item in items} == {1}
    assert world.migrate().migration is None


def test_one_that_was_cut_off_after_its_last_item_is_finished_when_it_is_asked_again(sale):
    told = []
    sale.engine.runtime.stop = lambda: len(told) == 5
    request = MigrationRequest(process="Sale", version="current")
    report = sale.engine.migrate(request, progress=lambda *numbers: told.append(numbers))
    assert (report.moved, report.complete) == (6, False)
    sale.engine.runtime.stop = lambda: False
    assert sale.migrate(dry_run=True).migration is None
    assert sale.engine.migrations("Sale")[0].finished_at is None
    again = sale.migrate()
    assert (again.moved, again.migration, again.resumed, again.complete) == (0, 1, True, True)
    assert sale.engine.migrations("Sale")[0].finished_at == NOON
    assert sale.migrate().migration is None


def test_another_map_is_another_migration(make_shop):
    world = make_shop(execution={"chunk": 1}).stocked(tea_1=100)
    world.deploy("states a b\na -> b : go")
    world.place_many(3)
    world.deploy("states a b\na -> b : go\nb -> a : back")
    stops = iter([False, True])
    world.engine.runtime.stop = lambda: next(stops)
    world.migrate(reason="first")
    world.engine.runtime.stop = lambda: False
    report = world.migrate(state_map={"a": "b"}, reason="second")
    assert (report.migration, report.resumed, report.moved) == (2, False, 2)
    first, second = world.engine.migrations("Sale")
    assert (first.reason, first.state_map, first.items, first.finished_at) == ("first", {}, 1, None)
    assert (second.reason, dict(second.state_map), second.items) == ("second", {"a": "b"}, 2)
    assert world.states() == ["a", "b", "b"]


def test_of_many_that_stay_the_first_ten_are_named_and_all_are_counted(make_shop):
    world = make_shop(execution={"chunk": 7}).stocked(tea_1=100)
    world.deploy("states new open\nnew -> open : go\nevent go command=c manual")
    world.command("c", does=fails())
    items = world.place_many(16)
    for item in items[:15]:
        world.sql(
            "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
            " VALUES (?, 't', 'somebody', 'go', 0, 0, 1)",
            item,
        )
    world.deploy("states new open done\nnew -> open : go\nopen -> done : end\nevent go command=c manual")
    report = world.migrate()
    (group,) = report.groups
    (refusal,) = group.refused
    assert (refusal.items, refusal.first) == (15, tuple(items[:10]))
    assert (report.moved, group.on_enter, group.entered) == (1, None, False)
