"""``earmark process draw``: a process as a diagram."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from earmark.cli.command import command
from earmark.cli.drawing_options import (
    AroundOption,
    CountsOption,
    DateOption,
    DepthOption,
    DirectionOption,
    FindingsOption,
    FoldOption,
    HeatOption,
    HighlightOption,
    PaperOption,
    RepeatOption,
    ThemeOption,
    WidthOption,
)
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
    highlight: HighlightOption = None,
    counts: CountsOption = False,
    heat: HeatOption = None,
    findings: FindingsOption = "stock",
    around: AroundOption = None,
    depth: DepthOption = 2,
    fold: FoldOption = None,
    repeat: RepeatOption = True,
    direction: DirectionOption = "down",
    width: WidthOption = None,
    theme: ThemeOption = "light",
    paper: PaperOption = "a4",
    date: DateOption = None,
    initial: InitialOption = None,
) -> Answer | None:
    """Draw a process as SVG, PNG, PDF, DOT, Mermaid or HTML."""
    from earmark.cli.process_picture import Asked, picture_of
    from visualize import PAGE_WIDTH, Look, render

    chosen = chosen_format(format, output)
    asked = Asked(source, initial, highlight, counts, heat, findings, around, depth, fold or [], repeat, date)
    graph = picture_of(shell, asked, chosen)
    pixels = float(width) if width is not None else PAGE_WIDTH if chosen in ("svg", "png") else 0.0
    look = Look(theme=theme, direction=direction, width=pixels or None, paper=paper)
    return written(output, render(graph, chosen, look=look), graph.name, chosen)


def written(output: Path, content: bytes, name: str, form: str) -> Answer | None:
    """Write a picture to its file and return the answer, or write it to stdout and return nothing more to say."""
    if str(output) == "-":
        answers().buffer.write(content)
        return None
    write_whole(output, content)
    data = {"process": name, "file": str(output), "format": form, "bytes": len(content)}
    return Answer(data, lambda out: line(out, f"{output}: {name} as {form}, {count(len(content), 'byte')}"))


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


def chosen_format(given: str | None, output: Path) -> str:
    """Return the format that is asked for, or that the suffix tells. Raises BadParameter."""
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
