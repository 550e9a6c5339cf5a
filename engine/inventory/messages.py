"""The messages inventory puts into the outbox, as JSON objects whose numbers are exact."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from engine.clock import SECOND
from engine.quantity import SCALE, format_quantity, to_decimal

AVAILABILITY = "availability"
"""The kind of a message that tells the availability of an abstract product in a store."""

SHORTFALL = "shortfall"
"""The kind of a message that tells that more is promised than there is stock."""

DRIFT = "drift"
"""The kind of a message that tells that a stored reservation is below zero: damage, to be reconciled."""

_quoted = json.encoder.encode_basestring_ascii

_STORES = 1_000_000
"""Row keys of the published shape are one number: product id times this, plus the store's id."""


def plugin_message(kind: object, payload: object) -> str:
    """Return the JSON of a plugin's message. Raises TypeError or ValueError for what no sink could write."""
    if not isinstance(kind, str) or not kind or not kind.isprintable():
        raise TypeError(f"the kind of a message is a word, not {kind!r}")
    if not isinstance(payload, Mapping):
        raise TypeError(f"the payload of a message is a mapping, not {type(payload).__name__}")
    return to_json(payload)


def to_json(value: Any) -> str:
    """Return compact JSON in which a Decimal is a plain number with all its digits.

    Raises TypeError or ValueError for what is not JSON, NaN and infinity among it.
    """
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except TypeError:  # there is a Decimal in it, which the standard encoder cannot write exactly
        return _exact_json(value)


def _exact_json(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int | float):  # before the slower checks: most values are numbers
        return json.dumps(value, allow_nan=False)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a JSON number")
        return format(value, "f")
    if isinstance(value, Mapping):
        return (
            "{" + ",".join([f"{_quoted(str(key))}:{_exact_json(item)}" for key, item in value.items()]) + "}"
        )
    if isinstance(value, Sequence):
        return "[" + ",".join([_exact_json(item) for item in value]) + "]"
    return json.dumps(value)


def from_json(text: str) -> dict[str, Any]:
    """Return the JSON object in the text; numbers that are not whole become Decimal."""
    value = json.loads(text, parse_float=Decimal)
    if not isinstance(value, dict):
        raise ValueError("a message must be a JSON object")
    return value


def availability_events(rows: Iterable[Any], now: int) -> Iterator[dict[str, Any]]:
    """Yield one event per abstract product and store from the rows of its concrete products.

    The shape is the one that shops built on the reference engine read; ``_version`` grows with each event of
    the abstract product and store, ``_timestamp`` is in seconds.
    """
    for _, group in groupby(rows, key=lambda row: (row.abstract_id, row.store_id)):
        concretes = list(group)
        first = concretes[0]
        key = first.abstract_id * _STORES + first.store_id
        yield {
            "id_availability_abstract": key,
            "fk_store": first.store_id,
            "abstract_sku": first.abstract_sku,
            "quantity": _number(first.abstract_available),
            "SpyAvailabilities": [_concrete(row, key) for row in concretes],
            "Store": {"id_store": first.store_id, "name": first.store},
            "id_product_abstract": first.abstract_id,
            "_timestamp": now / SECOND,
            "_version": first.event_version,
        }


def drift_message(row: Any) -> dict[str, Any]:
    """Return the message that a store's reservation of a sku is below zero; quantities as decimal strings."""
    return {
        "store": row.store,
        "sku": row.sku,
        "reserved": format_quantity(row.reserved),
        "held": format_quantity(row.held),
    }


def _concrete(row: Any, key: int) -> dict[str, Any]:
    return {
        "id_availability": row.product_id * _STORES + row.store_id,
        "fk_availability_abstract": key,
        "fk_store": row.store_id,
        "is_never_out_of_stock": bool(row.never_out_of_stock),
        "quantity": _number(row.available),
        "sku": row.sku,
    }


def _number(millionths: int) -> int | Decimal:
    whole, fraction = divmod(millionths, SCALE)
    return to_decimal(millionths) if fraction else whole
