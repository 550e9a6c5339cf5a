"""Step one of drawing: a process becomes a graph. Only this step knows what events and conditions are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from engine.definition import Dialect, Event, Finding, Process, RegisteredNames, State, Transition, nearest
from engine.errors import UnknownState
from visualize.found import FoundMarks
from visualize.graph import Cluster, Edge, Graph, Line, Mark, Node, NodeKind, Role, Trigger
from visualize.marks import NOTHING, Marked, Marks
from visualize.tables import tables_of
from visualize.text import items
from visualize.wording import Wording


def graph_of(
    process: Process,
    *,
    registered: RegisteredNames | None = None,
    highlight: str | None = None,
    counts: Mapping[str, int] | None = None,
    findings: Sequence[Finding] = (),
    heat: Mapping[str, tuple[float, str]] | None = None,
    stamp: Sequence[str] = (),
) -> Graph:
    """Return the picture of a process.

    With ``registered``, commands carry their scope and names that no plugin registers are marked as missing;
    without, nothing is judged. ``highlight`` is the name of a state to stand out. ``counts`` gives live items
    by state name, ``heat`` how much falls on a state (from 0 to 1) and how that reads. ``findings`` are told at the
    states, events and ways whose place they name. ``stamp`` says where the process comes from. Raises
    UnknownState when ``highlight`` is not a state of the process.
    """
    if highlight is not None and highlight not in process.state_by_name:
        raise unknown_state(process, highlight, "to highlight")
    marks = FoundMarks(findings)
    graph = Builder(process, Wording(registered), highlight, counts, marks).graph()
    nodes = tuple(_heated(node, heat) for node in graph.nodes) if heat is not None else graph.nodes
    return replace(graph, nodes=nodes, remarks=marks.remarks(), stamp=tuple(stamp))


def _heated(node: Node, heat: Mapping[str, tuple[float, str]]) -> Node:
    if node.kind is not NodeKind.STATE:
        return node
    value, told = heat.get(node.name, (0.0, ""))
    lines = (*node.lines, Line(Role.MEASURE, told)) if told else node.lines
    return replace(node, heat=value, lines=lines)


def unknown_state(process: Process, name: str, wanted: str) -> UnknownState:
    """Return the refusal of a name that is no state; ``wanted`` says for what it was asked."""
    names = [state.name for state in process.states]
    near = nearest(name, names)
    hint = "" if near is None else f"Did you mean {near!r}? "
    listed = ", ".join(names) or "none"
    return UnknownState(
        f"Process {process.name!r} has no state {name!r} {wanted}.",
        remedy=f"{hint}Its states are: {listed}.",
        state=name,
        states=names,
    )


def _trigger(event: Event | None) -> Trigger:
    if event is None:
        return Trigger.EVENTLESS
    if event.on_enter:
        return Trigger.ON_ENTER
    if event.timeout is not None:
        return Trigger.TIMEOUT
    return Trigger.MANUAL if event.manual else Trigger.CALL


class Builder:
    """Holds what every step needs; the process itself is never changed."""

    def __init__(
        self,
        process: Process,
        wording: Wording,
        highlight: str | None = None,
        counts: Mapping[str, int] | None = None,
        marks: Marks | None = None,
    ) -> None:
        self._process = process
        self._wording = wording
        self._highlight = highlight
        self._counts = counts or {}
        self._marks = marks or Marks()
        self._taken: set[str] = set()
        self._happy = {i for t in process.transitions if t.happy for i in (t.source, t.target)}
        self._clusters = {
            name: Cluster(f"cluster: {name}", name, main=position == 0)
            for position, name in enumerate(process.processes)
        }
        self._state_ids = [self._unique(state.name) for state in process.states]
        self._nodes: list[Node] = [self._state_node(state) for state in process.states]
        self._edges: list[Edge] = []

    def graph(self) -> Graph:
        """Return the picture."""
        self._add_start()
        for state in self._process.states:
            for event, group in self._groups(state):
                self._add_group(state, event, group)
        used = {node.cluster for node in self._nodes}
        return Graph(
            name=self._process.name,
            version=self._process.version,
            several_true="first" if self._process.dialect is Dialect.OWN else "last",
            nodes=tuple(self._nodes),
            edges=tuple(self._edges),
            clusters=tuple(cluster for cluster in self._clusters.values() if cluster.id in used),
            tables=tables_of(self._process, self._wording, self._counts),
            notes=tuple(self._notes()),
        )

    def _unique(self, wanted: str) -> str:
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted} #{number}"
        self._taken.add(name)
        return name

    def _cluster_of(self, state: State) -> str:
        # A process built by hand may name a subprocess only in its states.
        return self._clusters.setdefault(
            state.process, Cluster(f"cluster: {state.process}", state.process)
        ).id

    def _state_node(self, state: State) -> Node:
        leaving = [t for t in self._process.outgoing[state.index] if t.target != state.index]
        lines = [Line(Role.NAME, state.name)]
        if state.display:
            lines.append(Line(Role.DISPLAY, state.display))
        if state.reserved:
            lines.append(Line(Role.RESERVED, "reserved"))
        lines.extend(Line(Role.FLAG, flag) for flag in state.flags)
        after = self._process.closing[state.index]
        if after:
            lines.append(Line(Role.TIMEOUT, f"final after {after}"))
        marked = self._marks.state(state)
        return Node(
            id=self._state_ids[state.index],
            kind=NodeKind.STATE,
            name=state.name,
            cluster=self._cluster_of(state),
            lines=(*lines, *marked.lines),
            reserved=state.reserved,
            final=not leaving or after == "",
            happy=state.index in self._happy,
            highlighted=state.name == self._highlight,
            count=self._counts.get(state.name) or None,
            mark=marked.mark,
            numbers=marked.numbers,
        )

    def _add_start(self) -> None:
        if self._process.initial is None:
            return
        initial = self._process.states[self._process.initial]
        start = Node(self._unique("start"), NodeKind.START, "start", self._cluster_of(initial))
        self._nodes.append(start)
        target = self._state_ids[initial.index]
        happy = initial.index in self._happy
        told = self._marks.start()
        self._edges.append(
            Edge(
                self._unique("start ->"),
                start.id,
                target,
                Trigger.START,
                told.lines,
                happy,
                told.mark,
                told.numbers,
            )
        )

    def _groups(self, state: State) -> Iterator[tuple[Event | None, tuple[Transition, ...]]]:
        for event in dict.fromkeys(t.event for t in self._process.outgoing[state.index]):
            found = self._process.candidates(state.index, event)
            yield (None if event is None else self._process.events[event]), found

    def _add_group(self, state: State, event: Event | None, group: tuple[Transition, ...]) -> None:
        source, trigger = self._state_ids[state.index], _trigger(event)
        said = f"{state.name} / {event.name if event else 'no event'}"
        lines = self._wording.event_lines(event) if event else ()
        told = self._marks.event(event) if event else NOTHING
        lines += told.lines
        if len(group) == 1:
            only = group[0]
            extra = (self._wording.condition_line(only.condition),) if only.condition else ()
            self._edges.append(self._edge(said, source, only, trigger, lines + extra, told))
            return
        decision = Node(self._unique(f"{said} ?"), NodeKind.DECISION, said, self._cluster_of(state))
        self._nodes.append(decision)
        happy = any(transition.happy for transition in group)
        mark = told.mark or self._common_mark(group)
        self._edges.append(
            Edge(self._unique(said), source, decision.id, trigger, lines, happy, mark, told.numbers)
        )
        for transition, line in zip(group, self._branch_lines(group), strict=True):
            wanted = f"{said} / {line.text}"
            self._edges.append(self._edge(wanted, decision.id, transition, Trigger.BRANCH, (line,), NOTHING))

    def _common_mark(self, group: tuple[Transition, ...]) -> Mark | None:
        """Return what has become of all ways of a group, None where it is not the same for all."""
        marks = {self._marks.way(way).mark for way in group}
        if Mark.TAKEN in marks:
            return Mark.TAKEN
        mark = marks.pop()
        return mark if not marks and mark in (Mark.ADDED, Mark.REMOVED) else None

    def _edge(
        self,
        wanted: str,
        source: str,
        transition: Transition,
        trigger: Trigger,
        lines: tuple[Line, ...],
        told: Marked,
    ) -> Edge:
        target = self._state_ids[transition.target]
        way = self._marks.way(transition)
        return Edge(
            self._unique(wanted),
            source,
            target,
            trigger,
            lines + way.lines,
            transition.happy,
            way.mark or told.mark,
            tuple(sorted((*way.numbers, *told.numbers))),
        )

    def _branch_lines(self, group: tuple[Transition, ...]) -> Iterator[Line]:
        open_text = "else" if any(t.condition for t in group) else "always"
        for transition in group:
            if transition.condition:
                yield self._wording.condition_line(transition.condition)
            elif self._marks.way(transition).mark is Mark.REMOVED:
                yield Line(Role.ELSE, "without a condition")
            else:
                yield Line(Role.ELSE, open_text)
                # The engine takes the first way without a condition; a second one is dead.
                open_text = "never: an earlier way without condition wins"

    def _notes(self) -> Iterator[str]:
        strangers = {n: c for n, c in self._counts.items() if n not in self._process.state_by_name and c}
        if strangers:
            listed = ", ".join(f"{name} ({count})" for name, count in sorted(strangers.items()))
            total = sum(strangers.values())
            verb = "is in a state" if total == 1 else "are in states"
            yield f"{items(total)} {verb} that this version does not have: {listed}."
