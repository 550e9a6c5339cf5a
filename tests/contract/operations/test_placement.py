"""Placing orders: check, hold or reservation, and order are one thing; the same order twice is one order."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from engine.errors import (
    NotAvailable,
    OrderConflict,
    PluginError,
    ProcessNotFound,
    QuantityInvalid,
    UnknownOrder,
    UnknownSku,
    UnknownStore,
    UnknownWarehouse,
)
from engine.hooks import Scope
from tests.helpers.plugins import fails
from tests.helpers.shop import SHARED, numbered, order

SALE = """
    states new paid* shipped* done cancelled
    new -> paid : pay
    paid -> shipped : ship
    shipped -> done : close
    new -> cancelled : cancel
"""


@pytest.fixture
def shop(make_shop):
    """Ten pieces of tea-1 in the store DE and in AT, which share them; three of tea-2; no mugs."""
    world = make_shop().stocked(tea_1=10, tea_2=3)
    world.deploy(SALE)
    return world


def refusals(report):
    return [(refusal.line, refusal.reference, refusal.code) for refusal in report.refused]


def test_an_order_is_stored_with_its_items_in_the_initial_state(shop):
    view = shop.engine.place(
        order(
            "A",
            {"sku": "tea-1", "quantity": "2.5", "reference": "line-1"},
            {"sku": "tea-2", "quantity": 1, "warehouse": "North"},
            currency="EUR",
        )
    )
    assert (view.reference, view.store, view.process, view.currency, view.existing) == (
        ("A", "DE", "Sale", "EUR", False)
    )
    first, second = view.items
    assert (first.sku, str(first.quantity), first.state, first.held) == ("tea-1", "2.5", "new", True)
    assert (first.reference, first.reserved, first.warehouse) == ("line-1", False, None)
    assert (second.sku, second.warehouse) == ("tea-2", "North")
    assert shop.engine.order("A") == view
    entry = shop.history(first.id)[0]
    assert (entry.trigger, entry.source, entry.target, entry.outcome) == ("place", None, "new", "placed")


def test_the_same_order_again_is_the_stored_one(shop):
    first = shop.engine.place(order("A", "tea-1 2"))
    again = shop.engine.place(order("A", "tea-1 2.000"))
    assert (again.existing, again.items) == (True, first.items)
    assert shop.held() == 2
    shop.trigger_orders("pay", "A")
    assert shop.engine.place(order("A", "tea-1 2")).items[0].state == "paid"
    assert (shop.reserved(), shop.drift()) == (2, [])


@pytest.mark.parametrize(
    "other",
    [
        order("A", "tea-1 3"),
        order("A", "tea-2 2"),
        order("A", "tea-1 2", store="AT"),
        order("A", "tea-1 2", note="x"),
        order("A", "tea-1 1", "tea-1 1"),
    ],
)
def test_the_same_reference_with_another_content_is_a_conflict(shop, other):
    shop.engine.place(order("A", "tea-1 2"))
    with pytest.raises(OrderConflict) as raised:
        shop.engine.place(other)
    assert raised.value.message == "the order 'A' exists and has another content"
    assert (shop.held(), len(shop.states())) == (2, 1)


def test_more_than_there_is_is_refused_with_every_sku_that_is_short(shop):
    with pytest.raises(NotAvailable) as raised:
        shop.engine.place(order("A", "tea-1 4", "tea-2 4", "mug-1 1", "tea-1 7"))
    assert raised.value.message == (
        "the order 'A' asks for more than is available in DE: tea-1: only 10 available, 11 asked; "
        "tea-2: only 3 available, 4 asked; mug-1: sold out, 1 asked"
    )
    assert raised.value.parameters == {
        "store": "DE",
        "skus": ["tea-1", "tea-2", "mug-1"],
        "short": [
            {"sku": "tea-1", "asked": "11", "available": "10"},
            {"sku": "tea-2", "asked": "4", "available": "3"},
            {"sku": "mug-1", "asked": "1", "available": "0", "never_counted": True},
        ],
    }
    with pytest.raises(UnknownOrder):
        shop.engine.order("A")
    assert (shop.held(), shop.query("SELECT * FROM order_item")) == (0, [])


def test_lines_of_one_sku_add_up(shop):
    with pytest.raises(NotAvailable):
        shop.engine.place(order("A", "tea-2 2", "tea-2 1.000001"))
    assert len(shop.engine.place(order("B", "tea-2 2", "tea-2 1")).items) == 2
    assert (shop.held("tea-2"), shop.available("tea-2")) == (3, 0)


def test_a_sharing_store_sells_from_the_same_pieces(shop):
    shop.place("tea-1 6", store="DE")
    with pytest.raises(NotAvailable) as raised:
        shop.place("tea-1 5", store="AT")
    assert "only 4 available, 5 asked" in raised.value.message
    shop.place("tea-1 4", store="AT")
    assert shop.available(store="DE") == shop.available(store="AT") == 0


def test_a_hold_becomes_a_reservation_and_ends_with_it(shop):
    (item,) = shop.place("tea-1 4")
    track = [(shop.held(), shop.reserved(), shop.available())]
    for event in ("pay", "ship", "close"):
        shop.trigger(event, item)
        track.append((shop.held(), shop.reserved(), shop.available()))
    assert track == [(4, 0, 6), (0, 4, 6), (0, 4, 6), (0, 0, 10)]


def test_an_initial_state_that_is_reserved_reserves_at_once(shop):
    shop.deploy("states open* done\nopen -> done : close", name="Quick")
    (item,) = shop.place("tea-1 4", process="Quick")
    assert (shop.counted(item), shop.reserved(), shop.held(), shop.available()) == ((4, 0), 4, 0, 6)


def test_an_initial_state_that_reaches_no_reserved_one_counts_nothing(shop):
    shop.deploy("states open done\nopen -> done : close", name="Digital")
    (item,) = shop.place("tea-1 4", process="Digital")
    assert (shop.counted(item), shop.available()) == ((0, 0), 10)


def test_without_holds_what_waits_can_be_sold_again(make_shop):
    world = make_shop(checkout={"hold": False}).stocked(tea_1=10)
    world.deploy(SALE)
    first, second = world.place("tea-1 8")[0], world.place("tea-1 8")[0]
    assert (world.held(), world.available()) == (0, 10)
    world.trigger("pay", first, second)
    view = world.engine.availability(["tea-1"], "DE")[0]
    assert (view.reserved, view.available, view.shortfall) == (16, 0, 6)
    assert len(world.payloads("shortfall")) == 2
    assert world.drift() == []


def test_what_is_never_out_of_stock_is_sold_without_a_check_and_still_reserves(shop):
    shop.restock("tea-1,North,10,1")
    shop.place("tea-1 500")
    view = shop.engine.availability(["tea-1"], "DE")[0]
    assert (view.held, view.available, view.never_out_of_stock) == (500, 0, True)
    shop.place("tea-1 1", store="AT")
    with pytest.raises(NotAvailable):
        shop.place("tea-1 1", "tea-2 4")
    assert shop.drift() == []


@pytest.mark.parametrize(
    ("request_", "error", "told"),
    [
        (order("A", "tea-1", store="XX"), UnknownStore, "there is no store 'XX'; known: AT, DE, US"),
        (order("A", "tea-1", "tee", "teh"), UnknownSku, "there is no concrete product 'tee', 'teh'"),
        (order("A", "tea"), UnknownSku, "there is no concrete product 'tea'"),
        (
            order("A", {"sku": "tea-1", "quantity": 1, "warehouse": "West"}),
            UnknownWarehouse,
            "there is no warehouse 'West'",
        ),
        (
            order("A", "tea-1", process="Sales"),
            ProcessNotFound,
            "no deployed process 'Sales'; deployed: Sale",
        ),
        (
            order("A", "tea-1 999999999.999999", "tea-1 1"),
            QuantityInvalid,
            "add up to more than 999999999.999999",
        ),
    ],
)
def test_what_does_not_exist_is_named_and_nothing_is_stored(shop, request_, error, told):
    with pytest.raises(error) as raised:
        shop.engine.place(request_)
    assert told in raised.value.message
    assert shop.query("SELECT * FROM sales_order") == []


def test_a_store_of_another_database_sells_there(shop):
    shop.stocked({**SHARED, "stores": [*SHARED["stores"], {"name": "FR", "remote": True}]})
    with pytest.raises(UnknownStore) as raised:
        shop.place(store="FR")
    assert "belongs to another database" in raised.value.message


def test_an_order_without_a_process_gets_the_only_one_or_the_one_a_rule_selects(make_shop):
    rules = {"process_selection": [{"process": "Invoice", "payment_method": "invoice"}]}
    world = make_shop(**rules).stocked(tea_1=10)
    with pytest.raises(ProcessNotFound, match="no process is deployed"):
        world.place()
    world.deploy(SALE)
    assert world.engine.place(order("A", "tea-1")).process == "Sale"
    with pytest.raises(ProcessNotFound) as raised:
        world.place(payment_method="invoice")
    assert "'Invoice', which is not deployed" in raised.value.message
    world.deploy(SALE, name="Invoice")
    assert world.engine.place(order("B", "tea-1", payment_method="invoice")).process == "Invoice"
    assert world.engine.place(order("C", "tea-1", process="Sale", payment_method="invoice")).process == "Sale"
    with pytest.raises(ProcessNotFound) as raised:
        world.place()
    assert raised.value.message == "the order names no process and no rule selects one of: Invoice, Sale"


def test_an_inactive_process_takes_no_new_orders_and_moves_its_items(shop):
    (item,) = shop.place()
    shop.deploy(SALE, name="Other")
    shop.sql("UPDATE process SET active = 0 WHERE name = 'Sale'")
    with pytest.raises(ProcessNotFound, match="'Sale' is not active"):
        shop.place(process="Sale")
    assert shop.trigger("pay", item).moved == 1
    assert shop.reserved() == 1


def test_a_stored_order_that_comes_again_is_the_answer_though_its_process_takes_none_by_now(shop):
    first = shop.engine.place(order("A", "tea-1 2"))
    shop.engine.activate("Sale", active=False)
    again = shop.engine.place(order("A", "tea-1 2"))
    assert (again.existing, again.items) == (True, first.items)
    with pytest.raises(ProcessNotFound, match="'Sale' is not active"):
        shop.engine.place(order("A", "tea-1 3"))
    report = shop.engine.place_many(numbered([order("A", "tea-1 2"), order("B", "tea-1")]))
    assert (report.existing, [(one.reference, one.code) for one in report.refused]) == (
        1,
        [("B", "process_inactive")],
    )
    assert (shop.held(), shop.drift()) == (2, [])


def test_nor_does_it_matter_that_no_rule_selects_a_process_for_it_by_now(shop):
    shop.engine.place(order("A", "tea-1"))
    shop.deploy(SALE, name="Other")
    assert shop.engine.place(order("A", "tea-1")).existing


# --- many at once ---


def test_many_orders_are_decided_in_order_of_arrival(shop):
    report = shop.engine.place_many(
        [
            (3, order("A", "tea-1 6")),
            (5, order("B", "tea-1 5", store="AT")),
            (8, order("C", "tea-1 4", store="AT")),
            (9, order("D", "tea-1 1")),
            (11, order("E", "tea-2 3")),
        ]
    )
    assert (report.placed, report.existing, report.items) == (3, 0, 3)
    assert refusals(report) == [(5, "B", "not_available"), (9, "D", "not_available")]
    assert "tea-1: only 4 available, 5 asked" in report.refused[0].message
    assert (shop.available(), shop.available("tea-2"), shop.drift()) == (0, 0, [])


def test_what_cannot_be_understood_holds_up_no_other(shop):
    report = shop.engine.place_many(
        numbered(
            [
                order("A", "tee"),
                order("B", "tea-1", store="XX"),
                order("C", "tea-1", process="Y"),
                order("D", "tea-1"),
            ]
        )
    )
    assert report.placed == 1
    assert refusals(report) == [
        (1, "A", "unknown_sku"),
        (2, "B", "unknown_store"),
        (3, "C", "process_not_found"),
    ]


def test_an_order_given_twice_is_one_order_and_another_content_a_conflict(shop):
    report = shop.engine.place_many(
        numbered([order("A", "tea-1 2"), order("A", "tea-1 2"), order("A", "tea-1 3"), order("B", "tea-1 1")])
    )
    assert (report.placed, report.existing) == (2, 1)
    assert refusals(report) == [(3, "A", "order_conflict")]
    assert shop.held() == 3


def test_a_refused_order_is_not_taken_for_a_stored_one(shop):
    report = shop.engine.place_many(
        numbered(
            [order("A", "tea-1 11"), order("A", "tea-1 11"), order("A", "tea-1 2"), order("A", "tea-1 2")]
        )
    )
    assert (report.placed, report.existing) == (1, 1)
    assert refusals(report) == [(1, "A", "not_available"), (2, "A", "not_available")]
    assert [str(item.quantity) for item in shop.engine.order("A").items] == ["2"]


def test_orders_of_several_processes_share_a_batch(shop):
    shop.deploy("states open* done\nopen -> done : close", name="Quick")
    report = shop.engine.place_many(
        numbered(
            [
                order("A", "tea-1 2", process="Sale"),
                order("B", "tea-1 3", process="Quick"),
                order("C", "tea-1 1", process="Sale"),
            ]
        )
    )
    assert report.placed == 3
    assert (shop.held(), shop.reserved(), shop.available(), shop.drift()) == (3, 3, 4, [])


def test_more_orders_than_a_batch_has(make_shop):
    world = make_shop().stocked(tea_1=1100)
    world.deploy(SALE)
    told = []
    report = world.engine.place_many(
        ((n, order(f"o{n}", "tea-1")) for n in range(1, 1203)), progress=lambda done, total: told.append(done)
    )
    assert (report.placed, len(report.refused)) == (1100, 102)
    assert [refusal.line for refusal in report.refused] == list(range(1101, 1203))
    assert told == [500, 1000, 1202]
    assert (world.available(), world.drift()) == (0, [])


@pytest.mark.parametrize("others", [0, 1])
def test_an_order_whose_timeout_cannot_be_computed_holds_up_no_other(shop, others):
    shop.deploy(
        "states open* done\nopen -> done : expire\nevent expire timeout=1hour processor=own", name="Timed"
    )
    shop.plugins.processors["own"] = lambda item, text, now: (
        now + timedelta(hours=1) if item.order_data.get("fine") else 1 / 0
    )
    fine = [order(f"fine-{n}", "tea-1", process="Timed", fine=True) for n in range(others)]
    report = shop.engine.place_many(numbered([*fine, order("bad", "tea-1", process="Timed")]))
    assert report.placed == others
    assert refusals(report) == [(others + 1, "bad", "plugin_invalid")]
    assert "own: ZeroDivisionError" in report.refused[0].message
    with pytest.raises(PluginError):
        shop.engine.place(order("bad", "tea-1", process="Timed"))
    assert (shop.reserved(), shop.drift()) == (others, [])


def test_the_chain_of_every_placed_order_runs(shop):
    shop.deploy("states new paid*\nnew -> paid : on\nevent on onEnter command=charge", name="Auto")
    charge = shop.command("charge", Scope.ORDER)
    shop.engine.place_many(numbered([order(f"o{n}", "tea-1", "tea-2", process="Auto") for n in range(3)]))
    assert [len(members) for members in charge.members] == [2, 2, 2]
    assert set(shop.states()) == {"paid"}


def test_a_failing_chain_does_not_undo_the_placement(shop):
    shop.deploy("states new paid*\nnew -> paid : on\nevent on onEnter command=charge", name="Auto")
    shop.command("charge", does=fails())
    view = shop.engine.place(order("A", "tea-1", process="Auto"))
    assert view.items[0].state == "new"
    assert shop.history(view.items[0].id)[-1].outcome == "failed"


def test_placing_again_while_the_chain_is_due_does_not_start_it_twice(shop):
    shop.deploy("states new paid*\nnew -> paid : on\nevent on onEnter command=charge", name="Auto")
    charge = shop.command("charge", does=fails())
    shop.engine.place(order("A", "tea-1", process="Auto"))
    shop.engine.place(order("A", "tea-1", process="Auto"))
    assert len(charge.log) == 1


def test_a_stop_between_two_batches_is_told_and_reads_no_further(shop):
    read = []

    def asked():
        for number in range(1, 1502):
            read.append(number)
            yield number, order(f"bulk-{number}", "tea-1")

    stops = iter([False, True])
    shop.engine.runtime.stop = lambda: next(stops, True)
    report = shop.engine.place_many(asked())
    assert (report.complete, report.as_dict()["complete"]) == (False, False)
    assert report.placed + len(report.refused) == len(read) == 500


def test_of_an_input_without_end_no_more_is_read_than_is_worth_telling(shop, monkeypatch):
    monkeypatch.setattr("engine.operations.placement.BATCH", 10)
    monkeypatch.setattr("engine.operations.placement.MOST_REFUSED", 25)
    endless = ((number, order(f"R{number}", "nothing")) for number in count(1))
    report = shop.engine.place_many(endless)
    assert (report.placed, len(report.refused), report.complete) == (0, 30, False)
    assert next(endless)[0] == 41


def test_an_input_that_ends_with_the_last_refusal_is_complete(shop, monkeypatch):
    monkeypatch.setattr("engine.operations.placement.MOST_REFUSED", 2)
    report = shop.engine.place_many(numbered([order("A", "nothing"), order("B", "nothing")]))
    assert (len(report.refused), report.complete) == (2, True)
