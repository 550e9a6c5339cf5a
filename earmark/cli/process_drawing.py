"""``earmark process draw``: a process as a diagram."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.process_files import InitialOption, SourceArgument
from earmark.cli.shell import Shell
from earmark.cli.streams import answers
from earmark.words.text import count

_SUFFIXES = {".gv": "dot", ".htm": "html", ".mmd": "mermaid"}


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "draw")(draw)


def draw(
    shell: Shell,
    source: SourceArgument,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write; - is stdout.")
    ],
    format: Annotated[
        str | None,
        typer.Option(
            "--format", help="svg, png, pdf, dot, mermaid or html; else the suffix of FILE tells it."
        ),
    ] = None,
    highlight: Annotated[
        str | None, typer.Option("--highlight", metavar="STATE", help="Make a state stand out.")
    ] = None,
    counts: Annotated[
        bool, typer.Option("--counts", help="Write the number of live items on every state.")
    ] = False,
    initial: InitialOption = None,
) -> Answer | None:
    """Draw a process as SVG, PNG, PDF, DOT, Mermaid or HTML."""
    from earmark.cli.process_source import find_process
    from earmark.words.findings import require_good
    from visualize import graph_of, render

    chosen = _format(format, output)
    result = find_process(shell, source, initial)
    require_good(result)
    process = result.process
    assert process is not None
    numbers = None
    if counts:
        with shell.engine() as engine:
            numbers = engine.state_counts(process.name)
    graph = graph_of(process, registered=shell.registered, highlight=highlight, counts=numbers)
    content = render(graph, chosen)
    if str(output) == "-":
        answers().buffer.write(content)
        return None
    write_whole(output, content)
    data = {"process": process.name, "file": str(output), "format": chosen, "bytes": len(content)}
    return Answer(
        data, lambda out: line(out, f"{output}: {process.name} as {chosen}, {count(len(content), 'byte')}")
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write the file in one piece: a failure leaves what was there before. Raises OSError."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        error.filename = str(path)  # nobody has asked for the file that stands in for it
        raise
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def format_of_suffix(suffix: str) -> str | None:
    """Return the format of files that end so, None where there is none."""
    from visualize import FORMATS

    name = _SUFFIXES.get(suffix, suffix.removeprefix("."))
    return name if name in FORMATS else None


def _format(given: str | None, output: Path) -> str:
    from visualize import FORMATS

    chosen = given or format_of_suffix(output.suffix.lower()) or ""
    if chosen in FORMATS:
        return chosen
    formats = ", ".join(FORMATS)
    if given is None:
        raise typer.BadParameter(
            f"{str(output)!r} has no suffix that tells the format; add --format with one of {formats}"
        )
    raise typer.BadParameter(f"there is no format {given!r}; the formats are {formats}")
