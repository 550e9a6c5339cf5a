"""A process in the making, put together from a file of another format, and what has to be said about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from xml.sax.saxutils import escape, quoteattr

from engine.definition.model import OWN_NAMESPACE, Location

Kind = Literal["refused", "changed", "dropped"]
"""refused: the process is not converted; changed: it means something else here; dropped: it has no meaning here."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be said of a place in the other file, and what to do about it."""

    kind: Kind
    message: str
    remedy: str
    location: Location

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        place = self.location
        return {
            "kind": self.kind,
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(frozen=True, slots=True)
class Converted:
    """What came of a file: the text of a process, or None when something is refused."""

    name: str
    format: str
    text: str | None
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """An event: what fires it, and its command."""

    name: str
    on_enter: bool = False
    manual: bool = False
    timeout: str | None = None
    processor: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """A way between two states, by their names; event None: tried by the conditions run."""

    source: str
    target: str
    event: str | None = None
    condition: str | None = None


@dataclass
class Draft:
    """States in order of appearance, ways, events by name, and notices."""

    name: str
    initial: str = ""
    states: dict[str, None] = field(default_factory=dict)
    events: dict[str, DraftEvent] = field(default_factory=dict)
    ways: list[Way] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def say(self, kind: Kind, location: Location, message: str, remedy: str) -> None:
        """Add a notice, once."""
        notice = Notice(kind, message, remedy, location)
        if notice not in self.notices:
            self.notices.append(notice)

    def state(self, wanted: str) -> str:
        """Add a state and return its name: the wanted one, or with a number behind it when that is taken."""
        name = _free(wanted, self.states)
        self.states[name] = None
        return name

    def event(self, event: DraftEvent) -> str:
        """Add an event and return its name; one with the same meaning is the same event."""
        for known in self.events.values():
            if replace(known, name=event.name) == event and (known.name == event.name):
                return known.name
        name = _free(event.name, self.events)
        self.events[name] = replace(event, name=name)
        return name

    @property
    def refused(self) -> bool:
        """Whether something cannot be kept."""
        return any(notice.kind == "refused" for notice in self.notices)

    def converted(self, form: str, root: Location) -> Converted:
        """Return what came of it; that stock is never reserved is said of every process that is converted."""
        if self.refused:
            return Converted(self.name, form, None, tuple(self.notices))
        self.say(
            "changed",
            root,
            "No state reserves stock: the other format does not know of any.",
            'Write reserved="true" on the states in which items are taken out of sale.',
        )
        return Converted(self.name, form, "\n".join(self._lines()) + "\n", tuple(self.notices))

    def _lines(self) -> Iterator[str]:
        yield '<?xml version="1.0" encoding="UTF-8"?>'
        yield f"<statemachine xmlns={quoteattr(OWN_NAMESPACE)}>"
        yield f'    <process name={quoteattr(self.name)} main="true">'
        yield from _section("states", (self._state(name) for name in self.states))
        yield from _section("transitions", (line for way in dict.fromkeys(self.ways) for line in _way(way)))
        used = {way.event for way in self.ways}
        yield from _section("events", (_event(e) for e in self.events.values() if e.name in used))
        yield "    </process>"
        yield "</statemachine>"

    def _state(self, name: str) -> str:
        initial = ' initial="true"' if name == self.initial else ""
        return f"<state name={quoteattr(name)}{initial}/>"


def _free(wanted: str, taken: Iterable[str]) -> str:
    name, number = wanted, 1
    while name in set(taken):
        number += 1
        name = f"{wanted} {number}"
    return name


def _section(name: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"        <{name}>"
        yield from (f"            {line}" for line in found)
        yield f"        </{name}>"


def _way(way: Way) -> Iterator[str]:
    condition = f" condition={quoteattr(way.condition)}" if way.condition else ""
    yield f"<transition{condition}>"
    yield f"    <source>{escape(way.source)}</source>"
    yield f"    <target>{escape(way.target)}</target>"
    if way.event:
        yield f"    <event>{escape(way.event)}</event>"
    yield "</transition>"


def _event(event: DraftEvent) -> str:
    values = {
        "name": event.name,
        "onEnter": "true" if event.on_enter else None,
        "manual": "true" if event.manual else None,
        "timeout": event.timeout,
        "timeoutProcessor": event.processor,
        "command": event.command,
    }
    return f"<event {' '.join(f'{n}={quoteattr(v)}' for n, v in values.items() if v)}/>"


def folded(text: str | None) -> str:
    """Return a name on one line: white space within it folded, none around it, none of its control characters."""
    shown = (c for c in text or "" if c.isprintable() or c.isspace())
    return " ".join("".join(shown).split())
