"""What a simulation assumes: how probable answers are, and how long it takes until somebody fires an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Self

from engine.clock import SECOND
from engine.definition import Event, Process, parse_duration
from engine.design.trying.terms import START, check_conditions, check_span, conditions_in, meant
from engine.errors import InputError, UnknownEvent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Times = NDArray[np.int64]
    """Times or spans in UTC microseconds, one for each item of a group."""

DAY = 86_400 * SECOND
NEVER = 1 << 62
"""A time that never comes."""

Kind = Literal["exponential", "fixed", "between", "quantiles"]


@dataclass(frozen=True, slots=True)
class Delay:
    """How long it takes until an event is fired, once an item has come to its state; in microseconds.

    ``values`` are the mean of an exponential delay, the one value of a fixed one, the ends of one that is anywhere
    ``between``, or equidistant quantiles, the least first. ``share`` is in how many visits it happens at all.
    """

    kind: Kind = "exponential"
    values: tuple[int, ...] = (DAY,)
    share: float = 1.0

    def drawn(self, rng: np.random.Generator, size: int) -> Times:
        """Return so many delays, without regard to the share."""
        import numpy as np

        if self.kind == "fixed":
            return np.full(size, self.values[0], np.int64)
        chance = rng.random(size)
        if self.kind == "exponential":
            return np.asarray(-np.log1p(-chance) * self.values[0], np.int64)
        places = np.linspace(0, 1, len(self.values))
        return np.asarray(np.interp(chance, places, self.values), np.int64)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed of a process. Probabilities are from 0 to 1, spans in microseconds.

    ``conditions`` and ``events`` are by name and hold in every state; ``state_conditions`` by (state, condition).
    ``exits`` are by state: of these events at most one happens in a visit, each in its share of the visits.
    ``stock_update_every`` is None where nobody counts; ``conditions_every`` is 0 where the conditions run comes at
    once. ``arrivals`` is the mean time between two items.
    """

    conditions: Mapping[str, float] = field(default_factory=dict)
    events: Mapping[str, Delay] = field(default_factory=dict)
    state_conditions: Mapping[tuple[str, str], float] = field(default_factory=dict)
    exits: Mapping[str, Mapping[str, Delay]] = field(default_factory=dict)
    stock_update: str = "stock-update"
    stock_update_every: int | None = DAY
    stock_update_at: int = 0
    conditions_every: int = 0
    arrivals: int = 60 * SECOND
    start: int = START
    hold: bool = True
    hold_timeout: int | None = None

    def probability(self, state: str, condition: str) -> float:
        """Return how probable it is that a condition is true in a state; a half where nothing is said."""
        found = self.state_conditions.get((state, condition))
        return self.conditions.get(condition, 0.5) if found is None else found

    def counts_in(self, process: Process) -> bool:
        """Return whether a count of stock can release items of the process."""
        event = process.event_by_name.get(self.stock_update)
        used = event is not None and any(way.event == event.index for way in process.transitions)
        return used and self.stock_update_every is not None

    def with_options(
        self,
        process: Process,
        *,
        probabilities: Mapping[str, str],
        events: Mapping[str, str],
        stock_update: str | None,
    ) -> Self:
        """Return the assumptions with others that are given as text. Raises InputError and UnknownEvent."""
        check_conditions(process, probabilities)
        names = list(process.event_by_name)
        for event in events:
            if event not in names:
                raise UnknownEvent(f"{process.name!r} has no event {event!r}{meant(event, names)}")
        found = replace(
            self,
            conditions={
                **self.conditions,
                **{name: _probability(text) for name, text in probabilities.items()},
            },
            events={**self.events, **{name: Delay(values=(_span(text),)) for name, text in events.items()}},
        )
        if stock_update is None:
            return found
        every = None if stock_update == "never" else _span(stock_update)
        return replace(found, stock_update_every=every)

    def unsaid(self, process: Process) -> list[str]:
        """Return what is taken for granted because nothing was said of it, as sentences."""
        asked = {(way.source, way.condition) for way in process.transitions if way.condition is not None}
        open_ones = [
            name
            for name in conditions_in(process)
            if name not in self.conditions
            and any(
                (process.states[state].name, name) not in self.state_conditions
                for state, condition in asked
                if condition == name
            )
        ]
        told = [f"{name} is true for one of two items" for name in open_ones]
        for event in process.events:
            outside = not event.on_enter and event.timeout is None and event.name != self.stock_update
            if outside and event.name not in self.events and self._fires_unsaid(process, event):
                told.append(f"{event.name} is fired after a day on the average")
        return told

    def _fires_unsaid(self, process: Process, event: Event) -> bool:
        sources = {way.source for way in process.transitions if way.event == event.index}
        return any(event.name not in self.exits.get(process.states[state].name, {}) for state in sources)


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InputError(f"{text!r} is not a probability", remedy="Write a number from 0 to 1.")
    return value


def _span(text: str) -> int:
    check_span(text)
    exact = parse_duration(text).microseconds_if_exact
    if exact is None:
        raise InputError(
            f"{text!r} is not always as long", remedy="Write it in days, hours, minutes or seconds."
        )
    return exact
