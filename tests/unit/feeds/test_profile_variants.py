"""Files of one system come in many shapes: a profile reads its example in all of those that change no meaning."""

import csv
import io

import pytest

from earmark.feeds.loading import feed_named
from earmark.feeds.opening import open_feed
from earmark.feeds.shipped import profile, profile_names
from engine.errors import EarmarkError
from tests.acceptance.feed_pages import EXAMPLES, page

TEXTS = [name for name in profile_names() if profile(name).get("format", "csv") == "csv"]
SIGNS = {name: profile(name).get("delimiter", ",") for name in TEXTS}
CODES = {name: profile(name).get("encoding", "utf-8") for name in TEXTS}


def rows_of(name):
    text = page(name).example.read_bytes().decode("utf-8-sig" if CODES[name] == "utf-8" else CODES[name])
    quoting = csv.QUOTE_NONE if profile(name).get("quote") == "" else csv.QUOTE_MINIMAL
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=SIGNS[name], quoting=quoting))


def text_of(name, rows, *, end="\n", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    if profile(name).get("quote") == "":
        return "".join(SIGNS[name].join(row) + end for row in rows)
    csv.writer(out, delimiter=SIGNS[name], lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def width(rows):
    return max(map(len, rows))


def reversed_columns(rows):
    wide = width(rows)
    return [row[::-1] if len(row) == wide else row for row in rows]


def capitals(rows):
    wide = width(rows)
    place = next(n for n, row in enumerate(rows) if len(row) == wide)
    below = place + 2 if rows[0] == ["Bulk Edit Items"] else place + 1
    return [[f" {cell.upper()} " for cell in row] if n < below else row for n, row in enumerate(rows)]


def one_more_column(rows):
    wide = width(rows)
    return [[*row, "remark"] if len(row) == wide else row for row in rows]


def read(name, path):
    with open_feed(feed_named((), name), path) as source:
        batches = list(source.batches(1 << 60, own_times=source.time_column is not None))
    stock = sorted(row[1:6] for batch in batches for row in batch.rows)
    return stock, sorted(str(row.code) for batch in batches for row in batch.refused)


SHAPES = {
    "other line ends": lambda name, rows: text_of(name, rows, end="\r\n"),
    "old line ends": lambda name, rows: text_of(name, rows, end="\r", quoting=csv.QUOTE_ALL),
    "all quoted": lambda name, rows: text_of(name, rows, quoting=csv.QUOTE_ALL),
    "columns the other way round": lambda name, rows: text_of(name, reversed_columns(rows)),
    "header in capitals, with blanks": lambda name, rows: text_of(name, capitals(rows)),
    "one more column": lambda name, rows: text_of(name, one_more_column(rows)),
    "blank lines": lambda name, rows: text_of(name, rows) + "\n\n" + SIGNS[name] * (width(rows) - 1) + "\n",
    "no last line end": lambda name, rows: text_of(name, rows).rstrip("\n"),
}

NAMED_BY_COLUMNS = {
    ("shopify-available", "one more column"),
    ("shopify-available", "header in capitals, with blanks"),
    ("saleor", "header in capitals, with blanks"),
}
"""Where columns are named by warehouses: another name is another warehouse."""


@pytest.fixture
def beside(tmp_path, monkeypatch):
    (tmp_path / "merchant_product_offer.csv").write_bytes(
        (EXAMPLES / "merchant_product_offer.csv").read_bytes()
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", TEXTS)
def test_a_shape_that_changes_no_meaning_is_read_as_the_example_is(name, shape, beside):
    if (name, shape) in NAMED_BY_COLUMNS:
        return
    path = beside / "file.csv"
    path.write_bytes(SHAPES[shape](name, rows_of(name)).encode(CODES[name]))
    assert read(name, path) == read(name, page(name).example)


@pytest.mark.parametrize("name", [name for name in TEXTS if CODES[name] == "utf-8"])
def test_a_mark_of_utf_8_is_none_of_the_first_column(name, beside):
    path = beside / "file.csv"
    path.write_bytes(b"\xef\xbb\xbf" + text_of(name, rows_of(name)).encode())
    assert read(name, path) == read(name, page(name).example)


@pytest.mark.parametrize("name", TEXTS)
def test_another_separator_is_told_and_never_guessed(name, beside):
    text = text_of(name, rows_of(name))
    path = beside / "file.csv"
    path.write_bytes(text.replace(SIGNS[name], ";").encode(CODES[name]))
    with pytest.raises(EarmarkError) as raised:
        read(name, path)
    said = f"{raised.value.message} {raised.value.remedy}"
    assert "separated by ';'" in said or 'delimiter = ";"' in said


@pytest.mark.parametrize("name", TEXTS)
def test_a_line_of_totals_is_no_stock(name, beside):
    rows = rows_of(name)
    wide = width(rows)
    total = ["Total" if n == 0 else "" for n in range(wide)]
    path = beside / "file.csv"
    path.write_bytes(text_of(name, [*rows, total]).encode(CODES[name]))
    stock, _ = read(name, path)
    known = {sku for sku, *_ in read(name, page(name).example)[0]}
    assert [row for row in stock if row[0] not in known] == []
