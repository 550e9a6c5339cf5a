"""Quantities: exact, six places, nothing rounded, nothing guessed."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import QuantityInvalid
from engine.quantity import MAXIMUM, SCALE, format_quantity, parse_quantity, to_decimal

STORED = st.integers(-int(MAXIMUM * SCALE), int(MAXIMUM * SCALE))


@given(STORED)
def test_what_is_stored_comes_back_as_it_was(millionths: int) -> None:
    text = format_quantity(millionths)
    assert parse_quantity(text, allow_negative=True) == millionths
    assert to_decimal(millionths) == Decimal(text)
    assert "E" not in format(to_decimal(millionths)).upper()


@pytest.mark.parametrize(
    ("given_as", "stored"),
    [
        ("1", 1_000_000),
        ("0.000001", 1),
        (" 2.50 ", 2_500_000),
        (Decimal("1E+2"), 100_000_000),
        (3, 3_000_000),
    ],
)
def test_plain_numbers_are_read(given_as: str | int | Decimal, stored: int) -> None:
    assert parse_quantity(given_as) == stored


@pytest.mark.parametrize(
    ("given_as", "told"),
    [
        ("ten", "not a number"),
        ("", "not a number"),
        ("1_000", "not a number"),
        ("1e3", "not a number"),
        ("1,5", "not a number"),
        ("٣", "not a number"),
        ("NaN", "not a number"),
        (Decimal("Infinity"), "not a number"),
        ("0.0000001", "six decimal places"),
        ("0.000001" + "0" * 40 + "1", "six decimal places"),
        ("1000000000", "above the largest"),
        ("-1", "negative"),
        (1.5, "not a quantity"),
        (True, "not a quantity"),
    ],
)
def test_everything_else_is_refused_with_a_reason(given_as: object, told: str) -> None:
    with pytest.raises(QuantityInvalid, match=told) as refused:
        parse_quantity(given_as)  # type: ignore[arg-type]
    assert refused.value.remedy


def test_numbers_are_read_alike_whatever_precision_the_embedding_program_has_set() -> None:
    with localcontext(Context(prec=2, traps=[Inexact])):
        assert parse_quantity("999999999.5") == 999_999_999_500_000
        assert str(to_decimal(12_345_678_000)) == "12345.678"
