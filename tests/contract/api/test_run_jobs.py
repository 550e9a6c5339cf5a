"""Jobs as verbs of the engine: one that is run now, a run by hand that is a job, and the scheduler's."""

from __future__ import annotations

import threading

import pytest

from engine.api import Caller
from engine.api.jobs import JobConfig, JobKind
from engine.errors import JobRunning, UnknownStore
from engine.facts import JobRan
from engine.jobs.records import JobRecords
from tests.helpers.clock import DAY
from tests.helpers.observing import watch

SALE = "states new* late\nnew -> late : expire\nevent expire timeout=1day"
TIMEOUTS = JobConfig(kind=JobKind.TIMEOUTS, name="timeouts", interval=60)


class Collect:
    def __init__(self):
        self.kinds = []

    def publish(self, messages):
        self.kinds += [message.kind for message in messages]


@pytest.fixture
def sale(world):
    """Two items, of which one is the last of its kind, and whose timeouts are due."""
    world.deploy(SALE)
    world.place("tea-1 100")
    world.place("tea-2")
    world.forward(DAY)
    return world


def last_run(world, job="timeouts"):
    return next(run for run in world.engine.health().jobs if run.job == job)


def test_a_job_is_run_now_recorded_and_told(sale):
    notes, sink = watch(sale), Collect()
    report = sale.engine.run_job(TIMEOUTS, sink=sink)
    assert (report.job, report.outcome, report.result["moved"]) == ("timeouts", "done", 2)
    assert "availability" in sink.kinds
    assert (last_run(sale).outcome, last_run(sale).holder) == ("done", sale.engine.runtime.holder)
    assert [(fact.job, fact.outcome) for fact in notes.of(JobRan)] == [("timeouts", "done")]
    assert ("earmark.job", None, {"job": "timeouts"}) in notes.spans


def test_what_goes_wrong_in_a_job_is_in_its_report(sale):
    job = TIMEOUTS.model_copy(update={"store": "FR"})
    report = sale.engine.run_job(job)
    assert (report.outcome, report.error["code"]) == ("failed", "unknown_store")
    assert last_run(sale).outcome == "failed"


def test_a_run_by_hand_is_a_job_and_gives_its_report(sale):
    report = sale.engine.as_job(JobKind.TIMEOUTS, lambda engine: engine.run_timeouts())
    assert report.moved == 2
    assert last_run(sale).outcome == "done"
    with pytest.raises(UnknownStore):
        sale.engine.as_job(JobKind.TIMEOUTS, lambda engine: engine.run_timeouts(store="FR"))
    assert last_run(sale).outcome == "failed"
    assert sale.engine.as_job(JobKind.PURGE, lambda engine: engine.purge("90 days")).complete


def test_nothing_runs_beside_a_run_that_is_alive(sale):
    JobRecords(sale.engine.runtime.database, "another host").take("timeouts", "timeouts")
    with pytest.raises(JobRunning, match="another host"):
        sale.engine.run_job(TIMEOUTS)
    with pytest.raises(JobRunning, match="another host"):
        sale.engine.as_job(JobKind.TIMEOUTS, lambda engine: engine.run_timeouts())
    assert set(sale.states()) == {"new"}


def test_a_run_ends_when_its_caller_asks_for_it(sale):
    stopping = sale.engine.for_caller(Caller("anna", stop=lambda: True))
    assert not stopping.as_job(JobKind.TIMEOUTS, lambda engine: engine.run_timeouts()).complete
    assert stopping.run_job(TIMEOUTS).outcome == "stopped"
    assert set(sale.states()) == {"new"}


def test_jobs_run_at_their_times_until_they_are_stopped(sale):
    stop, reports = threading.Event(), []

    def report(done):
        reports.append(done)
        if len({one.job for one in reports}) == 2:
            stop.set()

    jobs = [TIMEOUTS, JobConfig(kind=JobKind.RECONCILE, name="reconcile", interval=60)]
    sale.engine.run_jobs(jobs, stop, report=report)
    assert {(one.job, one.outcome) for one in reports} == {("timeouts", "done"), ("reconcile", "done")}
    assert set(sale.states()) == {"late"}


def test_stock_is_balanced_by_a_job_until_it_is_stopped(sale):
    job = JobConfig(kind=JobKind.BALANCE, cron="0 3 * * *")
    assert sale.engine.run_job(job).outcome == "done"
    stopping = sale.engine.for_caller(Caller("anna", stop=lambda: True))
    assert stopping.run_job(job).outcome == "stopped"


def test_a_job_has_the_correlation_of_whoever_runs_it(sale):
    item = sale.value("SELECT min(id) FROM order_item")
    sale.engine.for_caller(Caller("anna", correlation="night")).run_job(TIMEOUTS)
    assert sale.history(item)[-1].correlation == "night"
