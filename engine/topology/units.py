"""The units of products: written with a topology, and refused where what is stored is finer than they allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from engine.errors import UnitTooCoarse
from engine.quantity import Unit, step_of
from engine.requests import Topology
from engine.storage.database import Reader, Record, Work
from engine.topology.problems import Problem
from engine.topology.products import told_units

_MOST_LISTED = 100
"""How many quantities that stand in the way are told one by one."""


def unknown_units(reader: Reader, topology: Topology) -> Iterator[Problem]:
    """Find units that the topology names and that are neither stored nor its own."""
    known = {row.name for row in reader.all("units")} | {entry.name for entry in topology.units}
    if topology.default_unit is not None and topology.default_unit not in known:
        yield _unknown(("default_unit",), topology.default_unit)
    for number, n, _, unit in told_units(topology.products):
        if unit is not None and unit not in known:
            yield _unknown(("products", number, "concretes", n, "sku"), unit)


def _unknown(path: tuple[str | int, ...], name: str) -> Problem:
    return Problem(path, f"there is no unit '{name}': add it under 'units' with its decimals")


def put_units(work: Work, topology: Topology) -> int:
    """Write the units and which is the default one; return how many rows that changed."""
    entries = [[entry.name, step_of(entry.decimals)] for entry in topology.units]
    changed = work.changed("topology_put_units", units=entries) if entries else 0
    if "default_unit" in topology.model_fields_set:
        changed += work.changed("topology_set_default_unit", name=topology.default_unit or "")
    return changed


def give_units(work: Work, topology: Topology, size: int) -> int:
    """Give the products that are there their units, ``size`` of them at a time; return how many were changed."""
    told, changed = told_units(topology.products), 0
    while some := [[sku, unit] for _, _, sku, unit in islice(told, size)]:
        changed += work.changed("topology_set_units", products=some)
    return changed


def check_units(work: Work) -> None:
    """See that no quantity is finer than the unit of its product. Raises UnitTooCoarse with what is.

    Items that are over do not count: nothing is reserved for them, and what they were is history.
    """
    _refuse(work.all("topology_too_fine", size=_MOST_LISTED + 1))


def foresee_units(
    reader: Reader, units: Mapping[str, int], default: str | None, given: Mapping[str, str | None]
) -> None:
    """Do what ``check_units`` does for what would be: the decimals of each unit, the default one, and the units of
    products that have others than now. Raises UnitTooCoarse.
    """
    steps = [[name, step_of(decimals)] for name, decimals in units.items()]
    products = [list(one) for one in given.items()]
    size = _MOST_LISTED + 1
    _refuse(reader.all("diff_too_fine", units=steps, products=products, default_unit=default, size=size))


def _refuse(found: Sequence[Record]) -> None:
    if not found:
        return
    told = [f"  {_WORDS[row.kind].format(row.place)}: {_refusal(row)}" for row in found[:_MOST_LISTED]]
    more = ["  and more"] if len(found) > _MOST_LISTED else []
    raise UnitTooCoarse(
        "quantities would be finer than their units; nothing was changed:", listed=[*told, *more]
    )


_WORDS = {
    "stock": "stock in '{}'",
    "order": "an item of the order '{}'",
    "cart": "the cart hold '{}'",
    "import": "the import of '{}', which is not finished",
}


def _refusal(row: Record) -> str:
    return Unit(row.unit, int(row.step)).refusal(row.sku, int(row.quantity))
