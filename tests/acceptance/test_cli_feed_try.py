"""``earmark feed try``: plain files that look like those of a system, workbooks, packed files, and addresses."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.helpers.file_server import content, serving
from tests.helpers.workbooks import workbook

EXAMPLES = Path(__file__).parents[2] / "docs" / "feeds" / "examples"


@pytest.fixture
def server():
    with serving() as server:
        yield server


def suggested(earmark, file):
    return earmark("feed", "try", file, "--json").shaped("feed-suggestion")


@pytest.mark.parametrize(
    "header",
    [
        "sku,warehouse,qty",
        "SKU,Warehouse,Quantity",
        "sku,qty",
        "SKU,Name,Stock",
        "sku,name,quantity",
        "product,location,quantity",
        "item_code,warehouse,qty",
        "sku,warehouse,quantity,status",
    ],
)
def test_columns_that_anybody_writes_are_no_system_s(project, earmark, header):
    Path("stock.csv").write_text(f"{header}\n{','.join('a1b2'[n] for n in range(header.count(',') + 1))}\n")
    assert suggested(earmark, "stock.csv")["profiles"] == []


@pytest.mark.parametrize(
    ("example", "profile"),
    [
        ("amazon-fba.txt", "amazon-fba"),
        ("commercetools.csv", "commercetools"),
        ("magento-product.csv", "magento-product"),
        ("magento-sources.csv", "magento-sources"),
        ("marello.csv", "marello"),
        ("medusa.csv", "medusa"),
        ("odoo-quant.csv", "odoo-quant"),
        ("orocommerce.csv", "orocommerce"),
        ("saleor.csv", "saleor"),
        ("shopify.csv", "shopify"),
        ("shopify-2023.csv", "shopify"),
        ("spryker.csv", "spryker"),
        ("spryker-offer.csv", "spryker-offer"),
        ("vendure.csv", "vendure"),
        ("woocommerce.csv", "woocommerce"),
    ],
)
def test_a_file_of_a_system_is_known(project, earmark, example, profile):
    assert suggested(earmark, EXAMPLES / example)["profiles"] == [profile]


def test_a_workbook_without_a_feed_gets_one_that_reads_it(project, earmark):
    rows = [["Stock of today"], [], ["Artikel-Nr", "Title", "Lager", "Menge"], ["A-1", "Oak", "Berlin", 12.5]]
    Path("stock.xlsx").write_bytes(
        workbook(*rows, ["A-2", "Beech", "Berlin", 3], ["A-3", "", "Berlin", "#N/A"])
    )
    told = suggested(earmark, "stock.xlsx")
    assert (told["format"], told["skip_lines"]) == ("xlsx", 2)
    assert told["columns"] == ["Artikel-Nr", "Title", "Lager", "Menge"]
    Path("earmark.toml").write_text(told["suggestion"])
    tried = earmark("feed", "try", "stock.xlsx", "--feed", "stock", "--json", code=1).shaped("feed-try")
    assert [(row["sku"], row["warehouse"], row["quantity"]) for row in tried["rows"]] == [
        ("A-1", "Berlin", "12.5"),
        ("A-2", "Berlin", "3"),
    ]


def test_the_shipped_example_of_a_workbook_is_guessed(project, earmark):
    assert suggested(earmark, EXAMPLES / "xlsx.xlsx")["profiles"] in ([], ["xlsx"])


def test_an_empty_workbook_is_told(project, earmark):
    Path("stock.xlsx").write_bytes(workbook())
    assert "stock.xlsx is empty" in earmark("feed", "try", "stock.xlsx", code=1).err


def test_a_packed_file_is_looked_into(project, earmark):
    Path("stock.csv.gz").write_bytes(gzip.compress(b"sku;warehouse;qty\na;b;1\n"))
    assert suggested(earmark, "stock.csv.gz")["delimiter"] == ";"


class TestAddresses:
    FEED = """
[[feeds]]
name = "wms"
kind = "on_hand"
source = "{source}"
sku = {{ column = "sku" }}
warehouse = {{ constant = "Berlin" }}
quantity = {{ column = "qty" }}
[feeds.http]
token_env = "WMS_TOKEN"
"""

    def test_an_address_is_looked_at_without_a_feed(self, project, earmark, server):
        server.says(content(b"sku;place;qty\na;b;1\n"))
        told = suggested(earmark, server.url())
        assert (told["delimiter"], told["file"]) == (";", "127.0.0.1/stock.csv")
        assert "authorization" not in server.asked[0].headers

    def test_the_source_of_a_feed_is_tried_as_its_job_asks_it(self, project, earmark, server, monkeypatch):
        monkeypatch.setenv("WMS_TOKEN", "secret")
        Path("earmark.toml").write_text(self.FEED.format(source=server.url()))
        server.says(content(b"sku,qty\na,1\n"))
        tried = earmark("feed", "try", "--feed", "wms", "--json").shaped("feed-try")
        assert [(row["sku"], row["quantity"]) for row in tried["rows"]] == [("a", "1")]
        assert server.asked[0].headers["authorization"] == "Bearer secret"

    def test_another_address_is_read_by_the_feed_and_not_told_its_secret(
        self, project, earmark, server, monkeypatch
    ):
        monkeypatch.setenv("WMS_TOKEN", "secret")
        Path("earmark.toml").write_text(self.FEED.format(source="https://wms.example/stock.csv"))
        server.says(content(b"sku,qty\na,x\n"))
        tried = earmark("feed", "try", server.url(), "--feed", "wms", "--json", code=1).shaped("feed-try")
        assert [one["code"] for one in tried["refused"]] == ["bad_quantity"]
        assert "authorization" not in server.asked[0].headers

    def test_an_address_that_is_none_or_cannot_be_had_is_told(self, project, earmark, server):
        assert "this is no address" in earmark("feed", "try", "https://", code=1).err
        assert "no user and password" in earmark("feed", "try", "https://a:b@host.example/", code=1).err
        url = server.url()
        server.says(
            lambda connection, asked: connection.sendall(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
            )
        )
        assert "404" in earmark("feed", "try", url, code=1).err


def test_the_source_of_a_feed_that_lies_here_is_tried_without_a_file(project, earmark):
    Path("in").mkdir()
    Path("in/stock.csv").write_text("sku,qty\na,1\n")
    Path("earmark.toml").write_text(
        '[[feeds]]\nname = "one"\nkind = "on_hand"\nsource = "in"\nsku = { column = "sku" }\n'
        'warehouse = { constant = "Berlin" }\nquantity = { column = "qty" }\n'
    )
    assert earmark("feed", "try", "--feed", "one", "--json").json["taken"] == 1
    assert "name a FILE" in earmark("feed", "try", code=2).err
