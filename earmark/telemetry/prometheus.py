"""Metrics of this process, counted from what the engine tells: transitions, refusals, placements, waits, jobs."""

from __future__ import annotations

from functools import partial
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from engine.api.observing import (
    Busy,
    Fact,
    Imported,
    JobRan,
    Listener,
    Placed,
    Published,
    Reconciled,
    Refused,
    Stepped,
    Waited,
)

MOST_LABELS = 2000
"""So many sets of label values a metric has at most; what comes later is counted as ``(other)``."""

OTHER = "(other)"
"""The label value of what has no place of its own any more."""

_WAITS_S = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_JOBS_S = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)
_STAYED = ("allocated", "amended", "condition_false", "failed", "hold_ended", "left_out", "rejected")


class PrometheusObserver(Listener):
    """Counts facts in a registry. Counters begin at 0 with the process, as Prometheus expects."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._bound = _Bound()
        self._count_items(partial(Counter, registry=registry))
        self._count_orders_and_stock(partial(Counter, registry=registry))
        self._measure_work(registry)

    def _count_items(self, counter: partial[Counter]) -> None:
        labels = ("process", "event", "trigger")
        self.transitions = counter("earmark_transitions", "Items that took a transition.", labels)
        text = "Items that an event left where they were: no condition was true."
        self.stayed = counter("earmark_stayed", text, ("process", "event"))
        self.refusals = {
            kind: counter(f"earmark_{kind}", text, ("code",)) for kind, text in _REFUSALS.items()
        }

    def _count_orders_and_stock(self, counter: partial[Counter]) -> None:
        self.orders = counter("earmark_orders_placed", "Orders that were placed.")
        self.orders_refused = counter("earmark_orders_refused", "Orders that were refused.", ("code",))
        text = "Stock imports that ended, were stopped, or whose file was refused as a whole."
        self.imports = counter("earmark_stock_imports", text, ("outcome",))
        self.stock_rows = counter("earmark_stock_rows", "Rows of stock files.", ("outcome",))
        # There from the start, or the first refusal would be no increase.
        for outcome in ("done", "stopped", "refused"):
            self.imports.labels(outcome)
        for outcome in ("imported", "refused"):
            self.stock_rows.labels(outcome)
        self.released = counter("earmark_items_released", "Shipped items that a stock import released.")
        text = "Stored amounts that reconciling found wrong."
        self.drift = counter("earmark_reservation_drift_found", text)
        self.published = counter("earmark_messages_published", "Messages handed to the sink.")
        self.busy = counter("earmark_database_busy", "Units of work given up: the database was locked.")
        self.jobs = counter("earmark_job_runs", "Runs of scheduled jobs.", ("job", "outcome"))

    def _measure_work(self, registry: CollectorRegistry) -> None:
        histogram = partial(Histogram, registry=registry)
        text = "Waiting for another one's claim on items, or (SQLite) for the right to write."
        self.waits = histogram("earmark_lock_wait_seconds", text, ("kind",), buckets=_WAITS_S)
        text = "How long runs of scheduled jobs took."
        self.job_seconds = histogram("earmark_job_duration_seconds", text, ("job",), buckets=_JOBS_S)
        self.job_success = Gauge(
            "earmark_job_last_success_timestamp_seconds",
            "When this process last ran the job with the outcome done or partly.",
            ("job",),
            registry=registry,
        )
        for kind in ("claim", "write"):
            self.waits.labels(kind)

    def tell(self, fact: Fact) -> None:
        """Count the fact."""
        match fact:
            case Stepped():
                self._stepped(fact)
            case Refused():
                self.refusals[fact.kind].labels(fact.code).inc(fact.items)
            case Placed():
                self.orders.inc(fact.placed)
                for code, number in fact.refused.items():
                    self.orders_refused.labels(code).inc(number)
            case Imported():
                self._imported(fact)
            case Waited():
                self.waits.labels(fact.kind).observe(fact.seconds)
            case Busy():
                self.busy.inc()
            case Reconciled():
                self.drift.inc(fact.drift + fact.items)
            case Published():
                self.published.inc(fact.messages)
            case JobRan():
                self._job(fact)

    def _stepped(self, fact: Stepped) -> None:
        event = fact.event or ""
        if fact.outcome == "condition_false":
            self.stayed.labels(*self._bound("stayed", fact.process, event)).inc(fact.items)
        if fact.outcome not in _STAYED and fact.target is not None:
            labels = self._bound("transitions", fact.process, event, fact.trigger)
            self.transitions.labels(*labels).inc(fact.items)

    def _imported(self, fact: Imported) -> None:
        outcome = "refused" if fact.code else "not_believed" if fact.guard else _ended(fact.complete)
        self.imports.labels(outcome).inc()
        self.stock_rows.labels("imported").inc(fact.imported)
        self.stock_rows.labels("refused").inc(fact.refused)
        self.released.inc(fact.released)

    def _job(self, fact: JobRan) -> None:
        self.jobs.labels(*self._bound("jobs", fact.job, fact.outcome)).inc()
        (job,) = self._bound("job", fact.job)
        self.job_seconds.labels(job).observe(max(0, fact.finished_at - fact.started_at) / 1_000_000)
        if fact.outcome in ("done", "partly"):
            self.job_success.labels(job).set(fact.finished_at / 1_000_000)


def _ended(complete: bool) -> str:
    return "done" if complete else "stopped"


_REFUSALS = {
    "blocked": "Items that could not take an event where they stand.",
    "failed": "Items whose step failed; most are tried again by themselves.",
    "stuck": "Items whose step failed for the last time.",
}


class _Bound:
    """Keeps the number of label sets per metric bounded: names come from definitions, which anybody may deploy."""

    def __init__(self) -> None:
        self._seen: dict[str, set[tuple[str, ...]]] = {}
        self._lock = Lock()

    def __call__(self, metric: str, *labels: str) -> tuple[str, ...]:
        seen = self._seen.setdefault(metric, set())
        if labels in seen:
            return labels
        with self._lock:
            if len(seen) >= MOST_LABELS:
                return (OTHER,) * len(labels)
            seen.add(labels)
        return labels
