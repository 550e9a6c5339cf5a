"""``earmark process schema``: the XML Schema of Earmark's own dialect, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "schema")(schema)


def schema(
    shell: Shell,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Else it stands on stdout."),
    ] = None,
) -> Answer:
    """Write the XML Schema with which editors complete and check process files."""
    from earmark.cli.process_drawing import write_whole
    from processes import definition_folder

    del shell
    text = definition_folder().joinpath("earmark-process.xsd").read_text(encoding="utf-8")
    if output is None:
        return Answer({"schema": text}, lambda _: _print(text))
    write_whole(output, text.encode("utf-8"))
    return Answer({"file": str(output)}, lambda out: line(out, f"{output}: the schema of process files"))


def _print(text: str) -> None:
    from earmark.cli.streams import answers

    answers().write(text)
