"""Checks of the names that plugins have to register."""

from __future__ import annotations

from collections.abc import Collection

from engine.definition.findings import FindingList
from engine.definition.model import Location, Process
from engine.definition.registered import GUARD_PREFIX, RegisteredNames


def check_plugins(process: Process, registered: RegisteredNames, findings: FindingList) -> None:
    """Report commands, conditions and timeout processors that nobody registers.

    Conditions that name a guard (``rule:NAME``) are not plugins; see ``check_guards``.
    """
    check = _Check(findings)
    for event in process.events:
        check.name("command", event.command, registered.commands, event.location)
        check.name(
            "timeout processor", event.timeout_processor, registered.timeout_processors, event.location
        )
    for transition in process.transitions:
        if transition.condition is not None and not transition.condition.startswith(GUARD_PREFIX):
            check.name("condition", transition.condition, registered.conditions, transition.location)


def check_guards(process: Process, registered: RegisteredNames, findings: FindingList) -> None:
    """Report conditions that name a guard, ``rule:NAME``, which the rule files do not have."""
    for transition in process.transitions:
        condition = transition.condition or ""
        name = condition.removeprefix(GUARD_PREFIX)
        if not condition.startswith(GUARD_PREFIX) or name in registered.guards:
            continue
        message = f'The rule files have no guard "{name}", which the condition "{condition}" names.'
        message += findings.suggest("unknown-guard", name, registered.guards)
        remedy = "Add it to the section guards of the rule files, or correct the name."
        findings.add("unknown-guard", transition.location, message, remedy)


class _Check:
    def __init__(self, findings: FindingList) -> None:
        self._findings = findings

    def name(self, kind: str, name: str | None, known: Collection[str], place: Location | None) -> None:
        if name is None or name in known:
            return
        rule = f"unregistered-{kind.replace(' ', '-')}"
        message = f'No plugin registers the {kind} "{name}".{self._findings.suggest(rule, name, known)}'
        remedy = "Load the module that registers it with --plugins or EARMARK_PLUGINS, or correct the name."
        self._findings.add(rule, place, message, remedy)
