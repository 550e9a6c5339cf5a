"""The stock check: a reserved state takes stock out of sale, so there must be a way to a state that gives it
back.
"""

from __future__ import annotations

from engine.definition.checks.graph import STOCK_UPDATE, is_final, quoted, reaching
from engine.definition.findings import FindingList
from engine.definition.model import Process, State


def check_stock(process: Process, findings: FindingList) -> None:
    """Check for every reserved state whether, and by whom, its stock can be released."""
    releasing = reaching(process, [state.index for state in process.states if not state.reserved])
    for state in process.states:
        if not state.reserved:
            continue
        if state.index in releasing:
            _check_manual(process, state, findings)
        else:
            _add_dead_end(process, state, findings)


def _add_dead_end(process: Process, state: State, findings: FindingList) -> None:
    if is_final(process, state.index):
        why = "no transition leaves it"
    else:
        why = "every state that can be reached from it is reserved too"
    message = f'"{state.name}" is reserved and {why}: the stock of its items is never released.'
    remedy = 'Add a transition to a state that is not reserved, or remove reserved="true".'
    findings.add("reserved-dead-end", state.location, message, remedy)


def _check_manual(process: Process, state: State, findings: FindingList) -> None:
    ways = [transition for transition in process.outgoing[state.index] if transition.target != state.index]
    events = {t.event: process.events[t.event] for t in ways if t.event is not None}
    automatic = any(event.on_enter or event.timeout is not None for event in events.values())
    if automatic or any(transition.event is None for transition in ways):
        return
    if STOCK_UPDATE in {event.name for event in events.values()}:
        return  # the next count of the warehouse fires it
    names = quoted(event.name for event in events.values())
    message = f'"{state.name}" is reserved and only left when somebody fires {names}.'
    remedy = "Fine when that is sure to happen; else add a timeout that releases the stock."
    findings.add("manual-release-only", state.location, message, remedy)
