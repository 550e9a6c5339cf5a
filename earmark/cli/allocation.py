"""``earmark allocation explain`` and ``reject``: which warehouse ships, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines, table
from earmark.cli.shell import Shell
from earmark.words.allocation import reasons, told
from earmark.words.text import count
from engine.results.items import LARGEST_ID

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import OrderAllocation, RejectionReport


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    allocation = group(app, groups, "allocation")
    command(allocation, "explain")(explain)
    command(allocation, "reject")(reject)


def explain(
    shell: Shell, order: Annotated[str, typer.Argument(metavar="ORDER", help="The order's reference.")]
) -> Answer:
    """Tell from which warehouses the items of an order are to come, and why."""
    with shell.engine() as engine:
        view = engine.allocation(order)
    return Answer(view.as_dict(), lambda out: _show(out, view))


def _show(out: Console, view: OrderAllocation) -> None:
    rows = [
        (item.item, item.line, item.sku, f"{item.quantity:f}", item.state, item.warehouse or "-")
        for item in view.items
    ]
    table(out, ("#item", "#line", "sku", "#quantity", "state", "warehouse"), rows, empty="no items")
    for item in view.items:
        lines(out, (f"item {item.item}: {text}" for text in reasons(item)))


def reject(
    shell: Shell,
    items: Annotated[
        list[int],
        typer.Argument(metavar="ITEM...", help="The items that their warehouses reject.", max=LARGEST_ID),
    ],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept.")],
) -> Answer:
    """Have warehouses reject items, and allocate these to others."""
    with shell.changing() as engine:
        report = engine.reject_allocation(items, reason=reason)
    refused = bool(report.refused or report.unallocated)
    return Answer(report.as_dict(), lambda out: _show_rejected(out, report), refused)


def _show_rejected(out: Console, report: RejectionReport) -> None:
    lines(out, map(told, report.items))
    lines(out, (f"{refusal.code} {refusal.message}" for refusal in report.refused), "red")
    line(out, f"{count(len(report.items), 'item')} rejected, {len(report.unallocated)} without a warehouse")
