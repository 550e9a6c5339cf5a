"""What checks have found, at the parts of the picture that it is about."""

from __future__ import annotations

from collections.abc import Iterable

from engine.definition import Event, Finding, Location, State, Transition
from visualize.graph import Line, Remark, Role
from visualize.marks import Marked, Marks


class FoundMarks(Marks):
    """A line at each part that a finding names by its place; the sentences stand under the picture."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._at: dict[Location, list[str]] = {}
        self.findings = tuple(findings)
        for finding in self.findings:
            self._at.setdefault(finding.location, []).append(finding.rule)

    def state(self, state: State) -> Marked:
        """Return the findings of a state."""
        return self._lines(state.location)

    def event(self, event: Event) -> Marked:
        """Return the findings of an event."""
        return self._lines(event.location)

    def way(self, way: Transition) -> Marked:
        """Return the findings of a way."""
        return self._lines(way.location)

    def remarks(self) -> tuple[Remark, ...]:
        """Return the findings as sentences."""
        return tuple(Remark(f"{finding.rule}: {finding.message}") for finding in self.findings)

    def _lines(self, place: Location | None) -> Marked:
        rules = self._at.get(place, []) if place is not None else []
        return Marked(
            lines=tuple(Line(Role.FINDING, rule.replace("-", " ")) for rule in dict.fromkeys(rules))
        )
