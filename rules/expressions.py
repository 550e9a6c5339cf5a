"""Expressions in rule files, checked when these are loaded: guards, and what selects a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rules.document import Document, KeyPath
from rules.errors import RuleProblem


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
    guards = values.get("guards")
    if isinstance(guards, dict):
        yield from (
            (("guards", name), text) for name, text in guards.items() if isinstance(text, str) and text
        )


def _problems(path: KeyPath, text: str, document: Document) -> Iterator[RuleProblem]:
    from rules.guards.compiled import compile_guard
    from rules.guards.problems import GuardInvalid

    try:
        compile_guard(text)
    except GuardInvalid as error:
        name = ".".join(map(str, path))
        for wrong in error.problems:
            place = f"line {wrong.line}, column {wrong.column}"
            message = f'"{name}", {place} of the expression: {wrong.message}'
            yield RuleProblem(document.file, document.lines[path], message, wrong.remedy, wrong.column)
