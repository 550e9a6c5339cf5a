"""What is asked for in a picture of a process, and the graph of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from earmark.cli.shell import Shell
from earmark.words.ages import age_text
from earmark.words.text import count

if TYPE_CHECKING:
    from engine.definition import Finding, LoadResult, Process
    from visualize import Graph

_ALL = "all"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of ``earmark process draw`` ask for."""

    source: str
    initial: str | None
    highlight: str | None
    counts: bool
    heat: str | None
    findings: str
    around: str | None
    depth: int
    fold: Sequence[str]
    repeat: bool
    date: str | None


def picture_of(shell: Shell, asked: Asked, form: str) -> Graph:
    """Return the graph that is asked for. Raises what finding the process raises, UnknownState, BadParameter."""
    from earmark.cli.process_source import find_process
    from earmark.words.findings import require_good
    from visualize import graph_of

    result = find_process(shell, asked.source, asked.initial)
    require_good(result)
    assert result.process is not None
    process, findings = _found(result, asked.findings)
    graph = graph_of(
        process,
        registered=shell.registered,
        highlight=asked.highlight,
        counts=_counts(shell, process.name) if asked.counts else None,
        findings=findings,
        heat=_heat(shell, process.name, asked.heat) if asked.heat else None,
        stamp=stamp_of(shell, process, asked.source, asked.date),
    )
    return _reduced(graph, process, asked, form)


def _found(result: LoadResult, which: str) -> tuple[Process, Sequence[Finding]]:
    """Return the process and the findings to be marked in it; a deployed one is checked for them."""
    from engine.definition import STOCK_RULES, Severity, stock_findings

    assert result.process is not None
    if which == "none":
        return result.process, ()
    if all(state.location is None for state in result.process.states):
        return stock_findings(result.process)
    told = [one for one in result.findings if one.severity is not Severity.INFO]
    if which == "stock":
        told = [one for one in result.findings if one.rule in STOCK_RULES]
    return result.process, told


def _reduced(graph: Graph, process: Process, asked: Asked, form: str) -> Graph:
    from visualize import around, collapsed, repeated
    from visualize.build import unknown_state

    if asked.fold:
        names = None if _ALL in asked.fold else _known(asked.fold, graph)
        graph = collapsed(graph, names)
    if asked.around is not None:
        if asked.around not in process.state_by_name:
            raise unknown_state(process, asked.around, "to draw what is around it")
        places = [node.id for node in graph.nodes if node.name == asked.around and node.cluster is not None]
        folded = f"cluster: {process.state_by_name[asked.around].process}"
        graph = around(graph, places or [folded], asked.depth)
    # A page folds and repeats nothing by itself: its reader follows the lines.
    return repeated(graph) if asked.repeat and form != "html" else graph


def _known(names: Sequence[str], graph: Graph) -> Sequence[str]:
    known = [cluster.name for cluster in graph.clusters]
    for name in names:
        if name not in known:
            raise typer.BadParameter(
                f"there is no subprocess {name!r} to fold; there are: {', '.join(known)}"
            )
    return names


def _counts(shell: Shell, name: str) -> Mapping[str, int]:
    with shell.engine() as engine:
        return engine.state_counts(name)


def _heat(shell: Shell, name: str, which: str) -> Mapping[str, tuple[float, str]]:
    """Return how much falls on each state, the most being 1, and how that reads."""
    with shell.engine() as engine:
        if which == "items":
            amounts = {state: float(number) for state, number in engine.state_counts(name).items() if number}
            told = {state: count(int(number), "item") for state, number in amounts.items()}
        else:
            times = engine.state_times(name)
            amounts = {state: time.median_s for state, time in times.items()}
            told = {
                state: f"median {age_text(time.median_s)} of {count(time.stays, 'stay')}"
                for state, time in times.items()
            }
    most = max(amounts.values(), default=0.0) or 1.0
    return {state: (amount / most, told[state]) for state, amount in amounts.items()}


def stamp_of(shell: Shell, process: Process, source: str, date: str | None) -> tuple[str, ...]:
    """Return where a process comes from: its version, its file or that it is deployed, and the date if known."""
    is_file = Path(source).exists()
    when = date or (None if is_file else _deployed_at(shell, process))
    where = source if is_file else f"deployed {when}" if when and not date else "deployed" if when else None
    return tuple(filter(None, (f"version {process.version[:12]}", where, date)))


def _deployed_at(shell: Shell, process: Process) -> str | None:
    from engine.api.opening import may_exist

    if not may_exist(shell.settings.database_url):
        return None
    with shell.engine() as engine:
        found = [i for i in engine.processes() if (i.name, i.version) == (process.name, process.version)]
    return f"{found[0].deployed_at:%Y-%m-%d %H:%M} UTC" if found else None
