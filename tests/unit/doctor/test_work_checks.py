"""What doctor says of the work: stuck, overdue, left over and short."""

from dataclasses import replace
from decimal import Decimal

import pytest

from earmark.doctor import work
from earmark.doctor.check import Status, span
from engine.jobs.config import JobConfig
from engine.results import Health, JobHealth, Lag, OpenMigration, StateCount

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NOW = 1_767_225_600_000_000 + 12 * HOUR
KINDS = ("timeout", "automatic_step", "condition", "hold", "message")
QUIET = Health(NOW, (), (), tuple(Lag(kind, 0, None) for kind in KINDS), (), 0, (), 0)


def lagging(**oldest):
    """Nothing wrong, but for the ages (microseconds) of the oldest due work of some kinds."""
    lags = tuple(Lag(kind, 2, NOW - oldest[kind]) if kind in oldest else Lag(kind, 0, None) for kind in KINDS)
    return replace(QUIET, lags=lags)


def job(kind="timeouts", interval=30.0, **more):
    return JobConfig.model_validate({"kind": kind, "interval": interval, **more})


def run(key="timeouts", **changes):
    fields = {"outcome": "done", "holder": "here", "started_at": NOW - MINUTE, "finished_at": NOW - MINUTE,
              "lease_until": None, "covered": NOW - MINUTE, **changes}  # fmt: skip
    return JobHealth(job=key, **fields)


def jobs(*runs, configured=None, minutes=15):
    return work.job_runs(replace(QUIET, jobs=runs), configured or (job(),), minutes)


def test_a_quiet_engine_is_in_order():
    checks = [
        work.stuck(QUIET),
        work.overdue(QUIET, (), 15),
        work.claims(QUIET),
        work.suspended(QUIET),
        work.job_runs(QUIET, (), 15),
        work.messages(QUIET, published=True, minutes=15),
        work.imports(QUIET),
        work.migrations(QUIET),
        work.shortfalls(QUIET),
        work.negatives(QUIET),
    ]
    assert {check.status for check in checks} == {Status.OK}
    assert {check.remedy for check in checks} == {""}


def test_stuck_items_are_counted_per_state_with_what_to_do():
    check = work.stuck(replace(QUIET, stuck=(StateCount("Sale", "paid", 3), StateCount("Sale", "new", 1))))
    assert (check.status, check.detail) == (Status.WARN, "4 in 2 states")
    assert check.more == ("Sale, paid: 3", "Sale, new: 1")
    assert "earmark stuck" in check.remedy


@pytest.mark.parametrize(
    ("kind", "said", "command"),
    [
        ("timeout", "2 timeouts, the oldest since 20 min", "earmark run timeouts"),
        ("automatic_step", "2 automatic steps", "earmark run timeouts"),
        ("condition", "2 failed conditions", "earmark run conditions"),
        ("hold", "2 holds", "earmark run timeouts"),
    ],
)
def test_work_that_nobody_does_is_an_error(kind, said, command):
    check = work.overdue(lagging(**{kind: 20 * MINUTE}), (), 15)
    assert check.status is Status.ERROR
    assert said in check.detail
    assert command in check.remedy


def test_work_that_is_only_a_little_late_is_in_order():
    check = work.overdue(lagging(timeout=14 * MINUTE), (), 15)
    assert (check.status, check.detail) == (Status.OK, "2 due, none for long")
    assert work.overdue(lagging(timeout=14 * MINUTE), (), 10).status is Status.ERROR


def test_work_is_late_only_when_a_planned_run_has_passed_it():
    hourly = job(interval=3600.0)
    assert work.overdue(lagging(timeout=50 * MINUTE), (hourly,), 15).ok
    assert not work.overdue(lagging(timeout=80 * MINUTE), (hourly,), 15).ok
    nightly = JobConfig.model_validate({"kind": "timeouts", "cron": "0 3 * * *"})
    assert work.overdue(lagging(timeout=8 * HOUR), (nightly,), 15).ok
    assert not work.overdue(lagging(timeout=10 * HOUR), (nightly,), 15).ok
    assert not work.overdue(lagging(timeout=50 * MINUTE), (job("conditions", 3600.0),), 15).ok


def test_messages_are_late_only_where_somebody_publishes_them():
    late = lagging(message=20 * MINUTE)
    check = work.messages(late, published=True, minutes=15)
    assert (check.status, check.detail) == (Status.WARN, "2 not published, the oldest 20 min old")
    assert work.messages(late, published=False, minutes=15).status is Status.OK
    assert work.messages(lagging(message=MINUTE), published=True, minutes=15).status is Status.OK


def test_what_a_crash_left_behind_is_told_with_the_way_on():
    left = replace(QUIET, expired_claims=2, unfinished_imports=("a.csv", "b.csv"), shortfalls=4)
    assert (work.claims(left).status, "2 have expired" in work.claims(left).detail) == (Status.WARN, True)
    assert work.imports(left).detail == "2 unfinished: a.csv, b.csv"
    assert "Import the file again" in work.imports(left).remedy
    assert work.shortfalls(left).detail.startswith("4 products per store")


def test_one_of_a_thing_is_told_as_one():
    one = replace(QUIET, expired_claims=1, shortfalls=1, negatives=1, refused_rows={"a.csv": 1})
    assert work.claims(one).detail.startswith("1 has expired")
    assert work.shortfalls(one).detail.startswith("1 product per store")
    assert work.negatives(one).detail.startswith("1 product per store")
    assert work.refused_stock(one).more == ("a.csv: 1 row",)


def test_sums_below_zero_are_wrong():
    check = work.negatives(replace(QUIET, negatives=2))
    assert (check.status, check.detail[:20]) == (Status.ERROR, "2 products per store")


def migration(number, age, **state_map):
    return OpenMigration(number, "Sale", f"{number}" * 64, state_map, NOW - age, 3)


def test_a_migration_that_was_cut_off_is_told_with_the_command_that_goes_on():
    young = migration(1, HOUR)
    assert work.migrations(replace(QUIET, open_migrations=(young,))).status is Status.OK
    old = OpenMigration(2, "My Sale", "2" * 64, {"in box": "packed"}, NOW - 3 * HOUR, 3)
    check = work.migrations(replace(QUIET, open_migrations=(old, migration(3, 2 * HOUR), young)))
    command = "earmark process migrate 'My Sale' --to 222222222222 --map 'in box=packed'"
    assert check.status is Status.WARN
    assert check.detail.startswith("2 not finished, the oldest begun 3 h 0 min ago")
    assert f"Go on: {command} (" in check.remedy
    assert "'earmark process undo 2'" in check.remedy
    assert check.more == (
        f"migration 2, 3 items moved: {command}",
        "migration 3, 3 items moved: earmark process migrate Sale --to 333333333333",
    )


def test_jobs_that_run_as_planned_are_in_order():
    check = jobs(run())
    assert (check.status, check.detail) == (Status.OK, "1, all run as planned")
    alive = run(outcome="running", finished_at=None, lease_until=NOW + MINUTE, covered=NOW - 5 * HOUR)
    assert jobs(alive).status is Status.OK


def test_a_job_that_is_not_run_any_more_is_told():
    check = jobs(run(covered=NOW - HOUR))
    assert (check.status, check.detail) == (Status.WARN, "timeouts should have run 59 min ago")
    assert jobs(run(covered=NOW - HOUR), configured=(job(interval=7200.0),)).status is Status.OK


def test_jobs_that_no_scheduler_has_run_are_told_together():
    check = jobs(configured=(job(), job("conditions")))
    assert check.detail == "never run by a scheduler: timeouts, conditions"


def test_a_run_that_died_and_one_that_failed_are_told():
    died = run(outcome="running", finished_at=None, lease_until=NOW - 5 * MINUTE, holder="host, process 3")
    assert "timeouts was cut off: the lease of host, process 3 ended 5 min ago" in jobs(died).detail
    failed = run(outcome="failed")
    assert "timeouts failed last, at 2026-01-01T11:59:00Z" in jobs(failed).detail
    assert jobs(run("publish", outcome="failed"), run()).status is Status.OK


@pytest.mark.parametrize(
    ("length", "said"),
    [(5_000_000, "5 s"), (119_000_000, "119 s"), (20 * MINUTE, "20 min"), (3 * HOUR + 20 * MINUTE, "3 h 20 min"),
     (25 * HOUR, "25 h 0 min"), (3 * DAY, "3 days")],
)  # fmt: skip
def test_lengths_of_time_are_for_people(length, said):
    assert span(length) == said


def test_refused_stock_is_a_warning_until_it_is_taken_away():
    assert work.refused_stock(QUIET).status is Status.OK
    told = work.refused_stock(replace(QUIET, refused_files=("in/failed/a.csv",), refused_rows={"b.csv": 3}))
    assert told.status is Status.WARN
    assert told.detail.startswith("1 file refused as a whole; 3 rows refused within a day")
    assert told.more == ("in/failed/a.csv", "b.csv: 3 rows")


def test_an_old_count_is_a_warning_where_files_are_expected():
    old = replace(QUIET, counted_at={"North": NOW - 8 * DAY, "South": NOW - HOUR})
    assert "North longest ago: 8 days" in work.counts(old, ()).detail
    assert work.counts(old, ()).status is Status.OK
    expected = (job("stock-update", path="in/*.csv"),)
    assert work.counts(old, expected).status is Status.WARN
    assert work.counts(replace(old, counted_at={"South": NOW - HOUR}), expected).status is Status.OK


@pytest.mark.parametrize(("age", "status"), [(3 * HOUR, Status.OK), (2 * DAY, Status.WARN)])
def test_what_stands_still_is_told_and_after_a_day_somebody_may_have_forgotten_it(age, status):
    still = (StateCount("Sale", "paid", 2), StateCount("Sale", "sent", 1))
    found = work.suspended(
        replace(
            QUIET, suspended=still, suspensions=1, suspended_since=NOW - age, suspended_reserved=Decimal(4)
        )
    )
    assert found.status is status
    assert found.detail.startswith("3 items by 1 suspension, the oldest of ")
    assert found.detail.endswith("they reserve 4")
    assert ("earmark suspensions" in found.remedy) == (status is Status.WARN)
