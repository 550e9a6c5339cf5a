"""A feed as TOML: everything that it says, each value with where it comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from earmark.feeds.model import Feed

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DEFAULTS = (
    "format",
    "encoding",
    "delimiter",
    "quote",
    "decimal",
    "thousands",
    "kind",
    "whole",
    "repeated",
    "rest",
)
"""What is told even where nobody said it: it decides how every file is read."""

Key = tuple[str, ...]


def values_of(feed: Feed) -> dict[Key, tuple[Any, str]]:
    """Return all values by the way of keys to them, each with where it comes from."""
    dumped = feed.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    ordered = {
        name: dumped.get(name, getattr(feed, name))
        for name in Feed.model_fields
        if name in {*dumped, *_DEFAULTS}
    }
    said = dict(_flat(ordered))
    return {key: (value, feed.origins.get(key, "default")) for key, value in said.items()}


def as_toml(feed: Feed) -> str:
    """Return the feed as a block of ``earmark.toml`` with a comment behind each value: where it comes from."""
    lines = ["[[feeds]]"]
    lines += [_line(key, value, origin) for key, (value, origin) in values_of(feed).items()]
    return "\n".join(lines)


def _line(key: Key, value: Any, origin: str) -> str:
    return f"{'.'.join(map(_key, key))} = {toml_value(value)}  # {origin}"


def _flat(value: Mapping[str, Any], above: Key = ()) -> Iterator[tuple[Key, Any]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield from _flat(inner, (*above, key))
        else:
            yield (*above, key), inner


def _key(part: str) -> str:
    return part if _BARE.fullmatch(part) else toml_value(part)


def toml_value(value: Any) -> str:
    """Return a value as TOML writes it, on one line."""
    if isinstance(value, Mapping):
        inner = ", ".join(
            f"{_key(key)} = {toml_value(item)}" for key, item in value.items() if not _empty(item)
        )
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, str) and "\\" in value and not re.search(r"['\x00-\x1f\x7f]", value):
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _empty(value: Any) -> bool:
    return value is None or value in ((), [], {})
