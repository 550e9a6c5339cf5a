"""Times and quantities as they are asked for and answered, exact JSON, and text without passwords."""

from __future__ import annotations

from engine.clock import (
    SECOND,
    Clock,
    format_time,
    parse_time,
    system_clock,
    to_datetime,
    to_microseconds,
)
from engine.inventory.messages import to_json
from engine.quantity import SCALE, format_quantity, parse_quantity
from engine.redact import redact

__all__ = [
    "SCALE",
    "SECOND",
    "Clock",
    "format_quantity",
    "format_time",
    "parse_quantity",
    "parse_time",
    "redact",
    "system_clock",
    "to_datetime",
    "to_json",
    "to_microseconds",
]
