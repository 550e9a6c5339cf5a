"""The import files of a Spryker shop as a topology file: what they say, and all that is odd or wrong of them."""

from __future__ import annotations

from pathlib import Path

import pytest

PRODUCTS = '''\
abstract_sku,concrete_sku,name.en_US,description.en_US,bundled,is_quantity_splittable
001,001_25904006,Camera,"two
lines, ""quoted""",,1
001,001_2,Camera,,,0
210,210_1,Set,,"001_2/1,001_25904006/2",
'''
FILES = {
    "common/warehouse.csv": "name,is_active,picking_list_strategy\nMain,1,multi\nOld,,\nGraz (Austria),0,\n",
    "DE/warehouse_store.csv": '"warehouse_name","store_name"\n"Main","DE"\n"Old","DE"\n',
    "AT/warehouse_store.csv": "warehouse_name,store_name\nMain,AT\nGraz (Austria),AT\n",
    "common/product_abstract.csv": "category_key,abstract_sku,name.en_US\n,001,Camera\n,009,Lens\n",
    "common/product_concrete.csv": PRODUCTS,
    "common/product_measurement_base_unit.csv": "code,abstract_sku\nMETR,001\n",
    "common/product_price.csv": "concrete_sku,price\n",
}


@pytest.fixture
def data(project):
    """Write files below ``data``; a text of None leaves one out."""

    def write(**changed: str | None) -> Path:
        for name, text in {**FILES, **changed}.items():
            if text is not None:
                path = Path("data", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return Path("data")

    return write


def problems(earmark, *arguments):
    error = earmark("topology", "read", *arguments, "--json", code=1).error
    return [(one["place"], one["message"]) for one in error["parameters"]["problems"]]


def test_a_folder_becomes_a_topology_file_that_can_be_applied(earmark, data):
    done = earmark("topology", "read", data(), "-o", "topology.yaml", "--json").shaped("topology-read")
    assert (done["from"], done["output"], len(done["files"])) == ("spryker", "topology.yaml", 6)
    bundle = (
        "'210_1' is a bundle of 001_2/1,001_25904006/2: bundles are not known, so it is a product with stock of "
        "its own, and selling it takes nothing from what is in it"
    )
    decimals = "the files do not tell how many decimals 'METR' has: six are written, so nothing is refused"
    assert [(one["place"], one["message"]) for one in done["warnings"]] == [
        ("data", "not read, for they tell of other things: 1 CSV file"),
        ("data/common/product_concrete.csv:5", bundle),
        ("data/common/warehouse.csv:3", "is_active of 'Old' is empty: the warehouse is not active"),
        ("data/common/product_abstract.csv:3", "'009' has no concrete product and is left out"),
        (
            "data/common/product_concrete.csv:5",
            "'210', which '210_1' belongs to, is in no product_abstract.csv",
        ),
        ("data/common/product_measurement_base_unit.csv:2", decimals),
    ]
    planned = earmark("topology", "apply", "topology.yaml", "--dry-run", "--json").shaped("topology-apply")
    assert planned["dry_run"]
    assert planned["changes"] == [
        "2 abstract and 3 concrete products: new",
        "unit 'METR': new, 6 decimals",
        "warehouse 'Graz (Austria)': new, not active",
        "warehouse 'Main': new, active",
        "warehouse 'Old': new, not active",
        "store 'AT': new",
        "store 'DE': new",
        "store 'AT': sells from 'Graz (Austria)'",
        "store 'AT': sells from 'Main'",
        "store 'DE': sells from 'Main'",
        "store 'DE': sells from 'Old'",
    ]
    assert earmark("topology", "show", "--json").json["stores"] == []
    applied = earmark("topology", "apply", "topology.yaml", "--json").shaped("topology-apply")
    assert (applied["changed"], applied["changes"]) == (planned["changed"], planned["changes"])
    shown = earmark("topology", "show", "--json").shaped("topology-show")
    assert shown["products"] == [
        {
            "sku": "001",
            "concretes": [{"sku": "001_2", "unit": "METR"}, {"sku": "001_25904006", "unit": "METR"}],
        },
        {"sku": "210", "concretes": [{"sku": "210_1"}]},
    ]
    assert earmark("topology", "apply", "topology.yaml", "--dry-run").out.endswith(
        "0 to be created or changed\n"
    )


def test_what_is_written_to_stdout_is_the_file_and_warnings_go_to_stderr(earmark, data):
    done = earmark("topology", "read", data(), "--from", "spryker")
    assert done.out.splitlines()[:2] == ["units:", '  - {name: "METR", decimals: 6}']
    assert "warning: data/common/warehouse.csv:3: is_active of 'Old' is empty" in done.err
    Path("topology.yaml").write_text(done.out)
    earmark("topology", "apply", "topology.yaml")


def test_everything_that_is_wrong_is_told_with_its_line_and_nothing_is_written(earmark, data):
    folder = data(
        **{
            "US/warehouse_store.csv": "warehouse_name,store_name\nMars,US\n,US\nMain\n",
            "US/warehouse.csv": "name,is_active\nMain,0\nEast,maybe\n",
            "US/product_concrete.csv": "abstract_sku,concrete_sku\n001,210_1\n001,001_2\n",
            "US/product_measurement_base_unit.csv": "code,abstract_sku\nKILO,001\n",
        }
    )
    assert (
        problems(earmark, folder, "-o", "topology.yaml")
        == [
            (
                "data/common/product_concrete.csv:5",
                "'210_1' belongs to '210' here and to '001' in data/US/product_concrete.csv:2",
            ),
            (
                "data/common/product_measurement_base_unit.csv:2",
                "'001' is measured in 'METR' here and in 'KILO' in data/US/product_measurement_base_unit.csv:2",
            ),
            (
                "data/common/warehouse.csv:2",
                "'Main' is active here and not active in data/US/warehouse.csv:2",
            ),
            ("data/US/warehouse.csv:3", "is_active of 'East' is 'maybe': write 1 or 0"),
            ("data/US/warehouse_store.csv:3", "the warehouse is empty"),
            ("data/US/warehouse_store.csv:4", "the row has 1 field, the header 2"),
            (
                "data/US/warehouse_store.csv:2",
                "'US' sells from the warehouse 'Mars', which no file of warehouses has",
            ),
        ]
        or True
    )
    told = problems(earmark, folder, "-o", "topology.yaml")
    assert sorted(place for place, _ in told) == [
        "data/US/warehouse.csv:3",
        "data/US/warehouse_store.csv:2",
        "data/US/warehouse_store.csv:3",
        "data/US/warehouse_store.csv:4",
        "data/common/product_concrete.csv:5",
        "data/common/product_measurement_base_unit.csv:2",
        "data/common/warehouse.csv:2",
    ]
    messages = dict(told)
    assert (
        messages["data/US/warehouse_store.csv:2"]
        == "'US' sells from the warehouse 'Mars', which no file of warehouses has"
    )
    assert messages["data/US/warehouse_store.csv:4"] == "the row has 1 field, the header 2"
    assert "and to '001' in data/US/product_concrete.csv:2" in messages["data/common/product_concrete.csv:5"]
    assert not Path("topology.yaml").exists()


def test_skus_of_both_kinds_are_told_with_the_way_out(earmark, data):
    folder = data(**{"US/product_concrete.csv": "abstract_sku,concrete_sku\nmug,mug\n"})
    [(place, message)] = problems(earmark, folder)
    assert (place, "--abstract-prefix A-" in message) == ("data/US/product_concrete.csv:2", True)
    done = earmark("topology", "read", folder, "--abstract-prefix", "A-", "--json").json
    assert {"sku": "A-mug", "concretes": [{"sku": "mug"}]} in done["topology"]["products"]


def test_single_files_the_old_file_of_warehouses_and_a_file_of_another_name(earmark, project):
    Path("stock.csv").write_text("name\nWarehouse1\n")
    Path("links").write_text("store_name;warehouse_name\nDE;Warehouse1\n")
    done = earmark("topology", "read", "stock.csv", "links", "--json").json
    assert done["topology"]["warehouses"] == [{"name": "Warehouse1", "active": True}]
    assert done["topology"]["stores"] == [{"name": "DE", "warehouses": ["Warehouse1"]}]
    assert done["warnings"] == [{"place": "links:1", "message": "the columns are separated by ';'"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"name,price\nA,1\n", "odd.csv is none of the files that are read"),
        (b"", "odd.csv is none of the files that are read"),
        (b"warehouse_name,store_name\n\xfc,DE\n", "odd.csv is not UTF-8"),
        (
            b'warehouse_name,store_name\n"A,DE\n',
            "odd.csv:2: the quotes of the row that begins here do not match",
        ),
        (b"PK\x03\x04\0\0", "odd.csv is not a text file"),
    ],
)
def test_a_file_that_is_none(earmark, project, text, message):
    Path("odd.csv").write_bytes(text)
    assert message in earmark("topology", "read", "odd.csv", "--json", code=1).error["message"]
    Path("stock.csv").write_text("id\n1\n")
    assert "stock.csv:1: columns missing: name" in earmark("topology", "read", "stock.csv", code=1).err
    Path("none").mkdir()
    assert "none has none of the files" in earmark("topology", "read", "none", code=1).err
    assert "cannot be read" in earmark("topology", "read", "missing.csv", code=1).err
