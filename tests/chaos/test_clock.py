"""The clock jumps in the middle of a run: no timeout fires twice or is lost, and no lease stays for ever."""

from __future__ import annotations

import pytest

from engine.hooks import Scope
from engine.requests import Selection
from tests.chaos.audit import audit
from tests.helpers.clock import DAY, HOUR
from tests.helpers.shop import codes, stock_file

PROCESS = """
    states new paid* reminded* late*
    new -> paid : pay
    paid -> reminded : remind
    reminded -> late : expire
    event pay command=charge manual
    event remind timeout=1hour command=mail
    event expire timeout=1hour
"""


@pytest.fixture
def world(make_shop):
    world = make_shop(execution={"chunk": 2, "lock_wait_s": 0.0}).stocked(tea_1=50)
    world.deploy(PROCESS)
    world.command("charge")
    world.command("mail")
    return world


def jumping(world, seconds, name="mail", **options):
    """Set the clock while the command is called for the first time."""
    calls = world.command(name, **options)

    def jump(*_):
        if len(calls.log) == 1:
            world.forward(seconds)

    calls.does = jump
    return calls


def paid(world, count=5):
    items = world.place_many(count)
    assert world.trigger("pay", *items).moved == count
    return items


def test_a_timeout_fires_once_when_the_clock_goes_forward_in_the_run(world):
    items = paid(world)
    world.forward(HOUR)
    calls = jumping(world, DAY)
    assert world.engine.run_timeouts().moved == 5
    assert len(calls.log) == 5
    # What was armed after the jump is due by the new time, and not before.
    late = [item for item in items if world.timeouts(item)["expire"].timestamp() * 1e6 <= world.clock()]
    assert late == []
    assert world.engine.run_timeouts().moved == 0
    world.forward(HOUR)
    assert world.engine.run_timeouts().moved == 5
    assert [world.path(item) for item in items] == [["new", "paid", "reminded", "late"]] * 5
    audit(world)


def test_a_timeout_is_neither_lost_nor_doubled_when_the_clock_goes_back_in_the_run(world):
    items = paid(world)
    world.forward(HOUR)
    calls = jumping(world, -2 * HOUR)
    world.engine.run_timeouts()
    # By the new clock the other chunks are not due yet.
    assert world.states(*items) == ["reminded"] * 2 + ["paid"] * 3
    audit(world)
    for _ in range(3):
        world.forward(HOUR)
        world.engine.run_timeouts()
    assert [world.path(item) for item in items] == [["new", "paid", "reminded", "late"]] * 5
    assert len(calls.log) == len(set(calls.keys)) == 5
    audit(world)


@pytest.mark.parametrize("scope", [Scope.ITEM, Scope.ORDER])
def test_a_claim_from_before_the_clock_was_set_back_does_not_stay(world, scope):
    (item,) = world.place()

    def die(*_):
        raise KeyboardInterrupt

    world.command("charge", scope, die)
    with pytest.raises(KeyboardInterrupt):
        world.trigger("pay", item)
    world.command("charge", scope)
    world.forward(-30)
    assert codes(world.trigger("pay", item).blocked) == {item: "item_locked"}
    world.forward(-HOUR)
    assert world.trigger("pay", item).moved == 1
    assert world.path(item) == ["new", "paid"]
    assert world.since(item) == world.clock()
    audit(world)


def test_who_holds_such_a_claim_and_lives_changes_nothing(world):
    (item,) = world.place()
    rival = world.another(host="rival")
    calls = world.command("charge")

    def overtaken(*_):
        if len(calls.log) == 1:
            world.forward(-HOUR)
            assert rival.trigger("pay", Selection(items=(item,))).moved == 1

    calls.does = overtaken
    assert codes(world.trigger("pay", item).failed) == {item: "state_changed"}
    assert len(set(calls.keys)) == 1
    assert (world.path(item), world.step(item)) == (["new", "paid"], 1)
    rival.close()
    audit(world)


def test_an_import_from_before_the_clock_was_set_back_can_be_taken_up(world):
    path = stock_file(world.folder / "count.csv", "tea-1,North,7,0,0")

    class Killed(BaseException):
        pass

    def die(statement):
        if statement == "bulk_overwrite":
            raise Killed
        if statement == "import_leave":
            raise Killed  # so that the lease stays, as after a crash

    world.engine.runtime.database.probe = die
    with pytest.raises(Killed):
        world.engine.import_stock(path)
    world.engine.runtime.database.probe = None
    world.forward(-HOUR)
    assert world.engine.import_stock(path).imported == 1
    audit(world)


def test_a_count_from_before_the_clock_was_set_back_is_refused_with_both_times(world):
    world.restock("tea-1,North,9")
    world.forward(-HOUR)
    path = stock_file(world.folder / "count.csv", "tea-1,North,7,0,0")
    (refused,) = world.engine.import_stock(path).refused
    assert refused.code == "count_too_old"
    assert "2025-12-31T23:00:00Z" in refused.message
    assert "2026-01-01T00:00:00Z" in refused.message
    assert world.engine.import_stock(path, force=True).imported == 1
    audit(world)
