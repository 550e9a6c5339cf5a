"""The text of a cell as a spreadsheet shows it, where that is what was meant."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any

from earmark.feeds.formats.common import certain

_PADDED = re.compile(r'((?:"[^"]*"|\\.|[-_/ ])*)(0{2,})((?:"[^"]*"|\\.)*)')
"""A format that fills a number up with zeros, such as ``0000`` or ``"SKU-"00000``."""

_EXACT = 10**15
"""From here on a spreadsheet has rounded a number, since it keeps 15 digits."""

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class CellInvalid(ValueError):
    """Says why the content of a cell cannot be taken."""


def cell_text(value: Any, number_format: str, decimal: str) -> str:
    """Return the text of a value: numbers with the sign ``decimal`` and without thousands, dates as ISO 8601.

    Zeros in front that only the format shows are there, a percentage has its sign, and whole numbers have no
    decimals. Raises CellInvalid for a number whose digits are lost.
    """
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value).strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, number_format, decimal)
    if isinstance(value, datetime):
        return _moment(value, number_format)
    if isinstance(value, date | time):
        return value.isoformat()
    return "" if value is None else str(value).upper()  # TRUE, or a span such as 36:00:00


def _number(value: float, number_format: str, decimal: str) -> str:
    if isinstance(value, float):
        if not isfinite(value):
            raise CellInvalid("the number is none")
        if abs(value) >= _EXACT:
            raise CellInvalid(f"the number {value:.15g} has lost digits: the spreadsheet kept 15 of them")
        value = int(value) if value.is_integer() else value
    first = number_format.split(";", maxsplit=1)[0]
    if "%" in re.sub(r'"[^"]*"|\\.', "", first):
        return f"{_plain(Decimal(f'{value:.15g}') * 100, decimal)}%"
    padded = _PADDED.fullmatch(first)
    if padded is not None and isinstance(value, int) and value >= 0:
        return f"{_literal(padded[1])}{value:0{len(padded[2])}d}{_literal(padded[3])}"
    return str(value) if isinstance(value, int) else _plain(Decimal(f"{value:.15g}"), decimal)


def _plain(number: Decimal, decimal: str) -> str:
    """Return the number without exponent and without zeros at its end."""
    text = f"{number:f}"
    return certain(text.rstrip("0").rstrip(".") if "." in text else text, decimal)


def _literal(text: str) -> str:
    return re.sub(r'"([^"]*)"|\\(.)', lambda found: found[1] or found[2] or "", text).replace("_", "")


def _moment(value: datetime, number_format: str) -> str:
    """Return a date alone where neither the value nor the format has a time."""
    if value.time() == time(0) and "h" not in re.sub(r'"[^"]*"|\\.', "", number_format.lower()):
        return value.date().isoformat()
    return value.replace(microsecond=0).isoformat()
