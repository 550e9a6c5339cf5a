"""A part of an item: so much goes and becomes an item of its own, the rest stays what it was."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal

import pytest

from engine.errors import InputError, QuantityAboveItem, QuantityInvalid, QuantityTooFine, UnknownItem
from engine.hooks import Scope
from engine.requests import Selection
from tests.helpers.clock import HOUR
from tests.helpers.shop import codes, order

SALE = """
    states new paid* packed* shipped* done returned cancelled
    new -> paid : pay
    paid -> packed : pack
    paid -> cancelled : cancel
    paid -> paid : note
    packed -> shipped : ship
    shipped -> done : stock-update
    done -> returned : return
    event cancel timeout=1day manual
"""


@pytest.fixture
def sale(make_shop):
    world = make_shop().stocked(tea_1=100, tea_2=100)
    world.deploy(SALE)
    return world


@pytest.fixture
def item(sale):
    """An item of ten pieces, paid."""
    (placed,) = sale.place("tea-1 10", reference="order-1")
    sale.trigger("pay", placed)
    return placed


def pieces(world, reference="order-1"):
    """Quantity and state of every item of the order, the one placed first first."""
    return [(int(item.quantity), item.state) for item in world.engine.order(reference).items]


def split(world, event, item, quantity):
    """Fire the event for so much of the item; return the id of the part."""
    (part,) = world.part(event, item, quantity).parts
    return part.item


def test_so_much_goes_and_the_rest_stays(sale, item):
    report = sale.part("cancel", item, 3)
    assert (report.examined, report.moved, report.stayed, report.refused) == (1, 1, 0, False)
    (part,) = report.parts
    assert (part.of, part.quantity, part.stays) == (item, 3, 7)
    assert pieces(sale) == [(7, "paid"), (3, "cancelled")]
    assert (sale.counted(item), sale.counted(part.item)) == ((7, 0), (0, 0))
    assert (sale.reserved(), sale.available()) == (7, 93)
    assert sale.drift() == []


def test_both_have_the_history_up_to_then(sale, item):
    sale.forward(HOUR)
    part = split(sale, "cancel", item, 3)
    assert sale.path(part) == ["new", "paid", "cancelled"]
    *_, told = sale.history(item)
    assert (told.outcome, told.event, told.source, told.target) == ("split", "cancel", "paid", None)
    assert (told.part.item, told.part.of, told.part.quantity) == (part, item, 3)
    *_, told = sale.history(part)
    assert (told.outcome, told.part.item, told.part.of, told.part.quantity) == ("moved", part, item, 3)
    sale.trigger("pack", item)
    assert [entry.target for entry in sale.history(part)] == ["new", "paid", "cancelled"]


def test_a_part_of_a_part_has_the_history_of_both(sale, item):
    packed = split(sale, "pack", item, 6)
    shipped = split(sale, "ship", packed, 2)
    split(sale, "cancel", item, 1)
    assert [entry.outcome for entry in sale.history(item)] == ["placed", "moved", "split", "split"]
    assert [entry.outcome for entry in sale.history(packed)] == ["placed", "moved", "moved", "split"]
    assert sale.path(shipped) == ["new", "paid", "packed", "shipped"]
    assert [entry.part.quantity for entry in sale.history(shipped) if entry.part] == [6, 2]


def test_several_partial_shipments_and_a_partial_return_after_a_partial_delivery(sale, item):
    for quantity in (3, 4):
        sale.trigger("ship", split(sale, "pack", item, quantity))
    assert pieces(sale) == [(3, "paid"), (3, "shipped"), (4, "shipped")]
    sale.forward(HOUR)
    sale.restock("tea-1,North,93", "tea-1,South,0")
    assert pieces(sale) == [(3, "paid"), (3, "done"), (4, "done")]
    assert sale.reserved() == 3
    *_, last = sale.engine.order("order-1").items
    split(sale, "return", last.id, 1)
    assert pieces(sale) == [(3, "paid"), (3, "done"), (3, "done"), (1, "returned")]
    assert sale.drift() == []


def test_cancelling_the_rest_of_a_partly_shipped_line_frees_the_rest_and_nothing_else(sale, item):
    sale.trigger("ship", split(sale, "pack", item, 4))
    assert sale.available() == 90
    sale.trigger("cancel", item)
    assert (sale.reserved(), sale.available()) == (4, 96)
    assert pieces(sale) == [(6, "cancelled"), (4, "shipped")]
    assert sale.drift() == []


def test_a_hold_is_divided(sale):
    sale.deploy(
        """
        states new paid* dropped
        new -> paid : pay
        new -> dropped : drop
        """,
        name="Held",
    )
    (item,) = sale.place("tea-1 10", process="Held")
    paid = split(sale, "pay", item, 4)
    assert (sale.counted(item), sale.counted(paid)) == ((0, 6), (4, 0))
    dropped = split(sale, "drop", item, 1)
    assert (sale.counted(item), sale.counted(dropped)) == ((0, 5), (0, 0))
    assert (sale.reserved(), sale.held(), sale.available()) == (4, 5, 91)
    assert sale.drift() == []


def test_all_of_an_item_goes_whole(sale, item):
    report = sale.part("cancel", item, "10.0")
    assert (report.moved, report.parts) == (1, [])
    assert pieces(sale) == [(10, "cancelled")]


def test_parts_and_whole_items_of_several_states_go_in_one_call(sale, item):
    first, second = sale.place("tea-1 5", "tea-2 6", reference="order-2")
    (waiting,) = sale.place("tea-2 8", reference="order-3")
    sale.trigger("pay", first, second)
    report = sale.engine.trigger(
        "cancel", Selection(items=(first,), quantities={item: 3, second: "2", waiting: 4})
    )
    assert (report.examined, report.moved) == (4, 3)
    assert codes(report.blocked) == {waiting: "event_not_available"}
    assert pieces(sale) == [(7, "paid"), (3, "cancelled")]
    assert pieces(sale, "order-2") == [(5, "cancelled"), (4, "paid"), (2, "cancelled")]
    assert pieces(sale, "order-3") == [(8, "new")]
    assert {part.of: part.quantity for part in report.parts} == {item: 3, second: 2}
    assert sale.drift() == []


def test_the_timeout_of_the_rest_goes_on_and_the_part_has_those_of_its_state(sale, item):
    before = sale.timeouts(item)
    sale.forward(HOUR)
    packed = split(sale, "pack", item, 3)
    assert (sale.timeouts(item), sale.timeouts(packed)) == (before, {})
    assert before
    sale.forward(24 * HOUR)
    sale.engine.run_timeouts()
    assert pieces(sale) == [(7, "cancelled"), (3, "packed")]


def test_a_part_that_comes_back_to_its_state_keeps_the_time_and_the_timeouts(sale, item):
    before, since = sale.timeouts(item), sale.since(item)
    sale.forward(HOUR)
    noted = split(sale, "note", item, 3)
    assert pieces(sale) == [(7, "paid"), (3, "paid")]
    assert (sale.timeouts(noted), sale.since(noted)) == (before, since)
    assert (sale.counted(item), sale.counted(noted), sale.drift()) == ((7, 0), (3, 0), [])


def test_order_show_tells_what_a_line_has_become(sale):
    first, second = sale.place("tea-1 10", {"sku": "tea-2", "quantity": 2, "reference": "x"}, reference="o")
    sale.trigger("pay", first, second)
    part = split(sale, "cancel", first, "2")
    view = sale.engine.order("o")
    assert [(item.id, item.line, item.split_from) for item in view.items] == [
        (first, 1, None),
        (second, 2, None),
        (part, 1, first),
    ]
    told = view.as_dict()["lines"]
    assert told[0] == {
        "line": 1, "reference": None, "sku": "tea-1", "quantity": "10", "items": [first, part], "removed": "0",
    }  # fmt: skip
    assert (told[1]["reference"], told[1]["items"]) == ("x", [second])


def test_a_line_of_parts_is_written_without_zeros_at_its_end(sale, item):
    split(sale, "cancel", item, "2.5")
    (line,) = sale.engine.order("order-1").as_dict()["lines"]
    assert line["quantity"] == "10"


def test_the_same_order_again_is_still_the_stored_one(sale, item):
    split(sale, "cancel", item, 3)
    again = sale.engine.place(order("order-1", "tea-1 10"))
    assert again.existing
    assert [(int(one.quantity), one.state) for one in again.items] == [(7, "paid"), (3, "cancelled")]


def test_a_condition_sees_the_part_and_one_that_is_false_splits_nothing(sale, item):
    seen = []

    def small(item, context):
        seen.append(item.quantity)
        return item.quantity < 3

    sale.plugins.add_condition("small", small)
    sale.deploy(SALE.replace("paid -> cancelled : cancel", "paid -> cancelled : cancel [small]"), name="S")
    (item,) = sale.place("tea-1 10", reference="guarded", process="S")
    sale.trigger("pay", item)
    report = sale.part("cancel", item, 3)
    assert (report.moved, report.stayed, report.parts) == (0, 1, [])
    assert pieces(sale, "guarded") == [(10, "paid")]
    split(sale, "cancel", item, 2)
    assert pieces(sale, "guarded") == [(8, "paid"), (2, "cancelled")]
    assert seen == [3, 2]


@pytest.mark.parametrize("transactional", [False, True])
@pytest.mark.parametrize("scope", Scope)
def test_a_command_is_called_for_the_part_and_splits_nothing_when_it_fails(sale, scope, transactional):
    asked = []

    def refund(called, context):
        items = called if isinstance(called, list | tuple) else (called,)
        asked.append((context.key, [(item.id, int(item.quantity)) for item in items]))
        if len(asked) == 1:
            raise RuntimeError("the bank is closed")
        return {"refunded": str(items[0].quantity)}

    sale.command("refund", scope, refund, transactional=transactional)
    sale.deploy(SALE.replace("event cancel", "event cancel command=refund"), name="R")
    (item,) = sale.place("tea-1 10", reference="refund", process="R")
    sale.trigger("pay", item)
    report = sale.part("cancel", item, 3)
    assert (codes(report.failed), report.parts) == ({item: "command_failed"}, [])
    assert pieces(sale, "refund") == [(10, "paid")]
    part = split(sale, "cancel", item, 3)
    assert pieces(sale, "refund") == [(7, "paid"), (3, "cancelled")]
    assert [items for _, items in asked] == [[(item, 3)], [(item, 3)]]
    assert asked[0][0] == asked[1][0], "a retry is recognised by its key"
    assert sale.history(part)[-1].data == {"refunded": "3"}
    sale.part("cancel", item, 2)
    assert len({key for key, _ in asked}) == 2
    assert sale.drift() == []


def test_a_call_for_other_quantities_has_another_key(sale):
    keys = []
    sale.command("refund", does=lambda item, context: keys.append(context.key) or 1 / 0)
    sale.deploy(SALE.replace("event cancel", "event cancel command=refund"), name="R")
    (item,) = sale.place("tea-1 10", process="R")
    sale.trigger("pay", item)
    sale.part("cancel", item, 3)
    sale.part("cancel", item, 2)
    sale.trigger("cancel", item)
    assert len(set(keys)) == 3


def test_calls_that_an_item_was_part_of_are_not_repeated_once_it_is_split(sale):
    asked = []

    def charge(items, context):
        asked.append([(item.id, int(item.quantity)) for item in items])
        raise RuntimeError

    sale.command("charge", Scope.ORDER, charge)
    sale.deploy(SALE.replace("event cancel", "event pack command=charge manual\n event cancel"), name="C")
    first, second = sale.place("tea-1 10", "tea-2 2", process="C")
    sale.trigger("pay", first, second)
    sale.trigger("pack", first, second)
    split(sale, "cancel", first, 3)
    sale.trigger("pack", second)
    assert asked == [[(first, 10), (second, 2)], [(second, 2)]]


def test_a_warehouse_that_a_command_names_is_that_of_the_part(sale):
    from engine.hooks import CommandResult

    sale.command("pick", does=lambda item, context: CommandResult(warehouses={item.id: "South"}))
    sale.deploy(SALE.replace("event cancel", "event pack command=pick manual\n event cancel"), name="W")
    (item,) = sale.place({"sku": "tea-1", "quantity": 10, "warehouse": "North"}, reference="w", process="W")
    sale.trigger("pay", item)
    split(sale, "pack", item, 3)
    cancelled = split(sale, "cancel", item, 1)
    warehouses = [one.warehouse for one in sale.engine.order("w").items]
    assert warehouses == ["North", "South", "North"]
    assert sale.counted(cancelled) == (0, 0)


def test_an_item_that_somebody_works_on_is_not_split(sale, item):
    with sale.engine.runtime.database.write() as work:
        sale.execute(
            work,
            "INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)"
            " VALUES (:item, 'x', 'somebody', 'pack', 1, :now, :until)",
            item=item,
            now=work.now,
            until=work.now + 60_000_000,
        )
    report = sale.part("cancel", item, 3)
    assert (codes(report.blocked), report.parts) == ({item: "item_locked"}, [])
    assert pieces(sale) == [(10, "paid")]


def test_a_worker_that_comes_late_changes_nothing_of_what_stays(sale):
    def late(item, context):
        sale.forward(HOUR)  # its lease is over, and somebody else cancels a part
        with closing(sale.another()) as other:
            assert other.trigger("cancel", Selection(quantities={item.id: 3})).moved == 1

    sale.command("collect", does=late)
    sale.deploy(SALE.replace("event cancel", "event pack command=collect manual\n event cancel"), name="L")
    (item,) = sale.place("tea-1 10", reference="late", process="L")
    sale.trigger("pay", item)
    report = sale.trigger("pack", item)
    assert codes(report.failed) == {item: "state_changed"}
    assert pieces(sale, "late") == [(7, "paid"), (3, "cancelled")]
    assert sale.drift() == []


@pytest.mark.parametrize("quantity", [0, -3, "0", "x", "", "1e1", True, None, "1.0000001", 10**10])
def test_what_is_no_quantity_is_refused(sale, item, quantity):
    with pytest.raises(QuantityInvalid, match=f"item {item}"):
        sale.part("cancel", item, quantity)
    assert pieces(sale) == [(10, "paid")]


def test_more_than_the_items_are_is_refused_with_all_that_is_wrong_and_nothing_is_done(sale, item):
    first, second = sale.place("tea-1 5", "tea-2 6", reference="order-2")
    sale.trigger("pay", first, second)
    with pytest.raises(QuantityAboveItem) as refused:
        sale.engine.trigger("cancel", Selection(quantities={item: 3, first: 6, second: "6.5"}))
    assert f"item {first} is 5, not 6; item {second} is 6, not 6.5" in refused.value.message
    assert pieces(sale) + pieces(sale, "order-2") == [(10, "paid"), (5, "paid"), (6, "paid")]


def test_more_than_an_item_of_a_later_chunk_is_refused_before_anything_is_done(make_shop):
    world = make_shop(execution={"chunk": 2}).stocked(tea_1=100)
    world.deploy(SALE)
    items = world.place(*["tea-1 2"] * 5, reference="order-1")
    world.trigger("pay", *items)
    with pytest.raises(QuantityAboveItem):
        world.engine.trigger("cancel", Selection(quantities=dict.fromkeys(items, 1) | {items[-1]: 3}))
    assert pieces(world) == [(2, "paid")] * 5
    report = world.engine.trigger("cancel", Selection(quantities=dict.fromkeys(items, 1)))
    assert (report.moved, len(report.parts)) == (5, 5)


def test_finer_than_the_unit_is_refused(make_shop):
    world = make_shop()
    world.topology(
        units=[{"name": "piece", "decimals": 0}, {"name": "kg", "decimals": 2}],
        default_unit="piece",
        warehouses=[{"name": "North"}],
        stores=[{"name": "DE", "warehouses": ["North"]}],
        products=[
            {"sku": "tea", "concretes": [{"sku": "tea-1"}]},
            {"sku": "flour", "concretes": [{"sku": "flour-1", "unit": "kg"}]},
        ],
    )
    world.restock("tea-1,North,100", "flour-1,North,100")
    world.deploy(SALE)
    tea, flour = world.place("tea-1 10", "flour-1 10.5", reference="order-1")
    world.trigger("pay", tea, flour)
    with pytest.raises(QuantityTooFine, match=rf"item {tea}.*no decimals.*item {flour}.*2 decimals"):
        world.engine.trigger("cancel", Selection(quantities={tea: "0.5", flour: "0.125"}))
    report = world.part("cancel", flour, "0.25")
    assert report.parts[0].stays == Decimal("10.25")


def test_an_unknown_item_is_refused_and_nothing_is_done(sale, item):
    with pytest.raises(UnknownItem):
        sale.engine.trigger("cancel", Selection(quantities={item: 3, 4711: 1}))
    assert pieces(sale) == [(10, "paid")]


@pytest.mark.parametrize("quantities", [[17], {"17": 3}, {True: 1}])
def test_what_is_no_mapping_of_items_is_refused(quantities):
    with pytest.raises(InputError, match="mapping of item ids"):
        Selection(quantities=quantities)


def test_a_quantity_is_of_single_items_and_of_events(sale, item):
    with pytest.raises(InputError, match="single item"):
        sale.engine.trigger("cancel", Selection(process="Sale", state="paid", quantities={item: 3}))
    with pytest.raises(InputError, match="forced whole"):
        sale.engine.force("done", Selection(quantities={item: 3}), reason="x")
    with pytest.raises(InputError, match="retried whole"):
        sale.engine.retry(Selection(quantities={item: 3}))


def test_splitting_takes_the_same_statements_for_few_and_for_many(make_shop):
    taken = []
    for count in (5, 300):
        world = make_shop().stocked(tea_1=10_000)
        world.deploy(SALE)
        ids = [item for _ in range(count // 5) for item in world.place(*["tea-1 4"] * 5)]
        world.trigger("pay", *ids)
        world.part("cancel", ids[0], 1)  # what is read once for the life of the process
        quantities = {item: 1 + item % 2 for item in ids[1:]}
        cancel = Selection(quantities=quantities)
        taken.append(sorted(world.statements(lambda: world.engine.trigger("cancel", cancel))))  # noqa: B023
        assert world.drift() == []
    assert taken[0] == taken[1]
