"""Sets of option values: how they are stored, and which of them are kept in memory. A set never changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.clock import to_microseconds
from engine.quantity import parse_quantity
from engine.storage.database import Reader
from rules.options.values import DEFAULTS, NAMES, QUANTITIES, OptionValues

MOST_KEPT = 100_000
"""How many sets are kept at most."""


def stored_values(values: OptionValues) -> OptionValues:
    """Return values that were read from rules as they are stored: quantities in millionths, microseconds."""
    told: dict[str, Any] = {
        name: parse_quantity(value) for name in QUANTITIES if (value := getattr(values, name)) is not None
    }
    date = values.availability_date
    if isinstance(date, datetime):
        told["availability_date"] = to_microseconds(date)
    return values._replace(**told)


def content_of(values: OptionValues) -> str:
    """Return the JSON by which stored values are known: of those that are not the default."""
    told = {
        name: value for name, value, default in zip(NAMES, values, DEFAULTS, strict=True) if value != default
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def values_of(content: str) -> OptionValues:
    """Return the stored values of a content. What a later version may have added is left out."""
    told: dict[str, Any] = {name: value for name, value in json.loads(content).items() if name in NAMES}
    statuses: dict[str, Any] = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return DEFAULTS._replace(**{**told, **statuses})


class OptionBook:
    """Keeps the sets that were read, for any number of threads at once."""

    def __init__(self) -> None:
        self._kept: dict[int, OptionValues] = {}

    def of(self, reader: Reader, ids: Iterable[int | None]) -> Mapping[int | None, OptionValues]:
        """Return the sets with these ids, and under None the defaults. Without ids nothing is asked."""
        wanted = {number for number in ids if number is not None}
        found: dict[int | None, OptionValues] = {None: DEFAULTS}
        if not wanted:
            return found
        kept = self._kept
        if missing := sorted(wanted - kept.keys()):
            if len(kept) > MOST_KEPT:
                self._kept = kept = {number: kept[number] for number in wanted if number in kept}
            read = reader.all("option_sets", ids=missing)
            kept.update((int(row.id), values_of(row.content)) for row in read)
        found.update((number, kept[number]) for number in wanted if number in kept)
        return found
