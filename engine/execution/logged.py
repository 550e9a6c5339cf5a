"""What a command returned, as the transition log keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def log_text(data: Mapping[str, Any]) -> str:
    """Return the data as JSON text; what JSON does not know becomes its text.

    So do NaN and infinite numbers. Raises TypeError or ValueError for keys that are no text or number, and for data
    that contains itself.
    """
    text = json.dumps(dict(data), default=_plain)
    # Python writes the three numbers that JSON does not have all the same, and then nobody else can read it.
    if "NaN" in text or "Infinity" in text:
        text = json.dumps(json.loads(text, parse_constant=str))
    return text


def _plain(value: object) -> object:
    # What the caller gave and the order's own data are read-only mappings; a command may return them.
    return dict(value) if isinstance(value, Mapping) else str(value)
