"""The scheduler process: wakes every job at its times until it is told to stop."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from engine.schedule.runner import JobRunner


def run_scheduler(runners: Sequence[JobRunner], stop: threading.Event) -> None:
    """Run the jobs until ``stop`` is set, then wait for the chunks in hand.

    Every job is asked once at the start, which makes up a run that was missed while nothing was up.
    """
    # What APScheduler would warn of (a run that goes on when the next is due) is handled by the ledger.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(max(1, 2 * len(runners)))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    for runner in runners:
        runner.start_counting()
        scheduler.add_job(runner.fire, id=f"start/{runner.job.name}")
        scheduler.add_job(runner.fire, runner.trigger, id=runner.job.name)
    scheduler.start()
    try:
        stop.wait()
    finally:
        scheduler.shutdown(wait=True)
