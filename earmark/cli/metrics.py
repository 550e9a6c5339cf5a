"""``earmark metrics``: what the database tells, once, in the text format of Prometheus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.shell import Shell
from earmark.cli.streams import answers


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "metrics", data=False)(metrics)


def metrics(
    shell: Shell,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write to this file, whole or not at all; else to stdout."
        ),
    ] = None,
    drift: Annotated[
        bool,
        typer.Option("--drift", help="Compare the reservations now; else the last reconcile job counts."),
    ] = False,
) -> None:
    """Print items per state, stuck items, overdue work, jobs and drift as metrics for Prometheus."""
    from earmark.telemetry.exposition import text_of, write_whole

    with shell.engine() as engine:
        text = text_of(engine, drift=drift)
    if output is None:
        answers().write(text)
    else:
        write_whole(output, text)
