"""Profiles: feeds that are shipped by name, whose settings hold where a feed of ``earmark.toml`` says nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_EITHER = {
    "sku": ("column", "join", "constant", "file_name"),
    "warehouse": ("column", "join", "constant", "file_name", "columns"),
    "quantity": ("column", "add"),
    "counted_at": ("column", "join", "file_name", "message"),
    "delivery": ("column", "file_name", "by"),
}
"""Of which only one can be said: a feed that says one of them takes none of the others from its profile."""

Raw = Mapping[str, Any]
"""What a feed or profile says, as the TOML has it."""


@cache
def profile_names() -> tuple[str, ...]:
    """Return the names of the shipped profiles, sorted."""
    folder = files("earmark.feeds").joinpath("profiles")
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def profile(name: str) -> Raw:
    """Return what the shipped profile says. Raises KeyError for a name that is none."""
    if name not in profile_names():
        raise KeyError(name)
    text = files("earmark.feeds").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def merged(below: Raw, above: Raw) -> dict[str, Any]:
    """Return both, ``above`` where it says something; tables are merged, lists are not."""
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(_without_others(key, result[key], value), value)
        else:
            result[key] = value
    return result


def _without_others(key: str, below: Raw, above: Raw) -> Raw:
    either = _EITHER.get(key, ())
    if not any(name in above for name in either):
        return below
    gone = {*either, *(("subtract",) if key == "quantity" else ())}
    if "column" not in above:
        gone.add("default")  # which is for what stands in a column
    return {name: value for name, value in below.items() if name not in gone}
