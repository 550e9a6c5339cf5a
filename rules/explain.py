"""A pydantic error -> a problem with file, line, sentence and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from rules.document import Document, KeyPath
from rules.errors import RuleProblem
from rules.models import EngineRules
from rules.suggest import did_you_mean

_REMEDIES = {
    "bool_type": "Write true or false, without quotes.",
    "string_type": "Put the value into quotes to make it text.",
    "int_type": "Write a whole number without quotes.",
    "float_type": "Write a number without quotes, such as 2.5.",
    "missing": "Add the key.",
    "tuple_type": "Write a list: each entry on lines of its own, the first starting with '- '.",
    "model_type": "Write keys below it, indented.",
    "dict_type": "Write keys below it, indented.",
}
_WANTED = {
    "bool_type": "is not true or false",
    "string_type": "is not text",
    "int_type": "is not a whole number",
    "float_type": "is not a number",
    "tuple_type": "is not a list",
    "model_type": "has no keys below it",
    "dict_type": "has no keys below it",
    "string_too_short": "is empty",
}
_LIMITS = {"greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le"}
_LONGEST_SHOWN = 60


def explain(detail: ErrorDetails, owners: Mapping[str, Document]) -> RuleProblem:
    """Return the problem; ``owners`` gives the document of each key at the top, which knows the lines."""
    path: KeyPath = detail["loc"]
    document = owners[str(path[0])]
    message, remedy = _said(detail, path)
    return RuleProblem(document.file, _line(document, path), message, remedy)


def _line(document: Document, path: KeyPath) -> int:
    while path not in document.lines:
        path = path[:-1]
    return document.lines[path]


def _said(detail: ErrorDetails, path: KeyPath) -> tuple[str, str]:
    kind, name = detail["type"], _dotted(path)
    if path[-1] == "[key]":
        return _of_name(kind, str(path[-2]), _dotted(path[:-2]))
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "missing":
        return f'"{name}" is missing', _REMEDIES[kind]
    shown = f'"{name}" is {_shown(detail["input"])}'
    if kind == "literal_error":
        return f"{shown}, which it cannot be", f"Write one of {detail['ctx']['expected']}."
    if kind in _LIMITS:
        limit = detail["ctx"][_LIMITS[kind]]
        wanted = f"{kind.replace('_', ' ').replace('than equal', 'than or equal to')} {limit:g}"
        return f"{shown}, which is out of range", f"Write a number {wanted}."
    wanted = _WANTED.get(kind, f"is refused: {detail['msg']}")
    return f"{shown}, which {wanted}", _REMEDIES.get(kind, "docs/rules.md describes the key.")


def _of_name(kind: str, name: str, section: str) -> tuple[str, str]:
    """Return what is wrong with a name that the rule file gives to something."""
    if kind == "string_too_short":
        return f'a name in "{section}" is empty', "Give it a name."
    if kind == "string_too_long":
        return f'the name {_shown(name)} in "{section}" is too long', "Take a shorter one."
    return f'the name "{name}" in "{section}" begins or ends with a blank', "Remove it."


def _unknown(path: KeyPath) -> tuple[str, str]:
    known = list(_fields_at(path[:-1]))
    name = str(path[-1])
    guess = did_you_mean(name, known) or f"The keys here are {', '.join(known)}."
    return f'there is no key "{_dotted(path)}"', guess


def _fields_at(path: KeyPath) -> Mapping[str, Any]:
    fields = EngineRules.model_fields
    for part in path:
        if isinstance(part, str):
            annotation = fields[part].annotation
            model = next(
                known
                for known in (annotation, *get_args(annotation))
                if isinstance(known, type) and issubclass(known, BaseModel)
            )
            fields = model.model_fields
    return fields


def _dotted(path: KeyPath) -> str:
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    word = {True: "true", False: "false", None: "empty"}
    text = word[value] if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
