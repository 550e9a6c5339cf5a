"""What can be wrong with a topology, found without looking into the database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.errors import InputError
from engine.nouns import count
from engine.requests import StoreEntry, Topology
from engine.topology.products import KeyPath, all_skus, named


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong: where, and what to do about it."""

    path: KeyPath
    text: str


def problems_within(topology: Topology) -> list[Problem]:
    """Return what contradicts itself in the topology: names given twice, a store that shares with itself."""
    houses, stores = topology.warehouses, topology.stores
    return [
        *_repeated("unit", ((entry.name, ("units", n)) for n, entry in enumerate(topology.units))),
        *_repeated("warehouse", ((entry.name, ("warehouses", n)) for n, entry in enumerate(houses))),
        *_repeated("store", ((entry.name, ("stores", n)) for n, entry in enumerate(stores))),
        *_repeated(
            "category", ((entry.name, ("categories", n)) for n, entry in enumerate(topology.categories))
        ),
        *(found for n, entry in enumerate(stores) for found in _within_store(n, entry)),
        *_within_products(topology),
    ]


def _within_products(topology: Topology) -> Iterator[Problem]:
    products = topology.products
    abstracts, concretes = all_skus(products)
    distinct = set(abstracts)
    if len(distinct) < len(abstracts):
        yield from _repeated(
            "product", ((sku, ("products", n)) for n, (sku, _) in enumerate(named(products)))
        )
    common = not distinct.isdisjoint(concretes)
    distinct = set(concretes)
    if len(distinct) < len(concretes):
        yield from _repeated_concretes(topology)
    if common:
        yield from _both_kinds(topology)


def refusal(topology: Topology, problems: Iterable[Problem]) -> InputError:
    """Return the error that lists all problems with their places (file and line, when there is a file)."""
    rows = [{"place": path_text(topology, problem.path), "message": problem.text} for problem in problems]
    title = f"the topology has {count(len(rows), 'problem')}"
    listed = [f"  {row['place']}: {row['message']}" for row in rows]
    return InputError(
        f"{title}:", listed=listed, remedy="Mend what is listed; nothing was changed.", problems=rows
    )


def path_text(topology: Topology, path: KeyPath) -> str:
    """Return a path as users see it: ``file:line``, or the way inside a topology made by a program."""
    where = getattr(topology, "where", None)
    if where is not None:
        return str(where(path))
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _within_store(number: int, entry: StoreEntry) -> Iterator[Problem]:
    for field in ("warehouses", "shares_reservations_with"):
        names = getattr(entry, field)
        paths = ((name, ("stores", number, field, n)) for n, name in enumerate(names))
        yield from _repeated(f"entry of '{field}' of store '{entry.name}'", paths)
    for n, name in enumerate(entry.shares_reservations_with):
        if name == entry.name:
            path = ("stores", number, "shares_reservations_with", n)
            yield Problem(path, f"store '{name}' shares with itself: leave it out")


def _repeated_concretes(topology: Topology) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for n, (sku, concretes) in enumerate(named(topology.products)):
        for m, concrete in enumerate(concretes):
            path = ("products", n, "concretes", m, "sku")
            if concrete not in owner:
                owner[concrete] = sku
            elif owner[concrete] == sku:
                yield Problem(path, f"concrete product '{concrete}' is listed twice: leave one out")
            else:
                yield Problem(
                    path,
                    f"concrete product '{concrete}' is listed under '{owner[concrete]}' and under "
                    f"'{sku}': it belongs to one abstract product",
                )


def _both_kinds(topology: Topology) -> Iterator[Problem]:
    abstract = {sku for sku, _ in named(topology.products)}
    for n, (_, concretes) in enumerate(named(topology.products)):
        for m, concrete in enumerate(concretes):
            if concrete in abstract:
                yield both_kinds(concrete, ("products", n, "concretes", m, "sku"))


def both_kinds(sku: str, path: KeyPath) -> Problem:
    """Return the problem of a sku that would name two things: nobody could tell which of them is asked for."""
    return Problem(path, f"'{sku}' is the sku of an abstract and of a concrete product: give one another sku")


def _repeated(kind: str, names: Iterable[tuple[str, KeyPath]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, path in names:
        if name in seen:
            yield Problem(path, f"{kind} '{name}' is listed twice: leave one out")
        seen.add(name)
