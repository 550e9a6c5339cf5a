"""Delimited texts: every dialect that is declared is read, and what is not declared is told and not guessed."""

from __future__ import annotations

import pytest

from engine.errors import FileChanged, FileUnreadable, InputError
from tests.helpers.feeds import LATEST, PLAIN, read

CLEAN = [("A-1", "Berlin", 10), ("B-2", "Berlin", 5)]


def text(delimiter=",", end="\n", quote=""):
    rows = [("sku", "qty"), ("A-1", "10"), ("B-2", "5")]
    return "".join(delimiter.join(f"{quote}{field}{quote}" for field in row) + end for row in rows)


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("", text()),
        ("", text(end="\r\n")),
        ("", text(end="\r")),
        ("", text(quote='"')),
        ("", text().rstrip("\n")),
        ("", "\n\n" + text(end="\n\n") + " , \n,\n\x1a"),
        ("", "sep=,\r\n" + text(end="\r\n")),
        ("", "\ufeff" + text()),
        ("", text().replace("\n", ",\n").replace("qty,", "qty")),
        ('delimiter = ";"', text(";")),
        ('delimiter = ";"', "sep=;\n" + text(";")),
        ('delimiter = "\\t"', text("\t")),
        ('delimiter = "|"', text("|")),
        ('quote = "\'"', text(quote="'")),
        ('quote = ""', text()),
        ('encoding = "utf-16"', text().encode("utf-16")),
        ('encoding = "utf-16-le"', text().encode("utf-16-le")),
        ('encoding = "utf-16-be"', ("\ufeff" + text()).encode("utf-16-be")),
        ('encoding = "cp1252"', text()),
        ("skip_lines = 2", "Stock of today\nof the night\n" + text()),
        ('header_with = ["SKU", "Qty"]', "Stock of today\nof, night, 3\n" + text()),
        ('header_with = ["sku"]\nskip_after = 2', text().replace("qty\n", "qty\nCode,Number\n---,---\n")),
        ('columns = ["sku", "qty"]', text().split("\n", 1)[1]),
        ('columns = ["sku", "qty"]\nskip_lines = 1', text()),
    ],
)
def test_a_dialect_that_is_declared_is_read(tmp_path, said, content):
    found = read(tmp_path, PLAIN + said, content)
    assert (found.stock, found.refused) == (CLEAN, [])


@pytest.mark.parametrize(
    ("encoding", "sku"),
    [
        ("cp1252", "Größe€"),
        ("iso-8859-15", "Größe€"),
        ("cp932", "在庫"),
        ("utf-8", "Größe€在"),
        ("utf-16", "Größe€在"),
    ],
)
def test_letters_come_out_as_they_were_written(tmp_path, encoding, sku):
    found = read(tmp_path, f'{PLAIN}encoding = "{encoding}"', f"sku,qty\n{sku},1\n".encode(encoding))
    assert found.stock == [(sku, "Berlin", 1)]


def test_line_breaks_within_quotes_are_text_and_lines_are_counted_right(tmp_path):
    content = 'sku,qty\n"A\n1",10\n\n"B\r\n2",x\n"C ""3""",7\n'
    found = read(tmp_path, PLAIN, content)
    assert [(row.line, row.sku) for row in found.rows] == [(2, "A\n1"), (7, 'C "3"')]
    assert found.codes == [(5, "bad_quantity")]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('"B-2,5', "a quote is opened and not closed"),
        ('B-2,"5', "a quote is opened and not closed"),
        ('"B-2,5\nC-3,"7"', "the quotes do not match"),
        ('"B"-2,5', "the quotes do not match"),
    ],
)
def test_a_quote_that_nobody_closed_costs_one_row(tmp_path, bad, said):
    found = read(tmp_path, PLAIN, f"sku,qty\nA-1,10\n{bad}\nD-4,4\nE-5,5\n")
    assert (found.codes, said in found.refused[0].message) == ([(3, "bad_quotes")], True)
    assert [row.sku for row in found.rows if row.sku[0] in "ADE"] == ["A-1", "D-4", "E-5"]


def test_an_inch_sign_within_a_field_is_text(tmp_path):
    assert read(tmp_path, PLAIN, 'sku,qty\n5" pipe,10\n').stock == [('5" pipe', "Berlin", 10)]


def test_a_quote_left_open_before_many_rows_costs_one_row(tmp_path):
    rows = "".join(f"S-{n},{n}\n" for n in range(30_000))
    found = read(tmp_path, PLAIN, f'sku,qty\n"X,1\n{rows}')
    assert (len(found.rows), found.codes) == (30_000, [(2, "bad_quotes")])
    assert [row.line for row in found.rows] == list(range(3, 30_003))


def test_what_is_wrong_with_one_row_costs_that_row(tmp_path):
    long = "x" * 300_000
    content = f"sku,qty\nA-1,10\nB,1,2\nC\nD\0,1\n{long},1\n".encode() + b"Gr\xfcn,3\nE,4\n"
    found = read(tmp_path, PLAIN, content)
    assert [row.sku for row in found.rows] == ["A-1", "E"]
    assert found.codes == [
        (3, "wrong_columns"),
        (4, "wrong_columns"),
        (5, "bad_text"),
        (6, "line_too_long"),
        (7, "bad_text"),
    ]
    assert found.refused[-1].message == "the line is not utf-8; it looks like cp1252"


def test_a_header_without_rows_is_a_file_of_no_rows(tmp_path):
    assert read(tmp_path, PLAIN, "sku,qty\n").rows == []


@pytest.mark.parametrize(
    ("said", "content", "message", "remedy"),
    [
        ("", b"", "f.csv is empty", "header"),
        ("", b"\n \n", "f.csv is empty", "header"),
        ("", b"PK\x03\x04rest", "it looks like a zip archive", "xlsx"),
        ("", b"\xd0\xcf\x11\xe0rest", "an old workbook", "CSV"),
        ("", b"\x1f\x8brest", "cannot be unpacked", "whole"),
        ("", b"%PDF-1.7", "a PDF", "table"),
        ("", b"  <!DOCTYPE html><html>", "a page of HTML", "browser"),
        ("", b'<?xml version="1.0"?><a/>', "XML", "ubl-inventory"),
        ("", b"UNB+UNOC:3+A+B'", "an EDIFACT message", "edifact-invrpt"),
        ("", b"ISA*00*  ", "an X12 message", "x12-846"),
        ("", b'{"sku": 1}', "JSON", "CSV"),
        ("", text().encode("utf-16"), "is not utf-8: it looks like utf-16", 'encoding = "utf-16"'),
        ("", text().encode("utf-16-le"), "is not utf-8: it looks like utf-16-le", 'encoding = "utf-16-le"'),
        ("", "sku,qty,Grün\n".encode("cp1252"), "it looks like cp1252", 'encoding = "cp1252"'),
        (
            'encoding = "cp1252"',
            "sku,qty\nGrün,1\n".encode(),
            "is not cp1252: it looks like utf-8",
            '"utf-8"',
        ),
        ('encoding = "cp1252"', "\ufeffsku,qty\n".encode(), "is not cp1252: it looks like utf-8", '"utf-8"'),
        ('encoding = "utf-16"', text().encode(), "is not utf-16: it looks like utf-8", '"utf-8"'),
        ("", text(";").encode(), "there is no column 'sku'", 'delimiter = ";"'),
        ("", text("\t").encode(), "there is no column 'sku'", 'delimiter = "\\t"'),
        ("", b"sep=;\nsku;qty\n", "separated by ';', the feed says ','", 'delimiter = ";"'),
        ("", b'"sku,qty\nA,1\n', "the quotes of the header do not match", "quote"),
        ("", b"skus,qty\n", "there is no column 'sku': is 'skus' meant?", "Mend"),
        ("", b"sku,qty,SKU \n", "column 'sku' is given twice", "Mend"),
        ("", b"a,b\n", "there is no column 'qty'", "Mend"),
        ('rest = "refuse"', b"sku,qty,note\n", "does not know the columns 'note'", "ignore"),
        (
            'header_with = ["item"]',
            b"sku,qty\n",
            "no line of the first 500 has the columns item",
            "header_with",
        ),
        ('header_with = ["sku", "qty"]', b"sku;qty\n", "it looks separated by ';'", "delimiter"),
    ],
)
def test_what_is_not_as_declared_is_told_and_not_guessed(tmp_path, said, content, message, remedy):
    with pytest.raises(InputError) as refused:
        read(tmp_path, PLAIN + said, content)
    assert (message in refused.value.message, remedy in refused.value.remedy) == (True, True), (
        refused.value.as_dict()
    )


def test_a_file_that_is_not_there_is_told(tmp_path):
    from earmark.feeds.loading import feed_named
    from earmark.feeds.opening import open_feed
    from earmark.settings import load_settings

    (tmp_path / "earmark.toml").write_text(PLAIN)
    feed = feed_named(load_settings(environment={}, folder=tmp_path).feeds, "shop")
    with pytest.raises(FileUnreadable, match="No such file"), open_feed(feed, tmp_path / "none.csv"):
        pass
    path = tmp_path / "f.csv"
    path.write_text(text())
    with pytest.raises(FileChanged), open_feed(feed, path) as source:
        for _ in source.batches(LATEST, own_times=False):
            path.write_text(text().replace("10", "11"))
