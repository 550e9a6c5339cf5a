"""``earmark process test``: running the tests that designers write for their processes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, lines, write_json
from earmark.cli.shell import Shell
from earmark.words.text import count

if TYPE_CHECKING:
    from rich.console import Console

    from engine.design.testing import CaseFile, CaseResult, Coverage

_STYLES = {"head": "bold red", "unmet": "red", "way": "dim"}


OnlyOption = Annotated[
    str | None, typer.Option("--only", metavar="TEXT", help="Only cases whose name has this text.")
]
CoverageMinOption = Annotated[
    float | None,
    typer.Option(
        "--coverage-min", min=0, max=100, help="Exit code 1 below so many percent of states or ways."
    ),
]
JunitOption = Annotated[
    Path | None, typer.Option("--junit", metavar="FILE", help="Write the results as JUnit XML, too.")
]
DrawOption = Annotated[
    Path | None, typer.Option("--draw", metavar="FILE", help="Draw the process with what was not covered.")
]
SchemaOption = Annotated[
    bool, typer.Option("--schema", help="Print the JSON Schema of the files, for editors; run nothing.")
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "test")(run_tests)


def run_tests(
    shell: Shell,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH", help="Files of cases, or folders with NAME.process-test.yaml; else tests."
        ),
    ] = None,
    *,
    only: OnlyOption = None,
    coverage_min: CoverageMinOption = None,
    junit: JunitOption = None,
    draw: DrawOption = None,
    schema: SchemaOption = False,
) -> Answer:
    """Run tests of processes: what is given, what happens, what is expected then."""
    if schema:
        from engine.design.testing import case_schema

        shape = case_schema()
        return Answer(shape, lambda _: write_json(shape))
    from earmark.cli.case_files import find_case_files, load_case_files
    from earmark.cli.process_drawing import write_whole
    from earmark.words.case_results import junit as junit_xml

    files = load_case_files(shell, find_case_files(paths or [Path("tests")]))
    results, covered = _run(files, only)
    if junit is not None:
        write_whole(junit, junit_xml(results))
    if draw is not None:
        _draw(covered, draw)
    short = coverage_min is not None and min(_percents(covered).values()) < coverage_min
    failed = [result for result in results if not result.passed]
    data = {
        "passed": len(results) - len(failed),
        "failed": [result.as_dict() for result in failed],
        "coverage": _percents(covered),
        "processes": [one.as_dict() for one in covered],
    }
    refused = bool(failed) or short
    return Answer(data, lambda out: _show(out, results, covered, coverage_min if short else None), refused)


def _run(files: Sequence[CaseFile], only: str | None) -> tuple[list[CaseResult], list[Coverage]]:
    """Run the cases; what files about the same process have seen of it is added up."""
    from engine.design.testing import Coverage, Seen, run_case
    from engine.errors import InputError

    results: list[CaseResult] = []
    covered: dict[tuple[str, str], Coverage] = {}
    for file in files:
        key = (file.process.name, file.process.version)
        coverage = covered.setdefault(key, Coverage(file.process, Seen()))
        results += [run_case(file, case, coverage.seen) for case in file.cases if (only or "") in case.name]
    if only is not None and not results:
        raise InputError(f"no case has {only!r} in its name", remedy="Leave --only out to run all of them.")
    return results, list(covered.values())


def _percents(covered: Sequence[Coverage]) -> dict[str, float]:
    from engine.design.testing import percent

    found = {}
    for what in ("states", "transitions"):
        numbers = [one.as_dict()[what] for one in covered]
        found[what] = percent(sum(n["covered"] for n in numbers), sum(n["total"] for n in numbers))
    return found


def _draw(covered: Sequence[Coverage], output: Path) -> None:
    from earmark.cli.coverage_picture import draw_coverage
    from engine.errors import InputError

    if len(covered) != 1:
        names = ", ".join(one.process.name for one in covered)
        raise InputError(
            f"these are tests of {count(len(covered), 'process')}: {names}", remedy="Draw one at a time."
        )
    draw_coverage(covered[0], output)


def _show(
    out: Console, results: Sequence[CaseResult], covered: Sequence[Coverage], wanted: float | None
) -> None:
    from earmark.words.case_results import coverage_lines, failure_lines

    failed = [result for result in results if not result.passed]
    for result in failed:
        for kind, text in failure_lines(result):
            line(out, text, _STYLES[kind])
    for coverage in covered:
        lines(out, coverage_lines(coverage))
    told = f"{count(len(results), 'case')}, {len(results) - len(failed)} passed, {len(failed)} failed"
    line(out, told, "bold red" if failed else "bold green")
    if wanted is not None:
        shown = _shown(_percents(covered))
        line(out, f"covered are {shown}: less than the {wanted:g} % that are wanted", "bold red")


def _shown(percents: dict[str, Any]) -> str:
    return " and ".join(f"{value:g} % of {what}" for what, value in percents.items())
