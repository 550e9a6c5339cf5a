"""A product gets another sku: everything that is there stays, and the old sku still means it."""

from __future__ import annotations

import pytest

from engine.errors import InputError, NameTaken, OrderConflict, UnknownSku
from engine.requests import Listing, StockCorrection
from rules.options.model import Options
from tests.helpers.shop import order

SALE = """
    states new paid* shipped* closed
    new -> paid : pay
    paid -> shipped : ship
    shipped -> closed : stock-update
"""


def renamed(world, old="tea-1", new="tea-neu"):
    return world.engine.rename_product(old, new)


def test_what_is_promised_counts_under_the_new_name(sale):
    item = sale.place("tea-1 4", reference="R-1")[0]
    sale.trigger("pay", item)
    report = renamed(sale)
    assert (report.old, report.new, report.changed, report.aliases) == ("tea-1", "tea-neu", True, ("tea-1",))
    assert sale.numbers("tea-neu", "DE") == sale.numbers("tea-1", "DE") == (100, 4, 0, 96)
    assert sale.engine.availability(["tea-1"], "DE")[0].sku == "tea-neu"
    assert sale.engine.order("R-1").items[0].sku == "tea-neu"
    assert sale.drift() == []


def test_orders_carts_files_and_questions_take_the_old_name(sale):
    renamed(sale)
    placed = sale.engine.place(order("R-1", "tea-1 2"))
    assert [line.sku for line in placed.items] == ["tea-neu"]
    assert sale.engine.place(order("R-1", "tea-1 2")).existing
    with pytest.raises(OrderConflict):
        sale.engine.place(order("R-1", "tea-1 3"))
    assert sale.hold("cart-1", "tea-1").items[0].sku == "tea-neu"
    asked = sale.engine.can_sell([{"sku": "tea-1", "quantity": 50}, {"sku": "tea-neu", "quantity": 50}], "DE")
    assert [(line.sku, line.in_all, line.code) for line in asked.lines] == [
        ("tea-neu", 100, "not_enough")
    ] * 2
    sale.restock("tea-1,North,30")
    assert sale.numbers("tea-neu", "DE")[0] == 30
    sale.engine.correct_stock([StockCorrection(sku="tea-1", warehouse="North", by=-1, reason="broken")])
    assert {one.sku for one in sale.engine.stock("tea-1")} == {"tea-neu"}
    assert {one.sku for one in sale.engine.stock_history("tea-1").changes} == {"tea-neu"}
    assert [one.item.sku for one in sale.engine.items(Listing(sku="tea-1")).items] == ["tea-neu"]
    assert sale.drift() == []


def test_a_file_that_names_it_by_both_is_refused_row_by_row(sale):
    renamed(sale)
    report = sale.engine.import_stock(sale.stock_file("tea-1,North,5,0,0", "tea-neu,North,7,0,0"))
    assert {refusal.code for refusal in report.refused} == {"duplicate_row"}
    assert sale.numbers("tea-neu", "DE")[0] == 100


def test_a_topology_may_go_on_to_name_it_as_before(world):
    renamed(world)
    report = world.topology(products=[{"sku": "tea", "concretes": [{"sku": "tea-1"}]}])
    assert report.changed == 0
    assert report.warnings == (
        "the concrete product 'tea-1' is called 'tea-neu' now: the topology names it as it was called before",
    )
    assert world.value("SELECT count(*) FROM product") == 3
    with pytest.raises(InputError, match="'tea-1' is the name of before of 'tea-neu', which is listed too"):
        world.topology(products=[{"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-neu"}]}])
    with pytest.raises(InputError, match="is the sku of an abstract and of a concrete product"):
        world.topology(products=[{"sku": "tea-1", "concretes": [{"sku": "tea-9"}]}])


def test_a_name_that_means_something_else_is_refused_and_nothing_is_changed(world):
    renamed(world)
    for old, new, said in (
        ("tea-2", "tea-neu", "'tea-neu' is the sku of another product"),
        ("tea-2", "tea-1", "'tea-1' is a name of before of 'tea-neu'"),
        ("tea-2", "tea", "'tea' is the sku of an abstract product"),
        ("tea-1", "tea-x", "'tea-1' is a name of before of 'tea-neu'"),
    ):
        with pytest.raises(NameTaken) as refused:
            renamed(world, old, new)
        assert refused.value.message == said
    with pytest.raises(UnknownSku, match="there is no concrete product 'nothing'"):
        renamed(world, "nothing", "x")
    with pytest.raises(UnknownSku, match="is an abstract product"):
        renamed(world, "tea", "x")
    for wrong in (" x", "", "a\0b", "x" * 256):
        with pytest.raises(InputError, match="can be no sku"):
            renamed(world, "tea-2", wrong)
    assert world.query("SELECT sku FROM product ORDER BY sku") == [("mug-1",), ("tea-2",), ("tea-neu",)]
    assert world.query("SELECT sku FROM product_alias") == [("tea-1",)]


def test_it_can_be_renamed_again_and_back(world):
    renamed(world)
    assert not renamed(world).changed
    assert renamed(world, "tea-neu", "tea-3").aliases == ("tea-1", "tea-neu")
    assert renamed(world, "tea-3", "tea-1").aliases == ("tea-3", "tea-neu")
    for name in ("tea-1", "tea-3", "tea-neu"):
        assert world.engine.availability([name], "DE")[0].sku == "tea-1"


def test_others_are_told_of_it_by_its_new_name(sale):
    sale.place("tea-1 100", reference="all")
    sale.trigger_orders("pay", "all")
    sale.forget_messages()
    sale.sql("UPDATE abstract_availability SET event_version = 1")
    renamed(sale)
    told = [one["sku"] for message in sale.messages("availability") for one in message["SpyAvailabilities"]]
    assert "tea-neu" in told
    assert "tea-1" not in told
    assert sale.drift() == []


def test_options_said_of_the_old_name_go_on(sale):
    sale.engine.use_options(Options.model_validate({"products": {"tea-1": {"inventory_threshold": 3}}}))
    report = renamed(sale)
    assert report.mentions == ("the options of product 'tea-1' (rule files)",)
    assert sale.available("tea-neu") == 97
    sale.engine.use_options(Options.model_validate({"products": {"tea-1": {"inventory_threshold": 4}}}))
    assert sale.available("tea-neu") == 96
    told = sale.engine.explain_options("tea-1", "DE").as_dict()
    assert (told["sku"], told["options"]["inventory_threshold"]["value"]) == ("tea-neu", "4")
    own = {"tea-1": {"inventory_threshold": 4}, "tea-neu": {"inventory_threshold": 5}}
    sale.engine.use_options(Options.model_validate({"products": own}))
    assert sale.available("tea-neu") == 95
    assert sale.engine.option_problems() == []
