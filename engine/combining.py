"""Calls that arrive together are answered together: the first one works for all that wait by then.

Whoever finds nobody at work begins at once, alone. Who comes meanwhile waits; when the work is done, the first of
those that wait works for all of them. So the more there are, the more are answered at once, each in its turn, and a
single caller waits for nobody. It is the group commit of databases, one floor higher.

Callers that are answered together mostly come again together. Whoever leads next waits a moment for them, shorter
than what it works for them, and then they are answered at once again rather than in two halves that take turns.
Where they do not come it is tried ever more seldom.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Q = TypeVar("Q")
A = TypeVar("A")

AnswerAll = Callable[[Sequence[Q]], Sequence[A | Exception]]
"""Answers questions, each with an answer or an exception, in their order."""

MOST = 100
"""How many questions are answered at once."""

LONGEST_GATHERING_S = 0.002
"""How long at most the others are waited for who were answered a moment ago."""

MOST_PASSED = 63
"""So many times in a row nobody is waited for, after nobody came again and again."""


class _Ticket(Generic[Q, A]):
    """A question, and what wakes whoever waits for its answer; ``leads`` once it is to work for all."""

    def __init__(self, question: Q, wake: Callable[[], None]) -> None:
        self.question = question
        self.wake = wake
        self.leads = False
        self.answer: A | BaseException | None = None

    def result(self) -> A:
        """Return the answer, or raise it."""
        assert self.answer is not None  # whoever is woken has been answered, or leads and answers itself
        return _raised(self.answer)


def _raised(answer: A | BaseException) -> A:
    if isinstance(answer, BaseException):
        raise answer.with_traceback(None)
    return answer


class Combiner(Generic[Q, A]):
    """Answers questions of any number of threads and asynchronous tasks, those that wait together at once.

    ``answer_all`` is called by one thread at a time. It answers each question for itself: what one fails of is no
    matter to the others. ``refusal`` makes the exception for those whose turn has not come in ``longest_s``
    seconds.
    """

    def __init__(
        self, answer_all: AnswerAll[Q, A], longest_s: float, refusal: Callable[[], Exception]
    ) -> None:
        self._answer_all = answer_all
        self._longest_s = longest_s
        self._refusal = refusal
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = Lock()
        self._waiting: deque[_Ticket[Q, A]] = deque()
        self._led = False
        self._leader = 0
        self._crowd = Crowd()
        self._workers: ThreadPoolExecutor | None = None

    @property
    def waiting(self) -> int:
        """How many questions wait for their turn."""
        return len(self._waiting)

    def ask(self, question: Q) -> A:
        """Return the answer, or raise it. Whoever is interrupted while it waits has asked nothing."""
        if (
            self._leader == get_ident()
        ):  # a plugin asks from within an answer: nobody else would ever answer it
            (answer,) = self._answer_all([question])
            return _raised(answer)
        woken = Lock()
        woken.acquire()
        ticket: _Ticket[Q, A] = _Ticket(question, woken.release)
        if not self._enqueue(ticket):
            try:
                if not woken.acquire(timeout=self._longest_s):
                    if self._withdraw(ticket):
                        raise self._refusal()
                    woken.acquire()  # its turn has just come
            except BaseException:
                if not self._withdraw(ticket) and ticket.leads and ticket.answer is None:
                    self._lead(ticket)  # it was its turn already: the others rely on it
                raise
        if ticket.leads and ticket.answer is None:
            self._lead(ticket)
        return ticket.result()

    async def ask_async(self, question: Q) -> A:
        """Return the answer, or raise it, without blocking the event loop.

        Whoever is cancelled while it waits has asked nothing; later the question is answered, and nobody hears it.
        """
        import asyncio  # who has come here has it already; others start faster without

        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop was closed: nobody waits any more
                loop.call_soon_threadsafe(woken.set)

        def lead_or_wake() -> None:
            if ticket.leads and ticket.answer is None:
                self._start(ticket, wake)
            else:
                wake()

        ticket: _Ticket[Q, A] = _Ticket(question, lead_or_wake)
        if self._enqueue(ticket):
            self._start(ticket, wake)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), self._longest_s)
            if not woken.is_set():
                if self._withdraw(ticket):
                    raise self._refusal()
                await woken.wait()  # its turn has just come
        except BaseException:
            self._withdraw(ticket)
            raise
        return ticket.result()

    def _start(self, ticket: _Ticket[Q, A], wake: Callable[[], None]) -> None:
        """Work for all in a thread of the combiner's own."""

        def work() -> None:
            with suppress(BaseException):  # it is the ticket's answer
                self._lead(ticket)
            wake()

        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._workers is None:
                self._workers = ThreadPoolExecutor(1, thread_name_prefix="earmark-combiner")
            workers = self._workers
        workers.submit(work)

    def _enqueue(self, ticket: _Ticket[Q, A]) -> bool:
        """Have the ticket wait; return whether it leads."""
        if self._process != os.getpid():
            self._begin()  # the threads of the parent did not come along
        with self._lock:
            self._waiting.append(ticket)
            self._crowd.look(len(self._waiting))
            if not self._led:
                self._led = ticket.leads = True
        return ticket.leads

    def _withdraw(self, ticket: _Ticket[Q, A]) -> bool:
        """Have the ticket wait no longer; return whether it did, so that it is never answered."""
        with self._lock:
            if ticket.leads or ticket not in self._waiting:
                return False  # it leads, or is being answered
            self._waiting.remove(ticket)
            return True

    def _lead(self, own: _Ticket[Q, A]) -> None:
        """Answer those that wait, ``own`` being the first of them, and let the next one lead."""
        taken = [own]
        began = time.monotonic()
        try:
            self._gather()
            began = time.monotonic()
            with self._lock:
                taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._leader = get_ident()
            answers = self._answer_all([ticket.question for ticket in taken])
        except BaseException as error:  # such as an interrupt, which is meant for this thread alone
            with self._lock:
                if own in self._waiting:
                    self._waiting.remove(own)
                self._waiting.extendleft(reversed(taken[1:]))
            own.answer = error
            self._hand_over(1, began)
            raise
        for ticket, answer in zip(taken, answers, strict=True):
            ticket.answer = answer
        self._hand_over(len(taken), began)
        for ticket in taken[1:]:
            ticket.wake()

    def _gather(self) -> None:
        """Wait a moment for those who were answered last."""
        with self._lock:
            gate, longest_s = self._crowd.gate(len(self._waiting))
        if gate is not None:
            came = gate.acquire(timeout=longest_s)
            with self._lock:
                self._crowd.learn(came)

    def _hand_over(self, answered: int, began: float) -> None:
        with self._lock:
            self._leader = 0
            self._crowd.expect(answered + len(self._waiting), time.monotonic() - began)
            if not self._waiting:
                self._led = False
                return
            following = self._waiting[0]
            following.leads = True
        following.wake()


class Crowd:
    """Those who are expected to come again, and what is known of whether they do. Its owner locks it."""

    def __init__(self) -> None:
        self._size = 0
        self._until = 0.0
        self._gate: Lock | None = None
        self._missed = 0
        self._passed = 0

    def expect(self, size: int, worked_s: float) -> None:
        """Note that so many may come again now, after work of so many seconds."""
        self._size = min(size, MOST)
        if self._passed:
            self._passed -= 1
            self._until = 0.0
        else:
            self._until = time.monotonic() + min(worked_s / 2, LONGEST_GATHERING_S)

    def gate(self, waiting: int) -> tuple[Lock | None, float]:
        """Return what opens when all have come, and for how long to wait for it; None when there is no need."""
        longest_s = self._until - time.monotonic()
        if waiting >= self._size or longest_s <= 0:
            return None, 0.0
        self._gate = Lock()
        self._gate.acquire()
        return self._gate, longest_s

    def look(self, waiting: int) -> None:
        """Open the gate when so many are enough."""
        if self._gate is not None and waiting >= self._size:
            self._gate.release()
            self._gate = None

    def learn(self, came: bool) -> None:
        """Note whether they came: where they did not, the next ones are waited for ever more seldom."""
        self._gate = None
        self._missed = 0 if came else self._missed + 1
        self._passed = min(2**self._missed - 1, MOST_PASSED)
