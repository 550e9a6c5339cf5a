"""The formats by name, loaded when one is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from earmark.feeds.records import Format
from engine.definition import did_you_mean
from engine.errors import ConfigurationInvalid

_FORMATS = {"csv": ("earmark.feeds.formats.delimited", "open_delimited")}


def format_names() -> tuple[str, ...]:
    """Return the names that ``format`` may have."""
    return tuple(_FORMATS)


def format_named(name: str) -> Format:
    """Return the format. Raises ConfigurationInvalid for a name that is none."""
    if name not in _FORMATS:
        raise ConfigurationInvalid(
            f"there is no format {name!r}.{did_you_mean(name, _FORMATS)}",
            remedy=f"Name one of these: {', '.join(_FORMATS)}.",
        )
    module, function = _FORMATS[name]
    return cast("Format", getattr(import_module(module), function))
