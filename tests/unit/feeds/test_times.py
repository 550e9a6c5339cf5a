"""When it was counted: by column, by the name of the file, in zones with changes of the clocks, by a lag."""

from __future__ import annotations

import pytest

from engine.api.values import format_time, parse_time
from engine.errors import InputError, TimeInvalid
from tests.helpers.feeds import PLAIN, read


def counted(tmp_path, part, value, **more):
    found = read(tmp_path, f"{PLAIN}counted_at = {{ {part} }}", f"sku,qty,at,on\nA,1,{value}\n", **more)
    assert found.refused == [], found.refused
    return format_time(found.rows[0].counted_at)


BERLIN = ', timezone = "Europe/Berlin"'


@pytest.mark.parametrize(
    ("part", "value", "expected"),
    [
        ('column = "at"', "2026-11-28T10:00:00+01:00,", "2026-11-28T09:00:00Z"),
        ('column = "at"', "2026-11-28 10:00Z,", "2026-11-28T10:00:00Z"),
        ('column = "at"' + BERLIN, "2026-11-28T10:00,", "2026-11-28T09:00:00Z"),
        ('column = "at"' + BERLIN, "2026-11-28T10:00Z,", "2026-11-28T10:00:00Z"),
        ('column = "at"' + BERLIN, "2026-11-28,", "2026-11-27T23:00:00Z"),
        ('column = "at", format = "%d.%m.%Y %H:%M"' + BERLIN, "28.11.2026 10:00,", "2026-11-28T09:00:00Z"),
        ('column = "at", format = "%d.%m.%Y"' + BERLIN, "28.11.2026,", "2026-11-27T23:00:00Z"),
        ('column = "at", format = "%d/%m/%y %H:%M %z"', "28/11/26 10:00 +0200,", "2026-11-28T08:00:00Z"),
        (
            'join = ["at", "on"], format = "%Y-%m-%d %H:%M"' + BERLIN,
            "2026-11-28,10:00",
            "2026-11-28T09:00:00Z",
        ),
        ('column = "at", format = "epoch"', "1795856400,", "2026-11-28T09:00:00Z"),
        ('column = "at", format = "epoch-ms"', "1795856400500,", "2026-11-28T09:00:00.500000Z"),
        # The clocks were set back: 02:30 was twice, at 00:30Z and at 01:30Z.
        ('column = "at"' + BERLIN, "2026-10-25T02:30,", "2026-10-25T00:30:00Z"),
        # The clocks were set forward: 02:30 never was; it is 01:30Z by the old time, 00:30Z by the new.
        ('column = "at"' + BERLIN, "2026-03-29T02:30,", "2026-03-29T00:30:00Z"),
        # The day began at 01:00, for the clocks were set forward at midnight.
        ('column = "at", timezone = "Asia/Beirut"', "2022-03-27,", "2022-03-26T22:00:00Z"),
    ],
)
def test_the_time_of_a_row_is_read(tmp_path, part, value, expected):
    assert counted(tmp_path, part, value) == expected


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ('column = "at"', "2026-11-28T10:00,", "has no offset, and the feed no timezone"),
        ('column = "at"', "28.11.2026,", "is not a time of the form 'iso'"),
        ('column = "at"', ",", "the row has no time of the count"),
        (
            'column = "at", format = "%d.%m.%Y"' + BERLIN,
            "2026-11-28,",
            "is not a time of the form '%d.%m.%Y'",
        ),
        ('column = "at", format = "%d.%m.%Y"' + BERLIN, "31.11.2026,", "is not a time of the form"),
        ('column = "at"' + BERLIN, "0001-01-01,", "is not of the years 1970 to 9998"),
        ('column = "at", format = "epoch"', "yesterday,", "is not a number of seconds"),
        ('column = "at", format = "epoch"', "999999999999999,", "is not of the years 1970 to 9998"),
        ('column = "at"', "9000-01-01T00:00Z,", "is in the future"),
    ],
)
def test_a_time_that_cannot_be_read_is_refused(tmp_path, part, value, said):
    found = read(tmp_path, f"{PLAIN}counted_at = {{ {part} }}", f"sku,qty,at,on\nA,1,{value}\n")
    assert [(row.line, row.code, said in row.message) for row in found.refused] == [(2, "bad_time", True)]


def test_the_name_of_the_file_tells_the_time(tmp_path):
    part = f"file_name = '_([0-9]+_[0-9]+)', format = \"%d%m%y_%H%M%S\"{BERLIN}"
    name = "magento_stock_300726_201126.csv"
    assert counted(tmp_path, part, ",", name=name) == "2026-07-30T18:11:26Z"
    assert (
        read(tmp_path, f"{PLAIN}counted_at = {{ {part} }}", "sku,qty\n", name=name).time_column
        == "the name of the file"
    )


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("stock.csv", InputError, "the name of the file does not match"),
        ("stock_310226.csv", TimeInvalid, "'310226' is not a time of the form"),
        ("stock_300750.csv", TimeInvalid, "which is in the future"),
    ],
)
def test_a_name_that_tells_no_time_is_refused(tmp_path, name, error, said):
    part = f"file_name = '_([0-9]+)', format = \"%d%m%y\"{BERLIN}"
    with pytest.raises(error, match=said):
        read(tmp_path, f"{PLAIN}counted_at = {{ {part} }}", "sku,qty\nA,1\n", name=name)


def test_a_lag_lies_before_the_time_of_the_file(tmp_path):
    (tmp_path / "f.csv").touch()
    found = read(tmp_path, f'{PLAIN}counted_at = {{ lag = "2 hours" }}', "sku,qty\nA,1\n")
    written = (tmp_path / "f.csv").stat().st_mtime_ns // 1000
    assert (written - found.written_at, found.rows[0].counted_at) == (2 * 3600 * 1_000_000, None)


def test_a_column_of_times_may_be_missing_where_the_feed_says_so(tmp_path):
    said = PLAIN + 'counted_at = { column = "at", optional = true }'
    assert read(tmp_path, said, "sku,qty\nA,1\n").time_column is None
    assert read(tmp_path, said, "sku,qty,at\nA,1,2026-01-01T00:00Z\n").rows[0].counted_at == parse_time(
        "2026-01-01T00:00Z"
    )
    with pytest.raises(InputError, match="there is no column 'at'"):
        read(tmp_path, PLAIN + 'counted_at = { column = "at" }', "sku,qty\nA,1\n")
