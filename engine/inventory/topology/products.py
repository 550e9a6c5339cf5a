"""The products of a large topology, as lists of names: an object for each would take a kilobyte a product."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeAlias, overload

from engine.requests import ConcreteEntry, ProductEntry

KeyPath = tuple[str | int, ...]
"""The way to a part of a topology: ``("stores", 0, "warehouses", 1)``."""

Named: TypeAlias = tuple[str, Sequence[str]]
"""The sku of an abstract product, and those of its concrete products."""

Places: TypeAlias = tuple[dict[str, KeyPath], dict[str, KeyPath]]
"""Where abstract products stand, and where concrete ones."""


class Products(Sequence[ProductEntry]):
    """Abstract products with their concrete ones, and their lines; entries are made when asked for."""

    def __init__(self) -> None:
        self._skus: list[str] = []
        self._lines = array("I")
        self._concretes: list[str] = []
        self._concrete_lines = array("I")
        self._ends = array("I")

    def add(self, entry: ProductEntry, lines: Mapping[KeyPath, int]) -> None:
        """Add an entry; ``lines`` has the lines of its parts, by the way that begins with ``products``."""
        path: KeyPath = ("products", len(self._skus))
        self._skus.append(entry.sku)
        self._lines.append(lines.get(path, 0))
        for number, concrete in enumerate(entry.concretes):
            self._concretes.append(concrete.sku)
            self._concrete_lines.append(lines.get((*path, "concretes", number, "sku"), lines.get(path, 0)))
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
        names = self._concretes_of(range(len(self))[index])
        concretes = tuple(ConcreteEntry.model_construct(sku=name) for name in names)
        return ProductEntry.model_construct(sku=self._skus[index], concretes=concretes)

    def named(self) -> Iterator[Named]:
        """Yield each abstract product's sku with those of its concrete products."""
        for number, sku in enumerate(self._skus):
            yield sku, self._concretes_of(number)

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


def named(products: Sequence[ProductEntry]) -> Iterator[Named]:
    """Yield the names of products, however they are kept."""
    if isinstance(products, Products):
        yield from products.named()
    else:
        for entry in products:
            yield entry.sku, [concrete.sku for concrete in entry.concretes]


def places_of(products: Sequence[ProductEntry], abstracts: Set[str], concretes: Set[str]) -> Places:
    """Return where abstract and concrete products of these names stand, by name: the last place of each."""
    found: Places = ({}, {})
    for number, (sku, inner) in enumerate(named(products)):
        if sku in abstracts:
            found[0][sku] = ("products", number)
        for concrete, name in enumerate(inner):
            if name in concretes:
                found[1][name] = ("products", number, "concretes", concrete, "sku")
    return found
