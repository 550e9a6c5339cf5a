"""What each kind of job does with the engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from engine.errors import ConfigurationInvalid, EarmarkError
from engine.feeds import FeedNamed
from engine.hooks import NamedSink, Sink
from engine.jobs.config import JobConfig, JobKind
from engine.jobs.feed_records import note_asked
from engine.jobs.fetched import import_fetched
from engine.jobs.runs import Done
from engine.jobs.stock_files import import_files
from engine.jobs.verbs import Verbs
from engine.results import ArchiveReport, ForgetReport, JobOutcome, MoveReport, PurgeReport

_publishing = threading.Lock()

JobWork = Callable[[Verbs, JobConfig, Sink | None], Done]
"""Does a job's work; the sink is where messages are published, if anywhere."""


def do_job(
    engine: Verbs,
    job: JobConfig,
    sink: Sink | None,
    feeds: FeedNamed | None = None,
    sinks: Sequence[NamedSink] = (),
) -> Done:
    """Do the work of the job and publish the messages it caused; ``feeds`` gives the feed that it names.

    Only a job that publishes hands messages to ``sinks``, which have positions of their own: no other one waits for
    them. Raises what the engine raises.
    """
    with engine.runtime.observer.span("earmark.job", job=job.key):
        if job.kind is JobKind.PUBLISH:
            return _publish(engine, sink, sinks)
        return _do(engine, job, sink, feeds)


def _do(engine: Verbs, job: JobConfig, sink: Sink | None, feeds: FeedNamed | None) -> Done:
    done = _of_feed(engine, job, feeds) if job.feed else _WORK[job.kind](engine, job, sink)
    if sink is None:
        return done
    try:
        _publish_now(engine, sink)
    except EarmarkError as error:
        # The work is done all the same; its messages stay in the database until they can be published.
        outcome = done.outcome if done.outcome is JobOutcome.STOPPED else JobOutcome.PARTLY
        return Done(outcome, {**done.result, "publish_error": error.as_dict()})
    return done


def _publish_now(engine: Verbs, sink: Sink) -> int:
    # Two publishers at once would send messages twice.
    with _publishing:
        return engine.publish(sink)


def moved(report: MoveReport) -> Done:
    """Return the outcome of a conditions or timeouts run."""
    if not report.complete:
        return Done(JobOutcome.STOPPED, report.as_dict())
    return Done(JobOutcome.PARTLY if report.refused else JobOutcome.DONE, report.as_dict())


def _conditions(engine: Verbs, job: JobConfig, _sink: Sink | None) -> Done:
    return moved(engine.run_conditions(store=job.store, limit=job.limit))


def _timeouts(engine: Verbs, job: JobConfig, _sink: Sink | None) -> Done:
    return moved(engine.run_timeouts(store=job.store, limit=job.limit))


def _publish(engine: Verbs, sink: Sink | None, sinks: Sequence[NamedSink]) -> Done:
    if sink is None and not sinks:
        raise ConfigurationInvalid(
            "there is nowhere to publish to",
            remedy='Name a file in earmark.toml, [publish] file = "events.jsonl", or add [[sinks]].',
        )
    # Sinks first: what hinders the file is raised, and is not to hinder them.
    reports = engine.publish_to(sinks) if sinks else []
    published = 0 if sink is None else _publish_now(engine, sink)
    result: dict[str, object] = {"published": published + sum(report.published for report in reports)}
    if sinks:
        result["sinks"] = [report.as_dict() for report in reports]
    wrong = any(report.outcome in ("failed", "waiting") or report.kept for report in reports)
    return Done(JobOutcome.PARTLY if wrong else JobOutcome.DONE, result)


def _reconcile(engine: Verbs, _job: JobConfig, _sink: Sink | None) -> Done:
    report = engine.reconcile()
    return Done(JobOutcome.PARTLY if report.wrong else JobOutcome.DONE, report.as_dict())


def _balance(engine: Verbs, _job: JobConfig, _sink: Sink | None) -> Done:
    report = engine.balance_sharing()
    return Done(JobOutcome.DONE if report.complete else JobOutcome.STOPPED, report.as_dict())


def purged(report: PurgeReport | ArchiveReport | ForgetReport) -> Done:
    """Return the outcome of a purge, of archiving or of forgetting."""
    return Done(JobOutcome.DONE if report.complete else JobOutcome.STOPPED, report.as_dict())


def done_by(report: MoveReport | PurgeReport | ArchiveReport | ForgetReport) -> Done:
    """Return the outcome of a run that was made by hand."""
    return moved(report) if isinstance(report, MoveReport) else purged(report)


def _purge(engine: Verbs, job: JobConfig, _sink: Sink | None) -> Done:
    return purged(engine.purge(job.older_than or "", archived=job.archived))


def _archive(engine: Verbs, job: JobConfig, _sink: Sink | None) -> Done:
    return purged(engine.archive_orders(older_than=job.older_than or ""))


def _forget(engine: Verbs, job: JobConfig, _sink: Sink | None) -> Done:
    return purged(engine.forget_orders(older_than=job.older_than or ""))


def _stock_update(engine: Verbs, job: JobConfig, _sink: Sink | None) -> Done:
    return import_files(engine, str(job.path), job.settle_s)


def _exchange_export(engine: Verbs, job: JobConfig, _sink: Sink | None) -> Done:
    return Done(JobOutcome.DONE, engine.exchange_export(job.to or ()).as_dict())


def _exchange_import(engine: Verbs, job: JobConfig, _sink: Sink | None) -> Done:
    report = engine.exchange_import(job.source or "")
    return Done(JobOutcome.PARTLY if report.kept else JobOutcome.DONE, report.as_dict())


def _of_feed(engine: Verbs, job: JobConfig, feeds: FeedNamed | None) -> Done:
    if feeds is None:
        raise ConfigurationInvalid(
            f"the job {job.key} is for the feed {job.feed!r}, and no feeds were given with it",
            remedy="Give them: run_job(job, feeds=...); the command line takes those of earmark.toml.",
        )
    feed = feeds(job.feed or "")
    note_asked(engine.runtime.database, feed)
    if feed.pattern is None:
        return import_fetched(engine, feed)
    return import_files(engine, feed.pattern, job.settle_s, feed)


_WORK: Mapping[JobKind, JobWork] = {
    JobKind.CONDITIONS: _conditions,
    JobKind.TIMEOUTS: _timeouts,
    JobKind.STOCK_UPDATE: _stock_update,
    JobKind.RECONCILE: _reconcile,
    JobKind.BALANCE: _balance,
    JobKind.PURGE: _purge,
    JobKind.ARCHIVE: _archive,
    JobKind.FORGET: _forget,
    JobKind.EXCHANGE_EXPORT: _exchange_export,
    JobKind.EXCHANGE_IMPORT: _exchange_import,
}
