"""How an order is to be amended, as validated input: quantities of lines, lines that come and go, store, fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from engine.errors import QuantityInvalid
from engine.quantity import MAXIMUM, parse_quantity, to_decimal
from engine.requests import Mention, OrderLine

OWN_FIELDS = ("reference", "store", "process", "currency", "hold", "items")
"""The fields of an order that Earmark knows: an amendment neither sets nor merges them."""


def _none_or_more(value: object) -> Decimal:
    if isinstance(value, float):
        value = Decimal(repr(value))  # the number that it is written as
    try:
        return to_decimal(parse_quantity(value))  # type: ignore[arg-type]
    except QuantityInvalid as error:
        raise ValueError(error.message) from None


_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": float(MAXIMUM)},
        {"type": "string", "pattern": r"^\s*\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*$"},
    ],
    "description": "0 or more, with at most six decimal places: a number, or text with one.",
}

_Target = Annotated[Decimal, BeforeValidator(_none_or_more), WithJsonSchema(_SCHEMA)]


class AmendedLine(BaseModel):
    """How much a line of the order, or one of its items, is to be: ``quantity`` in sales units, 0 removes it.

    The line is told by its number (``line``, from 1) or by the ``reference`` that the order gave it, an item by its
    id. ``remove`` is another way to write 0.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    line: Annotated[int, Field(strict=True, ge=1)] | None = None
    reference: Mention | None = None
    item: Annotated[int, Field(strict=True, ge=1)] | None = None
    quantity: _Target | None = None
    remove: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        named = [one for one in (self.line, self.reference, self.item) if one is not None]
        if len(named) != 1:
            raise PydanticCustomError("one_name", "name it by one of line, reference and item")
        if (self.quantity is None) != self.remove:
            raise PydanticCustomError("one_target", "say either its quantity or remove: true")
        return self

    @property
    def target(self) -> Decimal:
        """How much it is to be, in sales units."""
        return Decimal(0) if self.quantity is None else self.quantity


class AmendmentRequest(BaseModel):
    """How an order is to be amended. What is not named stays as it is.

    ``lines`` tell of lines and items that are there, ``add`` has further lines, ``store`` is another store. Of the
    order's own fields, those that Earmark does not know, ``set`` replaces whole ones, and ``merge`` is merged into
    them as a JSON merge patch (RFC 7396): null removes.

    ``key`` makes the amendment known: the same one with the same key is made once, however often it is sent.
    ``reason`` is written to the history.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Mention | None = None
    reason: Mention | None = None
    lines: tuple[AmendedLine, ...] = ()
    add: tuple[OrderLine, ...] = ()
    store: Mention | None = None
    set: dict[str, Any] = Field(default_factory=dict)
    merge: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _something_of_its_own(self) -> Self:
        known = [name for name in (*self.set, *self.merge) if name in OWN_FIELDS]
        if known:
            told = "set and merge are for fields that Earmark does not know, not for {names}"
            raise PydanticCustomError("own_field", told, {"names": ", ".join(sorted(known))})
        both = sorted(self.set.keys() & self.merge.keys())
        if both:
            raise PydanticCustomError("twice", "set and merge both name {names}", {"names": ", ".join(both)})
        if not (self.lines or self.add or self.store or self.set or self.merge):
            raise PydanticCustomError(
                "nothing", "it amends nothing: lines, add, store, set and merge are empty"
            )
        return self
