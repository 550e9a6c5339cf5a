"""A product is renamed in one database, and later in the other: neither loses count."""

from __future__ import annotations

from tests.helpers.exchange import talk


def test_a_database_that_is_told_of_it_by_either_name_takes_it(two):
    de, at = two
    de.sells("tea-1 3")
    talk(de, at)
    at.shop.engine.rename_product("tea-1", "tea-neu")
    assert at.left("tea-neu") == 7
    de.sells("tea-1 2")
    talk(de, at)
    assert at.left("tea-neu") == 5
    de.shop.engine.rename_product("tea-1", "tea-neu")
    de.sells("tea-neu 1")
    de.shop.forward(3_601)
    at.shop.forward(1)
    talk(de, at, compare=True)
    assert at.left("tea-neu") == 4
    assert at.shop.query("SELECT sku, reserved FROM exchange_told WHERE reserved > 0") == [
        ("tea-neu", 6_000_000)
    ]
    assert at.shop.drift() == de.shop.drift() == []


def test_whoever_renames_later_goes_on_with_the_newest_of_both(two):
    de, at = two
    de.sells("tea-1 3")
    talk(de, at)
    de.shop.engine.rename_product("tea-1", "tea-neu")
    de.sells("tea-neu 2")
    talk(de, at)
    assert at.left("tea-1") == 7  # it does not know the new name yet
    at.shop.engine.rename_product("tea-1", "tea-neu")
    talk(de, at)
    assert at.left("tea-neu") == 5
    assert at.shop.drift() == []
