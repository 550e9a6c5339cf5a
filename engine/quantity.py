"""Quantities: exact decimals with six places, kept as integers of millionths (``SCALE`` = 10**6)."""

from __future__ import annotations

import re
from decimal import MAX_PREC, Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from engine.errors import QuantityInvalid
from engine.nouns import count

SCALE = 1_000_000
MAXIMUM = Decimal("999999999.999999")
"""The largest quantity, in units."""

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", re.ASCII)
"""Digits with a point: neither exponents nor what else Python takes for a number, such as ``1_000``."""

_EXACT = Context(prec=MAX_PREC)
"""Arithmetic that rounds nothing, so that a seventh place is seen however many more there are."""


def parse_quantity(value: str | int | Decimal, *, allow_negative: bool = False) -> int:
    """Return the quantity in millionths of a unit.

    Accepts text, int and Decimal; floats are refused because they are not exact. Raises QuantityInvalid when
    the value is not a number, has more than six places, is too large, or is negative without leave.
    """
    if type(value) is Decimal and value.is_finite():  # a NaN may have no hash
        return _of_decimal(value, allow_negative)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise QuantityInvalid(f"{value!r} is not a quantity")
    if isinstance(value, str) and not _PLAIN.fullmatch(value.strip()):
        raise QuantityInvalid(f"{value[:60]!r} is not a number")
    number = Decimal(value.strip() if isinstance(value, str) else value)
    if not number.is_finite():
        raise QuantityInvalid(f"{value!r} is not a number")
    return _of_decimal(number, allow_negative)


_KEPT = 4096
"""How many quantities are kept: orders ask for few different ones, a guard for a hundred thousand items."""


@lru_cache(_KEPT)
def _of_decimal(number: Decimal, allow_negative: bool) -> int:
    if number.copy_abs() > MAXIMUM:  # abs() would round to the precision that the caller has set
        raise QuantityInvalid(f"{str(number)[:60]} is above the largest quantity {MAXIMUM}")
    scaled = _EXACT.multiply(number, SCALE)
    if scaled != scaled.to_integral_value():
        raise QuantityInvalid(f"{str(number)[:60]} has more than six decimal places")
    if scaled < 0 and not allow_negative:
        raise QuantityInvalid(f"{number} is negative")
    return int(scaled)


@lru_cache(_KEPT)
def to_decimal(millionths: int) -> Decimal:
    """Return the stored quantity as a plain Decimal without trailing zeros (10, not 1E+1)."""
    whole, fraction = divmod(millionths, SCALE)
    return Decimal(format_quantity(millionths)) if fraction else Decimal(whole)


def format_quantity(millionths: int) -> str:
    """Return the stored quantity as a plain decimal string: ``10``, ``0.5``, ``-3.25``."""
    whole, fraction = divmod(abs(millionths), SCALE)
    text = f"{whole}.{fraction:06d}".rstrip("0").rstrip(".") if fraction else str(whole)
    return f"-{text}" if millionths < 0 else text


class Unit(NamedTuple):
    """What a product is counted in; ``step`` is the smallest quantity of it, in millionths."""

    name: str
    step: int

    @property
    def decimals(self) -> int:
        """How many decimals a quantity of it may have: 0 of whole pieces, 6 at most."""
        return len(str(SCALE)) - len(str(self.step))

    def finer(self, quantity: int) -> bool:
        """Whether a quantity in millionths is finer than the unit allows."""
        return quantity % self.step != 0

    def refusal(self, sku: str, quantity: int) -> str:
        """Return why a quantity of the product, in millionths, is refused."""
        rule = count(self.decimals, "decimal") if self.decimals else "no decimals"
        return (
            f"{sku!r} is counted in {self.name!r}, which has {rule}: {format_quantity(quantity)} is too fine"
        )


def step_of(decimals: int) -> int:
    """Return the smallest quantity with so many decimals, in millionths."""
    return SCALE // int(10**decimals)


def positive_quantity(value: object) -> Decimal:
    """Return what a request says as a quantity above zero. Raises ValueError for anything else."""
    if isinstance(value, float):
        # The shortest text that means this number: what the JSON said that it was read from, up to 15 digits.
        value = Decimal(repr(value))
    try:
        millionths = parse_quantity(value)  # type: ignore[arg-type]
    except QuantityInvalid as error:
        raise ValueError(error.message) from None
    if millionths == 0:
        raise ValueError("the quantity must be above zero")
    return to_decimal(millionths)


def difference(value: object) -> Decimal:
    """Return what a correction says as a quantity above or below zero. Raises ValueError for anything else."""
    if isinstance(value, float):
        value = Decimal(repr(value))  # as with quantities
    try:
        millionths = parse_quantity(value, allow_negative=True)  # type: ignore[arg-type]
    except QuantityInvalid as error:
        raise ValueError(error.message) from None
    if millionths == 0:
        raise ValueError("a correction by zero changes nothing")
    return to_decimal(millionths)
