"""``earmark topology apply``: stores, warehouses and products from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import TopologyReport


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "topology"), "apply")(apply)


def apply(
    shell: Shell,
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml|-", help="The topology file; - is stdin.")],
) -> Answer:
    """Create and change stores, warehouses and products; what the file does not name stays as it is."""
    from engine.api.files import read_topology
    from engine.files import from_stdin

    topology = read_topology(from_stdin(file))
    with shell.changing() as engine:
        report = engine.apply_topology(topology)
    return Answer(report.as_dict(), lambda out: _show(out, report))


def _show(out: Console, report: TopologyReport) -> None:
    for warning in report.warnings:
        line(out, f"warning: {warning}", "yellow")
    line(
        out,
        f"{count(report.stores, 'store')}, {count(report.warehouses, 'warehouse')}, "
        f"{report.abstracts} abstract and {count(report.products, 'concrete product')} in the file; "
        f"{report.changed} created or changed",
    )
