"""Which states and events of an old process are those of the new one under another name.

What has gone and what is new are compared by what they are and by what surrounds them: a state by the ways in and
out, an event by the ways on which it is fired. They are one when they are the best match of each other and share
more than half of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from engine.definition import Process, State, Transition

_ENOUGH = 0.5
"""How much of what surrounds two names must be the same, at least: a half is not enough."""

Mark = tuple[str, ...]
"""One thing that is told of a state or an event, in names of the new process."""

Marks = Callable[[str], Set[Mark]]


def renamed_states(old: Process, new: Process) -> dict[str, str]:
    """Return the new name of every state of the old process that is there under another one."""
    gone = [state.name for state in old.states if state.name not in new.state_by_name]
    come = [state.name for state in new.states if state.name not in old.state_by_name]
    return _pairs(gone, come, lambda name: _of_state(old, name), lambda name: _of_state(new, name))


def renamed_events(old: Process, new: Process, states: Mapping[str, str]) -> dict[str, str]:
    """Return the new name of every event that is there under another one; ``states`` are renamed already."""
    gone = [event.name for event in old.events if event.name not in new.event_by_name]
    come = [event.name for event in new.events if event.name not in old.event_by_name]
    return _pairs(
        gone, come, lambda name: _of_event(old, name, states), lambda name: _of_event(new, name, {})
    )


def _pairs(gone: Sequence[str], come: Sequence[str], before: Marks, after: Marks) -> dict[str, str]:
    if not gone or not come:
        return {}
    were, are = {name: before(name) for name in gone}, {name: after(name) for name in come}
    scores = sorted(
        ((_alike(were[one], are[other]), one, other) for one in gone for other in come),
        key=lambda score: (-score[0], gone.index(score[1]), come.index(score[2])),
    )
    found: dict[str, str] = {}
    taken: set[str] = set()
    for score, one, other in scores:
        if score > _ENOUGH and one not in found and other not in taken:
            found[one] = other
            taken.add(other)
    return found


def _alike(some: Set[Mark], others: Set[Mark]) -> float:
    together = some | others
    return len(some & others) / len(together) if together else 0.0


def _of_state(process: Process, name: str) -> set[Mark]:
    state = process.state_by_name[name]
    marks: set[Mark] = set()
    for sense, ways in (("from", process.incoming[state.index]), ("to", process.outgoing[state.index])):
        for way in ways:
            other = process.states[way.source if sense == "from" else way.target].name
            # Twice: the event of a way may have another name as well.
            marks |= {(sense, other), (sense, other, *_way(process, way))}
    return marks | {("is", str(state.reserved)), *_told(state)}


def _told(state: State) -> set[Mark]:
    return {("flag", flag) for flag in state.flags} | ({("shown", state.display)} if state.display else set())


def _way(process: Process, way: Transition) -> tuple[str, str]:
    return "" if way.event is None else process.events[way.event].name, way.condition or ""


def _of_event(process: Process, name: str, states: Mapping[str, str]) -> set[Mark]:
    event = process.event_by_name[name]
    ways = [way for way in process.transitions if way.event == event.index]
    names = [process.states[index].name for way in ways for index in (way.source, way.target)]
    now = iter(states.get(one, one) for one in names)
    marks: set[Mark] = {("way", next(now), next(now)) for _ in ways}
    return marks | {
        ("command", event.command or ""),
        ("timeout", event.timeout or ""),
        ("fired", str(event.on_enter), str(event.manual)),
    }
