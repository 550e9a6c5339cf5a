"""Profiles, their pages and their example files say the same; and each trap of a page is told or kept from harm."""

import json
import re
from decimal import Decimal

import pytest

from earmark.feeds.shipped import profile_names
from tests.acceptance.feed_pages import EXAMPLES, names, page, topology

NAMES = names()

MORE = {"spryker": ("000202",), "orocommerce": ("tea-1",)}
"""Skus of which all rows are refused."""

WITH_SETTINGS = ("edifact-invrpt", "x12-846", "ubl-inventory", "gs1-inventory")
"""What needs to be told by a feed, as the page shows one, before any file can be read."""

BEFORE = {"marello": "10"}
"""How much lay there before, where a file tells differences."""


@pytest.fixture
def stocked(earmark, project):
    """Makes a database with the products of a page, and its example."""

    def make(name, *more):
        found = page(name)
        shop = topology(found.stock, *MORE.get(name, ()), *more)
        (project / "topology.yaml").write_text(json.dumps(shop))
        earmark("topology", "apply", "topology.yaml")
        if name in BEFORE:
            rows = [f"{sku},{house},{BEFORE[name]},0,0" for sku, house in found.stock]
            header = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
            (project / "before.csv").write_text("\n".join((header, *rows)) + "\n")
            earmark("stock", "import", "before.csv", "--as-of", "2026-01-01T00:00:00Z")
        return found

    return make


@pytest.fixture
def fed(earmark, project):
    """Imports a file of that content by a feed and returns what was said, as JSON."""

    def call(feed, content, *, name="file.csv", settings="", code=None):
        (project / "earmark.toml").write_text(settings)
        path = project / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return earmark("stock", "import", path, "--feed", feed, "--json", code=code).json

    return call


@pytest.fixture
def stock(earmark):
    """What is stored, as a page tells it."""

    def found():
        rows = earmark("stock", "list", "--limit", "1000", "--json").json["stock"]
        return {(r["sku"], r["warehouse"]): (Decimal(r["quantity"]), r["never_out_of_stock"]) for r in rows}

    return found


def beside(name):
    """Files that a profile looks up."""
    return ["merchant_product_offer.csv"] if name == "spryker-offer" else []


def test_every_profile_has_a_page_and_every_page_a_profile():
    assert sorted(profile_names()) == NAMES
    index = (EXAMPLES.parent / "index.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"[`{name}`]({name}.md)" not in index] == []


def test_every_example_file_is_named_by_a_page():
    pages = "".join(page(name).text for name in NAMES)
    assert [path.name for path in EXAMPLES.iterdir() if f"examples/{path.name}" not in pages] == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_shows_what_stands_in_the_example(name):
    found = page(name)
    if found.example.suffix != ".xlsx":
        text = found.example.read_bytes().decode("utf-8-sig" if name != "amazon-fba" else "cp1252")
        assert [line for line in found.shown if line not in text.splitlines()] == []
    assert found.traps and found.settings


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_read_into_the_stock_that_the_page_tells(name, stocked, fed, stock, project):
    found = stocked(name)
    for extra in beside(name):
        (project / extra).write_bytes((EXAMPLES / extra).read_bytes())
    settings = found.settings[0] if name in WITH_SETTINGS else ""
    feed = re.search(r'^name = "(.+)"', settings, re.MULTILINE)[1] if settings else name
    said = fed(feed, found.example.read_bytes(), name=found.example.name, settings=settings)
    assert [(row["line"], row["code"]) for row in said["refused"]] == found.refused
    assert stock() == found.stock


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_of_a_page_can_be_read(name, earmark, project):
    for extra in ("data", "."):
        (project / extra).mkdir(exist_ok=True)
    (project / "data" / "merchant_product_offer.csv").write_text("product_offer_reference,concrete_sku\n")
    for block in page(name).settings:
        (project / "earmark.toml").write_text(block)
        earmark("matrix", code=None)
        from earmark.settings import load_settings

        assert load_settings(environment={}, folder=project).feeds


# --- the traps, one by one ---


def refusal(said):
    return said["error"]["message"], said["error"]["remedy"]


def codes(said):
    return [(row["line"], row["code"]) for row in said["refused"]]


SPRYKER = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n"


def test_spryker_rows_that_contradict_each_other_are_refused_unless_the_last_counts(stocked, fed, stock):
    stocked("spryker")
    rows = SPRYKER + "000202,Berlin,10,0,1\n000101,Berlin,1,0,0\n000202,Berlin,10,1,1\n"
    assert codes(fed("spryker", rows)) == [(2, "duplicate_row"), (4, "duplicate_row")]
    assert stock() == {("000101", "Berlin"): (Decimal(1), False)}


def test_spryker_the_last_of_several_rows_counts_where_the_feed_says_so(stocked, fed, stock):
    stocked("spryker")
    rows = SPRYKER + "000202,Berlin,10,0,1\n000101,Berlin,1,0,0\n000202,Berlin,8,1,1\n"
    said = '[[feeds]]\nname = "demo"\nprofile = "spryker"\nrepeated = "last"\n'
    assert codes(fed("demo", rows, settings=said, code=0)) == []
    assert stock()["000202", "Berlin"] == (Decimal(8), True)


def test_spryker_flags_that_are_neither_yes_nor_no_are_refused(stocked, fed, stock):
    stocked("spryker")
    said = fed("spryker", SPRYKER + "000101,Berlin,1,0a,0\n000202,Berlin,2,,\n", code=1)
    assert codes(said) == [(2, "bad_flag")]
    assert stock() == {("000202", "Berlin"): (Decimal(2), False)}


def test_spryker_files_of_four_columns_with_quotes_and_no_last_line_end(stocked, fed, stock):
    stocked("spryker")
    four = 'concrete_sku,name,quantity,is_never_out_of_stock\n000101,"Berlin",19,0\n000202,"Berlin",0,1'
    assert fed("spryker", four, code=0)["imported"] == 2
    assert stock()["000202", "Berlin"] == (Decimal(0), True)
    assert fed("spryker", SPRYKER, code=0)["rows"] == 0


def test_spryker_combined_rows_without_a_warehouse_carry_no_stock(stocked, fed, stock):
    stocked("spryker")
    head = (
        "abstract_sku,concrete_sku,product.name.en_US,product_stock.name,product_stock.quantity,"
        "product_stock.is_never_out_of_stock,product_stock.is_bundle\n"
    )
    rows = "A,,Chairs,,,,\nA,000101,Chair,Berlin,5,0,0\nA,000101,Chair again,,,,\n"
    said = fed("spryker", head + rows, code=0)
    assert (said["imported"], stock()) == (1, {("000101", "Berlin"): (Decimal(5), False)})


def test_spryker_offers_and_products_are_told_apart(stocked, fed, project):
    stocked("spryker")
    (project / "merchant_product_offer.csv").write_bytes(
        (EXAMPLES / "merchant_product_offer.csv").read_bytes()
    )
    message, remedy = refusal(fed("spryker", (EXAMPLES / "spryker-offer.csv").read_bytes(), code=1))
    assert "stock of offers" in message and "--feed spryker-offer" in remedy
    message, remedy = refusal(fed("spryker-offer", (EXAMPLES / "spryker.csv").read_bytes(), code=1))
    assert "stock of products" in message and "--feed spryker." in remedy


def test_spryker_two_offers_of_one_product_are_not_one(stocked, fed, stock, project):
    stocked("spryker-offer")
    offers = "product_offer_reference,concrete_sku\no1,chair-oak\no2,chair-oak\n"
    (project / "merchant_product_offer.csv").write_text(offers)
    head = "product_offer_reference,stock_name,quantity,is_never_out_of_stock\n"
    house = "Merchant Oak Warehouse 1"
    said = fed("spryker-offer", f"{head}o1,{house},5,0\no2,{house},6,0\n", code=1)
    assert codes(said) == [(2, "duplicate_row"), (3, "duplicate_row")]
    assert stock() == {}


def test_magento_status_0_is_no_stock_whatever_the_quantity(stocked, fed, stock):
    stocked("magento-sources")
    head = "source_code,sku,status,quantity\n"
    said = fed("magento-sources", f"{head}default,chair-oak,0,10.0000\nnorth,stool-1,1,-2\n", code=0)
    assert stock() == {
        ("chair-oak", "default"): (Decimal(0), False),
        ("stool-1", "north"): (Decimal(0), False),
    }
    assert [(row["line"], row["code"]) for row in said["warnings"]] == [(3, "negative_count")]
    early = fed("magento-sources", "source_id,sku,status,quantity\ndefault,chair-oak,1,3\n", code=0)
    assert (early["imported"], stock()["chair-oak", "default"][0]) == (1, 3)


def test_magento_products_and_sources_are_told_apart(stocked, fed, stock):
    stocked("magento-sources")
    message, remedy = refusal(fed("magento-sources", (EXAMPLES / "magento-product.csv").read_bytes(), code=1))
    assert "left to sell" in message and "magento-product" in remedy
    message, remedy = refusal(fed("magento-product", (EXAMPLES / "magento-sources.csv").read_bytes(), code=1))
    assert "stock sources" in message and "magento-sources" in remedy
    message, _ = refusal(
        fed("magento-sources", "ID,Name,SKU,Salable Quantity\n1,Chair,chair-oak,5\n", code=1)
    )
    assert "left to sell" in message
    assert stock() == {}


def test_magento_products_whose_stock_the_shop_decides_on_are_counted(stocked, fed, stock):
    stocked("magento-product")
    head = "sku,store_view_code,qty,is_in_stock,manage_stock,use_config_manage_stock\n"
    said = fed("magento-product", f"{head}chair-oak,,5,1,0,1\ngift-card,,0,1,0,0\nchair-oak,de,,,,\n", code=0)
    assert stock() == {
        ("chair-oak", "default"): (Decimal(5), False),
        ("gift-card", "default"): (Decimal(0), True),
    }
    assert "left to sell" in said["note"]


def test_shopify_only_available_is_refused_unless_it_is_told(stocked, fed, stock):
    stocked("shopify")
    available = (EXAMPLES / "shopify-available.csv").read_bytes()
    message, remedy = refusal(fed("shopify", available, code=1))
    assert "only Available" in message and "All states" in remedy
    assert stock() == {}
    assert "left to sell" in fed("shopify-available", available, code=0)["note"]
    assert stock()["chair-oak", "Berlin"] == (Decimal(8), False)


def test_shopify_without_on_hand_and_the_export_of_products_are_refused(stocked, fed):
    stocked("shopify")
    message, _ = refusal(fed("shopify", "Handle,SKU,Location,Available\na,chair-oak,Berlin,5\n", code=1))
    assert "no column On hand" in message
    message, _ = refusal(fed("shopify", "Handle,Variant SKU,Variant Inventory Qty\na,chair-oak,5\n", code=1))
    assert "left to sell" in message


def test_shopify_takes_what_is_there_and_leaves_what_is_not_stocked(stocked, fed, stock):
    stocked("shopify")
    head = "Handle,SKU,Location,On hand (current),On hand (new)\n"
    fed("shopify", f"{head}a,chair-beech,Hamburg,4,\n", code=0)
    said = fed("shopify", f"{head}a,chair-beech,Hamburg,not stocked,7\na,chair-oak,Berlin,2,9\n", code=0)
    assert said["imported"] == 1
    assert stock() == {
        ("chair-beech", "Hamburg"): (Decimal(4), False),
        ("chair-oak", "Berlin"): (Decimal(2), False),
    }


def test_shopify_as_it_was_in_2023(stocked, fed, stock):
    stocked("shopify")
    fed("shopify", (EXAMPLES / "shopify-2023.csv").read_bytes(), code=0)
    assert stock()["chair-oak", "Berlin"] == (Decimal(12), False)


def test_shopify_a_column_that_is_no_location_is_told(stocked, fed):
    stocked("shopify-available")
    said = fed("shopify-available", "Handle,SKU,Berlin,Vendor\na,chair-oak,8,Oak Ltd\n", code=1)
    assert [row["code"] for row in said["refused"]] == ["bad_quantity"]


def test_commercetools_entries_without_a_channel_are_of_the_warehouse_that_is_named(stocked, fed, stock):
    stocked("commercetools")
    settings = (
        '[[feeds]]\nname = "ct"\nprofile = "commercetools"\nwarehouse.default = "berlin"\n'
        'warehouse.codes = { hh = "default" }\n'
    )
    old = "sku,quantityOnStock,restockableInDays,supplyChannel,expectedDelivery\n"
    fed("ct", f"{old}chair-oak,5,,,\nchair-beech,6,,hh,\n", settings=settings, code=0)
    assert stock() == {
        ("chair-oak", "berlin"): (Decimal(5), False),
        ("chair-beech", "default"): (Decimal(6), False),
    }


def test_commercetools_available_alone_is_refused(stocked, fed):
    stocked("commercetools")
    message, _ = refusal(fed("commercetools", "key,sku,availableQuantity\nk,chair-oak,5\n", code=1))
    assert "left to sell" in message


def test_oro_rows_of_a_second_unit_are_refused_until_the_feed_says_which_counts(stocked, fed, stock):
    stocked("orocommerce")
    rows = (
        "SKU,Inventory Status,Warehouse,Quantity,Unit\n"
        "tea-1,In Stock,Berlin,40,item\ntea-1,In Stock,Berlin,3,set\n"
    )
    assert codes(fed("orocommerce", rows, code=1)) == [(2, "duplicate_row"), (3, "duplicate_row")]
    settings = (
        '[[feeds]]\nname = "oro"\nprofile = "orocommerce"\nwarehouse.default = "Berlin"\n'
        'keep = [{ column = "Unit", values = ["item", ""] }]\n'
    )
    fed("oro", rows.replace("Warehouse,", "").replace("Berlin,", ""), settings=settings, code=0)
    assert stock() == {("tea-1", "Berlin"): (Decimal(40), False)}


def test_oro_statuses_only_are_refused(stocked, fed):
    stocked("orocommerce")
    message, _ = refusal(fed("orocommerce", "SKU,Product,Inventory Status\ntea-1,Tea,In Stock\n", code=1))
    assert "no quantity" in message


def test_marello_the_same_file_twice_is_one_difference(stocked, fed, stock):
    found = stocked("marello")
    fed("marello", found.example.read_bytes(), code=0)
    fed("marello", found.example.read_bytes())
    assert stock() == found.stock


def test_marello_counts_are_no_differences(stocked, fed):
    stocked("marello")
    message, _ = refusal(fed("marello", "sku,inventory_qty\nchair-oak,5\n", code=1))
    assert "counts" in message


def test_saleor_an_empty_field_leaves_what_is_there(stocked, fed, stock):
    stocked("saleor")
    head = "variant sku,berlin-main (warehouse quantity),hamburg (warehouse quantity)\n"
    fed("saleor", f"{head}chair-oak,1,2\n", code=0)
    fed("saleor", f"{head}chair-oak,0,\n", code=0)
    assert stock() == {
        ("chair-oak", "berlin-main"): (Decimal(0), False),
        ("chair-oak", "hamburg"): (Decimal(2), False),
    }


def test_odoo_shelves_are_added_up_and_places_of_nobody_left_out(stocked, fed, stock):
    stocked("odoo-quant")
    rows = (
        "product_id,location_id,lot_id,quantity,reserved_quantity\n"
        "[tea-1] Tea,WH/Stock/A,,1.5,0\n[tea-1] Tea,WH/Stock/B,L1,2,1\n[tea-1] Tea,Partners/Customers,,-9,0\n"
    )
    assert codes(fed("odoo-quant", rows, code=0)) == []
    assert stock() == {("tea-1", "WH"): (Decimal("3.5"), False)}


def test_odoo_in_german_and_with_references(stocked, fed, stock):
    stocked("odoo-quant")
    german = "Produkt,Lagerort,Menge,Reservierte Menge\n[chair-oak] Eichenstuhl,WH/Bestand,12.0,3.0\n"
    fed("odoo-quant", german, code=0)
    assert stock() == {("chair-oak", "WH"): (Decimal(12), False)}
    by_reference = "Product/Internal Reference,Location,Quantity\nchair-oak,WH/Stock,7.0\n"
    fed("odoo-quant", by_reference, code=0)
    assert stock() == {("chair-oak", "WH"): (Decimal(7), False)}


def test_odoo_ids_and_available_alone_are_refused(stocked, fed):
    stocked("odoo-quant")
    message, _ = refusal(fed("odoo-quant", "id,product_id/id,location_id,quantity\n1,p,WH/Stock,5\n", code=1))
    assert "no sku" in message
    for head in ("default_code,name,qty_available", "Internal Reference,Name,Quantity On Hand"):
        message, _ = refusal(fed("odoo-quant", f"{head}\ntea-1,Tea,5\n", code=1))
        assert "export of products" in message
    alone = "product_id,location_id,available_quantity\n[tea-1] Tea,WH/Stock,5\n"
    message, _ = refusal(fed("odoo-quant", alone, code=1))
    assert "available_quantity" in message


def test_erpnext_an_empty_quantity_is_0(stocked, fed, stock):
    stocked("erpnext")
    fed("erpnext", "item_code,warehouse,qty\nchair-oak,Stores - EX,5\n", code=0)
    found = fed("erpnext", 'item_code,warehouse,qty\n"chair-oak","Stores - EX",""\n', code=0)
    assert (found["imported"], stock()) == (1, {("chair-oak", "Stores - EX"): (Decimal(0), False)})


def test_erpnext_other_exports_are_refused(stocked, fed):
    stocked("erpnext")
    message, _ = refusal(fed("erpnext", "Item,Warehouse,Balance Qty\nchair-oak,Stores - EX,5\n", code=1))
    assert "item_code" in message


def test_amazon_counts_what_can_be_shipped_and_what_is_reserved(stocked, fed, stock):
    found = stocked("amazon-fba")
    fed("amazon-fba", found.example.read_bytes(), code=0)
    assert stock()["00123", "Amazon FBA"] == (Decimal(0), False)


def test_amazon_another_encoding_or_separator_is_told_and_can_be_said(stocked, fed, stock):
    found = stocked("amazon-fba")
    text = found.example.read_bytes().decode("cp1252")
    message, remedy = refusal(fed("amazon-fba", text, code=1))
    assert "looks like utf-8" in message and 'encoding = "utf-8"' in remedy
    said = '[[feeds]]\nname = "fba"\nprofile = "amazon-fba"\nencoding = "utf-8"\n'
    fed("fba", text, settings=said, code=0)
    assert stock() == found.stock
    comma = "sku,afn-listing-exists,afn-fulfillable-quantity,afn-reserved-quantity\nchair-oak,Yes,1,1\n"
    message, remedy = refusal(fed("amazon-fba", comma, code=1))
    assert 'delimiter = ","' in remedy


def test_amazon_reports_of_what_is_left_to_sell_are_refused(stocked, fed):
    stocked("amazon-fba")
    head = "seller-sku\tfulfillment-channel-sku\tasin\tWarehouse-Condition-code\tQuantity Available\n"
    message, _ = refusal(fed("amazon-fba", f"{head}chair-oak\tX\tB\tSELLABLE\t5\n", code=1))
    assert "left to sell" in message
    message, _ = refusal(fed("amazon-fba", "sku\tproduct-id\tprice\tquantity\nchair-oak\tB\t1\t5\n", code=1))
    assert "left to sell" in message


WOO = "Type,SKU,In stock?,Stock,Backorders allowed?\n"


def test_woocommerce_an_apostrophe_before_a_number_or_name_is_taken_away(stocked, fed, stock):
    stocked("woocommerce")
    said = fed("woocommerce", f"{WOO}simple,chair-oak,backorder,'-2,1\nsimple,'=1+1,1,3,0\n", code=0)
    assert (
        said["warnings"] == []
    )  # what is available may be below zero: only the stock that comes of it is not
    assert stock() == {
        ("chair-oak", "default"): (Decimal(0), False),
        ("=1+1", "default"): (Decimal(3), False),
    }
    assert "left to sell" in said["note"]


def test_woocommerce_an_empty_stock_is_not_managed(stocked, fed, stock):
    stocked("woocommerce")
    fed("woocommerce", f"{WOO}simple,chair-oak,1,,0\nsimple,stool-1,0,,0\n", code=0)
    assert stock() == {
        ("chair-oak", "default"): (Decimal(0), True),
        ("stool-1", "default"): (Decimal(0), False),
    }


def test_woocommerce_an_empty_stock_says_nothing_where_nothing_tells_whether_it_is_in_stock(
    stocked, fed, stock
):
    stocked("woocommerce")
    fed("woocommerce", "SKU,Stock\nchair-oak,5\n", code=0)
    fed("woocommerce", "SKU,Stock\nchair-oak,\nstool-1,2\n", code=0)
    assert stock() == {
        ("chair-oak", "default"): (Decimal(5), False),
        ("stool-1", "default"): (Decimal(2), False),
    }


def test_woocommerce_in_german(stocked, fed, stock):
    stocked("woocommerce")
    fed("woocommerce", "Typ,Artikelnummer,Vorrätig?,Lager\nsimple,chair-oak,1,5\nvariable,x,1,9\n", code=0)
    assert stock() == {("chair-oak", "default"): (Decimal(5), False)}


def test_medusa_2_has_no_quantities(stocked, fed):
    stocked("medusa")
    message, _ = refusal(fed("medusa", "Variant SKU,Variant Manage Inventory\nchair-oak,TRUE\n", code=1))
    assert "Medusa 2" in message


SALE = """<?xml version="1.0"?>
<statemachine xmlns="spryker:state-machine-01">
  <process name="Sale" main="true">
    <states><state name="new" reserved="true"/><state name="done"/></states>
    <transitions><transition><source>new</source><target>done</target><event>finish</event></transition></transitions>
    <events><event name="finish" manual="true"/></events>
  </process>
</statemachine>
"""


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("woocommerce", f"{WOO}simple,chair-oak,1,7,0\n"),
        ("magento-product", "sku,qty,is_in_stock\nchair-oak,7,1\n"),
        ("medusa", "Variant SKU,Variant Inventory Quantity,Variant Manage Inventory\nchair-oak,7,TRUE\n"),
    ],
)
def test_what_earmark_has_promised_is_put_back_to_what_is_left_to_sell(
    name, left, stocked, fed, stock, earmark, project
):
    stocked(name)
    (project / "sale.xml").write_text(SALE)
    earmark("process", "deploy", "sale.xml")
    counted = "concrete_sku,name,quantity,is_never_out_of_stock\nchair-oak,default,10,0\n"
    (project / "stock.csv").write_text(counted)
    earmark("stock", "import", "stock.csv", "--as-of", "2026-01-01T00:00:00Z")
    order = {"reference": "1", "store": "DE", "items": [{"sku": "chair-oak", "quantity": 3}]}
    (project / "order.json").write_text(json.dumps(order))
    earmark("order", "place", "order.json")
    assert "left to sell" in fed(name, left, code=0)["note"]
    assert stock()["chair-oak", "default"] == (Decimal(10), False)


# --- messages, documents and sheets ---

ZONE = 'counted_at.timezone = "Europe/Berlin"\n'


def feed_of(profile, more):
    return f'[[feeds]]\nname = "partner"\nprofile = "{profile}"\n{more}'


@pytest.mark.parametrize(
    ("name", "file"), [("edifact-invrpt", "invrpt-d96a.edi"), ("x12-846", "inventory-846.edi")]
)
def test_messages_need_the_codes_of_the_partner(name, file, stocked, fed):
    stocked(name)
    message, remedy = refusal(fed(name, (EXAMPLES / file).read_bytes(), name=file, code=1))
    assert "which code" in message and "[feeds.options] on_hand" in remedy


def test_edifact_a_code_that_is_not_named_is_refused_and_so_is_a_time_without_a_zone(stocked, fed):
    stocked("edifact-invrpt")
    codes_only = feed_of("edifact-invrpt", 'options = { on_hand = "145" }\nwarehouse.constant = "Berlin"\n')
    content = (EXAMPLES / "invrpt-d96a.edi").read_bytes()
    found = {code for _, code in codes(fed("partner", content, settings=codes_only, code=1))}
    assert found == {"unnamed_quantity", "bad_time"}


def test_edifact_good_and_damaged_stock_contradict_each_other_until_the_feed_chooses(stocked, fed, stock):
    stocked("edifact-invrpt")
    said = ZONE + 'options = { on_hand = "145", ignore = "66" }\nwarehouse.codes = { BER = "Berlin" }\n'
    content = (EXAMPLES / "invrpt-d01b.edi").read_bytes()
    both = fed("partner", content, settings=feed_of("edifact-invrpt", said), code=1)
    assert {code for _, code in codes(both)} == {"duplicate_row"}
    good = said + 'keep = [{ column = "inventory_type", values = ["1"] }]\n'
    fed("partner", content, settings=feed_of("edifact-invrpt", good), code=0)
    assert stock() == {("4000862141404", "Berlin"): (Decimal(300), False)}


def test_x12_what_is_left_to_sell_is_not_on_hand_and_an_inquiry_is_no_advice(stocked, fed):
    stocked("x12-846")
    said = ZONE + 'options = { on_hand = "17" }\nwarehouse.constant = "Reno"\n'
    content = (EXAMPLES / "inventory-846.edi").read_bytes()
    assert (9, "unnamed_quantity") in codes(
        fed("partner", content, settings=feed_of("x12-846", said), code=1)
    )
    left = 'kind = "available"\nquantity.column = "available"\n' + said.replace("on_hand", "available")
    message, _ = refusal(fed("partner", content, settings=feed_of("x12-846", left), code=1))
    assert 'promised = "earmark"' in message or "promised" in message
    inquiry = content.replace(b"BIA*00*SI", b"BIA*00*IR")
    assert "inquiry" in refusal(fed("partner", inquiry, settings=feed_of("x12-846", said), code=1))[0]


def test_ubl_stock_that_comes_later_can_be_left_out_and_a_zone_must_be_said(stocked, fed, stock):
    found = stocked("ubl-inventory")
    content = found.example.read_bytes()
    later = feed_of("ubl-inventory", ZONE + 'options = { later = "ignore" }\n')
    fed("partner", content, settings=later, code=0)
    assert stock() == found.stock
    assert {code for _, code in codes(fed("ubl-inventory", content, code=1))} == {"bad_balance", "bad_time"}


def test_gs1_what_cannot_be_sold_and_lines_of_other_lines_are_left_out(stocked, fed, stock):
    stocked("gs1-inventory")
    said = ZONE + 'warehouse.codes = { "4012345000016" = "Berlin" }\n'
    content = (EXAMPLES / "gs1-inventory.xml").read_bytes()
    fed("partner", content, settings=feed_of("gs1-inventory", said), code=0)
    assert stock() == {("04000862141404", "Berlin"): (Decimal(300), False)}


def test_xlsx_zeros_that_are_gone_errors_and_other_sheets(stocked, fed, stock, project):
    from openpyxl import Workbook

    stocked("xlsx")
    book = Workbook()
    other, sheet = book.active, book.create_sheet("Stock")
    other.append(["nothing", "here"])
    for row in (
        ["sku", "warehouse", "quantity"],
        [17, "Berlin", 1],
        ["0017", "Berlin", 2],
        ["gift-card", "Berlin", "#N/A"],
    ):
        sheet.append(row)
    sheet["C4"].data_type = "e"
    book.save(project / "made.xlsx")
    content = (project / "made.xlsx").read_bytes()
    assert "no column" in refusal(fed("xlsx", content, code=1))[0]
    said = fed("partner", content, settings=feed_of("xlsx", 'sheet = "Stock"\n'), code=1)
    assert codes(said) == [(2, "unknown_sku"), (4, "bad_cell")]
    assert stock() == {("0017", "Berlin"): (Decimal(2), False)}


def test_vendure_rows_without_a_name_are_variants_and_what_is_not_tracked_has_no_count(stocked, fed, stock):
    stocked("vendure")
    head = "name,sku,stockOnHand,trackInventory\n"
    said = fed(
        "vendure", f"{head}Lamp,lamp-red,,true\n,lamp-blue,7,inherit\nGift,gift-card,3,maybe\n", code=1
    )
    assert codes(said) == [(4, "bad_flag")]
    assert stock() == {("lamp-blue", "default"): (Decimal(7), False)}


def test_amazon_the_csv_download_is_read_as_its_page_says(stocked, fed, stock):
    found = stocked("amazon-fba")
    rows = (
        "sku,product-name,afn-listing-exists,afn-fulfillable-quantity,afn-reserved-quantity\n"
        'chair-oak,"Chair, oak",Yes,10,3\n00123,"Stool, 30"" high",Yes,0,0\n'
    )
    fed("fba-csv", rows, settings=found.settings[0], code=0)
    assert stock() == found.stock
