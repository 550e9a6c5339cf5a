"""``earmark topology ...``: stores, warehouses and products from files, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines, tell
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from earmark.topologies.found import Found, Told
    from engine.errors import InputError
    from engine.requests import Topology
    from engine.results import TopologyDiff, TopologyReport

_MOST_LISTED = 100
"""How many problems and warnings are listed one by one."""


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    topology = group(app, groups, "topology")
    command(topology, "apply")(apply)
    command(topology, "diff")(diff)
    command(topology, "read")(read)
    command(topology, "show")(show)


def apply(
    shell: Shell,
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml|-", help="The topology file; - is stdin.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be created and changed.")
    ] = False,
) -> Answer:
    """Create and change stores, warehouses, units and products; what the file does not name stays as it is."""
    from engine.api.files import read_topology
    from engine.files import from_stdin

    topology = read_topology(from_stdin(file))
    with shell.changing() as engine:
        report = engine.apply_topology(topology, dry_run=dry_run)
    return Answer(report.as_dict(), lambda out: _show_report(out, report))


def _show_report(out: Console, report: TopologyReport) -> None:
    for warning in report.warnings:
        line(out, f"warning: {warning}", "yellow")
    if report.dry_run:
        lines(out, report.changes)
    line(
        out,
        f"{count(report.stores, 'store')}, {count(report.warehouses, 'warehouse')}, "
        f"{report.abstracts} abstract and {count(report.products, 'concrete product')} in the file; "
        f"{report.changed} {'to be created or changed' if report.dry_run else 'created or changed'}",
    )


def diff(
    shell: Shell,
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml|-", help="The topology file; - is stdin.")],
) -> Answer:
    """Tell what applying a file would change, and what that means for what can be sold and for who waits."""
    from engine.api.files import read_topology
    from engine.files import from_stdin

    topology = read_topology(from_stdin(file))
    with shell.engine() as engine:
        found = engine.diff_topology(topology)
    return Answer(found.as_dict(), lambda out: _show_diff(out, found))


def _show_diff(out: Console, found: TopologyDiff) -> None:
    from earmark.words.topology import change_lines, dependence_lines, effect_lines, unnamed_line

    for warning in found.warnings:
        line(out, f"warning: {warning}", "yellow")
    for text in change_lines(found.changes, _MOST_LISTED):
        line(out, text, "green" if text.startswith("+") else "yellow")
    lines(out, effect_lines(found.stores))
    for text in dependence_lines(found.depends):
        line(out, f"! {text}", "bold red")
    if not found.changes:
        line(out, "applying it would change nothing")
    if (rest := unnamed_line(found.unnamed)) is not None:
        line(out, rest)


def read(
    shell: Shell,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, or folders with such files in them.")
    ],
    *,
    source: Annotated[Literal["spryker"], typer.Option("--from", help="Whose files they are.")] = "spryker",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it here; else to stdout.")
    ] = None,
    abstract_prefix: Annotated[
        str,
        typer.Option("--abstract-prefix", metavar="TEXT", help="Put before the skus of abstract products."),
    ] = "",
) -> Answer:
    """Read the import files of a shop and write them as a topology file, to be looked at and applied."""
    from earmark.topologies.spryker import read_spryker, same_skus

    found, files = read_spryker(paths)
    same_skus(found, abstract_prefix)
    if found.problems:
        raise _refusal(found.problems)
    topology = found.topology(abstract_prefix)
    if output is not None:
        _write(output, topology)
    data = {
        "from": source,
        "files": [str(file) for file in files],
        "output": None if output is None else str(output),
        "topology": topology.model_dump(exclude_unset=True),
        "warnings": [told.as_dict() for told in found.odd],
    }
    return Answer(data, lambda out: _show_read(out, topology, found, output))


def _refusal(problems: Sequence[Told]) -> InputError:
    from engine.errors import InputError

    more = len(problems) - _MOST_LISTED
    told = [f"  {one.place}: {one.message}" for one in problems[:_MOST_LISTED]]
    return InputError(
        f"nothing was written: {count(len(problems), 'problem')}",
        listed=[*told, *([f"  and {more} more"] if more > 0 else [])],
        remedy="Mend what is listed.",
        problems=[one.as_dict() for one in problems],
    )


def _write(output: Path, topology: Topology) -> None:
    from earmark.topologies.writing import topology_lines
    from engine.errors import FileUnreadable

    try:
        output.write_text("\n".join(topology_lines(topology)) + "\n", encoding="utf-8")
    except OSError as error:
        remedy = "Name a file in a folder that you may write to."
        raise FileUnreadable(f"{output} cannot be written: {error.strerror}", remedy=remedy) from None


def _show_read(out: Console, topology: Topology, found: Found, output: Path | None) -> None:
    """Tell what is odd on stderr, so that a file can be made of what is told on stdout."""
    from earmark.topologies.writing import topology_lines

    for told in found.odd[:_MOST_LISTED]:
        tell(f"warning: {told.place}: {told.message}")
    if (more := len(found.odd) - _MOST_LISTED) > 0:
        tell(f"warning: and {more} more; --json tells all of them")
    if output is None:
        lines(out, topology_lines(topology))
        return
    line(
        out,
        f"{output}: {count(len(topology.stores), 'store')}, {count(len(topology.warehouses), 'warehouse')}, "
        f"{len(topology.products)} abstract and {count(len(found.concretes), 'concrete product')}",
    )


def show(shell: Shell) -> Answer:
    """Show stores, warehouses, units and products as the topology file that makes them."""
    from earmark.topologies.writing import topology_lines

    with shell.engine() as engine:
        topology = engine.topology()
    return Answer(topology.model_dump(exclude_unset=True), lambda out: lines(out, topology_lines(topology)))
