"""``earmark availability``, ``matrix`` and ``stuck``: looking at what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.explain import show_terms
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import AvailabilityView, MatrixRow


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    del groups
    command(app, "availability")(availability)
    command(app, "matrix")(matrix)
    command(app, "stuck")(stuck)


def availability(
    shell: Shell,
    skus: Annotated[list[str], typer.Argument(metavar="SKU", help="Concrete or abstract products.")],
    store: Annotated[str, typer.Option("--store", metavar="S", help="The store that would sell.")],
    explain: Annotated[bool, typer.Option("--explain", help="Show every term of the sum.")] = False,
) -> Answer:
    """Tell what can be sold: stock less what is reserved and held."""
    with shell.engine() as engine:
        found = engine.availability(skus, store, explain=explain)
    unknown = not all(view.known for view in found)
    return Answer([v.as_dict() for v in found], lambda out: _show_availability(out, found), refused=unknown)


def _show_availability(out: Console, found: Sequence[AvailabilityView]) -> None:
    columns = ("sku", "store", "#stock", "#reserved", "#held", "#available", "never out")
    rows = [
        (
            v.sku,
            v.store,
            f"{v.stock:f}",
            f"{v.reserved:f}",
            f"{v.held:f}",
            f"{v.available:f}",
            v.never_out_of_stock,
        )
        for v in found
        if v.known
    ]
    table(out, columns, rows, empty="nothing to show")
    for view in found:
        if not view.known:
            line(out, f"{view.sku}: there is no such product", "red")
        if view.shortfall:
            line(out, f"{view.sku}: {view.shortfall:f} more is promised than the stock holds", "yellow")
        if view.terms is not None:
            show_terms(out, view)


def matrix(
    shell: Shell,
    process: Annotated[str | None, typer.Option("--process", metavar="P", help="Only this process.")] = None,
    store: Annotated[
        str | None, typer.Option("--store", metavar="S", help="Only items of this store.")
    ] = None,
) -> Answer:
    """Count the items in every state of every process, and how long they have been there."""
    with shell.engine() as engine:
        found = engine.matrix(process=process, store=store)
    return Answer([r.as_dict() for r in found], lambda out: _show_matrix(out, found))


def _show_matrix(out: Console, found: Sequence[MatrixRow]) -> None:
    still = any(row.suspended for row in found)
    columns = ["state", "display", "#items", "#<1d", "#<7d", "#7d+", "!oldest", "#reserved", "#held"]
    columns += ["#suspended"] if still else []
    for process, cells in groupby(found, key=lambda row: row.process):
        rows = [
            (
                r.state,
                r.display_name,
                r.items,
                r.day,
                r.week,
                r.older,
                f"{r.oldest:%Y-%m-%d}",
                f"{r.reserved:f}",
                f"{r.held:f}",
                *((r.suspended,) if still else ()),
            )
            for r in cells
        ]
        table(out, columns, rows, empty="", title=process)
    if not found:
        line(out, "there are no items")


def stuck(shell: Shell) -> Answer:
    """List the items whose step, timeout or condition is not tried any more, and why."""
    with shell.engine() as engine:
        found = engine.stuck()
    columns = ("#item", "order", "state", "event", "#attempts", "because")
    rows = [
        (s.item, s.order, s.state, s.event or "(condition)", s.attempts, f"{s.code}: {s.message}")
        for s in found
    ]
    return Answer(
        [s.as_dict() for s in found], lambda out: table(out, columns, rows, empty="nothing is stuck")
    )
