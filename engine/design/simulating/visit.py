"""One visit of a group of items to a state: when each of them leaves it, and where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from engine.clock import to_datetime, to_microseconds
from engine.definition import Event, Process, parse_duration
from engine.design.simulating.assumptions import NEVER, Assumptions, Delay
from engine.design.simulating.choosing import STAYS, Choosing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.design.simulating.assumptions import Times

MOST_TRIES = 10_000
"""How often something may happen to the items of a visit without leading anywhere else."""


HOP = "conditions run"
"""How an exit by the conditions run is called."""


class Left(NamedTuple):
    """What becomes of each item: the time at which it leaves (NEVER if it does not), and the state it comes to."""

    times: Times
    targets: NDArray[np.int64]


class Visits:
    """Decides about visits to the states of a process."""

    def __init__(
        self, process: Process, assumptions: Assumptions, rng: np.random.Generator, end: int
    ) -> None:
        self._process, self._assumptions, self._rng, self._end = process, assumptions, rng, end
        self._choosing = Choosing(process, assumptions, rng)

    def entered(self, state: int, size: int) -> NDArray[np.int64] | None:
        """Return where the onEnter event leads each of the items, None for a state without one."""
        event = self._process.on_enter_event(state)
        return None if event is None else self._choosing.targets(state, event.index, size)

    def stay(self, state: int, since: Times) -> Left:
        """Return when items that came to rest at these times leave the state."""
        import numpy as np

        exits = self._assumptions.exits.get(self._process.states[state].name, {})
        chosen = self._exit(exits, len(since))
        left = Left(np.full(len(since), NEVER, np.int64), np.full(len(since), STAYS, np.int64))
        waiting = np.arange(len(since))
        hops = self._hops(state, since, exits, chosen)
        if hops is not None:
            targets, first = hops
            left.times[:] = np.where(targets == STAYS, NEVER, first)
            left.targets[:] = np.where(left.times == NEVER, STAYS, targets)
        columns = self._columns(state)
        if not columns:
            return left
        due = self._drawn(columns, state, since, exits, chosen)
        for _ in range(MOST_TRIES):
            which = due.argmin(axis=1)
            when = due[np.arange(len(waiting)), which]
            # What the conditions run does comes first, of two things at one time.
            going = (when < left.times[waiting]) & (when <= self._end)
            waiting, due, which, when = waiting[going], due[going], which[going], when[going]
            if not len(waiting):
                break
            waiting, due = self._fire(state, columns, (waiting, due, which, when), left)
        return left

    def _fire(self, state: int, columns: list[Event], about: Any, left: Left) -> tuple[Any, Any]:
        """Fire what is due first; return the items that stay with what is due next."""
        import numpy as np

        waiting, due, which, when = about
        stays = np.ones(len(waiting), bool)
        for number, event in enumerate(columns):
            of_event = np.flatnonzero(which == number)
            if not len(of_event):
                continue
            targets = self._choosing.targets(state, event.index, len(of_event))
            goes = targets != STAYS
            gone = of_event[goes]
            left.times[waiting[gone]], left.targets[waiting[gone]] = when[gone], targets[goes]
            stays[gone] = False
            again = of_event[~goes]
            if len(again):
                due[again, number] = self._next(event, state, when[again])
        return waiting[stays], due[stays]

    def _hops(self, state: int, since: Times, exits: Any, chosen: Any) -> tuple[Any, Any] | None:
        """Return where the conditions run takes the items, and when; the answers are the same for a whole visit."""
        import numpy as np

        if not self._process.candidates(state, None):
            return None
        targets = self._choosing.targets(state, None, len(since))
        if HOP in exits:
            when = since + exits[HOP].drawn(self._rng, len(since))
            return targets, np.where(chosen == list(exits).index(HOP), when, NEVER)
        every = self._assumptions.conditions_every
        start = self._assumptions.start
        return targets, since if not every else start + -(-(since - start) // every) * every

    def _columns(self, state: int) -> list[Event]:
        """Return the events that can fire while items rest in the state: timeouts by name, then all others."""
        events = self._process.state_events(state)
        automatic = self._process.on_enter_event(state)
        timed = sorted((event for event in events if event.timeout is not None), key=lambda event: event.name)
        others = [event for event in events if event.timeout is None and event != automatic]
        return [*timed, *others]

    def _drawn(self, columns: list[Event], state: int, since: Times, exits: Any, chosen: Any) -> Any:
        import numpy as np

        due = np.empty((len(since), len(columns)), np.int64)
        for number, event in enumerate(columns):
            due[:, number] = self._next(event, state, since)
            if event.name in exits and event.timeout is None:
                due[:, number] = np.where(chosen == list(exits).index(event.name), due[:, number], NEVER)
        return due

    def _exit(self, exits: Any, size: int) -> Any:
        """Return which of the exits happens to each item, by its place; the number of exits for none of them."""
        import numpy as np

        ends = np.cumsum([delay.share for delay in exits.values()])
        return np.searchsorted(ends, self._rng.random(size), side="right") if exits else None

    def _next(self, event: Event, state: int, now: Times) -> Any:
        """Return when the event is fired next."""
        import numpy as np

        if event.timeout is not None:
            return _after(event.timeout, now)
        given = self._assumptions
        name = self._process.states[state].name
        in_exits = event.name in given.exits.get(name, {})
        if event.name == given.stock_update and not in_exits and event.name not in given.events:
            if given.stock_update_every is None:
                return np.full(len(now), NEVER, np.int64)
            first = given.start + given.stock_update_at
            return first + ((now - first) // given.stock_update_every + 1) * given.stock_update_every
        delay = given.exits[name][event.name] if in_exits else given.events.get(event.name, Delay())
        when = now + delay.drawn(self._rng, len(now))
        if in_exits or delay.share >= 1:
            return when
        return np.where(self._rng.random(len(now)) < delay.share, when, NEVER)


def _after(timeout: str, now: Times) -> Any:
    """Return when a timeout is due that begins at these times; months and weekdays are counted one by one."""
    import numpy as np

    span = parse_duration(timeout)
    exact = span.microseconds_if_exact
    if exact is not None:
        return now + exact
    due = [to_microseconds(span.added_to(to_datetime(int(time)))) for time in now]
    return np.array(due, np.int64)
