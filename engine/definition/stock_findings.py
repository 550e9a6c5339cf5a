"""What the checks of stock say of a process that is known without its file: one that is deployed."""

from __future__ import annotations

from dataclasses import replace

from engine.definition.checks.flow import check_flow
from engine.definition.checks.holds import check_holds
from engine.definition.checks.reservations import check_reservations
from engine.definition.checks.states import check_states
from engine.definition.checks.stock import check_stock
from engine.definition.findings import FindingList
from engine.definition.model import Finding, Location, Process

STOCK_RULES = frozenset(
    (
        "reserved-dead-end",
        "reservation-gap",
        "count-releases-nothing",
        "timeout-never-fires",
        "cancellable-without-event",
        "automatic-loop",
        "hold-without-timeout",
    )
)
"""The rules that tell what becomes of stock, and what keeps it."""


def stock_findings(process: Process) -> tuple[Process, tuple[Finding, ...]]:
    """Return what the rules of ``STOCK_RULES`` find, and the process with the places that the findings name.

    The places are of no file: each is only different from all others.
    """
    placed = replace(
        process,
        states=tuple(replace(state, location=Location("state", state.index + 1)) for state in process.states),
        events=tuple(replace(event, location=Location("event", event.index + 1)) for event in process.events),
        transitions=tuple(
            replace(way, location=Location("transition", way.index + 1)) for way in process.transitions
        ),
    )
    findings = FindingList()
    for check in (check_states, check_flow, check_stock, check_reservations, check_holds):
        check(placed, findings)
    return placed, tuple(finding for finding in findings.as_tuple() if finding.rule in STOCK_RULES)
