"""``earmark sharing show`` and ``balance``: how warehouses are divided between sales channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import BalanceReport, SharingView, WarehouseGroupView


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    sharing = group(app, groups, "sharing")
    command(sharing, "show")(show)
    command(sharing, "balance")(balance)


def show(
    shell: Shell, sku: Annotated[str, typer.Argument(metavar="SKU", help="The concrete product.")]
) -> Answer:
    """Show what each warehouse group has of a product, and what each of its channel groups may sell."""
    with shell.engine() as engine:
        view = engine.sharing(sku)
    return Answer(view.as_dict(), lambda out: _show(out, view))


def _show(out: Console, view: SharingView) -> None:
    if not view.warehouse_groups:
        line(out, "nothing is shared: the rules have no section 'sharing'")
    for found in view.warehouse_groups:
        line(out, _title(found), "bold")
        columns = ("channel group", "stores", "#allotted", "#reserved", "#held", "#available", "#balanced")
        rows = [
            (
                one.channel_group,
                ", ".join(one.stores),
                *(f"{n:f}" for n in (one.allotted, one.reserved, one.held, one.available, one.balanced)),
            )
            for one in found.channel_groups
        ]
        table(out, columns, rows, empty="")


def _title(found: WarehouseGroupView) -> str:
    parts = [
        f"{one.warehouse} {one.quantity:f}" + ("" if one.active else " (not active)")
        for one in found.warehouses
    ]
    stock = "never out of stock" if found.never_out_of_stock else f"{found.stock:f}"
    listed = f" ({', '.join(parts)})" if parts else ""
    return f"{found.warehouse_group}: {stock}{listed}, divided by {found.strategy}"


def balance(
    shell: Shell,
    skus: Annotated[
        list[str] | None, typer.Argument(metavar="[SKU...]", help="The concrete products; else all of them.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,
) -> Answer:
    """Divide the stock of warehouse groups between their channel groups anew, and tell what changed."""
    with shell.engine() if dry_run else shell.changing() as engine, shell.progress("products") as progress:
        report = engine.balance_sharing(skus or (), dry_run=dry_run, progress=progress)
    return Answer(report.as_dict(), lambda out: _show_report(out, report))


def _show_report(out: Console, report: BalanceReport) -> None:
    rows = [
        (one.sku, one.warehouse_group, one.channel_group, f"{one.before:f}", f"{one.after:f}")
        for one in report.changes
    ]
    if rows:
        table(out, ("sku", "warehouse group", "channel group", "#could sell", "#can sell"), rows, empty="")
    if (more := report.changed - len(rows)) > 0:
        line(out, f"and {more} more")
    verb = "would change" if report.dry_run else "changed"
    line(out, f"{count(report.products, 'product')} balanced, {count(report.changed, 'allotment')} {verb}")
