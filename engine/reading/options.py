"""Inventory options as they are asked for: which value comes from where, what does not fit, who changed what."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from engine.clock import to_datetime
from engine.errors import UnknownSku, UnknownStore
from engine.options.apply import check_level
from engine.options.effective import surroundings
from engine.options.layers import DATABASE, FILE, Layer, by_names_of_now, read_layers, together
from engine.options.names import unknown_names
from engine.reading.availability import availability
from engine.results import OptionChangeView, OptionProblem, OptionsView, OptionView
from engine.runtime import Runtime
from engine.storage.database import Reader
from rules.options.model import Options
from rules.options.resolve import Effective, Resolver, Surroundings
from rules.options.values import QUANTITIES


def explain_options(runtime: Runtime, sku: str, store: str) -> OptionsView:
    """Return the options of a product in a store, each with its level. Raises UnknownSku, UnknownStore."""
    with runtime.database.read() as reader:
        around = surroundings(reader)
        if store not in around.organisations:
            known = ", ".join(around.organisations) or "none"
            raise UnknownStore(f"there is no store {store!r}; known: {known}")
        product = reader.first("view_option_product", sku=sku)
        if product is None:
            raise UnknownSku(f"there is no product {sku!r}", skus=[sku])
        layers, sku = by_names_of_now(reader, read_layers(reader)), str(product.sku)
    found = Resolver(together(layers), around).effective(sku, store, product.category, product.abstract_sku)
    return OptionsView(
        sku=sku,
        store=store,
        category=product.category,
        organisation=around.organisations[store],
        options=option_views(found, layers),
        availability=availability(runtime, [sku], store)[0],
    )


def option_views(found: Effective, layers: Mapping[str, Layer]) -> dict[str, OptionView]:
    """Return each value with its level, and which source says it there."""
    return {
        name: OptionView(_shown(name, value), str(level), _source(layers, str(level), name))
        for name, value, level in found.options()
    }


def _shown(name: str, value: Any) -> Any:
    return Decimal(value) if name in QUANTITIES and value is not None else value


def _source(layers: Mapping[str, Layer], level: str, option: str) -> str | None:
    # A date goes with "upcoming", which may stand without one.
    names = (option, "upcoming") if option == "availability_date" else (option,)
    said = (
        source for name in names for source in (FILE, DATABASE) if name in layers[source].said.get(level, {})
    )
    return next(said, None)


def option_problems(runtime: Runtime, options: Options | None = None) -> list[OptionProblem]:
    """Return what of the options does not fit the stored topology: names that are not there, and contradictions.

    Without options those count that the database was told.
    """
    with runtime.database.read() as reader:
        said = together(read_layers(reader)) if options is None else options
        around = surroundings(reader)
        return [*unknown_names(reader, said, around), *_contradictions(reader, said, around)]


def _contradictions(reader: Reader, options: Options, around: Surroundings) -> Iterator[OptionProblem]:
    """Find where a maximum of one level meets a higher minimum of another one: such products cannot be ordered."""
    resolver, told = Resolver(options, around), set()
    after = 0
    while rows := reader.all("option_products", after=after, size=2000):
        after = int(rows[-1].id)
        for row in rows:
            for store in around.organisations:
                found = resolver.effective(row.sku, store, row.category, row.abstract_sku)
                least, most = found.values.minimum_quantity_to_order, found.values.maximum_quantity_to_order
                if least is None or most is None or not 0 < most < least:
                    continue
                levels = {name: level for name, _, level in found.options()}
                pair = (levels["minimum_quantity_to_order"], levels["maximum_quantity_to_order"])
                if pair not in told:
                    told.add(pair)
                    yield _crossed(row.sku, store, least, most, *map(str, pair))


_SECTIONS = {
    "organisation": "organisations",
    "website": "websites",
    "category": "categories",
    "product": "products",
}


def _crossed(sku: str, store: str, least: Any, most: Any, low: str, high: str) -> OptionProblem:
    kind, _, name = high.partition(" ")
    path = ("options", _SECTIONS[kind], name) if kind in _SECTIONS else ("options", kind)
    return OptionProblem(
        (*path, "maximum_quantity_to_order"),
        f"the maximum {most} of {high} is below the minimum {least} of {low}: no quantity of {sku!r} can be "
        f"ordered in {store!r}",
        "Give both at the same level, or change one of them.",
    )


def option_history(
    runtime: Runtime, level: str = "", limit: int = 100, before: int | None = None
) -> list[OptionChangeView]:
    """Return changes of options, the newest first; those before one by its id. Raises InputError for no level."""
    if level:
        check_level(level)
    with runtime.database.read() as reader:
        rows = reader.all(
            "option_changes", level=level, size=max(1, limit), before_id=2**62 if before is None else before
        )
    return [
        OptionChangeView(
            id=int(row.id),
            at=to_datetime(row.at),
            actor=row.actor,
            source=row.source,
            origin=row.origin,
            level=row.level,
            option=row.option,
            before=None if row.before is None else json.loads(row.before),
            after=None if row.after is None else json.loads(row.after),
        )
        for row in rows
    ]
