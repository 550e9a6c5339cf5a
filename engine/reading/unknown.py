"""Which names of products and warehouses the database does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.runtime import Runtime

_AT_ONCE = 1000
"""How many skus are looked up by one statement."""


def unknown_names(
    runtime: Runtime, skus: Collection[str], warehouses: Collection[str]
) -> tuple[list[str], list[str]]:
    """Return the skus that no concrete product has, and the names that no warehouse has, each sorted."""
    wanted = sorted(set(skus))
    with runtime.database.read() as reader:
        known = {row.name for row in reader.all("topology_warehouses")}
        found = {row.sku for some in _batched(wanted) for row in reader.all("stage_products", skus=some)}
    return [sku for sku in wanted if sku not in found], sorted(set(warehouses) - known)


def _batched(skus: list[str]) -> Iterator[list[str]]:
    return (skus[start : start + _AT_ONCE] for start in range(0, len(skus), _AT_ONCE))
