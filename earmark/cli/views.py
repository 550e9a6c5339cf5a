"""``earmark availability``, ``matrix``, ``stuck`` and ``history``: looking at what is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.explain import show_terms
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import AvailabilityView, HistoryEntry


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    del groups
    command(app, "availability")(availability)
    command(app, "matrix")(matrix)
    command(app, "stuck")(stuck)
    command(app, "history")(history)


def availability(
    shell: Shell,
    skus: Annotated[list[str], typer.Argument(metavar="SKU", help="Concrete or abstract products.")],
    store: Annotated[str, typer.Option("--store", metavar="S", help="The store that would sell.")],
    explain: Annotated[bool, typer.Option("--explain", help="Show every term of the sum.")] = False,
) -> Answer:
    """Tell what can be sold: stock less what is reserved and held."""
    with shell.engine() as engine:
        found = engine.availability(skus, store, explain=explain)
    return Answer([view.as_dict() for view in found], lambda out: _show_availability(out, found))


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
    ]
    table(out, columns, rows, empty="nothing to show")
    for view in found:
        if view.shortfall:
            line(out, f"{view.sku}: {view.shortfall:f} more is promised than the stock holds", "yellow")
        if view.terms is not None:
            show_terms(out, view)


def matrix(shell: Shell) -> Answer:
    """Count the items in every state of every process."""
    with shell.engine() as engine:
        found = engine.matrix()
    columns = ("process", "state", "#items", "#reserved", "#held")
    rows = [(r.process, r.state, r.items, f"{r.reserved:f}", f"{r.held:f}") for r in found]
    return Answer(
        [r.as_dict() for r in found], lambda out: table(out, columns, rows, empty="there are no items")
    )


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


def history(
    shell: Shell, item: Annotated[int, typer.Argument(metavar="ITEM", help="The item's id.")]
) -> Answer:
    """List every step of an item."""
    with shell.engine() as engine:
        found = engine.history(item)
    columns = ("!at (UTC)", "!by", "event", "from", "to", "outcome")
    rows = [(f"{h.at:%Y-%m-%d %H:%M:%S}", h.trigger, h.event, h.source, h.target, _outcome(h)) for h in found]
    return Answer([h.as_dict() for h in found], lambda out: table(out, columns, rows, empty="no steps yet"))


def _outcome(entry: HistoryEntry) -> str:
    by = None if entry.reason is None else f"{entry.reason} ({entry.actor or 'nobody named'})"
    return ": ".join(part for part in (entry.outcome, entry.error, by) if part is not None)
