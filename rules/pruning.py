"""What is valid of the values of rule files, so that everything that is wrong is told in one go.

A model says nothing of what its parts mean together while one of them has a wrong shape. So what has one is taken
out, and the rest is looked at again, until nothing is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rules.document import KeyPath
from rules.models import EngineRules

_BELONGING = {"upcoming": ("availability_date",)}
"""What cannot be judged without another key: it goes with it."""


@dataclass(frozen=True, slots=True)
class Valid:
    """The rules without what is wrong, what that is, and where it stands."""

    rules: EngineRules
    errors: tuple[ErrorDetails, ...] = ()
    left_out: tuple[KeyPath, ...] = ()

    def leaves_out(self, *path: str) -> bool:
        """Return whether something at the path, below it or around it is left out."""
        return any(out[: len(path)] == path[: len(out)] for out in self.left_out)


def valid_part(values: Mapping[str, Any]) -> Valid:
    """Return what is valid of the values of rule files."""
    errors: list[ErrorDetails] = []
    left_out: list[KeyPath] = []
    rest = dict(values)
    while True:
        try:
            return Valid(EngineRules.model_validate(rest), tuple(errors), tuple(left_out))
        except ValidationError as error:
            found = error.errors(include_url=False)
        errors += found
        before, rest = rest, _copied(rest)
        left_out += [_taken_out(rest, _place(detail)) for detail in found]
        if rest == before:  # nothing of it can be taken out
            return Valid(EngineRules(), tuple(errors), ((),))


def _place(detail: ErrorDetails) -> KeyPath:
    """Return the path of what is wrong: of a group of keys that contradict each other the one that is told of."""
    key = detail.get("ctx", {}).get("key")
    return detail["loc"] if key is None else (*detail["loc"], key)


def _taken_out(values: dict[Any, Any], path: KeyPath) -> KeyPath:
    """Take out what an error at a path concerns, or what is around it where nothing is there; return its path.

    Of a list no entry is taken alone, or the others would move up.
    """
    holder = values
    for depth, part in enumerate(path, 1):
        inner = holder.get(part)
        if depth < len(path) and isinstance(inner, dict) and path[depth] in inner:
            holder = inner
            continue
        holder.pop(part, None)
        for name in _BELONGING.get(str(part), ()):
            holder.pop(name, None)
        return path[:depth]
    return path


def _copied(value: Any) -> Any:
    return {key: _copied(inner) for key, inner in value.items()} if isinstance(value, dict) else value
