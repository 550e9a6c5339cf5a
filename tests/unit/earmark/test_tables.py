"""Tables: at whatever width, nothing that they tell is cut off."""

import io

import pytest

from earmark.cli import output
from earmark.cli.console import OutputConsole
from earmark.cli.output import line, lines, table

COLUMNS = ["#item", "!order", "state", "#quantity"]
ROWS = [(123456, "R-2026-000000001", "payment pending", "999999999.999999"), (7, "x" * 90, "w" * 90, 0)]


@pytest.mark.parametrize("width", [0, 1, 5, 20, 40, 80, 200])
def test_a_table_tells_all_of_every_cell_at_any_width(width):
    out = OutputConsole(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    table(out, COLUMNS, ROWS, empty="nothing")
    told = out.file.getvalue()
    for part in (
        "item",
        "order",
        "state",
        "quantity",
        "123456",
        "R-2026-000000001",
        "999999999.999999",
        "x" * 90,
    ):
        assert part in told
    assert told.count("w") == 90


def test_a_table_that_fits_is_as_wide_as_it_has_to_be():
    out = OutputConsole(file=io.StringIO(), width=80)
    table(out, ["#a", "b"], [(1, "two words")], empty="nothing")
    assert max(map(len, out.file.getvalue().splitlines())) <= 20


def test_a_table_that_fits_looks_the_same_whether_or_not_its_columns_could_be_folded(monkeypatch):
    rows = [(1, "two words", None, True), (20_000, "\N{CJK UNIFIED IDEOGRAPH-6F22}\x1b[1m", 0.5, "")]
    columns = ["#a", "b", "!long name", "d"]
    told = []
    for _ in range(2):
        out = OutputConsole(file=io.StringIO(), width=80)
        table(out, columns, rows, empty="nothing")
        told.append([text.rstrip() for text in out.file.getvalue().splitlines()])
        monkeypatch.setattr(
            output, "_as_it_is", lambda out, columns, cells, _: output._folded(out, columns, cells)
        )
    assert told[0] == told[1]


def test_a_long_table_is_not_folded_so_that_each_row_is_one_line():
    out = OutputConsole(file=io.StringIO(), width=40)
    table(
        out, ["#item", "state"], [(n, "a state with a long name " * 3) for n in range(600)], empty="nothing"
    )
    assert len(out.file.getvalue().splitlines()) == 602


def test_a_name_cannot_break_a_line_or_turn_its_direction():
    out = OutputConsole(file=io.StringIO(), width=80)
    table(out, ["a", "b"], [("one\ntwo\u202e", "\x1b[31m")], empty="nothing")
    line(out, "a name\nof two lines, \u2066turned")
    told = out.file.getvalue()
    assert "one\\ntwo\\u202e  \\x1b[31m" in told
    assert "a name\\nof two lines, \\u2066turned\n" in told


@pytest.mark.parametrize(("columns", "whole"), [(None, True), ("80", False)])
def test_a_table_in_a_pipe_wraps_nothing_unless_it_is_told_a_width(monkeypatch, columns, whole):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    out = OutputConsole(file=io.StringIO(), width=80)
    table(
        out,
        ["order", "state"],
        [("A" * 60, "waiting for the goods to come back from the customer")],
        empty="",
    )
    assert ("waiting for the goods to come back from the customer" in out.file.getvalue()) == whole


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("number", [0, 1, 500, 1100])
def test_many_lines_look_like_one_after_the_other(number, terminal):
    texts = ["", *(f"line {n} of [bold]x[/]\nsecond {'w' * 200}" for n in range(number))]
    told = []
    for write in (
        lambda out: lines(out, texts, "red"),
        lambda out: [line(out, text, "red") for text in texts],
    ):
        out = OutputConsole(file=io.StringIO(), width=40, force_terminal=terminal, color_system="standard")
        write(out)
        told.append(out.file.getvalue())
    assert told[0] == told[1]
    assert told[0].count("\n") == number + 1
