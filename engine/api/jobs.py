"""The verbs of jobs: scheduled ones, one that is run now, and a run made by hand that overlaps with none.

What a job may say, ``JobConfig`` and ``JobKind``, is read without a database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from engine.api.base import Base
from engine.caller import Caller
from engine.jobs.config import JobConfig, JobKind

if TYPE_CHECKING:
    from engine.feeds import FeedNamed
    from engine.hooks import NamedSink, Sink
    from engine.jobs.verbs import Verbs
    from engine.results import ArchiveReport, ForgetReport, JobReport, MoveReport, PurgeReport

    Report = TypeVar("Report", MoveReport, PurgeReport, ArchiveReport, ForgetReport)

    class Running(Verbs, Protocol):
        """What running jobs asks of the engine: their verbs, and the engine for another caller."""

        @property
        def caller(self) -> Caller:
            """Who asks."""

        def for_caller(self, caller: Caller) -> Self:
            """Return the engine for another caller."""


__all__ = ["JobConfig", "JobKind", "Jobs"]


class Jobs(Base):
    """Runs jobs. Of jobs of one kind a single one runs at a time, on any number of processes and hosts."""

    def as_job(self, kind: JobKind, work: Callable[[Self], Report]) -> Report:
        """Do a run by hand as a job of the kind and return its report, so that it never overlaps with another one.

        ``work`` is called with an engine that ends after the chunk in hand when another run has taken over,
        because this one gave no sign of life. Raises JobRunning then, and when a run of the kind is alive; else
        what ``work`` raises, which is recorded.
        """
        from engine.jobs.records import JobRecords
        from engine.jobs.runs import under_lease
        from engine.jobs.work import done_by

        lost = threading.Event()
        records = JobRecords(self.runtime.database, self.runtime.holder)
        engine = self.for_caller(self.caller.until(lost.is_set))
        return under_lease(records, kind.value, lambda: work(engine), done_by, lost)

    def run_job(
        self: Running,
        job: JobConfig,
        *,
        sink: Sink | None = None,
        feeds: FeedNamed | None = None,
        sinks: Sequence[NamedSink] = (),
    ) -> JobReport:
        """Run the job now as the scheduler does, whether it is due or not, and return how it ended.

        Messages that it causes go to ``sink``, if there is one; ``feeds`` gives the feed that it names. A publish
        job hands messages to ``sinks``, too. Raises JobRunning when a run of the same kind is alive; what goes
        wrong in the job itself is in the report.
        """
        from engine.jobs.records import JobRecords
        from engine.jobs.runs import perform, tell_run
        from engine.jobs.work import do_job

        database = self.runtime.database
        records = JobRecords(database, self.runtime.holder)
        lease = records.take(job.kind.value, job.key)
        engine = self.for_caller(self.caller.until(lease.lost.is_set))
        report = perform(records, lease, lambda: do_job(engine, job, sink, feeds, sinks), database.clock)
        tell_run(self.runtime.observer, report)
        return report

    def run_jobs(
        self: Running,
        jobs: Sequence[JobConfig],
        stop: threading.Event,
        *,
        report: Callable[[JobReport], None],
        sink: Sink | None = None,
        feeds: FeedNamed | None = None,
        sinks: Sequence[NamedSink] = (),
    ) -> None:
        """Run the jobs at their times until ``stop`` is set, then wait for the chunks in hand.

        Each runs in a thread of its own. A run that was missed while nothing was up is made up at once.
        ``report`` is called with each finished run, from any thread; a failed one ends nothing. Messages go to
        ``sink``, if there is one; ``feeds`` gives the feeds that jobs name, and publish jobs hand messages to
        ``sinks``, too. Raises StorageError when the database cannot be had at the start.
        """
        from engine.jobs.runner import JobRunner
        from engine.jobs.scheduler import run_scheduler

        def engine_until(ended: Callable[[], bool]) -> Running:
            return self.for_caller(self.caller.until(ended))

        runners = [
            JobRunner(
                job,
                make_engine=engine_until,
                holder=self.runtime.holder,
                stop=stop,
                report=report,
                sink=sink,
                feeds=feeds,
                sinks=sinks,
            )
            for job in jobs
        ]
        run_scheduler(runners, stop)
