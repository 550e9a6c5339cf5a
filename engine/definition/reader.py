"""Element tree -> declarations: which elements and attributes exist, and how their texts are read.

Elements are matched by local name and sections come in any order, because real files use half a dozen
namespaces and every order. Whatever is not known is reported, never silently dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.definition.declarations import (
    EventDeclaration,
    FileDeclaration,
    ProcessDeclaration,
    Reference,
    StateDeclaration,
    TransitionDeclaration,
)
from engine.definition.findings import FindingList
from engine.definition.model import OWN_NAMESPACE
from engine.definition.source import Node
from engine.duration import DurationInvalid, parse_duration

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "statemachine": (),
    "process": ("name", "main", "file", "prefix"),
    "subprocesses": (),
    "states": (),
    "state": ("name", "display", "reserved", "initial", "hold", "final"),
    "flag": (),
    "transitions": (),
    "transition": ("condition", "happy"),
    "source": (),
    "target": (),
    "events": (),
    "event": ("name", "onEnter", "manual", "command", "timeout", "timeoutProcessor"),
}
"""The elements of the format and their attributes."""

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_SCHEMA_INSTANCE = ("{http://www.w3.org/2001/XMLSchema-instance}", "{http://www.w3.org/XML/1998/namespace}")


def read_file(root: Node, findings: FindingList) -> FileDeclaration | None:
    """Return what the file with this root element declares, or None when it is no process file."""
    if root.name != "statemachine":
        message = f"The root element is <{root.name}>, not <statemachine>."
        findings.add("wrong-root", root.location, message, "Name a process definition file.")
        return None
    return _Reader(findings).file(root)


class _Reader:
    def __init__(self, findings: FindingList) -> None:
        self._findings = findings
        self._own = False

    def file(self, root: Node) -> FileDeclaration:
        self._own = root.namespace == OWN_NAMESPACE
        self._check_namespace(root)
        self._check_attributes(root, ATTRIBUTES["statemachine"])
        processes = [self._process(child) for child in self._children(root, "process")]
        return FileDeclaration(root.namespace, tuple(processes), root.location)

    def _process(self, node: Node) -> ProcessDeclaration:
        self._check_attributes(node, ATTRIBUTES["process"])
        sections = {name: list[Node]() for name in ("subprocesses", "states", "transitions", "events")}
        for section in self._children(node, *sections):
            self._check_attributes(section, ())
            self._check_section(section, sections[section.name])
            sections[section.name].append(section)
        listed = (self._text(child) for child in self._items(sections["subprocesses"], "process"))
        states = (self._state(child) for child in self._items(sections["states"], "state"))
        events = (self._event(child) for child in self._items(sections["events"], "event"))
        transitions = (
            self._transition(child) for child in self._items(sections["transitions"], "transition")
        )
        return ProcessDeclaration(
            name=self._value(node, "name"),
            main=self._boolean(node, "main"),
            file=self._value(node, "file"),
            prefix=self._value(node, "prefix"),
            subprocesses=tuple(reference for reference in listed if reference),
            states=tuple(state for state in states if state),
            events=tuple(event for event in events if event),
            transitions=tuple(transition for transition in transitions if transition),
            location=node.location,
        )

    def _check_section(self, section: Node, before: list[Node]) -> None:
        if before and not self._own:
            message = f"The process has another <{section.name}> before this one; both are read here. "
            message += "The engine that such files come from reads the first only."
            self._findings.add("repeated-section", section.location, message, "Put all into one section.")

    def _state(self, node: Node) -> StateDeclaration | None:
        self._check_attributes(node, ATTRIBUTES["state"])
        flags = [self._text(child) for child in self._children(node, "flag")]
        name = self._name(node)
        state = StateDeclaration(
            name=name or "",
            reserved=self._boolean(node, "reserved"),
            # Shown to people as it is, so white space in it is theirs.
            display=node.attributes.get("display") or None,
            flags=tuple(flag.name for flag in flags if flag),
            initial=self._boolean(node, "initial"),
            hold=self._boolean(node, "hold", absent=True),
            final=self._final(node),
            location=node.location,
        )
        return state if name else None

    def _final(self, node: Node) -> str | None:
        """Return whether, or after which span of time, items are over in a state."""
        text = self._value(node, "final")
        if text is None or text in _BOOLEANS:
            return None if text is None else str(_BOOLEANS[text]).lower()
        try:
            parse_duration(text)
        except DurationInvalid as error:
            end = "" if str(error).endswith("?") else "."
            message = f'final="{text}" is neither true nor false, and no span of time: {error}{end}'
            remedy = 'Write final="true", or a span such as final="30 days".'
            self._findings.add("bad-final", node.location, message, remedy)
            return None
        return text

    def _event(self, node: Node) -> EventDeclaration | None:
        self._check_attributes(node, ATTRIBUTES["event"])
        for _ in self._children(node):
            pass
        name = self._name(node)
        event = EventDeclaration(
            name=name or "",
            on_enter=self._boolean(node, "onEnter"),
            manual=self._boolean(node, "manual"),
            command=self._value(node, "command"),
            timeout=self._value(node, "timeout"),
            timeout_processor=self._value(node, "timeoutProcessor"),
            location=node.location,
        )
        return event if name else None

    def _transition(self, node: Node) -> TransitionDeclaration | None:
        self._check_attributes(node, ATTRIBUTES["transition"])
        first: dict[str, Node] = {}
        for child in self._children(node, "source", "target", "event"):
            if child.name in first:
                self._repeated(child)
            else:
                first[child.name] = child
        happy, condition = self._boolean(node, "happy"), self._value(node, "condition")
        source, target = (self._end(node, first.get(name), name) for name in ("source", "target"))
        event = self._text(first["event"], "empty-event") if "event" in first else None
        if source is None or target is None or (event is None and "event" in first):
            return None
        return TransitionDeclaration(source, target, event, condition, happy, node.location)

    def _end(self, transition: Node, node: Node | None, end: str) -> Reference | None:
        if node is not None:
            return self._text(node, f"missing-{end}")
        message = f"The transition has no <{end}>."
        self._findings.add(f"missing-{end}", transition.location, message, f"Add <{end}>STATE</{end}>.")
        return None

    def _repeated(self, node: Node) -> None:
        message = f'The transition has a second <{node.name}> ("{node.text.strip()}"), which is ignored.'
        remedy = "Delete it, or correct the element name if another one was meant."
        self._findings.add("repeated-child", node.location, message, remedy)

    def _items(self, sections: list[Node], name: str) -> Iterator[Node]:
        for section in sections:
            yield from self._children(section, name)

    def _children(self, node: Node, *known: str) -> Iterator[Node]:
        if node.text.strip():
            message = f'<{node.name}> holds text that is ignored: "{node.text.strip()[:60]}".'
            self._findings.add("stray-text", node.location, message, "Delete the text, or make it a comment.")
        for child in node.children:
            if child.name in known:
                yield child
            else:
                self._unknown_element(child, node, known)

    def _unknown_element(self, child: Node, parent: Node, known: tuple[str, ...]) -> None:
        message = f"<{child.name}> is not known inside <{parent.name}> and is ignored."
        message += self._findings.suggest("unknown-element", child.name, known)
        remedy = f"Known there: {', '.join(known)}." if known else f"<{parent.name}> has no children there."
        self._findings.add("unknown-element", child.location, message, remedy)

    def _text(self, node: Node, empty_rule: str = "empty-element") -> Reference | None:
        self._check_attributes(node, ())
        for child in node.children:
            self._unknown_element(child, node, ())
        name = self._trimmed(node, f"<{node.name}>", node.text)
        if not name:
            remedy = f"Write a name into <{node.name}>, or delete the element."
            self._findings.add(empty_rule, node.location, f"<{node.name}> is empty.", remedy)
            return None
        return Reference(name, node.location)

    def _name(self, node: Node) -> str | None:
        name = self._value(node, "name")
        if name is None:
            message = f"The {node.name} has no name."
            self._findings.add("missing-name", node.location, message, 'Add name="...".')
        return name

    def _value(self, node: Node, attribute: str) -> str | None:
        return self._trimmed(node, attribute, node.attributes.get(attribute, "")) or None

    def _trimmed(self, node: Node, what: str, text: str) -> str:
        trimmed = text.strip()
        if trimmed != text and trimmed:
            message = f'There is white space around "{trimmed}" ({what}); it is removed.'
            self._findings.add("surrounding-space", node.location, message, "Remove the white space.")
        return trimmed

    def _boolean(self, node: Node, attribute: str, *, absent: bool = False) -> bool:
        text = node.attributes.get(attribute)
        if text is None:
            return absent
        if text not in _BOOLEANS:
            message = f'{attribute}="{text}" is neither true nor false.'
            remedy = f'Write {attribute}="true" or {attribute}="false".'
            self._findings.add("bad-boolean", node.location, message, remedy)
        elif text == "1" and not self._own:
            message = f'{attribute}="1" is true here; the engine that such files come from takes it as false.'
            remedy = f'Write {attribute}="true" or {attribute}="false".'
            self._findings.add("numeric-boolean", node.location, message, remedy)
        return _BOOLEANS.get(text, False)

    def _check_attributes(self, node: Node, known: tuple[str, ...]) -> None:
        for name in node.attributes:
            if name in known or name.startswith(_SCHEMA_INSTANCE):
                continue
            # Of another namespace it is somebody's own note, which a file of any dialect may hold.
            rule = "misspelt-attribute" if self._own and not name.startswith("{") else "unknown-attribute"
            message = f'The attribute "{name}" is not known on <{node.name}>'
            message += "." if rule == "misspelt-attribute" else " and is ignored."
            message += self._findings.suggest(rule, name, known)
            remedy = (
                f"Known there: {', '.join(known)}." if known else f"<{node.name}> has no attributes there."
            )
            self._findings.add(rule, node.location, message, remedy)

    def _check_namespace(self, root: Node) -> None:
        if root.namespace.startswith("urn:earmark:") and root.namespace != OWN_NAMESPACE:
            message = (
                f'The namespace "{root.namespace}" is not known; the file is read as an existing dialect.'
            )
            self._findings.add("unknown-namespace", root.location, message, f'Write xmlns="{OWN_NAMESPACE}".')
