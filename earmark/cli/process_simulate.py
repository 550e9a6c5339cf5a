"""``earmark process simulate``: many items through a process on a virtual clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups, group
from earmark.cli.output import Answer, line, table
from earmark.cli.process_files import InitialOption, SourceArgument
from earmark.cli.shell import Shell
from earmark.cli.trial_options import TimeoutOption, pairs_of

if TYPE_CHECKING:
    from rich.console import Console

    from engine.definition import Process
    from engine.design.simulating import Assumptions, Simulated

MOST_ITEMS = 10_000_000
"""How many items can be sent through a process at once."""

ItemsOption = Annotated[
    int, typer.Option("--items", metavar="N", min=1, max=MOST_ITEMS, help="How many items are sent through.")
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same numbers.")]
SpanOption = Annotated[str, typer.Option("--for", metavar="SPAN", help="How long is looked at.")]
WithOption = Annotated[
    Path | None, typer.Option("--with", metavar="FILE", help="Probabilities and times, as YAML.")
]
ProbabilityOption = Annotated[
    list[str] | None,
    typer.Option("--probability", metavar="CONDITION=P", help="How probable a condition is, from 0 to 1."),
]
EventOption = Annotated[
    list[str] | None,
    typer.Option("--event", metavar="EVENT=SPAN", help="How long it takes on the average until it is fired."),
]
CountsOption = Annotated[
    str | None,
    typer.Option("--stock-update", metavar="SPAN|never", help="How often the warehouse counts; else daily."),
]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE.svg", help="Draw how much stock is bound over time.")
]


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    command(group(app, groups, "process"), "simulate")(simulate_process)


def simulate_process(
    shell: Shell,
    source: SourceArgument,
    *,
    assumed_in: WithOption = None,
    items: ItemsOption = 10_000,
    seed: SeedOption = 1,
    span: SpanOption = "1 year",
    probability: ProbabilityOption = None,
    event: EventOption = None,
    counts: CountsOption = None,
    timeout: TimeoutOption = None,
    plot: PlotOption = None,
    initial: InitialOption = None,
) -> Answer:
    """Send many items through a process: how long they stay where, and how much stock they bind."""
    from earmark.cli.process_source import find_process
    from earmark.words.findings import require_good
    from engine.design import assumed
    from engine.design.simulating import simulate

    result = find_process(shell, source, initial, plugins=False)
    if result.process is None or result.errors:
        require_good(result)
    assert result.process is not None
    process = assumed(result.process, pairs_of("--timeout", timeout or ()))
    given = _assumptions(shell, process, assumed_in, (probability or (), event or ()), counts)
    done = simulate(process, given, items=items, seed=seed, span=span)
    without = None
    if given.counts_in(process):
        without = simulate(
            process, replace(given, stock_update_every=None), items=items, seed=seed, span=span
        )
    if plot is not None:
        from earmark.cli.process_drawing import write_whole
        from earmark.cli.simulation_plot import plot as plotted

        write_whole(plot, plotted(process.name, done.bound, None if without is None else without.bound))
    data = {
        "process": process.name,
        "version": process.version,
        "seed": seed,
        **done.as_dict(),
        "without_stock_update": None if without is None else without.as_dict()["bound"],
        "assumed": given.unsaid(process),
    }
    return Answer(data, lambda out: _show(out, done, without, data["assumed"]))


def _assumptions(
    shell: Shell,
    process: Process,
    file: Path | None,
    told: tuple[Sequence[str], Sequence[str]],
    counts: str | None,
) -> Assumptions:
    """Return what is assumed: the rules of the project, then the file, then the options."""
    from earmark.cli.case_files import rules_of, text_of
    from engine.design.simulating import Assumptions, read_assumptions

    rules = rules_of(shell)
    found = Assumptions(hold=rules.hold, hold_timeout=rules.hold_timeout, stock_update=rules.stock_update)
    if file is not None:
        found = read_assumptions(file, text_of(file), process, found)
    return found.with_options(
        process,
        probabilities=pairs_of("--probability", told[0]),
        events=pairs_of("--event", told[1]),
        stock_update=counts,
    )


def _show(out: Console, done: Simulated, without: Simulated | None, assumed: Sequence[str]) -> None:
    from earmark.words.simulation import bound_lines, state_rows

    columns = ("state", "#visits", "#still there", "#mean stay", "#95 % within")
    table(out, columns, state_rows(done), empty="no states")
    for text in bound_lines(done, without):
        line(out, text)
    for text in assumed:
        line(out, f"assumed: {text}", "yellow")
