"""``earmark topology apply`` and ``show``: stores, warehouses and products from a file, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.results import TopologyReport


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    topology = group(app, groups, "topology")
    command(topology, "apply")(apply)
    command(topology, "show")(show)


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
    return Answer(report.as_dict(), lambda out: _show_report(out, report))


def _show_report(out: Console, report: TopologyReport) -> None:
    for warning in report.warnings:
        line(out, f"warning: {warning}", "yellow")
    line(
        out,
        f"{count(report.stores, 'store')}, {count(report.warehouses, 'warehouse')}, "
        f"{report.abstracts} abstract and {count(report.products, 'concrete product')} in the file; "
        f"{report.changed} created or changed",
    )


def show(shell: Shell) -> Answer:
    """Show stores, warehouses and products as the topology file that makes them."""
    with shell.engine() as engine:
        topology = engine.topology()
    found = topology.model_dump(exclude_unset=True)
    return Answer(found, lambda out: lines(out, _as_file(found)))


def _as_file(topology: Mapping[str, object]) -> Iterator[str]:
    """Yield the lines of a topology file, an entry on each."""
    for kind, entries in topology.items():
        if not isinstance(entries, list | tuple):
            if entries is not None:
                yield f"{kind}: {_flow(entries)}"
            continue
        yield f"{kind}:{'' if entries else ' []'}"
        yield from (f"  - {_flow(entry)}" for entry in entries)


def _flow(value: object) -> str:
    """Return a value as YAML on one line; names are in quotes, for some are numbers or truth values to YAML."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_flow, value))}]"
    return json.dumps(value, ensure_ascii=False)
