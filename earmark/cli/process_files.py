"""``earmark process check`` and ``show``: what a process definition says and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, table
from earmark.cli.shell import Shell

if TYPE_CHECKING:
    from rich.console import Console

    from engine.definition import LoadResult, Process

InitialOption = Annotated[
    str | None, typer.Option("--initial", metavar="STATE", help="Take this state as the initial one.")
]
SourceArgument = Annotated[
    str, typer.Argument(metavar="PATH|NAME", help="A file, or the name of a deployed or shipped process.")
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the commands."""
    process = group(app, groups, "process")
    command(process, "check")(check)
    command(process, "show")(show)


def check(
    shell: Shell,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or folders of them.")],
    *,
    initial: InitialOption = None,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="RULE", help="Of warnings and hints only this rule."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="RULE", help="No warning or hint of this rule.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings are a refusal, too.")] = False,
    form: Annotated[
        Literal["text", "sarif", "github"],
        typer.Option("--format", help="For people, for code scanners, or as annotations of a workflow."),
    ] = "text",
) -> Answer:
    """Check process definitions and list everything that is found, with its place and how to mend it."""
    from earmark.cli.chosen_rules import ChosenRules
    from earmark.cli.process_source import files_to_check
    from engine.definition import show_findings

    chosen = ChosenRules.of(select or (), ignore or ())
    results = [(path, chosen.of_result(result)) for path, result in files_to_check(shell, paths, initial)]
    refused = any(result.errors or (strict and chosen.warnings(result)) for _, result in results)
    if form != "text":
        return _for_programs(form, results, refused=refused)
    data: list[dict[str, Any]] = [{"file": str(path), **show_findings(result)} for path, result in results]
    single = len(paths) == 1 and not paths[0].is_dir()
    return Answer(
        data[0] if single else data,
        lambda out: _show_results(out, results),
        refused=refused,
    )


def _for_programs(
    form: Literal["sarif", "github"], results: list[tuple[Path, LoadResult]], *, refused: bool
) -> Answer:
    from earmark import __version__
    from earmark.cli.output import lines, write_json
    from earmark.words.sarif import sarif, workflow_lines

    findings = [finding for _, result in results for finding in result.findings]
    log = sarif(findings, __version__)
    if form == "sarif":
        return Answer(log, lambda _: write_json(log), refused)
    return Answer(log, lambda out: lines(out, workflow_lines(findings)), refused)


def _show_results(out: Console, results: list[tuple[Path, LoadResult]]) -> None:
    from earmark.cli.printing import print_findings
    from earmark.words.findings import tally

    for path, result in results:
        print_findings(out, result.findings, excerpts=True)
        named = "" if result.process is None else f" ({result.process.name})"
        meant = f", {result.ignored} ignored" if result.ignored else ""
        line(out, f"{path}{named}: {tally(result.findings)}{meant}", "red" if result.errors else "green")


def show(shell: Shell, source: SourceArgument, initial: InitialOption = None) -> Answer:
    """Show the merged process: its states, events and transitions."""
    from earmark.cli.printing import print_findings
    from earmark.cli.process_source import find_process
    from earmark.words.findings import require_good
    from engine.definition import show_model

    result = find_process(shell, source, initial)
    require_good(result)
    process = result.process
    assert process is not None
    if result.findings and not shell.as_json:
        from earmark.cli.console import OutputConsole

        print_findings(OutputConsole(stderr=True), result.findings)
    guards = shell.wiring.rules.guards
    return Answer(show_model(process), lambda out: _show_process(out, process, guards))


_RELEASED = {
    "by-itself": "by itself",
    "by-count": "by a count",
    "by-event": "when somebody fires an event",
    "never": "never",
}


def _released(found: dict[str, Any] | None) -> str | None:
    if found is None:
        return None
    *_, last = found["way"] or [""]
    return f"{_RELEASED[found['by']]}, in {last}" if last else _RELEASED[found["by"]]


def _show_process(out: Console, process: Process, guards: Mapping[str, str]) -> None:
    from engine.definition import show_model

    initial = "none" if process.initial is None else process.states[process.initial].name
    line(out, f"{process.name}, version {process.version[:12]}, initial state {initial}", "bold")
    states = show_model(process)["states"]
    table(
        out,
        ("state", "reserved", "released", "flags", "of process"),
        [
            (s["name"], s["reserved"], _released(s["released"]), ", ".join(s["flags"]) or None, s["process"])
            for s in states
        ],
        empty="no states",
    )
    table(
        out,
        ("event", "fired", "command"),
        [(e.name, _fired(e.on_enter, e.manual, e.timeout), e.command) for e in process.events],
        empty="no events",
    )
    table(
        out,
        ("from", "to", "event", "condition"),
        [
            (
                process.states[t.source].name,
                process.states[t.target].name,
                None if t.event is None else process.events[t.event].name,
                t.condition,
            )
            for t in process.transitions
        ],
        empty="no transitions",
    )
    asked = {transition.condition for transition in process.transitions}
    if named := [(f"rule:{name}", text.strip()) for name, text in guards.items() if f"rule:{name}" in asked]:
        table(out, ("guard", "expression"), named, empty="no guards")


def _fired(on_enter: bool, manual: bool, timeout: str | None) -> str | None:
    ways = ["on enter" * on_enter, "by hand" * manual, f"after {timeout}" if timeout else ""]
    return ", ".join(filter(None, ways)) or None
