"""Feeds at the command line: from a file that nobody has described to its stock in the database."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SCAFFOLD = Path(__file__).parents[2] / "earmark" / "scaffold" / "earmark.toml"

ERP = """\
Lagerbestand Filiale Nord;;;;
Artikelnummer;Bezeichnung;Lager;Bestand;Stand
0017;"Größe
5";1;1.250,50;27.11.2026 06:00
18;Stuhl;1;7-;27.11.2026 06:00
18;Stuhl;1;7-;27.11.2026 06:00
4,25E+12;Stuhl;1;7;27.11.2026 06:00
99;Stuhl;2;7;27.11.2026 06:00
Summe;;;1.264,50;
"""

FEED = """
[[feeds]]
name = "erp"
kind = "on_hand"
source = "incoming/*.csv"
encoding = "cp1252"
delimiter = ";"
skip_lines = 1
decimal = ","
thousands = "."
sku = { column = "Artikelnummer" }
warehouse = { column = "Lager", codes = { "1" = "Berlin", "2" = "Hamburg" } }
quantity = { column = "Bestand", sign = "after" }
counted_at = { column = "Stand", format = "%d.%m.%Y %H:%M", timezone = "Europe/Berlin" }
drop = [{ column = "Artikelnummer", values = ["Summe"] }]
"""

TOPOLOGY = """
warehouses: [{name: Berlin}]
stores: [{name: DE, warehouses: [Berlin]}]
products: [{sku: chair, concretes: [{sku: "0017"}, {sku: "18"}]}]
"""


@pytest.fixture
def erp(project):
    """A folder with a feed and a file of it."""
    Path("incoming").mkdir()
    Path("earmark.toml").write_text(FEED, encoding="utf-8")
    Path("incoming/erp.csv").write_bytes(ERP.replace("\n", "\r\n").encode("cp1252"))
    return Path("incoming/erp.csv")


@pytest.fixture
def database(earmark):
    """A database with one warehouse and two products."""
    Path("topology.yaml").write_text(TOPOLOGY)
    earmark("topology", "apply", "topology.yaml")


def test_from_a_file_that_nobody_has_described_to_its_stock(project, earmark):
    Path("stock.csv").write_bytes(
        "Artikel-Nr;Lager;Menge\nA-1;Berlin;1.250,5\nA-2;Berlin;3\n".encode("utf-16")
    )
    suggested = earmark("feed", "try", "stock.csv", "--json").shaped("feed-suggestion")
    assert (suggested["encoding"], suggested["delimiter"], suggested["decimal"]) == ("utf-16", ";", ",")
    Path("earmark.toml").write_text(suggested["suggestion"])
    assert "nothing was stored" in earmark("feed", "try", "stock.csv", "--feed", "stock").out
    Path("topology.yaml").write_text(TOPOLOGY.replace("0017", "A-1").replace('"18"', "A-2"))
    earmark("topology", "apply", "topology.yaml")
    earmark("stock", "import", "stock.csv", "--feed", "stock")
    listed = earmark("stock", "list", "--json").json["stock"]
    assert [(row["sku"], row["quantity"]) for row in listed] == [("A-1", "1250.5"), ("A-2", "3")]


def test_a_trial_tells_all_that_comes_of_a_file_and_stores_nothing(erp, earmark):
    tried = earmark("feed", "try", erp, "--feed", "erp", "--rows", 1, "--json", code=1).shaped("feed-try")
    assert not Path("earmark.db").exists()
    assert tried["rows"] == [
        {
            "line": 3,
            "sku": "0017",
            "warehouse": "Berlin",
            "quantity": "1250.5",
            "never_out_of_stock": False,
            "is_bundle": False,
            "counted_at": "2026-11-27T05:00:00Z",
        }
    ]
    assert (tried["taken"], tried["warehouses"]) == (4, {"Berlin": 3, "Hamburg": 1})
    assert [(one["code"], one["rows"], one["first"][0]["line"]) for one in tried["refused"]] == [
        ("bad_sku", 1, 7)
    ]
    assert tried["skipped"] == [{"why": "drop drops it", "rows": 1}]
    assert (tried["below_zero"]["rows"], tried["below_zero"]["first"][0]["line"]) == (2, 5)
    assert (tried["repeated"]["rows"], tried["repeated"]["differing"], tried["repeated"]["policy"]) == (
        1,
        0,
        "equal",
    )
    assert (tried["unknown"], tried["not_compared"]) == (None, "there is no database yet")
    assert tried["counted_at"]["from"] == "Stand"
    assert [one["name"] for one in tried["columns"] if not one["used"]] == ["Bezeichnung"]


def test_a_trial_names_what_the_database_does_not_have(erp, database, earmark):
    tried = earmark("feed", "try", erp, "--feed", "erp", "--json", code=1).shaped("feed-try")
    assert (tried["unknown"]["skus"]["first"], tried["unknown"]["warehouses"]["first"]) == (
        [{"line": 8, "message": "99"}],
        [{"line": 8, "message": "Hamburg"}],
    )
    said = earmark("feed", "try", erp, "--feed", "erp", code=1).out
    for text in (
        "1 row refused: bad_sku",
        "1 row skipped: drop drops it",
        "2 rows below zero: 0 is taken",
        "equal ones are one",
        "1 row with a sku that the database does not have",
        "counted: by Stand, from 2026-11-27T05:00:00Z",
    ):
        assert text in said
    assert earmark("stock", "list", "--json").json["stock"] == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("delimiter", ",", ["its delimiter looks like ';', the feed says ','", 'delimiter = ";"']),
        ("encoding", "utf-16", ["it looks like cp1252", 'encoding = "cp1252"']),
    ],
)
def test_what_a_file_looks_like_is_offered_where_it_cannot_be_read(erp, earmark, key, value, said):
    Path("earmark.toml").write_text(re.sub(rf"^{key} = .*$", f'{key} = "{value}"', FEED, flags=re.MULTILINE))
    told = earmark("feed", "try", erp, "--feed", "erp", code=1).err
    assert [text for text in said if text not in told] == []


def test_signs_that_may_be_meant_are_offered_where_quantities_are_refused(erp, earmark):
    Path("earmark.toml").write_text(FEED.replace('decimal = ","\nthousands = "."\n', ""))
    told = earmark("feed", "try", erp, "--feed", "erp", "--json", code=1).shaped("feed-try")
    assert told["guesses"] == ['decimal = "," may be meant', 'thousands = "." may be meant']


def test_feeds_and_profiles_are_listed_and_shown(erp, earmark):
    listed = earmark("feed", "list", "--json").shaped("feed-list")
    (one,) = listed["feeds"]
    assert (one["name"], one["kind"], one["source"]) == ("erp", "on_hand", "incoming/*.csv")
    assert {"spryker", "shopify", "magento-sources"} <= {profile["name"] for profile in listed["profiles"]}
    assert "erp" in earmark("feed", "list").out
    shown = earmark("feed", "show", "erp", "--json").shaped("feed-show")
    values = {value["key"]: (value["value"], value["from"]) for value in shown["values"]}
    assert values["sku.column"] == ("Artikelnummer", "earmark.toml:11")
    assert values["warehouse.codes.1"] == ("Berlin", "earmark.toml:12")
    assert values["repeated"] == ("equal", "default")


def test_what_is_shown_of_a_feed_says_the_same_again(erp, earmark):
    first = earmark("feed", "try", erp, "--feed", "erp", "--json", code=1).json
    for name in ("erp", "spryker", "odoo-quant", "shopify-available"):
        shown = earmark("feed", "show", name).out
        Path("earmark.toml").write_text(shown)
        again = earmark("feed", "show", name).out
        assert [line.split("  # ")[0] for line in again.splitlines()] == [
            line.split("  # ")[0] for line in shown.splitlines()
        ]
        Path("earmark.toml").write_text(FEED if name != "erp" else shown)
        assert earmark("feed", "try", erp, "--feed", "erp", "--json", code=1).json == first


def test_a_feed_is_imported_from_its_source(erp, database, earmark):
    report = earmark("stock", "import", "--feed", "erp", "--json", code=1).shaped("stock-import")
    assert (report["imported"], report["as_of_from"]) == (2, "rows")
    said = earmark("stock", "import", "--feed", "erp", code=1).out
    assert "incoming/erp.csv:7 refused bad_sku" in said
    Path("incoming/later.csv").write_bytes(erp.read_bytes())
    told = earmark("stock", "import", "--feed", "erp", "--json", code=1).error
    assert ("is not one file but 2 files" in told["message"], "Name one of them" in told["remedy"]) == (
        True,
        True,
    )
    for file in Path("incoming").iterdir():
        file.unlink()
    assert earmark("stock", "import", "--feed", "erp", "--json", code=1).error["code"] == "file_unreadable"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("stock", "import"), 2, "name a FILE, or a --feed that has a source"),
        (("stock", "import", "--feed", "spryker"), 1, "the feed 'spryker' has no source"),
        (("stock", "import", "--feed", "eep"), 1, "there is no feed 'eep'. Did you mean \"erp\"?"),
        (("feed", "show", "eep"), 1, "there is no feed 'eep'. Did you mean \"erp\"?"),
        (("feed", "try", "nowhere.csv"), 1, "nowhere.csv cannot be read"),
        (("feed", "try", "nowhere.csv", "--feed", "erp"), 1, "nowhere.csv cannot be read"),
        (("feed", "try", "empty.csv"), 1, "empty.csv is empty"),
        (("feed", "try", "zip.csv"), 1, "it looks like a zip archive"),
        (("feed", "try", "zip.csv", "--feed", "erp"), 1, "it looks like a zip archive"),
    ],
)
def test_what_cannot_be_done_is_told(erp, earmark, arguments, code, said):
    Path("empty.csv").write_text("\n")
    Path("zip.csv").write_bytes(b"PK\x03\x04")
    assert said in earmark(*arguments, code=code).err


def test_a_profile_reads_the_file_of_its_system(project, database, earmark):
    head = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n"
    Path("product_stock.csv").write_text(f"{head}0017,Berlin,5.250,0,0\n18,Berlin,0,1,0\n")
    earmark("stock", "import", "product_stock.csv", "--feed", "spryker")
    rows = {row["sku"]: row for row in earmark("stock", "list", "--json").json["stock"]}
    assert (rows["0017"]["quantity"], rows["18"]["never_out_of_stock"]) == ("5.25", True)


def test_the_example_of_a_new_project_reads_an_erp_file(erp, earmark):
    text = SCAFFOLD.read_text(encoding="utf-8")
    block = text.split("# [[feeds]]\n", 1)[1].split("\n\n", 1)[0]
    feed = "[[feeds]]\n" + "\n".join(line.removeprefix("# ") for line in block.splitlines())
    Path("earmark.toml").write_text(feed + "\nskip_lines = 1\n")
    assert earmark("feed", "try", erp, "--feed", "erp", "--json", code=1).json["taken"] == 4


def test_doctor_looks_whether_what_feeds_name_is_there(erp, database, earmark):
    def check():
        return next(
            one for one in earmark("doctor", "--json", code=None).json if one["check"] == "feed settings"
        )

    assert (check()["status"], check()["detail"]) == ("ok", "1 feed")
    Path("earmark.toml").write_text(
        FEED.replace("incoming/", "nowhere/").replace("codes = {", 'codes_file = "codes.csv", codes = {')
        + 'format = "cvs"'
    )
    found = check()
    assert found["status"] == "error"
    for text in (
        "there is no format 'cvs'",
        "the codes in codes.csv cannot be read",
        "there is no folder nowhere",
    ):
        assert text in found["detail"]


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("incoming", False),
        ("incoming/", False),
        ("absent", True),
        ("absent/", True),
        ("absent/*.csv", True),
        ("absent/stock.csv", True),
        ("incoming/absent", True),
        ("incoming/later.csv", False),
        ("incoming/*.csv", False),
    ],
)
def test_doctor_misses_a_source_that_is_not_there(erp, database, earmark, source, missing):
    Path("earmark.toml").write_text(FEED.replace("incoming/*.csv", source))
    found = next(
        one for one in earmark("doctor", "--json", code=None).json if one["check"] == "feed settings"
    )
    assert (found["status"], "absent" in found["detail"]) == (("error", True) if missing else ("ok", False))


def test_refused_rows_come_back_as_the_feed_writes_them_and_are_imported_once_mended(erp, database, earmark):
    earmark("stock", "import", "--feed", "erp", "--dry-run", "--refused", "back.csv", code=1)
    assert earmark("stock", "list", "--json").json["stock"] == []
    earmark("stock", "import", "--feed", "erp", "--refused", "back.csv", code=1)
    text = Path("back.csv").read_bytes().decode("cp1252")
    assert text.startswith("refused_because;Artikelnummer;Bezeichnung;Lager;Bestand;Stand\n")
    assert [line.split(":")[0] for line in text.splitlines()[1:]] == ["bad_sku", "unknown_sku"]
    mended = text.replace("4,25E+12", "18").replace(";99;", ";0017;").replace(";2;", ";1;")
    Path("back.csv").write_bytes(mended.encode("cp1252"))
    earmark("stock", "import", "back.csv", "--feed", "erp")
    listed = earmark("stock", "list", "--json").json["stock"]
    assert [(row["sku"], row["quantity"]) for row in listed] == [("0017", "7"), ("18", "7")]
