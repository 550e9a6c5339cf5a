"""Topologies that name products by a name of before: they mean what has another name now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.nouns import count
from engine.requests import ProductEntry, Topology
from engine.storage.database import Reader
from engine.topology.problems import Problem, refusal
from engine.topology.products import Products, all_skus, places_of

_MOST_TOLD = 20
"""How many old names are told one by one."""


def with_names_of_now(reader: Reader, topology: Topology) -> tuple[Topology, list[str]]:
    """Return the topology with products by their names of now, and warnings of names of before.

    Raises InputError where it names a product by both.
    """
    if not topology.products:
        return topology, []
    known = {str(row.name): str(row.sku) for row in reader.all("topology_aliases")}
    if not known:
        return topology, []
    listed = set(all_skus(topology.products)[1])
    renamed = {old: new for old, new in known.items() if old in listed}
    if not renamed:
        return topology, []
    if twice := {old for old, new in renamed.items() if new in listed}:
        raise refusal(topology, _twice(topology, {old: renamed[old] for old in twice}))
    products = _with_names(topology.products, renamed)
    return topology.model_copy(update={"products": products}), _warnings(renamed)


def _twice(topology: Topology, renamed: Mapping[str, str]) -> list[Problem]:
    _, places = places_of(topology.products, set(), renamed.keys())
    return [
        Problem(
            path, f"'{old}' is the name of before of '{renamed[old]}', which is listed too: leave one out"
        )
        for old, path in places.items()
    ]


def _warnings(renamed: Mapping[str, str]) -> list[str]:
    told = [
        f"the concrete product '{old}' is called '{new}' now: the topology names it as it was called before"
        for old, new in sorted(renamed.items())[:_MOST_TOLD]
    ]
    more = len(renamed) - len(told)
    return [*told, *([f"and {count(more, 'more name')} of before"] if more > 0 else [])]


def _with_names(products: Sequence[ProductEntry], now: Mapping[str, str]) -> Sequence[ProductEntry]:
    if isinstance(products, Products):
        return products.renamed(now)
    return tuple(
        entry.model_copy(
            update={
                "concretes": tuple(
                    one.model_copy(update={"sku": now.get(one.sku, one.sku)}) for one in entry.concretes
                )
            }
        )
        for entry in products
    )
