"""The products of a large topology, as lists of names: an object for each would take a kilobyte a product."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from copy import copy
from typing import Any, TypeAlias, overload

from engine.requests import ConcreteEntry, ProductEntry

KeyPath = tuple[str | int, ...]
"""The way to a part of a topology: ``("stores", 0, "warehouses", 1)``."""

Named: TypeAlias = tuple[str, Sequence[str]]
"""The sku of an abstract product, and those of its concrete products."""

Places: TypeAlias = tuple[dict[str, KeyPath], dict[str, KeyPath]]
"""Where abstract products stand, and where concrete ones."""


NOT_TOLD = ""
"""In place of the name of a unit: nothing is told of it. None tells that the unit is the default one."""


class Products(Sequence[ProductEntry]):
    """Abstract products with their concrete ones, and their lines; entries are made when asked for."""

    def __init__(self) -> None:
        self._skus: list[str] = []
        self._lines = array("I")
        self._concretes: list[str] = []
        self._concrete_lines = array("I")
        self._ends = array("I")
        self._told: dict[str | None, int] = {NOT_TOLD: 0}
        self._units = array("I")
        """What is told of each concrete product's unit, by its number in ``_told``; shorter where nothing is."""
        self._categories: dict[int, str | None] = {}
        self._names: dict[str | None, str | None] = {}

    def add(
        self,
        sku: str,
        line: int,
        concretes: Sequence[str],
        lines: Iterable[int],
        units: Sequence[str | None] | None = None,
        category: str | None = NOT_TOLD,
    ) -> None:
        """Add an abstract product and its concrete ones, each with its line and what is told of its unit."""
        if category != NOT_TOLD:
            # The name of a category once, and not for each of its products.
            self._categories[len(self._skus)] = self._names.setdefault(category, category)
        self._skus.append(sku)
        self._lines.append(line)
        if units is not None:
            self._units.extend([0] * (len(self._concretes) - len(self._units)))
            self._units.extend(self._told.setdefault(unit, len(self._told)) for unit in units)
        self._concretes.extend(concretes)
        self._concrete_lines.extend(lines)
        self._ends.append(len(self._concretes))

    def __len__(self) -> int:
        """Return how many abstract products there are."""
        return len(self._skus)

    @overload
    def __getitem__(self, index: int) -> ProductEntry: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[ProductEntry]: ...

    def __getitem__(self, index: int | slice) -> ProductEntry | Sequence[ProductEntry]:
        """Return an entry, or several."""
        if isinstance(index, slice):
            return tuple(self[n] for n in range(*index.indices(len(self))))
        number = range(len(self))[index]
        units = self._units_of(number)
        concretes = tuple(map(concrete_entry, self._concretes_of(number), units))
        told: dict[str, Any] = {"category": self._categories[number]} if number in self._categories else {}
        return ProductEntry.model_construct(sku=self._skus[index], concretes=concretes, **told)

    def named(self) -> Iterator[Named]:
        """Yield each abstract product's sku with those of its concrete products."""
        begin, concretes = 0, self._concretes
        for sku, end in zip(self._skus, self._ends, strict=True):
            yield sku, concretes[begin:end]
            begin = end

    def skus(self) -> tuple[Sequence[str], Sequence[str]]:
        """Return the skus of all abstract products, and those of all concrete ones."""
        return self._skus, self._concretes

    def units(self) -> Iterator[tuple[int, int, str, str | None]]:
        """Yield each concrete product of which a unit is told: its place, and the one within, its sku, the unit."""
        if not self._units:
            return
        for number in range(len(self)):
            begin = self._begin(number)
            for n, unit in enumerate(self._units_of(number)):
                if unit != NOT_TOLD:
                    yield number, n, self._concretes[begin + n], unit

    def categories(self) -> Iterator[tuple[int, str, str | None]]:
        """Yield each abstract product of which a category is told: its place, its sku, the category."""
        for number, category in self._categories.items():
            yield number, self._skus[number], category

    def renamed(self, now: Mapping[str, str]) -> Products:
        """Return the same products, those of them by other names that have one."""
        other = copy(self)
        other._concretes = [now.get(sku, sku) for sku in self._concretes]
        return other

    def line(self, path: KeyPath) -> int | None:
        """Return the line of a product, or of one of its concrete products; None for what is neither."""
        match path:
            case ("products", int(number), "concretes", int(concrete), *_):
                return self._concrete_lines[self._begin(number) + concrete]
            case ("products", int(number), *_):
                return self._lines[number]
        return None

    def _begin(self, number: int) -> int:
        return self._ends[number - 1] if number else 0

    def _concretes_of(self, number: int) -> Sequence[str]:
        return self._concretes[self._begin(number) : self._ends[number]]

    def _units_of(self, number: int) -> Sequence[str | None]:
        told, names = self._units[self._begin(number) : self._ends[number]], tuple(self._told)
        return [*(names[unit] for unit in told), *([NOT_TOLD] * (self._count(number) - len(told)))]

    def _count(self, number: int) -> int:
        return self._ends[number] - self._begin(number)


def concrete_entry(sku: str, unit: str | None) -> ConcreteEntry:
    """Return a concrete product as it stands in a topology, with what is told of its unit."""
    if unit == NOT_TOLD:
        return ConcreteEntry.model_construct(sku=sku)
    return ConcreteEntry.model_construct(sku=sku, unit=unit)


def told_unit(entry: ProductEntry, concrete: ConcreteEntry) -> str | None:
    """Return the unit that is told of a concrete product, by itself or its abstract one; NOT_TOLD for neither."""
    for one in (concrete, entry):
        if "unit" in one.model_fields_set:
            return one.unit
    return NOT_TOLD


def told_units(products: Sequence[ProductEntry]) -> Iterator[tuple[int, int, str, str | None]]:
    """Yield what ``Products.units`` does of products, however they are kept."""
    if isinstance(products, Products):
        yield from products.units()
        return
    for number, entry in enumerate(products):
        for n, concrete in enumerate(entry.concretes):
            unit = told_unit(entry, concrete)
            if unit != NOT_TOLD:
                yield number, n, concrete.sku, unit


def told_categories(products: Sequence[ProductEntry]) -> Iterator[tuple[int, str, str | None]]:
    """Yield what ``Products.categories`` does of products, however they are kept."""
    if isinstance(products, Products):
        yield from products.categories()
        return
    for number, entry in enumerate(products):
        if "category" in entry.model_fields_set:
            yield number, entry.sku, entry.category


def named(products: Sequence[ProductEntry]) -> Iterator[Named]:
    """Yield the names of products, however they are kept."""
    if isinstance(products, Products):
        yield from products.named()
    else:
        for entry in products:
            yield entry.sku, [concrete.sku for concrete in entry.concretes]


def all_skus(products: Sequence[ProductEntry]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the skus of all abstract products, and those of all concrete ones, however they are kept."""
    if isinstance(products, Products):
        return products.skus()
    concretes = [concrete.sku for entry in products for concrete in entry.concretes]
    return [entry.sku for entry in products], concretes


def rows_of(products: Sequence[ProductEntry]) -> Iterator[list[str | None]]:
    """Yield each concrete product with its abstract one and what is told of its unit, as statements have them."""
    told = {(number, n): unit for number, n, _, unit in told_units(products)}
    for number, (sku, concretes) in enumerate(named(products)):
        for n, concrete in enumerate(concretes):
            yield [concrete, sku, told.get((number, n), NOT_TOLD)]


def places_of(products: Sequence[ProductEntry], abstracts: Set[str], concretes: Set[str]) -> Places:
    """Return where abstract and concrete products of these names stand, by name: the last place of each."""
    found: Places = ({}, {})
    if not abstracts and not concretes:
        return found
    for number, (sku, inner) in enumerate(named(products)):
        if sku in abstracts:
            found[0][sku] = ("products", number)
        for concrete, name in enumerate(inner):
            if name in concretes:
                found[1][name] = ("products", number, "concretes", concrete, "sku")
    return found
