"""The work: what is stuck, overdue, left over, short or wrong."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from earmark.doctor.check import Check, Status, fine, span, warn, wrong
from earmark.words.text import count
from engine.api.jobs import JobConfig, JobKind
from engine.api.values import format_time, to_datetime, to_microseconds

if TYPE_CHECKING:
    from engine.api import Engine
    from engine.results import Health, JobHealth, OpenMigration

MINUTE = 60_000_000
"""Microseconds in a minute."""

OLD_COUNT_DAYS = 7
"""A count older than this is worth a look where files are expected."""

FORGOTTEN_DAYS = 1
"""A suspension that is older than this may have been forgotten."""

_DOES = {
    "timeout": ("timeout", (JobKind.TIMEOUTS,), "run timeouts"),
    "automatic_step": ("automatic step", (JobKind.TIMEOUTS, JobKind.CONDITIONS), "run timeouts"),
    "condition": ("failed condition", (JobKind.CONDITIONS,), "run conditions"),
    "hold": ("hold", (JobKind.TIMEOUTS,), "run timeouts"),
}
"""What one of each kind of work is called, which jobs do it, and the command that does it now."""


def stuck(health: Health) -> Check:
    """Look for items whose step failed for the last time."""
    items = sum(count.items for count in health.stuck)
    if not items:
        return fine("stuck items", "none")
    return warn(
        "stuck items",
        f"{items} in {count(len(health.stuck), 'state')}",
        "'earmark stuck' lists them with the reason. Mend that, then 'earmark retry'.",
        [f"{count.process}, {count.state}: {count.items}" for count in health.stuck],
    )


def overdue(health: Health, jobs: Sequence[JobConfig], minutes: float) -> Check:
    """Look for work that should have been done ``minutes`` ago: by plan if jobs are configured, else when due."""
    late = list(_late(health, jobs, minutes))
    if not late:
        waiting = sum(lag.number for lag in health.lags if lag.kind in _DOES)
        return fine("overdue work", f"{waiting} due, none for long" if waiting else "none")
    commands = sorted({f"'earmark {command}'" for _, command in late})
    return wrong(
        "overdue work",
        "; ".join(text for text, _ in late) + ": nobody seems to do it",
        f"Start 'earmark scheduler', or look at its log; to do it now: {' and '.join(commands)}.",
    )


def _late(health: Health, jobs: Sequence[JobConfig], minutes: float) -> Iterator[tuple[str, str]]:
    for lag in health.lags:
        if lag.kind not in _DOES or lag.oldest is None:
            continue
        what, kinds, command = _DOES[lag.kind]
        doing = [job for job in jobs if job.kind in kinds]
        planned = min((_planned(job, lag.oldest) for job in doing), default=lag.oldest)
        if health.now - planned > minutes * MINUTE:
            yield f"{count(lag.number, what)}, the oldest since {span(health.now - lag.oldest)}", command


def _planned(job: JobConfig, due: int) -> int:
    """Return when a job is planned to do what is due (UTC microseconds)."""
    moment = job.times.get_next_fire_time(None, to_datetime(due))
    return due if moment is None else to_microseconds(moment)


def claims(health: Health) -> Check:
    """Look for claims that nobody has given back."""
    if not health.expired_claims:
        return fine("claims", "none has expired")
    return warn(
        "claims",
        f"{health.expired_claims} {'has' if health.expired_claims == 1 else 'have'} expired: a command was cut "
        "off, or takes longer than its lease",
        "Fire the event again: the command is called with the same key, so that it can tell what it has done. "
        "If it just takes long, let it prolong its lease or raise execution.lease_s.",
    )


def job_runs(health: Health, jobs: Sequence[JobConfig], minutes: float) -> Check:
    """Look for runs that died, that failed, and for jobs that were not run when they should have been."""
    runs = {run.job: run for run in health.jobs}
    configured = {job.key for job in jobs}
    said = [text for run in health.jobs if run.started_at and (text := _died(run, health.now))]
    said += [
        f"{run.job} failed last, at {format_time(run.finished_at)}"
        for run in health.jobs
        if run.outcome == "failed" and run.finished_at and (run.job in configured or not configured)
    ]
    known = {job.key for job in jobs if (run := runs.get(job.key)) and run.covered is not None}
    never = [job.key for job in jobs if job.key not in known]
    said += [f"never run by a scheduler: {', '.join(never)}"] if never else []
    said += [text for job in jobs if (text := _late_run(job, runs.get(job.key), health.now, minutes))]
    if said:
        return warn(
            "jobs",
            "; ".join(said),
            "Look whether 'earmark scheduler' runs, and at its log. A lease that has expired blocks nothing.",
        )
    if not jobs:
        return fine("jobs", "none configured; 'earmark run' must be called from elsewhere")
    return fine("jobs", f"{len(jobs)}, all run as planned")


def _died(run: JobHealth, now: int) -> str | None:
    if run.finished_at is not None or run.lease_until is None or run.lease_until > now:
        return None
    return f"{run.job} was cut off: the lease of {run.holder} ended {span(now - run.lease_until)} ago"


def _late_run(job: JobConfig, run: JobHealth | None, now: int, minutes: float) -> str | None:
    if run is None or run.covered is None:
        return None
    if run.lease_until is not None and run.lease_until > now:
        return None
    late = now - _planned(job, run.covered + 1)
    return f"{job.key} should have run {span(late)} ago" if late > minutes * MINUTE else None


def messages(health: Health, *, published: bool, minutes: float) -> Check:
    """Look for messages that do not go out; ``published`` tells that there is somewhere to publish to."""
    lag = next(lag for lag in health.lags if lag.kind == "message")
    if lag.oldest is None:
        return fine("messages", "all published")
    age = health.now - lag.oldest
    detail = f"{lag.number} not published, the oldest {span(age)} old"
    if not published:
        return fine("messages", f"{detail}; no [publish] file is configured")
    if age <= minutes * MINUTE:
        return fine("messages", detail)
    return warn(
        "messages",
        detail,
        "Look whether the [publish] file can be written; a 'publish' job sends what others left over.",
    )


def imports(health: Health) -> Check:
    """Look for stock imports that were begun and not finished."""
    if not health.unfinished_imports:
        return fine("stock imports", "none unfinished")
    return warn(
        "stock imports",
        f"{len(health.unfinished_imports)} unfinished: {', '.join(health.unfinished_imports[:3])}",
        "Import the file again: it goes on where it stopped. A later count replaces it, too.",
        health.unfinished_imports,
    )


def refused_stock(health: Health) -> Check:
    """Look for stock files and rows that were refused: what they counted is not on sale, or no longer there."""
    files, rows = health.refused_files, health.refused_rows
    name = "refused stock"
    if not files and not rows:
        return fine(name, "none")
    said = [f"{count(len(files), 'file')} refused as a whole"] if files else []
    said += [f"{count(sum(rows.values()), 'row')} refused within a day"] if rows else []
    return warn(
        name,
        "; ".join(said) + ": the old counts still hold",
        "The report beside each file says why. Mend it and put it back where it came from, or import it by hand; "
        "then delete the refused one. --verbose lists all.",
        [*files, *(f"{file}: {count(number, 'row')}" for file, number in rows.items())],
    )


def counts(health: Health, jobs: Sequence[JobConfig]) -> Check:
    """Tell how old the last count of each warehouse is; with a stock-update job, look for old ones."""
    name = "stock counts"
    if not health.counted_at:
        return fine(name, "nothing was counted yet")
    warehouse, oldest = min(health.counted_at.items(), key=lambda pair: pair[1])
    detail = (
        f"{count(len(health.counted_at), 'warehouse')}, {warehouse} longest ago: {span(health.now - oldest)}"
    )
    expected = any(job.kind is JobKind.STOCK_UPDATE for job in jobs)
    late = [w for w, at in health.counted_at.items() if health.now - at > OLD_COUNT_DAYS * 1440 * MINUTE]
    if not expected or not late:
        return fine(name, detail)
    return warn(
        name,
        f"{detail}; {len(late)} not for {OLD_COUNT_DAYS} days, though a stock-update job waits for their files",
        "Look whether the files still come. A warehouse that is not used any more is switched off by "
        "'active: false' in the topology.",
        [f"{w}: {span(health.now - health.counted_at[w])}" for w in late],
    )


def migrations(health: Health) -> Check:
    """Look for migrations that have not come to their end within an hour: cut off, unless one is still at work."""
    old = [one for one in health.open_migrations if health.now - one.started_at > 60 * MINUTE]
    if not old:
        return fine("migrations", "none was cut off")
    began = span(health.now - old[0].started_at)
    said = f"{len(old)} not finished, the oldest begun {began} ago: cut off, unless it is still at work"
    return warn(
        "migrations",
        said,
        f"Go on: {_goes_on(old[0])} (with the same --from, --state and --enter, if any); "
        f"or take it back: 'earmark process undo {old[0].id}'. --verbose lists all.",
        [f"migration {one.id}, {count(one.moved, 'item')} moved: {_goes_on(one)}" for one in old],
    )


def _goes_on(one: OpenMigration) -> str:
    maps = [word for old, new in sorted(one.state_map.items()) for word in ("--map", f"{old}={new}")]
    return shlex.join(["earmark", "process", "migrate", one.process, "--to", one.version[:12], *maps])


def suspended(health: Health) -> Check:
    """Tell what stands still by somebody's will, and look for what may have been forgotten."""
    name = "suspended"
    if not health.suspensions or health.suspended_since is None:
        return fine(name, "nothing")
    items = sum(one.items for one in health.suspended)
    age = health.now - health.suspended_since
    detail = (
        f"{count(items, 'item')} by {count(health.suspensions, 'suspension')}, the oldest of {span(age)} ago; "
        f"they reserve {health.suspended_reserved:f}"
    )
    if age <= FORGOTTEN_DAYS * 1440 * MINUTE:
        return fine(name, detail)
    return warn(
        name,
        detail,
        "'earmark suspensions' lists what stands still, who said so and why; 'earmark resume' lets it go on.",
        [f"{one.process}, {one.state}: {one.items}" for one in health.suspended],
    )


def shortfalls(health: Health) -> Check:
    """Look for products that more is promised of than there is."""
    if not health.shortfalls:
        return fine("shortfalls", "none")
    return warn(
        "shortfalls",
        f"{count(health.shortfalls, 'product')} per store with more promised than there is stock",
        "A count came out lower than what was promised, or a return was taken back. Restock, or cancel orders; "
        "'earmark shortfalls' lists them with the orders behind them.",
    )


def negatives(health: Health) -> Check:
    """Look for sums of reservations that are below zero, which no order can bring about."""
    if not health.negatives:
        return fine("negative sums", "none")
    return wrong(
        "negative sums",
        f"{count(health.negatives, 'product')} per store with less than nothing reserved or held: stored sums were "
        "damaged",
        "Run 'earmark reservation reconcile'; with --dry-run it shows what differs and changes nothing.",
    )


def drift(engine: Engine, *, fast: bool) -> Check:
    """Compare every stored amount with its recomputation, changing nothing."""
    name = "reservations"
    if fast:
        return Check(name, Status.SKIPPED, "not compared (--fast)")
    report = engine.reconcile(dry_run=True)
    detail = f"{count(report.checked, 'amount')}, drift {len(report.drift)}"
    if not report.drift and not report.items:
        return fine(name, detail)
    items = f", {count(report.items, 'item')} with a wrong record" if report.items else ""
    return wrong(
        name,
        f"{detail}{items}",
        "Run 'earmark reservation reconcile': it repairs and lists them. Report the list: it must not happen.",
        [
            f"{row.store} {row.sku} {row.what}: {row.stored:f}, should be {row.expected:f}"
            for row in report.drift[:20]
        ],
    )
