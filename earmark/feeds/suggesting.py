"""A [[feeds]] block for a file without one, made of what the file looks like. To be read before it is used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from earmark.feeds.guessing_columns import Guess
from earmark.feeds.loading import feed_named
from earmark.feeds.mapping.rows import Mapping
from earmark.feeds.records import same_name
from earmark.feeds.shipped import profile_names
from earmark.feeds.showing import toml_value
from engine.errors import EarmarkError

_ANY_COLUMN = "{warehouse}"
"""Columns of warehouses in a profile that understands whatever has a sku."""


_ENOUGH = 3
"""How many columns of a file a profile must use, or half of them: others have a sku and a quantity as well."""


_PLAIN = frozenset(
    {
        *(
            "sku",
            "item",
            "item_code",
            "article",
            "artikel",
            "artikelnummer",
            "product",
            "product sku",
            "produkt",
        ),
        *("warehouse", "location", "lager", "lagerort", "emplacement", "magazzino", "site", "name", "title"),
        *(
            "quantity",
            "qty",
            "stock",
            "menge",
            "bestand",
            "lagerbestand",
            "quantité",
            "cantidad",
            "inventario",
        ),
        *("status", "type", "unit", "state", "id", "inventory", "available", "on hand"),
    }
)
"""Names of columns that say nothing of the system: many files have them, and mean something else."""

_SIGNS = {
    "odoo-quant": ("lot/serial number", "reserved quantity", "inventoried quantity", "on hand quantity"),
    "orocommerce": ("inventory status",),
    "erpnext": ("valuation_rate", "valuation rate", "has_item_scanned", "has item scanned"),
    "magento-product": ("store_view_code", "attribute_set_code", "out_of_stock_qty", "is_in_stock"),
    "shopify": ("option1 name", "handle"),
    "woocommerce": ("in stock?", "backorders allowed?", "published"),
}
"""Columns that files of a system have, and its profile need not read."""


def profiles_of(found: Guess, path: Path) -> tuple[str, ...]:
    """Return the shipped profiles that understand the columns of the file."""
    return tuple(name for name in profile_names() if _understands(name, found, path))


def _understands(name: str, found: Guess, path: Path) -> bool:
    try:
        feed = feed_named((), name)
        if feed.warehouse is None or feed.warehouse.columns == _ANY_COLUMN:
            return False
        if feed.format != found.format or (found.format == "csv" and feed.delimiter != found.delimiter):
            return False
        no_file = {"codes_file": None, "codes_columns": None}
        parts = {key: getattr(feed, key).model_copy(update=no_file) for key in ("sku", "warehouse")}
        mapping = Mapping(feed.model_copy(update=parts), found.columns, path)
    except EarmarkError:
        return False
    if not _is_of_system(name, found, mapping):
        return False
    used = len(found.columns) - len(mapping.unused)
    return used >= _ENOUGH or used * 2 >= len(found.columns)


def _is_of_system(name: str, found: Guess, mapping: Mapping) -> bool:
    """Return whether the file has a column of that system, and not only such as anybody may write."""
    known = {same_name(column) for column in found.columns}
    used = known - {same_name(column) for column in mapping.unused}
    return bool(used - _PLAIN) or not known.isdisjoint(_SIGNS.get(name, ()))


def block_of(found: Guess, path: Path, profiles: tuple[str, ...] = ()) -> str:
    """Return the block; what nobody can see in a file stands there as a question, in a comment."""
    return "\n".join(_lines(found, path, profiles))


def _lines(found: Guess, path: Path, profiles: tuple[str, ...]) -> Iterator[str]:
    yield "[[feeds]]"
    yield f"name = {toml_value(re.sub(r'[^a-z0-9]+', '-', path.stem.lower()).strip('-') or 'stock')}"
    if profiles:
        others = f"  # or {', '.join(profiles[1:])}" if profiles[1:] else ""
        yield f"profile = {toml_value(profiles[0])}{others}"
        yield from _dialect(found)
        return
    yield from _kind(found)
    yield from _dialect(found)
    yield from _columns(found)


def _kind(found: Guess) -> Iterator[str]:
    if found.available:
        yield f'kind = "available"  # {found.quantity!r} sounds like less what is promised: is it?'
        yield 'promised = "earmark"  # right if Earmark knows the same orders as whoever writes the file'
    else:
        yield 'kind = "on_hand"  # what lies there, promised or not: is it? Else "available" or "delta"'


def _dialect(found: Guess) -> Iterator[str]:
    if found.format != "csv":
        yield f"format = {toml_value(found.format)}"
    if found.encoding != "utf-8":
        yield f"encoding = {toml_value(found.encoding)}"
    if found.delimiter != ",":
        yield f"delimiter = {toml_value(found.delimiter)}"
    if found.skip_lines:
        yield f"skip_lines = {found.skip_lines}"
    if found.decimal is not None:
        yield f"decimal = {toml_value(found.decimal)}"
    if found.thousands is not None:
        yield f"thousands = {toml_value(found.thousands)}"


def _columns(found: Guess) -> Iterator[str]:
    asked = ", ".join(map(repr, found.columns))
    if found.sku is None:
        yield f'sku = {{ column = "" }}  # which of these? {asked}'
    else:
        yield f"sku = {{ column = {toml_value(found.sku)} }}"
    if found.warehouse is None:
        yield 'warehouse = { constant = "" }  # which of your warehouses? Or { column = "..." }'
    else:
        yield f"warehouse = {{ column = {toml_value(found.warehouse)} }}"
    if found.quantity is None:
        yield f'quantity = {{ column = "" }}  # which of these? {asked}'
    else:
        after = ', sign = "either"' if found.minus_after else ""
        yield f"quantity = {{ column = {toml_value(found.quantity)}{after} }}"
    yield from _time(found)


def _time(found: Guess) -> Iterator[str]:
    if found.counted_at is None:
        yield '# counted_at = { lag = "15 minutes" }  # how long before it is written it was counted'
        return
    if found.time_format is None:
        return
    form = "" if found.time_format == "iso" else f", format = {toml_value(found.time_format)}"
    column = toml_value(found.counted_at)
    yield f'# counted_at = {{ column = {column}{form}, timezone = "Europe/Berlin" }}  # if that is the count'
