"""Rows that are read many at once are the rows that are read one by one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.feeds import StockBatch
from engine.inventory.stock import file as stock_file
from engine.inventory.stock.file import open_stock_file
from engine.inventory.stock.plain import PlainRows

HEADER = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle,counted_at"
LATEST = 1_800_000_000_000_000

SKUS = st.sampled_from(
    ["A-1", " A-2 ", "Ä\xa0", "\u2003B", "'x", "", '"q"', '"a,b"', '"a""b"', 'a"b', "x\ty", "C\x0b"]
)
NAMES = st.sampled_from(["North", "Spryker MER000001 Warehouse 1", "Graz (Austria)", '"South"', "Köln"])
QUANTITIES = st.sampled_from(
    ["1", "0", "007", "999999999", "1000000000", "1.5", "1.2345678", "-2", "", "x", "1_0", "\u0661"]
)
FLAGS = st.sampled_from(["0", "0", "1", "true", "FALSE", "yes", "0a", ""])
TIMES = st.sampled_from(
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00+02:00", "2026-01-01", "2099-01-01T00:00:00Z"]
)
LINES = st.one_of(
    st.builds(lambda *fields: ",".join(fields), SKUS, NAMES, QUANTITIES, FLAGS, FLAGS, TIMES),
    st.builds(
        lambda *fields: ",".join(fields), st.just("A"), NAMES, st.just("1"), st.just("0"), st.just("1"), TIMES
    ),
    st.sampled_from(
        ["", "   ", "A,North,1,0", "A,North,1,0,0,2026-01-01T00:00:00Z,x", '"', "\x00", "A" * 70_000]
    ),
)


def read(path: Path, own_times: bool) -> tuple[list[object], list[object]]:
    rows: list[object] = []
    refused: list[object] = []
    with open_stock_file(path) as source:
        for batch in source.batches(LATEST, own_times=own_times):
            assert isinstance(batch, StockBatch)
            rows += batch.rows
            refused += batch.refused
    return rows, refused


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(LINES, max_size=12),
    end=st.sampled_from(["\n", "\r\n", ""]),
    own_times=st.booleans(),
    batch=st.sampled_from([1, 2, 3, 1000]),
)
def test_the_same_rows_and_the_same_refusals(tmp_path, monkeypatch, lines, end, own_times, batch):
    path = tmp_path / "stock.csv"
    sign = end or "\n"
    path.write_bytes((HEADER + sign + sign.join(lines) + end).encode())
    with monkeypatch.context() as patch:
        patch.setattr(stock_file, "BATCH", batch)
        many = read(path, own_times)
        patch.setattr(PlainRows, "read", lambda self, part, first: None)
        assert many == read(path, own_times)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_plain_rows_are_read_many_at_once(tmp_path, monkeypatch, separator):
    """Else the test above would compare one way with itself."""
    path = tmp_path / "stock.csv"
    rows = [HEADER, *[f"A-{n},North,{n},0,1,2026-01-01T00:00:00Z" for n in range(100)]]
    path.write_text("\n".join(rows).replace(",", separator))
    with open_stock_file(path) as source:
        [batch] = source.batches(LATEST, own_times=True)
        monkeypatch.setattr(StockBatch, "rows", None)
        columns = batch.columns()
    assert (len(columns), columns.lines[0], columns.skus[99], columns.quantities[99]) == (
        100,
        2,
        "A-99",
        99_000_000,
    )
    assert set(columns.is_bundle) == {True}
