"""A scheduled job: runs when due, makes up what was missed once, and goes on firing after a failure."""

import threading
from types import SimpleNamespace

import pytest

from engine.clock import format_time, to_datetime
from engine.errors import DatabaseBusy, DatabaseUnusable, UnknownStore
from engine.jobs.config import JobConfig
from engine.jobs.records import JobRecords
from engine.jobs.runner import JobRunner
from engine.observe import SILENT
from engine.results import MoveReport, PurgeReport, ReconcileReport

MINUTE = 60.0


class FakeEngine:
    """Answers the verbs that jobs use; ``script`` is what the next timeouts runs do."""

    def __init__(self, database, stop):
        self.runtime = SimpleNamespace(database=database, stop=stop, observer=SILENT)
        self.script = []
        self.calls = []
        self.published = 0

    def run_timeouts(self, *, store, limit):
        self.calls.append((store, limit))
        answer = self.script.pop(0) if self.script else MoveReport(examined=2, moved=2)
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    def reconcile(self):
        return ReconcileReport(checked=4, items=1)

    def purge(self, older_than, *, archived):
        return PurgeReport(to_datetime(0), complete=older_than == "90 days", history=3)

    def publish(self, sink):
        self.published += 1
        return len(sink)


@pytest.fixture
def runners(database):
    made = []

    def make(job=None, sink=None, stop=None, **options):
        reports, engines = [], {}  # a run asks for its engine anew: here it is the same one
        config = job or JobConfig(kind="timeouts", interval=MINUTE, **options)
        runner = JobRunner(
            config,
            make_engine=lambda should_stop: engines.setdefault("one", FakeEngine(database, should_stop)),
            holder=f"host {len(made)}",
            stop=stop or threading.Event(),
            report=reports.append,
            sink=sink,
        )
        runner.reports = reports
        runner.engine = runner._engine
        made.append(runner)
        return runner

    return make


@pytest.fixture(autouse=True)
def host_clock(monkeypatch, clock):
    monkeypatch.setattr("engine.jobs.runner.system_clock", clock)


def test_nothing_runs_before_the_first_time_is_reached(runners):
    runner = runners()
    runner.start_counting()
    runner.fire()
    assert runner.reports == []


def test_a_run_that_is_due_is_reported_with_its_numbers(runners, clock):
    runner = runners(store="DE", limit=5)
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    assert runner.engine.calls == [("DE", 5)]
    shown = runner.reports[0].as_dict()
    assert (shown["job"], shown["outcome"], shown["error"]) == ("timeouts", "done", None)
    assert shown["result"]["moved"] == 2
    assert shown["started_at"] == format_time(clock.now)


def test_what_was_missed_while_everything_was_down_is_made_up_once(runners, clock):
    runner = runners()
    runner.start_counting()
    clock.forward(10 * MINUTE)
    again = runners()
    again.start_counting()
    again.fire()
    again.fire()
    assert len(again.reports) == 1


def test_two_hosts_that_wake_at_the_same_time_run_once(runners, clock):
    one, other = runners(), runners()
    one.start_counting()
    clock.forward(MINUTE)
    one.fire()
    other.fire()
    assert (len(one.reports), len(other.reports)) == (1, 0)
    clock.forward(MINUTE)
    other.fire()
    assert len(other.reports) == 1


def test_a_failing_job_is_reported_and_fires_again(runners, clock, job_row):
    runner = runners()
    runner.engine.script = [UnknownStore("there is no store 'XX'"), MoveReport(examined=1, moved=1)]
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    assert job_row("timeouts").outcome == "failed"
    clock.forward(MINUTE)
    runner.fire()
    outcomes = [(r.outcome, None if r.error is None else r.error["code"]) for r in runner.reports]
    assert outcomes == [("failed", "unknown_store"), ("done", None)]


def test_a_fault_in_the_code_is_reported_as_such(runners, clock):
    runner = runners()
    runner.engine.script = [ZeroDivisionError("division by zero")]
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    error = runner.reports[0].error
    assert error["code"] == "internal_error"
    assert "ZeroDivisionError" in error["message"]


def test_a_database_that_is_locked_for_too_long_is_reported_and_the_next_time_fires(runners, monkeypatch):
    runner = runners()

    def busy(*_, **__):
        raise DatabaseBusy("the database was locked for too long")

    monkeypatch.setattr(runner._records, "take_if_due", busy)
    runner.fire()
    assert runner.reports[0].error["code"] == "database_busy"


def test_a_run_whose_end_could_not_be_recorded_does_not_hold_up_the_next_one(runners, clock, monkeypatch):
    runner = runners()
    runner.start_counting()
    clock.forward(MINUTE)
    finish = runner._records.finish

    def lost(*_, **__):
        raise DatabaseUnusable("the server has gone")

    monkeypatch.setattr(runner._records, "finish", lost)
    runner.fire()
    assert runner.reports[0].error["code"] == "database_unusable"
    monkeypatch.setattr(runner._records, "finish", finish)
    runner.fire()
    assert [report.outcome for report in runner.reports] == ["failed", "done"]


def test_a_clock_that_is_set_back_does_not_silence_a_job(runners, clock):
    runner = runners()
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    clock.forward(-60 * MINUTE)
    runner.fire()  # counting begins again
    clock.forward(MINUTE)
    runner.fire()
    assert [report.outcome for report in runner.reports] == ["done", "done"]


def test_a_run_with_refusals_is_told_apart(runners, clock):
    runner = runners(JobConfig(kind="reconcile", interval=MINUTE))
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    assert runner.reports[0].outcome == "partly"


@pytest.mark.parametrize(("age", "outcome"), [("90 days", "done"), ("1 day", "stopped")])
def test_a_purge_tells_what_it_deleted(runners, clock, age, outcome):
    runner = runners(JobConfig(kind="purge", interval=MINUTE, older_than=age))
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    (shown,) = [report.as_dict() for report in runner.reports]
    assert (shown["outcome"], shown["result"]["history"]) == (outcome, 3)


def test_a_stopped_run_is_made_up_when_the_scheduler_starts_again(runners, clock):
    runner = runners()
    runner.engine.script = [MoveReport(examined=10, moved=10, complete=False)]
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    assert runner.reports[0].outcome == "stopped"
    again = runners()
    again.fire()
    assert [report.outcome for report in again.reports] == ["done"]


def test_a_run_waits_for_one_of_its_kind_and_then_runs(runners, clock, database):
    runner = runners(name="shop")
    runner.start_counting()
    clock.forward(MINUTE)
    by_hand = JobRecords(database, "an operator")
    lease = by_hand.take("timeouts", "timeouts")
    waits = []

    def wait(_seconds):
        waits.append(list(runner.reports))
        by_hand.finish(lease, "done", {})

    runner._stop.wait = wait
    runner.fire()
    assert waits == [[]]
    assert [report.job for report in runner.reports] == ["timeouts/shop"]


def test_a_waiting_run_ends_when_the_scheduler_is_told_to_stop(runners, clock, database):
    stop = threading.Event()
    runner = runners(stop=stop)
    runner.start_counting()
    clock.forward(MINUTE)
    JobRecords(database, "an operator").take("timeouts", "timeouts")
    stop.wait = lambda seconds: stop.set()
    runner.fire()
    assert runner.reports == []


def test_the_engine_is_told_to_stop_when_the_lease_is_lost(runners, clock, database):
    runner = runners()
    seen = []

    def lose():
        runner._lease.lost.set()
        seen.append(runner.engine.runtime.stop())
        return MoveReport(complete=False)

    runner.engine.script = [lose]
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    assert seen == [True]
    assert runner.reports[0].error["code"] == "lease_lost"


def test_messages_are_published_after_a_run(runners, clock):
    runner = runners(sink=["a", "b"])
    runner.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    assert runner.engine.published == 1


def test_a_publish_job_counts_messages_and_needs_somewhere_to_publish_to(runners, clock):
    job = JobConfig(kind="publish", interval=MINUTE)
    runner, without = (
        runners(job, sink=["a", "b"]),
        runners(JobConfig(kind="publish", name="x", interval=MINUTE)),
    )
    runner.start_counting()
    without.start_counting()
    clock.forward(MINUTE)
    runner.fire()
    without.fire()
    assert runner.reports[0].result == {"published": 2}
    assert without.reports[0].error["code"] == "configuration_invalid"
