"""Metrics: what is told is counted, what the database says is asked rarely, and labels stay bounded."""

import urllib.request
from urllib.parse import urlsplit

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from earmark.telemetry import prometheus
from earmark.telemetry.collector import DatabaseCollector
from earmark.telemetry.exposition import new_registry, served, write_whole
from earmark.telemetry.prometheus import PrometheusObserver
from engine.errors import ConfigurationInvalid, DatabaseUnusable, FileUnreadable
from engine.facts import (
    Busy,
    Imported,
    JobRan,
    Placed,
    Published,
    Reconciled,
    Refused,
    Stepped,
    Waited,
)
from engine.results import ExchangeState, FeedHealth, Health, JobHealth, Lag, SinkState, StateCount

SECOND = 1_000_000
HEALTH = Health(
    now=100 * SECOND,
    items=(StateCount("Sale", "new", 4), StateCount("Sale", "paid", 2)),
    stuck=(StateCount("Sale", "paid", 1),),
    lags=(Lag("timeout", 3, 40 * SECOND), Lag("message", 0, None)),
    jobs=(
        JobHealth("timeouts", "done", "here", 90 * SECOND, 92 * SECOND, None, 90 * SECOND),
        JobHealth("conditions", "running", "here", 99 * SECOND, None, 199 * SECOND, None),
        JobHealth("publish", None, None, None, None, None, None),
    ),
    expired_claims=2,
    unfinished_imports=("a.csv",),
    suspended=(StateCount("Sale", "paid", 2),),
    suspensions=3,
    suspended_since=70 * SECOND,
    shortfalls=5,
    negatives=6,
    drift=1,
    lock_waiters=3,
    longest_lock_wait=1.5,
    cart_holds=7,
    exchange=(ExchangeState("DE", "export", 9, 3, 60.0), ExchangeState("AT", "import", 0, 0, None)),
    exchange_kept=4,
    sinks=(SinkState("shop", 9, 3, 60.0, 2, None, False, 0, None, None, None),),
    feeds=(
        FeedHealth("north", 40 * SECOND, 41 * SECOND, 200, 5, None, 0, 50 * SECOND),
        FeedHealth("hub", stopped="fallen", failing_since=70 * SECOND),
    ),
)


def step(**changes):
    fields = {"process": "Sale", "source": "new", "target": "paid", "event": "pay", "trigger": "api",
              "outcome": "moved", "items": 3, "run": 1, "correlation": "c", **changes}  # fmt: skip
    return Stepped(**fields)


PAID = {"process": "Sale", "event": "pay", "trigger": "api"}
STAYED = step(outcome="condition_false", target=None)


@pytest.fixture
def registry():
    return CollectorRegistry()


@pytest.fixture
def count(registry):
    """Tell facts; return the value of a sample."""
    observer = PrometheusObserver(registry)

    def told(name, labels=None, *facts):
        for fact in facts:
            observer.tell(fact)
        return registry.get_sample_value(name, labels or {})

    return told


@pytest.mark.parametrize(
    ("name", "labels", "facts", "value"),
    [
        ("earmark_transitions_total", PAID, [step(), step(items=2)], 5),
        ("earmark_transitions_total", {"process": "Sale", "event": "", "trigger": "conditions"},
         [step(event=None, trigger="conditions")], 3),
        ("earmark_transitions_total", {**PAID, "trigger": "force"}, [step(trigger="force", outcome="forced")], 3),
        ("earmark_transitions_total", PAID, [STAYED, step(outcome="failed", target=None)], None),
        ("earmark_stayed_total", {"process": "Sale", "event": "pay"}, [STAYED], 3),
        ("earmark_blocked_total", {"code": "item_locked"}, [Refused("blocked", "item_locked", 4, "m")], 4),
        ("earmark_failed_total", {"code": "command_failed"}, [Refused("failed", "command_failed", 4, "m")], 4),
        ("earmark_stuck_total", {"code": "command_failed"}, [Refused("stuck", "command_failed", 4, "m")], 4),
        ("earmark_orders_placed_total", {}, [Placed(3, 1, 5), Placed(2, 0, 2)], 5),
        ("earmark_orders_refused_total", {"code": "not_available"}, [Placed(0, 0, 0, {"not_available": 2})], 2),
        ("earmark_stock_imports_total", {"outcome": "stopped"}, [Imported("a", 5, 4, 1, 2, False, 1.0)], 1),
        ("earmark_stock_rows_total", {"outcome": "imported"}, [Imported("a", 5, 4, 1, 2, True, 1.0)], 4),
        ("earmark_stock_rows_total", {"outcome": "refused"}, [Imported("a", 5, 4, 1, 2, True, 1.0)], 1),
        ("earmark_items_released_total", {}, [Imported("a", 5, 4, 1, 2, True, 1.0)], 2),
        ("earmark_lock_wait_seconds_count", {"kind": "claim"}, [Waited("claim", 0.3), Waited("write", 0.1)], 1),
        ("earmark_lock_wait_seconds_bucket", {"kind": "claim", "le": "0.5"}, [Waited("claim", 0.3)], 1),
        ("earmark_database_busy_total", {}, [Busy("m"), Busy("m")], 2),
        ("earmark_reservation_drift_found_total", {}, [Reconciled(9, 2, 1, 3)], 3),
        ("earmark_messages_published_total", {}, [Published(7)], 7),
        ("earmark_job_runs_total", {"job": "timeouts", "outcome": "failed"},
         [JobRan("timeouts", "failed", 0, 1)], 1),
        ("earmark_job_duration_seconds_sum", {"job": "timeouts"}, [JobRan("timeouts", "done", 0, 2 * SECOND)], 2),
        ("earmark_job_last_success_timestamp_seconds", {"job": "timeouts"},
         [JobRan("timeouts", "done", 0, 5 * SECOND), JobRan("timeouts", "failed", 0, 9 * SECOND)], 5),
    ],
)  # fmt: skip
def test_facts_are_counted(count, name, labels, facts, value):
    assert count(name, labels, *facts) == value


def test_waits_are_there_before_the_first_one(count):
    assert count("earmark_lock_wait_seconds_count", {"kind": "claim"}) == 0


def test_too_many_names_are_counted_as_one(count, monkeypatch):
    monkeypatch.setattr(prometheus, "MOST_LABELS", 2)
    facts = [step(process=f"P{number}") for number in range(5)]
    other = {"process": "(other)", "event": "(other)", "trigger": "(other)"}
    assert count("earmark_transitions_total", other, *facts) == 9
    assert count("earmark_transitions_total", {**PAID, "process": "P0"}) == 3


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def values(registry):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }


def test_what_the_database_tells(registry):
    registry.register(DatabaseCollector(lambda: HEALTH, 15))
    assert values(registry) == {
        ("earmark_database_up",): 1,
        ("earmark_items", "Sale", "new"): 4,
        ("earmark_items", "Sale", "paid"): 2,
        ("earmark_stuck_items", "Sale", "paid"): 1,
        ("earmark_suspended_items", "Sale", "paid"): 2,
        ("earmark_suspensions",): 3,
        ("earmark_oldest_suspension_seconds",): 30,
        ("earmark_due_lag_seconds", "timeout"): 60,
        ("earmark_due_lag_seconds", "message"): 0,
        ("earmark_due", "timeout"): 3,
        ("earmark_due", "message"): 0,
        ("earmark_job_last_start_timestamp_seconds", "timeouts"): 90,
        ("earmark_job_last_start_timestamp_seconds", "conditions"): 99,
        ("earmark_job_last_duration_seconds", "timeouts"): 2,
        ("earmark_job_last_outcome", "timeouts", "done"): 1,
        ("earmark_job_last_outcome", "conditions", "running"): 1,
        ("earmark_cart_holds",): 7,
        ("earmark_exchange_pending", "export", "DE"): 3,
        ("earmark_exchange_pending", "import", "AT"): 0,
        ("earmark_exchange_lag_seconds", "export", "DE"): 60,
        ("earmark_exchange_kept_messages",): 4,
        ("earmark_sink_waiting_messages", "shop"): 3,
        ("earmark_sink_lag_seconds", "shop"): 60,
        ("earmark_sink_kept_messages", "shop"): 2,
        ("earmark_feed_count_age_seconds", "north"): 60,
        ("earmark_feed_expected_seconds", "north"): 50,
        ("earmark_feed_late_seconds", "north"): 10,
        ("earmark_feed_late_seconds", "hub"): 0,
        ("earmark_feed_refused_ratio", "north"): 0.025,
        ("earmark_feed_refused_ratio", "hub"): 0,
        ("earmark_feed_stopped", "north"): 0,
        ("earmark_feed_stopped", "hub"): 1,
        ("earmark_feed_failing_seconds", "north"): 0,
        ("earmark_feed_failing_seconds", "hub"): 30,
        ("earmark_expired_claims",): 2,
        ("earmark_unfinished_imports",): 1,
        ("earmark_stock_refused_files",): 0,
        ("earmark_stock_refused_rows",): 0,
        ("earmark_shortfall_products",): 5,
        ("earmark_negative_reservations",): 6,
        ("earmark_reservation_drift",): 1,
        ("earmark_database_lock_waiters",): 3,
        ("earmark_database_longest_lock_wait_seconds",): 1.5,
    }


def test_the_database_is_asked_at_most_once_in_a_while(registry):
    asked, clock = [], Clock()
    registry.register(DatabaseCollector(lambda: asked.append(1) or HEALTH, 15, clock))
    assert asked == []
    for now in (0, 5, 14.9, 15, 20):
        clock.now = now
        generate_latest(registry)
    assert len(asked) == 2


def test_a_database_that_cannot_be_asked_is_down_and_comes_back(registry):
    answers = [DatabaseUnusable("gone"), HEALTH]

    def measure():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    registry.register(DatabaseCollector(measure, 0))
    assert values(registry) == {("earmark_database_up",): 0}
    assert values(registry)[("earmark_database_up",)] == 1


class Engine:
    def health(self):
        return HEALTH


def test_metrics_are_served_over_http_until_the_block_ends():
    with served(new_registry(), Engine(), "127.0.0.1", 0, 15) as url:
        with urllib.request.urlopen(url) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain")
            text = answer.read().decode()
        assert 'earmark_items{process="Sale",state="new"} 4.0' in text
        assert "earmark_build_info" in text
        assert "_created" not in text
        again = served(new_registry(), Engine(), "127.0.0.1", urlsplit(url).port, 15)
        with pytest.raises(ConfigurationInvalid, match=r"metrics cannot be served at 127\.0\.0\.1"), again:
            pass
    with pytest.raises(OSError):
        urllib.request.urlopen(url)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "earmark.prom"
    write_whole(path, "a 1\n")
    write_whole(path, "a 2\n")
    assert path.read_text() == "a 2\n"
    assert [file.name for file in tmp_path.iterdir()] == ["earmark.prom"]
    assert path.stat().st_mode & 0o777 == 0o644
    with pytest.raises(FileUnreadable):
        write_whole(tmp_path / "no" / "earmark.prom", "a 1\n")
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileUnreadable):
        write_whole(tmp_path / "folder", "a 1\n")
    assert {file.name for file in tmp_path.iterdir()} == {"earmark.prom", "folder"}
