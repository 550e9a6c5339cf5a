"""Metrics that the database tells: items per state, stuck items, overdue work, jobs, drift, shortfalls."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from threading import Lock

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from earmark.telemetry.prometheus import MOST_LABELS, OTHER
from engine.api.values import SECOND
from engine.errors import EarmarkError
from engine.results import Health, JobHealth, StateCount

_log = logging.getLogger("earmark.metrics")


class DatabaseCollector(Collector):
    """Asks ``measure`` at most once in ``refresh_s`` seconds, and answers scrapes in between from memory.

    When the database cannot be asked, ``earmark_database_up`` is 0 and what it would tell is absent.
    """

    def __init__(
        self,
        measure: Callable[[], Health],
        refresh_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._measure = measure
        self._refresh_s = refresh_s
        self._monotonic = monotonic
        self._lock = Lock()
        self._asked_at: float | None = None
        self._health: Health | None = None

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        health = self._current()
        yield _gauge("earmark_database_up", "Whether the database could be asked.", float(health is not None))
        if health is not None:
            yield from families(health)

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that registering does not ask the database."""
        return ()

    def _current(self) -> Health | None:
        with self._lock:
            now = self._monotonic()
            if self._asked_at is None or now - self._asked_at >= self._refresh_s:
                self._health = self._ask()
                self._asked_at = self._monotonic()
            return self._health

    def _ask(self) -> Health | None:
        try:
            return self._measure()
        except EarmarkError as error:
            _log.warning("the database could not be asked for metrics: %s", error.message)
            return None


def families(health: Health) -> Iterator[Metric]:
    """Yield the metrics of what was measured."""
    yield _by_state("earmark_items", "Items in a state.", health.items)
    yield _by_state("earmark_stuck_items", "Items whose step is not tried any more.", health.stuck)
    yield _by_state("earmark_suspended_items", "Items that stand still.", health.suspended)
    yield _gauge("earmark_suspensions", "Suspensions that have not ended.", health.suspensions)
    age = 0.0 if health.suspended_since is None else max(0, health.now - health.suspended_since) / SECOND
    yield _gauge("earmark_oldest_suspension_seconds", "How long ago the oldest of them began.", age)
    lag = GaugeMetricFamily(
        "earmark_due_lag_seconds", "How long the oldest work of a kind is overdue.", labels=("kind",)
    )
    due = GaugeMetricFamily("earmark_due", "Work that is due and not done.", labels=("kind",))
    for one in health.lags:
        late = 0.0 if one.oldest is None else max(0, health.now - one.oldest) / SECOND
        lag.add_metric((one.kind,), late)
        due.add_metric((one.kind,), one.number)
    yield from (lag, due)
    yield from _jobs(health.jobs)
    yield _gauge("earmark_cart_holds", "Carts of which pieces are held.", health.cart_holds)
    yield from _exchange(health)
    yield from _sinks(health)
    yield _gauge("earmark_expired_claims", "Claims that outlived their lease.", health.expired_claims)
    yield _gauge(
        "earmark_unfinished_imports", "Stock imports that nobody finishes.", len(health.unfinished_imports)
    )
    text = "Stock files that the scheduler refused as a whole and that still lie there."
    yield _gauge("earmark_stock_refused_files", text, len(health.refused_files))
    text = "Rows that the last import of a stock file refused, within the last day."
    yield _gauge("earmark_stock_refused_rows", text, sum(health.refused_rows.values()))
    yield _count_ages(health)
    yield from _feeds(health)
    yield _gauge(
        "earmark_shortfall_products",
        "Products per store of which more is promised than there is stock.",
        health.shortfalls,
    )
    yield _gauge(
        "earmark_negative_reservations",
        "Products per store whose reserved or held sum is below zero.",
        health.negatives,
    )
    if health.drift is not None:
        text = "Amounts and items that the last reconcile job found wrong."
        yield _gauge("earmark_reservation_drift", text, health.drift)
    if health.lock_waiters is not None:
        text = "Sessions that wait for another one's database lock."
        yield _gauge("earmark_database_lock_waiters", text, health.lock_waiters)
    if health.longest_lock_wait is not None:
        text = "How long the longest of them has been waiting."
        yield _gauge("earmark_database_longest_lock_wait_seconds", text, health.longest_lock_wait)


def _sinks(health: Health) -> Iterator[Metric]:
    labels = ("sink",)
    waiting = GaugeMetricFamily(
        "earmark_sink_waiting_messages", "Messages that a sink was not handed yet.", labels=labels
    )
    lag = GaugeMetricFamily("earmark_sink_lag_seconds", "The age of the oldest of them.", labels=labels)
    kept = GaugeMetricFamily(
        "earmark_sink_kept_messages", "Messages that a sink can never take.", labels=labels
    )
    for one in health.sinks[:MOST_LABELS]:
        waiting.add_metric((one.sink,), one.waiting)
        lag.add_metric((one.sink,), one.lag_s)
        kept.add_metric((one.sink,), one.kept)
    yield from (waiting, lag, kept)


def _exchange(health: Health) -> Iterator[Metric]:
    labels = ("store", "direction")
    pending = GaugeMetricFamily(
        "earmark_exchange_pending", "Reservations that are to be told, or do not count yet.", labels=labels
    )
    lag = GaugeMetricFamily(
        "earmark_exchange_lag_seconds", "How long ago the other side had everything.", labels=labels
    )
    for one in health.exchange[:MOST_LABELS]:
        pending.add_metric((one.store, one.direction), one.pending)
        if one.lag_s is not None:
            lag.add_metric((one.store, one.direction), one.lag_s)
    yield from (pending, lag)
    text = "Messages of other databases that are kept aside."
    yield _gauge("earmark_exchange_kept_messages", text, health.exchange_kept)


def _count_ages(health: Health) -> Metric:
    text = "How long ago a warehouse was counted last."
    family = GaugeMetricFamily("earmark_stock_count_age_seconds", text, labels=("warehouse",))
    for warehouse, at in list(health.counted_at.items())[:MOST_LABELS]:
        family.add_metric((warehouse,), max(0, health.now - at) / SECOND)
    return family


def _feeds(health: Health) -> Iterator[Metric]:
    def family(name: str, text: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"earmark_feed_{name}", text, labels=("feed",))

    age = family("count_age_seconds", "How long ago the latest good file of a feed was counted.")
    expected = family("expected_seconds", "How old the latest good count of a feed may be.")
    late = family("late_seconds", "By how much the next count of a feed is late.")
    refused = family("refused_ratio", "Share of its rows that the last file of a feed had refused.")
    stopped = family("stopped", "Whether a guard stopped the last file of a feed.")
    failing = family("failing_seconds", "For how long a feed has given nothing that could be imported.")
    for feed in health.feeds[:MOST_LABELS]:
        label = (feed.feed,)
        if feed.counted_at is not None:
            age.add_metric(label, max(0, health.now - feed.counted_at) / SECOND)
        if feed.expected_us is not None:
            expected.add_metric(label, feed.expected_us / SECOND)
        late.add_metric(label, feed.late_us(health.now) / SECOND)
        refused.add_metric(label, feed.refused / feed.rows if feed.rows else 0.0)
        stopped.add_metric(label, float(feed.stopped is not None))
        since = feed.failing_since
        failing.add_metric(label, 0.0 if since is None else max(0, health.now - since) / SECOND)
    yield from (age, expected, late, refused, stopped, failing)


def _jobs(jobs: Iterable[JobHealth]) -> Iterator[Metric]:
    started = GaugeMetricFamily(
        "earmark_job_last_start_timestamp_seconds",
        "When the job was last started, on any host.",
        labels=("job",),
    )
    duration = GaugeMetricFamily(
        "earmark_job_last_duration_seconds", "How long its last run took that has ended.", labels=("job",)
    )
    outcome = GaugeMetricFamily(
        "earmark_job_last_outcome", "1 for the outcome of its last run.", labels=("job", "outcome")
    )
    for job in jobs:
        if job.started_at is None:
            continue
        started.add_metric((job.job,), job.started_at / SECOND)
        outcome.add_metric((job.job, job.outcome or ""), 1)
        if job.finished_at is not None:
            duration.add_metric((job.job,), max(0, job.finished_at - job.started_at) / SECOND)
    yield from (started, duration, outcome)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _by_state(name: str, text: str, counts: Iterable[StateCount]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=("process", "state"))
    more = 0
    for number, count in enumerate(counts):
        if number < MOST_LABELS:
            family.add_metric((count.process, count.state), count.items)
        else:
            more += count.items
    if more:
        family.add_metric((OTHER, OTHER), more)
    return family
