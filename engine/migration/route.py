"""The way of items from a state of one version to a state of another: what stays and what begins anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.definition import Event
from engine.hooks import Plugins
from engine.inventory.counting import Counting
from engine.moving.claims import repeated_events
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
    def counting(self) -> Counting:
        """How the items count in the target state."""
        return _counting(self.target)

    @property
    def counts_alike(self) -> bool:
        """Whether the items count what they counted before."""
        return _counting(self.source) == self.counting

    def open_calls(self, plugins: Plugins) -> list[str]:
        """Return the events of the source state whose command leaves something behind even when it fails."""
        return repeated_events(plugins, self.source)


def _timeouts(place: Place) -> Sequence[Event]:
    return place.version.process.timeout_events(place.state.index)


def _on_enter(place: Place) -> Event | None:
    return place.version.process.on_enter_event(place.state.index)


def _counting(place: Place) -> Counting:
    return Counting.in_state(place.version.process, place.state)
