"""``earmark process convert``: a state chart (SCXML) or a BPMN 2.0 process as a process of Earmark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.design import Converted

_STYLES = {"refused": "bold red", "changed": "yellow", "dropped": "dim"}


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "convert")(convert)


def convert(
    shell: Shell,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file of SCXML or BPMN 2.0.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Else NAME.xml in the folder of the processes."),
    ] = None,
    process: Annotated[
        str | None, typer.Option("--process", metavar="NAME", help="Which of several processes of the file.")
    ] = None,
    others: Annotated[
        list[Path] | None,
        typer.Option("--with", metavar="FILE", help="A file with a process that is called."),
    ] = None,
) -> Answer:
    """Read a process of SCXML or BPMN where its meaning can be kept, and say what cannot be kept.

    Nothing is written when something is refused; a file that is there is not overwritten.
    """
    from engine.design import convert_process

    found = convert_process(source, process=process, others=others or ())
    target = None if found.text is None else _write(shell, found, output)
    data: dict[str, Any] = {
        "process": found.name,
        "format": found.format,
        "file": None if target is None else str(target),
        "notices": [notice.as_dict() for notice in found.notices],
    }
    return Answer(data, lambda out: _show(out, found, target), refused=found.text is None)


def _write(shell: Shell, found: Converted, output: Path | None) -> Path:
    from earmark.cli.process_drawing import write_whole
    from engine.errors import Conflict

    folder = shell.settings.processes
    name = "".join(c if c.isalnum() or c in "-_ " else "-" for c in found.name).strip() or "process"
    target = output or (folder if folder.is_dir() else Path()) / f"{name.replace(' ', '_')}.xml"
    if target.exists():
        raise Conflict(f"{target} exists", remedy="Choose another file with -o.")
    assert found.text is not None
    write_whole(target, found.text.encode("utf-8"))
    return target


def _show(out: Console, found: Converted, target: Path | None) -> None:
    for notice in found.notices:
        line(out, f"{notice.location} {notice.kind}: {notice.message}", _STYLES[notice.kind])
        if notice.remedy:
            line(out, f"  {notice.remedy}")
    if target is None:
        refused = sum(notice.kind == "refused" for notice in found.notices)
        line(out, f"not converted: {count(refused, 'place')} that cannot be kept", "bold red")
    else:
        line(out, f"{target}: the process {found.name}; check it with 'earmark process check'", "green")
