"""Stock by hand: corrections with their reasons, and what they do to availability, events and later counts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.errors import (
    CorrectionConflict,
    InputError,
    NotAvailable,
    QuantityInvalid,
    StockBelowZero,
    UnknownSku,
    UnknownWarehouse,
)
from engine.requests import StockCorrection
from tests.helpers.at_once import at_once
from tests.helpers.clock import MINUTE
from tests.helpers.crashes import crashes
from tests.helpers.shop import order

SALE = "states new paid* shipped* sent\nnew -> paid : pay\npaid -> shipped : ship\nshipped -> sent : stock-update"


@pytest.fixture
def shop(make_shop):
    """Five pieces of tea-1 and three of tea-2 in North, for DE and AT, which share them."""
    world = make_shop().stocked(tea_1=5, tea_2=3)
    world.deploy(SALE)
    world.forget_messages()
    return world


def wanted(text, reference=None, reason="broken"):
    sku, warehouse, by = text.split()
    return StockCorrection(sku=sku, warehouse=warehouse, by=by, reason=reason, reference=reference)


def correct(engine, *texts, **options):
    return engine.correct_stock([wanted(text, **options) for text in texts])


def quantities(engine, sku="tea-1"):
    return {row.warehouse: str(row.quantity) for row in engine.stock(sku)}


def available(world, sku="tea-1", store="DE"):
    return world.engine.availability([sku], store)[0].available


def test_what_is_corrected_can_no_longer_be_sold_and_the_time_of_the_count_stays(shop):
    [before] = shop.engine.stock("tea-1")
    shop.forward(MINUTE)
    report = correct(shop.engine, "tea-1 North -3")
    assert (report.corrected, report.existing) == (1, 0)
    [one] = report.corrections
    assert (one.before, one.quantity, one.by, one.reason, one.existing) == (5, 2, -3, "broken", False)
    [after] = shop.engine.stock("tea-1")
    assert (after.quantity, after.counted_at) == (2, before.counted_at)
    assert available(shop) == available(shop, store="AT") == 2
    assert shop.drift() == []


def test_several_are_made_in_their_order_and_add_up(shop):
    report = correct(shop.engine, "tea-1 North -5", "tea-1 North 2.5", "tea-2 North 1", "tea-1 South 4")
    assert [(str(one.before), str(one.quantity)) for one in report.corrections] == [
        ("5", "0"),
        ("0", "2.5"),
        ("3", "4"),
        ("0", "4"),
    ]
    assert quantities(shop.engine) == {"North": "2.5", "South": "4"}
    assert (available(shop), available(shop, store="US")) == (Decimal("2.5"), 4)
    assert [row.counted_at for row in shop.engine.stock("tea-1") if row.warehouse == "South"] == [None]


def test_events_tell_of_what_sells_out_and_of_shortfalls_in_the_same_transaction(shop):
    shop.place("tea-1 4")
    shop.forget_messages()
    correct(shop.engine, "tea-1 North -2", "tea-2 North -3")
    assert (len(shop.payloads("shortfall")), len(shop.payloads("availability"))) == (2, 2)
    assert [(row.store, row.shortfall) for row in shop.engine.shortfalls()] == [("AT", 1), ("DE", 1)]
    shop.forget_messages()
    correct(shop.engine, "tea-1 North 5", "tea-1 North -5")
    assert shop.payloads() == []


@pytest.mark.parametrize(
    ("texts", "error", "told"),
    [
        (
            ["tea-1 North 1", "x North 1", "y West 1"],
            UnknownSku,
            ["product 'x'", "product 'y'", "warehouse 'West'"],
        ),
        (["tea-1 West 1", "tea-2 North 1"], UnknownWarehouse, ["there is no warehouse 'West'; nothing was"]),
        (
            ["tea-1 North 1", "tea-1 North -7"],
            StockBelowZero,
            ["'tea-1' in 'North' has 6, and cannot change by -7"],
        ),
        (["tea-1 South -1"], StockBelowZero, ["'tea-1' in 'South' has 0"]),
        (["tea-2 North -4", "tea-1 North -6"], StockBelowZero, ["2 corrections", "'tea-2'", "'tea-1'"]),
        (["tea-1 North 999999999"], QuantityInvalid, ["more than 999999999.999999"]),
        ([], InputError, ["between 1 and"]),
    ],
)
def test_what_cannot_be_corrected_is_told_at_once_and_nothing_is(shop, texts, error, told):
    with pytest.raises(error) as refused:
        correct(shop.engine, *texts)
    for text in told:
        assert text in refused.value.message
    assert quantities(shop.engine) == {"North": "5"}
    assert shop.engine.stock_history("tea-1").changes[0].kind == "count"


@pytest.mark.parametrize("by", ["0", "1e3", "x", "0.0000001", 1.0000001])
def test_what_is_no_difference_is_refused(by):
    with pytest.raises(ValueError, match="by"):
        StockCorrection(sku="tea-1", warehouse="North", by=by, reason="broken")


def test_the_same_reference_again_is_answered_alike_and_another_content_is_a_conflict(shop):
    first = correct(shop.engine, "tea-1 North -3", reference="C-1").corrections[0]
    shop.forward(MINUTE)
    again = correct(shop.engine, "tea-1 North -3.000", reference="C-1")
    assert (again.corrected, again.existing) == (0, 1)
    assert again.corrections[0].as_dict() == {**first.as_dict(), "existing": True}
    for text, reason in (
        ("tea-1 North -2", "broken"),
        ("tea-2 North -3", "broken"),
        ("tea-1 North -3", "lost"),
    ):
        with pytest.raises(CorrectionConflict, match="'C-1'"):
            correct(shop.engine, "tea-2 North 1", text, reference="C-1", reason=reason)
    assert (quantities(shop.engine), quantities(shop.engine, "tea-2")) == ({"North": "2"}, {"North": "3"})


def test_a_reference_that_a_call_has_twice_is_one_correction(shop):
    report = correct(shop.engine, "tea-1 North -1", "tea-1 North -1", reference="C-1")
    assert [one.existing for one in report.corrections] == [False, True]
    assert quantities(shop.engine) == {"North": "4"}
    with pytest.raises(CorrectionConflict):
        correct(shop.engine, "tea-1 North -1", "tea-1 North -2", reference="C-2")


def test_an_order_waits_for_a_correction_and_finds_what_it_left(shop):
    with pytest.raises(NotAvailable) as refused:
        at_once(
            shop,
            lambda engine: correct(engine, "tea-1 North -3"),
            "correct_read",
            lambda engine: engine.place(order("O1", "tea-1 3")),
            before="correct_write",
        )
    assert refused.value.parameters["short"][0]["available"] == "2"
    assert shop.drift() == []


@pytest.mark.parametrize(("sku", "left"), [("tea-1", "1"), ("tea-2", "5")])
def test_two_who_correct_at_once_each_find_what_the_other_has_left(shop, sku, left):
    second = at_once(
        shop,
        lambda engine: correct(engine, "tea-1 North -2", "tea-2 North 1"),
        "correct_keep",
        lambda engine: correct(engine, "tea-2 North 1", "tea-1 North -2"),
    )
    assert second.corrected == 2
    assert quantities(shop.engine, sku) == {"North": left}
    assert shop.drift() == []


def test_two_who_send_one_reference_at_once_make_one_correction(shop):
    second = at_once(
        shop,
        lambda engine: correct(engine, "tea-1 North -2", reference="C-1"),
        "correct_keep",
        lambda engine: correct(engine, "tea-1 North -2", reference="C-1"),
    )
    assert (second.corrected, second.existing) == (0, 1)
    with pytest.raises(CorrectionConflict):
        at_once(
            shop,
            lambda engine: correct(engine, "tea-1 North -1", reference="C-2"),
            "correct_keep",
            lambda engine: correct(engine, "tea-2 North -1", reference="C-2"),
        )
    assert (quantities(shop.engine), quantities(shop.engine, "tea-2")) == ({"North": "2"}, {"North": "3"})


def test_a_count_and_a_correction_at_once_come_one_after_the_other(shop):
    counted = shop.stock_file("tea-1,North,4,0,0")
    now = shop.database.clock()

    def imports(engine):
        return engine.import_stock(counted, as_of=now)

    def corrects(engine):
        return correct(engine, "tea-1 North -3")

    made = at_once(shop, imports, "bulk_changes", corrects)
    assert (made.corrections[0].before, made.corrections[0].quantity) == (4, 1)
    at_once(shop, lambda engine: correct(engine, "tea-1 North -1"), "correct_keep", imports)
    assert told(shop.engine.stock_history("tea-1"))[:3] == [
        ("count", "North", 0, 4, 4, 0),
        ("correction", "North", 1, 0, -1, 0),
        ("correction", "North", 4, 1, -3, 0),
    ]
    assert (shop.available(), shop.drift()) == (4, [])


def test_a_crash_at_any_statement_leaves_all_of_it_or_nothing_and_it_can_be_sent_again(shop):
    sent = [wanted("tea-1 North -3", "C-1"), wanted("tea-2 North -3", "C-2")]
    number = 1
    while crashes(shop, number, lambda: shop.engine.correct_stock(sent)):
        found = (quantities(shop.engine)["North"], quantities(shop.engine, "tea-2")["North"])
        assert found in (("5", "3"), ("2", "0"))
        assert found == ("5", "3") or shop.engine.correct_stock(sent).corrected == 0
        assert shop.drift() == []
        number += 1
    assert number > 5
    shop.engine.correct_stock(sent)
    assert (quantities(shop.engine), quantities(shop.engine, "tea-2")) == ({"North": "2"}, {"North": "0"})
    assert [one.reference for one in shop.engine.stock_history("tea-1").changes] == ["C-1", None]


def test_the_number_of_statements_does_not_depend_on_the_number_of_corrections(shop):
    def statements(*texts):
        seen = []
        shop.database.probe = seen.append
        correct(shop.engine, *texts)
        shop.database.probe = None
        return len(seen)

    assert statements("tea-1 North 1", "mug-1 South 1") == statements(
        *["tea-1 North 1", "mug-1 South 1", "tea-2 South 1", "tea-1 North -1"] * 50
    )


def shipped(world):
    items = world.place("tea-1 2")
    world.trigger("pay", *items)
    world.trigger("ship", *items)
    world.forward(MINUTE)


def test_a_correction_releases_nothing_and_a_later_count_does(shop):
    shipped(shop)
    correct(shop.engine, "tea-1 North -1")
    view = shop.engine.availability(["tea-1"], "DE")[0]
    assert (view.stock, view.reserved, view.available) == (4, 2, 2)
    shop.restock("tea-1,North,2")
    view = shop.engine.availability(["tea-1"], "DE")[0]
    assert (view.stock, view.reserved, view.available) == (2, 0, 2)


def told(page):
    return [(one.kind, one.warehouse, one.before, one.quantity, one.by, one.released) for one in page.changes]


def test_the_history_tells_every_change_the_newest_first(shop):
    shop.forward(MINUTE)
    correct(shop.engine, "tea-1 North -1", reference="C-1", reason="lost")
    shop.restock("tea-1,North,4", "tea-1,South,7", "tea-2,North,2")
    shop.restock("tea-1,North,6")
    page = shop.engine.stock_history(" tea-1 ")
    assert told(page) == [
        ("count", "North", 4, 6, 2, 0),
        ("count", "South", None, 7, 7, 0),
        ("correction", "North", 5, 4, -1, 0),
        ("count", "North", None, 5, 5, 0),
    ]
    assert page.next is None
    counted, _, corrected, _ = page.changes
    assert (counted.file, counted.line) == (str(shop.folder / "stock.csv"), 2)
    assert counted.counted_at is not None
    assert (corrected.reason, corrected.reference, corrected.file, corrected.counted_at) == (
        "lost",
        "C-1",
        None,
        None,
    )
    assert told(shop.engine.stock_history("tea-1", warehouse=" South ")) == [
        ("count", "South", None, 7, 7, 0)
    ]


def test_counts_that_change_nothing_are_not_kept(shop):
    shop.restock("tea-1,North,5", "tea-2,North,3")
    assert len(shop.engine.stock_history("tea-1").changes) == 1


def test_a_count_tells_what_it_released_even_where_it_changes_no_number(shop):
    shipped(shop)
    shop.restock("tea-1,North,5", "tea-2,North,1")
    assert told(shop.engine.stock_history("tea-1"))[0] == ("count", "North", 5, 5, 0, 2)
    assert told(shop.engine.stock_history("tea-2"))[0] == ("count", "North", 3, 1, -2, 0)


def test_counts_of_several_warehouses_tell_together_what_they_released(shop):
    shipped(shop)
    shop.restock("tea-1,South,1", "tea-1,North,3")
    assert [row[-1] for row in told(shop.engine.stock_history("tea-1"))] == [2, 2, 0]


def test_a_count_that_is_cut_off_anywhere_is_kept_once_and_as_the_stock_is(shop):
    shipped(shop)
    counted, now = shop.stock_file("tea-1,North,3,0,0", "tea-2,North,1,0,0"), shop.database.clock()
    number = 1
    while crashes(shop, number, lambda: shop.engine.import_stock(counted, as_of=now)):
        newest = told(shop.engine.stock_history("tea-1"))[0]
        assert newest[3] == shop.engine.stock("tea-1")[0].quantity
        shop.forward(MINUTE)  # the lease of the import is over
        number += 3
    shop.forward(MINUTE)
    shop.engine.import_stock(counted, as_of=now)
    assert told(shop.engine.stock_history("tea-1")) == [
        ("count", "North", 5, 3, -2, 2),
        ("count", "North", None, 5, 5, 0),
    ]


def test_pages_join_to_the_whole_and_what_cannot_be_listed_is_refused(shop):
    correct(shop.engine, *["tea-1 North 1"] * 4)
    first = shop.engine.stock_history("tea-1", limit=2)
    second = shop.engine.stock_history("tea-1", limit=2, after=first.next)
    third = shop.engine.stock_history("tea-1", limit=2, after=second.next)
    assert [int(one.quantity) for page in (first, second, third) for one in page.changes] == [9, 8, 7, 6, 5]
    assert third.next is None
    with pytest.raises(UnknownSku):
        shop.engine.stock_history("tea")
    with pytest.raises(UnknownWarehouse, match="known: North, South"):
        shop.engine.stock_history("tea-1", warehouse="West")
    for options in ({"after": "x"}, {"limit": 0}):
        with pytest.raises(InputError):
            shop.engine.stock_history("tea-1", **options)
