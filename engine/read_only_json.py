"""JSON that several plugins are shown: it reads like any dict and list, and nobody can change it for the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any, NoReturn


def _refuse(self: object, *_arguments: object, **_named: object) -> NoReturn:
    raise TypeError("this is read only, others are shown the same: change a copy of it (copy.deepcopy)")


class ReadOnlyDict(dict[str, Any]):
    """A dict that cannot be changed. Copies of it can: they are plain dicts."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> dict[str, Any]:
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {key: deepcopy(value, memo) for key, value in self.items()}

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class ReadOnlyList(list[Any]):
    """A list that cannot be changed. Copies of it can: they are plain lists."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __copy__(self) -> list[Any]:
        return list(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> list[Any]:
        return [deepcopy(value, memo) for value in self]

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


def read_only(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the mapping, and every mapping and list in it, so that nobody can change it."""
    return data if type(data) is ReadOnlyDict else ReadOnlyDict((k, _frozen(v)) for k, v in data.items())


def read_only_json(text: str) -> Mapping[str, Any]:
    """Return the JSON object in the text, as ``read_only`` would; numbers that are not whole are Decimal."""
    value: Mapping[str, Any] = _DECODER.decode(text)
    return value


def _object(found: dict[str, Any]) -> ReadOnlyDict:
    # Called for inner objects first, so that only lists are left to be seen to: a third of the time of a walk.
    for key, value in found.items():
        if type(value) is list:
            found[key] = _list(value)
    return ReadOnlyDict(found)


def _list(values: list[Any]) -> ReadOnlyList:
    return ReadOnlyList([_list(value) if type(value) is list else value for value in values])


_DECODER = json.JSONDecoder(parse_float=Decimal, object_hook=_object)


def _frozen(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int:  # most values are
        return value
    if kind is list:
        return ReadOnlyList(map(_frozen, value))
    return read_only(value) if isinstance(value, Mapping) else value
