"""What a command returned, as the transition log keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def log_text(data: Mapping[str, Any]) -> str:
    """Return the data as JSON text; what JSON does not know becomes its text.

    Raises TypeError or ValueError for keys that are no text or number, for data that contains itself, and for NaN
    and infinite numbers, which JSON does not have and whoever reads the history would stumble over.
    """
    return json.dumps(dict(data), default=_plain, allow_nan=False)


def _plain(value: object) -> object:
    # What the caller gave and the order's own data are read-only mappings; a command may return them.
    return dict(value) if isinstance(value, Mapping) else str(value)
