"""Amendments beside others: claims, open calls, other amendments, events, buyers, crashes at any statement."""

from __future__ import annotations

import pytest

from engine.errors import AmendmentRefused, ItemLocked, NotAmendable, NotAvailable, WarehouseNotForStore
from engine.requests import Selection
from engine.requests.amending import AmendmentRequest
from tests.chaos.audit import audit
from tests.contract.operations.test_amend import SALE, line, pieces, problems
from tests.helpers.at_once import at_once
from tests.helpers.crashes import crashes
from tests.helpers.shop import order

MOST = 120
"""No call has so many statements."""

__all__ = ["SALE"]


def amending(reference="o", **fields):
    """A caller who amends."""
    return lambda engine: engine.amend(reference, AmendmentRequest.model_validate(fields))


# --- who works on items ---


def test_an_item_that_somebody_works_on_is_refused(world):
    refused = []

    def pay(item, _context):
        with pytest.raises(ItemLocked) as told:
            world.amend("o", lines=[{"line": 1, "quantity": 1}])
        refused.append(told.value)

    world.command("pay", does=pay)
    world.deploy(SALE + "event pay command=pay manual")
    (item,) = world.place("tea-1 2", "tea-2 1", reference="o")[:1]
    world.trigger("pay", item)
    assert problems(refused[0]) == [("", "item_locked")]
    assert "is claimed by" in refused[0].message
    assert pieces(world) == [(2, "paid"), (1, "new")]


def test_another_item_of_the_order_may_be_worked_on(world):
    def pay(item, _context):
        world.amend("o", lines=[{"line": 2, "quantity": 3}])

    world.command("pay", does=pay)
    world.deploy(SALE + "event pay command=pay manual")
    (item,) = world.place("tea-1 2", "tea-2 1", reference="o")[:1]
    assert world.trigger("pay", item).moved == 1
    assert pieces(world) == [(2, "paid"), (3, "new")]


def test_what_is_suspended_is_not_amended(world):
    world.deploy(SALE)
    first, _ = world.place("tea-1 2", "tea-2 1", reference="o")
    world.engine.suspend(Selection(items=(first,)), reason="looks like fraud")
    for fields in ({"lines": [{"line": 1, "quantity": 1}]}, {"add": [{"sku": "tea-1", "quantity": 1}]}):
        with pytest.raises(AmendmentRefused, match="looks like fraud") as told:
            world.amend("o", **fields)
        assert problems(told.value) == [("", "item_suspended")]
    world.amend("o", lines=[{"line": 2, "quantity": 3}])
    assert pieces(world) == [(2, "new"), (3, "new")]
    world.engine.resume(Selection(items=(first,)), reason="was none")
    world.amend("o", lines=[{"line": 1, "quantity": 1}])
    assert pieces(world)[0] == (1, "new")


def test_a_call_that_has_not_ended_well_keeps_its_item(world):
    world.command("note", does=lambda item, context: 1 / 0)
    world.deploy("""
        states new paid* cancelled
        new -> paid : on
        new -> cancelled : cancel
        event on onEnter command=note
        flag amendable new
    """)
    world.place("tea-1 2", reference="o")
    with pytest.raises(AmendmentRefused) as refused:
        world.amend("o", lines=[{"line": 1, "quantity": 1}])
    assert problems(refused.value) == [("", "command_open")]


# --- at once ---


def test_two_amendments_are_made_one_after_the_other(sale):
    sale.place("tea-1 60", reference="o")
    with pytest.raises(NotAvailable):
        at_once(
            sale,
            amending(add=[{"sku": "tea-1", "quantity": 30}]),
            "lock_order",
            amending(add=[{"sku": "tea-1", "quantity": 11}]),
        )
    assert (sale.reserved(), len(sale.engine.order("o").lines)) == (90, 2)
    audit(sale)


def test_the_same_amendment_at_once_is_made_once(sale):
    sale.place("tea-1 1", reference="o")
    asked = {"key": "k", "add": [{"sku": "tea-2", "quantity": 1}]}
    answer = at_once(sale, amending(**asked), "lock_order", amending(**asked))
    assert answer.existing
    assert len(sale.engine.order("o").lines) == 2


def test_an_event_that_comes_first_is_seen(sale):
    (item,) = sale.place("tea-1 5", reference="o")
    sale.trigger("pay", item)
    with pytest.raises(NotAmendable):
        at_once(
            sale,
            lambda engine: engine.trigger("ship", Selection(items=(item,))),
            "insert_run",
            amending(lines=[{"line": 1, "quantity": 4}]),
        )
    assert pieces(sale) == [(5, "shipped")]


def test_a_part_that_goes_first_is_seen(sale):
    (item,) = sale.place("tea-1 10", reference="o")
    at_once(
        sale,
        lambda engine: engine.trigger("pay", Selection(quantities={item: 4})),
        "part_rests",
        amending(lines=[{"line": 1, "quantity": 5}]),
    )
    assert pieces(sale) == [(5, "new"), (4, "cancelled"), (1, "cancelled")]
    assert (line(sale), sale.reserved()) == ((5, 5), 5)
    audit(sale)


def test_an_event_that_comes_second_finds_what_is_left(sale):
    (item,) = sale.place("tea-1 5", reference="o")
    report = at_once(
        sale,
        amending(lines=[{"line": 1, "remove": True}]),
        "lock_order",
        lambda engine: engine.trigger("pay", Selection(items=(item,))),
    )
    assert [refusal.code for refusal in report.blocked] == ["event_not_available"]
    assert pieces(sale) == [(5, "cancelled")]


def test_a_buyer_and_an_amendment_want_the_last_piece(sale):
    sale.place("tea-1 99", reference="o")
    with pytest.raises(NotAvailable):
        at_once(
            sale,
            amending(lines=[{"line": 1, "quantity": 100}]),
            "ledger_read_locked",
            lambda engine: engine.place(order("p", "tea-1")),
        )
    assert sale.available() == 0
    audit(sale)


# --- warehouses ---


def test_warehouses_of_lines(world):
    world.topology(
        warehouses=[{"name": "North"}, {"name": "East"}],
        stores=[{"name": "DE", "warehouses": ["North", "East"], "shares_reservations_with": ["AT"]}],
    )
    world.restock("tea-1,East,5")
    world.deploy(SALE)
    world.place({"sku": "tea-1", "quantity": 4, "warehouse": "East"}, reference="o")
    with pytest.raises(NotAvailable) as refused:
        world.amend("o", lines=[{"line": 1, "quantity": 6}])
    assert refused.value.parameters["short"][0]["warehouse"] == "East"
    world.amend("o", lines=[{"line": 1, "quantity": 5}])
    with pytest.raises(WarehouseNotForStore):
        world.amend("o", store="US")
    with pytest.raises(WarehouseNotForStore):
        world.amend("o", add=[{"sku": "tea-2", "quantity": 1, "warehouse": "South"}])
    audit(world)


# --- processes of existing shops ---

GRACE = """
    states new pending deleted started* amending* finished* cancelled
    new -> pending
    pending -> deleted : unreserve
    deleted -> started : start
    started -> finished : skip
    started -> cancelled : cancel
    started -> amending : start-order-amendment
    amending -> cancelled : finish-order-amendment
    amending -> started : cancel-order-amendment
    amending -> finished : skip-order-amendment
    finished -> cancelled : cancel
    event unreserve command=OrderAmendment/UnreserveDeletedItems onEnter
    event start command=OrderAmendment/StartGracePeriod onEnter
    flag amendable started
    flag amendment~in~progress amending
"""


def test_the_states_of_an_amendment_subprocess(world):
    from plugins.builtin import order_amendment

    for name, function in (
        ("OrderAmendment/UnreserveDeletedItems", order_amendment.unreserve_deleted_items),
        ("OrderAmendment/StartGracePeriod", order_amendment.start_grace_period),
    ):
        from engine.hooks import Scope

        world.plugins.add_command(name, function, Scope.ORDER)
    world.deploy(GRACE, own=False)
    world.place("tea-1 3", "tea-2 1", reference="o")
    world.engine.run_conditions()
    assert pieces(world) == [(3, "started"), (1, "started")]
    world.trigger_orders("start-order-amendment", "o")
    world.amend("o", lines=[{"line": 1, "quantity": 2}, {"line": 2, "quantity": 2}])
    assert pieces(world) == [(2, "amending"), (1, "amending"), (1, "cancelled"), (1, "new")]
    world.engine.run_conditions(until_idle=True)
    assert pieces(world)[3] == (1, "started")
    world.trigger_orders("skip-order-amendment", "o")
    with pytest.raises(NotAmendable):
        world.amend("o", lines=[{"line": 1, "quantity": 1}])
    audit(world)


# --- crashes ---


def test_a_crash_at_any_statement_does_all_of_it_or_nothing(make_shop):
    asked = {
        "lines": [{"line": 1, "quantity": 2}, {"line": 2, "quantity": 3}, {"line": 3, "remove": True}],
        "add": [{"sku": "tea-1", "quantity": 1}],
        "set": {"note": "x"},
    }
    world = make_shop().stocked(tea_1=100, tea_2=100)
    world.deploy(SALE + "cancelled -> delivered : on\nevent on onEnter")
    moment, crashed = 0, True
    while crashed:
        moment += 1
        assert moment < MOST
        reference = f"o-{moment}"
        world.place("tea-1 3", "tea-2 2", "tea-2 1", reference=reference)
        before = world.engine.order(reference)
        crashed = crashes(world, moment, lambda: world.amend(reference, key="k", **asked))  # noqa: B023
        if not world.engine.order(reference).amendments:
            assert world.engine.order(reference).items == before.items, f"at statement {moment}"
        world.amend(reference, key="k", **asked)
        world.engine.run_timeouts()
        assert pieces(world, reference) == [
            (2, "new"),
            (3, "new"),
            (1, "delivered"),
            (1, "delivered"),
            (1, "new"),
        ]
        world.trigger_orders("cancel", reference)
        assert world.drift() == [], f"at statement {moment}"
    assert moment > 20
    audit(world)
