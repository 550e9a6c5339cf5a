"""The tables beside a picture: states, events and transitions in words."""

from __future__ import annotations

from collections.abc import Mapping

from engine.definition import Event, Process, State, Transition
from visualize.graph import Role, Table
from visualize.wording import Wording


def tables_of(process: Process, wording: Wording, counts: Mapping[str, int]) -> tuple[Table, ...]:
    """Return the three tables of a process; the items column is there only when counts are given."""
    return (
        _states(process, counts),
        Table(
            "Events",
            ("Event", "Fired by", "Command", "Process"),
            tuple(_event_row(event, wording) for event in process.events),
        ),
        Table(
            "Transitions",
            ("From", "Event", "Condition", "To", "Happy path", "Process"),
            tuple(_transition_row(process, transition, wording) for transition in process.transitions),
        ),
    )


def _states(process: Process, counts: Mapping[str, int]) -> Table:
    columns = ("State", "Reserved", "Display", "Flags", "Place", "Process")
    if not counts:
        return Table("States", columns, tuple(_state_row(process, state) for state in process.states))
    rows = ((*_state_row(process, state), str(counts.get(state.name, 0))) for state in process.states)
    return Table("States", (*columns, "Items"), tuple(rows))


def _state_row(process: Process, state: State) -> tuple[str, ...]:
    places = []
    if state.index == process.initial:
        places.append("initial")
    after = process.closing[state.index]
    if after == "" or all(way.target == state.index for way in process.outgoing[state.index]):
        places.append("final")
    elif after:
        places.append(f"final after {after}")
    reserved = "reserved" if state.reserved else ""
    flags = ", ".join(state.flags)
    return (state.name, reserved, state.display or "", flags, ", ".join(places), state.process)


def _event_row(event: Event, wording: Wording) -> tuple[str, ...]:
    lines = wording.event_lines(event)[1:]
    fired = [line.text for line in lines if line.role is not Role.COMMAND] or ["call"]
    command = wording.command_line(event.command).text.removeprefix("run ") if event.command else ""
    return (event.name, ", ".join(fired), command, event.process)


def _transition_row(process: Process, transition: Transition, wording: Wording) -> tuple[str, ...]:
    condition = transition.condition
    return (
        process.states[transition.source].name,
        "" if transition.event is None else process.events[transition.event].name,
        wording.condition_line(condition).text.removeprefix("if ") if condition else "",
        process.states[transition.target].name,
        "happy" if transition.happy else "",
        transition.process,
    )
