"""The events of a converted BPMN process: what ends a task or a waiting, and what it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.definition.source import Node
from engine.design.converting.bpmn_model import (
    AUTOMATIC,
    WAITING,
    command_of,
    event_kinds,
    kind_of,
    name_of,
)
from engine.design.converting.documents import below, children
from engine.design.converting.draft import Draft, DraftEvent, folded
from engine.design.converting.expressions import condition_name, is_expression


class Events:
    """Adds events to a draft; ``names`` are those of messages and errors by their ids."""

    def __init__(self, draft: Draft, names: Mapping[str, str]) -> None:
        self._draft = draft
        self._names = names

    def leaving(self, node: Node, state: str) -> str:
        """Return the event on which an item leaves the state of a node."""
        name = name_of(node)
        definitions = event_kinds(node)
        if node.name in WAITING or (node.name == "startEvent" and definitions):
            if node.name == "startEvent" and kind_of(definitions[0]) == "timer":
                message = "Nothing here starts items by a timer."
                self._draft.say("changed", node.location, message, "Place the orders by a job of your own.")
                return self._draft.event(DraftEvent(f"leave {state}", on_enter=True))
            return self.caught(node, definitions[0] if definitions else None, name)
        if node.name in AUTOMATIC or node.name == "intermediateThrowEvent":
            return self._command(node, definitions, state, name)
        if node.name == "startEvent":
            return self._draft.event(DraftEvent(f"leave {state}", on_enter=True))
        self._say_dropped(node)
        return self._draft.event(DraftEvent(name, manual=True))

    def _command(self, node: Node, definitions: Sequence[Node], state: str, name: str) -> str:
        found = command_of(node)
        if found is None and definitions:
            found = f"send {self._reference(definitions[0], name)}"
        command = found or name
        message = f'What "{name}" does is kept as the name of a command.'
        if any(child.name == "script" for child in node.children):
            message = f'The code of "{name}" is not carried over, only the name of a command.'
        self._draft.say("changed", node.location, message, f'Let a plugin register "{command}".')
        return self._draft.event(DraftEvent(f"{state}: done", on_enter=True, command=command))

    def _say_dropped(self, node: Node) -> None:
        listed = [key.rpartition("}")[2] for key in node.attributes if key.startswith("{")]
        forms = [
            inner.name for inner in below(node) if inner.name in ("formDefinition", "assignmentDefinition")
        ]
        if listed or forms:
            words = ", ".join(dict.fromkeys([*listed, *forms]))
            message = f'Of "{name_of(node)}" the form and who does it are not carried over ({words}).'
            self._draft.say("dropped", node.location, message, "")

    def _reference(self, definition: Node, name: str) -> str:
        """Return the name of the message or error that an event is about, else its own."""
        for key in ("messageRef", "errorRef"):
            if key in definition.attributes:
                return self._names.get(definition.attributes[key].rpartition(":")[2], name) or name
        return name

    def caught(self, node: Node, definition: Node | None, name: str) -> str:
        """Return the event by which a waiting node goes on: a message is fired by hand, a timer by time."""
        if definition is None:
            wanted = self._names.get(node.attributes.get("messageRef", "").rpartition(":")[2], name)
            return self._draft.event(DraftEvent(wanted, manual=True))
        kind = kind_of(definition)
        if kind == "timer":
            return self._draft.event(self._timer(node, definition, name))
        said = self._reference(definition, name)
        if kind == "error":
            message = f'Somebody has to fire the event "{said}" when the error comes.'
            self._draft.say(
                "changed", node.location, message, "Fire it by your program, or let a condition tell."
            )
            return self._draft.event(DraftEvent(said))
        return self._draft.event(DraftEvent(said, manual=True))

    def _timer(self, node: Node, definition: Node, name: str) -> DraftEvent:
        text = folded(next((n.text for n in children(definition, "timeDuration")), ""))
        if is_expression(text):
            processor = condition_name(text)
            message = f'The time "{text}" is computed by a timeout processor; until then it is a day.'
            self._draft.say("changed", node.location, message, f'Let a plugin register "{processor}".')
            return DraftEvent(name, timeout="1 day", processor=processor)
        return DraftEvent(name, timeout=text.strip("\"'"))
