"""When items are closed: in which states, and after how long there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.ages import moment_after, moment_before
from engine.errors import InputError
from engine.versions.place import Version


@dataclass(frozen=True, slots=True)
class Closing:
    """The states in which items are closed, by id: after which span of time there, empty for at once."""

    spans: Mapping[int, str]

    def until(self, before: int) -> list[list[int]]:
        """Return each such state with the time since which an item is there that is closed at a moment."""
        return [
            [state, before if not span else moment_before(before, span)] for state, span in self.spans.items()
        ]

    def closed_at(self, state: int, since: int) -> int | None:
        """Return when an item is closed that is in a state since a time (UTC microseconds); None for never."""
        span = self.spans.get(state)
        if not span:
            return None if span is None else since
        try:
            return moment_after(since, span)
        except InputError:  # beyond all calendars
            return None

    def all_closed_at(self, items: Iterable[tuple[int, int, bool]]) -> int | None:
        """Return when the last of some items is closed; None where one never is, or there is none.

        Of each: its state, since when it is there, and whether it promises anything, which keeps it open.
        """
        times = [None if promises else self.closed_at(state, since) for state, since, promises in items]
        told = [time for time in times if time is not None]
        return max(told) if told and len(told) == len(times) else None


def closing_of(versions: Iterable[Version], stock_update: str) -> Closing:
    """Return when items of these versions are closed; ``stock_update`` is the event that stock imports fire.

    In a state that it leaves nobody is closed: a count moves items on without being asked.
    """
    spans: dict[int, str] = {}
    for version in versions:
        for state, span in zip(version.process.states, version.process.closing, strict=True):
            counted = any(event.name == stock_update for event in version.process.state_events(state.index))
            if span is not None and not counted:
                spans[version.state_ids[state.index]] = span
    return Closing(spans)
