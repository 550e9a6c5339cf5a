"""Real processes on one database: runs never overlap, and every one of them gets its turn."""

import subprocess
import sys
import time
from pathlib import Path

from engine.jobs.records import JobRecords

WORKER = """
import os, sys, time
from pathlib import Path
from engine.clock import system_clock
from engine.errors import JobRunning
from engine.jobs.records import JobRecords
from engine.jobs.runs import Done, JobOutcome, perform
from engine.storage.schema import open_database

url, log, job = sys.argv[1:4]
database = open_database(url, clock=system_clock, create=False)
ledger = JobRecords(database, f"process {os.getpid()}")

def note(word):
    with open(log, "a") as file:
        file.write(f"{word} {os.getpid()}\\n")

def work():
    note("begin")
    time.sleep(0.05)
    note("end")
    return Done(JobOutcome.DONE)

runs = 0
while runs < 5:
    try:
        lease = ledger.take("timeouts", job)
    except JobRunning:
        time.sleep(0.01)
        continue
    perform(ledger, lease, work, system_clock)
    runs += 1
"""

CRASHER = """
import os, sys
from engine.clock import system_clock
from engine.jobs.records import JobRecords
from engine.storage.schema import open_database

ledger = JobRecords(open_database(sys.argv[1], clock=system_clock, create=False), "crasher", lease_s=1)
ledger.take("timeouts", "timeouts")
os._exit(9)
"""


def start(script, *arguments):
    root = Path(__file__).parents[3]
    return subprocess.Popen([sys.executable, "-c", script, *arguments], cwd=root)


def test_runs_of_two_processes_never_overlap(database, tmp_path):
    log = tmp_path / "log"
    url = f"sqlite:///{database.url.database}"
    processes = [start(WORKER, url, str(log), job) for job in ("timeouts", "timeouts/shop")]
    assert [process.wait(60) for process in processes] == [0, 0]
    lines = [line.split() for line in log.read_text().splitlines()]
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    assert len(pairs) == 10
    assert all(begin == ["begin", pid] and end == ["end", pid] for begin, end in pairs for pid in [begin[1]])
    assert len({pid for _, pid in lines}) == 2


def test_a_killed_run_is_taken_over_when_its_lease_has_expired(database, clock):
    assert start(CRASHER, f"sqlite:///{database.url.database}").wait(60) == 9
    ledger = JobRecords(database, "after the crash")
    clock.now = time.time_ns() // 1000 + 2_000_000
    assert ledger.take("timeouts", "timeouts").token == 2
