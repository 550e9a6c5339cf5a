"""What of that which another database told counts here, and when: counts, the margin, holds, plugins, events."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import NotAvailable, PluginError


def told(de, at):
    de.sends()
    at.takes()


def count_both(two, quantity):
    for side in two:
        side.shop.restock(f"tea-1,North,{quantity}")


# --- a decrease waits for the count that caused it ---


def test_what_was_shipped_and_counted_there_is_not_sold_again_before_it_is_counted_here(two):
    de, at = two
    items = de.sells("tea-1 3")
    told(de, at)
    de.shop.forward(10)
    de.shop.trigger("ship", *items)
    de.shop.forward(10)
    de.shop.restock("tea-1,North,7")
    assert (de.left(), de.shop.reserved("tea-1", "DE")) == (7, 0)
    told(de, at)
    assert at.left() == 7  # 10 in the old count less 3 that have left: not 10
    assert at.status()["DE", "import"].pending == 1
    at.shop.restock("tea-1,North,7")
    assert at.left() == 4
    at.takes()
    assert (at.left(), at.status()["DE", "import"].pending) == (7, 0)


def test_a_decrease_without_a_count_does_not_wait(two):
    de, at = two
    items = de.sells("tea-1 3")
    told(de, at)
    de.shop.trigger("drop", *items)
    told(de, at)
    assert (at.left(), at.status()["DE", "import"].pending) == (10, 0)


def test_while_a_decrease_waits_what_grows_counts_at_once(two):
    de, at = two
    items = de.sells("tea-1 3")
    told(de, at)
    de.shop.forward(10)
    de.shop.trigger("ship", *items)
    de.shop.forward(10)
    de.shop.restock("tea-1,North,7")
    told(de, at)
    de.sells("tea-1 5")
    told(de, at)
    assert at.left() == 5


def test_a_count_is_awaited_for_a_day_and_no_longer(two):
    de, at = two
    items = de.sells("tea-1 3")
    told(de, at)
    de.shop.forward(10)
    de.shop.trigger("ship", *items)
    de.shop.forward(10)
    de.shop.restock("tea-1,North,7")
    told(de, at)
    de.shop.forward(86_399)
    at.takes()
    assert at.left() == 7
    de.shop.forward(2)
    at.takes()
    assert at.left() == 10


def test_nothing_waits_for_counts_where_the_rules_say_so(sides):
    de, at = sides(exchange={"await_counts_s": 0})
    items = de.sells("tea-1 3")
    told(de, at)
    de.shop.forward(10)
    de.shop.trigger("ship", *items)
    de.shop.forward(10)
    de.shop.restock("tea-1,North,7")
    told(de, at)
    assert at.left() == 10


# --- the margin ---


def test_the_margin_is_kept_back_from_the_next_import_on(sides):
    de, at = sides(exchange={"safety": 2})
    assert at.left() == 10
    at.takes()
    assert (at.left(), at.left("mug-1")) == (8, 0)
    de.sells("tea-1 3")
    told(de, at)
    assert at.left() == 5
    with pytest.raises(NotAvailable):
        at.sells("tea-1 6")


def test_a_margin_is_no_shortfall_and_nobody_is_told_of_one(sides):
    _, at = sides(exchange={"safety": 2})
    at.takes()
    assert at.shop.engine.shortfalls() == []
    at.shop.restock("tea-1,North,1")
    assert at.shop.engine.shortfalls() == []
    assert at.shop.messages("shortfall") == []
    at.shop.restock("tea-1,North,10")
    at.sells("tea-1 5")
    at.shop.restock("tea-1,North,4")
    (short,) = at.shop.engine.shortfalls()
    assert short.shortfall == 1
    assert [message["shortfall"] for message in at.shop.messages("shortfall")] == ["1"]


def test_a_margin_that_is_given_up_can_be_sold(sides):
    _, at = sides(exchange={"safety": 2})
    at.takes()
    at.shop.runtime.rules = at.shop.rules.model_copy(
        update={"exchange": at.shop.rules.exchange.model_copy(update={"safety": 0})}
    )
    at.takes()
    assert at.left() == 10
    assert at.shop.drift() == []


def test_new_products_have_the_margin_after_the_next_import(sides):
    _, at = sides(exchange={"safety": 2})
    at.takes()
    at.shop.topology(products=[{"sku": "cup", "concretes": [{"sku": "cup-1"}]}])
    at.shop.restock("cup-1,North,5")
    at.takes()
    assert at.left("cup-1") == 3
    assert at.shop.drift() == []


# --- holds, decimals, events, plugins ---


def test_what_is_held_for_a_cart_there_cannot_be_sold_here(two):
    de, at = two
    de.shop.hold("cart-1", "tea-1 4", store="DE")
    told(de, at)
    assert (at.left(), at.shop.held("tea-1", "AT")) == (6, 4)


def test_amounts_are_exact(two):
    de, at = two
    de.sells("tea-1 0.000001")
    told(de, at)
    assert at.shop.available("tea-1", "AT") == Decimal("9.999999")


def test_events_of_a_remote_store_are_not_published_and_it_is_never_short(two):
    de, at = two
    de.sells("tea-1 10", "tea-2 10")
    told(de, at)
    assert [message["Store"]["name"] for message in at.shop.messages("availability")] == ["AT"]
    assert at.shop.engine.shortfalls() == []
    assert at.shop.engine.health().shortfalls == 0
    at.shop.restock("tea-1,North,8")
    assert [short.store for short in at.shop.engine.shortfalls()] == ["AT"]


def test_explanation_names_the_other_store(two):
    de, at = two
    de.sells("tea-1 3")
    told(de, at)
    (view,) = at.shop.engine.availability(["tea-1"], "AT", explain=True)
    assert "DE" in str(view.as_dict())


def test_a_filter_decides_what_is_told_and_is_asked_again(two):
    de, at = two
    asked = []
    accepts = {"tea-2"}

    def choosy(export):
        asked.append((export.store, export.sku, export.reserved, export.held))
        return export.sku in accepts

    de.shop.plugins.filters.append(choosy)
    de.sells("tea-1 3", "tea-2 4")
    report = de.sends()
    at.takes()
    assert (report.rows, report.refused) == (1, 1)
    assert sorted(asked) == [("DE", "tea-1", 3, 0), ("DE", "tea-2", 4, 0)]
    assert (at.left("tea-1"), at.left("tea-2")) == (10, 6)
    accepts.add("tea-1")
    told(de, at)
    assert at.left("tea-1") == 7


def test_a_comparison_tells_nothing_that_a_filter_does_not_accept(two):
    de, at = two
    de.shop.plugins.filters.append(lambda export: export.sku == "tea-2")
    de.sells("tea-1 3", "tea-2 4")
    for _ in range(3):
        de.sends(compare=True)
        at.takes()
        at.sends()
        de.takes()
    assert (at.left("tea-1"), at.left("tea-2")) == (10, 6)


@pytest.mark.parametrize("answer", [None, 1, "yes"])
def test_a_filter_that_answers_no_bool_ends_the_export_and_nothing_is_lost(two, answer):
    de, at = two
    de.shop.plugins.filters.append(lambda _export: answer)
    de.sells("tea-1 3")
    with pytest.raises(PluginError, match="which is no bool"):
        de.sends()
    de.shop.plugins.filters.clear()
    told(de, at)
    assert at.left() == 7


def test_a_filter_that_raises_ends_the_export_and_nothing_is_lost(two):
    de, at = two

    def broken(_export):
        raise ValueError("not today")

    de.shop.plugins.filters.append(broken)
    de.sells("tea-1 3")
    with pytest.raises(PluginError, match="not today"):
        de.sends()
    de.shop.plugins.filters.clear()
    told(de, at)
    assert at.left() == 7


def test_a_store_that_shares_only_within_its_database_is_not_told(two):
    de, _ = two
    de.shop.topology(stores=[{"name": "SHOP", "warehouses": ["North"], "shares_reservations_with": ["DE"]}])
    de.shop.place("tea-1 2", store="SHOP")
    assert (de.sends().rows, de.left()) == (0, 8)
