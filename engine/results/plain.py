"""Plain JSON of the values in results: quantities as decimal strings, times as ISO 8601 with Z."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as JSON has it: a Decimal as a plain string, a UTC datetime as ISO 8601 with Z, a tuple
    as a list.
    """
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
