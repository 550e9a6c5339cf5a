"""``earmark process docs``: all processes as pages to browse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from engine.definition import Process


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "docs")(docs)


def docs(
    shell: Shell,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write the pages.")],
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH|NAME]...",
            help="Files, folders or names; else the folder of the project, else all that is deployed or shipped.",
        ),
    ] = None,
    *,
    theme: Annotated[
        Literal["light", "dark", "auto"], typer.Option("--theme", help="auto is what the reader prefers.")
    ] = "auto",
) -> Answer:
    """Write pages to browse: each process as a picture that can be searched, and where every name is used."""
    from earmark.cli.process_drawing import write_whole
    from earmark.cli.process_picture import stamp_of
    from visualize import Look, SiteEntry, graph_of, site_of

    found = _processes(shell, sources or [])
    entries = [
        SiteEntry(
            process,
            graph_of(process, registered=shell.registered, stamp=stamp_of(shell, process, source, None)),
        )
        for source, process in found
    ]
    pages = site_of(entries, Look(theme=theme))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        write_whole(folder / name, text.encode("utf-8"))
    first = folder / "index.html"
    data = {
        "folder": str(folder),
        "index": str(first),
        "processes": [process.name for _, process in found],
        "files": sorted(pages),
    }
    return Answer(data, lambda out: line(out, f"{first}: {count(len(found), 'process')}"))


def _processes(shell: Shell, sources: list[str]) -> list[tuple[str, Process]]:
    """Return the processes that are named, each with what it was named by; files of a folder by their own."""
    from earmark.cli.process_source import files_to_check, processes_of
    from earmark.words.findings import require_good

    found: list[tuple[str, Process]] = []
    for source in sources or _all(shell):
        if not Path(source).is_dir():
            found += [(source, process) for process in processes_of(shell, source).values()]
            continue
        for path, result in files_to_check(shell, [Path(source)], None):
            require_good(result)
            assert result.process is not None
            found.append((str(path), result.process))
    return sorted(found, key=lambda pair: pair[1].name.lower())


def _all(shell: Shell) -> list[str]:
    from engine.api.opening import may_exist
    from processes import definition_folder

    if shell.settings.processes.is_dir():
        return [str(shell.settings.processes)]
    if may_exist(shell.settings.database_url):
        with shell.engine() as engine:
            names = [info.name for info in engine.processes() if info.current]
        if names:
            return names
    return sorted(path.stem for path in definition_folder().glob("*.xml"))
