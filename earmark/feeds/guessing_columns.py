"""What columns look like by their names and by what stands in them: the sku, the quantity, and its signs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from earmark.feeds.records import same_name

_SKUS = (
    "concrete_sku", "sku", "variant_sku", "seller-sku", "item_sku", "artikelnummer", "artikelnr", "artikel-nr",
    "artikel", "materialnummer", "material", "article", "référence", "reference", "referencia", "item_code",
    "item_number", "product_code", "product_id", "produktnummer", "ordernumber", "item", "ean", "gtin", "barcode",
)  # fmt: skip
_WAREHOUSES = (
    "warehouse", "warehouse_name", "warehouse_code", "stock_name", "source_code", "location", "lager", "lagerort",
    "lagername", "werk", "depot", "entrepôt", "emplacement", "almacén", "magazzino", "site", "store", "name",
)  # fmt: skip
_QUANTITIES = (
    "quantity", "on_hand", "quantity_on_hand", "qty_on_hand", "quantityonstock", "physical_stock", "qty", "stock",
    "bestand", "lagerbestand", "menge", "quantité", "quantite", "cantidad", "inventory", "instock", "stockonhand",
)  # fmt: skip
_AVAILABLE = (
    "available", "available_quantity", "quantity_available", "verfügbar", "verfuegbar", "frei", "disponible",
    "free", "free_stock",
)  # fmt: skip
_TIMES = (
    "counted_at", "as_of", "counted", "timestamp", "zeitstempel", "stand", "datum", "date", "zeitpunkt",
    "updated_at", "last_count",
)  # fmt: skip
_LONG_ENOUGH = 5
"""From how many letters on a word is looked for within the name of a column."""

_FORMATS = (
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
)
_COMMA_DECIMALS = re.compile(r"-?[0-9.' ]*,[0-9]{1,2}|-?[0-9.' ]+,[0-9]{3,}-?", re.ASCII)
_POINT_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?-?", re.ASCII)
_COMMA_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?-?", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9][0-9.,' ]*-?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text looks like. Columns are None where none is like it, signs where nothing tells them.

    ``available`` tells that the quantity is probably less what is promised. ``time_format`` is that of
    ``strptime``, or ``iso``.
    """

    encoding: str
    delimiter: str
    skip_lines: int
    columns: tuple[str, ...]
    sku: str | None
    warehouse: str | None
    quantity: str | None
    available: bool
    counted_at: str | None
    time_format: str | None
    decimal: str | None
    thousands: str | None
    minus_after: bool
    format: str = "csv"


def header_of(rows: Sequence[tuple[int, list[str]]]) -> int:
    """Return the first row that is as wide and nearly as full as most are."""
    width = Counter(len(fields) for _, fields in rows).most_common(1)[0][0] if rows else 0
    full = sorted(sum(map(bool, fields)) for _, fields in rows if len(fields) == width)
    needed = full[len(full) // 2] / 2 if full else 0
    return next((n for n, (_, f) in enumerate(rows) if len(f) == width and sum(map(bool, f)) > needed), 0)


def of_columns(
    encoding: str,
    delimiter: str,
    skipped: int,
    header: tuple[str, ...],
    data: Sequence[Sequence[str]],
    form: str = "csv",
) -> Guess:
    """Return what columns of these names and rows look like; ``form`` is the format of the file."""

    def texts(name: str | None) -> list[str]:
        return [] if name is None else [fields[header.index(name)] for fields in data]

    rest = list(header)
    sku, quantity = _like(rest, _SKUS), _like(rest, _QUANTITIES)
    available = _like(rest, _AVAILABLE)
    rest = [name for name in rest if name not in (sku, quantity, available)]
    warehouse, time = _like(rest, _WAREHOUSES), _like(rest, _TIMES)
    if warehouse == "name" and sku != "concrete_sku":
        warehouse = None  # mostly that of the product
    numbers = [text for text in texts(quantity or available) if _NUMBER.fullmatch(text)]
    decimal, thousands = _signs(numbers)
    return Guess(
        encoding=encoding,
        delimiter=delimiter,
        skip_lines=skipped,
        columns=header,
        sku=sku,
        warehouse=warehouse,
        quantity=quantity or available,
        available=available is not None and quantity in (None, available),
        counted_at=time,
        time_format=_time_format([text for text in texts(time) if text]),
        decimal=decimal,
        thousands=thousands,
        minus_after=any(text.endswith("-") for text in numbers),
        format=form,
    )


def _like(header: Sequence[str], wanted: Sequence[str]) -> str | None:
    """Return the column whose name is the first of those wanted, as a whole or else as a part."""
    names = {re.sub(r"[ _]+", "_", same_name(name)): name for name in reversed(header) if name}
    for word in wanted:
        if word in names:
            return names[word]
    for word in wanted:
        if len(word) >= _LONG_ENOUGH and (
            found := next((name for key, name in names.items() if word in key), None)
        ):
            return found
    return None


def _signs(numbers: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the decimal and the thousands sign, None where nothing tells them or nothing needs them."""
    grouped_by_point = any(_POINT_GROUPS.fullmatch(text) for text in numbers)
    commas = [text for text in numbers if "," in text]
    if commas and all(_COMMA_GROUPS.fullmatch(text) for text in commas) and not grouped_by_point:
        return ".", ","
    if any(_COMMA_DECIMALS.fullmatch(text) for text in commas):
        return ",", "." if grouped_by_point else None
    if grouped_by_point:
        return None, None  # 1.250 can be both
    return ("." if any("." in text for text in numbers) else None), None


def _time_format(texts: Sequence[str]) -> str | None:
    """Return the first format that reads all of the times."""
    for form in ("iso", *_FORMATS) if texts else ():
        try:
            for text in texts:
                datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)
        except ValueError:
            continue
        return form
    return None
