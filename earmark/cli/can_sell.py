"""``earmark can-sell``: whether the lines of a cart can be sold, each answered by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.given import name_of, opened
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import SaleView


def add_to(app: typer.Typer, _groups: Groups) -> None:
    """Add the command."""
    command(app, "can-sell")(can_sell)


def can_sell(
    shell: Shell,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="The lines as JSON; - is stdin.")],
    store: Annotated[str | None, typer.Option("--store", metavar="S", help="The store that sells.")] = None,
    hold: Annotated[
        str | None,
        typer.Option("--hold", metavar="REF", help="The hold that the cart has: its pieces are its own."),
    ] = None,
) -> Answer:
    """Tell of each line whether it can be sold, beside the others; nothing is reserved."""
    from earmark.cli.cart_input import chosen, read_lines

    with opened(file) as stream:
        asked: Mapping[str, Any] = read_lines(stream, name_of(file))
    asked = {**asked, **chosen(asked, "store", store)}
    asked = {**asked, **({} if hold is None else chosen(asked, "hold", hold))}
    with shell.engine() as engine:
        view = engine.can_sell(
            asked["items"], asked["store"], in_cart=asked.get("in_cart") or (), hold=asked.get("hold")
        )
    return Answer(view.as_dict(), lambda out: _show(out, view), refused=not view.ok)


def _show(out: Console, view: SaleView) -> None:
    names_places = any(told.warehouse is not None for told in view.lines)
    rows = [
        (
            told.sku,
            *((told.warehouse,) if names_places else ()),
            None if told.asked is None else f"{told.asked:f}",
            "endless" if told.never_out_of_stock else f"{told.available:f}",
            told.code or "yes",
            told.message,
        )
        for told in view.lines
    ]
    places = ("warehouse",) if names_places else ()
    table(out, ("sku", *places, "#asked", "#available", "can be sold", "why not"), rows, empty="no lines")
    verdict = "all of it can be sold" if view.ok else "not all of it can be sold"
    line(out, f"{verdict} in {view.store}", "bold")
