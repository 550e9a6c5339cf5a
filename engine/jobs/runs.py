"""One run of a job, from its lease to its record: what came out, and what is told about it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.codes import Code
from engine.errors import EarmarkError, JobRunning
from engine.facts import JobRan
from engine.jobs.records import JobRecords, RunLease
from engine.observe import Observer
from engine.results import JobOutcome, JobReport

T = TypeVar("T")

_log = logging.getLogger("earmark.schedule")


@dataclass(frozen=True, slots=True)
class Done:
    """What the work of a run gives back: its outcome and the numbers to show."""

    outcome: JobOutcome
    result: Mapping[str, Any] = field(default_factory=dict)


def perform(
    records: JobRecords,
    lease: RunLease,
    work: Callable[[], Done],
    clock: Callable[[], int],
    *,
    covered: int | None = None,
) -> JobReport:
    """Do the work under the lease and record how it ended; a failure is reported, not raised.

    ``covered`` is recorded as the time up to which nothing is due, unless the run was stopped or interrupted:
    then it is made up.
    """
    error: Mapping[str, Any] | None = None
    try:
        with records.kept_alive(lease):
            done = work()
    except EarmarkError as problem:
        done, error = Done(JobOutcome.FAILED), problem.as_dict()
    except Exception as problem:
        _log.error("the job %s failed", lease.job, exc_info=problem)
        done, error = Done(JobOutcome.FAILED), internal_error(problem)
    except BaseException:
        records.finish(lease, JobOutcome.STOPPED, {})
        raise
    if lease.lost.is_set():
        done, error = Done(JobOutcome.FAILED, done.result), _LOST
    counts = done.outcome is not JobOutcome.STOPPED
    records.finish(lease, done.outcome, error or done.result, covered=covered if counts else None)
    return JobReport(lease.job, done.outcome, lease.started_at, clock(), done.result, error)


def under_lease(
    records: JobRecords,
    kind: str,
    work: Callable[[], T],
    describe: Callable[[T], Done],
    lost: threading.Event,
) -> T:
    """Do the work by hand as a job of the kind and give its answer; failures are recorded and raised.

    ``lost`` is set when another run takes over meanwhile. Raises JobRunning when a run of the kind is alive,
    or has taken over.
    """
    lease = records.take(kind, kind)
    lease.lost = lost
    try:
        with records.kept_alive(lease):
            answer = work()
    except EarmarkError as error:
        records.finish(lease, JobOutcome.FAILED, error.as_dict())
        raise
    except BaseException:
        records.finish(lease, JobOutcome.STOPPED, {})
        raise
    done = describe(answer)
    if not records.finish(lease, done.outcome, done.result):
        raise JobRunning(_LOST["message"], remedy=_LOST["remedy"])
    return answer


def tell_run(observer: Observer, report: JobReport) -> None:
    """Tell an observer that a job has run."""
    error = report.error or {}
    observer.tell(
        JobRan(
            report.job, report.outcome.value, report.started_at, report.finished_at,
            error.get("code"), error.get("message"),
        )
    )  # fmt: skip


_LOST = {
    "code": Code.LEASE_LOST.value,
    "message": "another run of this job took over, because this one gave no sign of life",
    "remedy": "Look for what held this process up: a suspended machine, or a database locked for long.",
}


def internal_error(problem: Exception) -> dict[str, Any]:
    """Return what is told of an exception that nobody expected."""
    return {
        "code": Code.INTERNAL_ERROR.value,
        "message": f"{type(problem).__name__}: {problem}",
        "remedy": "This is a fault of Earmark or of a plugin; please report it with this message.",
    }
