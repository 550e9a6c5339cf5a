"""What each product comes to have of the options in each store, stored beside its availability.

It follows from what is said and from where products and stores stand, so it is computed afresh whenever one of
these changes, in the same transaction: what differs from what is stored is written, availability follows, and so
do events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from engine.inventory.ledger import Ledger
from engine.options.layers import by_names_of_now, read_layers, together
from engine.runtime import Runtime
from engine.storage.database import Reader, Record, Work
from engine.versions.option_sets import content_of, stored_values
from rules.options.effects import NOT_OFFERED, PLAIN, Terms, terms_of
from rules.options.resolve import Effective, Resolver, Surroundings
from rules.options.values import DEFAULTS, OptionValues

CHUNK = 2000
"""How many products are looked at with one set of statements."""


class _Stored(NamedTuple):
    """Values as they are stored, and what follows from them; the id is None for those of the defaults."""

    id: int | None
    terms: Terms


class Recomputed(NamedTuple):
    """How many products were looked at, and of how many of them something is stored that was not before."""

    products: int
    changed: int


def surroundings(reader: Reader) -> Surroundings:
    """Return where categories and stores stand."""
    return Surroundings(
        parents={str(row.name): row.parent for row in reader.all("topology_categories")},
        organisations={str(row.name): row.organisation for row in reader.all("option_stores")},
    )


def recompute_if_said(runtime: Runtime, work: Work, only: int | None = None) -> Recomputed:
    """Do what ``recompute`` does unless nobody has ever said anything of options, as after most topologies."""
    layers = read_layers(work)
    if not any(layer.said for layer in layers.values()):
        return Recomputed(0, 0)
    return recompute(runtime, work, only)


def recompute(runtime: Runtime, work: Work, only: int | None = None) -> Recomputed:
    """Bring what is stored of every product, or of one, to what is said now, with availability and its events.

    To be called with the topology locked (``topology_alone``).
    """
    layers = by_names_of_now(work, read_layers(work))
    resolver = Resolver(together(layers), surroundings(work))
    stores = work.all("option_stores")
    sets, seen, changed = _Sets(work), 0, 0
    ledger = Ledger(work, runtime.plugins, runtime.rules)
    for products in _chunks(work) if only is None else [work.all("option_products", after=only - 1, size=1)]:
        seen += len(products)
        rows = _differing(work, resolver, sets, products, stores)
        if not rows:
            continue
        ids = sorted({row[0] for row in rows if row[0] is not None})
        changed += len(ids)
        ledger.lock_products(ids)
        work.run("write_options", rows=rows)
        ledger.refresh_stock(ids)
        ledger.settle()
    return Recomputed(seen, changed)


def _chunks(work: Work) -> Iterator[list[Record]]:
    after = 0
    while products := work.all("option_products", after=after, size=CHUNK):
        yield products
        after = int(products[-1].id)


def _differing(
    work: Work,
    resolver: Resolver,
    sets: _Sets,
    products: Sequence[Record],
    stores: Sequence[Record],
) -> list[list[int | None]]:
    """Return what is to be written: product, store, set, and what follows from it."""
    first, last = int(products[0].id), int(products[-1].id)
    wanted = {
        (int(product.id), int(store.id)): resolver.effective(
            product.sku, store.name, product.category, product.abstract_sku
        )
        for product in products
        for store in stores
    }
    withdrawn = {int(product.id) for product in products if product.withdrawn}
    closed = {int(store.id) for store in stores if not store.active}
    sets.learn(wanted.values())
    rows = []
    for product, store, known, selling, kept in work.tuples("option_rows", first=first, last=last):
        effective = wanted.get((product, store))
        if effective is None:
            continue
        found = sets.of(effective)
        if product in withdrawn or store in closed:
            found = found._replace(terms=NOT_OFFERED)
        if (known, selling, kept) != (found.id, found.terms.selling, found.terms.kept):
            rows.append([product, store, found.id, int(found.terms.selling), int(found.terms.kept)])
    return rows


class _Sets:
    """The sets that were seen, each looked up once. Products without options of their own share theirs."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._by_values: dict[OptionValues, _Stored] = {DEFAULTS: _Stored(None, PLAIN)}
        self._shared: dict[int, tuple[OptionValues, _Stored]] = {}
        """By the identity of values, which are kept beside it: looking at it is faster than comparing them."""

    def of(self, effective: Effective) -> _Stored:
        """Return what is stored of values that were learned."""
        values = effective.values
        shared = self._shared.get(id(values))
        if shared is None or shared[0] is not values:
            shared = self._shared[id(values)] = (values, self._by_values[values])
        return shared[1]

    def learn(self, wanted: Iterable[Effective]) -> None:
        """Look up the values that were not seen before, adding the sets that are not there yet."""
        new = {one.values for one in wanted} - self._by_values.keys()
        if not new:
            return
        stored = {values: stored_values(values) for values in new}
        contents = {values: content_of(own) for values, own in stored.items()}
        named = sorted(set(contents.values()))
        self._work.run("add_option_sets", contents=named)
        ids = {row.content: int(row.id) for row in self._work.all("option_sets_of", contents=named)}
        for values, content in contents.items():
            self._by_values[values] = _Stored(ids[content], terms_of(stored[values]))
