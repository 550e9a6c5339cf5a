"""What of an order is personal: paths into its JSON, and how what they lead to is made anonymous."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from rules.base import Rules, refused

FORGOTTEN = "forgotten"
"""What stands in place of a text that is personal; of anything else nothing (null) does."""

PERSONAL = (
    "customer",
    "email",
    "phone",
    "name",
    "address",
    "addresses",
    "billing_address",
    "shipping_address",
    "delivery_address",
    "billingAddress",
    "shippingAddress",
    "comment",
)
"""The fields that are taken for personal where the rules do not tell any."""

KEPT = frozenset({"reference", "store", "process", "currency", "hold"})
"""The fields of an order that the books need, and by which it is known."""

KEPT_OF_LINES = frozenset({"sku", "quantity", "reference", "warehouse"})
"""The same of its lines."""

_LINES = ("items", "[]")
_KEY = re.compile(r"[^.\[\]]+|\[\]")


def keys_of(path: str) -> tuple[str, ...]:
    """Return the keys of a path: names, ``*`` for any name, ``[]`` for every entry of a list."""
    return tuple(_KEY.findall(path))


def _path(path: str) -> str:
    if not re.fullmatch(r"[^.\[\]]+(\[\])*(\.[^.\[\]]+(\[\])*)*", path):
        raise refused(
            f"{path!r} is no path", "Write names with dots between them, and [] for every entry of a list."
        )
    return path


def _order_path(path: str) -> str:
    keys = keys_of(_path(path))
    if _is_kept(keys):
        raise refused(
            f"{path!r} is needed for the books", "Name the field within that is personal, or leave it out."
        )
    return path


Path = Annotated[str, AfterValidator(_path)]
"""A way into JSON: ``customer.email``, ``addresses[].street``, ``customer.*``."""

OrderPath = Annotated[str, AfterValidator(_order_path)]
"""The same into an order's, to nothing that the books need."""


class Forget(Rules):
    """What is made anonymous of orders that are forgotten."""

    # Not strict as to the list only: a YAML list becomes the tuple.
    order: Annotated[tuple[OrderPath, ...], Field(strict=False)] = PERSONAL
    """Paths into the order's JSON: "customer", "customer.email", "items[].engraving"; * is any name. What the books
    need (reference, store, process, currency, and of lines sku, quantity, reference, warehouse) is kept."""

    history: Annotated[tuple[Path, ...], Field(strict=False)] = PERSONAL
    """The same into what events were given and what commands returned, as the history of its items keeps it."""


def _is_kept(keys: Sequence[str]) -> bool:
    whole = tuple(keys) in (("items",), _LINES)
    of_line = tuple(keys[:2]) == _LINES and len(keys) > 2 and keys[2] in KEPT_OF_LINES
    return whole or of_line or keys[0] in KEPT


def forget(document: Any, paths: Sequence[str], *, order: bool = False) -> dict[str, int]:
    """Make anonymous what the paths lead to in a JSON document, in place; return how many values, by path.

    Of an ``order`` what the books need is kept, also where a ``*`` leads to it. Done again it finds nothing.
    """
    found: dict[str, int] = {}
    for path in paths:
        number = sum(
            _anonymous(holder, key)
            for holder, key, way in _places(document, keys_of(path), ())
            if not (order and _is_kept(way))
        )
        if number:
            found[path] = number
    return found


def _places(
    value: Any, keys: tuple[str, ...], way: tuple[str, ...]
) -> Iterator[tuple[Any, Any, tuple[str, ...]]]:
    """Yield each place that keys lead to: what holds it, under which key, and by which names."""
    key, rest = keys[0], keys[1:]
    inner: list[Any] = []
    if key == "[]" and isinstance(value, list):
        inner = list(range(len(value)))
    elif isinstance(value, dict):
        inner = list(value) if key == "*" else [key] * (key in value)
    for one in inner:
        told = (*way, "[]" if key == "[]" else one)
        if rest:
            yield from _places(value[one], rest, told)
        else:
            yield value, one, told


def _anonymous(holder: Any, key: Any) -> int:
    """Make a value anonymous, with all that is in it; return how many values that were."""
    value = holder[key]
    if isinstance(value, dict):
        return sum(_anonymous(value, one) for one in value)
    if isinstance(value, list):
        return sum(_anonymous(value, one) for one in range(len(value)))
    blank = FORGOTTEN if isinstance(value, str) else None
    if value is None or value == blank:
        return 0
    holder[key] = blank
    return 1
