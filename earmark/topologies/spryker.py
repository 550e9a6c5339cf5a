"""The import files of a Spryker shop: warehouses, stores, products, and the units in which they are measured.

A folder is searched with all folders in it, as ``data/import`` has them: one for what all stores have in common,
and one for each store or region. The same row in several of them counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from earmark.tables import Table, open_table
from earmark.topologies.found import Concrete, Found
from earmark.words.text import count
from engine.errors import InputError

_FLAGS = {"1": True, "true": True, "0": False, "false": False, "": False}


def read_spryker(paths: Sequence[Path]) -> tuple[Found, list[Path]]:
    """Return what the files say, or those of folders, and the files that were read.

    Raises FileUnreadable and InputError for a file that is none, and where there is nothing to read.
    """
    found, files = Found(), []
    for path in paths:
        for file in _files(path, found):
            with open_table(file) as table:
                kind = _KINDS.get(file.name.lower()) or _by_columns(table)
                for note in table.notes:
                    found.note(f"{file}:1", note)
                kind.read(table, found)
            files.append(file)
    _check(found)
    return found, files


def _files(path: Path, found: Found) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    texts = sorted(file for file in path.rglob("*") if file.suffix.lower() == ".csv" and file.is_file())
    known = [file for file in texts if file.name.lower() in _KINDS]
    if not known:
        raise InputError(
            f"{path} has none of the files that are read", remedy=f"They are: {', '.join(sorted(_KINDS))}."
        )
    if len(texts) > len(known):
        found.note(
            str(path),
            f"not read, for they tell of other things: {count(len(texts) - len(known), 'CSV file')}",
        )
    yield from known


def _by_columns(table: Table) -> _Kind:
    """Return what a file of another name is, by its columns."""
    for kind in _KINDS.values():
        if set(kind.needs) <= set(table.columns) and (len(kind.needs) > 1 or len(table.columns) == 1):
            return kind
    raise InputError(
        f"{table.path} is none of the files that are read",
        remedy=f"They are: {', '.join(sorted(_KINDS))}; one of another name is known by its columns.",
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file: the columns that it must have, those that it may have, and what a row of them means."""

    take: Callable[[Found, str, Sequence[str]], None]
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()

    def read(self, table: Table, found: Found) -> None:
        """Take all rows."""
        table.need(*self.needs)
        for row in table.rows((*self.needs, *self.may)):
            place = f"{table.path}:{row.line}"
            if row.wrong is None:
                self.take(found, place, row.fields)
            else:
                found.problem(place, row.wrong)


def _warehouse(found: Found, place: str, fields: Sequence[str]) -> None:
    name, flag = fields
    if not found.named(place, "warehouse", name):
        return
    active = _FLAGS.get(flag.lower())
    if active is None:
        found.problem(place, f"is_active of '{name}' is {flag!r}: write 1 or 0")
        return
    if not flag:
        found.note(place, f"is_active of '{name}' is empty: the warehouse is not active")
    _add_warehouse(found, place, name, active)


def _named_warehouse(found: Found, place: str, fields: Sequence[str]) -> None:
    name = fields[-1]
    if found.named(place, "warehouse", name):
        _add_warehouse(found, place, name, True)


def _add_warehouse(found: Found, place: str, name: str, active: bool) -> None:
    known = found.warehouses.setdefault(name, (active, place))
    if known[0] != active:
        states = {True: "active", False: "not active"}
        found.problem(place, f"'{name}' is {states[active]} here and {states[known[0]]} in {known[1]}")


def _link(found: Found, place: str, fields: Sequence[str]) -> None:
    warehouse, store = fields
    if found.named(place, "warehouse", warehouse) and found.named(place, "store", store):
        found.links.setdefault(store, {}).setdefault(warehouse, place)


def _store(found: Found, place: str, fields: Sequence[str]) -> None:
    if found.named(place, "store", fields[0]):
        found.links.setdefault(fields[0], {})


def _abstract(found: Found, place: str, fields: Sequence[str]) -> None:
    if found.named(place, "abstract_sku", fields[0]):
        found.abstracts.setdefault(fields[0], place)


def _concrete(found: Found, place: str, fields: Sequence[str]) -> None:
    abstract, sku, bundled = fields
    if not (found.named(place, "abstract_sku", abstract) and found.named(place, "concrete_sku", sku)):
        return
    known = found.concretes.setdefault(sku, Concrete(abstract, place))
    if known.abstract != abstract:
        found.problem(
            place, f"'{sku}' belongs to '{abstract}' here and to '{known.abstract}' in {known.place}"
        )
    elif known.place == place and bundled:
        found.note(
            place,
            f"'{sku}' is a bundle of {bundled}: bundles are not known, so it is a product with stock of its own, "
            "and selling it takes nothing from what is in it",
        )


def _combined(found: Found, place: str, fields: Sequence[str]) -> None:
    abstract, sku, _ = fields
    if sku:
        _concrete(found, place, fields)
    elif abstract:
        _abstract(found, place, fields)


def _unit(found: Found, place: str, fields: Sequence[str]) -> None:
    unit, abstract = fields
    if not (found.named(place, "code", unit) and found.named(place, "abstract_sku", abstract)):
        return
    known = found.units.setdefault(abstract, (unit, place))
    if known[0] != unit:
        found.problem(place, f"'{abstract}' is measured in '{unit}' here and in '{known[0]}' in {known[1]}")


_PRODUCT = ("abstract_sku", "concrete_sku")
_KINDS = {
    "warehouse.csv": _Kind(_warehouse, ("name", "is_active")),
    "stock.csv": _Kind(_named_warehouse, ("name",)),
    "merchant_stock.csv": _Kind(_named_warehouse, ("merchant_reference", "stock_name")),
    "warehouse_store.csv": _Kind(_link, ("warehouse_name", "store_name")),
    "store.csv": _Kind(_store, ("name",)),
    "product_concrete.csv": _Kind(_concrete, _PRODUCT, ("bundled",)),
    "combined_product.csv": _Kind(_combined, _PRODUCT, ("product_concrete.bundled",)),
    "product_measurement_base_unit.csv": _Kind(_unit, ("code", "abstract_sku")),
    "product_abstract.csv": _Kind(_abstract, ("abstract_sku",)),
}
"""The files that are read, by their names."""


def _check(found: Found) -> None:
    """Note what does not fit together."""
    for store, houses in found.links.items():
        for name, place in houses.items():
            if name not in found.warehouses:
                found.problem(
                    place, f"'{store}' sells from the warehouse '{name}', which no file of warehouses has"
                )
        if not houses:
            found.note("store.csv", f"'{store}' has no warehouse: nothing can be sold there")
    served = {name for houses in found.links.values() for name in houses}
    for name, (_, place) in found.warehouses.items():
        if found.links and name not in served:
            found.note(place, f"the warehouse '{name}' serves no store")
    _check_products(found)


def _check_products(found: Found) -> None:
    filled = {concrete.abstract for concrete in found.concretes.values()}
    for sku, place in found.abstracts.items():
        if sku not in filled:
            found.note(place, f"'{sku}' has no concrete product and is left out")
    for sku, (unit, place) in found.units.items():
        if sku not in filled:
            found.note(place, f"'{sku}', which is measured in '{unit}', has no concrete product")
    if found.abstracts:
        for sku, concrete in found.concretes.items():
            if concrete.abstract not in found.abstracts:
                found.note(
                    concrete.place,
                    f"'{concrete.abstract}', which '{sku}' belongs to, is in no product_abstract.csv",
                )
    for unit, place in dict(sorted(found.units.values(), reverse=True)).items():
        found.note(
            place,
            f"the files do not tell how many decimals '{unit}' has: six are written, so nothing is refused",
        )


def same_skus(found: Found, prefix: str) -> None:
    """Note the skus that would be those of an abstract and of a concrete product, as a problem."""
    abstracts = {prefix + concrete.abstract for concrete in found.concretes.values()}
    for sku, concrete in found.concretes.items():
        if sku in abstracts:
            found.problem(
                concrete.place,
                f"'{sku}' is the sku of an abstract and of a concrete product, which nobody could tell apart: "
                "--abstract-prefix A- makes the abstract ones others",
            )
