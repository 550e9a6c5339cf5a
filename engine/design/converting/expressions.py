"""Conditions and times of other formats: the names that stand for them here. Nothing is ever evaluated."""

from __future__ import annotations

import re

from engine.definition import DurationInvalid, parse_duration
from engine.design.converting.draft import folded

_WRAPPED = re.compile(r"^[$#]\{(?P<inner>.*)\}$|^=\s*(?P<feel>.*)$", re.DOTALL)
_NEGATED = re.compile(r"^(?:!\s*|not\s+)(?P<name>[\w.]+)$|^not\s*\(\s*(?P<called>[\w.]+)\s*\)$")
_DELAY = re.compile(r"^\s*(?P<number>\d*\.?\d+)\s*(?P<unit>ms|s|min|h|d)?\s*$")
_UNITS = {"ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000, "d": 86_400_000, None: 1}
_RULE = "rule:"


def condition_name(text: str) -> str:
    """Return the name of a condition: its text without the brackets of an expression, ``not x`` for a negation."""
    inner = folded(text)
    match = _WRAPPED.match(inner)
    if match is not None:
        inner = folded(match["inner"] if match["inner"] is not None else match["feel"])
    negated = _NEGATED.match(inner)
    if negated is not None:
        inner = f"not {negated['name'] or negated['called']}"
    # What begins so is a guard of the rule files and no name of a condition.
    return inner.replace(_RULE, "rule ", 1) if inner.startswith(_RULE) else inner


def is_expression(text: str) -> bool:
    """Return whether a text is computed by its engine: ``${...}``, ``#{...}`` or ``= ...``."""
    return _WRAPPED.match(text.strip()) is not None


def is_span(text: str) -> bool:
    """Return whether a text is a span of time that a timeout may be."""
    try:
        parse_duration(text)
    except DurationInvalid:
        return False
    return True


def delay_text(text: str) -> str | None:
    """Return the delay of a ``send`` as a timeout, None when it is none: ``1.5s`` is ``1500 ms``."""
    match = _DELAY.match(text)
    if match is None:
        return None
    milliseconds = round(float(match["number"]) * _UNITS[match["unit"]])
    if milliseconds <= 0:
        return None
    shown = f"{milliseconds // 1000} sec" if milliseconds % 1000 == 0 else f"{milliseconds} ms"
    return shown if is_span(shown) else None
