"""``earmark process deploy``, ``list``, ``activate`` and ``deactivate``: processes in the database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, table
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from engine.definition import LoadResult, Process
    from engine.results import ProcessInfo

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The process' name.")]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    process = group(app, groups, "process")
    command(process, "deploy")(deploy)
    command(process, "list")(list_processes)
    command(process, "activate")(activate)
    command(process, "deactivate")(deactivate)


def deploy(
    shell: Shell,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files, folders of them, or names of shipped processes."),
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Also when live items stand in states that a version lacks.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse warnings of the check too.")] = False,
) -> Answer:
    """Deploy processes: new orders get the new version, items stay on the version they have.

    Warnings of the check are shown. Nothing is deployed when one of the definitions has an error, or lacks a state
    in which live items stand.
    """
    from earmark.cli.process_source import files_to_check, shipped_file

    places = [given if (given := Path(path)).exists() else shipped_file(path) or given for path in paths]
    results = list(files_to_check(shell, places, None))
    _refuse([result for _, result in results], strict=strict)
    processes = {result.process.name: result for _, result in results if result.process is not None}
    _require_deployable([result.process for _, result in results if result.process is not None])
    _show_findings(shell, results)
    with shell.changing() as engine:
        loaded = [result.process for result in processes.values() if result.process is not None]
        deployed = engine.deploy_all(loaded, force=force)
        infos = engine.processes()
    for info in deployed:
        _warn(shell, info, infos)
    columns = ("process", "version", "states", "initial state", "current")
    rows = [(d.name, d.version[:12], d.states, d.initial, d.current) for d in deployed]
    return Answer(
        [_deployed(info, processes[info.name]) for info in deployed],
        lambda out: table(out, columns, rows, empty="nothing to deploy"),
    )


def _refuse(results: Sequence[LoadResult], *, strict: bool) -> None:
    """See that there are no errors, and with ``strict`` no warnings either. Raises FindingsError."""
    from earmark.words.findings import FindingsError
    from engine.definition import Severity

    found = [finding for result in results for finding in result.findings]
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    worse = [finding for finding in found if finding.severity is not Severity.INFO]
    if errors or (strict and worse):
        raise FindingsError(worse if strict else errors, strict=not errors)


def _show_findings(shell: Shell, results: Sequence[tuple[Path, LoadResult]]) -> None:
    """Show every warning; hints are counted, to be read with 'earmark process check'."""
    from earmark.cli.console import OutputConsole
    from earmark.cli.printing import print_findings
    from earmark.words.findings import tally
    from engine.definition import Severity

    for path, result in results if not shell.as_json else ():
        warnings = [finding for finding in result.findings if finding.severity is Severity.WARNING]
        if warnings:
            print_findings(OutputConsole(stderr=True), warnings)
            shell.note(f"{path}: {tally(result.findings)}; 'earmark process check' lists all")


def _deployed(info: ProcessInfo, result: LoadResult) -> dict[str, Any]:
    from engine.definition import show_finding

    return {**info.as_dict(), "findings": [show_finding(finding) for finding in result.findings]}


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


def _warn(shell: Shell, deployed: ProcessInfo, infos: Sequence[ProcessInfo]) -> None:
    left = sum(info.live for info in infos if info.name == deployed.name and not info.current)
    if left:
        shell.note(
            f"warning: {count(left, 'live item')} of {deployed.name!r} on older versions; to see which can follow: "
            f'earmark process migrate "{deployed.name}" --to current --dry-run'
        )
    if not deployed.active:
        shell.note(
            f"warning: {deployed.name!r} takes no new orders until 'earmark process activate' switches it on"
        )


def list_processes(shell: Shell) -> Answer:
    """List the deployed processes and their versions, with the items on each.

    Live items stand in states that can be left, pinned ones on a version that is not the current one.
    """
    with shell.engine() as engine:
        return _versions(engine.processes())


def activate(shell: Shell, name: NameArgument) -> Answer:
    """Let a process take new orders again."""
    with shell.changing() as engine:
        return _versions(engine.activate(name))


def deactivate(shell: Shell, name: NameArgument) -> Answer:
    """Let a process take no new orders; its items go on, and count what they counted."""
    with shell.changing() as engine:
        return _versions(engine.activate(name, False))


def _versions(infos: Sequence[ProcessInfo]) -> Answer:
    columns = (
        "!process",
        "version",
        "current",
        "active",
        "!deployed",
        "#items",
        "#live",
        "#pinned",
        "!migrated",
    )
    rows = [
        (
            info.name,
            info.version[:8],
            info.current,
            info.active,
            f"{info.deployed_at:%Y-%m-%d}",
            info.items,
            info.live,
            info.pinned,
            None if info.last_migrated_at is None else f"{info.last_migrated_at:%Y-%m-%d}",
        )
        for info in infos
    ]
    return Answer(
        [info.as_dict() for info in infos],
        lambda out: table(out, columns, rows, empty="no process is deployed"),
    )
