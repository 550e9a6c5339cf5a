"""What of a BPMN process cannot be kept, and what to draw instead."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definition.source import Node
from engine.design.converting.bpmn_model import (
    GATEWAYS,
    Scope,
    event_kinds,
    ident,
    is_event_subprocess,
    kind_of,
    name_of,
)
from engine.design.converting.documents import children
from engine.design.converting.draft import folded
from engine.design.converting.expressions import is_expression, is_span

SPLIT = "Draw it one after the other, or make a process of each branch."
_LOOPS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")


def problems_of(node: Node, scope: Scope) -> Iterator[tuple[str, str]]:
    """Yield why a node cannot be kept."""
    flows, name = scope.out(ident(node)), f'"{name_of(node)}"'
    into = sum(flow.target == ident(node) for several in scope.flows.values() for flow in several)
    if node.name == "parallelGateway" and (len(flows) > 1 or into > 1):
        yield f"{name}: branches that run side by side; an item stands in one state.", SPLIT
    if node.name in ("inclusiveGateway", "complexGateway") and len(flows) > 1:
        yield f"{name}: several branches may run at once; an item stands in one state.", SPLIT
    if node.name not in GATEWAYS and len(flows) > 1:
        yield f"{name}: several flows leave it, which all are taken.", "Put a gateway behind it."
    if is_event_subprocess(node):
        yield (
            f"{name} begins by an event while the rest goes on.",
            "Draw the event at each task it may come in.",
        )
    if node.name == "adHocSubProcess":
        yield f"{name}: its tasks come in any order.", "Draw their order."
    for loop in children(node, *_LOOPS):
        yield (
            f"{name} is done several times ({loop.name.removesuffix('LoopCharacteristics')}).",
            "Draw it once: every item of an order goes its own way anyway.",
        )
    if node.attributes.get("isForCompensation") == "true":
        yield f"{name} undoes what was done (compensation).", "Draw the way that undoes it."
    yield from _event_problems(node, name)
    for flow in flows:
        if flow.target not in scope.nodes:
            yield (
                f'A flow leads from {name} to "{flow.target}", which is not there.',
                "Draw its end anew.",
            )


def _event_problems(node: Node, name: str) -> Iterator[tuple[str, str]]:
    kinds = [kind_of(definition) for definition in event_kinds(node)]
    if len(kinds) > 1:
        yield f"{name} has several events at once.", "Draw each of them."
    wanted = {
        "startEvent": ("message", "timer", "none"),
        "endEvent": ("message", "terminate", "error"),
        "intermediateCatchEvent": ("message", "timer"),
        "intermediateThrowEvent": ("message",),
        "boundaryEvent": ("message", "timer", "error"),
    }.get(node.name, tuple(kinds))
    for kind in kinds:
        if kind not in wanted:
            yield (
                f"{name}: an event of the kind {kind} has no meaning here.",
                "Draw a message, a timer or a condition.",
            )
    if node.name == "boundaryEvent" and node.attributes.get("cancelActivity") == "false":
        yield (
            f"{name} does not end its task: what follows runs beside it.",
            "Draw an event that leads back to the same state, with a command.",
        )
    for timer in (d for d in event_kinds(node) if kind_of(d) == "timer" and node.name != "startEvent"):
        yield from _timer_problems(timer, name)


def _timer_problems(timer: Node, name: str) -> Iterator[tuple[str, str]]:
    text = folded(next((n.text for n in children(timer, "timeDuration")), ""))
    if not text:
        yield f"{name}: only a span of time can be waited for, no date and no cycle.", "Write a duration."
    elif not is_expression(text) and not is_span(text.strip("\"'")):
        yield f'{name}: "{text}" is no span of time.', "Write a duration such as PT2H or P7D."
