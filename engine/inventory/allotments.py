"""Allotments as they are stored: what they are made of, and balancing them set by set.

Whoever writes them has locked the availability of the products in every store of their warehouse groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from engine.hooks import Plugins
from engine.inventory.pools import NOTHING, Allotted, ChannelGroup, Content, Pool, allotted
from engine.inventory.strategies import Question, weights_of
from engine.storage.database import Reader, Work
from rules.sharing import FIXED, PLUGIN

_Key = tuple[int, int]
"""(product id, warehouse group id)"""


class Change(NamedTuple):
    """That a channel group is allotted another amount of a product: what it could sell, and can sell now."""

    product: int
    group: ChannelGroup
    before: int
    after: int


class _Pooled(NamedTuple):
    """The channel groups of a warehouse group, and what is the same there for all products."""

    id: int
    groups: tuple[ChannelGroup, ...]
    ids: tuple[int, ...]
    weights: tuple[int, ...]
    thresholds: tuple[int, ...]
    strategy: str


class Allotments:
    """Reads what is allotted, and balances it."""

    def __init__(self, reader: Reader, plugins: Plugins) -> None:
        self._reader, self._plugins = reader, plugins

    @cached_property
    def pooled(self) -> Sequence[_Pooled]:
        """The warehouse groups with their channel groups in their order; none where nothing is shared."""
        rows = [ChannelGroup(*row) for row in self._reader.tuples("channel_groups")]
        return [_pooled(tuple(groups)) for _, groups in groupby(rows, key=lambda group: group.pool)]

    def pools(self, products: Sequence[int]) -> Iterator[tuple[int, Pool]]:
        """Yield each product in each warehouse group as it is stored. Raises PluginError."""
        stored = self._stored(products)
        for product, pooled, content in self._contents(products):
            known = stored.get(product, {})
            yield product, Pool(pooled.groups, content, [known.get(group, NOTHING) for group in pooled.ids])

    def changes(self, products: Sequence[int]) -> list[Change]:
        """Return what balancing the products would change. Raises PluginError."""
        stored, found = self._stored(products), []
        for product, pooled, content in self._contents(products):
            known = stored.get(product, {})
            for group, promised, now in zip(pooled.groups, content.promised, allotted(content), strict=True):
                was = known.get(group.id, NOTHING)
                if was != now:
                    found.append(Change(product, group, was.quantity - promised, now.quantity - promised))
        return found

    def balance(self, work: Work, products: Sequence[int]) -> int:
        """Allot the products anew, and write what stores have of them; return how many allotments changed.

        Raises PluginError.
        """
        if not self.pooled or not products:
            return 0
        rows = [
            [product, group, *amounts]
            for product, pooled, content in self._contents(products)
            for group, amounts in zip(pooled.ids, allotted(content), strict=True)
        ]
        changed = work.changed("balance_write", rows=rows)
        # Also where none has changed: what stores have may just have been counted from their warehouses.
        work.run("balance_refresh", products=list(products))
        return changed

    def _contents(self, products: Sequence[int]) -> Iterator[tuple[int, _Pooled, Content]]:
        chosen = list(products)
        totals = {row[:2]: row[2:] for row in self._reader.tuples("balance_pools", products=chosen)}
        promised = self._by_group("balance_promised", chosen)
        weights = self._weights(chosen, totals, promised)
        for pooled in self.pooled:
            none, fixed = (0,) * len(pooled.ids), pooled.strategy == FIXED
            for product in chosen:
                total, step = totals.get((product, pooled.id), (0, None))
                own = promised.get(product)
                mine = none if own is None else tuple(own.get(group, 0) for group in pooled.ids)
                parts = weights.get((product, pooled.id), pooled.weights) if weights else pooled.weights
                yield product, pooled, Content(int(total), mine, parts, pooled.thresholds, fixed, step)

    def _by_group(self, statement: str, products: Sequence[int]) -> dict[int, dict[int, int]]:
        found: dict[int, dict[int, int]] = defaultdict(dict)
        for product, group, amount in self._reader.tuples(statement, products=list(products)):
            found[product][group] = int(amount)
        return found

    def _stored(self, products: Sequence[int]) -> dict[int, dict[int, Allotted]]:
        found: dict[int, dict[int, Allotted]] = defaultdict(dict)
        for product, group, *amounts in self._reader.tuples("balance_stored", products=list(products)):
            found[product][group] = Allotted(*amounts)
        return found

    def _weights(
        self,
        products: Sequence[int],
        totals: Mapping[_Key, tuple[int, int | None]],
        promised: Mapping[int, Mapping[int, int]],
    ) -> dict[_Key, tuple[int, ...]]:
        """Return the weights that are of single products, by product and warehouse group."""
        found: dict[_Key, tuple[int, ...]] = {}
        strategies = {pooled.strategy for pooled in self.pooled}
        demand = self._by_group("balance_demand", products) if "demand" in strategies else {}
        skus = self._skus(products) if any(name.startswith(PLUGIN) for name in strategies) else {}
        for pooled in self.pooled:
            if pooled.strategy == "demand":
                for product, known in demand.items():
                    found[product, pooled.id] = tuple(known.get(group, 0) for group in pooled.ids)
            elif pooled.strategy.startswith(PLUGIN) and len(pooled.ids) > 1:
                nothing = (0, None)
                asked = [
                    Question(
                        skus[product],
                        int(totals.get((product, pooled.id), nothing)[0]),
                        promised.get(product, {}),
                    )
                    for product in products
                ]
                answers = weights_of(
                    self._plugins, pooled.strategy.removeprefix(PLUGIN), pooled.groups, asked
                )
                found.update(
                    ((product, pooled.id), tuple(one)) for product, one in zip(products, answers, strict=True)
                )
        return found

    def _skus(self, products: Sequence[int]) -> dict[int, str]:
        return {row.id: row.sku for row in self._reader.all("balance_skus", products=list(products))}


def _pooled(groups: tuple[ChannelGroup, ...]) -> _Pooled:
    return _Pooled(
        groups[0].pool,
        groups,
        tuple(group.id for group in groups),
        tuple(group.weight for group in groups),
        tuple(group.threshold for group in groups),
        groups[0].strategy,
    )
