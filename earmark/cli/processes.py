"""``earmark process deploy`` and ``list``: processes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, table
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from engine.definition import Process


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    process = group(app, groups, "process")
    command(process, "deploy")(deploy)
    command(process, "list")(list_processes)


def deploy(
    shell: Shell,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files, folders of them, or names of shipped processes."),
    ],
) -> Answer:
    """Deploy processes: new orders get the new version, items stay on the version they have.

    Nothing is deployed when one of the definitions has an error.
    """
    from earmark.cli.findings import FindingsError
    from earmark.cli.process_source import files_to_check, shipped_file

    places = [given if (given := Path(path)).exists() else shipped_file(path) or given for path in paths]
    results = [result for _, result in files_to_check(shell, places, None)]
    errors = [finding for result in results for finding in result.errors]
    if errors:
        raise FindingsError(errors)
    processes = [result.process for result in results if result.process is not None]
    _require_deployable(processes)
    with shell.changing() as engine:
        deployed = [engine.deploy(process) for process in processes]
    columns = ("process", "version", "states", "initial state", "current")
    rows = [(d.name, d.version[:12], d.states, d.initial, d.current) for d in deployed]
    return Answer(
        [d.as_dict() for d in deployed], lambda out: table(out, columns, rows, empty="nothing to deploy")
    )


def _require_deployable(processes: Sequence[Process]) -> None:
    from engine.errors import DefinitionError

    names = [process.name for process in processes]
    problems = [f"process {p.name!r} has no states" for p in processes if not p.states]
    problems += [f"process {name!r} comes from several files" for name in {*names} if names.count(name) > 1]
    if problems:
        text = "; ".join(sorted(problems))
        raise DefinitionError(
            text, remedy="Give it states, or name one file per process; nothing was deployed."
        )


def list_processes(shell: Shell) -> Answer:
    """List the deployed processes and their versions."""
    with shell.engine() as engine:
        infos = engine.processes()
    columns = ("process", "version", "current", "active", "!deployed", "#states", "#items")
    rows = [
        (i.name, i.version[:12], i.current, i.active, f"{i.deployed_at:%Y-%m-%d %H:%M}", i.states, i.items)
        for i in infos
    ]
    return Answer(
        [i.as_dict() for i in infos], lambda out: table(out, columns, rows, empty="no process is deployed")
    )
