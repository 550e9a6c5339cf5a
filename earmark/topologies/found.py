"""What is found in the files of another system on the way to a topology, and what is wrong or odd about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.requests import ConcreteEntry, ProductEntry, StoreEntry, Topology, UnitEntry, WarehouseEntry

LONGEST_NAME = 255
"""The longest name, in characters."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that is told of a place, ``file:line``."""

    place: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """Return the JSON object."""
        return {"place": self.place, "message": self.message}


@dataclass(slots=True)
class Concrete:
    """A concrete product: its abstract one, and where that is said."""

    abstract: str
    place: str


@dataclass(slots=True)
class Found:
    """What the files say so far: names with the place where they stand first.

    ``warehouses`` are active or not, ``links`` name the warehouses of a store, ``units`` the unit of an abstract
    product. With ``problems`` there is no topology.
    """

    warehouses: dict[str, tuple[bool, str]] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    abstracts: dict[str, str] = field(default_factory=dict)
    concretes: dict[str, Concrete] = field(default_factory=dict)
    units: dict[str, tuple[str, str]] = field(default_factory=dict)
    problems: list[Told] = field(default_factory=list)
    odd: list[Told] = field(default_factory=list)

    def problem(self, place: str, message: str) -> None:
        """Note what is wrong."""
        self.problems.append(Told(place, message))

    def note(self, place: str, message: str) -> None:
        """Note what is odd."""
        self.odd.append(Told(place, message))

    def named(self, place: str, what: str, name: str) -> bool:
        """Whether a text can be a name; what is none is a problem."""
        if name and len(name) <= LONGEST_NAME and "\0" not in name:
            return True
        wrong = f"is longer than {LONGEST_NAME} characters" if name else "is empty"
        self.problem(place, f"the {what} {wrong}")
        return False

    def topology(self, prefix: str = "") -> Topology:
        """Return the topology; ``prefix`` is put before the skus of abstract products."""
        inner: dict[str, list[str]] = {}
        for sku, concrete in self.concretes.items():
            inner.setdefault(concrete.abstract, []).append(sku)
        return Topology.model_construct(
            units=tuple(
                UnitEntry.model_construct(name=name, decimals=6)
                for name in sorted({name for name, _ in self.units.values()})
            ),
            warehouses=tuple(
                WarehouseEntry.model_construct(name=name, active=active)
                for name, (active, _) in self.warehouses.items()
            ),
            stores=tuple(
                StoreEntry.model_construct(name=name, warehouses=tuple(houses))
                for name, houses in self.links.items()
            ),
            products=tuple(self._product(prefix, sku, skus) for sku, skus in inner.items()),
        )

    def _product(self, prefix: str, sku: str, skus: list[str]) -> ProductEntry:
        concretes = tuple(ConcreteEntry.model_construct(sku=one) for one in skus)
        if sku not in self.units:
            return ProductEntry.model_construct(sku=prefix + sku, concretes=concretes)
        return ProductEntry.model_construct(sku=prefix + sku, unit=self.units[sku][0], concretes=concretes)
