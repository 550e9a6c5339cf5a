"""The parts of a BPMN process that count here: its nodes with their flows, and what is attached to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.definition.source import Node
from engine.design.converting.documents import attribute, below, children
from engine.design.converting.draft import folded

AUTOMATIC = ("serviceTask", "sendTask", "scriptTask", "businessRuleTask")
BY_HAND = ("userTask", "manualTask", "task")
WAITING = ("receiveTask", "intermediateCatchEvent")
CONTAINERS = ("subProcess", "transaction", "adHocSubProcess")
GATEWAYS = ("exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway")
NODES = (
    *AUTOMATIC,
    *BY_HAND,
    *WAITING,
    *CONTAINERS,
    *GATEWAYS,
    "startEvent",
    "endEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "callActivity",
)
DROPPED = {
    "laneSet": "lanes",
    "participant": "pools",
    "textAnnotation": "notes",
    "documentation": "documentation",
    "dataObject": "data objects",
    "dataObjectReference": "data objects",
    "dataStoreReference": "data stores",
    "messageFlow": "message flows",
    "group": "groups",
    "ioSpecification": "inputs and outputs",
    "property": "properties",
}
_WORDS = {
    "startEvent": "start",
    "endEvent": "end",
    "userTask": "task",
    "manualTask": "task",
    "serviceTask": "service",
    "scriptTask": "script",
    "sendTask": "send",
    "receiveTask": "receive",
    "businessRuleTask": "rule",
    "intermediateCatchEvent": "wait",
    "eventBasedGateway": "wait for the first",
    "exclusiveGateway": "decide",
    "subProcess": "part",
    "callActivity": "part",
}
_DEFINITION = "EventDefinition"


@dataclass(frozen=True, slots=True)
class Flow:
    """A sequence flow: its name, its condition as text (None: none), and whether it is the default."""

    node: Node
    target: str
    name: str
    condition: str | None
    default: bool


@dataclass
class Scope:
    """A process, or a subprocess in it: what stands directly in it."""

    node: Node
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, list[Flow]] = field(default_factory=dict)
    boundaries: dict[str, list[Node]] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, node: Node) -> Scope:
        """Return the scope of a process or subprocess."""
        scope = cls(node)
        for child in node.children:
            if child.name in NODES:
                scope.nodes[ident(child)] = child
                if child.name == "boundaryEvent":
                    scope.boundaries.setdefault(child.attributes.get("attachedToRef", ""), []).append(child)
        for child in children(node, "sequenceFlow"):
            scope._add_flow(child)
        for flows in scope.flows.values():
            # A default is taken when no condition is true, wherever it stands.
            flows.sort(key=lambda flow: flow.default)
        return scope

    def _add_flow(self, node: Node) -> None:
        source, target = node.attributes.get("sourceRef", ""), node.attributes.get("targetRef", "")
        texts = [folded(child.text) for child in children(node, "conditionExpression")]
        owner = self.nodes.get(source)
        default = owner is not None and owner.attributes.get("default") == node.attributes.get("id")
        flow = Flow(node, target, folded(node.attributes.get("name")), texts[0] if texts else None, default)
        self.flows.setdefault(source, []).append(flow)
        self.entered.add(target)

    def out(self, name: str) -> list[Flow]:
        """Return the flows that leave a node, in their order, the default last."""
        return self.flows.get(name, [])

    def starts(self) -> list[Node]:
        """Return the start events."""
        return [node for node in self.nodes.values() if node.name == "startEvent"]

    def first(self) -> Node | None:
        """Return the only node that nothing leads to, where there is no start event."""
        free = [
            node
            for key, node in self.nodes.items()
            if key not in self.entered and node.name != "boundaryEvent" and not is_event_subprocess(node)
        ]
        return free[0] if len(free) == 1 else None


def ident(node: Node) -> str:
    """Return the id of an element."""
    return node.attributes.get("id", "")


def name_of(node: Node) -> str:
    """Return the name of a node, else what it is in a word: an id is made by a program."""
    return folded(node.attributes.get("name")) or _WORDS.get(node.name, "step")


def is_event_subprocess(node: Node) -> bool:
    """Return whether a subprocess is started by an event while the process runs."""
    return node.name == "subProcess" and node.attributes.get("triggeredByEvent") == "true"


def event_kinds(node: Node) -> list[Node]:
    """Return the definitions of an event: what it waits for, or throws."""
    return [child for child in node.children if child.name.endswith(_DEFINITION)]


def kind_of(definition: Node) -> str:
    """Return the kind of an event's definition: ``timer``, ``message``, ``error`` and so on."""
    return definition.name.removesuffix(_DEFINITION)


def processes_of(root: Node) -> list[Node]:
    """Return the processes of a file that have something in them."""
    return [node for node in children(root, "process") if any(c.name in NODES for c in node.children)]


def named_elements(root: Node) -> dict[str, str]:
    """Return the names of messages, errors, signals and so on by their ids."""
    kinds = ("message", "error", "signal", "escalation")
    return {ident(n): folded(n.attributes.get("name")) or ident(n) for n in children(root, *kinds)}


def command_of(node: Node) -> str | None:
    """Return the name of what a task runs, as the engines' extensions say it."""
    for extension in below(node):
        if extension.name == "taskDefinition" and attribute(extension, "type"):
            return folded(attribute(extension, "type"))
    for name in ("topic", "delegateExpression", "class", "expression", "decisionRef"):
        value = attribute(node, name)
        if value:
            return folded(value)
    return None


def dropped_in(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield what has no meaning here, by its word, each kind with its first element."""
    seen: set[str] = set()
    for element in below(node):
        word = DROPPED.get(element.name)
        if word is not None and word not in seen:
            seen.add(word)
            yield word, element


_BESIDE = (
    "sequenceFlow",
    "extensionElements",
    "association",
    "auditing",
    "monitoring",
    "artifact",
    "category",
)
_OWN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def strangers_in(process: Node) -> Iterator[Node]:
    """Yield the elements of a process that BPMN does not have there, or that mean more than can be kept."""
    for scope in (process, *(node for node in below(process) if node.name in CONTAINERS)):
        for child in scope.children:
            known = child.name in (*NODES, *_BESIDE, "incoming", "outgoing") or child.name in DROPPED
            loop = child.name.endswith("LoopCharacteristics")
            if child.namespace == _OWN and not (known or loop):
                yield child


def twice_in(process: Node) -> Iterator[Node]:
    """Yield the elements whose id an earlier one has already."""
    seen: set[str] = set()
    for node in below(process):
        if node.name in NODES:
            if ident(node) in seen:
                yield node
            seen.add(ident(node))
