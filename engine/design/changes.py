"""What differs between two versions of a process: states, events, ways, flags, times, and what is only renamed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from engine.definition import Dialect, DurationInvalid, Event, Process, State, Transition, parse_duration
from engine.design.renames import renamed_events, renamed_states

Kind = Literal["added", "removed", "renamed", "changed"]
What = Literal["process", "state", "event", "transition"]

Named = TypeVar("Named", State, Event)

Key = tuple[str, str, str, str]
"""A way: source, target, event, condition; the last two are empty where there is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``name`` is that of the old process where there is one; of a way it is ``source > target``.

    ``field`` is what has changed of it, None where it was added, removed or renamed as a whole; ``old`` and ``new``
    are how that reads before and after. ``note`` says more: how the meaning differs. ``before`` and ``after``
    are the indexes of a way in the old and the new process, where it is there.
    """

    kind: Kind
    what: What
    name: str
    field: str | None = None
    old: str | None = None
    new: str | None = None
    note: str | None = None
    before: int | None = dataclasses.field(default=None, repr=False, compare=False)
    after: int | None = dataclasses.field(default=None, repr=False, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {name: getattr(self, name) for name in _TOLD}


_TOLD = ("kind", "what", "name", "field", "old", "new", "note")


@dataclass(frozen=True, slots=True)
class ProcessDiff:
    """What differs from an old process to a new one; the names of states and events that were only renamed."""

    old: Process
    new: Process
    changes: tuple[Change, ...]
    states: Mapping[str, str]
    events: Mapping[str, str]

    def goes_on_in(self, state: str) -> State | None:
        """Return the state of the new process in which an item of an old one goes on, None without such a one."""
        return self.new.state_by_name.get(self.states.get(state, state))

    def touched(self) -> list[State]:
        """Return the states of the old process that are changed, gone, or left in another way than before."""
        names = {change.name for change in self.changes if change.what == "state" and change.kind != "added"}
        names |= {name.split(" > ")[0] for name in (c.name for c in self.changes if c.what == "transition")}
        fired = {change.name for change in self.changes if change.what == "event"}
        for way in self.old.transitions:
            if way.event is not None and self.old.events[way.event].name in fired:
                names.add(self.old.states[way.source].name)
        return [state for state in self.old.states if state.name in names]


def nothing_of(process: Process) -> Process:
    """Return a process of that name with nothing in it: what is there before it comes, or when it has gone."""
    return dataclasses.replace(
        process, initial=None, processes=(process.name,), states=(), events=(), transitions=(), version=""
    )


def diff_processes(old: Process, new: Process) -> ProcessDiff:
    """Return what differs: by meaning, so the order of the file, comments and white space do not matter."""
    states = renamed_states(old, new)
    events = renamed_events(old, new, states)
    compare = _Comparison(old, new, states, events)
    return ProcessDiff(old, new, tuple(compare.all()), states, events)


class _Comparison:
    def __init__(
        self, old: Process, new: Process, states: Mapping[str, str], events: Mapping[str, str]
    ) -> None:
        self._old, self._new = old, new
        self._states, self._events = states, events

    def all(self) -> Iterator[Change]:
        """Yield every change: of the process, of states, of events, of ways."""
        yield from self._process()
        yield from self._of_states()
        yield from self._of_events()
        yield from self._of_ways()
        yield from self._orders()

    def _process(self) -> Iterator[Change]:
        yield from _field("process", self._old.name, "name", self._old.name, self._new.name)
        first, now = _initial(self._old), _initial(self._new)
        if self._states.get(first, first) != now:
            yield Change("changed", "process", self._old.name, "initial", first, now)
        if self._old.dialect is not self._new.dialect:
            wins = "first" if self._new.dialect is Dialect.OWN else "last"
            note = f"of several true conditions the {wins} in the file wins now"
            dialects = (self._old.dialect.value, self._new.dialect.value)
            yield Change("changed", "process", self._old.name, "dialect", *dialects, note)

    def _of_states(self) -> Iterator[Change]:
        return self._of_named("state", self._old.states, self._new.states, self._states, _told, _state_fields)

    def _of_events(self) -> Iterator[Change]:
        return self._of_named(
            "event", self._old.events, self._new.events, self._events, _fired, _event_fields
        )

    def _of_named(
        self,
        what: What,
        before: Sequence[Named],
        after: Sequence[Named],
        renamed: Mapping[str, str],
        told: Callable[[Named], str],
        fields: Callable[[Named, Named], Iterator[Change]],
    ) -> Iterator[Change]:
        """Yield what differs in things that are known by their names: states, or events."""
        by_name = {thing.name: thing for thing in after}
        for old in before:
            now = by_name.get(renamed.get(old.name, old.name))
            if now is None:
                yield Change("removed", what, old.name, old=told(old))
                continue
            if now.name != old.name:
                yield Change("renamed", what, old.name, old=old.name, new=now.name)
            yield from fields(old, now)
            yield from self._moved(what, old, now)
        known = {renamed.get(old.name, old.name) for old in before}
        for new in after:
            if new.name not in known:
                yield Change("added", what, new.name, new=told(new))

    def _moved(self, what: What, old: State | Event, new: State | Event) -> Iterator[Change]:
        """Yield that something stands in another subprocess; the main one may be called otherwise."""
        if (old.process, new.process) != (self._old.name, self._new.name):
            yield from _field(what, old.name, "subprocess", old.process, new.process)

    def _of_ways(self) -> Iterator[Change]:
        before = {
            self._now(key): (key, way) for way in self._old.transitions for key in [_key(self._old, way)]
        }
        after = {_key(self._new, way): way for way in self._new.transitions}
        gone = [key for key in before if key not in after]
        come = [key for key in after if key not in before]
        for key in list(gone):
            other = _same_but_one(key, come)
            if other is not None:
                gone.remove(key)
                come.remove(other)
                place = next(n for n in range(4) if key[n] != other[n])
                told = (before[key][0][place] or None, other[place] or None)
                yield _changed_way(*before[key], _PARTS[place], told, after[other])
                yield from _happy(*before[key], after[other])
        for key in gone:
            old_key, way = before[key]
            yield Change("removed", "transition", _way(old_key), old=_by(old_key), before=way.index)
        for key in come:
            yield Change("added", "transition", _way(key), new=_by(key), after=after[key].index)
        for key, (old_key, way) in before.items():
            if key in after:
                yield from _happy(old_key, way, after[key])

    def _now(self, key: Key) -> Key:
        source, target, event, condition = key
        renamed = self._states
        return (
            renamed.get(source, source),
            renamed.get(target, target),
            self._events.get(event, event),
            condition,
        )

    def _orders(self) -> Iterator[Change]:
        """Yield where the ways of one state and event stand in another order, and where that can decide."""
        before = _together(self._now(_key(self._old, way)) for way in self._old.transitions)
        after = _together(_key(self._new, way) for way in self._new.transitions)
        earlier = {self._states.get(state.name, state.name): state.name for state in self._old.states}
        for (source, event), keys in before.items():
            now = after.get((source, event), [])
            fired = event or "the conditions run"
            for part, what, wanted in ((3, "conditions", True), (1, "ways without a condition", False)):
                both = [key[part] for key in keys if key in now and bool(key[3]) is wanted]
                then = [key[part] for key in now if key in keys and bool(key[3]) is wanted]
                if both != then:
                    told = (f"order of {what} of {fired}", ", ".join(both), ", ".join(then))
                    yield Change("changed", "state", earlier[source], *told)
        yield from self._entering()

    def _entering(self) -> Iterator[Change]:
        """Yield where another one of several onEnter events is the first, which alone ever fires."""
        for state in self._old.states:
            now = self._new.state_by_name.get(self._states.get(state.name, state.name))
            first = self._old.on_enter_event(state.index)
            then = None if now is None else self._new.on_enter_event(now.index)
            if now is None or first is None or then is None:
                continue
            name = self._events.get(first.name, first.name)
            if name != then.name and name in {event.name for event in self._new.state_events(now.index)}:
                yield Change(
                    "changed", "state", state.name, "onEnter event that fires", first.name, then.name
                )


_PARTS = ("source", "target", "event", "condition")


def _initial(process: Process) -> str:
    return "" if process.initial is None else process.states[process.initial].name


def _key(process: Process, way: Transition) -> Key:
    event = "" if way.event is None else process.events[way.event].name
    return process.states[way.source].name, process.states[way.target].name, event, way.condition or ""


def _together(keys: Iterable[Key]) -> dict[tuple[str, str], list[Key]]:
    """Return the ways of each state and event, in their order."""
    together: dict[tuple[str, str], list[Key]] = {}
    for key in keys:
        together.setdefault((key[0], key[2]), []).append(key)
    return together


def _same_but_one(key: Key, others: Sequence[Key]) -> Key | None:
    """Return the only way that differs from this one in target, event or condition, and in nothing else."""
    near = [o for o in others if o[0] == key[0] and sum(a != b for a, b in zip(key, o, strict=True)) == 1]
    return near[0] if len(near) == 1 else None


def _changed_way(
    key: Key, way: Transition, part: str, told: tuple[str | None, str | None], now: Transition
) -> Change:
    return Change("changed", "transition", _way(key), part, *told, before=way.index, after=now.index)


def _happy(key: Key, way: Transition, now: Transition) -> Iterator[Change]:
    if way.happy != now.happy:
        yield _changed_way(key, way, "happy", (_text(way.happy), _text(now.happy)), now)


def _way(key: Key) -> str:
    return f"{key[0]} > {key[1]}"


def _by(key: Key) -> str:
    fired = f"on {key[2]}" if key[2] else "by the conditions run"
    return f"{fired}, if {key[3]}" if key[3] else fired


def _told(state: State) -> str:
    return ", ".join(["reserved" if state.reserved else "not reserved", *state.flags])


def _fired(event: Event) -> str:
    ways = [
        "on entering" * event.on_enter,
        "by hand" * event.manual,
        f"after {event.timeout}" if event.timeout else "",
        f"runs {event.command}" if event.command else "",
    ]
    return ", ".join(filter(None, ways)) or "by a program"


def _state_fields(old: State, new: State) -> Iterator[Change]:
    note = None if old.reserved == new.reserved else "takes stock" if new.reserved else "gives stock free"
    yield from _field("state", old.name, "reserved", old.reserved, new.reserved, note)
    yield from _field("state", old.name, "hold", not old.ends_hold, not new.ends_hold)
    yield from _field("state", old.name, "final", old.final, new.final)
    yield from _field("state", old.name, "display", old.display, new.display)
    yield from _field("state", old.name, "flags", ", ".join(sorted(old.flags)), ", ".join(sorted(new.flags)))


def _event_fields(old: Event, new: Event) -> Iterator[Change]:
    yield from _field(
        "event", old.name, "timeout", old.timeout, new.timeout, _longer(old.timeout, new.timeout)
    )
    yield from _field("event", old.name, "timeout processor", old.timeout_processor, new.timeout_processor)
    yield from _field("event", old.name, "command", old.command, new.command)
    yield from _field("event", old.name, "manual", old.manual, new.manual)
    yield from _field("event", old.name, "onEnter", old.on_enter, new.on_enter)


def _longer(old: str | None, new: str | None) -> str | None:
    """Return how a timeout has changed, where that can be told of two spans."""
    if old is None or new is None or old == new:
        return None
    try:
        before, after = (parse_duration(text).microseconds_if_exact for text in (old, new))
    except DurationInvalid:
        return None
    if before is None or after is None:
        return None
    return "as long as before" if before == after else "longer" if after > before else "shorter"


def _field(
    what: What, name: str, field: str, old: object, new: object, note: str | None = None
) -> Iterator[Change]:
    if (old or None) != (new or None):
        yield Change("changed", what, name, field, _text(old), _text(new), note)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if value else None
