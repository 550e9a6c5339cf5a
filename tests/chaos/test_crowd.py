"""Sixty-four callers want the same order at once: one moves it, the others are told why they did not."""

from __future__ import annotations

import threading
import time

import pytest

from engine.clock import system_clock
from engine.hooks import Scope
from engine.requests import Selection
from tests.chaos.audit import audit
from tests.chaos.processes import in_process, server
from tests.chaos.worker import Outside
from tests.helpers.shop import Shop
from tests.helpers.waiting import until

PROCESS = """
    states new paid* packed* shipped
    new -> paid : pay
    paid -> packed : pack
    packed -> shipped : ship
    event pay command=charge manual
    event pack command=collect manual
    event ship command=book manual
"""
EVENTS = ("pay", "pack", "ship")
CLEAN = {"item_locked", "event_not_available"}
CALLERS = 64


def open_world(folder, url):
    world = Shop(folder, url=url, clock=system_clock)
    outside = Outside(folder)

    def charge(items, context):
        outside.call("order", context.key, [item.id for item in items])
        time.sleep(0.02)

    def collect(item, context):
        outside.call("item", context.key, [item.id])
        time.sleep(0.01)

    world.plugins.add_command("charge", charge, Scope.ORDER)
    world.plugins.add_command("collect", collect)
    world.plugins.add_command("book", book, transactional=True)
    return world


def book(item, context):
    context.publish("booking", {"item": item.id})


def crowd(folder, url, callers, start, answers):
    """Have so many threads fire every event of the order until it is shipped; answer with what they were told."""
    world = open_world(folder, url)
    told, lock = [], threading.Lock()

    def call():
        start.wait(60)
        for event in EVENTS:
            moved = 0
            while not moved:
                report = world.engine.trigger(event, Selection(orders=("order-1",)))
                moved = report.moved
                with lock:
                    refused = [r.code for r in (*report.blocked, *report.failed, *report.stuck)]
                    told.append((event, moved, refused))
                if all(refusal.code == "event_not_available" for refusal in report.blocked):
                    # Somebody else has done it, or the step before it is still to come.
                    break
                time.sleep(0.002)

    def persist():
        try:
            call()
        except BaseException as error:
            with lock:
                told.append(("pay", 0, [f"{type(error).__name__}: {error}"]))

    threads = [threading.Thread(target=persist) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    world.close()
    answers.put(told)


@pytest.mark.parametrize("processes", [1, 2])
def test_sixty_four_callers_of_one_order(tmp_path, fresh_url, processes):
    url = fresh_url()
    world = open_world(tmp_path, url).stocked(tea_1=10)
    world.deploy(PROCESS)
    items = world.place("tea-1", "tea-1", "tea-1")
    start, answers = server().Barrier(CALLERS), server().Queue()
    running = [
        in_process(crowd, tmp_path, url, CALLERS // processes, start, answers) for _ in range(processes)
    ]
    told = [one for _ in running for one in answers.get(timeout=180)]
    for process in running:
        process.join(60)
        assert process.exitcode == 0
    assert len(told) >= CALLERS * len(EVENTS)
    for _, _, codes in told:
        assert set(codes) <= CLEAN
    while world.states() != ["shipped"] * 3:  # the last one to come may have been told that it is locked
        for event in EVENTS:
            world.engine.trigger(event, Selection(orders=("order-1",)))
    done = sum(moved for _, moved, _ in told)
    assert done <= len(items) * len(EVENTS)
    assert [world.path(item) for item in items] == [["new", "paid", "packed", "shipped"]] * 3
    assert [world.step(item) for item in items] == [3, 3, 3]
    outside = Outside(tmp_path)
    calls = outside.calls()
    assert len(calls) == len(set(calls)) == 1 + len(items), "a command was called twice"
    assert sorted(world.payloads("booking")) == [f'{{"item":{item}}}' for item in items]
    assert world.query("SELECT * FROM item_claim") == []
    audit(world)
    world.close()


def test_nobody_waits_for_ever(tmp_path, fresh_url):
    """Callers that wait for a claim all come to an end: one with the move, the others with a clean answer."""
    url = fresh_url()
    world = Shop(tmp_path, url=url, clock=system_clock, execution={"lock_wait_s": 20.0}).stocked(tea_1=10)
    world.deploy(PROCESS)
    entered, leave = threading.Event(), threading.Event()

    def charge(*_):
        entered.set()
        assert leave.wait(60)

    world.plugins.add_command("charge", charge, Scope.ORDER)
    world.place("tea-1")
    reports = []
    call = lambda: reports.append(world.engine.trigger("pay", Selection(orders=("order-1",))))  # noqa: E731
    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    until(entered.is_set, "the command")
    leave.set()
    for thread in threads:
        thread.join(60)
    assert sorted(report.moved for report in reports) == [0] * 15 + [1]
    assert {r.code for report in reports for r in (*report.blocked, *report.failed)} == {
        "event_not_available"
    }
    world.close()
