"""How events, commands and conditions are put into words, and whether a plugin of that name is registered."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definition import GUARD_PREFIX, Event, RegisteredNames
from visualize.graph import Line, Role

MISSING = "(not registered)"
"""What follows the name of a command, condition or timeout processor that no plugin registers."""


class Wording:
    """Puts process elements into words; without registered names (None) nothing is marked as missing."""

    def __init__(self, registered: RegisteredNames | None) -> None:
        self._registered = registered

    def command_line(self, name: str) -> Line:
        """Return the line of a command, with its scope when it is registered."""
        if self._registered is None:
            return Line(Role.COMMAND, f"run {name}")
        scope = self._registered.commands.get(name)
        if scope is None:
            return Line(Role.COMMAND, f"run {name} {MISSING}", missing=True)
        return Line(Role.COMMAND, f"run {name} (per {scope})")

    def condition_line(self, name: str) -> Line:
        """Return the line of a condition or guard."""
        if name.startswith(GUARD_PREFIX):
            guard = name.removeprefix(GUARD_PREFIX)
            missing = self._registered is not None and guard not in self._registered.guards
            return Line(Role.CONDITION, f"if rule {guard}{f' {MISSING}' * missing}", missing=missing)
        if self._registered is None or name in self._registered.conditions:
            return Line(Role.CONDITION, f"if {name}")
        return Line(Role.CONDITION, f"if {name} {MISSING}", missing=True)

    def event_lines(self, event: Event) -> tuple[Line, ...]:
        """Return the label of an event: its name, what fires it, its command."""
        return (Line(Role.EVENT, event.name), *self._fired_by(event), *self._command_lines(event))

    def _fired_by(self, event: Event) -> Iterator[Line]:
        if event.on_enter:
            yield Line(Role.ON_ENTER, "on enter")
        if event.timeout is not None:
            yield Line(Role.TIMEOUT, f"after {event.timeout}")
            if event.timeout_processor is not None:
                yield self._processor_line(event.timeout_processor)
        if event.manual:
            yield Line(Role.MANUAL, "manual")

    def _processor_line(self, name: str) -> Line:
        if self._registered is None or name in self._registered.timeout_processors:
            return Line(Role.TIMEOUT, f"time set by {name}")
        return Line(Role.TIMEOUT, f"time set by {name} {MISSING}", missing=True)

    def _command_lines(self, event: Event) -> Iterator[Line]:
        if event.command is not None:
            yield self.command_line(event.command)
