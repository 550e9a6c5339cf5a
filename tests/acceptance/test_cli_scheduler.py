"""``earmark scheduler`` as a process: it runs jobs, shows each run, shares the work, and stops cleanly."""

import json
import os
import re
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.helpers.waiting import PATIENCE_S, until

SETTINGS = """
database = "sqlite:///earmark.db"
plugins = ["plugins"]
[publish]
file = "events.jsonl"
[[jobs]]
kind = "timeouts"
interval = 1
[[jobs]]
kind = "conditions"
interval = 1
[[jobs]]
kind = "stock-update"
interval = 1
path = "incoming/*.csv"
settle_s = 0
"""
SLOW = """
import time
from pathlib import Path
from plugins import condition

@condition("Slow/Wait")
def wait(item, context):
    Path("slow.asked").touch()
    while not Path("slow.go").exists():
        time.sleep(0.01)
    return True
"""
SLOW_PROCESS = """<statemachine>
<process name="Slow" main="true">
  <states><state name="new"/><state name="done"/></states>
  <transitions>
    <transition condition="Slow/Wait"><source>new</source><target>done</target></transition>
  </transitions>
</process>
</statemachine>
"""


class Scheduler:
    """A running scheduler whose lines are collected as they come."""

    def __init__(self, process):
        self.process = process
        self.lines = []
        self._arrived = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._arrived:
                self.lines.append(line)
                self._arrived.notify_all()

    def wait_for(self, wanted):
        """Return the first line that fits."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: any(map(wanted, self.lines)), PATIENCE_S), self.lines
        return next(filter(wanted, self.lines))

    def runs(self, job=None):
        found = [json.loads(line) for line in self.lines]
        return [run for run in found if job in (None, run["job"])]

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.ended()

    def ended(self):
        code = self.process.wait(PATIENCE_S)
        self._reader.join()
        error = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        assert "Traceback" not in error
        return code


@pytest.fixture
def scheduler(shop, command):
    running = []

    def start(*arguments):
        running.append(Scheduler(command("scheduler", *arguments, folder=shop)))
        return running[-1]

    Path("earmark.toml").write_text(SETTINGS)
    yield start
    for one in running:
        if one.process.poll() is None:
            one.stop(signal.SIGKILL)


def of(job, **fields):
    def fits(line):
        run = json.loads(line)
        return run["job"] == job and all(run["result"].get(name) == value for name, value in fields.items())

    return fits


def place(earmark, reference="R", **more):
    order = {"reference": reference, "store": "DE", "items": [{"sku": "chair-oak", "quantity": 2}], **more}
    Path("order.json").write_text(json.dumps(order))
    earmark("order", "place", "order.json")


def test_it_fires_timeouts_and_shows_each_run(scheduler, earmark):
    place(earmark)
    earmark("trigger", "pay", "--order", "R")
    running = scheduler("--json")
    line = running.wait_for(of("timeouts", moved=1))
    assert json.loads(line)["outcome"] == "done"
    assert running.stop() == 0
    assert earmark("order", "show", "R", "--json").json["items"][0]["state"] == "exported"


def test_its_lines_have_the_published_shape(scheduler, shop):
    import jsonschema

    schema = json.loads((Path(__file__).parents[2] / "docs/schemas/scheduler-line.json").read_text())
    running = scheduler("--json")
    running.wait_for(of("timeouts"))
    running.wait_for(of("stock-update"))
    assert running.stop(signal.SIGINT) == 0
    for run in running.runs():
        jsonschema.validate(run, schema)


def test_it_shows_plain_lines_in_a_pipe(scheduler):
    running = scheduler()
    line = running.wait_for(lambda line: "timeouts" in line)
    running.stop()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ  timeouts  done  0 items examined, 0 moved\n", line)


def test_a_stock_file_is_imported_as_of_its_own_time_and_moved(scheduler, earmark):
    place(earmark)
    earmark("trigger", "pay", "--order", "R")
    time.sleep(1.01)
    earmark("run", "timeouts")
    earmark("trigger", "ship", "--order", "R")
    header = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n"
    before, after = Path("incoming/before.csv"), Path("incoming/after.csv")
    for path, written in ((before, time.time() - 60), (after, time.time())):
        hidden = path.with_suffix(".part")
        hidden.write_text(header + "chair-oak,Berlin,8,0,0\nchair-oak,Vienna,5,0,0\n")
        os.utime(hidden, (written, written))
        # The first one was counted before the shipping, so it must release nothing.
        earmark("stock", "import", "data/stock.csv", "--as-of", "2020-01-01T00:00:00Z", "--force")
        hidden.rename(path)
    running = scheduler("--json")
    line = running.wait_for(lambda line: json.loads(line)["result"].get("files"))
    running.stop()
    files = json.loads(line)["result"]["files"]
    assert [(Path(f["file"]).name, f["released"]) for f in files] == [("before.csv", 0), ("after.csv", 1)]
    assert sorted(path.name for path in Path("incoming/done").glob("*.csv")) == ["after.csv", "before.csv"]
    assert earmark("order", "show", "R", "--json").json["items"][0]["state"] == "delivered"


def test_a_bad_stock_file_fails_alone_raises_an_alarm_and_the_job_fires_again(scheduler, earmark):
    Path("incoming/bad.csv").write_text("this is no stock file\n")
    running = scheduler("--json")
    line = running.wait_for(lambda line: json.loads(line)["result"].get("files"))
    assert json.loads(line)["result"]["files"][0]["outcome"] == "failed"
    assert Path("incoming/failed/bad.csv").exists()
    seen = len(running.runs("stock-update"))
    running.wait_for(lambda _: len(running.runs("stock-update")) > seen)
    running.stop()
    checks = earmark("doctor", "--fast", "--json", code=None).json
    refused = next(check for check in checks if check["check"] == "refused stock")
    assert refused["status"] == "warn" and "1 file refused" in refused["detail"]
    assert "earmark_stock_refused_files 1.0" in earmark("metrics").out
    Path("incoming/failed/bad.csv").unlink()
    running = scheduler("--json")
    running.wait_for(lambda line: json.loads(line)["job"].startswith("stock-update"))
    running.stop()
    assert "earmark_stock_refused_files 0.0" in earmark("metrics").out


def test_a_signal_that_comes_twice_at_once_is_one_wish(scheduler):
    running = scheduler("--json")
    running.wait_for(of("timeouts"))
    running.process.send_signal(signal.SIGTERM)
    assert running.stop() == 0


def test_two_schedulers_share_the_work_and_never_overlap(scheduler):
    one, other = scheduler("--json"), scheduler("--json")
    until(lambda: len(one.runs("timeouts")) + len(other.runs("timeouts")) >= 5, "five runs")
    assert (one.stop(), other.stop()) == (0, 0)
    runs = sorted(one.runs("timeouts") + other.runs("timeouts"), key=lambda run: run["started_at"])
    assert len(runs) >= 5
    # Every second is run once, by one of them.
    seconds = [run["started_at"][:19] for run in runs]
    assert len(seconds) == len(set(seconds))


def test_a_run_by_hand_is_refused_while_the_scheduler_does_it_and_a_stop_waits_for_the_chunk(
    scheduler, shop, earmark
):
    Path("plugins/slow.py").write_text(SLOW)
    Path("slow.xml").write_text(SLOW_PROCESS)
    earmark("process", "deploy", "slow.xml")
    place(earmark, process="Slow")
    running = scheduler("--json")
    until(Path("slow.asked").exists, "the job")  # stopped before its first chunk it has nothing to wait for
    error = earmark("run", "conditions", "--limit", "1", "--store", "AT", "--json", code=1).error
    assert error["code"] == "job_running"
    assert f"process {running.process.pid}" in error["message"]
    assert error["parameters"]["until"] in error["message"]
    running.process.send_signal(signal.SIGTERM)
    Path("slow.go").touch()
    assert running.ended() == 0
    assert earmark("order", "show", "R", "--json").json["items"][0]["state"] == "done"


def end_lease(which):
    database = sqlite3.connect("earmark.db", timeout=30)
    database.execute(f"UPDATE job_run SET lease_until = started_at WHERE {which}")
    database.commit()
    database.close()


def test_a_scheduler_that_is_killed_in_a_job_is_followed_by_another_one(scheduler, shop, earmark):
    Path("plugins/slow.py").write_text(SLOW)
    Path("slow.xml").write_text(SLOW_PROCESS)
    earmark("process", "deploy", "slow.xml")
    place(earmark, process="Slow")
    killed = scheduler("--json")
    until(Path("slow.asked").exists, "the job")
    assert killed.stop(signal.SIGKILL) == -signal.SIGKILL
    end_lease("job <> 'conditions'")  # it may have been killed in the other job as well
    Path("slow.go").touch()
    heir = scheduler("--json")
    heir.wait_for(lambda _: len(heir.runs("timeouts")) >= 2)
    assert heir.runs("conditions") == []  # the dead one's lease still lives
    end_lease("job = 'conditions'")
    heir.wait_for(of("conditions", moved=1))
    assert heir.stop() == 0
    item = earmark("order", "show", "R", "--json").json["items"][0]
    assert item["state"] == "done"
    outcomes = [entry["outcome"] for entry in earmark("history", item["id"], "--json").json]
    assert outcomes == ["placed", "moved"]


def test_a_scheduler_without_jobs_says_how_to_add_one(shop, earmark):
    Path("earmark.toml").write_text("")
    error = earmark("scheduler", "--json", code=1).error
    assert error["code"] == "configuration_invalid"
    assert "[[jobs]]" in error["remedy"]


def test_a_bad_job_is_told_before_anything_runs(shop, earmark):
    Path("earmark.toml").write_text('[[jobs]]\nkind = "timeouts"\ninterval = "soon"\n')
    assert "earmark.toml:3" in earmark("scheduler", "--json", code=1).error["message"]
