"""State charts (SCXML) as processes: flat and nested states, events, conditions by name, delays that are cancelled.

What stands in the file is kept in its order, which decides there as it does here. A nested state becomes its
leaves, each with the ways of its parents behind its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.definition.model import Location
from engine.definition.source import Node
from engine.design.converting.documents import below, children, first
from engine.design.converting.draft import Converted, Draft, DraftEvent, Way, folded
from engine.design.converting.expressions import condition_name, delay_text

NAMESPACE = "http://www.w3.org/2005/07/scxml"
_STATES = ("state", "final")
_ATTRIBUTES = {
    "scxml": "initial name version datamodel binding exmode",
    "state": "id initial src",
    "final": "id",
    "initial": "",
    "transition": "event cond target type",
    "onentry": "",
    "onexit": "",
    "datamodel": "",
    "data": "id src expr",
    "raise": "event",
    "send": "event eventexpr target targetexpr type typeexpr id idlocation delay delayexpr namelist",
    "cancel": "sendid sendidexpr",
    "log": "label expr",
    "assign": "location expr type attr",
    "script": "src",
    "param": "name expr location",
    "content": "expr",
    "donedata": "",
    "if": "cond",
    "elseif": "cond",
    "else": "",
    "foreach": "array item index",
    "parallel": "id",
    "history": "id type",
    "invoke": "type typeexpr src srcexpr id idlocation namelist autoforward",
    "finalize": "",
}
_REFUSED = {
    "parallel": "States that are active together: an item stands in one state.",
    "history": "A state that remembers where it was: a process has none.",
    "invoke": "Another machine that is started: a process starts none.",
}
_SPLIT = "Make a process of its own for it, or draw the states one after the other."


@dataclass
class _State:
    """A state of the file; ``leaves`` of a nested one are those within it."""

    node: Node
    name: str
    parents: list[_State]
    children: list[_State] = field(default_factory=list)

    @property
    def final(self) -> bool:
        return self.node.name == "final"


def convert_scxml(root: Node, fallback: str) -> Converted:
    """Return the process of a state chart; ``fallback`` is its name when the file gives none."""
    draft = Draft(folded(root.attributes.get("name")) or fallback)
    _check_names(root, draft)
    chart = _Chart(root, draft)
    if not draft.refused:
        chart.convert()
    return draft.converted("scxml", root.location)


def _check_names(root: Node, draft: Draft) -> None:
    """Refuse what is misspelt: there it would be passed over, and the machine would be another one."""
    for node in (root, *below(root)):
        if node.namespace not in (NAMESPACE, ""):
            continue
        known = _ATTRIBUTES.get(node.name)
        if known is None:
            draft.say("refused", node.location, f"<{node.name}> is no element of SCXML.", "Correct its name.")
            continue
        if node.name in _REFUSED:
            draft.say("refused", node.location, f"<{node.name}>: {_REFUSED[node.name]}", _SPLIT)
        for name in node.attributes:
            if not name.startswith("{") and name not in known.split():
                message = f'<{node.name}> has no attribute "{name}".'
                draft.say("refused", node.location, message, "Correct its name, or delete it.")


class _Chart:
    def __init__(self, root: Node, draft: Draft) -> None:
        self._root = root
        self._draft = draft
        self._by_id: dict[str, _State] = {}
        self._numbered = 0
        self._top = [self._state(node, []) for node in children(root, *_STATES)]
        if not self._top:
            draft.say("refused", root.location, "The file has no state.", "Name a file with states.")
        tokens = (node.attributes.get("event", "") for node in below(root))
        self._events = dict.fromkeys(t for text in tokens for t in text.split() if "*" not in t)

    def _state(self, node: Node, parents: list[_State]) -> _State:
        name = folded(node.attributes.get("id"))
        if not name:
            self._numbered += 1
            name = f"state {self._numbered}"
        state = _State(node, name, parents)
        if name in self._by_id:
            message = f'"{name}" is the id of two states.'
            self._draft.say("refused", node.location, message, "Give one of them another id.")
        self._by_id[name] = state
        state.children = [self._state(child, [*parents, state]) for child in children(node, *_STATES)]
        return state

    def convert(self) -> None:
        for state in self._by_id.values():
            if not state.children:
                self._draft.state(state.name)
        self._draft.initial = self._entered(self._initial_of(self._root, self._top)).name
        for state in self._by_id.values():
            self._check_content(state)
            if not state.children:
                _Leaf(self, self._draft, state).convert()

    def _initial_of(self, node: Node, inside: list[_State]) -> _State:
        """Return the state that is entered first within another one: as it says, else the first."""
        wanted, place = node.attributes.get("initial"), node.location
        marked = first(node, "initial")
        if marked is not None:
            way = first(marked, "transition")
            wanted, place = (None if way is None else way.attributes.get("target")), marked.location
        if not wanted:
            return inside[0]
        return self.target(wanted, place) or inside[0]

    def _entered(self, state: _State) -> _State:
        """Return the leaf in which an item stands that enters a state."""
        seen: set[str] = set()
        while state.children and state.name not in seen:
            seen.add(state.name)
            state = self._initial_of(state.node, state.children)
        return state

    def target(self, text: str, place: Location) -> _State | None:
        """Return the state of a target, None after saying what is wrong with it."""
        names = text.split()
        if len(names) != 1:
            self._draft.say("refused", place, f'"{text}": there are several targets.', _SPLIT)
            return None
        found = self._by_id.get(names[0])
        if found is None:
            remedy = "Correct the name, or add the state."
            self._draft.say("refused", place, f'There is no state "{names[0]}".', remedy)
        return found

    def leaf(self, text: str, place: Location) -> str | None:
        """Return the name of the leaf that a way to a target ends in."""
        found = self.target(text, place)
        return None if found is None else self._entered(found).name

    def tokens(self, text: str, place: Location) -> list[str]:
        """Return the events of an ``event`` attribute: each word, and what begins with it and a dot."""
        found: dict[str, None] = {}
        for word in text.split():
            plain = word.removesuffix(".*").removesuffix(".")
            if "*" in plain or not plain:
                message = f'"{word}" is any event at all.'
                self._draft.say("refused", place, message, "Name the events that are meant.")
                continue
            known = [event for event in self._events if event == plain or event.startswith(f"{plain}.")]
            found.update(dict.fromkeys([plain, *known] if plain == word or not known else known))
        return list(found)

    def _check_content(self, state: _State) -> None:
        """Say what of the code of a state is not carried over."""
        read = " ".join(node.attributes.get("cond", "") for node in below(self._root))
        for block in children(state.node, "onentry", "onexit", "transition", "datamodel"):
            for node in below(block):
                self._check_code(node, read)

    def _check_code(self, node: Node, read: str) -> None:
        location = node.attributes.get("location", "")
        if node.name in ("assign", "data") and location and location in read:
            message = f'A condition reads "{location}", which is set here: a process has no variables.'
            remedy = "Let a command set it in your program, and a condition of yours read it there."
            self._draft.say("refused", node.location, message, remedy)
        elif node.name in ("if", "foreach") and any(inner.name == "raise" for inner in below(node)):
            message = f"<{node.name}> decides whether an event is raised."
            remedy = "Write a transition with a condition instead."
            self._draft.say("refused", node.location, message, remedy)
        elif node.name in ("script", "assign", "log", "if", "foreach"):
            message = f"The code in <{node.name}> is not carried over."
            remedy = "Write a command, and name it at the event on which it is to run."
            self._draft.say("dropped", node.location, message, remedy)


class _Leaf:
    """The ways out of one leaf: its own, then those of its parents from the inside out."""

    def __init__(self, chart: _Chart, draft: Draft, state: _State) -> None:
        self._chart = chart
        self._draft = draft
        self._state = state
        self._dead: set[str] = set()

    def convert(self) -> None:
        raised = self._raised()
        delays = self._delays()
        for owner in [self._state, *reversed(self._state.parents)]:
            for node in children(owner.node, "transition"):
                self._way(owner, node, raised, delays)

    def _raised(self) -> set[str]:
        """Return the events that are raised on entering the state."""
        found: set[str] = set()
        for owner in [self._state, *self._state.parents]:
            for block in children(owner.node, "onentry"):
                found |= {n.attributes.get("event", "") for n in children(block, "raise")}
        return found

    def _delays(self) -> dict[str, str]:
        """Return the events that are sent after a time in the state, with that time as a timeout."""
        found: dict[str, str] = {}
        for owner in [self._state, *self._state.parents]:
            cancelled = {
                n.attributes.get("sendid")
                for b in children(owner.node, "onexit")
                for n in children(b, "cancel")
            }
            for block in children(owner.node, "onentry"):
                for node in children(block, "send"):
                    self._delay(node, cancelled, found)
        return found

    def _delay(self, node: Node, cancelled: set[str | None], found: dict[str, str]) -> None:
        event, delay = node.attributes.get("event", ""), node.attributes.get("delay")
        if delay is None:
            message = f'The event "{event}" is sent on entering: nothing here sends it.'
            remedy = "Fire it by your program, or give it a timeout."
            self._draft.say("changed", node.location, message, remedy)
            return
        span = delay_text(delay)
        if span is None:
            message = f'"{delay}" is no time that a timeout can have.'
            self._draft.say("refused", node.location, message, "Write seconds or milliseconds: 90s, 500ms.")
            return
        if node.attributes.get("id") not in cancelled or not node.attributes.get("id"):
            message = (
                f'"{event}" is not cancelled on leaving: there it comes later in another state, here not.'
            )
            remedy = "Give the later states a timeout as well, if that was meant."
            self._draft.say("changed", node.location, message, remedy)
        found[event] = span

    def _way(self, owner: _State, node: Node, raised: set[str], delays: dict[str, str]) -> None:
        text = node.attributes.get("event")
        cond = node.attributes.get("cond")
        condition = condition_name(cond) if cond else None
        if cond:
            message = f'The condition "{folded(cond)}" is kept as a name.'
            self._draft.say("changed", node.location, message, f'Let a plugin register "{condition}".')
        target = self._target(node)
        if target is None:
            return
        if text is not None and not text.strip():
            message = 'event="" fires at once in some engines and never in others.'
            self._draft.say("refused", node.location, message, "Name the event, or delete the attribute.")
        elif text is None:
            self._eventless(node, target, condition)
        else:
            for token in self._chart.tokens(text, node.location):
                self._on(owner, node, token, Way(self._state.name, target, token, condition), raised, delays)

    def _target(self, node: Node) -> str | None:
        text = node.attributes.get("target")
        if text:
            return self._chart.leaf(text, node.location)
        if node.attributes.get("event") is None:
            message = "A transition without event and target runs for ever."
            self._draft.say("refused", node.location, message, "Name its event or its target.")
            return None
        return self._state.name

    def _eventless(self, node: Node, target: str, condition: str | None) -> None:
        if "" in self._dead:
            self._say_dead(node, "no event")
            return
        if condition is not None:
            message = "It is tried at once there, and here by the next conditions run."
            self._draft.say(
                "changed", node.location, message, "Give it an onEnter event if it must not wait."
            )
            self._draft.ways.append(Way(self._state.name, target, None, condition))
            return
        self._dead.add("")
        event = self._draft.event(DraftEvent(f"leave {self._state.name}", on_enter=True))
        early = [way for way in self._draft.ways if way.source == self._state.name and way.event is None]
        for way in early:
            # What is tried at once, one after the other, is one event with conditions.
            self._draft.ways.remove(way)
            self._draft.ways.append(Way(way.source, way.target, event, way.condition))
        self._draft.ways.append(Way(self._state.name, target, event))

    def _on(
        self, owner: _State, node: Node, token: str, way: Way, raised: set[str], delays: dict[str, str]
    ) -> None:
        done = token.startswith("done.state.")
        if done and not (
            self._state.final and token == f"done.state.{owner.name}" and owner is not self._state
        ):
            if not any(token == f"done.state.{s.name}" for s in self._chart._by_id.values() if s.children):
                message = f'"{token}" never comes: it is told of a state with a final one in it.'
                self._draft.say("dropped", node.location, message, "Delete it, or name the state around it.")
            return
        if token in self._dead:
            self._say_dead(node, token)
            return
        if way.condition is None:
            self._dead.add(token)
        event = self._event(token, done or token in raised, delays.get(token))
        self._draft.ways.append(Way(way.source, way.target, event, way.condition))

    def _event(self, token: str, entering: bool, delay: str | None) -> str:
        """Return the name of the event here: one that fires otherwise in another state has a name of its own."""
        event = DraftEvent(token, entering, not entering and delay is None, None if entering else delay)
        known = self._draft.events.get(token)
        if known is not None and known != event:
            event = DraftEvent(f"{token} ({self._state.name})", event.on_enter, event.manual, event.timeout)
        return self._draft.event(event)

    def _say_dead(self, node: Node, what: str) -> None:
        message = f'An earlier transition of "{self._state.name}" without a condition always takes {what}.'
        self._draft.say("dropped", node.location, message, "Delete it, or move it before the other one.")
