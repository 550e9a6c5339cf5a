"""All processes as pages to browse: one for each, and one that says where every name is used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from engine.definition import Process
from visualize.graph import Graph
from visualize.look import Look
from visualize.page import dark_sheet, page_of, templates

HOME = "index.html"
"""The page that lists everything."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A process of the pages, and its graph."""

    process: Process
    graph: Graph


@dataclass(frozen=True, slots=True)
class Use:
    """Where a name is used: a process, its page, and what it is there."""

    process: str
    page: str
    told: str
    state: str | None = None

    @property
    def link(self) -> str:
        """The address of the place, from the page that lists everything."""
        return self.page if self.state is None else f"{self.page}#state={quote(self.state)}"


@dataclass(frozen=True, slots=True)
class Name:
    """A name and all its uses."""

    name: str
    uses: tuple[Use, ...]


def site_of(entries: Sequence[Entry], look: Look) -> dict[str, str]:
    """Return the pages by their file names: ``index.html``, and one for each process. They ask nobody for anything.

    Raises LayoutUnavailable or DiagramFailed.
    """
    pages = _pages(entries)
    found = {pages[n]: page_of([e.graph], look=look, home=HOME) for n, e in enumerate(entries)}
    template = templates().get_template("site.html")
    rows = [
        {
            "name": entry.process.name,
            "page": pages[n],
            "version": entry.process.version,
            "stamp": ", ".join(entry.graph.stamp[1:]),
            "states": len(entry.process.states),
            "reserved": sum(state.reserved for state in entry.process.states),
            "events": len(entry.process.events),
            "ways": len(entry.process.transitions),
        }
        for n, entry in enumerate(entries)
    ]
    text = template.render(
        rows=rows, lists=_lists(entries, pages), theme=look.theme, dark=Markup(dark_sheet())
    )
    return {HOME: text, **found}


def _pages(entries: Sequence[Entry]) -> list[str]:
    """Return the file name of each process: its name as far as any file may be called so, and no two the same."""
    found: list[str] = []
    taken = {HOME}
    for entry in entries:
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", entry.process.name).strip("-")[:80] or "process"
        name, number = f"{plain}.html", 1
        while name.lower() in taken:
            number += 1
            name = f"{plain}-{number}.html"
        taken.add(name.lower())
        found.append(name)
    return found


def _lists(entries: Sequence[Entry], pages: Sequence[str]) -> dict[str, list[Name]]:
    found: dict[str, dict[str, list[Use]]] = {
        title: {}
        for title in (
            "States",
            "Events",
            "Commands",
            "Conditions",
            "Timeout processors",
            "Flags",
            "Subprocesses",
        )
    }
    for entry, page in zip(entries, pages, strict=True):
        for title, name, use in _uses(entry.process, page):
            uses = found[title].setdefault(name, [])
            if use not in uses:
                uses.append(use)
    return {
        title: [Name(name, tuple(uses)) for name, uses in sorted(names.items(), key=lambda n: n[0].lower())]
        for title, names in found.items()
    }


def _uses(process: Process, page: str) -> Iterator[tuple[str, str, Use]]:
    for state in process.states:
        told = "reserved" if state.reserved else "not reserved"
        yield "States", state.name, Use(process.name, page, told, state.name)
        for flag in state.flags:
            yield "Flags", flag, Use(process.name, page, f"state {state.name}", state.name)
    for name in process.processes[1:]:
        yield "Subprocesses", name, Use(process.name, page, "part of it")
    for way in process.transitions:
        source, target = process.states[way.source].name, process.states[way.target].name
        told = f"{source} \u2192 {target}"
        event = None if way.event is None else process.events[way.event]
        if way.condition:
            fired = f", on {event.name}" if event else ""
            yield "Conditions", way.condition, Use(process.name, page, told + fired, source)
        if event is None:
            continue
        yield "Events", event.name, Use(process.name, page, told, source)
        if event.command:
            yield "Commands", event.command, Use(process.name, page, f"event {event.name}: {told}", source)
        if event.timeout_processor:
            told = f"event {event.name}: {told}"
            yield "Timeout processors", event.timeout_processor, Use(process.name, page, told, source)
    used = {way.event for way in process.transitions}
    for event in process.events:
        if event.index not in used:
            yield "Events", event.name, Use(process.name, page, "not used")
