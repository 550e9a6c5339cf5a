"""The scheduler process: wakes every job at its times until it is told to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from engine.jobs.runner import JobRunner

_SET_S = 1.0
"""By how many seconds the clock must have jumped to have been set: what keeps it right moves it by less."""


def run_scheduler(runners: Sequence[JobRunner], stop: threading.Event) -> None:
    """Run the jobs until ``stop`` is set, then wait for the chunks in hand.

    Every job is asked once at the start, which makes up a run that was missed while nothing was up.
    """
    # What APScheduler would warn of (a run that goes on when the next is due) is handled by the records.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(max(1, 2 * len(runners)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    for runner in runners:
        runner.start_counting()
        scheduler.add_job(runner.fire, id=f"start/{runner.job.name}")
        scheduler.add_job(runner.fire, runner.times, id=runner.job.name)
    scheduler.start()
    try:
        watch_clock(scheduler, runners, stop)
    finally:
        scheduler.shutdown(wait=True)


def watch_clock(
    scheduler: BackgroundScheduler,
    runners: Sequence[JobRunner],
    stop: threading.Event,
    *,
    look_s: float = 5.0,
    ahead: Callable[[], float] = lambda: time.time() - time.monotonic(),
) -> None:
    """Wait for ``stop``; whenever the host's clock was set meanwhile, wake the jobs by the new time.

    APScheduler sleeps until a time of the old clock: set back by an hour, it would sleep for an hour more.
    ``ahead`` tells how far the clock is ahead of a steady one, in seconds.
    """
    before = ahead()
    while not stop.wait(look_s):
        now = ahead()
        if abs(now - before) > _SET_S:
            for runner in runners:
                scheduler.reschedule_job(runner.job.name, trigger=runner.times)
                scheduler.add_job(runner.fire)
        before = now
