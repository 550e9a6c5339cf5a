"""Categories, and the products in them: written with a topology, and refused where the tree would be none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from engine.definition.suggest import did_you_mean
from engine.requests import Topology
from engine.storage.database import Reader, Work
from engine.topology.problems import Problem
from engine.topology.products import told_categories


def wrong_categories(reader: Reader, topology: Topology) -> Iterator[Problem]:
    """Find names of categories that are neither stored nor the topology's own, and categories above themselves."""
    stored = stored_parents(reader)
    names = stored.keys() | {entry.name for entry in topology.categories}
    unknown = False
    for number, entry in enumerate(topology.categories):
        if entry.parent is not None and entry.parent not in names:
            unknown = True
            yield _unknown(("categories", number, "parent"), entry.parent, names)
    for number, _, category in told_categories(topology.products):
        if category is not None and category not in names:
            yield _unknown(("products", number, "category"), category, names)
    if not unknown:
        yield from _cycles(topology, wanted_parents(topology, stored))


def _unknown(path: tuple[str | int, ...], name: str, names: set[str]) -> Problem:
    guess = did_you_mean(name, sorted(names))
    more = f".{guess}" if guess else ""
    return Problem(path, f"there is no category '{name}': add it under 'categories'{more}")


def wanted_parents(topology: Topology, stored: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return every category with the one above it, once the topology is applied."""
    wanted = dict(stored)
    for entry in topology.categories:
        if "parent" in entry.model_fields_set:
            wanted[entry.name] = entry.parent
        else:
            wanted.setdefault(entry.name, None)
    return wanted


def _cycles(topology: Topology, parents: Mapping[str, str | None]) -> Iterator[Problem]:
    """Find each cycle once, at the first category of it that the topology names."""
    seen: set[str] = set()
    for number, entry in enumerate(topology.categories):
        above: dict[str, None] = {}
        at: str | None = entry.name
        while at is not None and at not in above and at not in seen:
            above[at] = None
            at = parents.get(at)
        if at in above and at != entry.name:
            continue  # it leads to a cycle, which is told of those that are in it
        if at in above:
            shown = " -> ".join(f"'{name}'" for name in (*above, at))
            path = ("categories", number, "parent")
            yield Problem(
                path, f"the category '{at}' is above itself: {shown}. Give one of them another parent"
            )
        seen.update(above)


def stored_parents(reader: Reader) -> dict[str, str | None]:
    """Return every stored category with the one above it."""
    return {str(row.name): row.parent for row in reader.all("topology_categories")}


def put_categories(work: Work, topology: Topology) -> int:
    """Write the categories and what is above them; return how many rows that changed."""
    if not topology.categories:
        return 0
    changed = work.changed("topology_add_categories", names=[entry.name for entry in topology.categories])
    placed = [
        [entry.name, entry.parent] for entry in topology.categories if "parent" in entry.model_fields_set
    ]
    return changed + work.changed("topology_set_parents", categories=placed)


def give_categories(work: Work, topology: Topology, size: int) -> int:
    """Put products that are there into their categories, ``size`` of them at a time; return how many moved."""
    told, changed = told_categories(topology.products), 0
    while some := [[sku, category] for _, sku, category in islice(told, size)]:
        changed += work.changed("topology_set_product_categories", products=some)
    return changed
