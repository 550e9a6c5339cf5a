"""When the host's clock is set, the scheduler wakes its jobs by the new time."""

import threading
from types import SimpleNamespace

from engine.jobs.scheduler import watch_clock


class Scheduler:
    """Writes down what is asked of APScheduler."""

    def __init__(self):
        self.asked = []

    def reschedule_job(self, job_id, trigger):
        self.asked.append((job_id, trigger))

    def add_job(self, call):
        self.asked.append(call)


def watch(*readings):
    """Look at the clock until the readings (seconds ahead of a steady clock) are used up."""
    scheduler, stop, left = Scheduler(), threading.Event(), list(readings)
    runner = SimpleNamespace(job=SimpleNamespace(name="timeouts"), times="every minute", fire="fire")

    def ahead():
        reading = left.pop(0)
        if not left:
            stop.set()
        return reading

    watch_clock(scheduler, [runner], stop, look_s=0, ahead=ahead)
    return scheduler.asked


def test_a_clock_that_runs_as_it_should_is_left_alone():
    assert watch(100.0, 100.2, 99.9, 100.0) == []


def test_a_clock_that_is_set_back_or_forward_wakes_the_jobs_once():
    assert watch(100.0, -3500.0, -3500.0, -3500.0) == [("timeouts", "every minute"), "fire"]
    assert watch(100.0, 86500.0, 86500.0) == [("timeouts", "every minute"), "fire"]
