"""Who writes in turn gets it in the order of arrival; who insists looks again until it works."""

from __future__ import annotations

import threading

import pytest

from engine.storage.turns import Turns, insist
from tests.helpers.waiting import until


class TooLong(Exception):
    """Told to whoever has waited too long."""


class Locked(Exception):
    """It is in use."""


def in_line(turns, count, got):
    """Threads that wait for their turn one behind the other."""
    threads = []
    for number in range(count):

        def wait(number=number):
            try:
                with turns.turn():
                    got.append(number)
            except TooLong:
                got.append("too long")

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        until(lambda number=number: turns.waiting == number + 1, "one who waits")
    return threads


def test_each_has_its_turn_in_the_order_of_arrival():
    turns, got = Turns(60, TooLong), []
    with turns.turn():
        threads = in_line(turns, 5, got)
        assert got == []
    for thread in threads:
        thread.join(60)
    assert got == [0, 1, 2, 3, 4]


def test_a_turn_that_fails_is_passed_on():
    turns = Turns(0.05, TooLong)
    with pytest.raises(Locked), turns.turn():
        raise Locked
    with turns.turn():
        pass


def test_whoever_waits_too_long_is_told_and_stands_in_nobodys_way():
    turns, got = Turns(0.05, TooLong), []
    with turns.turn():
        (thread,) = in_line(turns, 1, got)
        thread.join(60)
    assert got == ["too long"]
    with turns.turn():
        pass


def test_who_insists_tries_until_it_works():
    attempts = []

    def attempt():
        attempts.append(1)
        if len(attempts) < 4:
            raise Locked
        return "done"

    assert insist(attempt, lambda error: isinstance(error, Locked), 60) == "done"
    assert len(attempts) == 4


@pytest.mark.parametrize("longest_s", [0, 60])
def test_who_insists_gives_up_for_another_reason_or_after_the_time(longest_s):
    attempts = []

    def attempt():
        attempts.append(1)
        raise Locked if longest_s == 0 else ValueError

    with pytest.raises((Locked, ValueError)):
        insist(attempt, lambda error: isinstance(error, Locked), longest_s)
    assert len(attempts) == 1
