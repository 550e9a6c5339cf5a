"""Expressions in rule files, checked when these are loaded: guards, and what selects a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules.document import Document, KeyPath
from rules.errors import RuleProblem
from rules.selection import moment


def expression_problems(values: Mapping[str, Any], owners: Mapping[str, Document]) -> list[RuleProblem]:
    """Return everything that is wrong with the expressions among the values of rule files.

    What is no text is passed over: that is told of the model. The library that reads expressions is imported when
    there is one.
    """
    return [
        problem
        for path, text in _expressions(values)
        for problem in _problems(path, text, owners[str(path[0])])
    ]


def _expressions(values: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    guards, selection = values.get("guards"), values.get("process_selection")
    if isinstance(guards, dict):
        yield from (
            (("guards", name), text) for name, text in guards.items() if isinstance(text, str) and text
        )
    for number, rule in enumerate(selection if isinstance(selection, list) else ()):
        if isinstance(rule, dict) and isinstance(text := rule.get("when"), str) and text:
            yield ("process_selection", number, "when"), text


def time_problems(values: Mapping[str, Any], owners: Mapping[str, Document]) -> Iterator[RuleProblem]:
    """Yield the times of process selection that are none, or have no offset."""
    selection = values.get("process_selection")
    for number, rule in enumerate(selection if isinstance(selection, list) else ()):
        for name in ("since", "until"):
            text = rule.get(name) if isinstance(rule, dict) else None
            if isinstance(text, str) and not _is_time(text):
                document = owners["process_selection"]
                message = (
                    f'"process_selection[{number + 1}].{name}" is {text!r}, which is no time with an offset'
                )
                line = document.lines["process_selection", number, name]
                yield RuleProblem(document.file, line, message, "Write it as 2026-12-01T00:00:00+01:00.")


def _is_time(text: str) -> bool:
    try:
        moment(text)
    except ValueError:
        return False
    return True


def _problems(path: KeyPath, text: str, document: Document) -> Iterator[RuleProblem]:
    from rules.guards.compiled import compile_guard
    from rules.guards.ordered import KNOWN, unknown
    from rules.guards.problems import GuardInvalid

    name = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
    try:
        compile_guard(text)
        astray = unknown(text) if path[0] == "process_selection" else []
        for asked in astray:
            message = f'"{name}" asks for {asked}, which is not known before an order is stored'
            yield RuleProblem(
                document.file, document.lines[path], message, f"Ask for {', '.join(sorted(KNOWN))}."
            )
    except GuardInvalid as error:
        for wrong in error.problems:
            place = f"line {wrong.line}, column {wrong.column}"
            message = f'"{name}", {place} of the expression: {wrong.message}'
            yield RuleProblem(document.file, document.lines[path], message, wrong.remedy, wrong.column)
