"""When an item stood still: suspensions are told among its steps, which say when it was where.

A suspension of a state, a version, a process or a store has no row for each of its items. Which ones it was of
follows from the way that these went: an item is suspended when the suspension begins, or when it comes to where
nothing moves, and resumed when the suspension ends, unless somebody has forced or migrated it out of there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from engine.moving.suspended import suspension
from engine.results import HistoryEntry, Suspension
from engine.storage.database import Record
from engine.versions.place import Place


class _Stay(NamedTuple):
    """Where an item stood, and from when until when; None: until now."""

    since: datetime
    until: datetime | None
    version: str | None
    state: str | None

    def meets(self, one: Suspension) -> bool:
        """Whether the suspension was in force some time of the stay."""
        return (self.until is None or one.since < self.until) and (
            one.ended_at is None or self.since < one.ended_at
        )

    def at(self, moment: datetime) -> bool:
        """Whether the item stood there at a time."""
        return self.since <= moment and (self.until is None or moment <= self.until)


def with_suspensions(
    steps: Sequence[HistoryEntry], rows: Sequence[Record], place: Place, since: datetime
) -> list[HistoryEntry]:
    """Return the steps of an item that stands at a place since a time, with the suspensions among them."""
    if not rows:
        return list(steps)
    stays = list(_stays(steps)) or [_Stay(since, None, place.version.process.version, place.state.name)]
    told = [entry for row in rows for entry in _told(suspension(row), stays, place.version.name)]
    waiting = sorted(told, key=lambda entry: entry.at)
    merged: list[HistoryEntry] = []
    for step in steps:
        while waiting and _comes_before(waiting[0], step):
            merged.append(waiting.pop(0))
        merged.append(step)
    return [*merged, *waiting]


def _comes_before(told: HistoryEntry, step: HistoryEntry) -> bool:
    """Whether a suspension or its end is told before a step; at one moment an end is, as it let the step happen."""
    if told.at == step.at:
        return told.outcome == "resumed" and told.source == step.source
    return told.at < step.at


def _stays(steps: Sequence[HistoryEntry]) -> Iterator[_Stay]:
    entered = [step for step in steps if step.target is not None]
    for step, following in zip(entered, [*entered[1:], None], strict=True):
        yield _Stay(step.at, None if following is None else following.at, step.target_version, step.target)


def _told(one: Suspension, stays: Sequence[_Stay], process: str) -> Iterator[HistoryEntry]:
    """Yield when the item was suspended, and when it was resumed."""
    if one.process not in (None, process):
        return
    its = [
        stay
        for stay in stays
        if one.version in (None, stay.version) and one.state in (None, stay.state) and stay.meets(one)
    ]
    if not its:
        return
    begun = max(one.since, its[0].since)
    yield _entry(one, begun, its[0], "suspend", "suspended", one.by, one.reason)
    if one.ended_at is None:
        return
    last = next((stay for stay in its if stay.at(one.ended_at)), None)
    if last is not None:
        yield _entry(one, one.ended_at, last, "resume", "resumed", one.ended_by, one.end_reason)


def _entry(
    one: Suspension,
    at: datetime,
    stay: _Stay,
    trigger: str,
    outcome: str,
    actor: str | None,
    reason: str | None,
) -> HistoryEntry:
    ended = {} if outcome == "suspended" else {"timeouts": one.timeouts}
    return HistoryEntry(
        at=at,
        trigger=trigger,
        event=None,
        source=stay.state,
        target=None,
        outcome=outcome,
        command=None,
        conditions={},
        error=None,
        duration_ms=None,
        host="",
        correlation=f"suspension-{one.id}",
        actor=actor,
        reason=reason,
        data={"suspension": one.id, "scope": one.scope, "what": one.what, **ended},
        source_version=stay.version,
    )
