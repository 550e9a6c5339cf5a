"""``earmark history``: what happened to an item."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.history_picture import draw_way, process_of
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from engine.results.items import LARGEST_ID

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import HistoryEntry, ItemDetail

ItemArgument = Annotated[
    int, typer.Argument(metavar="ITEM", min=0, max=LARGEST_ID, help="The item's id; 'order show' lists it.")
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "history")(history)


def history(
    shell: Shell,
    item: ItemArgument,
    full: Annotated[
        bool, typer.Option("--full", help="Also show command keys, hosts and correlation ids.")
    ] = False,
    draw: Annotated[
        Path | None,
        typer.Option("--draw", metavar="FILE", help="Draw the way so far: .svg, .html, .png, .pdf, ..."),
    ] = None,
) -> Answer:
    """Tell every step of an item: what happened, when, why, and who asked for it."""
    with shell.engine() as engine:
        found = engine.history(item)
        view = engine.item(item)
        process = None if draw is None else process_of(engine, view)
    if draw is not None and process is not None:
        draw_way(draw, process, view, found)
    return Answer([entry.as_dict() for entry in found], lambda out: _show(out, view, found, full=full))


def _show(out: Console, view: ItemDetail, found: Sequence[HistoryEntry], *, full: bool) -> None:
    from earmark.words.story import is_cut, tell

    item = view.item
    line(out, f"item {item.id}: {item.quantity:f} {item.sku}, order {view.order} in {view.store}", "bold")
    line(out, f"now in '{item.state}'; all times in UTC")
    if is_cut(found):
        line(out, "older steps were purged" if found else "its steps were purged", "yellow")
    for told in tell(found, full=full):
        line(out, f"{told.at}  {told.sentence}", "red" if told.failed else None)
        for detail in told.details:
            line(out, f"{' ' * len(told.at)}  {detail}", "dim")
