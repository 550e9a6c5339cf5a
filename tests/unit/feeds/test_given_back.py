"""Refused rows come back as a file that, mended, the same feed reads: whatever was wrong with them."""

from __future__ import annotations

import csv
import io

import pytest

from earmark.feeds.loading import feed_named
from earmark.feeds.opening import open_feed
from earmark.settings import load_settings
from engine.api.values import parse_time
from engine.feeds import CountKind
from tests.helpers.feeds import LATEST, PLAIN, read
from tests.helpers.workbooks import workbook

NOON = parse_time("2026-11-28T12:00:00Z")


def given_back(folder, settings, content, counted_at=None, name="f.csv"):
    (folder / "earmark.toml").write_text(settings, encoding="utf-8")
    path = folder / name
    path.write_bytes(content)
    to = io.BytesIO()
    with open_feed(feed_named(load_settings(environment={}, folder=folder).feeds, "shop"), path) as source:
        own = source.time_column is not None
        found = [row for batch in source.batches(LATEST, own_times=own) for row in batch.refused]
        refused = sorted((row.line, f"{row.code}: {row.message}") for row in found)
        source.give_back(iter(refused), to, None if own else counted_at)
    return to.getvalue()


def test_rows_come_back_with_the_reason_and_can_be_read_again(tmp_path):
    content = b'sku,note,qty\nA,"x\ny",many\nB,,2\n=1,,3\n"C,1\nD,"a, b",-\n'
    back = given_back(tmp_path, PLAIN, content, NOON)
    header, *rows = csv.reader(io.StringIO(back.decode()))
    assert header == ["refused_because", "was_counted_at", "sku", "note", "qty"]
    assert [(row[0].split(":")[0], row[1], row[2]) for row in rows[:2]] == [
        ("bad_quantity", "2026-11-28T12:00:00Z", "A"),
        ("bad_sku", "2026-11-28T12:00:00Z", "=1"),
    ]
    assert b',2026-11-28T12:00:00Z,"C,1\n' in back
    mended = (
        back.replace(b"many", b"1").replace(b",=1", b",E").replace(b'"C,1', b'"C",,1').replace(b",-", b",4")
    )
    found = read(tmp_path, PLAIN, mended)
    assert found.stock == [("A", "Berlin", 1), ("E", "Berlin", 3), ("C", "Berlin", 1), ("D", "Berlin", 4)]
    assert ({row.counted_at for row in found.rows}, found.time_column) == ({NOON}, "was_counted_at")


@pytest.mark.parametrize(
    "said",
    [
        'encoding = "utf-16"\ndelimiter = ";"',
        'encoding = "cp1252"\ndelimiter = "\\t"\nquote = ""',
        'delimiter = "|"\nquote = "\'"\nskip_lines = 1',
        'header_with = ["sku"]\nskip_after = 1',
        'columns = ["sku", "note", "qty"]',
    ],
)
def test_it_is_written_as_the_feed_writes(tmp_path, said):
    settings = PLAIN + said
    sign = next((sign for sign in ";\t|" if repr(sign)[1:-1] in said), ",")
    header = "" if "columns" in said else f"sku{sign}note{sign}qty\n"
    rows = f"A{sign}Grün{sign}x\nB{sign}{sign}2\n"
    above, below = ("\n", "") if "skip_lines" in said else ("", "-\n" if "skip_after" in said else "")
    encoding = settings.split('encoding = "')[-1].split('"')[0] if "encoding" in said else "utf-8"
    back = given_back(tmp_path, settings, f"{above}{header}{below}{rows}".encode(encoding))
    found = read(tmp_path, settings, back.decode(encoding).replace(f"{sign}x", f"{sign}7").encode(encoding))
    assert found.stock == [("A", "Berlin", 7)]
    assert "Grün" in back.decode(encoding)


def test_bytes_that_are_no_text_come_back_as_they_were(tmp_path):
    assert b",Gr\xfcn,1\n" in given_back(tmp_path, PLAIN, b"sku,qty\nGr\xfcn,1\n")


def test_rows_that_are_refused_again_keep_one_reason_and_their_time(tmp_path):
    first = given_back(tmp_path, PLAIN, b"sku,qty\nA,x\n", NOON)
    second = given_back(tmp_path, PLAIN, first)
    assert second == first


def test_a_time_that_the_rows_tell_is_theirs(tmp_path):
    settings = PLAIN + 'counted_at = { column = "at" }'
    back = given_back(tmp_path, settings, b"sku,qty,at\nA,x,2026-11-28T12:00:00Z\n")
    assert back.splitlines()[0] == b"refused_because,sku,qty,at"
    assert read(tmp_path, settings, back.replace(b",x,", b",1,")).rows[0].counted_at == NOON


def test_refused_rows_are_never_all_that_a_warehouse_has(tmp_path):
    (tmp_path / "earmark.toml").write_text(PLAIN + "whole = true")
    (tmp_path / "f.csv").write_text("refused_because,sku,qty\n,A,1\n")
    (tmp_path / "g.csv").write_text("sku,qty\nA,1\n")
    feed = feed_named(load_settings(environment={}, folder=tmp_path).feeds, "shop")
    with open_feed(feed, tmp_path / "f.csv") as part, open_feed(feed, tmp_path / "g.csv") as all_of_it:
        assert (part.terms.whole, all_of_it.terms.whole, part.terms.kind) == (False, True, CountKind.ON_HAND)


def test_what_a_refused_or_skipped_row_names_is_told(tmp_path):
    settings = PLAIN.replace('column = "qty"', 'column = "qty", words = { "-" = "skip" }')
    settings += 'drop = [{ column = "sku", values = ["C"] }]'
    (tmp_path / "earmark.toml").write_text(settings)
    (tmp_path / "f.csv").write_text("sku,qty\nA,x\nB,-\nC,1\n,1\nD\n")
    feed = feed_named(load_settings(environment={}, folder=tmp_path).feeds, "shop")
    with open_feed(feed, tmp_path / "f.csv") as source:
        (batch,) = source.batches(LATEST, own_times=False)
    assert sorted((row.line, row.sku) for row in batch.refused) == [(2, "A"), (5, None), (6, None)]
    assert (batch.left, batch.skipped) == (["B"], 2)


class TestOtherFormats:
    """Workbooks, messages and documents come back as a CSV with what they say, also of what could not be read."""

    SHEET = PLAIN + 'format = "xlsx"'

    def back(self, folder, settings, content, **said):
        header, *rows = csv.reader(io.StringIO(given_back(folder, settings, content, NOON, **said).decode()))
        return [dict(zip(header, row, strict=False)) for row in rows]

    def test_all_cells_of_a_row_come_back_also_those_that_the_feed_does_not_use(self, tmp_path):
        content = workbook(
            ["sku", "title", "price", "qty"],
            ["A", "Oak chair", "#N/A", "#REF!"],
            ["B", "Beech chair", 7, "many"],
            ["C", "Lamp", 8, 3],
            ["=A2", "Rug", 1, 1],
        )
        rows = self.back(tmp_path, self.SHEET, content, name="f.xlsx")
        assert [(row["refused_because"].split(":")[0], row["title"]) for row in rows] == [
            ("bad_cell", "Oak chair"),
            ("bad_quantity", "Beech chair"),
            ("bad_cell", "Rug"),
        ]
        assert [(row["sku"], row["price"], row["qty"]) for row in rows[:2]] == [
            ("A", "#N/A", "#REF!"),
            ("B", "7", "many"),
        ]
        assert "D2 shows #REF!" in rows[0]["refused_because"]
        assert "C2" not in rows[0]["refused_because"]

    def test_mended_it_is_read_by_the_same_feed(self, tmp_path):
        content = workbook(["sku", "qty"], ["0017", "#N/A"])
        back = given_back(tmp_path, self.SHEET, content, NOON, name="f.xlsx")
        found = read(tmp_path, self.SHEET, back.replace(b",#N/A", b",4"))
        assert (found.stock, found.rows[0].counted_at) == ([("0017", "Berlin", 4)], NOON)

    def test_what_a_row_names_is_known_unless_that_cell_is_the_one(self, tmp_path):
        content = workbook(["sku", "qty"], ["A", "#N/A"], ["#N/A", 5])
        found = read(tmp_path, self.SHEET, content, name="f.xlsx")
        assert [(row.line, row.sku) for row in found.refused] == [(2, "A"), (3, None)]

    def test_a_message_comes_back_with_place_and_product(self, tmp_path):
        said = """
[[feeds]]
name = "shop"
kind = "on_hand"
format = "edifact-invrpt"
options = { on_hand = "145" }
sku = { column = "sku" }
warehouse = { column = "location" }
quantity = { column = "on_hand" }
"""
        head = "UNB+UNOC:3+A:14+B:14+260101:0000+R'UNH+1+INVRPT:D:96A:UN'BGM+35+1+9'"
        body = "LIN+1++A:SA'QTY+145:5'LOC+18+BER::92'QTY+17:3'LOC+18+BER::92'LIN+2++B:SA'"
        content = f"{head}{body}UNT+9+1'UNZ+1+R'".encode()
        rows = self.back(tmp_path, said, content, name="f.edi")
        assert [(r["refused_because"].split(":")[0], r["sku"], r["location"]) for r in rows] == [
            ("unnamed_quantity", "A", "BER"),
            ("bad_balance", "B", ""),
        ]
