"""When an item stood still: suspensions are told among its steps, which say when it was where.

A suspension of a state, a version, a process or a store has no row for each of its items. Which ones it was of
follows from the way that these went: an item is suspended when the suspension begins, or when it comes to where
nothing moves, and resumed when the suspension ends, unless somebody has forced or migrated it out of there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from engine.moving.suspended import suspension
from engine.results import HistoryEntry, Suspension
from engine.storage.database import Record
from engine.versions.place import Place


class _Stay(NamedTuple):
    """Where an item stood, from when until when (None: until now), and which of its steps were taken meanwhile."""

    since: datetime
    until: datetime | None
    version: str | None
    state: str | None
    first: int
    last: int

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
    version, state = place.version.process.version, place.state.name
    stays = list(_stays(steps)) or [_Stay(since, None, version, state, 0, len(steps))]
    told = [found for row in rows for found in _told(suspension(row), stays, place.version.name)]
    before: dict[int, list[HistoryEntry]] = {}
    for stay, entry in sorted(told, key=lambda one: one[1].at):
        number = stay.first
        while number < stay.last and steps[number].at <= entry.at:
            number += 1
        before.setdefault(number, []).append(entry)
    merged: list[HistoryEntry] = []
    for number, step in enumerate(steps):
        merged += [*before.get(number, ()), step]
    return merged + before.get(len(steps), [])


def _stays(steps: Sequence[HistoryEntry]) -> Iterator[_Stay]:
    """Yield where the item stood, one stay after the other; steps of a moment are in their order."""
    entered = [number for number, step in enumerate(steps) if step.target is not None]
    for number, following in zip_longest(entered, entered[1:]):
        step = steps[number]
        until, last = (None, len(steps)) if following is None else (steps[following].at, following)
        yield _Stay(step.at, until, step.target_version, step.target, number + 1, last)


def _told(one: Suspension, stays: Sequence[_Stay], process: str) -> Iterator[tuple[_Stay, HistoryEntry]]:
    """Yield when the item was suspended, and when it was resumed, each with the stay in which that was."""
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
    yield its[0], _entry(one, begun, its[0], "suspend", "suspended", one.by, one.reason)
    if one.ended_at is None:
        return
    last = next((stay for stay in its if stay.at(one.ended_at)), None)
    if last is not None:
        yield last, _entry(one, one.ended_at, last, "resume", "resumed", one.ended_by, one.end_reason)


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
