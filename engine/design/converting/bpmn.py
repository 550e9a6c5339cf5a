"""BPMN 2.0 processes as order processes: an item stands in one state, so what runs side by side is refused.

Tasks, waiting events and ends become states; exclusive gateways become conditions of the ways between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.definition.source import Node
from engine.design.converting.bpmn_events import Events
from engine.design.converting.bpmn_model import (
    AUTOMATIC,
    BY_HAND,
    CONTAINERS,
    WAITING,
    Flow,
    Scope,
    dropped_in,
    event_kinds,
    ident,
    kind_of,
    name_of,
    named_elements,
    processes_of,
    strangers_in,
    twice_in,
)
from engine.design.converting.bpmn_problems import problems_of
from engine.design.converting.draft import Converted, Draft, DraftEvent, Way, folded
from engine.design.converting.expressions import condition_name
from engine.nouns import count

_DEEPEST = 60
"""How many gateways may follow on each other."""

_MOST_WAYS = 10_000
"""How many nodes are looked at in all on the ways through gateways: each doubles what stands before it."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """Where a way leads, and the conditions on it."""

    target: str
    conditions: tuple[str, ...] = ()

    @property
    def condition(self) -> str | None:
        return " and ".join(self.conditions) or None


@dataclass
class _Inside:
    """A scope on its way into the process: the prefix of its names, and what follows its end."""

    scope: Scope
    prefix: str = ""
    outer: tuple[_Inside, str] | None = None
    states: dict[str, str] = field(default_factory=dict)
    inner: dict[str, _Inside] = field(default_factory=dict)


def convert_bpmn(
    root: Node, fallback: str, wanted: str | None = None, others: Sequence[Node] = ()
) -> Converted:
    """Return the process of a BPMN file; ``wanted`` names one of several by name or id.

    ``others`` are the roots of files that have the processes that call activities name.
    """
    found = processes_of(root)
    names = [folded(p.attributes.get("name")) or ident(p) or fallback for p in found]
    chosen = [p for p, name in zip(found, names, strict=True) if wanted in (None, name, ident(p))]
    draft = Draft(fallback)
    if len(chosen) != 1:
        _refuse_choice(draft, root, names, wanted)
        return draft.converted("bpmn", root.location)
    (process,) = chosen
    draft.name = (folded(process.attributes.get("name")) or fallback).strip()
    called = {ident(p): p for file in (root, *others) for p in processes_of(file)}
    names_of = {key: name for file in (root, *others) for key, name in named_elements(file).items()}
    for word, element in dropped_in(root):
        draft.say("dropped", element.location, f"There are {word}, which have no meaning here.", "")
    for element in strangers_in(process):
        draft.say("refused", element.location, f"<{element.name}> is not known in a process.", "Delete it.")
    for element in twice_in(process):
        message = f'"{ident(element)}" is the id of two elements.'
        draft.say("refused", element.location, message, "Give one of them another id.")
    _Process(draft, called, names_of).convert(process)
    return draft.converted("bpmn", process.location)


def _refuse_choice(draft: Draft, root: Node, names: Sequence[str], wanted: str | None) -> None:
    listed = ", ".join(f'"{name}"' for name in names)
    if not names:
        draft.say("refused", root.location, "The file has no process.", "Name a file that has one.")
    elif wanted is None:
        message = f"The file has {count(len(names), 'process')}: {listed}."
        draft.say("refused", root.location, message, "Say which one: --process NAME.")
    else:
        draft.say(
            "refused", root.location, f'Not one process is "{wanted}".', f"The processes are: {listed}."
        )


class _Process:
    def __init__(self, draft: Draft, called: Mapping[str, Node], names: Mapping[str, str]) -> None:
        self._draft = draft
        self._called = called
        self._events = Events(draft, names)
        self._calls: list[str] = []
        self._left = _MOST_WAYS

    def convert(self, process: Node) -> None:
        inside = self._enter(Scope.of(process), "", None)
        self._begin(inside)
        self._leave_all(inside)
        if not self._draft.states:
            self._draft.say(
                "refused", process.location, "Nothing in it is a state.", "Draw a task or an end."
            )

    # What is a state, and what cannot be kept

    def _enter(self, scope: Scope, prefix: str, outer: tuple[_Inside, str] | None) -> _Inside:
        inside = _Inside(scope, prefix, outer)
        for name, node in scope.nodes.items():
            if self._refuses(node, scope):
                continue
            if node.name in (*CONTAINERS, "callActivity"):
                self._enter_part(inside, name, node)
            elif self._is_state(node, inside):
                inside.states[name] = self._draft.state(f"{prefix}{name_of(node)}")
        return inside

    def _enter_part(self, inside: _Inside, name: str, node: Node) -> None:
        scope = Scope.of(node)
        if node.name == "callActivity":
            wanted = node.attributes.get("calledElement", "")
            target = self._called.get(wanted)
            if target is None or wanted in self._calls:
                message = f'It calls "{wanted}", which is not in the files that are given.'
                if wanted in self._calls:
                    message = f'"{wanted}" calls itself.'
                self._draft.say("refused", node.location, message, "Give its file as well: --with FILE.")
                return
            scope = Scope.of(target)
            self._calls.append(wanted)
        inside.inner[name] = self._enter(scope, f"{inside.prefix}{name_of(node)} - ", (inside, name))
        if node.name == "callActivity":
            self._calls.pop()

    def _is_state(self, node: Node, inside: _Inside) -> bool:
        if node.name in (*AUTOMATIC, *BY_HAND, *WAITING, "eventBasedGateway"):
            return not self._follows_event_gateway(node, inside)
        if node.name in ("startEvent", "endEvent"):
            return inside.outer is None
        if node.name == "exclusiveGateway":
            return self._is_choice(node, inside)
        return node.name == "intermediateThrowEvent" and bool(event_kinds(node))

    def _follows_event_gateway(self, node: Node, inside: _Inside) -> bool:
        """Return whether an event is waited for by the gateway before it, and by nothing else."""
        sources = [
            source for source, flows in inside.scope.flows.items() for f in flows if f.target == ident(node)
        ]
        kinds = {inside.scope.nodes[source].name for source in sources if source in inside.scope.nodes}
        return kinds == {"eventBasedGateway"}

    def _is_choice(self, node: Node, inside: _Inside) -> bool:
        """Return whether nobody says how a gateway decides: then somebody does, by an event for each way."""
        flows = inside.scope.out(ident(node))
        return len(flows) > 1 and not any(flow.condition or flow.default for flow in flows)

    def _refuses(self, node: Node, scope: Scope) -> bool:
        problems = list(problems_of(node, scope))
        for message, remedy in problems:
            self._draft.say("refused", node.location, message, remedy)
        return bool(problems)

    # Where an item comes to

    def _begin(self, inside: _Inside) -> None:
        starts = inside.scope.starts()
        if len(starts) == 1:
            self._draft.initial = inside.states.get(ident(starts[0]), "")
            return
        process = inside.scope.node
        if starts:
            self._draft.initial = self._draft.state("new")
            message = "There are several beginnings: items wait in a state until one of them comes."
            self._draft.say(
                "changed", process.location, message, "Fire the event of the beginning that is meant."
            )
            return
        first = inside.scope.first()
        if first is None:
            self._draft.say("refused", process.location, "There is no beginning.", "Draw a start event.")
            return
        branches = self._entry(inside, ident(first))
        self._draft.initial = branches[0].target if branches else ""
        self._draft.say(
            "changed",
            first.location,
            "There is no start event: items start where no flow leads to.",
            "Draw a start event.",
        )

    def _entry(self, inside: _Inside, name: str, depth: int = 0) -> list[_Branch]:
        """Return where an item comes to that reaches a node, in the order in which conditions are tried."""
        node = inside.scope.nodes.get(name)
        if node is None:
            return []
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            message = (
                "Gateways lead in a circle, or too many follow on each other, without a task between them."
            )
            self._draft.say("refused", node.location, message, "Draw a task or an event between them.")
            return []
        if name in inside.states:
            return [_Branch(inside.states[name])]
        if name in inside.inner:
            return self._into(inside.inner[name], node, depth)
        if node.name == "endEvent":
            return self._after(inside, depth)
        return self._along(inside, inside.scope.out(name), depth)

    def _into(self, inner: _Inside, node: Node, depth: int) -> list[_Branch]:
        starts = inner.scope.starts()
        first = starts[0] if len(starts) == 1 else inner.scope.first() if not starts else None
        if first is None:
            message = f'"{name_of(node)}" has not exactly one beginning.'
            self._draft.say("refused", node.location, message, "Draw one start event in it.")
            return []
        return self._entry(inner, ident(first), depth + 1)

    def _after(self, inside: _Inside, depth: int) -> list[_Branch]:
        """Return where an item comes to that has reached the end of a part, or of the process."""
        if inside.outer is None:
            name = "end"
            self._draft.states.setdefault(name)
            return [_Branch(name)]
        outer, part = inside.outer
        flows = outer.scope.out(part)
        return self._along(outer, flows, depth + 1) if flows else self._after(outer, depth + 1)

    def _along(self, inside: _Inside, flows: Sequence[Flow], depth: int = 0) -> list[_Branch]:
        """Return where flows lead, each with its condition and those behind it."""
        found: list[_Branch] = []
        several = len(flows) > 1
        if several and not any(flow.default or not flow.condition for flow in flows):
            self._draft.say(
                "changed",
                flows[0].node.location,
                "There is no default: when no condition is true, the item waits here and is no error.",
                "Mark one flow as the default if it must go on.",
            )
        for flow in flows:
            condition = self._condition(flow, several)
            for branch in self._entry(inside, flow.target, depth + 1):
                found.append(replace(branch, conditions=(*condition, *branch.conditions)))
        return found

    def _condition(self, flow: Flow, several: bool) -> tuple[str, ...]:
        if flow.condition is None or flow.default:
            if flow.default and flow.condition:
                message = "The condition of a default flow is never asked."
                self._draft.say("dropped", flow.node.location, message, "Delete it.")
            elif several and not flow.default:
                message = "A flow without a condition beside others is taken when none of them is true."
                self._draft.say(
                    "changed", flow.node.location, message, "Mark it as the default if that is meant."
                )
            return ()
        if not flow.condition:
            message = "An empty condition is taken as none."
            self._draft.say("changed", flow.node.location, message, "Delete it, or write it.")
            return ()
        name = condition_name(flow.condition)
        message = f'The condition "{flow.condition}" is kept as a name.'
        self._draft.say("changed", flow.node.location, message, f'Let a plugin register "{name}".')
        return (name,)

    # How it goes on

    def _leave_all(self, inside: _Inside) -> None:
        for name, node in inside.scope.nodes.items():
            if name in inside.inner:
                self._leave_all(inside.inner[name])
            if name in inside.states:
                self._leave(inside, node, inside.states[name])
            for boundary in inside.scope.boundaries.get(name, ()):
                self._interrupt(inside, name, boundary)

    def _leave(self, inside: _Inside, node: Node, state: str) -> None:
        if node.name == "endEvent":
            self._end(node)
            return
        if node.name in ("eventBasedGateway", "exclusiveGateway"):
            self._choose(inside, node, state)
            return
        event = self._events.leaving(node, state)
        if node.name == "startEvent" and state != self._draft.initial:
            # One of several beginnings: somebody fires it in the state in which items wait.
            chosen = self._draft.event(DraftEvent(f"begin: {name_of(node)}", manual=True))
            self._draft.ways.append(Way(self._draft.initial, state, chosen))
        flows = inside.scope.out(ident(node))
        branches = self._along(inside, flows) if flows else self._after(inside, 0)
        self._go(state, event, branches)

    def _go(self, state: str, event: str | None, branches: Sequence[_Branch]) -> None:
        self._draft.ways += [Way(state, branch.target, event, branch.condition) for branch in branches]

    def _end(self, node: Node) -> None:
        for definition in event_kinds(node):
            kind = kind_of(definition)
            if kind in ("message", "error"):
                message = f'The {kind} of the end "{name_of(node)}" is not sent.'
                self._draft.say(
                    "changed", node.location, message, "Send it by a command of the event before it."
                )

    def _choose(self, inside: _Inside, node: Node, state: str) -> None:
        """A state that is left by the first of several events, or by what somebody decides."""
        flows = inside.scope.out(ident(node))
        if node.name == "exclusiveGateway":
            if any(not flow.name for flow in flows):
                message = f'"{name_of(node)}": nothing says how it decides.'
                remedy = "Write conditions, or name the flows: they become events that somebody fires."
                self._draft.say("refused", node.location, message, remedy)
                return
            message = f'"{name_of(node)}" has no conditions: somebody decides by an event for each flow.'
            self._draft.say("changed", node.location, message, "Write conditions if a program decides.")
            for flow in flows:
                event = self._draft.event(DraftEvent(flow.name, manual=True))
                self._go(state, event, self._entry(inside, flow.target))
            return
        for flow in flows:
            caught = inside.scope.nodes.get(flow.target)
            if caught is None or caught.name not in WAITING:
                message = f'"{name_of(node)}" is followed by something that is not waited for.'
                self._draft.say("refused", node.location, message, "Draw events behind it.")
                continue
            kinds = event_kinds(caught)
            event = self._events.caught(caught, kinds[0] if kinds else None, name_of(caught))
            self._go(state, event, self._along(inside, inside.scope.out(flow.target)))

    def _interrupt(self, inside: _Inside, name: str, boundary: Node) -> None:
        """What ends a task from outside: an event of its state, of a part an event of each state in it."""
        definitions = event_kinds(boundary)
        if self._refuses(boundary, inside.scope) or not definitions:
            return
        event = self._events.caught(
            boundary, definitions[0], self._name_of_boundary(boundary, definitions[0])
        )
        branches = self._along(inside, inside.scope.out(ident(boundary)))
        for state in self._states_in(inside, name):
            self._go(state, event, branches)

    def _name_of_boundary(self, boundary: Node, definition: Node) -> str:
        name = folded(boundary.attributes.get("name"))
        return name or {"timer": "time is over", "error": "error"}.get(kind_of(definition), "message")

    def _states_in(self, inside: _Inside, name: str) -> Iterator[str]:
        if name in inside.states:
            yield inside.states[name]
        inner = inside.inner.get(name)
        if inner is not None:
            for part in inner.scope.nodes:
                yield from self._states_in(inner, part)
