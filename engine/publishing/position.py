"""The position of a sink, and the right to hand messages to it: one at a time, on any number of hosts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from engine.clock import SECOND
from engine.hooks import NamedSink
from engine.inventory.order_events import flags_of
from engine.publishing.sequence import give_places
from engine.runtime import Runtime
from engine.storage.database import Reader, Record, Work
from engine.versions.names import note_change


class LeaseLost(Exception):
    """Somebody else hands messages to the sink now: this one gave no sign of life."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The right to hand messages to a sink. What it writes is written only while nobody else has the right.

    Every method raises LeaseLost when somebody else has taken over.
    """

    named: NamedSink
    row: Record

    def moved(self, work: Work, position: int, *, sent: bool) -> None:
        """The sink has taken, or was spared, all messages up to a place of the sequence."""
        _had(
            work.changed(
                "sink_moved",
                name=self.named.name,
                token=self.row.token,
                position=position,
                sent=work.now if sent else None,
                until=self._until(work),
            )
        )

    def told_state(self, work: Work, place: tuple[int, int], *, sent: bool, over: bool) -> None:
        """The sink was told the state of all products up to an (abstract product, store)."""
        _had(
            work.changed(
                "sink_told_state",
                name=self.named.name,
                token=self.row.token,
                resends=self.row.resends,
                resend=None if over else 1,
                abstract=place[0],
                store=place[1],
                sent=work.now if sent else None,
                until=self._until(work),
            )
        )

    def failed(self, work: Work, reason: str, wait_s: float) -> int:
        """The sink could not be published to. Return when it is to be tried again, UTC microseconds."""
        retry_at = work.now + int(wait_s * SECOND)
        _had(
            work.changed(
                "sink_failed",
                name=self.named.name,
                token=self.row.token,
                retry_at=retry_at,
                now=work.now,
                error=reason,
            )
        )
        return retry_at

    def _until(self, work: Work) -> int:
        return work.now + int(self.named.lease_s * SECOND)


def _had(rows: int) -> None:
    if not rows:
        raise LeaseLost


def begin(runtime: Runtime, named: NamedSink) -> Record:
    """Return the row of a sink; one that is new has all messages behind it that are there.

    New ones get their places in the sequence first. Whoever places and moves items comes to know which messages of
    orders the sink wants, and writes them from then on.
    """
    give_places(runtime)
    wanted = flags_of(named.kinds)
    with runtime.database.read() as reader:
        row = position_of(reader, named.name)
    if row is None or int(row.order_events) != wanted:
        runtime.database.transact(partial(_begin, named.name, runtime.new_token()[:12], wanted))
        with runtime.database.read() as reader:
            row = position_of(reader, named.name)
    assert row is not None  # nobody takes a sink away while it is asked for
    return row


def _begin(name: str, stream: str, wanted: int, work: Work) -> None:
    work.scalar("publishing_alone")
    before = position_of(work, name)
    last = int(work.scalar("sequence_last"))
    work.run("sink_begin", name=name, stream=stream, position=last, wanted=wanted)
    if wanted != (0 if before is None else int(before.order_events)):
        note_change(work)


def position_of(reader: Reader, name: str) -> Record | None:
    """Return the row of a sink, None for one that was never published to."""
    return next((row for row in reader.all("sink_positions") if row.name == name), None)


def claim(runtime: Runtime, named: NamedSink) -> Hold | None:
    """Return the right to hand messages to the sink, None while somebody else has it."""
    return runtime.database.transact(partial(_claim, runtime, named))


def _claim(runtime: Runtime, named: NamedSink, work: Work) -> Hold | None:
    until = work.now + int(named.lease_s * SECOND)
    if not work.changed("sink_claim", name=named.name, holder=runtime.holder, until=until, now=work.now):
        return None
    row = position_of(work, named.name)
    assert row is not None
    return Hold(named, row)
