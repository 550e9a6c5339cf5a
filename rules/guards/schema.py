"""What guards can ask about: the variables, their fields, and the type of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["int", "double", "string", "bool", "timestamp", "strings", "data"]
"""The type of a field: ``strings`` is a list of texts, ``data`` a JSON object whose numbers are doubles."""


@dataclass(frozen=True, slots=True)
class GuardField:
    """A field of a variable. One that is ``nullable`` is null where there is nothing."""

    kind: Kind
    meaning: str
    nullable: bool = False

    @property
    def type_name(self) -> str:
        """The type as the language calls it."""
        name = {"strings": "list(string)", "data": "map(string, dyn)"}.get(self.kind, self.kind)
        return f"{name} or null" if self.nullable else name


VARIABLES: Mapping[str, Mapping[str, GuardField]] = MappingProxyType(
    {
        "item": {
            "id": GuardField("int", "The item's id."),
            "reference": GuardField("string", "The reference that the order gave the line.", nullable=True),
            "line": GuardField("int", "The line of the order, counted from 1."),
            "sku": GuardField("string", "The concrete product."),
            "quantity": GuardField("double", "How much was ordered, in sales units."),
            "reserved": GuardField("double", "How much of that is reserved now: 0.0 in other states."),
            "available": GuardField(
                "bool",
                "Whether all of it can be had now: the product is never out of stock in the item's store, or what "
                "can be sold there, with what the item itself reserves or holds, is enough.",
            ),
            "store": GuardField("string", "The name of the store it was sold in."),
            "warehouse": GuardField("string", "The warehouse it is shipped from.", nullable=True),
            "process": GuardField("string", "The name of its process."),
            "state": GuardField("string", "The name of the state it stands in."),
            "state_since": GuardField("timestamp", "When it entered its state."),
            "step": GuardField("int", "How many steps it has taken."),
            "data": GuardField("data", "Its line of the order's JSON, with every field that was sent."),
        },
        "order": {
            "id": GuardField("int", "The order's id."),
            "reference": GuardField("string", "The order's reference."),
            "store": GuardField("string", "The name of its store."),
            "currency": GuardField("string", "Its currency.", nullable=True),
            "placed_at": GuardField("timestamp", "When it was placed."),
            "total": GuardField("double", "The number in the field `total` of its JSON.", nullable=True),
            "payment_method": GuardField(
                "string",
                "The text in the field `payment_method` of its JSON, or else in `method` of its object `payment`.",
                nullable=True,
            ),
            "tags": GuardField("strings", "The texts in the list `tags` of its JSON; empty without one."),
            "data": GuardField("data", "The order's JSON, with every field that was sent."),
        },
        "product": {
            "sku": GuardField("string", "The concrete product's sku."),
            "abstract_sku": GuardField("string", "The sku of its abstract product."),
            "unit": GuardField("string", "The unit that it has of its own.", nullable=True),
        },
        "stock": {
            "quantity": GuardField(
                "double", "What the active warehouses of the item's store have of the product."
            ),
            "in_warehouse": GuardField(
                "double", "What the warehouse has that the item names.", nullable=True
            ),
            "never_out_of_stock": GuardField(
                "bool", "Whether the product is never out of stock in the store."
            ),
        },
        "availability": {
            "quantity": GuardField("double", "What can be sold of the product in the item's store now."),
            "reserved": GuardField("double", "What the store and those that share with it reserve of it."),
            "held": GuardField("double", "What they hold of it."),
            "sellable": GuardField(
                "bool", "Whether any of it can be sold: it is available or never out of stock."
            ),
        },
    }
)
"""The variables with fields, each field by name."""

DATA_VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "command": "What the event's command returned; empty where there was none.",
        "trigger": "The data that was given with the event (`earmark trigger --data`); empty without any.",
    }
)
"""The variables that are JSON objects themselves, with what they hold."""

NOW = "now"
"""The variable that tells the time at which the guard is asked."""


def names() -> list[str]:
    """Return the names of all variables."""
    return [*VARIABLES, *DATA_VARIABLES, NOW]


def every_field() -> Iterator[tuple[str, GuardField]]:
    """Yield every field with its dotted name, such as ``item.sku``."""
    for variable, fields in VARIABLES.items():
        for name, field in fields.items():
            yield f"{variable}.{name}", field


def field_named(dotted: str) -> GuardField | None:
    """Return the field of a dotted name; None when there is none."""
    variable, _, name = dotted.partition(".")
    return VARIABLES.get(variable, {}).get(name)
