"""``earmark process learn``: probabilities and times from the history, as ``process simulate`` reads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "learn")(learn)


def learn(
    shell: Shell,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A deployed process.")],
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write them there; else print them.")
    ] = None,
) -> Answer:
    """Take probabilities and times from the history, for 'process simulate --with FILE'."""
    import yaml

    from earmark.cli.process_drawing import write_whole

    with shell.engine() as engine:
        found = engine.learn(name)
    data: dict[str, Any] = found.as_dict()
    head = f"# Learned from the history of {count(found.items, 'item')}. Times are in seconds.\n"
    text = head + yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=None)
    if output is not None:
        write_whole(output, text.encode("utf-8"))
    return Answer({**data, "items": found.items}, lambda out: _show(out, text, output))


def _show(out: Console, text: str, output: Path | None) -> None:
    if output is not None:
        line(out, f"{output}: give it to 'earmark process simulate' with --with")
    else:
        lines(out, text.rstrip("\n").split("\n"))
