"""Joining the unfolded processes into one: which is the main one, one state per name, one event per name.

The rules for what is declared twice, as where the files come from: of events the last declaration counts; of states
the first process that declares it, and within that process the last display name and flags. A state's place, and
whether it is initial, are those of its first declaration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.definition.declarations import EventDeclaration, Reference, StateDeclaration
from engine.definition.findings import FindingList
from engine.definition.model import Event, Location, State, Transition
from engine.definition.unfold import Part, listed_names
from engine.duration import DurationInvalid, parse_duration


def find_main(parts: Sequence[Part], main_file: str, findings: FindingList) -> str | None:
    """Return the name of the main process, or None after adding a finding."""
    marked = {part.name: part for part in parts if part.declaration.main}
    if len(marked) == 1:
        return next(iter(marked))
    if marked:
        names = ", ".join(f'"{name}"' for name in marked)
        for part in marked.values():
            message = f'"{part.name}" is marked as main, but so are others: {names}.'
            remedy = 'Leave main="true" on one process only.'
            findings.add("several-main-processes", part.declaration.location, message, remedy)
        return None
    return _assume_main(parts, main_file, findings)


def _assume_main(parts: Sequence[Part], main_file: str, findings: FindingList) -> str | None:
    own = {p.name: p for p in parts if not p.stub and p.declaration.location.file == main_file}
    candidates = own if len(own) == 1 else {p.name: p for p in parts}
    if len(candidates) == 1:
        name, part = next(iter(candidates.items()))
        message = f'"{name}" is taken as the main process although it is not marked as main.'
        findings.add("main-assumed", part.declaration.location, message, 'Add main="true".')
        return name
    if candidates:
        names = ", ".join(f'"{name}"' for name in candidates)
        message = f"None of the processes {names} is marked as main."
        place = Location(main_file, 1, 1)
        findings.add("no-main-process", place, message, 'Add main="true" to one of them.')
    return None


def check_subprocess_lists(parts: Sequence[Part], main: str, findings: FindingList) -> None:
    """Compare the ``<subprocesses>`` lists with the processes that are there."""
    listed = listed_names(parts)
    present = {part.name: part for part in reversed(parts)}
    for reference in listed.values():
        if reference.name not in present:
            hint = findings.suggest("unknown-subprocess", reference.name, present)
            message = f'No process is called "{reference.name}".{hint}'
            remedy = f'Add <process name="{reference.name}" file="..."/>, or correct the name.'
            findings.add("unknown-subprocess", reference.location, message, remedy)
    for name, part in present.items():
        if name != main and name not in listed:
            message = (
                f'No <subprocesses> list names "{name}"; its states and transitions are merged all the same.'
            )
            remedy = f"Add <process>{name}</process> to the <subprocesses> of the process that uses it."
            findings.add("unlisted-process", part.declaration.location, message, remedy)
    _check_duplicate_processes(parts, findings)


def _check_duplicate_processes(parts: Sequence[Part], findings: FindingList) -> None:
    first: dict[str, Part] = {}
    for part in parts:
        if part.stub:
            continue
        other = first.setdefault(part.name, part)
        # One file included twice under one name with two prefixes is a way to use a subprocess twice.
        if other.declaration is not part.declaration:
            message = (
                f'Another process called "{part.name}" is at {other.declaration.location}; both are merged.'
            )
            remedy = "Give each process a name of its own."
            findings.add("duplicate-process", part.declaration.location, message, remedy)


@dataclass(frozen=True, slots=True)
class JoinedStates:
    """The states of the merged process, and those that are marked as the initial one."""

    states: tuple[State, ...]
    marked_initial: tuple[int, ...]


def join_states(parts: Sequence[Part], findings: FindingList) -> JoinedStates:
    """Return one state per name: that of the first process, with the last display and flags that it declares."""
    first: dict[str, tuple[Part, StateDeclaration]] = {}
    last: dict[str, StateDeclaration] = {}
    for part in parts:
        for state in part.declaration.states:
            name = part.prefixed(state.name)
            if name in first:
                later = first[name][0].name == part.name
                _compare_states(name, last[name], state, findings, later=later)
                if later:
                    last[name] = state
            else:
                first[name] = (part, state)
                last[name] = state
    states = tuple(
        State(
            index,
            name,
            part.name,
            state.reserved,
            last[name].display,
            last[name].flags,
            ends_hold=not state.hold,
            final=state.final,
            location=state.location,
        )
        for index, (name, (part, state)) in enumerate(first.items())
    )
    marked = tuple(index for index, (_, state) in enumerate(first.values()) if state.initial)
    return JoinedStates(states, marked)


def _compare_states(
    name: str, first: StateDeclaration, again: StateDeclaration, findings: FindingList, *, later: bool
) -> None:
    """Add what differs; ``later`` tells that the display and flags of the second declaration count."""
    if first is again:  # its file is included twice, which has a finding of its own
        return
    also = f'The state "{name}" is declared at {first.location} too'
    remedy = "Declare the state once; transitions from it may stand in any process."
    if first.reserved != again.reserved:
        message = f"{also}, {'reserved' if first.reserved else 'not reserved'} there and not so here."
        findings.add("conflicting-reserved", again.location, message, remedy)
        return
    differing = [name for name in ("display", "flags") if getattr(first, name) != getattr(again, name)]
    which = "this later one counts" if later else "that of the first process counts"
    counts = [f"with another {' and '.join(differing)}: {which}"] if differing else []
    if first.initial != again.initial:
        counts.append(f"{'initial' if first.initial else 'not initial'} there, which counts")
    if first.hold != again.hold:
        counts.append(f'hold="{str(first.hold).lower()}" there, which counts')
    if first.final != again.final:
        counts.append(
            f"{'without final' if first.final is None else f'final={first.final}'} there, which counts"
        )
    if counts:
        message = f"{also}, {'; '.join(counts)}."
        findings.add("conflicting-state", again.location, message, remedy)
    else:
        findings.add("repeated-state", again.location, f"{also}, with the same attributes.", remedy)


def join_events(parts: Sequence[Part], findings: FindingList) -> tuple[Event, ...]:
    """Return one event per name, each with its last declaration's attributes, and check its timeout."""
    last: dict[str, tuple[Part, EventDeclaration]] = {}
    for part in parts:
        for event in part.declaration.events:
            _check_timeout(event, findings)
            name = part.prefixed(event.name)
            if name in last:
                _compare_events(name, last[name][1], event, findings)
            last[name] = (part, event)
    return tuple(
        Event(
            index,
            name,
            part.name,
            event.on_enter,
            event.manual,
            event.command,
            event.timeout,
            event.timeout_processor,
            event.location,
        )
        for index, (name, (part, event)) in enumerate(last.items())
    )


def _compare_events(
    name: str, before: EventDeclaration, now: EventDeclaration, findings: FindingList
) -> None:
    if before is now:  # its file is included twice, which has a finding of its own
        return
    also = f'The event "{name}" is declared at {before.location} too'
    remedy = "Declare the event once, or give one of the two another name."
    if replace(now, name=before.name, location=before.location) == before:
        findings.add("repeated-event", now.location, f"{also}, with the same attributes.", remedy)
    else:
        message = f"{also}, with other attributes; this later declaration counts."
        findings.add("conflicting-event", now.location, message, remedy)


def _check_timeout(event: EventDeclaration, findings: FindingList) -> None:
    if event.timeout is None:
        return
    try:
        parse_duration(event.timeout)
    except DurationInvalid as error:
        end = "" if str(error).endswith("?") else "."
        message = f'The timeout of "{event.name}" is not usable: {error}{end}'
        remedy = 'Write a span such as "30 minutes", "1 day 2 hours" or "PT20M".'
        findings.add("bad-timeout", event.location, message, remedy)


class TransitionJoiner:
    """Resolves the names in transitions to the indexes of states and events.

    ``complete`` is whether every include was merged; if not, messages say where else the name may be.
    """

    def __init__(
        self, states: Sequence[State], events: Sequence[Event], complete: bool, findings: FindingList
    ) -> None:
        self._hint = "" if complete else " It may be declared in an include that could not be read."
        self._states = {state.name: state.index for state in states}
        self._events = {event.name: event.index for event in events}
        self._findings = findings

    def join(self, parts: Sequence[Part]) -> tuple[Transition, ...]:
        """Return all transitions whose names are declared, in order; add a finding for every name that is
        not.
        """
        joined: list[Transition] = []
        for part in parts:
            for declared in part.declaration.transitions:
                source, target = self._state(part, declared.source), self._state(part, declared.target)
                event = None if declared.event is None else self._event(part, declared.event)
                if source is None or target is None or (event is None and declared.event is not None):
                    continue
                joined.append(
                    Transition(
                        len(joined),
                        source,
                        target,
                        event,
                        declared.condition,
                        declared.happy,
                        part.name,
                        declared.location,
                    )
                )
        return tuple(joined)

    def _state(self, part: Part, reference: Reference) -> int | None:
        return self._find("state", self._states, part.prefixed(reference.name), reference.location)

    def _event(self, part: Part, reference: Reference) -> int | None:
        return self._find("event", self._events, part.prefixed(reference.name), reference.location)

    def _find(self, kind: str, known: dict[str, int], name: str, location: Location) -> int | None:
        index = known.get(name)
        if index is None:
            nearest = self._findings.suggest(f"undeclared-{kind}", name, known)
            message = f'The {kind} "{name}" is not declared.{nearest}{self._hint}'
            remedy = f'Add <{kind} name="{name}"/> to the {kind}s of a process, or correct the name.'
            self._findings.add(f"undeclared-{kind}", location, message, remedy)
        return index
