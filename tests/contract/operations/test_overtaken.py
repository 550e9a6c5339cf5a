"""Background work that has to wait for an item finds it where it has come to: nothing is taken for still due."""

from __future__ import annotations

import threading

from tests.helpers.clock import HOUR
from tests.helpers.shop import codes
from tests.helpers.waiting import until_somebody_waits

SALE = """
    states new paid* late
    new -> paid : go
    new -> late : expire
    paid -> late : expire
    event go manual command=slow
    event expire timeout=2hours
"""


def _until_it_waits(world, asking):
    """Start the work and come back once it waits for a lock. (On SQLite it can only wait as a whole.)"""
    asking.start()
    if world.engine.runtime.database.dialect == "sqlite":
        return
    until_somebody_waits(world.url)


def test_a_timeout_does_not_fire_for_an_item_that_has_just_left_its_state(world):
    """The state it came to has a timeout of the same name, which has just begun."""
    other, reports = world.another(), []
    background = threading.Thread(target=lambda: reports.append(other.run_timeouts()))
    world.command("slow", transactional=True, does=lambda *_: _until_it_waits(world, background))
    world.deploy(SALE)
    (item,) = world.place()
    world.forward(3 * HOUR)
    assert world.trigger("go", item).moved == 1
    background.join()
    other.close()
    assert (world.state(item), reports[0].moved, reports[0].refused) == ("paid", 0, False)
    world.forward(1 * HOUR)
    assert world.engine.run_timeouts().examined == 0
    world.forward(1 * HOUR)
    assert world.engine.run_timeouts().moved == 1
    assert world.state(item) == "late"


def test_an_automatic_step_that_has_just_failed_is_not_tried_again_at_once(world):
    """Two background runs at once: one fails, and its step has a pause, also for the one that waited."""
    other, reports = world.another(), []
    background = threading.Thread(target=lambda: reports.append(other.run_timeouts()))

    def failing(*_):
        if len(calls.log) == 1:
            _until_it_waits(world, background)
        raise RuntimeError("no answer")

    world.deploy("states new busy done\nnew -> busy : go\nbusy -> done : on\nevent on onEnter command=slow")
    (item,) = world.place()
    world.trigger("go", item)  # the command is missing: the step stays due
    calls = world.command("slow", transactional=True, does=failing)
    assert codes(world.engine.run_timeouts().failed) == {item: "command_failed"}
    background.join()
    other.close()
    assert (reports[0].examined, reports[0].refused) == (0, False)
    assert len(calls.log) == 1
