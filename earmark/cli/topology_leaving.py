"""``earmark topology rename`` and ``withdraw``: other names, and what is not offered any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import RenameReport, WithdrawReport


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    topology = group(app, groups, "topology")
    command(topology, "rename")(rename)
    command(topology, "withdraw")(withdraw)


def rename(
    shell: Shell,
    kind: Annotated[Literal["product"], typer.Argument(metavar="product", help="What is renamed.")],
    old: Annotated[str, typer.Argument(metavar="OLD", help="Its sku.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its sku from now on.")],
) -> Answer:
    """Give a concrete product another sku; the old one still means it, in orders, files and questions."""
    del kind
    with shell.changing() as engine:
        report = engine.rename_product(old, new)
    return Answer(report.as_dict(), lambda out: _show_renamed(out, report))


def _show_renamed(out: Console, report: RenameReport) -> None:
    done = (
        f"'{report.old}' is '{report.new}' now" if report.changed else f"'{report.new}' is its name already"
    )
    before = ", ".join(f"'{name}'" for name in report.aliases)
    line(out, f"{done}; still understood: {before}" if before else done)
    for told in report.mentions:
        line(out, f"named as before by {told}", "yellow")


def withdraw(
    shell: Shell,
    kind: Annotated[
        Literal["product", "warehouse", "store"],
        typer.Argument(metavar="product|warehouse|store", help="What is withdrawn."),
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="A concrete sku, a warehouse or a store.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what depends on it.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Although live items or carts depend on it: they go on.")
    ] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="Offer it again.")] = False,
) -> Answer:
    """Offer a product, a warehouse or a store no more; who depends on it is told first, and goes on."""
    with shell.changing() as engine:
        report = engine.withdraw(kind, name, take_back=take_back, force=force, dry_run=dry_run)
    return Answer(report.as_dict(), lambda out: _show_withdrawn(out, report))


def _show_withdrawn(out: Console, report: WithdrawReport) -> None:
    from earmark.words.topology import withdrawn_lines

    for text, alive in withdrawn_lines(report):
        line(out, text, "bold red" if alive else None)
