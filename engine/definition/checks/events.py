"""Checks of single events: are they used, and is it clear who fires them."""

from __future__ import annotations

from engine.definition.checks.graph import STOCK_UPDATE
from engine.definition.findings import FindingList
from engine.definition.model import Event, Process


def check_events(process: Process, findings: FindingList, whole: bool) -> None:
    """Check each event; ``whole`` is whether all transitions are there, so that an unused event is really
    unused.
    """
    used = {transition.event for transition in process.transitions}
    for event in process.events:
        if event.index in used:
            _check_triggers(event, findings)
        elif whole:
            message = f'No transition uses the event "{event.name}".'
            findings.add("unused-event", event.location, message, "Use it in a transition, or delete it.")
        if event.timeout_processor is not None and event.timeout is None:
            message = f'"{event.name}" has the timeout processor {event.timeout_processor} but no timeout.'
            remedy = 'Add timeout="..." as the span that the processor starts from.'
            findings.add("inert-timeout-processor", event.location, message, remedy)


def _check_triggers(event: Event, findings: FindingList) -> None:
    if event.on_enter and event.manual:
        message = (
            f'"{event.name}" fires by itself on entering a state, and is offered for firing by hand too.'
        )
        remedy = "Leave one of onEnter and manual; an item whose onEnter event failed is tried again anyway."
        findings.add("on-enter-and-manual", event.location, message, remedy)
    if event.manual and event.timeout is not None:
        message = f'"{event.name}" can be fired by hand and by its timeout of {event.timeout}.'
        remedy = "Fine when firing it early is meant."
        findings.add("manual-and-timeout", event.location, message, remedy)
    fired = event.on_enter or event.manual or event.timeout is not None or event.name == STOCK_UPDATE
    if not fired:
        message = (
            f'"{event.name}" is fired by programs only: it is neither onEnter nor manual and has no timeout.'
        )
        remedy = 'Fine when a program fires it; else add onEnter="true", manual="true" or timeout="...".'
        findings.add("api-only-event", event.location, message, remedy)
