"""Running one scheduled job whenever it is due: APScheduler wakes it, the records decide."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from engine.clock import system_clock
from engine.errors import EarmarkError, JobRunning, StorageError
from engine.feeds import FeedNamed
from engine.hooks import NamedSink, Sink
from engine.jobs.config import JobConfig
from engine.jobs.records import JobRecords, RunLease
from engine.jobs.runs import Done, internal_error, perform, tell_run
from engine.jobs.times import is_due
from engine.jobs.verbs import Verbs
from engine.jobs.work import do_job
from engine.results import JobOutcome, JobReport

MakeEngine = Callable[[Callable[[], bool]], Verbs]
"""Makes an engine that ends a run after the chunk in hand once the given function answers True."""

_RETRY_S = 0.5


class JobRunner:
    """A job with an engine of its own, so that jobs of different kinds run side by side.

    ``make_engine`` gives that engine; whoever made it closes it. ``holder`` says who runs the job, ``report`` is
    told of each run, ``sink`` is where messages are published, if anywhere, ``sinks`` are those that a publish job
    hands them to, and ``feeds`` gives feeds by name.
    """

    def __init__(
        self,
        job: JobConfig,
        *,
        make_engine: MakeEngine,
        holder: str,
        stop: threading.Event,
        report: Callable[[JobReport], None],
        sink: Sink | None = None,
        feeds: FeedNamed | None = None,
        sinks: Sequence[NamedSink] = (),
    ) -> None:
        self.job = job
        self.times = job.times
        self._stop = stop
        self._report = report
        self._sink = sink
        self._feeds = feeds
        self._sinks = sinks
        self._lease: RunLease | None = None
        self._unrecorded: RunLease | None = None
        self._one_at_a_time = threading.Lock()
        self._make_engine = make_engine
        self._engine = make_engine(self._should_stop)
        self._records = JobRecords(self._engine.runtime.database, holder)

    def start_counting(self) -> None:
        """Let a time that passes without a run count as missed from now on."""
        self._records.start_counting(self.job.key)

    def fire(self) -> None:
        """Run the job if one of its times has passed since the last run; wait for a run that is alive.

        Never raises: a failure is reported, and the next time fires again.
        """
        with self._one_at_a_time:
            try:
                self._run_if_due(system_clock())
            except EarmarkError as error:
                self._tell(_could_not_start(self.job.key, error.as_dict()))
            except Exception as error:
                self._tell(_could_not_start(self.job.key, internal_error(error)))

    def _run_if_due(self, woken_at: int) -> None:
        self._record_what_was_not()
        while not self._stop.is_set():
            # The database's clock may be a little behind this host's, which has just fired.
            now = max(woken_at, self._engine.runtime.database.clock())
            due = partial(is_due, self.times, now=now)
            try:
                self._lease = self._records.take_if_due(self.job.kind.value, self.job.key, due, woken_at=now)
            except JobRunning:
                self._stop.wait(_RETRY_S)
                continue
            if self._lease is not None:
                self._tell(self._perform(self._lease, now))
            self._lease = None
            return

    def _perform(self, lease: RunLease, now: int) -> JobReport:
        try:
            return perform(self._records, lease, self._work, system_clock, covered=now)
        except StorageError:
            self._unrecorded = lease
            raise

    def _record_what_was_not(self) -> None:
        """End the run whose end could not be recorded, or the next one would wait for its own lease to expire."""
        if self._unrecorded is not None:
            self._records.finish(self._unrecorded, JobOutcome.FAILED, _UNRECORDED)
            self._unrecorded = None

    def _work(self) -> Done:
        self._engine = self._make_engine(self._should_stop)  # anew: the rules may be others by now
        return do_job(self._engine, self.job, self._sink, self._feeds, self._sinks)

    def _tell(self, report: JobReport) -> None:
        tell_run(self._engine.runtime.observer, report)
        self._report(report)

    def _should_stop(self) -> bool:
        return self._stop.is_set() or (self._lease is not None and self._lease.lost.is_set())


_UNRECORDED = {
    "code": StorageError.code,
    "message": "the database could not be reached when the run ended",
    "remedy": "What the run did is stored as far as it was committed; the rest is made up by the next run.",
}


def _could_not_start(job: str, error: Mapping[str, Any]) -> JobReport:
    now = system_clock()
    return JobReport(job, JobOutcome.FAILED, now, now, {}, error)
