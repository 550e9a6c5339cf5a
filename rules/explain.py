"""A pydantic error -> a problem with file, line, sentence and remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from rules.base import SAID
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


def explain(detail: ErrorDetails, owner: Callable[[KeyPath], Document]) -> RuleProblem:
    """Return the problem; ``owner`` gives the document that says something, which knows its lines."""
    path: KeyPath = detail["loc"]
    document = owner(path)
    message, remedy = _said(detail, path)
    key = detail.get("ctx", {}).get("key")
    line = line_in(document, path if key is None else (*path, key))
    return RuleProblem(document.file, line, message, remedy)


def line_in(document: Document, path: KeyPath) -> int:
    """Return the line of what stands at the path, or of the nearest thing around it."""
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
    if kind == SAID:
        said = detail["ctx"]
        told = f'"{name}": {said["message"]}' if "key" in said else f"{shown}, which {said['message']}"
        return told, said["remedy"]
    wanted, remedy = _wanted(detail)
    return f"{shown}, which {wanted}", remedy


def _wanted(detail: ErrorDetails) -> tuple[str, str]:
    kind = detail["type"]
    if kind == "literal_error":
        return "it cannot be", f"Write one of {detail['ctx']['expected']}."
    if kind in _LIMITS:
        limit = detail["ctx"][_LIMITS[kind]]
        wanted = f"{kind.replace('_', ' ').replace('than equal', 'than or equal to')} {limit:g}"
        return "is out of range", f"Write a number {wanted}."
    wanted = _WANTED.get(kind, f"is refused: {detail['msg']}")
    return wanted, _REMEDIES.get(kind, "docs/rules.md describes the key.")


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
    known: Any = EngineRules
    for part in path:
        known = _inside(known, part)
    return known.model_fields if isinstance(known, type) and issubclass(known, BaseModel) else {}


def _inside(known: Any, part: str | int) -> Any:
    """Return the type of a part of a value: of a key of a model, or of an entry of a mapping or a list."""
    if isinstance(known, type) and issubclass(known, BaseModel):
        return _bare(known.model_fields[str(part)].annotation)
    return _bare(get_args(known)[1 if get_origin(known) is dict else 0])


def _bare(annotation: Any) -> Any:
    """Return a type without what stands around it: None beside it, and what it is annotated with."""
    while get_origin(annotation) not in (None, dict, list, tuple):
        annotation = next(inner for inner in get_args(annotation) if inner is not type(None))
    return annotation


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
