"""``earmark demo``: the main job on an embedded database, with diagrams and a report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer
from earmark.cli.shell import Shell
from earmark.cli.streams import answers


def add_to(app: typer.Typer, _groups: Groups) -> None:
    """Add the command."""
    command(app, "demo")(demo)


def demo(
    shell: Shell,
    directory: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where to write everything; made anew each time.")
    ] = Path("demo-output"),
    orders: Annotated[
        int, typer.Option("--orders", metavar="N", min=50, max=1_000_000, help="How many orders come in.")
    ] = 5000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Same seed, same numbers.")] = 1,
) -> Answer:
    """Play weeks of two stores on an embedded database and write a report about it."""
    from rich.console import Console

    from earmark.demo import run_demo
    from earmark.demo.screen import Screen
    from earmark.demo.world import World

    screen = Screen(
        Console(file=sys.stderr if shell.as_json else answers()),
        quiet=shell.as_json and not sys.stderr.isatty(),
    )
    done = run_demo(directory, screen, world=World(orders, seed), database_url=shell.database)
    return Answer(done.summary, done.show, refused=bool(done.summary["drift"]))
