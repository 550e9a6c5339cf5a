"""What can be sold, and why: availability of skus in a store, and the stock behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import UnknownSku, UnknownStore
from engine.quantity import to_decimal
from engine.reading.labels import labels_of, shown_of
from engine.reading.numbers_from import with_files
from engine.reading.stock import stock_view
from engine.reading.terms import load_terms, option_term
from engine.requests import mentioned
from engine.results import AvailabilityView, StockView
from engine.runtime import Runtime
from engine.storage.database import Reader
from rules.options.effects import Shown

_NO_STORE = -1


def availability(
    runtime: Runtime, skus: Sequence[str], store: str, *, explain: bool = False
) -> list[AvailabilityView]:
    """Return what can be sold of each sku in the store, in the order asked.

    A sku may name a concrete product or an abstract one, whose row sums up its concrete products; one that
    names both is the concrete one. A hold counts until its time is over, not until a job has ended it. With
    ``explain`` each row carries the terms of its numbers. A sku that no product has gets a row that says so: the
    others are answered all the same. Raises UnknownStore, and UnknownSku when no product has any of them.
    """
    if isinstance(skus, str):  # or each of its letters would be one
        skus = [skus]
    skus = [mentioned(sku) for sku in skus]
    now = runtime.database.clock()
    with runtime.database.read() as reader:
        found = _store_id(reader, store)
        products = _products(reader, skus)
        if found is None:
            unknown, listed = _unknown(skus, products)
            text = f"there is no store {store!r}" + (f", and {listed}" if unknown else "")
            raise UnknownStore(text, store=store, skus=unknown)
        if not products:
            _refuse_unknown(skus, products)
        ids = sorted({row.id for rows in products.values() for row in rows})
        rows = reader.all("view_availability", store=found, products=ids, now=now)
        stored = {row.product_id: row for row in rows}
        terms = load_terms(reader, ids, found, now) if explain else None
        if terms is not None:
            _add_options(terms, store, rows)
        sets = runtime.options.of(reader, [row.option_set_id for row in rows])
    labels = {
        row.product_id: shown_of(sets[row.option_set_id], _level(row), now, bool(row.never_out_of_stock))
        for row in rows
    }
    return [_view(sku, store, products.get(sku, ()), stored, labels, terms) for sku in skus]


def stock(runtime: Runtime, sku: str) -> list[StockView]:
    """Return the stock of a concrete product, or of all concrete ones of an abstract, per warehouse.

    Raises UnknownSku.
    """
    with runtime.database.read() as reader:
        products = _products(reader, [sku])
        _refuse_unknown([sku], products)
        names = {row.id: row.sku for row in products[sku]}
        rows = reader.all("view_stock", products=sorted(names), store=_NO_STORE)
        return with_files(reader, [stock_view(names[row.product_id], row) for row in rows], rows)


def _store_id(reader: Reader, store: str) -> int | None:
    row = reader.first("view_store", store=store)
    return None if row is None else int(row.id)


def _products(reader: Reader, skus: Sequence[str]) -> dict[str, list[Any]]:
    products: dict[str, list[Any]] = {}
    for row in reader.all("view_concretes", skus=sorted(set(skus))):
        products.setdefault(row.asked, []).append(row)
    return products


def _unknown(skus: Sequence[str], known: Mapping[str, Any]) -> tuple[list[str], str]:
    """Return the skus that no product has, and the sentence about them."""
    unknown = [sku for sku in dict.fromkeys(skus) if sku not in known]
    return unknown, f"there is no product {', '.join(map(repr, unknown))}" if unknown else ""


def _refuse_unknown(skus: Sequence[str], known: Mapping[str, Any]) -> None:
    unknown, listed = _unknown(skus, known)
    if unknown:
        raise UnknownSku(listed, skus=unknown)


def _view(
    sku: str,
    store: str,
    products: Sequence[Any],
    stored: Mapping[int, Any],
    labels: Mapping[int, Shown],
    terms: Mapping[int, list[Mapping[str, Any]]] | None,
) -> AvailabilityView:
    abstract = bool(products and products[0].abstract)
    if products and not abstract:
        sku = products[0].sku  # the name of now, by whichever it is asked for
    rows = [stored[product.id] for product in products if product.id in stored]
    return AvailabilityView(
        sku=sku,
        store=store,
        stock=to_decimal(sum(row.stock for row in rows)),
        reserved=to_decimal(sum(row.reserved for row in rows)),
        held=to_decimal(sum(row.held for row in rows)),
        available=to_decimal(sum(row.available for row in rows)),
        never_out_of_stock=any(row.never_out_of_stock for row in rows),
        shortfall=to_decimal(sum(row.shortfall for row in rows)),
        abstract=abstract,
        terms=None if terms is None else _terms(products, terms),
        known=bool(products),
        level=to_decimal(sum(map(_level, rows))) if any(row.counted for row in rows) else None,
        **labels_of([labels[row.product_id] for row in rows])._asdict(),
    )


def _add_options(terms: dict[int, list[Mapping[str, Any]]], store: str, rows: Sequence[Any]) -> None:
    for row in rows:
        if (term := option_term(store, row.selling, row.kept)) is not None:
            terms[row.product_id].append(term)


def _level(row: Any) -> int:
    return int(row.stock - max(row.reserved, 0) - max(row.held, 0) + row.spared)


def _terms(
    products: Sequence[Any], terms: Mapping[int, list[Mapping[str, Any]]]
) -> tuple[Mapping[str, Any], ...]:
    return tuple({"sku": product.sku, **term} for product in products for term in terms[product.id])
