"""Work in hand: which items a migration refuses because somebody is at them, and what automatic steps become."""

from __future__ import annotations

import pytest

from engine.hooks import Scope
from engine.requests import MigrationRequest
from tests.helpers.clock import HOUR
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

MORE = "\nstates more\ndone -> more : age"


def refusals(report):
    return {
        (group.state, refusal.code): (refusal.items, refusal.first)
        for group in report.groups
        for refusal in group.refused
    }


AUTO = """
    states new busy* done
    new -> busy : go
    busy -> done : work
    event work onEnter command=work
"""


@pytest.mark.parametrize("scope", list(Scope))
def test_an_open_call_of_a_command_is_refused_until_it_has_ended(world, scope):
    """The command fails and will be repeated under its key, which says the step."""
    calls = world.command("work", scope, does=fails())
    world.deploy(AUTO)
    (item,) = world.place()
    world.trigger("go", item)
    world.deploy(AUTO + MORE)
    for dry_run in (True, False):
        report = world.migrate(dry_run=dry_run)
        assert refusals(report) == {("busy", "command_open"): (1, (item,))}
        assert "the command 'work' for the event 'work'" in report.groups[0].refused[0].message
    calls.does = None
    world.forward(60)
    world.engine.run_timeouts()
    assert len(set(calls.keys)) == 1
    assert world.migrate().moved == 1
    assert world.state(item) == "done"


@pytest.mark.parametrize("scope", list(Scope))
def test_what_was_tried_for_the_last_time_can_be_migrated(make_shop, scope):
    world = make_shop(execution={"retry_attempts": 1}).stocked(tea_1=9)
    world.command("work", scope, does=fails())
    world.deploy(AUTO)
    (item,) = world.place()
    world.trigger("go", item)
    assert len(world.engine.stuck()) == 1
    world.deploy(AUTO.replace("event work onEnter command=work", "event work manual"))
    assert world.migrate().moved == 1
    assert world.engine.stuck() == []
    assert world.query("SELECT * FROM command_member") == world.query("SELECT * FROM command_run") == []
    assert world.trigger("work", item).moved == 1


def test_a_failed_transactional_command_has_left_nothing_behind(world):
    world.command("work", does=fails(), transactional=True)
    world.deploy(AUTO)
    (item,) = world.place()
    world.trigger("go", item)
    world.deploy(AUTO + MORE)
    assert world.migrate().moved == 1
    before = world.query("SELECT step, attempts FROM due_step")
    assert before == [(world.step(item), 1)]


LATE = """
    states new busy* done
    new -> busy : go
    busy -> done : work
    event work timeout=1hour command=work
"""


@pytest.mark.parametrize("text", [AUTO, LATE], ids=["automatic", "timeout"])
def test_a_command_that_went_well_is_an_open_call_while_its_step_is_to_be_tried_again(world, text):
    """What failed is the condition: the command will be called again, and must have the same key then."""
    calls = world.command("work")
    world.plugins.add_condition("sure", fails())
    text = text.replace(": work", ": work [sure]")
    world.deploy(text)
    (item,) = world.place()
    world.trigger("go", item)
    world.forward(HOUR)
    world.engine.run_timeouts()
    world.deploy(text + MORE)
    assert refusals(world.migrate()) == {("busy", "command_open"): (1, (item,))}
    world.plugins.add_condition("sure", lambda *_: True)
    world.forward(HOUR)
    world.engine.run_timeouts()
    assert len(set(calls.keys)) == 1
    assert world.migrate().moved == 1


@pytest.mark.parametrize("stuck", [False, True])
@pytest.mark.parametrize("text", [AUTO, LATE], ids=["automatic", "timeout"])
def test_a_retry_that_cannot_call_the_command_leaves_the_call_open(make_shop, text, stuck):
    """The attempts count from the start, but that the command was called before is not forgotten."""
    world = make_shop(execution={"retry_attempts": 1 if stuck else 9}).stocked(tea_1=9)
    calls = world.command("work", does=fails())
    world.deploy(text)
    (item,) = world.place()
    world.trigger("go", item)
    world.forward(HOUR)
    world.engine.run_timeouts()
    del world.plugins.commands["work"]
    assert codes(world.engine.retry().failed) == {item: "plugin_missing"}
    world.deploy(text + MORE)
    assert refusals(world.migrate()) == {("busy", "command_open"): (1, (item,))}
    wait = world.engine.why(item).waits[0]
    assert (wait.attempts, wait.code, wait.error) == (0, None, None)
    world.plugins.add_command("work", calls)
    calls.does = None
    world.engine.run_timeouts()
    assert len(set(calls.keys)) == 1
    assert world.migrate().moved == 1


def test_a_retry_of_what_was_never_called_leaves_no_call_open(world):
    """Too many automatic steps in a row: the next one is stuck, its command has not been called."""
    world.command("work")
    text = "states new spin turn\nnew -> spin : go\nspin -> turn : a\nturn -> spin : b\n" + (
        "event a onEnter command=work\nevent b onEnter command=work"
    )
    world.deploy(text)
    (item,) = world.place()
    world.trigger("go", item)
    del world.plugins.commands["work"]
    world.engine.retry()
    world.deploy(text + "\nstates more\nspin -> more : out")
    assert world.migrate().moved == 1


def test_a_claimed_item_is_refused_with_holder_and_expiry(world):
    world.deploy(AUTO.replace("onEnter", "manual"))
    first, second = world.place("tea-1", "tea-1")
    world.trigger("go", first, second)
    other, seen = world.another(host="rival"), []

    def meanwhile(*_):
        world.deploy(AUTO, force=True)
        seen.append(other.migrate(MigrationRequest(process="Sale", version="current")))

    world.command("work", does=meanwhile)
    assert world.trigger("work", first).moved == 1
    other.close()
    (report,) = seen
    assert refusals(report) == {("busy", "item_locked"): (1, (first,))}
    message = report.groups[0].refused[0].message
    assert message.startswith("claimed by host")
    assert message.endswith(" for the event 'work', until 2026-01-01T00:01:00Z at the latest")
    assert (report.moved, world.states(first, second)) == (1, ["done", "busy"])


def test_what_a_crash_left_claimed_may_have_been_called(world):
    world.deploy(AUTO.replace("onEnter", "manual"))
    (item,) = world.place()
    world.trigger("go", item)

    def dies(*_):
        raise KeyboardInterrupt

    world.command("work", does=dies)
    with pytest.raises(KeyboardInterrupt):
        world.trigger("work", item)
    world.deploy(AUTO)
    assert refusals(world.migrate()) == {("busy", "item_locked"): (1, (item,))}
    world.forward(50 * HOUR)
    world.engine.purge("1 hour")
    assert refusals(world.migrate()) == {("busy", "command_open"): (1, (item,))}
    world.command("work")
    world.trigger("work", item)
    assert world.migrate().moved == 1


def test_a_due_automatic_step_goes_on_under_the_same_event(world):
    world.deploy(AUTO)  # the command is not registered: the step stays due
    (item,) = world.place()
    world.trigger("go", item)
    world.deploy(AUTO.replace("command=work", ""))
    assert world.migrate().moved == 1
    assert world.query("SELECT event, step FROM due_step") == [("work", 2)]
    world.forward(HOUR)
    world.engine.run_timeouts()
    assert world.state(item) == "done"


def test_a_due_automatic_step_that_the_target_state_has_not_is_refused(world):
    world.deploy(AUTO)
    (item,) = world.place()
    world.trigger("go", item)
    world.deploy(AUTO.replace("work", "labour"))
    report = world.migrate()
    assert refusals(report) == {("busy", "automatic_step_due"): (1, (item,))}
    text = report.groups[0].refused[0].message
    assert "'work' is due" in text
    assert "the onEnter event 'labour'" in text


ENTER = "states new parked done\nnew -> parked : go\nparked -> done : work\nevent work {}"


@pytest.mark.parametrize("enter", [False, True])
def test_the_on_enter_event_of_a_new_state_is_made_due_only_on_demand(world, enter):
    world.deploy(ENTER.format("manual"))
    (item,) = world.place()
    world.deploy(ENTER.format("onEnter"))
    report = world.migrate(state_map={"new": "parked"}, enter=enter)
    assert (report.groups[0].on_enter, report.groups[0].entered) == ("work", enter)
    assert world.state(item) == "parked"
    world.engine.run_timeouts()
    assert world.state(item) == ("done" if enter else "parked")


def test_a_state_that_goes_on_gets_an_on_enter_event_of_its_own_on_demand(world):
    world.deploy(ENTER.format("manual"))
    (item,) = world.place()
    world.trigger("go", item)
    world.deploy(ENTER.format("onEnter"))
    assert world.migrate(dry_run=True).groups[0].on_enter == "work"
    assert world.migrate(enter=True).groups[0].entered
    world.engine.run_timeouts()
    assert world.state(item) == "done"


def test_an_on_enter_event_that_was_taken_is_not_taken_again(world):
    text = "states new done\nnew -> new : on\nnew -> done : end\nevent on onEnter"
    world.deploy(text)
    world.place()
    world.deploy(text + MORE)
    report = world.migrate(enter=True)
    assert (report.groups[0].on_enter, report.groups[0].entered) == (None, False)
    assert world.query("SELECT * FROM due_step") == []


HERE = "states here done\nhere -> here : work\nhere -> done : end\nevent work onEnter"


def test_a_mapped_state_has_its_on_enter_event_before_it_even_under_the_same_name(world):
    world.deploy(HERE)
    world.place()
    world.deploy(HERE.replace("here", "there"), force=True)
    report = world.migrate(state_map={"here": "there"}, enter=True)
    assert (report.groups[0].on_enter, report.groups[0].entered) == ("work", True)
    assert world.query("SELECT event FROM due_step") == [("work",)]


def test_undoing_takes_the_step_along_that_was_made_due_even_under_the_same_name(world):
    world.deploy(HERE)
    (item,) = world.place()
    world.deploy(HERE.replace("here", "there"), force=True)
    world.migrate(state_map={"here": "there"}, enter=True)
    assert world.engine.undo_migration(1).moved == 1
    assert (world.state(item), world.query("SELECT * FROM due_step")) == ("here", [])


def test_what_another_item_has_open_keeps_nobody(world):
    text = """
        states new paid* done
        new -> paid : pay
        paid -> done : on
        new -> new : nag
        event pay command=charge manual
        event on onEnter command=charge
        event nag timeout=1hour command=charge
    """
    world.deploy(text)
    world.command("charge", Scope.ORDER, does=fails())
    free = world.place()[0]
    called = world.place()[0]
    world.trigger("pay", called)
    claimed = world.place()[0]
    world.sql(
        "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
        " VALUES (?, 't', 'somebody', 'pay', 0, 0, 1)",
        claimed,
    )
    tried = world.place()[0]
    world.sql("UPDATE item_timeout SET attempts = 1, error_code = 'command_failed' WHERE item_id = ?", tried)
    world.deploy(text + "done -> new : back")
    report = world.migrate()
    refused = {(r.code, item) for group in report.groups for r in group.refused for item in r.first}
    assert refused == {("command_open", called), ("command_open", claimed), ("command_open", tried)}
    assert (report.moved, world.history(free)[-1].outcome) == (1, "migrated")
