"""What comes to pass between looking and writing: what was looked up is looked at again with the items locked."""

from __future__ import annotations

import threading

import pytest

from engine.caller import Caller
from engine.inventory.stock import imports
from engine.operations import timeouts
from engine.requests import MigrationRequest, Selection
from tests.helpers.clock import DAY, HOUR
from tests.helpers.databases import ON_POSTGRESQL
from tests.helpers.plugins import fails
from tests.helpers.shop import codes, stock_file
from tests.helpers.waiting import PATIENCE_S, until_somebody_waits

# --- a selection by state ---


def test_an_item_that_was_waited_for_is_fired_at_only_in_the_state_that_was_meant(world):
    """Two operators send everything on that is new; what the first one has sent on is not sent on again."""
    world.deploy(
        "states new sent gone\nnew -> sent : next\nsent -> gone : next\nevent next manual command=post"
    )
    (item,) = world.place()
    called, answer = threading.Event(), threading.Event()

    def post(*_):
        called.set()
        assert answer.wait(PATIENCE_S)

    world.command("post", does=post)
    first = threading.Thread(target=world.trigger, args=("next", item))
    first.start()
    assert called.wait(PATIENCE_S)
    asked = []

    def stop():
        asked.append(True)
        if len(asked) == 2:  # now the second one waits for the claim
            answer.set()
            first.join(PATIENCE_S)
        return False

    patient = world.another(execution={"lock_wait_s": PATIENCE_S}).for_caller(Caller(stop=stop))
    report = patient.trigger("next", Selection(process="Sale", state="new"))
    assert (report.examined, report.moved, codes(report.failed)) == (1, 0, {item: "state_changed"})
    assert world.path(item) == ["new", "sent"]


def test_what_has_left_the_state_is_not_retried_for_it(make_shop):
    world = make_shop(execution={"retry_attempts": 1}).stocked(tea_1=5)
    world.deploy("""
        states new other done
        new -> other : go
        new -> done : first
        other -> done : second
        event first onEnter command=work
        event second onEnter command=work
    """)
    world.command("work", does=fails())
    (item,) = world.place()

    def leave(statement):
        if statement == "failed_steps":  # found among those that failed in the state
            rival.runtime.database.probe = None
            world.trigger("go", item)
            world.command("work")

    rival = world.another()
    rival.runtime.database.probe = leave
    report = rival.retry(Selection(process="Sale", state="new"))
    rival.close()
    assert (report.examined, report.moved, world.state(item)) == (0, 0, "other")
    assert world.engine.retry(Selection(process="Sale", state="other")).moved == 1


# --- background runs ---


def test_what_is_armed_anew_meanwhile_is_not_forgotten_for_the_state_before(world, monkeypatch):
    """An item has something due that its state does not know; by the time that is forgotten it is elsewhere."""
    world.deploy("""
        states open reminded cancelled
        open -> reminded : remind
        reminded -> cancelled : cancel
        event remind manual
        event cancel timeout=2days
    """)
    (item,) = world.place()
    world.sql(
        "INSERT INTO item_timeout (item_id, event, due_at) VALUES (?, 'cancel', ?)", item, world.clock()
    )
    follow = timeouts.follow

    def meanwhile(*given):
        follow(*given)
        world.trigger("remind", item)

    monkeypatch.setattr(timeouts, "follow", meanwhile)
    assert codes(world.engine.run_timeouts().blocked) == {item: "event_not_available"}
    assert (world.state(item), list(world.timeouts(item))) == ("reminded", ["cancel"])
    world.forward(2 * DAY)
    monkeypatch.setattr(timeouts, "follow", follow)
    assert world.engine.run_timeouts().moved == 1


@ON_POSTGRESQL
def test_an_automatic_step_that_a_background_run_has_given_up_is_not_taken_by_whoever_waited(make_shop):
    world = make_shop(execution={"retry_attempts": 1}).stocked(tea_1=5)
    world.deploy("states new busy done\nnew -> busy : go\nbusy -> done : on\nevent on onEnter command=work")
    inside = threading.Event()

    def work(*_):
        inside.set()
        until_somebody_waits(world.url)
        raise RuntimeError("no answer")

    calls = world.command("work", transactional=True, does=work)
    (item,) = world.place()
    other, reports = world.another(), []
    background = threading.Thread(target=lambda: reports.append(other.run_timeouts()))

    def overtake(statement):
        if statement == "moving_add_due":
            background.start()
            assert inside.wait(PATIENCE_S)

    world.database.probe = overtake
    report = world.trigger("go", item)
    world.database.probe = None
    background.join(PATIENCE_S)
    other.close()
    assert (report.moved, len(calls.log), codes(reports[0].stuck)) == (1, 1, {item: "command_failed"})
    assert world.state(item) == "busy"


# --- stock imports ---


@pytest.mark.parametrize("event", ["stock-update", "stock-update command=unload"])
def test_shipped_items_that_are_migrated_in_the_middle_of_an_import_are_released(world, monkeypatch, event):
    flow = f"states new* shipped* gone\nnew -> shipped : ship\nshipped -> gone : stock-update\nevent {event}"
    world.command("unload")
    world.deploy(flow)
    items = world.place("tea-1", "tea-2")
    world.trigger("ship", *items)
    world.forward(HOUR)
    monkeypatch.setattr(imports, "CHUNK", 1)
    path = stock_file(world.folder / "count.csv", "tea-1,North,9,0,0", "tea-2,North,9,0,0")
    rival = world.another()

    def migrate(stored, total):
        if (stored, total) == (1, 2):
            rival.deploy(world.process(f"{flow}\nstates more"))
            assert rival.migrate(MigrationRequest("Sale", "current")).moved == 2

    report = world.engine.import_stock(path, as_of=world.clock(), progress=migrate)
    rival.close()
    assert (report.imported, report.released, report.kept, report.refused) == (2, 2, 0, [])
    assert world.states(*items) == ["gone", "gone"]
    assert world.drift() == []
