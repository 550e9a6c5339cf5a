"""Streams that are closed, full or left by their reader, and plugins that write to them as well."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.waiting import until

ROOT = Path(__file__).parents[2]
LOUD = """
import os
import sys
import threading
from plugins import command

@command("Shop/Loud", per="order")
def loud(items, context):
    print("printed")
    os.system("echo from a child")
    sys.stdout.close()
    broken = threading.Thread(target=lambda: 1 / 0, name="broken")
    broken.start()
    broken.join()
    return {"said": "enough"}
"""
PROCESS = """<statemachine xmlns="urn:earmark:process:1">
<process name="Small" main="true">
  <states><state name="new"/><state name="done"/></states>
  <transitions>
    <transition><source>new</source><target>done</target><event>go</event></transition>
  </transitions>
  <events><event name="go" manual="true" command="Shop/Loud"/></events>
</process>
</statemachine>
"""


@pytest.fixture
def redirected(project):
    """Run a command with redirections of a shell, such as ``>&-``; stdout and stderr are what is left of them."""

    def call(redirection, *arguments):
        line = f'exec "$@" {redirection}'
        given = ["sh", "-c", line, "sh", sys.executable, "-m", "earmark", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            given, cwd=Path.cwd(), env=environment, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return call


@pytest.fixture
def small(shop, earmark):
    """A shop with one order of a process whose command is given by the test; its item is item 1."""
    Path("small.xml").write_text(PROCESS)
    Path("plugins/loud.py").write_text(LOUD)
    earmark("process", "deploy", "small.xml")
    order = {
        "reference": "R",
        "store": "DE",
        "process": "Small",
        "items": [{"sku": "chair-oak", "quantity": 1}],
    }
    Path("order.json").write_text(json.dumps(order))
    earmark("order", "place", "order.json")
    return shop


def state(earmark, item=1):
    return earmark("item", "show", item, "--json").json["state"]


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_command_without_stdout_does_its_work(small, redirected, earmark, closed, form):
    done = redirected(closed, "force", "done", "--reason", "test", "--item", 1, *form)
    assert (done.returncode, done.stderr) == (0, "")
    assert state(earmark) == "done"


def test_without_stderr_stdout_is_still_nothing_but_json(shop, redirected):
    done = redirected("2>&-", "item", "show", 99, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "unknown_item"


def test_without_stdin_there_is_no_order_in_it(shop, redirected):
    done = redirected("<&-", "order", "place", "-", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (1, "input_invalid")


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")


@FULL
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_answer_that_cannot_be_written_is_told_apart_from_work_not_done(small, redirected, earmark, form):
    done = redirected("> /dev/full", "force", "done", "--reason", "test", "--item", 1, *form)
    assert done.returncode == 74
    assert "error: the answer cannot be written: No space left on device" in done.stderr
    assert "is done and stored" in done.stderr
    assert state(earmark) == "done"


@FULL
@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["matrix"],
        ["metrics"],
        ["doctor"],
        ["process", "draw", "DummyPayment", "-o", "-", "--format", "dot"],
        ["process", "show", "DummyPayment", "--json"],
    ],
)
def test_nothing_that_is_printed_gets_lost_unseen(shop, redirected, arguments):
    done = redirected("> /dev/full", *arguments)
    assert done.returncode == 74
    assert "the answer cannot be written" in done.stderr


@FULL
def test_a_refusal_that_cannot_be_written_is_still_a_refusal(shop, redirected):
    done = redirected("> /dev/full", "item", "show", 99, "--json")
    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no order item 99\n")


@pytest.mark.parametrize("arguments", [["--help"], ["process", "show", "DummyPayment", "--json"]])
def test_a_reader_that_has_gone_is_no_failure_to_report(shop, command, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    process = command(*arguments, stdout=writer, folder=shop)
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, "")


def test_what_plugins_print_does_not_get_into_the_answer(small, run, earmark):
    done = run("trigger", "go", "--item", 1, "--json", folder=small)
    assert done.shaped("move")["moved"] == 1
    assert "printed\n" in done.err
    assert "from a child\n" in done.err
    assert state(earmark) == "done"


def test_what_breaks_in_a_thread_of_a_plugin_is_told_in_a_line(small, run):
    told = run("trigger", "go", "--item", 1, folder=small).err
    assert "warning: a thread of a plugin, broken, ended with ZeroDivisionError: division by zero" in told


def test_a_scheduler_whose_output_nobody_reads_goes_on(shop, command, earmark):
    reader, writer = os.pipe()
    os.close(reader)
    process = command("scheduler", stdout=writer, folder=shop)
    os.close(writer)
    until(lambda: runs(earmark) >= 2, "two jobs that have run", every_s=0.1)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert err.count("the results of jobs cannot be written any more") == 1
    assert "internal_error" not in err
    assert err.endswith("scheduler: stopped\n")


def runs(earmark):
    found = earmark("metrics").out  # jobs whose last run has ended
    return sum(line.startswith("earmark_job_last_duration_seconds{") for line in found.splitlines())


def test_ctrl_c_in_a_command_is_told_to_programs_too(small, command):
    Path("plugins/loud.py").write_text(WAITING)
    process = command("trigger", "go", "--item", 1, "--json", folder=small)
    until(Path("begun").exists, "the command")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["error"]["code"]) == (130, "interrupted")
    assert err.startswith("error: interrupted\n")
    assert "Traceback" not in err


WAITING = """
import time
from pathlib import Path
from plugins import command

@command("Shop/Loud", per="order")
def loud(items, context):
    Path("begun").touch()
    time.sleep(60)
"""
