"""The way of items from a state of one version to a state of another: what stays and what begins anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.definition import Event
from engine.hooks import Plugins
from engine.versions.place import Place


@dataclass(frozen=True, slots=True)
class Route:
    """From a place to a place of another version of the same process.

    With ``enter`` the onEnter event of the target state becomes due where the items have not taken it.
    """

    source: Place
    target: Place
    enter: bool = False

    @property
    def goes_on(self) -> bool:
        """Whether it is the same state to the items, which have been in it all the time: one of that name."""
        return self.source.state.name == self.target.state.name

    @property
    def on_enter(self) -> str:
        """The onEnter event of the target state, empty without one: the one whose automatic step may stay due."""
        event = _on_enter(self.target)
        return "" if event is None else event.name

    @property
    def untaken(self) -> str | None:
        """The onEnter event of the target state, if coming there by itself would not have taken it before."""
        before = _on_enter(self.source)
        taken = self.goes_on and before is not None and before.name == self.on_enter
        return None if taken else self.on_enter or None

    @property
    def kept_timeouts(self) -> list[str]:
        """The timeouts that go on as they are: those of a state that goes on and that both versions have."""
        if not self.goes_on:
            return []
        before = {event.name for event in _timeouts(self.source)}
        return [event.name for event in _timeouts(self.target) if event.name in before]

    @property
    def new_timeouts(self) -> list[Event]:
        """The timeouts that are armed."""
        kept = self.kept_timeouts
        return [event for event in _timeouts(self.target) if event.name not in kept]

    @property
    def reserved(self) -> int:
        """1 when the items count their quantity as reserved in the target state, else 0."""
        return int(self.target.state.reserved)

    @property
    def keep_hold(self) -> int:
        """1 when a hold goes on in the target state, else 0: it is not reserved, and such a state can follow."""
        return int(not self.target.state.reserved and _reaches(self.target))

    @property
    def counts_alike(self) -> bool:
        """Whether the items count for the reservation what they counted before."""
        same_flag = self.source.state.reserved == self.target.state.reserved
        return same_flag and _reaches(self.source) == _reaches(self.target)

    def open_calls(self, plugins: Plugins) -> list[str]:
        """Return the events of the source state whose command leaves something behind even when it fails."""
        return [event.name for event in _events(self.source) if _leaves_traces(plugins, event)]


def _leaves_traces(plugins: Plugins, event: Event) -> bool:
    if event.command is None:
        return False
    command = plugins.command(event.command)
    return command is None or not command.transactional


def _events(place: Place) -> Sequence[Event]:
    return place.version.process.state_events(place.state.index)


def _timeouts(place: Place) -> Sequence[Event]:
    return place.version.process.timeout_events(place.state.index)


def _on_enter(place: Place) -> Event | None:
    return place.version.process.on_enter_event(place.state.index)


def _reaches(place: Place) -> bool:
    return place.version.process.can_reach_reserved[place.state.index]
