"""``earmark scheduler``: running the jobs of ``earmark.toml`` until told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from earmark.cli.command import command
from earmark.cli.groups import Groups
from earmark.cli.output import Answer, console, line, write_json_line
from earmark.cli.shell import Shell
from earmark.cli.signals import stop_on_signals
from earmark.cli.streams import answers, to_nowhere
from earmark.words.jobs import summary
from earmark.words.text import count

if TYPE_CHECKING:
    from engine.api import Engine
    from engine.results import JobReport

STYLES = {"done": "green", "partly": "yellow", "stopped": "yellow", "failed": "bold red"}
"""How a run is shown, by its outcome."""


def add_to(app: typer.Typer, groups: Groups) -> None:
    """Add the command."""
    del groups
    command(app, "scheduler")(scheduler)


def scheduler(
    shell: Shell,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port",
            metavar="N",
            min=0,
            max=65535,
            help="Serve metrics for Prometheus at this port; 0 takes any. Else \\[metrics] port.",
        ),
    ] = None,
) -> Answer | None:
    """Run the jobs of earmark.toml at their times and show each result; SIGTERM or Ctrl-C ends it cleanly."""
    from earmark.bootstrap import feeds_of, sink_of, sinks_of
    from earmark.reloading import rules_followed
    from engine.errors import ConfigurationInvalid

    jobs = shell.settings.jobs
    if not jobs:
        place = shell.settings.config or "earmark.toml"
        raise ConfigurationInvalid(
            f"{place} has no jobs", remedy="Add [[jobs]]; docs/scheduler.md describes them."
        )
    stop = threading.Event()
    show = _while_it_can(_json_report() if shell.as_json else _text_report(), shell)
    shell.log_facts = True
    port = shell.settings.metrics.port if metrics_port is None else metrics_port
    serve = _metrics(shell, port)
    with shell.engine(create=True) as engine, serve(engine), rules_followed(engine, shell.settings.rules):
        stop_on_signals(stop)
        shell.note(f"scheduler: {count(len(jobs), 'job')}; SIGTERM or Ctrl-C ends it after the work in hand")
        engine.run_jobs(
            jobs,
            stop,
            report=show,
            sink=sink_of(shell.settings),
            feeds=feeds_of(shell.settings, lambda: shell.wiring),
            sinks=sinks_of(shell.settings, lambda: shell.wiring),
        )
    shell.note("scheduler: stopped")
    return None


def _metrics(shell: Shell, port: int | None) -> Callable[[Engine], AbstractContextManager[None]]:
    """Count what is told from now on, if a port is named; return what serves an engine's metrics."""
    if port is None:
        return lambda _engine: nullcontext()
    from earmark.telemetry.exposition import new_registry, served
    from earmark.telemetry.prometheus import PrometheusObserver

    registry, settings = new_registry(), shell.settings.metrics
    shell.observers.append(PrometheusObserver(registry))

    @contextmanager
    def serve(engine: Engine) -> Iterator[None]:
        with served(registry, engine, settings.host, port, settings.refresh_s) as url:
            shell.note(f"scheduler: metrics at {url}")
            yield

    return serve


def _while_it_can(show: Callable[[JobReport], None], shell: Shell) -> Callable[[JobReport], None]:
    """Show reports until that fails: the jobs go on when nobody reads any more, or a disk is full."""
    lost = threading.Event()

    def shown(report: JobReport) -> None:
        if lost.is_set():
            return
        try:
            show(report)
        except OSError as error:
            if not lost.is_set():
                lost.set()
                to_nowhere(answers())
                why = error.strerror or "their reader has gone"
                shell.note(
                    f"warning: the results of jobs cannot be written any more: {why}. The jobs go on; "
                    "what goes wrong is logged"
                )

    return shown


def _json_report() -> Callable[[JobReport], None]:
    lock = threading.Lock()

    def show(report: JobReport) -> None:
        with lock:
            write_json_line(report.as_dict())

    return show


def _text_report() -> Callable[[JobReport], None]:
    lock = threading.Lock()
    out = console()

    def show(report: JobReport) -> None:
        shown = report.as_dict()
        moment = shown["finished_at"][:19].replace("T", " ")
        with lock:
            text = f"{moment}Z  {report.job}  {report.outcome.value}  {summary(shown)}"
            line(out, text, STYLES[report.outcome])
            out.file.flush()

    return show
