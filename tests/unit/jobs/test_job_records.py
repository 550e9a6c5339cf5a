"""Runs of one kind never overlap, whoever starts them, and what a crash leaves behind expires."""

import json

import pytest

from engine.errors import DatabaseUnusable, JobRunning
from engine.jobs.records import JobRecords


@pytest.fixture
def ledger(database):
    return JobRecords(database, "host A, process 1", lease_s=60)


@pytest.fixture
def other(database):
    return JobRecords(database, "host B, process 2", lease_s=60)


def test_a_second_run_is_refused_with_holder_and_expiry(ledger, other, clock):
    ledger.take("timeouts", "timeouts")
    with pytest.raises(JobRunning) as refused:
        other.take("timeouts", "timeouts")
    assert "host A, process 1" in refused.value.message
    assert refused.value.parameters["until"] == "2027-01-15T08:01:00Z"


def test_a_job_of_another_name_but_the_same_kind_is_refused_too(ledger, other):
    ledger.take("timeouts", "timeouts/shop")
    with pytest.raises(JobRunning, match="timeouts/shop"):
        other.take("timeouts", "timeouts")
    with pytest.raises(JobRunning, match="timeouts/shop"):
        other.take("timeouts", "timeouts/warehouse")


def test_kinds_do_not_exclude_each_other(ledger, other):
    ledger.take("timeouts", "timeouts")
    assert other.take("conditions", "conditions").token == 1


def test_a_finished_run_makes_room_and_keeps_its_result(ledger, other, job_row):
    lease = ledger.take("timeouts", "timeouts")
    assert ledger.finish(lease, "done", {"moved": 3})
    row = job_row("timeouts")
    assert (row.outcome, json.loads(row.result)) == ("done", {"moved": 3})
    assert other.take("timeouts", "timeouts").token == lease.token + 1


def test_an_expired_run_is_taken_over_and_can_change_nothing_more(ledger, other, clock, job_row):
    first = ledger.take("timeouts", "timeouts")
    clock.forward(61)
    second = other.take("timeouts", "timeouts")
    assert second.token == first.token + 1
    assert not ledger.finish(first, "done", {"by": "the first"})
    assert job_row("timeouts").outcome == "running"
    assert other.finish(second, "done", {"by": "the second"})
    assert json.loads(job_row("timeouts").result) == {"by": "the second"}


def test_a_lease_is_prolonged_while_the_work_goes_on(database, clock, job_row):
    ledger = JobRecords(database, "host A", lease_s=0.06)
    lease = ledger.take("timeouts", "timeouts")
    before = job_row("timeouts").lease_until
    clock.forward(0.03)
    with ledger.kept_alive(lease):
        while job_row("timeouts").lease_until == before:
            pass
    assert job_row("timeouts").lease_until == before + 30_000
    assert not lease.lost.is_set()


def test_the_holder_of_a_lost_lease_is_told(database, clock):
    slow = JobRecords(database, "host A", lease_s=0.06)
    lease = slow.take("timeouts", "timeouts")
    clock.forward(1)
    JobRecords(database, "host B").take("timeouts", "timeouts")
    with slow.kept_alive(lease):
        assert lease.lost.wait(20)


def test_a_holder_that_cannot_reach_the_database_gives_up_when_its_lease_is_over(database):
    ledger = JobRecords(database, "host", lease_s=0.03)
    lease = ledger.take("timeouts", "timeouts")

    def lost(_statement):
        raise DatabaseUnusable("the server has gone")

    with ledger.kept_alive(lease):
        database.probe = lost
        assert lease.lost.wait(10)
        database.probe = None


def test_a_lease_from_before_the_clock_was_set_back_is_not_believed(ledger, other, clock):
    first = ledger.take("timeouts", "timeouts")
    clock.forward(-3600)
    assert other.take("timeouts", "timeouts").token == first.token + 1
    assert not ledger.finish(first, "done", {})


def test_a_lease_is_believed_when_the_clock_moved_by_a_little(ledger, other, clock):
    ledger.take("timeouts", "timeouts")
    clock.forward(-30)
    with pytest.raises(JobRunning):
        other.take("timeouts", "timeouts")


def test_a_job_that_is_not_due_is_not_started(ledger, job_row):
    ledger.start_counting("timeouts")
    assert ledger.take_if_due("timeouts", "timeouts", lambda covered: False) is None
    assert job_row("timeouts").outcome is None


def test_due_is_asked_with_the_time_up_to_which_runs_are_done(ledger, clock):
    ledger.start_counting("timeouts")
    started = clock.now
    clock.forward(10)
    asked = []
    lease = ledger.take_if_due("timeouts", "timeouts", lambda covered: asked.append(covered) or True)
    ledger.finish(lease, "done", {}, covered=clock.now)
    ledger.take_if_due("timeouts", "timeouts", asked.append)
    assert asked == [started, clock.now]


def test_counting_starts_once(ledger, clock, job_row):
    ledger.start_counting("timeouts")
    started = clock.now
    clock.forward(3600)
    ledger.start_counting("timeouts")
    assert job_row("timeouts").due_at == started
