"""A stock import moves what its counts no longer contain: with commands, conditions and whatever follows."""

from __future__ import annotations

import pytest

from engine.hooks import CommandResult, Scope
from engine.requests import Selection
from tests.helpers.clock import HOUR, MINUTE
from tests.helpers.plugins import fails
from tests.helpers.shop import codes

SALE = """
    states new shipped* released lost*
    new -> shipped : ship
    shipped -> released : stock-update
    shipped -> lost : lose
    event stock-update command=unload
"""


def count(world, *rows, engine=None, **options):
    """Import stock: ``sku,warehouse,quantity``."""
    path = world.folder / "counted.csv"
    lines = ["concrete_sku,name,quantity,is_never_out_of_stock,is_bundle", *(f"{row},0,0" for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return (engine or world.engine).import_stock(path, **options)


def shipped(world, *lines, **fields):
    items = world.place(*lines, **fields)
    world.trigger("ship", *items)
    return items


def test_the_command_is_called_for_what_is_released_and_for_nothing_else(sale):
    unload = sale.command("unload")
    first, second = shipped(sale, "tea-1 2", "tea-1 3")
    (elsewhere,) = shipped(sale, "tea-2")
    sale.place("tea-1")
    sale.forward(HOUR)
    as_of = sale.clock()
    sale.forward(MINUTE)
    (late,) = shipped(sale, "tea-1 4")
    report = count(sale, "tea-1,North,90", as_of=as_of)
    assert (report.released, report.kept, report.failed, report.blocked) == (2, 1, [], [])
    assert sorted(unload.members) == [(first,), (second,)]
    assert sorted(unload.keys) == [f"item {item} step 1 stock-update" for item in (first, second)]
    assert sale.states(first, second, elsewhere, late) == ["released", "released", "shipped", "shipped"]
    assert (sale.reserved("tea-1"), sale.held("tea-1"), sale.available("tea-1")) == (4, 1, 85)
    entry = sale.history(first)[-1]
    assert (entry.trigger, entry.event, entry.command) == ("stock-update", "stock-update", "unload")
    assert sale.query("SELECT * FROM item_claim") == []
    assert sale.drift() == []


def test_an_item_whose_command_failed_stays_reserved_and_is_listed(sale):
    first, second = shipped(sale, "tea-1 2", "tea-1 3")
    unload = sale.command("unload", does=lambda item, _: 1 / 0 if item.id == first else None)
    sale.forward(HOUR)
    report = count(sale, "tea-1,North,90")
    assert (report.imported, report.released, report.kept) == (1, 1, 1)
    assert codes(report.failed) == {first: "command_failed"}
    assert sale.states(first, second) == ["shipped", "released"]
    assert (sale.reserved("tea-1"), sale.available("tea-1")) == (2, 88)
    assert (sale.history(first)[-1].outcome, sale.query("SELECT * FROM item_claim")) == ("failed", [])
    sale.command("unload", does=lambda *_: None)
    again = count(sale, "tea-1,North,90", as_of=sale.clock())
    assert (again.released, again.kept, sale.reserved("tea-1")) == (1, 0, 0)
    assert unload.keys.count(f"item {first} step 1 stock-update") == 1
    assert sale.drift() == []


def test_a_command_for_a_whole_order_and_one_for_all_get_who_is_released(world):
    world.deploy(SALE.replace("unload", "pallet"), name="Orders")
    world.deploy(SALE.replace("unload", "truck"), name="Batch")
    pallet, truck = world.command("pallet", Scope.ORDER), world.command("truck", Scope.BATCH)
    first = shipped(world, "tea-1", "tea-2", process="Orders")
    second = shipped(world, "tea-1", process="Orders")
    third = shipped(world, "tea-1", process="Batch")
    fourth = shipped(world, "tea-2", process="Batch")
    world.forward(HOUR)
    report = count(world, "tea-1,North,90", "tea-2,North,90")
    assert (report.released, report.kept) == (5, 0)
    assert sorted(pallet.members) == [tuple(first), tuple(second)]
    assert truck.members == [(*third, *fourth)]
    assert world.query("SELECT * FROM command_run") == world.query("SELECT * FROM command_member") == []


@pytest.mark.parametrize("scope", [Scope.ITEM, Scope.BATCH])
def test_conditions_decide_who_is_released(world, scope):
    world.deploy("""
        states new shipped* released second*
        new -> shipped : ship
        shipped -> released : stock-update [small]
        released -> second : again
        second -> released : stock-update [small]
    """)
    asked = []

    def each(item, _context):
        asked.append((item.id,))
        return item.quantity < 3

    def together(items, _context):
        asked.append(tuple(item.id for item in items))
        return [item.id for item in items if item.quantity < 3]

    world.plugins.add_condition("small", each if scope is Scope.ITEM else together, scope)
    first, second = shipped(world, "tea-1 2", "tea-1 3")
    world.forward(HOUR)
    report = count(world, "tea-1,North,90")
    assert (report.released, report.kept, report.failed) == (1, 1, [])
    assert world.states(first, second) == ["released", "shipped"]
    assert world.history(second)[-1].outcome == "condition_false"
    assert asked == ([(first,), (second,)] if scope is Scope.ITEM else [(first, second)])
    assert (world.reserved("tea-1"), world.drift()) == (3, [])


def test_a_transactional_command_happens_with_the_count_or_not_at_all(world):
    world.deploy(SALE)
    world.command(
        "unload", transactional=True, does=lambda item, context: context.publish("out", {"i": item.id})
    )
    first, second = shipped(world, "tea-1 2", "tea-1 3")
    world.forward(HOUR)
    world.plugins.handlers.append(fails("no"))
    with pytest.raises(Exception, match="reservation handler"):
        count(world, "tea-1,North,90")
    assert (world.states(first, second), world.payloads("out")) == (["shipped"] * 2, [])
    assert (world.reserved("tea-1"), world.available("tea-1")) == (5, 95)
    world.plugins.handlers.pop()
    report = count(world, "tea-1,North,90")
    assert (report.released, report.kept, report.failed) == (2, 0, [])
    assert world.payloads("out") == [f'{{"i":{first}}}', f'{{"i":{second}}}']
    assert (world.reserved("tea-1"), world.available("tea-1"), world.drift()) == (0, 90, [])


def test_items_with_and_without_a_command_are_released_by_one_import(world):
    world.deploy(SALE)
    world.deploy(SALE.replace("event stock-update command=unload", "event stock-update"), name="Plain")
    unload = world.command("unload")
    (first,) = shipped(world, "tea-1 2", process="Sale")
    (second,) = shipped(world, "tea-1 3", process="Plain")
    world.forward(HOUR)
    report = count(world, "tea-1,North,90")
    assert (report.released, report.kept) == (2, 0)
    assert (unload.members, world.states(first, second)) == ([(first,)], ["released"] * 2)
    assert (world.reserved("tea-1"), world.drift()) == (0, [])


def test_the_automatic_steps_of_the_state_reached_follow(world):
    world.deploy("""
        states new shipped* released closed
        new -> shipped : ship
        shipped -> released : stock-update
        released -> closed : close
        event stock-update command=unload
        event close onEnter command=file
    """)
    world.command("unload")
    file = world.command("file")
    (item,) = shipped(world, "tea-1 2")
    world.forward(HOUR)
    report = count(world, "tea-1,North,90")
    assert (report.released, world.state(item), file.members) == (1, "closed", [(item,)])
    one, other = world.history(item)[-2:]
    assert (one.correlation, other.trigger) == (other.correlation, "on-enter")


def test_a_missing_plugin_is_told_and_the_stock_is_stored(sale):
    (item,) = shipped(sale, "tea-1 2")
    sale.forward(HOUR)
    report = count(sale, "tea-1,North,90")
    assert (report.imported, report.released, report.kept) == (1, 0, 1)
    assert codes(report.failed) == {item: "plugin_missing"}
    assert (sale.state(item), sale.available("tea-1"), sale.drift()) == ("shipped", 88, [])


@pytest.mark.parametrize("plain", [True, False])
def test_what_somebody_works_on_is_kept_and_not_waited_for(world, plain):
    world.deploy(SALE.replace("event stock-update command=unload", "event stock-update") if plain else SALE)
    world.deploy(SALE + "event lose command=search manual", name="Searched")
    unload = world.command("unload")
    world.command("search", does=lambda *_: reports.append(count(world, "tea-1,North,90", engine=other)))
    other = world.another(host="importer")
    reports = []
    (busy,) = shipped(world, "tea-1 2", process="Searched")
    (free,) = shipped(world, "tea-1 3", process="Sale")
    world.forward(HOUR)
    assert world.trigger("lose", busy).moved == 1
    other.close()
    (report,) = reports
    assert (report.released, report.kept, report.failed) == (1, 1, [])
    assert (world.states(busy, free), unload.members) == (["lost", "released"], [] if plain else [(free,)])
    assert (world.reserved("tea-1"), world.drift()) == (2, [])


def test_an_item_that_left_while_its_command_ran_is_listed_and_not_moved(sale):
    rival = sale.another(host="rival")
    first, second = shipped(sale, "tea-1 2", "tea-1 3")

    def overtaken(item, _context):
        if item.id == first:
            rival.force("lost", Selection(items=(first,)), reason="found empty")

    sale.command("unload", does=overtaken)
    sale.forward(HOUR)
    report = count(sale, "tea-1,North,90")
    rival.close()
    assert (report.released, report.kept, codes(report.failed)) == (1, 1, {first: "state_changed"})
    assert sale.states(first, second) == ["lost", "released"]
    assert (sale.reserved("tea-1"), sale.drift()) == (2, [])


def test_a_command_may_name_the_warehouse_that_is_waited_for(world):
    world.stocked({
        "warehouses": [{"name": "North"}, {"name": "South"}],
        "stores": [{"name": "DE", "warehouses": ["North", "South"], "shares_reservations_with": ["AT"]}],
    })  # fmt: skip
    world.deploy(SALE.replace("event stock-update command=unload", "event ship command=pick manual"))
    picked = {}
    world.command("pick", Scope.ORDER, does=lambda items, _: CommandResult({}, picked))
    first, second = world.place("tea-1 2", "tea-1 3")
    picked[second] = "South"
    world.trigger("ship", first, second)
    world.forward(HOUR)
    report = count(world, "tea-1,North,90")
    assert (report.released, world.states(first, second)) == (1, ["released", "shipped"])
    report = count(world, "tea-1,South,5")
    assert (report.released, world.states(first, second), world.drift()) == (1, ["released"] * 2, [])


PLUGINS = {
    "none": "event stock-update",
    "command": "event stock-update command=unload",
    "transactional": "event stock-update command=pay",
}


@pytest.fixture(params=PLUGINS)
def any_sale(request, world):
    world.deploy(SALE.replace("event stock-update command=unload", PLUGINS[request.param]))
    world.command("unload")
    world.command("pay", transactional=True)
    return world


def test_overwriting_and_releasing_are_one_change_for_those_who_listen(any_sale):
    (item,) = shipped(any_sale, "tea-1 100")
    before = any_sale.payloads("availability")
    any_sale.forward(HOUR)
    assert count(any_sale, "tea-1,North,0").released == 1
    assert (any_sale.state(item), any_sale.available("tea-1"), any_sale.reserved("tea-1")) == (
        "released",
        0,
        0,
    )
    assert any_sale.payloads("availability") == before  # it was sold out before and is sold out after


def test_what_is_released_hides_no_change_of_another_product(any_sale):
    any_sale.restock("tea-2,North,0")
    shipped(any_sale, "tea-1 2")
    before = len(any_sale.payloads("availability"))
    any_sale.forward(HOUR)
    assert count(any_sale, "tea-1,North,90", "tea-2,North,7").released == 1
    told = any_sale.payloads("availability")[before:]
    assert len(told) == 2  # the stores DE and AT sell from the warehouse
    assert all('"tea-2"' in message for message in told)
    assert (any_sale.available("tea-2"), any_sale.drift()) == (7, [])


BOTH_RELEASE = """
    states new shipped* delivered* kept* released
    new -> shipped : ship
    shipped -> delivered : arrive
    shipped -> kept : keep
    kept -> shipped : resend
    delivered -> released : stock-update
    shipped -> released : stock-update
    event stock-update
"""


def test_what_left_the_shelf_before_the_count_is_released_from_a_later_state_too(world):
    world.deploy(BOTH_RELEASE)
    early, late = shipped(world, "tea-1 2", "tea-1 3")
    world.forward(HOUR)
    counted_at = world.clock()
    world.forward(HOUR)
    world.trigger("arrive", early)
    world.trigger("keep", late)
    world.forward(MINUTE)
    world.trigger("resend", late)
    world.trigger("arrive", late)
    report = count(world, "tea-1,North,95", as_of=counted_at)
    assert (report.released, report.kept) == (1, 1)
    assert world.states(early, late) == ["released", "delivered"]
    assert world.drift() == []


def test_a_migration_in_between_does_not_change_since_when_an_item_has_left(world):
    world.deploy(BOTH_RELEASE)
    (item,) = shipped(world, "tea-1 2")
    world.forward(HOUR)
    counted_at = world.clock()
    world.forward(HOUR)
    world.trigger("arrive", item)
    world.deploy(BOTH_RELEASE.replace("delivered*", "arrived*").replace("delivered", "arrived"), force=True)
    world.migrate(state_map={"delivered": "arrived"})
    assert count(world, "tea-1,North,95", as_of=counted_at).released == 1


RETURNED = """
    states new shipped* returned* released
    new -> shipped : ship
    shipped -> returned : back
    returned -> shipped : resend
    shipped -> released : stock-update
    event stock-update
"""


@pytest.mark.parametrize("text", [RETURNED, BOTH_RELEASE.replace("keep", "back").replace("kept", "returned")])
@pytest.mark.parametrize("migrated", [0, 1, 2])
def test_what_came_back_and_is_sent_again_leaves_anew_whatever_was_noted_before(world, text, migrated):
    world.deploy(text)
    (item,) = shipped(world, "tea-1 2")
    for number in range(migrated):
        world.forward(HOUR)
        world.deploy(text.replace("states new", f"states new v{number}"))
        assert world.migrate().moved == 1
    world.trigger("back", item)
    world.forward(HOUR)
    counted_at = world.clock()  # with the two pieces
    world.forward(HOUR)
    world.trigger("resend", item)
    report = count(world, "tea-1,North,100", as_of=counted_at)
    assert (report.released, report.kept, world.available("tea-1")) == (0, 1, 98)
    world.forward(HOUR)
    assert count(world, "tea-1,North,98", as_of=world.clock()).released == 1
    assert world.drift() == []
