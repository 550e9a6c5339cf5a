"""Writing for people and for programs: JSON, plain lines and tables that fit 80 columns without colour."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from earmark.cli.streams import answers
from earmark.words.text import flat

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_NARROWEST = 6
"""How many characters a column that wraps has at least, if it has them at all."""

_MOST_FOLDED = 500
"""How many rows a table has at most for its columns to be folded to the width of the terminal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answers: the JSON value, how to show it to people, and whether it is a refusal."""

    data: Any
    show: Callable[[Console], None]
    refused: bool = False


def prepare_streams() -> None:
    """Let output never fail for a character that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def write_json(value: Any) -> None:
    """Write one JSON value and a line break to stdout."""
    out = answers()
    ascii_only = "utf" not in (out.encoding or "").lower()
    out.write(json.dumps(value, indent=2, ensure_ascii=ascii_only) + "\n")
    out.flush()


def write_json_line(value: Any) -> None:
    """Write one JSON value on a line of its own to stdout."""
    out = answers()
    out.write(json.dumps(value) + "\n")
    out.flush()


def tell(text: str) -> None:
    """Write a line to stderr: progress of another kind, a warning, a hint."""
    print(flat(text), file=sys.stderr)


def console() -> Console:
    """Return the console for stdout."""
    from earmark.cli.console import OutputConsole

    return OutputConsole(file=answers())


def line(out: Console, text: str, style: str | None = None) -> None:
    """Write a line as it is, without wrapping it; a line break in a name does not end it."""
    out.print(flat(text), style=style, markup=False, highlight=False, soft_wrap=True)


def lines(out: Console, texts: Iterable[str], style: str | None = None) -> None:
    """Write lines as ``line`` does, but a block at a time: rich takes long for everything that it writes."""
    rest = iter(texts)
    while block := [flat(text) for text in islice(rest, _MOST_FOLDED)]:
        out.print("\n".join(block), style=style, markup=False, highlight=False, soft_wrap=True)


def table(
    out: Console,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    empty: str,
    title: str | None = None,
) -> None:
    """Write a table. ``#`` before a column's name aligns it to the right; neither it nor one with ``!`` wraps.

    On a terminal columns wrap; in a pipe or a file none does, unless ``COLUMNS`` is set, nor in a table of more
    than 500 rows. Where the terminal is too narrow the lines are longer than it: half a number is another number.
    """
    from rich.text import Text

    cells = [[Text(_cell(value), overflow="fold") for value in row] for row in rows]
    if not cells:
        line(out, empty)
        return
    if title is not None:
        line(out, title, "bold")
    widths = _widths(columns, cells)
    folds = out.is_terminal or "COLUMNS" in os.environ  # a program that reads the table looks for whole names
    if not folds or len(cells) > _MOST_FOLDED or sum(widths) + 2 * len(widths) <= out.width:
        _as_it_is(out, columns, cells, widths)
    else:
        _folded(out, columns, cells)


def _widths(columns: Sequence[str], cells: Sequence[Sequence[Text]]) -> list[int]:
    """Return how many characters each column needs so that none of its cells wraps."""
    names = [len(name.lstrip("#!")) for name in columns]
    return [max(wide, *(row[place].cell_len for row in cells)) for place, wide in enumerate(names)]


def _as_it_is(
    out: Console, columns: Sequence[str], cells: Sequence[Sequence[Text]], widths: Sequence[int]
) -> None:
    """Write a table in which nothing wraps; rich takes a millisecond for each row to find that out."""
    from rich.text import Text

    def joined(row: Sequence[Text]) -> str:
        parts = []
        for name, cell, width in zip(columns, row, widths, strict=True):
            blank = " " * (width - cell.cell_len)
            parts.append(f"{blank}{cell.plain}" if name[0] == "#" else f"{cell.plain}{blank}")
        return "  ".join(parts)

    line(out, joined([Text(name.lstrip("#!")) for name in columns]), "table.header")
    line(out, "─" * (sum(widths) + 2 * (len(widths) - 1)))
    for start in range(0, len(cells), _MOST_FOLDED):
        rows = "\n".join(map(joined, cells[start : start + _MOST_FOLDED]))
        out.print(rows, markup=False, highlight=False, soft_wrap=True)


def _folded(out: Console, columns: Sequence[str], cells: Sequence[Sequence[Text]]) -> None:
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        side: Literal["left", "right"] = "right" if name[0] == "#" else "left"
        shown.add_column(name.lstrip("#!"), justify=side, overflow="fold", no_wrap=name[0] in "#!")
    for row in cells:
        shown.add_row(*row)
    width = out.width
    # A program that reads the table looks for whole names. print() itself takes no width beyond the console's.
    narrowest = _NARROWEST if out.is_terminal or "COLUMNS" in os.environ else None
    out.width = max(width, _least_width(columns, cells, narrowest))
    out.print(shown)
    out.width = width


def _least_width(columns: Sequence[str], cells: Sequence[Sequence[Text]], narrowest: int | None) -> int:
    """Return how many characters a table needs so that only columns that wrap get narrower, and not too narrow.

    Without ``narrowest`` none gets narrower.
    """
    needed = 0
    for place, name in enumerate(columns):
        longest = max(len(name.lstrip("#!")), *(row[place].cell_len for row in cells))
        needed += longest if name[0] in "#!" or narrowest is None else min(longest, narrowest)
    return needed + 2 * (len(columns) - 1)  # what stands between two columns


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return flat(str(value))
