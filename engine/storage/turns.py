"""Waiting to write where one writes at a time: in turn within a process, and looking often among processes.

SQLite lets whoever waits for its lock look again after ever longer pauses. Who has waited long looks seldom, and so
is overtaken by everybody who has just come: with a few threads the unlucky ones waited a hundred times longer than
the others. Within a process nobody needs to look: they queue. Among processes all look often, for as long as it
takes.
"""

from __future__ import annotations

import os
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar

T = TypeVar("T")

FIRST_PAUSE_S = 0.0002
LONGEST_PAUSE_S = 0.005


class Turns:
    """A lock that its waiters get in the order in which they came.

    ``refusal`` makes the exception for those that have waited longer than ``longest_s`` seconds. In a process that
    was forked from another one nobody waits yet.
    """

    def __init__(self, longest_s: float, refusal: Callable[[], Exception]) -> None:
        self._longest_s = longest_s
        self._refusal = refusal
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn, and give it to the next one afterwards."""
        self._take()
        try:
            yield
        finally:
            self._pass_on()

    def _take(self) -> None:
        if self._process != os.getpid():
            self._begin()
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            if mine.acquire(timeout=self._longest_s):
                return
        except BaseException:  # an interrupt
            self._leave(mine)
            raise
        self._leave(mine)
        raise self._refusal()

    def _leave(self, mine: Lock) -> None:
        """Wait no longer; a turn that has come in this moment goes to the next one."""
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return
        self._pass_on()

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


def insist(attempt: Callable[[], T], is_busy: Callable[[Exception], bool], longest_s: float) -> T:
    """Attempt something until it works, as long as it fails for being busy, and at most for so many seconds.

    Raises what the last attempt raised.
    """
    pause, until = FIRST_PAUSE_S, time.monotonic() + longest_s
    while True:
        try:
            return attempt()
        except Exception as error:
            if not is_busy(error) or time.monotonic() >= until:
                raise
        time.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(pause * 1.5, LONGEST_PAUSE_S)
