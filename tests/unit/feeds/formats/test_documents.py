"""UBL and GS1: what is a balance and what is a part of one, and documents that are not to be believed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import FileUnreadable
from tests.helpers.formats import example, opened

ROOT = Path(__file__).resolve().parents[4]
REPORT, STATUS, LOGISTICS = (
    example(f"{name}.xml") for name in ("ubl-inventory", "gs1-inventory", "gs1-logistics")
)
FORMATS = {"ubl-inventory": REPORT, "gs1-inventory": STATUS}


def ubl(content=REPORT, **feed):
    return opened("ubl-inventory", content, **feed)


def gs1(content=STATUS, **feed):
    return opened("gs1-inventory", content, **feed)


def refused(read, content, **feed) -> str:
    with pytest.raises(FileUnreadable) as error:
        read(content, **feed)
    return error.value.message


def test_a_line_of_ubl_is_a_record():
    found = ubl()
    assert found.pick("sku", "gtin", "buyer_sku", "location", "quantity", "unit", "counted_at") == [
        ("TEA-500", "04000862141404", "", "BER", "300", "C62", "2026-11-27T22:00:00"),
        ("4711", "", "4711", "HAM", "12.1250", "KGM", "2026-11-27T22:00:00"),
    ]
    assert {record["reporting_party"] for record in found.records} == {"DEPOT-1"}


def test_what_comes_only_later_is_no_stock():
    assert ubl().codes == [(3, "bad_balance")] and "only on 2026-12-24" in ubl().refused[0][2]
    assert ubl(options={"later": "ignore"}).refused == []
    now = REPORT.replace(b"2026-12-24", b"2026-11-01")
    assert ubl(now).pick("sku", "available_from")[2] == ("CUP-6", "2026-11-01")


def test_the_time_of_ubl_has_no_zone_of_its_own():
    told = {"counted_at": {"message": True, "timezone": "Europe/Berlin"}}
    assert ubl(**told).counted_at == 1795813200 * 10**6
    assert "no timezone" in refused(ubl, REPORT, counted_at={"message": True})
    with_zone = REPORT.replace(b"22:00:00<", b"22:00:00+01:00<")
    assert ubl(with_zone, counted_at={"message": True}).counted_at == 1795813200 * 10**6
    issued = ubl(options={"count_date": "issue"}, **told)
    assert issued.counted_at == 1795820400 * 10**6, "the start of the day on which it was issued"


def test_what_can_be_bought_is_told_apart_from_what_is_there():
    sister = REPORT.replace(b"InventoryReport", b"StockAvailabilityReport")
    assert "what can be bought" in refused(ubl, sister, kind="on_hand")
    found = ubl(sister, kind="available", promised="earmark")
    assert found.pick("sku", "document")[0] == ("TEA-500", "StockAvailabilityReport")


def test_a_report_in_an_envelope_is_read():
    inside = REPORT.partition(b"?>")[2]
    assert len(ubl(b"<StandardBusinessDocument>" + inside + b"</StandardBusinessDocument>").records) == 2


def test_a_status_of_gs1_is_a_record_and_a_line_below_another_one_is_in_it():
    assert gs1().pick("gtin", "seller_sku", "location", "status", "quantity", "counted_at") == [
        ("04000862141404", "TEA-500", "4012345000016", "ON_HAND", "300", "2026-11-27"),
        ("04000862141404", "TEA-500", "4012345000016", "DAMAGED", "2", "2026-11-27"),
    ]
    assert gs1().refused == []


def test_what_can_be_sold_is_part_of_what_is_on_hand_where_both_are_told():
    both = STATUS.replace(b"DAMAGED", b"sellable_accessible")
    assert gs1(both).pick("status", "quantity") == [
        ("ON_HAND", "300"),
        ("SELLABLE_ACCESSIBLE, PART OF ON_HAND", "2"),
    ]
    alone = STATUS.replace(b"on_hand", b"SELLABLE_ACCESSIBLE")
    assert gs1(alone).pick("status")[0] == ("SELLABLE_ACCESSIBLE",)


def test_batches_are_in_the_total_and_are_records_where_there_is_none():
    found = gs1(LOGISTICS, options={"others": "ignore"})
    assert found.pick("gtin", "status", "batch", "quantity", "counted_at") == [
        ("04000862141404", "SELLABLE_ACCESSIBLE", "", "300", "2026-11-27T22:00:00+01:00"),
        ("04000862141411", "SELLABLE_ACCESSIBLE", "B1", "20", "2026-11-27T22:00:00+01:00"),
        ("04000862141411", "SELLABLE_ACCESSIBLE", "B2", "12.1250", "2026-11-27T22:00:00+01:00"),
    ]


def test_movements_are_no_balances_and_balances_no_movements():
    assert gs1(LOGISTICS).codes == [(4, "bad_balance")]
    deltas = gs1(LOGISTICS, kind="delta", options={"others": "ignore"})
    assert deltas.pick("sku", "quantity") == [("04000862141404", "-3")]
    assert len(gs1(LOGISTICS, kind="delta").refused) == 3
    more = LOGISTICS.replace(b"DECREASE", b"increase")
    assert gs1(more, kind="delta").pick("quantity") == [("3",)]
    unclear = LOGISTICS.replace(b"DECREASE", b"MOVE")
    assert "INCREASE or a DECREASE" in gs1(unclear, kind="delta", options={"others": "ignore"}).refused[0][2]


def test_the_time_of_gs1_is_that_of_the_period_or_of_the_document():
    told = {"counted_at": {"message": True, "timezone": "Europe/Berlin"}}
    assert gs1(**told).counted_at == 1795734000 * 10**6
    assert gs1(options={"count_date": "created"}, **told).counted_at == 1795842900 * 10**6
    assert "does not tell when" in refused(gs1, LOGISTICS, **told)


@pytest.mark.parametrize("form", FORMATS)
def test_a_document_type_is_refused_before_anything_of_it_counts(form):
    bomb = b"<!DOCTYPE a [<!ENTITY a '" + b"x" * 1000 + b"'><!ENTITY b '" + b"&a;" * 1000 + b"'>]>"
    content = FORMATS[form].replace(b"?>", b"?>" + bomb, 1).replace(b">300<", b">&b;<")
    assert "declares a document type" in refused(lambda data: opened(form, data), content)
    external = FORMATS[form].replace(b"?>", b"?><!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'>", 1)
    assert "declares a document type" in refused(lambda data: opened(form, data), external)


@pytest.mark.parametrize("form", FORMATS)
def test_a_document_that_is_cut_off_is_refused_wherever_it_was_cut(form):
    content = FORMATS[form].rstrip()
    for end in range(len(content) - 1, 60, -31):
        assert "stock.dat" in refused(lambda data: opened(form, data), content[:end])


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (ubl, STATUS, "no InventoryReport of UBL 2"),
        (gs1, REPORT, "no inventory report of GS1 XML 3"),
        (gs1, b"<a xmlns='urn:ean.ucc:deliver:2'/>", "of version 2"),
        (ubl, b"sku,qty\n", "text"),
        (ubl, b"", "an empty file"),
        (gs1, b"PK\x03\x04", "zip"),
        (gs1, STATUS.replace(b"inventoryReport>", b"other>"), "there is no inventoryReport"),
        (ubl, b"<?xml version='1.0' encoding='klingon'?><a/>", "stock.dat"),
    ],
)
def test_another_document_is_told(read, content, said):
    assert said in refused(read, content)


def test_a_line_without_quantity_is_told():
    content = REPORT.replace(b'<cbc:Quantity unitCode="C62">300</cbc:Quantity>', b"")
    assert ubl(content).codes == [(1, "bad_balance"), (3, "bad_balance")]
    content = STATUS.replace(b'<quantityOfUnits measurementUnitCode="EA">2</quantityOfUnits>', b"")
    assert gs1(content).codes == [(2, "bad_balance")]


READING = """
import resource, sys
from tests.helpers.formats import opened

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

form, lines = sys.argv[1], int(sys.argv[2])
start, part, end = (bytes.fromhex(text) for text in sys.argv[3:])
content = start + part * lines + end
opened(form, start + part + end)
before = used()
from pathlib import Path
from io import BytesIO
from earmark.feeds.formats.registry import format_named
from earmark.feeds.model import Feed
with format_named(form)(BytesIO(content), Path("x"), Feed(name="x", format=form)) as table:
    found = sum(len(batch.records) for batch in table.batches())
print(found, len(content) >> 20, used() - before)
"""


def cut(content: bytes, tag: bytes, skip: int = 0) -> tuple[bytes, bytes, bytes]:
    """What stands before the first element of the name, the element, and the end tags of those around it."""
    at = content.index(b"<" + tag + b">")
    end = content.index(b"</" + tag + b">") + len(tag) + 3
    around = content[end:].split(b"\n")
    return content[:at], content[at:end], b"\n".join(around[-skip - 2 :])


@pytest.mark.parametrize(
    ("form", "content", "tag", "around"),
    [
        ("ubl-inventory", REPORT, b"cac:InventoryReportLine", 0),
        ("gs1-inventory", STATUS, b"inventoryItemLocationInformation", 1),
        ("gs1-inventory", LOGISTICS, b"tradeItemInventoryStatus", 2),
    ],
)
def test_a_long_document_is_not_kept(form, content, tag, around):
    parts = [text.hex() for text in cut(content, tag, around)]
    done = subprocess.run(
        [sys.executable, "-c", READING, form, "15000", *parts],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found, size, more = map(int, done.stdout.split())
    assert found >= 15_000 and size >= 5
    # The tree of such a document takes many times its size.
    assert more < 16, f"{more} MiB more for a document of {size} MiB"
