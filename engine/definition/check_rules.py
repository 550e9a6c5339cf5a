"""The catalogue of rules: every finding has one of these ids. docs/process-xml.md explains each one."""

from __future__ import annotations

from dataclasses import dataclass

from engine.definition.model import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the checker: stable id, how bad a breach is, and one sentence that says what is reported."""

    id: str
    severity: Severity
    summary: str


_ERRORS = {
    # files
    "file-unreadable": "A file cannot be opened, is no regular file, or is not text in a known encoding.",
    "file-too-large": "A file has more than 5 MiB, 100,000 elements, or 100 attributes on one element.",
    "too-many-files": "A process is put together from more than 200 includes.",
    "process-too-large": "A merged process has more than 20,000 states, events and transitions.",
    "xml-broken": "A file is not well-formed XML.",
    "doctype-refused": "A file has a document type declaration.",
    "wrong-root": "The root element of a file is not <statemachine>.",
    "include-not-found": "The file that a process includes does not exist.",
    "include-ambiguous": "Several files could be the one that a process includes.",
    "include-outside": "A process includes a file outside the definition folders.",
    "include-cycle": "A file includes itself, directly or through others.",
    # content
    "bad-boolean": "The value of a yes-or-no attribute is not true, false, 1 or 0.",
    "missing-name": "A state or an event has no name.",
    "missing-source": "A transition has no source state.",
    "missing-target": "A transition has no target state.",
    "empty-event": "A transition has an event element without a name in it.",
    "misspelt-attribute": "An attribute in a file of Earmark's own dialect is not part of the format.",
    "bad-final": "The value of final is not true, false, or a span of time longer than zero.",
    "bad-timeout": "The text of a timeout is not a span of time longer than zero.",
    # the merged process
    "no-process": "A file declares no process.",
    "no-main-process": "None of several processes is the main one.",
    "several-main-processes": "More than one process is the main one.",
    "unknown-subprocess": "A list of subprocesses names a process that is not there.",
    "undeclared-state": "A transition names a state that nobody declares.",
    "undeclared-event": "A transition names an event that nobody declares.",
    "conflicting-reserved": "A state is declared twice, once reserved and once not.",
    "several-initial-states": "More than one state is marked as the initial one.",
    "unknown-initial-state": "The initial state that was asked for is not in the process.",
    "unknown-guard": "A condition names a guard that the rule files do not have.",
}

_WARNINGS = {
    # files and content
    "unknown-element": "An element is not part of the format and is ignored.",
    "unknown-attribute": "An attribute is not part of the format and is ignored.",
    "unknown-namespace": "The namespace looks like Earmark's own but is none that this version knows.",
    "mixed-dialects": "A file of one dialect includes a file of the other.",
    "stray-text": "Text stands where the format has none, and is ignored.",
    "surrounding-space": "A name or value has white space around it, which is removed.",
    "repeated-child": "An element that may appear once appears again; the first counts.",
    "ignores-no-rule": "A comment ignores what is no rule, or an error.",
    "empty-element": "An element that should hold a name is empty and is ignored.",
    # the merged process
    "process-without-name": "A process has no name and takes that of its file.",
    "main-assumed": "The only process is taken as the main one although it is not marked.",
    "duplicate-process": "Two processes have the same name and are merged into one.",
    "unlisted-process": "No list of subprocesses names a process that is there; it is merged all the same.",
    "conflicting-state": "A state is declared twice with different display name, flags or initial.",
    "conflicting-event": "An event is declared twice with different attributes; the last declaration counts.",
    "no-states": "The process has no states and cannot be deployed.",
    "initial-assumed": "No state is marked as initial and none is called new, so one is assumed.",
    # states
    "unreachable-state": "A state cannot be reached from the initial state.",
    "final-never": "A state is marked as final, and its items are never closed: it reserves, or is left by itself.",
    "several-on-enter-events": "A state has more than one onEnter event; only the first ever fires.",
    "mixed-triggers": "A state is left by the conditions run and by manual or timed events; the first wins.",
    "reserved-dead-end": "From a reserved state only reserved states can be reached: the stock is lost.",
    "reservation-gap": "A reservation is given up and taken again later; in between the piece can be sold twice.",
    "count-releases-nothing": "A stock update leads from a reserved state to reserved ones only.",
    "timeout-never-fires": "A state is left at once and by everybody, so its timeout has no time to fire.",
    "cancellable-without-event": "A state has the flag cancellable and no event that cancels.",
    "amended-out-unusable": "A state has the flag amended out and is reserved or amendable itself.",
    "automatic-loop": "A cycle of automatic transitions without conditions never comes to rest.",
    "no-happy-path": "The transitions marked happy do not lead from the initial state to a final state.",
    # events and transitions
    "unused-event": "No transition uses an event.",
    "on-enter-and-manual": "An event is both fired on entering a state and by hand.",
    "inert-timeout-processor": "An event has a timeout processor but no timeout, so it is never asked.",
    "duplicate-transition": "The same transition is written twice.",
    "ambiguous-transition": "Several transitions of one state and event have no condition; the first counts.",
    "same-condition-twice": "One condition leads from a state and event to two states; one is never taken.",
    "condition-order-matters": "Several conditions of a state and event may be true together; order decides.",
    # plugins
    "unregistered-command": "No plugin registers a command.",
    "unregistered-condition": "No plugin registers a condition.",
    "unregistered-timeout-processor": "No plugin registers a timeout processor.",
}

_HINTS = {
    "ignores-nothing": "A comment ignores a rule that nothing behind it breaks.",
    "include-elsewhere": "An included file was found by its base name, not at the path that is written.",
    "repeated-section": "A process has a section twice; the engine that such files come from reads the first only.",
    "numeric-boolean": "A yes-or-no attribute is 1, which the engine that such files come from takes as false.",
    "nested-prefix": "A file with a prefix includes another one; where such files come from it has none there.",
    "repeated-include": "A file is included twice with the same prefix; in the same way it is merged once.",
    "name-differs-from-file": "The main process is not called like its file.",
    "repeated-state": "A state is declared twice with the same attributes.",
    "repeated-event": "An event is declared twice with the same attributes.",
    "idle-transition": "A transition without event leads from a state to itself, which does nothing.",
    "reserved-initial-state": "The initial state is reserved, so placing an order writes a reservation.",
    "final-can-be-left": "A state is final at once although a transition leaves it.",
    "command-on-initial-state": "Placing an order waits for the command of the initial state's event.",
    "conditional-loop": "A cycle of automatic transitions only ends when a condition says so.",
    "manual-release-only": "A reserved state is only left when somebody fires an event.",
    "hold-without-timeout": "A state that is not reserved keeps a hold for ever, unless somebody acts.",
    "amendable-without-way-out": "A state is amendable, and what is taken out of an order has nowhere to go.",
    "amendable-at-the-end": "A state is amendable, and no transition leaves it.",
    "no-else-branch": "All transitions of one state and event have conditions, so an item may stay.",
    "else-before-condition": "A transition without condition stands before one that has a condition.",
    "manual-and-timeout": "An event can be fired by hand and by its timeout.",
    "api-only-event": "An event is neither onEnter, nor manual, nor timed: only a program can fire it.",
}

CATALOGUE: dict[str, Rule] = {
    rule: Rule(rule, severity, summary)
    for severity, group in (
        (Severity.ERROR, _ERRORS),
        (Severity.WARNING, _WARNINGS),
        (Severity.INFO, _HINTS),
    )
    for rule, summary in group.items()
}
"""Every rule by its id, the worst first."""


def rules() -> tuple[Rule, ...]:
    """Return every rule the checker knows: errors first, then warnings, then hints."""
    return tuple(CATALOGUE.values())
