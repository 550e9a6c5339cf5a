"""Amending an order: what leaves, what comes, what is checked, and that all of it is done or nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.clock import to_datetime
from engine.errors import (
    AboveMaximum,
    AmendmentConflict,
    AmendmentRefused,
    BelowMinimum,
    EarmarkError,
    NotAmendable,
    NotAvailable,
    OrderArchived,
    QuantityTooFine,
    UnknownOrder,
    UnknownSku,
    UnknownStore,
)
from rules.options.model import Options
from tests.chaos.audit import audit

SALE = """
    states new* paid* shipped* delivered cancelled
    new -> paid : pay
    paid -> shipped : ship
    shipped -> delivered : stock-update
    new -> cancelled : cancel
    paid -> cancelled : cancel
    flag amendable new paid
"""


@pytest.fixture
def sale(sale):
    """Whatever a test does to it, items, history and amounts explain each other."""
    yield sale
    audit(sale)


def problems(error: EarmarkError) -> list[tuple[str, str]]:
    return [(problem["path"], problem["code"]) for problem in error.parameters["problems"]]


def pieces(world, reference="o") -> list[tuple[int, str]]:
    return [(int(item.quantity), item.state) for item in world.engine.order(reference).items]


def line(world, number=1, reference="o"):
    found = world.engine.order(reference).lines[number - 1]
    return int(found.quantity), int(found.removed)


def test_what_is_withdrawn_closed_or_archived_takes_no_amendment(sale):
    sale.deploy(SALE.replace("cancelled\n", "cancelled!true\n", 1))
    (item,) = sale.place("tea-1 5", reference="o")
    sale.engine.withdraw("product", "tea-2")
    sale.engine.withdraw("store", "AT")
    with pytest.raises(AmendmentRefused) as told:
        sale.amend("o", add=[{"sku": "tea-2", "quantity": 1}], store="AT")
    assert sorted(problems(told.value)) == [("add[0].sku", "product_withdrawn"), ("store", "store_closed")]
    sale.trigger("cancel", item)
    sale.place("tea-1 1", reference="newest")
    sale.engine.archive_orders(["o"])
    with pytest.raises(OrderArchived):
        sale.amend("o", set={"note": "x"})


def test_amended_pieces_are_counted_where_they_are_to_come_from(sale):
    sale.place({"sku": "tea-1", "quantity": 5, "warehouse": "North"}, reference="o")
    promised = "SELECT CAST(sum(reserved) / 1000000 AS integer) FROM warehouse_promise"
    assert sale.value(promised) == 5
    sale.amend("o", lines=[{"line": 1, "quantity": 7}])
    assert sale.value(promised) == 7
    sale.amend("o", lines=[{"line": 1, "quantity": 2}])
    assert sale.value(promised) == 2
    sale.amend("o", add=[{"sku": "tea-1", "quantity": 3, "warehouse": "North"}])
    assert sale.value(promised) == 5
    assert sale.drift() == []


# --- quantities ---


def test_less_leaves_to_the_state_that_an_event_cancels_to(sale):
    (item,) = sale.place("tea-1 5", reference="o")
    amended = sale.amend("o", lines=[{"line": 1, "quantity": 3}])
    assert pieces(sale) == [(3, "new"), (2, "cancelled")]
    assert line(sale) == (3, 2)
    assert (sale.reserved(), sale.available()) == (3, 97)
    (change,) = amended.amendment.lines
    assert (change.before, change.after) == (5, 3)
    (left,) = change.left
    assert (left.of, left.quantity, left.state) == (item, 2, "cancelled")
    assert [one.amended_out for one in amended.order.items] == [False, True]


def test_a_line_that_is_removed_leaves_whole(sale):
    first, second = sale.place("tea-1 5", "tea-2 1", reference="o")
    sale.amend("o", lines=[{"line": 2, "remove": True}])
    assert sale.states(first, second) == ["new", "cancelled"]
    assert line(sale, 2) == (0, 1)
    assert sale.available("tea-2") == 100
    assert [change.amended_out for change in sale.engine.order("o").items] == [False, True]


def test_more_is_added_to_an_item_that_stands_where_new_ones_come_to(sale):
    (item,) = sale.place("tea-1 2", reference="o")
    sale.amend("o", lines=[{"item": item, "quantity": "5"}])
    assert pieces(sale) == [(5, "new")]
    assert sale.reserved() == 5
    assert sale.history(item)[-1].outcome == "amended"


def test_more_of_a_line_that_has_gone_on_begins_at_the_beginning(sale):
    (item,) = sale.place("tea-1 2", reference="o")
    sale.trigger("pay", item)
    amended = sale.amend("o", lines=[{"line": 1, "quantity": 3}])
    assert pieces(sale) == [(2, "paid"), (1, "new")]
    assert line(sale) == (3, 0)
    (came,) = amended.amendment.lines[0].came
    assert (came.quantity, came.state) == (1, "new")
    assert (came.item, sale.reserved()) == (amended.order.items[1].id, 3)
    starts = sale.query("SELECT id, coalesce(split_start, 0) / 1000000 FROM order_item ORDER BY id")
    assert starts == [(item, 0), (came.item, 2)]


def test_the_quantity_of_a_line_is_that_of_all_of_its_items(sale):
    (item,) = sale.place("tea-1 10", reference="o")
    sale.trigger("pay", item)
    sale.part("ship", item, 4)
    sale.amend("o", lines=[{"line": 1, "quantity": 6}])
    assert pieces(sale) == [(2, "paid"), (4, "shipped"), (4, "cancelled")]
    with pytest.raises(NotAmendable) as refused:
        sale.amend("o", lines=[{"line": 1, "quantity": 3}])
    assert problems(refused.value) == [("lines[0]", "not_amendable")]
    assert "4 of 6 cannot be amended" in refused.value.message
    sale.amend("o", lines=[{"line": 1, "quantity": 4}])
    assert pieces(sale) == [(2, "cancelled"), (4, "shipped"), (4, "cancelled")]


def test_the_same_quantity_changes_nothing(sale):
    (item,) = sale.place("tea-1 2", reference="o")
    before = sale.step(item)
    amended = sale.amend("o", lines=[{"line": 1, "quantity": 2}])
    assert (amended.amendment.lines, sale.step(item), sale.engine.order("o").amendments) == ((), before, ())


def test_what_has_shipped_is_not_amended(sale):
    (item,) = sale.place("tea-1 2", reference="o")
    sale.trigger("pay", item)
    sale.trigger("ship", item)
    for asked in ({"lines": [{"line": 1, "quantity": 1}]}, {"lines": [{"line": 1, "quantity": 3}]},
                  {"add": [{"sku": "tea-2", "quantity": 1}]}, {"set": {"note": "x"}}, {"store": "AT"}):  # fmt: skip
        with pytest.raises(NotAmendable):
            sale.amend("o", **asked)
    assert pieces(sale) == [(2, "shipped")]


def test_more_than_there_is_is_refused_and_the_rest_untouched(sale):
    sale.place("tea-1 2", "tea-2 2", reference="o")
    with pytest.raises(NotAvailable) as refused:
        sale.amend("o", lines=[{"line": 1, "quantity": 1}, {"line": 2, "quantity": 101}], set={"note": "x"})
    assert problems(refused.value) == [("lines[1].quantity", "not_available")]
    assert refused.value.parameters["short"] == [{"sku": "tea-2", "asked": "101", "available": "100"}]
    assert pieces(sale) == [(2, "new"), (2, "new")]
    sale.amend("o", lines=[{"line": 2, "quantity": 100}])
    assert sale.available("tea-2") == 0


def test_what_the_order_gives_back_can_be_had_by_it(sale):
    sale.place("tea-1 60", "tea-1 40", reference="o")
    sale.amend("o", lines=[{"line": 1, "quantity": 50}, {"line": 2, "quantity": 50}])
    assert (line(sale, 1), line(sale, 2), sale.available()) == ((50, 10), (50, 0), 0)
    with pytest.raises(NotAvailable):
        sale.amend("o", lines=[{"line": 1, "quantity": 51}])


def test_less_is_never_refused_for_a_shortfall(sale):
    sale.place("tea-1 60", reference="o")
    sale.restock("tea-1,North,10")
    sale.amend("o", lines=[{"line": 1, "quantity": 30}])
    with pytest.raises(NotAvailable):
        sale.amend("o", lines=[{"line": 1, "quantity": 31}])
    assert sale.reserved() == 30


def test_lines_are_added_at_the_end(sale):
    sale.place("tea-1 1", reference="o")
    amended = sale.amend("o", add=[{"sku": "tea-2", "quantity": 3, "reference": "B", "price": 7}])
    assert [(one.line, one.sku, one.before, one.after) for one in amended.amendment.lines] == [
        (2, "tea-2", 0, 3)
    ]
    assert sale.reserved("tea-2") == 3
    data = json.loads(sale.value("SELECT data FROM sales_order"))
    assert data["items"][1] == {"sku": "tea-2", "quantity": "3", "reference": "B", "price": 7}
    sale.amend("o", lines=[{"reference": "B", "quantity": 0}])
    assert [one["quantity"] for one in json.loads(sale.value("SELECT data FROM sales_order"))["items"]] == [
        "1",
        "0",
    ]


# --- store and fields ---


def test_another_store(sale):
    sale.restock("tea-1,South,100")
    sale.place("tea-1 5", reference="o", store="DE")
    amended = sale.amend("o", store="US")
    assert (sale.reserved("tea-1", "DE"), sale.reserved("tea-1", "US")) == (0, 5)
    assert amended.order.store == "US"
    assert (amended.amendment.store.before, amended.amendment.store.after) == ("DE", "US")
    assert sale.engine.item(amended.order.items[0].id).store == "US"


def test_a_store_that_shares_with_the_one_before(sale):
    sale.place("tea-1 100", reference="o", store="DE")
    assert sale.available("tea-1", "AT") == 0
    sale.amend("o", store="AT")
    assert sale.available("tea-1", "DE") == 0


def test_a_store_that_has_too_little(sale):
    sale.restock("tea-1,South,100")
    sale.place("tea-1 5", reference="o", store="DE")
    sale.place("tea-1 97", reference="p", store="US")
    with pytest.raises(NotAvailable) as refused:
        sale.amend("o", store="US")
    assert problems(refused.value) == [("store", "not_available")]
    assert sale.engine.order("o").store == "DE"


def test_what_leaves_at_once_needs_no_room_in_the_other_store(sale):
    sale.restock("tea-1,South,100")
    sale.place("tea-1 5", reference="o", store="DE")
    sale.place("tea-1 97", reference="p", store="US")
    sale.amend("o", store="US", lines=[{"line": 1, "quantity": 3}])
    assert (sale.reserved("tea-1", "DE"), sale.available("tea-1", "US")) == (0, 0)


def test_fields_are_set_and_merged(sale):
    sale.place("tea-1 1", reference="o", address={"city": "Ulm", "street": "A 1"}, note="x", rate=1.5)
    amended = sale.amend("o", merge={"address": {"street": "B 2", "floor": 3}}, set={"note": None, "rate": 2})
    data = json.loads(sale.value("SELECT data FROM sales_order"))
    assert data["address"] == {"city": "Ulm", "street": "B 2", "floor": 3}
    assert (data["rate"], "note" in data) == (2, False)
    assert {name: (one.before, one.after) for name, one in amended.amendment.fields.items()} == {
        "note": ("x", None),
        "rate": (1.5, 2),
        "address": ({"city": "Ulm", "street": "A 1"}, {"city": "Ulm", "street": "B 2", "floor": 3}),
    }


def test_commands_see_the_order_as_it_is_now(world):
    seen = []
    world.command("look", does=lambda item, context: seen.append((item.quantity, item.order_data["note"])))
    world.deploy(SALE + "event pay command=look manual")
    (item,) = world.place("tea-1 1", reference="o", note="before")
    world.amend("o", lines=[{"line": 1, "quantity": 2}], set={"note": "after"})
    world.trigger("pay", item)
    assert seen == [(2, "after")]


# --- once, all at once ---


def test_the_same_key_gets_the_same_answer(sale):
    sale.place("tea-1 1", reference="o")
    asked = {"key": "k", "add": [{"sku": "tea-2", "quantity": 1}]}
    first = sale.amend("o", **asked)
    again = sale.amend("o", **asked)
    assert (first.existing, again.existing) == (False, True)
    assert again.amendment == first.amendment
    assert len(again.order.items) == 2
    with pytest.raises(AmendmentConflict):
        sale.amend("o", key="k", add=[{"sku": "tea-2", "quantity": 2}])
    sale.place("tea-1 1", reference="p")
    assert not sale.amend("p", **asked).existing


def test_a_key_is_known_even_where_nothing_changed(sale):
    sale.place("tea-1 1", reference="o")
    sale.amend("o", key="k", lines=[{"line": 1, "quantity": 1}])
    sale.amend("o", lines=[{"line": 1, "quantity": 2}])
    assert sale.amend("o", key="k", lines=[{"line": 1, "quantity": 1}]).existing
    assert line(sale) == (2, 0)


def test_everything_that_is_wrong_is_told_at_once(sale):
    (item,) = sale.place("tea-1 1", reference="o")
    with pytest.raises(AmendmentRefused) as refused:
        sale.amend(
            "o",
            lines=[{"line": 7, "quantity": 1}, {"line": 1, "quantity": 200}, {"item": item, "quantity": 1},
                   {"reference": "x", "remove": True}, {"item": 999, "quantity": 1}],
            add=[{"sku": "tee-1", "quantity": 1}, {"sku": "tea-2", "quantity": 1, "warehouse": "Nord"}],
            store="XX",
        )  # fmt: skip
    assert sorted(problems(refused.value)) == [
        ("add[0].sku", "unknown_sku"),
        ("add[1].warehouse", "unknown_warehouse"),
        ("lines[0].line", "unknown_line"),
        ("lines[1].quantity", "not_available"),
        ("lines[2]", "repeated_line"),
        ("lines[3].reference", "unknown_line"),
        ("lines[4].item", "unknown_item"),
        ("store", "unknown_store"),
    ]
    assert refused.value.code == "amendment_refused"
    assert pieces(sale) == [(1, "new")]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"add": [{"sku": "x", "quantity": 1}]}, UnknownSku),
        ({"store": "XX"}, UnknownStore),
        ({"lines": [{"line": 9, "quantity": 1}]}, AmendmentRefused),
    ],
)
def test_problems_of_one_kind_are_that_error(sale, asked, error):
    sale.place("tea-1 1", reference="o")
    with pytest.raises(error):
        sale.amend("o", **asked)


def test_an_order_that_is_not_there(sale):
    with pytest.raises(UnknownOrder):
        sale.amend("nobody", key="k", set={"note": "x"})


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"lines": [{"line": 1}]},
        {"lines": [{"line": 1, "quantity": -1}]},
        {"lines": [{"line": 1, "reference": "x", "quantity": 1}]},
        {"lines": [{"line": 1, "quantity": 1, "remove": True}]},
        {"lines": [{"quantity": 1}]},
        {"lines": [{"line": True, "quantity": 1}]},
        {"set": {"items": []}},
        {"merge": {"store": "AT"}},
        {"set": {"a": 1}, "merge": {"a": {}}},
        {"line": []},
    ],
)
def test_what_is_no_amendment(sale, asked):
    with pytest.raises(ValueError, match=r"."):
        sale.amend("o", **asked)


def test_a_dry_run_tells_and_changes_nothing(sale):
    (item,) = sale.place("tea-1 5", reference="o")
    told = sale.amend("o", key="k", lines=[{"line": 1, "quantity": 3}], set={"note": "x"}, dry_run=True)
    assert told.dry_run
    assert [(int(one.quantity), one.state) for one in told.order.items] == [(3, "new"), (2, "cancelled")]
    assert (pieces(sale), sale.reserved(), len(sale.history(item))) == ([(5, "new")], 5, 1)
    assert sale.engine.order("o").amendments == ()
    assert not sale.amend("o", key="k", lines=[{"line": 1, "quantity": 3}], set={"note": "x"}).existing
    with pytest.raises(NotAvailable):
        sale.amend("o", lines=[{"line": 1, "quantity": 999}], dry_run=True)


# --- what is told ---


def test_before_and_after_are_told(sale):
    (item,) = sale.place("tea-1 5", reference="o", note="x")
    amended = sale.amend("o", key="k", reason="called", lines=[{"line": 1, "quantity": 3}], set={"note": "y"})
    (shown,) = sale.engine.order("o").amendments
    assert shown == amended.amendment
    assert (shown.key, shown.reason) == ("k", "called")
    part = amended.amendment.lines[0].left[0].item
    kept = {
        "key": "k",
        "fields": {"note": {"before": "x", "after": "y"}},
        "quantity": {"before": "5", "after": "3"},
    }
    entry = sale.history(item)[-1]
    assert (entry.outcome, entry.trigger, entry.reason, entry.data["amendment"]) == (
        "split",
        "amend",
        "called",
        kept,
    )
    entry = sale.history(part)[-1]
    assert (entry.outcome, entry.target, entry.part.quantity) == ("moved", "cancelled", Decimal(2))
    assert entry.data["amendment"] == kept


def test_an_order_that_is_placed_again_is_still_that_order(sale):
    sale.place("tea-1 5", reference="o")
    sale.amend("o", lines=[{"line": 1, "quantity": 3}])
    sale.place("tea-1 5", reference="o")
    assert pieces(sale) == [(3, "new"), (2, "cancelled")]


def test_flags_of_an_order_leave_out_what_is_out(sale):
    sale.place("tea-1 1", "tea-2 1", reference="o")
    sale.amend("o", lines=[{"line": 2, "remove": True}])
    assert sale.engine.order("o").amendable
    from engine.requests import Listing

    (summary,) = sale.engine.orders(Listing(flags=("amendable",))).orders
    assert summary.amendable


# --- processes ---


def test_without_a_way_out_an_item_becomes_less_and_none_is_removed(world):
    world.deploy("states new* done\nnew -> done : finish\nflag amendable new")
    (item,) = world.place("tea-1 5", reference="o")
    world.amend("o", lines=[{"line": 1, "quantity": 3}])
    assert (pieces(world), world.reserved(), line(world)) == ([(3, "new")], 3, (3, 0))
    assert world.history(item)[-1].data["amendment"]["quantity"] == {"before": "5", "after": "3"}
    with pytest.raises(AmendmentRefused) as refused:
        world.amend("o", lines=[{"line": 1, "remove": True}])
    assert problems(refused.value) == [("lines[0]", "no_way_out")]
    audit(world)


def test_a_state_says_that_it_takes_what_is_amended_out(world):
    world.deploy(
        "states new* done gone over\nnew -> done : finish\nnew -> over : cancel\ngone -> over : back\n"
        "event back onEnter\nflag amendable new\nflag amended~out gone"
    )
    world.place("tea-1 5", reference="o")
    world.amend("o", lines=[{"line": 1, "quantity": 3}])
    assert pieces(world) == [(3, "new"), (2, "over")]
    audit(world)


def test_timeouts_and_automatic_steps_of_new_pieces_and_of_old_ones(world):
    world.deploy(
        "states new paid* cancelled\nnew -> paid : on [ok]\nnew -> cancelled : late\n"
        "event on onEnter\nevent late timeout=1day\nflag amendable new"
    )
    world.plugins.add_condition("ok", lambda item, context: False)
    (item,) = world.place("tea-1 2", reference="o")
    first = world.timeouts(item)
    world.forward(3600)
    world.amend("o", lines=[{"line": 1, "quantity": 4}], add=[{"sku": "tea-2", "quantity": 1}])
    (grown, new) = world.engine.order("o").items
    assert (grown.id, grown.quantity, world.timeouts(item)) == (item, 4, first)
    assert world.timeouts(new.id) != first
    assert world.held() == 4
    audit(world)


def test_a_hold_that_is_over_does_not_grow(make_shop):
    world = make_shop(checkout={"hold_timeout_s": 60}).stocked(tea_1=10)
    world.deploy(
        "states new paid* cancelled\nnew -> paid : pay\nnew -> cancelled : cancel\nflag amendable new"
    )
    world.place("tea-1 2", reference="o")
    world.forward(61)
    world.amend("o", lines=[{"line": 1, "quantity": 3}])
    assert pieces(world) == [(2, "new"), (1, "new")]
    assert world.held() == 1
    audit(world)


def test_options_hold_for_the_order_as_it_is_to_be(make_shop):
    world = make_shop().stocked(tea_1=100, tea_2=100)
    limits = {"minimum_quantity_to_order": 2, "maximum_quantity_to_order": 6}
    world.engine.use_options(Options.model_validate({"products": {"tea-1": limits}}))
    world.deploy(SALE)
    world.place("tea-1 3", reference="o")
    for quantity, error in ((7, AboveMaximum), (1, BelowMinimum)):
        with pytest.raises(error):
            world.amend("o", lines=[{"line": 1, "quantity": quantity}])
    with pytest.raises(AboveMaximum):
        world.amend("o", add=[{"sku": "tea-1", "quantity": 4}])
    world.amend("o", lines=[{"line": 1, "remove": True}], add=[{"sku": "tea-2", "quantity": 1}])
    assert world.available() == 100
    audit(world)


def test_units_hold(world):
    world.topology(units=[{"name": "piece", "decimals": 0}], default_unit="piece")
    world.deploy(SALE)
    world.place("tea-1 3", reference="o")
    with pytest.raises(QuantityTooFine) as refused:
        world.amend("o", lines=[{"line": 1, "quantity": "1.5"}], add=[{"sku": "tea-2", "quantity": "0.5"}])
    assert problems(refused.value) == [
        ("lines[0].quantity", "quantity_too_fine"),
        ("add[0].quantity", "quantity_too_fine"),
    ]


def test_what_comes_back_counts_as_part_of_its_line_again(world):
    world.deploy(SALE + "cancelled -> paid : reopen")
    (item,) = world.place("tea-1 5", reference="o")
    world.amend("o", lines=[{"line": 1, "remove": True}])
    assert line(world) == (0, 5)
    world.trigger("reopen", item)
    assert line(world) == (5, 0)
    audit(world)


def test_messages_are_published_as_for_any_step(sale):
    sale.place("tea-1 99", reference="o")
    sale.forget_messages()
    sale.amend("o", lines=[{"line": 1, "quantity": 100}])
    assert len(sale.messages("availability")) > 0
    sale.forget_messages()
    sale.amend("o", lines=[{"line": 1, "quantity": 99}])
    assert len(sale.messages("availability")) > 0


def test_an_order_of_many_lines_takes_as_many_statements_as_one_of_few(world):
    world.deploy(SALE)

    def amend(count):
        lines = [{"sku": f"tea-{1 + number % 2}", "quantity": 2} for number in range(count)]
        reference = f"o-{count}"
        world.place(*lines, reference=reference)
        asked = [{"line": 1 + number, "quantity": number % 4} for number in range(count)]
        return world.statements(lambda: world.amend(reference, lines=asked, set={"note": count}))

    few, many = amend(8), amend(40)
    assert len(many) == len(few)
    audit(world)


def test_a_part_of_what_is_out_is_out_as_well(world):
    world.deploy(SALE + "cancelled -> refunded : refund\nstates refunded")
    (item,) = world.place("tea-1 5", reference="o")
    world.amend("o", lines=[{"line": 1, "remove": True}])
    world.part("refund", item, 2)
    assert (pieces(world), line(world)) == ([(3, "cancelled"), (2, "refunded")], (0, 5))
    audit(world)


def test_a_way_out_with_a_timeout_of_a_processor(world):
    world.plugins.processors["soon"] = lambda item, text, now: now + timedelta(hours=int(item.quantity))
    world.deploy(SALE + "cancelled -> gone : forget\nstates gone\nevent forget timeout=1day processor=soon")
    world.place("tea-1 5", "tea-2 3", reference="o")
    world.amend("o", lines=[{"line": 1, "quantity": 3}, {"line": 2, "remove": True}])
    due = [next(iter(world.timeouts(item.id).values()), None) for item in world.engine.order("o").items]
    now = to_datetime(world.clock())
    assert due == [None, now + timedelta(hours=3), now + timedelta(hours=2)]
    audit(world)
