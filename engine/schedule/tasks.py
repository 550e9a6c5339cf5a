"""What each kind of job does with the engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from engine.errors import ConfigurationInvalid, EarmarkError
from engine.results import MoveReport, PurgeReport
from engine.schedule.config import JobConfig, JobKind
from engine.schedule.runs import Done, Outcome
from engine.schedule.stock_files import import_files

if TYPE_CHECKING:
    from engine.hooks import Sink
    from engine.service import Engine

_publishing = threading.Lock()

Task = Callable[["Engine", JobConfig, "Sink | None"], Done]
"""Does a job's work; the sink is where messages are published, if anywhere."""


def do_job(engine: Engine, job: JobConfig, sink: Sink | None) -> Done:
    """Do the work of the job and publish the messages it caused. Raises what the engine raises."""
    done = _TASKS[job.kind](engine, job, sink)
    if sink is None or job.kind is JobKind.PUBLISH:
        return done
    try:
        _publish_now(engine, sink)
    except EarmarkError as error:
        # The work is done all the same; its messages stay in the database until they can be published.
        outcome = done.outcome if done.outcome is Outcome.STOPPED else Outcome.PARTLY
        return Done(outcome, {**done.result, "publish_error": error.as_dict()})
    return done


def _publish_now(engine: Engine, sink: Sink) -> int:
    # Two publishers at once would send messages twice.
    with _publishing:
        return engine.publish(sink)


def moved(report: MoveReport) -> Done:
    """Return the outcome of a conditions or timeouts run."""
    if not report.complete:
        return Done(Outcome.STOPPED, report.as_dict())
    return Done(Outcome.PARTLY if report.refused else Outcome.DONE, report.as_dict())


def _conditions(engine: Engine, job: JobConfig, _sink: Sink | None) -> Done:
    return moved(engine.run_conditions(store=job.store, limit=job.limit))


def _timeouts(engine: Engine, job: JobConfig, _sink: Sink | None) -> Done:
    return moved(engine.run_timeouts(store=job.store, limit=job.limit))


def _publish(engine: Engine, _job: JobConfig, sink: Sink | None) -> Done:
    if sink is None:
        raise ConfigurationInvalid(
            "there is nowhere to publish to",
            remedy='Name a file in earmark.toml: [publish] file = "events.jsonl".',
        )
    return Done(Outcome.DONE, {"published": _publish_now(engine, sink)})


def _reconcile(engine: Engine, _job: JobConfig, _sink: Sink | None) -> Done:
    report = engine.reconcile()
    return Done(Outcome.PARTLY if report.drift or report.items else Outcome.DONE, report.as_dict())


def purged(report: PurgeReport) -> Done:
    """Return the outcome of a purge."""
    return Done(Outcome.DONE if report.complete else Outcome.STOPPED, report.as_dict())


def _purge(engine: Engine, job: JobConfig, _sink: Sink | None) -> Done:
    return purged(engine.purge(job.older_than or ""))


def _stock_update(engine: Engine, job: JobConfig, _sink: Sink | None) -> Done:
    return import_files(engine, str(job.path), job.settle_s)


_TASKS: Mapping[JobKind, Task] = {
    JobKind.CONDITIONS: _conditions,
    JobKind.TIMEOUTS: _timeouts,
    JobKind.STOCK_UPDATE: _stock_update,
    JobKind.PUBLISH: _publish,
    JobKind.RECONCILE: _reconcile,
    JobKind.PURGE: _purge,
}
