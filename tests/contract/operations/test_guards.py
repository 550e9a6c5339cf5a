"""Guards of the rule files: conditions in CEL that let items pass, or not."""

from __future__ import annotations

import pytest

from engine.errors import DefinitionError
from tests.helpers.shop import codes, order

WAITING = """
    states new passed
    new -> passed [rule:g]
"""


@pytest.fixture
def guarded(make_shop):
    """Makes a shop whose guard ``g`` is this expression, with the process that waits for it."""

    def make(text, process=WAITING, **rules):
        shop = make_shop(guards={"g": text}, **rules).stocked(tea_1=100, tea_2=100)
        shop.deploy(process)
        return shop

    return make


PASSES = [
    "item.quantity == 2.0",
    "item.sku == 'tea-1' && item.line == 1 && item.step == 0",
    "item.state == 'new' && item.store == 'DE'",
    "order.total > 500.0 && item.available",
    "order.data.total == 600.5",
    "has(order.total) && !has(order.currency)",
    "order.payment_method == 'invoice'",
    "'vip' in order.tags && size(order.tags) == 2",
    "order.tags.exists(t, t.startsWith('v'))",
    "item.data.gift == true",
    "product.abstract_sku != '' && product.sku == item.sku",
    "stock.quantity == 100.0 && availability.quantity <= 100.0",
    "now >= item.state_since && now >= order.placed_at",
    "item.warehouse == null && item.reserved == 0.0",
    "availability.sellable && !stock.never_out_of_stock",
    "item.reference != 'x'",
    # Nested deeply, as SQLite has a limit.
    "order.total > 1.0 && (order.total < 0.0 || (order.total > 2.0 && (order.total < 0.0 || item.available)))",
    "order.total > 1.0 ? (order.total > 2.0 ? !(item.available == false) : false) : false",
    "order.total < 0.0 || (order.total > 1.0 && (order.total < 0.0 || availability.quantity - 1.0 > 3.0))",
]


@pytest.mark.parametrize("text", PASSES)
def test_a_true_guard_lets_an_item_pass(guarded, text):
    shop = guarded(text)
    fields = {"total": 600.5, "payment": {"method": "invoice"}, "tags": ["vip", "new"]}
    items = [{"sku": "tea-1", "quantity": 2, "gift": True}]
    placed = shop.engine.place(order("r", *items, **fields))
    report = shop.engine.run_conditions()
    assert (report.examined, report.moved, report.failed) == (1, 1, [])
    assert shop.states(placed.items[0].id) == ["passed"]


WAITS = [
    "item.quantity > 2.0",
    "order.total > 500.0 && item.sku == 'x'",
    "item.warehouse != null",
    "!item.available",
]


@pytest.mark.parametrize("text", WAITS)
def test_a_false_guard_leaves_an_item_waiting_and_writes_nothing(guarded, text):
    shop = guarded(text)
    (item,) = shop.place("tea-1 2", total=600)
    report = shop.engine.run_conditions()
    assert (report.examined, report.moved, report.failed) == (1, 0, [])
    assert (shop.states(item), len(shop.history(item))) == (["new"], 1)


ERRORS = {
    "order.data.gift == true": 'there is no key "gift"',
    "order.data.total > 5.0": '">" cannot be used with string and double',
    "!(order.total > 5.0)": '">" cannot be used with null and double; ask first whether it is there',
    "item.line / (item.line - 1) == 1": "a whole number is divided by 0",
    "order.data.total > 5.0 ? true : true": '">" cannot be used with string and double',
    "order.data.total": "",
}


@pytest.mark.parametrize("text", [text for text in ERRORS if ERRORS[text]])
def test_an_error_or_null_never_lets_an_item_pass_not_even_by_the_way_beside_it(guarded, text):
    shop = guarded(text, "states new passed other\nnew -> passed [rule:g]\nnew -> other")
    (item,) = shop.place("tea-1", total="600")
    report = shop.engine.run_conditions()
    assert (report.moved, codes(report.failed)) == (0, {item: "condition_failed"})
    assert ERRORS[text] in report.failed[0].message
    assert report.failed[0].message.startswith(f"item {item}: rule:g: ")
    assert shop.states(item) == ["new"]
    assert shop.engine.run_conditions().examined == 0


def test_an_item_whose_guard_failed_passes_once_it_is_true(guarded):
    shop = guarded("stock.in_warehouse > 1.0")
    (item,) = shop.place({"sku": "tea-1", "quantity": 1, "warehouse": "North"})
    shop.sql("UPDATE stock SET quantity = 0")
    assert shop.engine.run_conditions().moved == 0
    shop.sql("DELETE FROM stock")
    assert codes(shop.engine.run_conditions().failed) == {item: "condition_failed"}
    shop.restock("tea-1,North,5")
    assert shop.engine.retry(None).moved == 1
    assert shop.states(item) == ["passed"]


BY_EVENT = """
    states new approved refused
    new -> approved : decide [rule:g]
    new -> refused : decide
    event decide command=Ask
"""


def test_a_guard_of_an_event_sees_its_command_and_what_was_given_with_it(guarded):
    shop = guarded("command.score > 5 && trigger.by == 'Ann'", BY_EVENT)
    shop.command("Ask", does=lambda item, context: {"score": int(item.quantity)})
    good, bad, odd = shop.place("tea-1 9", "tea-1 3", "tea-2 9")
    shop.trigger("decide", good, bad, data={"by": "Ann"})
    report = shop.trigger("decide", odd)
    assert shop.states(good, bad, odd) == ["approved", "refused", "new"]
    assert codes(report.failed) == {odd: "condition_failed"}
    assert shop.history(good)[-1].conditions == {"rule:g": True}
    assert shop.history(bad)[-1].conditions == {"rule:g": False}


def test_guards_ask_in_one_statement_however_many_items(guarded):
    text = "item.available && order.total > 5.0 && product.abstract_sku != 'x' && item.data.sku == 'tea-1'"
    shop = guarded(text, "states new passed\nnew -> passed : go [rule:g]")
    few, many = shop.place_many(2, total=9), shop.place_many(30, total=9)
    counted = [shop.statements(lambda ids=ids: shop.trigger("go", *ids)) for ids in (few, many)]
    assert len(counted[0]) == len(counted[1])
    assert counted[1].count("guard_facts") == 1
    assert set(shop.states(*few, *many)) == {"passed"}


def test_why_tells_the_guard_and_which_part_is_not_true(guarded):
    shop = guarded("item.available && order.total > 500.0 && order.data.gift == true")
    (item,) = shop.place("tea-1", total=20)
    (wait,) = shop.engine.why(item).waits
    (said,) = wait.guards
    assert (said.name, said.outcome, said.error) == ("rule:g", False, None)
    assert [(part.text, part.outcome) for part in said.parts] == [
        ("item.available", True),
        ("order.total > 500.0", False),
        ("order.data.gift == true", None),
    ]
    assert "gift" in said.parts[2].error


def test_why_leaves_out_guards_that_need_what_a_command_returns(guarded):
    shop = guarded("command.score > 5", BY_EVENT)
    shop.command("Ask")
    (item,) = shop.place("tea-1")
    assert [wait.guards for wait in shop.engine.why(item).waits] == [()]


def test_a_process_whose_guard_the_rules_do_not_have_is_not_deployed(guarded):
    shop = guarded("item.available")
    with pytest.raises(DefinitionError) as caught:
        shop.deploy("states new a\nnew -> a [rule:gg]", name="Other")
    assert "rule:gg" in caught.value.message
    assert 'Did you mean "g"?' in caught.value.message


def test_a_guard_that_was_taken_out_of_the_rules_holds_back_its_items(guarded):
    shop = guarded("item.available")
    (item,) = shop.place("tea-1")
    other = shop.another(guards={"h": "true"})
    report = other.run_conditions()
    assert [(r.item, r.code) for r in report.failed] == [(None, "plugin_missing")]
    assert [m.kind for m in other.missing_plugins()] == ["guard"]
    assert shop.states(item) == ["new"]


def test_what_orders_hold_that_no_database_can_read_is_told_and_lets_nobody_pass(guarded):
    shop = guarded("order.data.note == 'a' || order.data.limit > 5")
    cut, lost, huge = (
        shop.place("tea-1", note="a\0b", limit=1)[0],
        shop.place("tea-1", note="x", limit=float("nan"))[0],
        shop.place("tea-1", note="x", limit=10**400)[0],
    )
    report = shop.engine.run_conditions()
    assert (report.moved, report.failed) == (1, [])
    assert shop.states(cut, lost, huge) == ["new", "new", "passed"]


TWO_WAYS = """
    states new cheap dear
    new -> dear [rule:dear]
    new -> cheap
"""


def test_a_conditions_run_loads_no_item_that_the_database_decides_about(guarded):
    shop = guarded("order.total > 500.0 && item.available && 'vip' in order.tags")
    yes, no = shop.place_many(20, total=600, tags=["vip"]), shop.place_many(20, total=600, tags=["x"])
    names = shop.statements(shop.engine.run_conditions)
    assert {"sweep_items", "guard_facts", "moving_undecided"} & set(names) == set()
    assert set(shop.states(*yes)) == {"passed"}
    assert set(shop.states(*no)) == {"new"}
    assert shop.history(yes[0])[-1].conditions == {"rule:g": True}
    assert shop.drift() == []


def test_only_what_the_database_cannot_tell_is_asked_in_python(guarded):
    shop = guarded("order.total > 500.0 && item.sku.matches('^tea-[0-9]$')")
    yes, no = shop.place_many(5, total=600), shop.place_many(50, total=5)
    seen = []
    names = shop.statements(lambda: seen.append(shop.engine.run_conditions()))
    assert names.count("guard_facts") == 1
    assert (seen[0].examined, seen[0].moved, seen[0].failed) == (55, 5, [])
    assert set(shop.states(*yes)) == {"passed"}
    assert set(shop.states(*no)) == {"new"}


def test_each_answer_has_its_way_and_an_error_none(make_shop):
    shop = make_shop(guards={"dear": "order.data.price > 5"}).stocked(tea_1=100)
    shop.deploy(TWO_WAYS)
    dear, cheap, odd = (shop.place("tea-1", price=price)[0] for price in (9, 1, "x"))
    report = shop.engine.run_conditions()
    assert (report.examined, report.moved, codes(report.failed)) == (3, 2, {odd: "condition_failed"})
    assert shop.states(dear, cheap, odd) == ["dear", "cheap", "new"]
    assert shop.history(cheap)[-1].conditions == {"rule:dear": False}
    assert shop.engine.run_conditions().examined == 0


def test_several_guards_of_a_state_are_decided_together(make_shop):
    guards = {"big": "order.total > 100.0", "vip": "'vip' in order.tags"}
    shop = make_shop(guards=guards, execution={"chunk": 3}).stocked(tea_1=100)
    shop.deploy("states new big vip\nnew -> vip [rule:vip]\nnew -> big [rule:big]")
    both, big, none = (
        shop.place_many(4, total=200, tags=["vip"]),
        shop.place_many(4, total=200),
        shop.place_many(4, total=2),
    )
    report = shop.engine.run_conditions()
    assert (report.examined, report.moved) == (12, 8)
    assert shop.states(*both, *big, *none) == ["vip"] * 4 + ["big"] * 4 + ["new"] * 4


def test_a_limit_counts_the_items_that_are_looked_at(guarded):
    shop = guarded("item.quantity == 2.0")
    shop.place_many(4)
    shop.place("tea-1 2")
    seen = [shop.engine.run_conditions(limit=2) for _ in range(3)]
    assert [(report.examined, report.moved) for report in seen] == [(2, 0), (2, 0), (2, 1)]


def test_items_that_somebody_works_on_are_left_out(guarded):
    shop = guarded("item.available")
    claimed, free = shop.place("tea-1", "tea-1")
    sql = "INSERT INTO item_claim (item_id, step, event, token, holder, claimed_at, expires_at)"
    now = shop.database.clock()
    shop.sql(
        f"{sql} SELECT id, step, 'go', 't', 'h', ?, ? FROM order_item WHERE id = ?", now, now * 2, claimed
    )
    assert shop.engine.run_conditions().moved == 1
    assert shop.states(claimed, free) == ["new", "passed"]


def test_what_passes_hops_once_a_tick(guarded):
    shop = guarded("item.available", "states new a b\nnew -> a [rule:g]\na -> b [rule:g]")
    (item,) = shop.place("tea-1")
    assert [(shop.engine.run_conditions().moved, shop.states(item)) for _ in range(3)] == [
        (1, ["a"]),
        (1, ["b"]),
        (0, ["b"]),
    ]


def test_an_item_that_failed_is_asked_again_and_its_failure_forgotten(guarded):
    shop = guarded("stock.in_warehouse > 1.0")
    (item,) = shop.place({"sku": "tea-1", "quantity": 1, "warehouse": "North"})
    shop.sql("DELETE FROM stock")
    assert codes(shop.engine.run_conditions().failed) == {item: "condition_failed"}
    shop.sql(
        "INSERT INTO stock (product_id, warehouse_id, quantity) SELECT id, 1, 0 FROM product WHERE sku = 'tea-1'"
    )
    shop.forward(3600)
    report = shop.engine.run_conditions()
    assert (report.examined, report.moved, report.failed) == (1, 0, [])
    assert shop.value("SELECT count(*) FROM sweep_failure") == 0


@pytest.mark.parametrize(
    ("options", "level", "passes"),
    [
        ({}, 100, True),
        ({"inventory_threshold": 10}, 100, True),
        ({"inventory_threshold": 11}, 100, False),
        ({}, 80, False),
        ({"backorders": True, "backorder_limit": 10}, 80, True),
        ({"backorders": True, "backorder_limit": 9}, 80, False),
        ({"backorders": True}, 1, True),
        ({"inventory_status": "discontinued"}, 100, False),
    ],
)
def test_what_options_keep_back_lend_or_forbid_counts_for_is_it_available(guarded, options, level, passes):
    shop = guarded("item.available")
    (item,) = shop.place("tea-1 90")
    for name, value in options.items():
        shop.engine.set_option("product tea-1", name, value)
    shop.count(f"tea-1,North,{level}", "tea-1,South,0")
    (wait,) = [wait for wait in shop.engine.why(item, ask=True).waits if wait.guards]
    assert {guard.outcome for guard in wait.guards} == {passes}
    assert shop.engine.run_conditions().moved == int(passes)
