"""Callers that come together are answered together, each for itself; one alone waits for nobody."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine import combining
from engine.combining import LONGEST_GATHERING_S, MOST, Combiner, Crowd
from tests.helpers.waiting import until


class TooLate(Exception):
    """Told to whoever has waited too long."""


class Desk:
    """Doubles numbers; refuses negative ones. The first answer takes until the desk is opened."""

    def __init__(self, longest_s: float = 60.0) -> None:
        self.opened = threading.Event()
        self.seen: list[list[int]] = []
        self.raises: BaseException | None = None
        self.within: Callable[[], object] | None = None
        self.combiner: Combiner[int, int] = Combiner(self._answer, longest_s, TooLate)

    def _answer(self, numbers: Any) -> list[int | Exception]:
        first = not self.seen
        self.seen.append(list(numbers))
        if first:
            assert self.opened.wait(60)
            if self.raises is not None:
                raise self.raises
        if self.within is not None:
            within, self.within = self.within, None
            within()
        return [ValueError(number) if number < 0 else number * 2 for number in numbers]


class Asking(threading.Thread):
    """Asks in a thread of its own; ``got`` is the answer or what was raised."""

    def __init__(self, desk: Desk, number: int) -> None:
        super().__init__(daemon=True)
        self.desk, self.number, self.got = desk, number, None
        self.start()

    def run(self) -> None:
        try:
            self.got = self.desk.combiner.ask(self.number)
        except BaseException as error:
            self.got = error


@contextmanager
def queue(desk: Desk, *numbers: int) -> Iterator[list[Asking]]:
    """The first one is being answered and the others wait; afterwards all are done."""
    callers = []
    for count, number in enumerate(numbers):
        callers.append(Asking(desk, number))
        if count == 0:
            until(lambda: desk.seen, "the first caller")
        else:
            until(lambda count=count: desk.combiner.waiting == count, "a caller who waits")
    yield callers
    desk.opened.set()
    for caller in callers:
        caller.join(60)
        assert not caller.is_alive()


def test_one_alone_is_answered_at_once():
    desk = Desk()
    desk.opened.set()
    assert [desk.combiner.ask(n) for n in (1, 2)] == [2, 4]
    assert desk.seen == [[1], [2]]


def test_those_who_wait_are_answered_together_in_their_order():
    desk = Desk()
    with queue(desk, 1, 2, 3, 4) as callers:
        pass
    assert desk.seen == [[1], [2, 3, 4]]
    assert [caller.got for caller in callers] == [2, 4, 6, 8]


def test_what_one_is_refused_is_no_matter_to_the_others():
    desk = Desk()
    with queue(desk, 1, 2, -3, 4) as callers:
        pass
    assert [caller.got for caller in callers if caller.number > 0] == [2, 4, 8]
    assert isinstance(callers[2].got, ValueError)


def test_so_many_at_once_and_the_others_next():
    desk = Desk()
    with queue(desk, *range(MOST + 6)) as callers:
        pass
    assert [len(numbers) for numbers in desk.seen] == [1, MOST, 5]
    assert [caller.got for caller in callers] == [number * 2 for number in range(MOST + 6)]


def test_an_interrupt_of_one_who_works_for_others_is_his_own():
    desk = Desk()
    desk.raises = KeyboardInterrupt()
    with queue(desk, 1, 2, 3) as callers:
        pass
    assert isinstance(callers[0].got, KeyboardInterrupt)
    assert [caller.got for caller in callers[1:]] == [4, 6]


def test_an_interrupt_leaves_the_others_of_its_round_to_the_next():
    desk = Desk()
    with queue(desk, 1, 2, 3, 4) as callers:

        def interrupt():
            raise KeyboardInterrupt

        desk.within = lambda: setattr(desk, "within", interrupt)
    assert desk.seen == [[1], [2, 3, 4], [3, 4]]
    assert isinstance(callers[1].got, KeyboardInterrupt)
    assert [callers[2].got, callers[3].got] == [6, 8]


def test_whoever_asks_from_within_an_answer_is_answered():
    desk, inner = Desk(), []
    desk.opened.set()
    desk.within = lambda: inner.append(desk.combiner.ask(5))
    assert desk.combiner.ask(1) == 2
    assert inner == [10]


def test_whoever_waits_too_long_is_told_and_never_answered():
    desk = Desk(longest_s=0.05)
    with queue(desk, 1, 2) as callers:
        callers[1].join(60)
    assert isinstance(callers[1].got, TooLate)
    assert (callers[0].got, desk.seen) == (2, [[1]])


def test_a_forked_process_begins_anew():
    desk = Desk()
    with queue(desk, 1, 2):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            desk.seen.append([])  # the answers of the child need not wait
            os.write(write, str(desk.combiner.ask(21)).encode())
            os._exit(0)
        assert os.read(read, 10) == b"42"
        os.waitpid(child, 0)


def test_tasks_are_answered_together_and_block_no_loop():
    desk = Desk()

    async def ask_many() -> list[Any]:
        first = asyncio.create_task(desk.combiner.ask_async(1))
        while not desk.seen:
            await asyncio.sleep(0.001)
        others = [asyncio.create_task(desk.combiner.ask_async(number)) for number in (2, -3, 4)]
        while desk.combiner.waiting < 3:
            await asyncio.sleep(0.001)
        desk.opened.set()
        return await asyncio.gather(first, *others, return_exceptions=True)

    answers = asyncio.run(ask_many())
    assert desk.seen == [[1], [2, -3, 4]]
    assert [answers[0], answers[1], answers[3]] == [2, 4, 8]
    assert isinstance(answers[2], ValueError)


def test_a_cancelled_task_that_waits_has_asked_nothing():
    desk = Desk()

    async def cancel_one() -> list[Any]:
        tasks = [asyncio.create_task(desk.combiner.ask_async(1))]
        while not desk.seen:
            await asyncio.sleep(0.001)
        tasks += [asyncio.create_task(desk.combiner.ask_async(number)) for number in (2, 3)]
        while desk.combiner.waiting < 2:
            await asyncio.sleep(0.001)
        tasks[1].cancel()
        while desk.combiner.waiting > 1:
            await asyncio.sleep(0.001)
        desk.opened.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    answers = asyncio.run(cancel_one())
    assert desk.seen == [[1], [3]]
    assert (answers[0], answers[2]) == (2, 6)
    assert isinstance(answers[1], asyncio.CancelledError)


def test_a_task_that_waits_too_long_is_told():
    desk = Desk(longest_s=0.05)

    async def wait() -> list[Any]:
        first = asyncio.create_task(desk.combiner.ask_async(1))
        while not desk.seen:
            await asyncio.sleep(0.001)
        with pytest.raises(TooLate):
            await desk.combiner.ask_async(2)
        desk.opened.set()
        return await asyncio.gather(first, return_exceptions=True)

    asyncio.run(wait())
    assert desk.seen == [[1]]


def test_callers_that_come_again_are_answered_together(monkeypatch):
    """Not in two halves of which one waits while the other is answered."""
    monkeypatch.setattr(combining, "LONGEST_GATHERING_S", 10.0)
    batches, start = [], threading.Barrier(6)

    def answer(questions):
        time.sleep(0.2)
        batches.append(len(questions))
        return list(questions)

    combiner = Combiner(answer, 60.0, TooLate)

    def call():
        start.wait(60)
        for number in range(5):
            assert combiner.ask(number) == number

    callers = [threading.Thread(target=call) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert sum(batches) == 30
    assert len(batches) <= 7  # who comes first is answered alone; in halves it would be eleven


class TestWaitingForTheOthers:
    def test_nobody_waits_who_was_answered_alone(self):
        crowd = Crowd()
        crowd.expect(1, worked_s=1.0)
        assert crowd.gate(1) == (None, 0.0)

    def test_it_ends_when_all_have_come(self):
        crowd = Crowd()
        crowd.expect(3, worked_s=1.0)
        gate, longest_s = crowd.gate(1)
        assert 0 < longest_s <= LONGEST_GATHERING_S
        crowd.look(2)
        assert gate.locked()
        crowd.look(3)
        assert not gate.locked()

    def test_it_is_shorter_than_what_is_worked(self):
        crowd = Crowd()
        crowd.expect(3, worked_s=0.0005)
        _, longest_s = crowd.gate(1)
        assert longest_s <= 0.00025

    def test_where_nobody_comes_it_is_tried_ever_more_seldom(self):
        crowd, tried = Crowd(), []
        for number in range(100):
            crowd.expect(3, worked_s=1.0)
            gate, _ = crowd.gate(1)
            if gate is not None:
                tried.append(number)
                crowd.learn(came=False)
        assert tried == [0, 2, 6, 14, 30, 62]

    def test_once_they_come_they_are_waited_for_each_time(self):
        crowd = Crowd()
        for came in (False, True):
            gate = None
            while gate is None:
                crowd.expect(3, worked_s=1.0)
                gate, _ = crowd.gate(1)
            crowd.learn(came)
        crowd.expect(3, worked_s=1.0)
        assert crowd.gate(1)[0] is not None
