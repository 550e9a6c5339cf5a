"""Settings without what is wrong with them, so that the rest is looked at, too: all mistakes are told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

AnyModel = TypeVar("AnyModel", bound=BaseModel)

Place = Sequence[int | str]
"""The way to a value: keys, and positions in lists."""


def valid_part(model: type[AnyModel], said: Mapping[str, Any], error: ValidationError) -> AnyModel | None:
    """Return the model of what is said without the values that are wrong, None where nothing can be made of it."""
    places = [tuple(one["loc"]) for one in error.errors()]
    for tried in (places, [place[:1] for place in places]):
        try:
            return model.model_validate(_without(said, tried))
        except ValidationError as again:
            places += [tuple(one["loc"]) for one in again.errors()]
    try:
        return model.model_validate(_without(said, {place[:1] for place in places}))
    except ValidationError:
        return None


def _without(said: Mapping[str, Any], places: Iterable[Place]) -> dict[str, Any]:
    pruned = _copied(said)
    for place in places:
        _take_out(pruned, place)
    return pruned  # type: ignore[no-any-return]


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _take_out(value: Any, place: Place) -> None:
    """Take a value out. Of a list, whose positions are told, and of what is not there, all of it goes."""
    above, key = value, place[0] if place else None
    for part in place:
        inner = value.get(part) if isinstance(value, dict) else _item(value, part)
        if isinstance(value, dict) and part in value:
            above, key = value, part
        if inner is None:
            break
        value = inner
    if isinstance(above, dict):
        above.pop(key, None)


def _item(value: Any, part: int | str) -> Any:
    return value[part] if isinstance(value, list) and isinstance(part, int) and part < len(value) else None
