"""The formats by name, loaded when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from earmark.feeds.records import Format
from engine.definition import did_you_mean
from engine.errors import ConfigurationInvalid

_FORMATS = {
    "csv": ("earmark.feeds.formats.delimited", "open_delimited"),
    "xlsx": ("earmark.feeds.formats.sheets.workbook", "open_xlsx"),
    "edifact-invrpt": ("earmark.feeds.formats.edifact.invrpt", "open_invrpt"),
    "x12-846": ("earmark.feeds.formats.x12.inventory", "open_846"),
    "ubl-inventory": ("earmark.feeds.formats.documents.ubl", "open_ubl"),
    "gs1-inventory": ("earmark.feeds.formats.documents.gs1", "open_gs1"),
}


Formats = Mapping[str, Format]
"""Formats that plugins bring, by name."""


def is_plugged(name: str) -> bool:
    """Return whether a name is of a format that a plugin brings: these have a slash, others none."""
    return "/" in name


def format_names() -> tuple[str, ...]:
    """Return the names that ``format`` may have."""
    return tuple(_FORMATS)


def format_named(name: str, plugged: Formats | None = None) -> Format:
    """Return the format; ``plugged`` are those of plugins. Raises ConfigurationInvalid for a name that is none."""
    if plugged and name in plugged:
        return plugged[name]
    if name not in _FORMATS:
        known = [*_FORMATS, *(plugged or ())]
        plugin = "; a format of your own needs its plugin to be loaded" if is_plugged(name) else ""
        raise ConfigurationInvalid(
            f"there is no format {name!r}.{did_you_mean(name, known)}",
            remedy=f"Name one of these: {', '.join(known)}{plugin}.",
        )
    module, function = _FORMATS[name]
    return cast("Format", getattr(import_module(module), function))
