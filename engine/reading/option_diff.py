"""What other inventory options would change: of which products, how, and what could be sold of them now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.options.effective import CHUNK, surroundings
from engine.options.layers import FILE, Layer, by_names_of_now, read_layers, said_in, together
from engine.quantity import to_decimal
from engine.reading.options import option_views
from engine.results import OptionsDiff, ProductOptionsChange
from engine.runtime import Runtime
from engine.storage.database import Reader
from engine.versions.option_sets import stored_values
from rules.options.effects import Selling, can_be_sold, terms_of
from rules.options.model import Options
from rules.options.resolve import Effective, Resolver
from rules.options.values import OptionValues


class _Side(NamedTuple):
    """One of the two: what its sources say, and what follows."""

    layers: Mapping[str, Layer]
    resolver: Resolver


class _Amounts(NamedTuple):
    """What a product has in a store, what is promised of it, in millionths, and whether it never runs out.

    ``spared`` is what of the promises is beyond the stock of single warehouses.
    """

    stock: int
    promised: int
    spared: int
    endless: bool

    def sold(self, values: OptionValues) -> int | None:
        """Return what could be sold with these values; None is without limit."""
        terms = terms_of(stored_values(values))
        if self.endless and terms.selling is Selling.BY_LEVEL:
            return None
        spared = self.spared if terms.kept >= 0 else max(self.spared + terms.kept, 0)
        amount = can_be_sold(terms, self.stock, self.promised - spared)
        return None if amount is None else int(amount)


def diff_options(runtime: Runtime, old: Options, new: Options, limit: int) -> OptionsDiff:
    """Return what would differ if rule files said other options. Raises RulesInvalid for a contradiction."""
    changed = more = less = 0
    listed: list[ProductOptionsChange] = []
    with runtime.database.read() as reader:
        around, stored = surroundings(reader), read_layers(reader)
        sides = []
        for options in (old, new):
            layers = by_names_of_now(reader, {**stored, FILE: Layer(said_in(options))})
            sides.append(_Side(layers, Resolver(together(layers), around)))
        for sku, store, before, after, amounts in _differing(reader, *sides):
            changed += 1
            was, will = amounts.sold(before.values), amounts.sold(after.values)
            more += _rank(will) > _rank(was)
            less += _rank(will) < _rank(was)
            if len(listed) < limit:
                views = _views(sides[0], before), _views(sides[1], after)
                listed.append(_change(sku, store, *views, was, will))
    return OptionsDiff(changed, more, less, tuple(listed))


def _rank(amount: int | None) -> float:
    return float("inf") if amount is None else amount


def _differing(
    reader: Reader, old: _Side, new: _Side
) -> Iterator[tuple[str, str, Effective, Effective, _Amounts]]:
    stores = [(int(row.id), str(row.name)) for row in reader.all("option_stores")]
    after = 0
    while products := reader.all("option_products", after=after, size=CHUNK):
        first, after = int(products[0].id), int(products[-1].id)
        rows = reader.tuples("view_option_amounts", first=first, last=after)
        amounts = {
            (product, store): _Amounts(int(stock), int(promised), int(spared), bool(endless))
            for product, store, stock, promised, spared, endless in rows
        }
        for row in products:
            for number, store in stores:
                asked = (row.sku, store, row.category, row.abstract_sku)
                was, will = old.resolver.effective(*asked), new.resolver.effective(*asked)
                if was.values != will.values:
                    yield row.sku, store, was, will, amounts[int(row.id), number]


def _views(side: _Side, found: Effective) -> dict[str, Any]:
    return option_views(found, side.layers)


def _change(
    sku: str, store: str, before: dict[str, Any], after: dict[str, Any], was: int | None, will: int | None
) -> ProductOptionsChange:
    return ProductOptionsChange(
        sku=sku,
        store=store,
        options={
            name: (before[name], after[name]) for name in before if before[name].value != after[name].value
        },
        available_before=None if was is None else to_decimal(was),
        available_after=None if will is None else to_decimal(will),
    )
