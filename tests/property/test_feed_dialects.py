"""Random tables, written in random dialects, are read as they were written where the feed declares the dialect."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from earmark.feeds.loading import read_feeds
from earmark.feeds.opening import open_feed
from engine.feeds import StockRow

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "iso-8859-15", "cp932")
DELIMITERS = (",", ";", "\t", "|")
SIGNS = ((".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (".", "'"))
LATEST = 1 << 50

LETTERS = st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))
TEXTS = st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
SKUS = (
    st.text("ABCXYZabc0123456789-_./ ", min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: text and not text.replace(".", "").replace(",", "").isdigit())
)
QUANTITIES = st.integers(0, 999_999_999_999_999).map(lambda n: n // 10 ** (n % 9) * 10 ** (n % 9))


@dataclass
class Dialect:
    """How a table is written."""

    encoding: str
    delimiter: str
    quote: str
    all_quoted: bool
    end: str
    decimal: str
    thousands: str
    order: list[str]
    unpivoted: bool
    above: list[str]


@st.composite
def dialects(draw):
    decimal, thousands = draw(st.sampled_from(SIGNS))
    quote = draw(st.sampled_from(('"', "'"))) if thousands != "'" else '"'
    return Dialect(
        encoding=draw(st.sampled_from(ENCODINGS)),
        delimiter=draw(st.sampled_from(DELIMITERS)),
        quote=quote,
        all_quoted=draw(st.booleans()),
        end=draw(st.sampled_from(("\n", "\r\n", "\r"))),
        decimal=decimal,
        thousands=thousands,
        order=draw(st.permutations(["sku", "wh", "qty", "never", "note"])),
        unpivoted=draw(st.booleans()),
        above=draw(st.lists(st.sampled_from(("", "Stock of today", "made by night")), max_size=3)),
    )


ROWS = st.lists(
    st.tuples(SKUS, TEXTS, QUANTITIES, st.booleans(), st.text(LETTERS | st.just("\n"), max_size=8)),
    max_size=40,
    unique_by=lambda row: row[:2],
)


def written_number(millionths, how):
    whole, places = divmod(millionths, 1_000_000)
    grouped = f"{whole:,}".replace(",", how.thousands)
    return grouped + (f"{how.decimal}{places:06}".rstrip("0") if places else "")


def fits(text, how):
    """Whether the dialect can say the text, and not only one that looks like it."""
    encoding = how.encoding.removesuffix("-sig")
    try:
        return text.encode(encoding).decode(encoding) == text
    except UnicodeEncodeError:
        return False


def table(rows, how):
    """The header and rows of the table, with one column a warehouse where they are unpivoted."""
    if not how.unpivoted:
        named = [
            {"sku": sku, "wh": wh, "qty": written_number(n, how), "never": str(int(never)), "note": note}
            for sku, wh, n, never, note in rows
        ]
        return how.order, [[row[name] for name in how.order] for row in named]
    places = list(dict.fromkeys(row[1] for row in rows)) or ["x"]
    skus = list(dict.fromkeys(row[0] for row in rows))
    cells = {(row[0], row[1]): written_number(row[2], how) for row in rows}
    header = ["sku", *(f"{place} qty" for place in places), "note"]
    return header, [[sku, *(cells.get((sku, place), "") for place in places), ""] for sku in skus]


def content(rows, how):
    header, body = table(rows, how)
    text = io.StringIO()
    # Python's writer quotes a line break only where it is the one that ends lines.
    quoted = how.all_quoted or (how.end == "\r" and any("\n" in row[4] for row in rows))
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(
        text, delimiter=how.delimiter, quotechar=how.quote, quoting=quoting, lineterminator=how.end
    )
    writer.writerows([header, *body])
    above = "".join(line + how.end for line in how.above)
    return (above + text.getvalue()).encode(how.encoding)


def looks_like_utf8(written, how):
    """Whether it is refused as UTF-8, which a text of odd signs in another encoding can be as well."""
    try:
        return how.encoding.startswith(("cp", "iso")) and not written.isascii() and bool(written.decode())
    except UnicodeDecodeError:
        return False


def feed_of(how):
    said = {
        "name": "shop",
        "kind": "on_hand",
        "encoding": how.encoding.removesuffix("-sig"),
        "delimiter": how.delimiter,
        "quote": how.quote,
        "decimal": how.decimal,
        "thousands": how.thousands,
        "skip_lines": len(how.above),
        "sku": {"column": "SKU"},
    }
    if how.unpivoted:
        said |= {"warehouse": {"columns": "{warehouse} qty"}, "quantity": {"words": {"": "skip"}}}
    else:
        never = {"column": "never", "values": ["1"], "not_values": ["0"]}
        said |= {"warehouse": {"column": "Wh"}, "quantity": {"column": "qty"}, "unlimited": [never]}
    feeds, problems = read_feeds([said], lambda key: "here")
    assert problems == []
    return feeds[0]


@given(rows=ROWS, how=dialects())
@settings(max_examples=300, deadline=None)
def test_the_rows_that_are_read_are_those_that_were_written(rows, how):
    rows = [row for row in rows if all(fits(text, how) for text in (row[0], row[1], row[4]))]
    if how.unpivoted:  # names of columns do not tell capitals and blanks apart
        names = {}
        rows = [
            row for row in rows if names.setdefault(" ".join(row[1].split()).casefold(), row[1]) == row[1]
        ]
    written = content(rows, how)
    assume(not looks_like_utf8(written, how))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_bytes(written)
        with open_feed(feed_of(how), path) as source:
            batches = list(source.batches(LATEST, own_times=False))
    assert [refused for batch in batches for refused in batch.refused] == []
    found: list[StockRow] = [row for batch in batches for row in batch.rows]
    wanted = {(sku, wh): (n, never and not how.unpivoted) for sku, wh, n, never, _ in rows}
    assert {(row.sku, row.warehouse): (row.quantity, row.never_out_of_stock) for row in found} == wanted
    assert len(found) == len(wanted)
    if not how.unpivoted:
        assert [row.sku for row in found] == [row[0] for row in rows]
        lines, number = [], len(how.above) + 2
        for row in rows:
            lines.append(number)
            number += 1 + row[4].count("\n")
        assert [row.line for row in found] == lines
