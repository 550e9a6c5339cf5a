"""A worker is frozen past its lease and another one takes over: there is one effect, and the late one says so."""

from __future__ import annotations

import os
import signal

import pytest

from engine.hooks import Scope
from tests.chaos.audit import audit
from tests.chaos.processes import in_process, server
from tests.chaos.worker import SALE, FileClock, Outside, work
from tests.helpers.shop import Shop
from tests.helpers.waiting import until

LEASE_S = 60


class Stage:
    """Two workers, the items they fight for, and a test that freezes one of them."""

    def __init__(self, folder, url, scope):
        self.clock = FileClock(folder)
        self.world = Shop(folder, url=url, clock=self.clock).stocked(tea_1=10)
        self.world.deploy(SALE)
        self.outside = Outside(folder)
        self.scope = scope
        self.items = self.world.place("tea-1", "tea-1")
        self.answers = server().Queue()
        self.running = {}

    def start(self, name):
        arguments = (self.world.folder, self.world.url, name, self.scope, self.items, self.answers)
        self.running[name] = in_process(work, *arguments)

    def until_called(self, name, calls=1):
        until(lambda: len(self.outside.calls(name)) >= calls, f"{name} in its command")

    def signal(self, name, number):
        os.kill(self.running[name].pid, number)

    def answer(self, name):
        """Let the worker leave its command and return what its call came to."""
        self.outside.open(f"{name} may leave")
        who, moved, refusals = self.answers.get(timeout=60)
        assert who == name
        self.running[name].join(60)
        assert self.running[name].exitcode == 0
        return moved, refusals

    def check_one_effect(self):
        members = {}
        for key, items in self.outside.calls():
            assert members.setdefault(key, items) == items
        assert self.outside.effects() == dict.fromkeys(members, 1)
        assert sorted(item for items in members.values() for item in items) == self.items

    def check_one_step(self, host):
        assert self.world.states() == ["paid"] * len(self.items)
        for item in self.items:
            assert (self.world.path(item), self.world.step(item)) == (["new", "paid"], 1)
            assert self.world.history(item)[-1].host == host
        assert self.world.query("SELECT * FROM item_claim") == []
        assert self.world.query("SELECT * FROM command_member") == []
        audit(self.world)


@pytest.fixture(params=[Scope.ITEM, Scope.ORDER], ids=["per item", "per order"])
def stage(request, tmp_path, fresh_url):
    made = Stage(tmp_path, fresh_url(), request.param)
    yield made
    for process in made.running.values():
        if process.is_alive():
            process.kill()
    made.world.close()


def test_who_wakes_after_the_other_has_finished_changes_nothing(stage):
    stage.start("frozen")
    stage.until_called("frozen")
    stage.signal("frozen", signal.SIGSTOP)
    stage.clock.forward(LEASE_S + 1)
    stage.start("heir")
    assert stage.answer("heir") == (len(stage.items), [])
    before = stage.world.query("SELECT * FROM item_history ORDER BY 1, 2")
    stage.signal("frozen", signal.SIGCONT)
    assert stage.answer("frozen") == (0, [(item, "state_changed") for item in stage.items])
    assert stage.world.query("SELECT * FROM item_history ORDER BY 1, 2") == before
    stage.check_one_step("heir")
    stage.check_one_effect()


def test_who_wakes_while_the_other_is_still_at_work_has_lost_the_claim(stage):
    stage.start("frozen")
    stage.until_called("frozen")
    stage.signal("frozen", signal.SIGSTOP)
    stage.clock.forward(LEASE_S + 1)
    stage.start("heir")
    stage.until_called("heir")
    stage.signal("frozen", signal.SIGCONT)
    assert stage.answer("frozen") == (0, [(item, "claim_lost") for item in stage.items])
    assert stage.world.states() == ["new"] * len(stage.items)
    assert stage.answer("heir") == (len(stage.items), [])
    stage.check_one_step("heir")
    stage.check_one_effect()


def test_a_worker_that_is_killed_is_repeated_under_the_same_keys(stage):
    stage.start("killed")
    stage.until_called("killed")
    stage.signal("killed", signal.SIGKILL)
    stage.running["killed"].join(60)
    audit(stage.world)
    stage.start("early")
    assert stage.answer("early") == (0, [(item, "item_locked") for item in stage.items])
    stage.clock.forward(LEASE_S + 1)
    stage.start("heir")
    assert stage.answer("heir") == (len(stage.items), [])
    assert stage.outside.calls("early") == []
    assert set(stage.outside.calls("killed")) <= set(stage.outside.calls("heir"))
    stage.check_one_step("heir")
    stage.check_one_effect()


def test_a_long_command_that_prolongs_its_lease_keeps_the_items(stage):
    stage.start("patient")
    stage.until_called("patient")
    stage.clock.forward(LEASE_S - 10)
    stage.outside.open("patient extends")
    until(lambda: stage.outside.is_open("patient extended"), "the longer lease")
    stage.clock.forward(LEASE_S - 10)
    stage.start("rival")
    assert stage.answer("rival") == (0, [(item, "item_locked") for item in stage.items])
    assert stage.answer("patient") == (len(stage.items), [])
    assert stage.outside.calls("rival") == []
    stage.check_one_step("patient")
    stage.check_one_effect()
