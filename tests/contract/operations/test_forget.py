"""The personal data of closed orders is made anonymous; what the books need is kept."""

from __future__ import annotations

import json

import pytest

from engine.errors import OrderNotClosed, UnknownOrder
from engine.requests import Selection
from rules.forgetting import FORGOTTEN
from tests.helpers.clock import DAY
from tests.helpers.shop import order

SALE = """
    states new paid* cancelled
    new -> paid : pay
    new -> cancelled : cancel
    event cancel command=refund manual
"""

ANN = {"name": "Ann Example", "email": "ann@example.org", "age": 44, "tags": ["vip"]}
LINE = {"sku": "tea-1", "quantity": 2, "engraving": "for Ann", "price": "3.50"}


@pytest.fixture
def sale(sale):
    sale.command("refund", does=lambda *_: {"customer": "Ann Example", "amount": 7})
    return sale


def closed(sale, reference="R-1"):
    """An order of Ann's that is cancelled, and an open one behind it."""
    placed = sale.engine.place(order(reference, LINE, customer=ANN, total=7, comment="ring twice"))
    ids = [item.id for item in placed.items]
    sale.engine.trigger("cancel", Selection(items=ids), data={"customer": "Ann Example", "reason": "late"})
    sale.place("tea-1", reference=f"behind-{reference}", customer=ANN)
    return ids


def everything(sale) -> str:
    """All texts of the tables in which an order's data can be."""
    tables = ("sales_order", "archived_order", "order_amendment", "transition_run", "outbox")
    return "".join(str(row) for table in tables for row in sale.query(f"SELECT * FROM {table}"))


def document(sale, table="sales_order"):
    return json.loads(sale.value(f"SELECT data FROM {table} WHERE reference = 'R-1'"))


@pytest.mark.parametrize("archived", [False, True])
def test_what_was_amended_is_forgotten_too(sale, archived):
    sale.deploy(SALE + "flag amendable new")
    (item,) = sale.place(LINE, reference="R-1", customer=ANN)
    sale.amend(
        "R-1",
        set={"customer": {"name": "Bea Example"}, "note": "by phone"},
        lines=[{"line": 1, "quantity": 1}],
    )
    sale.trigger("cancel", item)
    sale.place("tea-1", reference="behind")
    if archived:
        sale.engine.archive_orders(["R-1"])
        (amendment,) = sale.engine.order("R-1").amendments
        assert amendment.fields["customer"].after == {"name": "Bea Example"}
    sale.engine.forget_orders(["R-1"])
    assert "Example" not in everything(sale)
    (amendment,) = sale.engine.order("R-1").amendments
    assert amendment.fields["customer"].after == {"name": FORGOTTEN}
    assert amendment.fields["note"].after == "by phone"
    assert sale.engine.forget_orders(["R-1"]).already == 1


def test_what_is_suspended_is_neither_archived_nor_forgotten(sale):
    closed(sale)
    sale.engine.suspend(Selection(orders=("R-1",)), reason="somebody looks into it")
    for put_away in (sale.engine.archive_orders, sale.engine.forget_orders):
        with pytest.raises(OrderNotClosed) as told:
            put_away(["R-1"])
        assert told.value.parameters["orders"] == [{"reference": "R-1", "why": "suspension"}]
    sale.engine.resume(Selection(orders=("R-1",)), reason="nothing found")
    assert sale.engine.archive_orders(["R-1"]).archived == 1


def test_what_is_personal_goes_and_what_the_books_need_stays(sale):
    item = closed(sale)[0]
    report = sale.engine.forget_orders(["R-1"])
    assert (report.forgotten, report.already, report.values, report.history) == (
        1,
        0,
        {"customer": 4, "comment": 1},
        2,
    )
    assert document(sale) == {
        "reference": "R-1",
        "store": "DE",
        "customer": {"name": FORGOTTEN, "email": FORGOTTEN, "age": None, "tags": [FORGOTTEN]},
        "comment": FORGOTTEN,
        "total": 7,
        "items": [{"sku": "tea-1", "quantity": "2", "engraving": "for Ann", "price": "3.50"}],
    }
    entry = sale.history(item)[-1]
    assert (dict(entry.given), dict(entry.data)) == (
        {"customer": FORGOTTEN, "reason": "late"},
        {"customer": FORGOTTEN, "amount": 7},
    )
    assert sale.engine.order("R-1").forgotten_at is not None
    assert sale.engine.order("R-1").items[0].quantity == 2


def test_done_again_it_changes_nothing(sale):
    closed(sale)
    sale.engine.forget_orders(["R-1"])
    before = everything(sale)
    report = sale.engine.forget_orders(["R-1"])
    assert (report.forgotten, report.already, report.values) == (0, 1, {})
    assert everything(sale) == before


def test_the_order_is_the_stored_one_when_it_comes_again(sale):
    request = order("R-1", LINE, customer=ANN)
    sale.engine.place(request)
    sale.engine.trigger("cancel", Selection(orders=["R-1"]))
    sale.engine.forget_orders(["R-1"])
    assert sale.engine.place(request).existing


def test_a_live_order_is_refused_with_all_others_of_the_call(sale):
    closed(sale)
    with pytest.raises(OrderNotClosed) as refused:
        sale.engine.forget_orders(["R-1", "behind-R-1"])
    assert refused.value.code == "order_not_closed"
    with pytest.raises(UnknownOrder):
        sale.engine.forget_orders(["R-1", "nothing"])
    assert document(sale)["customer"] == ANN
    assert sale.engine.forget_orders(["R-1"], dry_run=True).forgotten == 1
    assert document(sale)["customer"] == ANN


def test_archived_orders_are_forgotten_too_and_their_history(sale):
    item = closed(sale)[0]
    sale.engine.archive_orders(["R-1"])
    report = sale.engine.forget_orders(["R-1"])
    assert (report.forgotten, report.values, report.history) == (1, {"customer": 4, "comment": 1}, 2)
    assert document(sale, "archived_order")["customer"]["email"] == FORGOTTEN
    assert dict(sale.history(item)[-1].given)["customer"] == FORGOTTEN
    assert sale.engine.order("R-1").forgotten_at is not None


def test_by_age_stored_and_archived_ones_are_forgotten(sale):
    closed(sale, "R-1")
    closed(sale, "R-2")
    sale.engine.archive_orders(["R-2"])
    sale.forward(10 * DAY)
    assert sale.engine.forget_orders(older_than="11 days").forgotten == 0
    assert sale.engine.forget_orders(older_than="9 days", dry_run=True).forgotten == 2
    report = sale.engine.forget_orders(older_than="9 days")
    assert (report.forgotten, report.complete) == (2, True)
    assert sale.engine.forget_orders(older_than="9 days").forgotten == 0
    kept = json.loads(sale.value("SELECT data FROM sales_order WHERE reference = 'behind-R-1'"))
    assert kept["customer"] == ANN


def test_the_rules_say_what_is_personal(make_shop):
    sale = make_shop(forget={"order": ["customer.email", "items[].*"], "history": []}).stocked(tea_1=100)
    sale.command("refund", does=lambda *_: {"customer": "Ann Example"})
    sale.deploy(SALE)
    item = closed(sale)[0]
    report = sale.engine.forget_orders(["R-1"])
    assert report.values == {"customer.email": 1, "items[].*": 2}
    kept = document(sale)
    assert kept["customer"] == {**ANN, "email": FORGOTTEN}
    assert kept["items"] == [{"sku": "tea-1", "quantity": "2", "engraving": FORGOTTEN, "price": FORGOTTEN}]
    assert dict(sale.history(item)[-1].data) == {"customer": "Ann Example"}
