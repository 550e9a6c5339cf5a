"""Handing messages to a sink: in order, each at least once, and what it can never take kept aside."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from engine.clock import SECOND, to_datetime
from engine.errors import EarmarkError
from engine.hooks import NamedSink, NotTaken, PartlyTaken
from engine.inventory.messages import AVAILABILITY, to_json
from engine.inventory.order_events import is_wanted
from engine.inventory.outbox import Message, message_of
from engine.plugin_calls import end_if_forked, failure_of
from engine.publishing.position import Hold, LeaseLost, begin, claim
from engine.publishing.state import states_after
from engine.redact import redact
from engine.results import SinkReport
from engine.runtime import Runtime
from engine.storage.database import Work

RUN_S = 60.0
"""After how many seconds a call ends and leaves the rest to the next one."""

_LONGEST_ERROR = 500


def hand_over(runtime: Runtime, sinks: Sequence[NamedSink], *, now: bool = False) -> list[SinkReport]:
    """Hand every sink what waits for it, all at the same time; with ``now`` also those that failed not long ago.

    What a sink raises concerns that sink alone: it is stored, and told in its report.
    """
    if not sinks:
        return []
    with ThreadPoolExecutor(len(sinks), thread_name_prefix="sink") as pool:
        return list(pool.map(partial(_hand_over, runtime, now), sinks))


def _hand_over(runtime: Runtime, at_once: bool, named: NamedSink) -> SinkReport:
    row = begin(runtime, named)
    if row.retry_at is not None and not at_once and row.retry_at > runtime.database.clock():
        return SinkReport(named.name, "waiting", error=row.error, retry_at=to_datetime(row.retry_at))
    hold = claim(runtime, named)
    if hold is None:
        return SinkReport(named.name, "busy")
    run = _Run(runtime, hold)
    try:
        return run.report(run.outcome())
    except LeaseLost:
        return run.report("busy")
    finally:
        runtime.database.transact(partial(_let_go, hold))


def _let_go(hold: Hold, work: Work) -> None:
    work.run("sink_let_go", name=hold.named.name, token=hold.row.token)


@dataclass(frozen=True, slots=True)
class _Failure:
    """How the handing over of some messages ended: how many were taken, and what the next one met."""

    taken: int
    reason: str | None = None
    never: bool = False
    """Whether the next message can never be taken."""


class _Run:
    """One call for one sink."""

    def __init__(self, runtime: Runtime, hold: Hold) -> None:
        self._runtime = runtime
        self._hold = hold
        self._named = hold.named
        self._end = time.monotonic() + RUN_S
        self._position = int(hold.row.position)
        self._attempts = int(hold.row.attempts)
        self._published = self._kept = 0
        self._error: str | None = None
        self._found: EarmarkError | None = None
        self._retry_at: int | None = None

    def report(self, outcome: str) -> SinkReport:
        """Return what was done."""
        at = None if self._retry_at is None else to_datetime(self._retry_at)
        found = self._found
        return SinkReport(
            self._named.name,
            outcome,
            self._published,
            self._kept,
            self._error,
            at,
            code=None if found is None else found.code,
            remedy=(found.remedy or None) if found is not None else None,
        )

    def outcome(self) -> str:
        """Hand over what waits, then the state of products where that was asked for; return how it ended."""
        if not self._ready():
            return self._failed(self._error or "")
        ended = self._messages()
        if ended == "done" and self._hold.row.resend is not None:
            ended = self._states()
            # What changed meanwhile comes after the state, with a version that is no lower.
            ended = self._messages() if ended == "done" else ended
        return ended

    def _ready(self) -> bool:
        """Ask whether the sink can be used at all, and remember what hinders it."""
        process = os.getpid()
        try:
            if self._named.ready is not None:
                self._named.ready()
        except EarmarkError as error:
            self._found, self._error = error, _told(error.message)
        except BaseException as error:
            self._error = _told(failure_of(error, process))
        end_if_forked(process)
        return self._error is None

    def _over(self) -> bool:
        return self._runtime.stop() or time.monotonic() >= self._end

    # --- messages of the outbox ---

    def _messages(self) -> str:
        while not self._over():
            with self._runtime.database.read() as reader:
                # After a failure one at a time, so that one which nobody can take holds back no other.
                size = 1 if self._attempts else self._named.batch
                rows = reader.all("sink_messages", position=self._position, size=size)
            if not rows:
                return "done"
            wanted = [row for row in rows if self._wants(row.kind)]
            failure = self._hand([message_of(row, self._hold.row.stream) for row in wanted])
            if failure.taken == len(wanted):
                self._moved(int(rows[-1].sequence), failure.taken)
                continue
            if not failure.taken and failure.reason is None:
                return "more"  # it wants to be asked later
            stuck = wanted[failure.taken]
            message = message_of(stuck, self._hold.row.stream)
            if self._kept_aside(failure, message, int(stuck.created_at), position=int(stuck.sequence)):
                continue
            if failure.taken:
                self._moved(int(wanted[failure.taken - 1].sequence), failure.taken)
            if failure.reason is not None:
                return self._failed(failure.reason)
        return "more"

    def _wants(self, kind: str) -> bool:
        return is_wanted(kind, self._named.kinds)

    def _moved(self, position: int, taken: int) -> None:
        self._runtime.database.transact(partial(self._hold.moved, position=position, sent=bool(taken)))
        self._position, self._attempts = position, 0
        self._published += taken

    # --- the state of products ---

    def _states(self) -> str:
        row = self._hold.row
        place = (int(row.resend_abstract), int(row.resend_store))
        while not self._over():
            states = states_after(self._runtime, row, place, 1 if self._attempts else self._named.batch)
            wanted = states if self._wants(AVAILABILITY) else []
            failure = self._hand([state.message for state in wanted])
            if failure.taken == len(wanted):
                place = states[-1].place if states else place
                self._told_state(place, failure.taken, over=not states)
                if not states:
                    return "done"
                continue
            if not failure.taken and failure.reason is None:
                return "more"
            stuck = wanted[failure.taken]
            if self._kept_aside(failure, stuck.message, self._runtime.database.clock(), state=stuck.place):
                place = stuck.place
                continue
            if failure.taken:
                place = wanted[failure.taken - 1].place
                self._told_state(place, failure.taken, over=False)
            if failure.reason is not None:
                return self._failed(failure.reason)
        return "more"

    def _told_state(self, place: tuple[int, int], taken: int, *, over: bool) -> None:
        self._runtime.database.transact(
            partial(self._hold.told_state, place=place, sent=bool(taken), over=over)
        )
        self._attempts = 0
        self._published += taken

    # --- what a sink does with them ---

    def _hand(self, messages: Sequence[Message]) -> _Failure:
        if not messages:
            return _Failure(0)
        process = os.getpid()
        self._found = None
        try:
            taken = self._named.sink.publish(messages)
        except NotTaken as error:
            return _Failure(_within(error.taken, messages), _told(error.reason), never=True)
        except PartlyTaken as error:
            return _Failure(_within(error.taken, messages), _told(error.reason))
        except EarmarkError as error:
            self._found = error
            return _Failure(0, _told(error.message))
        except BaseException as error:
            return _Failure(0, _told(failure_of(error, process)))
        end_if_forked(process)
        return _Failure(len(messages) if taken is None else _within(taken, messages))

    def _kept_aside(
        self,
        failure: _Failure,
        message: Message,
        created_at: int,
        *,
        position: int | None = None,
        state: tuple[int, int] | None = None,
    ) -> bool:
        """Keep the message aside that can never be taken, and go on behind it; return whether that was so."""
        if failure.reason is None or not (failure.never or self._given_up(failure)):
            return False
        self._runtime.database.transact(
            partial(self._keep, failure, message, created_at, position=position, state=state)
        )
        self._position = position if position is not None else self._position
        self._attempts = 0
        self._published += failure.taken
        self._kept += 1
        return True

    def _keep(
        self,
        failure: _Failure,
        message: Message,
        created_at: int,
        work: Work,
        *,
        position: int | None,
        state: tuple[int, int] | None,
    ) -> None:
        work.run(
            "sink_keep",
            sink=self._named.name,
            key=message.key,
            kind=message.kind,
            payload=to_json(message.payload),
            created_at=created_at,
            now=work.now,
            reason=failure.reason,
        )
        sent = failure.taken > 0
        if position is not None:
            self._hold.moved(work, position, sent=sent)
        elif state is not None:
            self._hold.told_state(work, state, sent=sent, over=False)

    def _given_up(self, failure: _Failure) -> bool:
        since = self._hold.row.failing_since
        if not self._named.give_up_s or not self._attempts or failure.taken or since is None:
            return False
        return self._runtime.database.clock() - int(since) >= int(self._named.give_up_s * SECOND)

    def _failed(self, reason: str) -> str:
        wait_s = min(self._named.retry_s * 2 ** min(self._attempts, 30), self._named.retry_most_s)
        self._error = reason
        self._retry_at = self._runtime.database.transact(
            partial(self._hold.failed, reason=reason, wait_s=wait_s)
        )
        return "failed"


def _within(taken: int, messages: Sequence[Message]) -> int:
    return max(0, min(int(taken), len(messages)))


def _told(reason: str) -> str:
    return redact(str(reason)).replace("\0", "")[:_LONGEST_ERROR]


__all__ = ["hand_over"]
