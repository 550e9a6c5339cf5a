"""doctor, metrics, logs and traces by the real command line."""

import json
import re
import signal
import sqlite3
import time
import urllib.request
from pathlib import Path

import pytest

from tests.helpers.waiting import until

XML = """<statemachine><process name="Tiny" main="true">
  <states><state name="new" reserved="true"/><state name="done"/></states>
  <transitions><transition><source>new</source><target>done</target><event>go</event></transition></transitions>
  <events><event name="go" manual="true" command="Own/Fail"/></events>
</process></statemachine>"""
PLUGIN = """
from plugins import command

@command("Own/Fail")
def fail(item, context):
    raise ValueError("no paper")
"""


def sql(statement, *values):
    connection = sqlite3.connect("earmark.db")
    connection.execute(statement, values)
    connection.commit()
    connection.close()


@pytest.fixture
def placed(shop, earmark):
    order = {"reference": "R", "store": "DE", "items": [{"sku": "chair-oak", "quantity": 2}]}
    Path("order.json").write_text(json.dumps(order))
    return earmark("order", "place", "order.json", "--json").json


@pytest.fixture
def checks(earmark):
    """Run doctor; return its checks by name."""

    def look(*arguments, code=None):
        done = earmark("doctor", "--json", *arguments, code=code)
        return {check["check"]: check for check in done.shaped("doctor")}

    return look


# --- doctor ---


def test_doctor_says_what_is_in_order_and_that_nobody_runs_the_jobs(shop, checks, earmark):
    found = checks(code=0)
    assert {name: check["status"] for name, check in found.items() if check["status"] != "ok"} == {
        "jobs": "warn"
    }
    text = earmark("doctor").out
    assert "WARN  jobs: never run by a scheduler: timeouts, conditions, stock-update" in text
    assert text.rstrip().endswith("0 errors, 1 warning")


def test_doctor_lists_plugins_when_asked(shop, earmark):
    assert "command Shop/Log: " not in earmark("doctor").out
    assert re.search(r"command Shop/Log: .*plugins/shop\.py:\d+", earmark("doctor", "--verbose").out)


def test_doctor_finds_overdue_work_and_stuck_items(placed, checks):
    sql("UPDATE job_run SET due_at = 1")
    sql("INSERT INTO item_timeout (item_id, event, due_at) VALUES (?, 'x', 1)", placed["items"][0]["id"])
    sql("INSERT INTO item_timeout (item_id, event, attempts) VALUES (?, 'y', 8)", placed["items"][0]["id"])
    found = checks(code=1)
    assert (found["overdue work"]["status"], found["overdue work"]["ok"]) == ("error", False)
    assert "earmark run timeouts" in found["overdue work"]["remedy"]
    assert found["stuck items"]["status"] == "warn"
    assert found["stuck items"]["more"] == ["DummyPayment, payment pending: 1"]


def test_doctor_takes_how_late_work_may_be(placed, checks):
    moment = int((time.time() - 1800) * 1_000_000)
    sql(
        "INSERT INTO item_timeout (item_id, event, due_at) VALUES (?, 'x', ?)",
        placed["items"][0]["id"],
        moment,
    )
    assert checks(code=1)["overdue work"]["status"] == "error"
    assert checks("--overdue", "60", code=0)["overdue work"]["status"] == "ok"


def test_doctor_leaves_the_comparison_out_when_it_has_to_be_fast(placed, checks):
    sql("UPDATE reservation SET reserved = reserved + 1000000 WHERE reserved > 0")
    assert checks("--fast", code=0)["reservations"]["status"] == "skipped"
    drift = checks(code=1)["reservations"]
    assert (drift["status"], drift["ok"]) == ("error", False)
    assert drift["more"][0].startswith("DE chair-oak reserved: 3")


def test_doctor_tells_of_traces_that_cannot_be_sent_and_looks_at_the_rest(shop, checks, monkeypatch):
    monkeypatch.setenv("EARMARK_TRACING", "1")
    monkeypatch.setattr("earmark.doctor.setup._has_otel", lambda: False)
    monkeypatch.setenv("EARMARK_LOG_FILE", "nowhere/earmark.log")
    found = checks(code=1)
    assert "otel" in found["logs, metrics, traces"]["remedy"]
    assert found["database"]["ok"]
    monkeypatch.setenv("EARMARK_TRACING", "0")
    assert "there is no folder" in checks(code=1)["logs, metrics, traces"]["detail"]


def test_doctor_looks_at_old_versions_that_have_items(shop, earmark, checks):
    Path("own.py").write_text(PLUGIN)
    Path("own.xml").write_text(XML)
    earmark("process", "deploy", "own.xml", "--plugins", "own.py")
    order = {
        "reference": "T",
        "store": "DE",
        "process": "Tiny",
        "items": [{"sku": "chair-oak", "quantity": 1}],
    }
    Path("order.json").write_text(json.dumps(order))
    earmark("order", "place", "order.json")
    Path("own.xml").write_text(XML.replace(' command="Own/Fail"', ""))
    earmark("process", "deploy", "own.xml")
    found = checks(code=1)["plugins of live processes"]
    assert "command Own/Fail (process Tiny)" in found["detail"]
    assert checks("--plugins", "own.py", code=0)["plugins of live processes"]["ok"]


# --- metrics ---


def test_metrics_prints_what_the_database_tells(placed, earmark):
    text = earmark("metrics").out
    assert 'earmark_items{process="DummyPayment",state="payment pending"} 1.0' in text
    assert "# TYPE earmark_due_lag_seconds gauge" in text
    assert "earmark_database_up 1.0" in text
    assert "earmark_reservation_drift" not in text


def test_metrics_compares_reservations_when_asked(placed, earmark):
    assert "earmark_reservation_drift 0.0" in earmark("metrics", "--drift").out
    sql("UPDATE reservation SET reserved = reserved + 1000000 WHERE reserved > 0")
    drift = re.search(r"^earmark_reservation_drift (\d+)", earmark("metrics", "--drift").out, re.MULTILINE)
    assert int(drift[1]) > 0


def test_metrics_writes_a_file_for_a_collector(shop, earmark):
    assert earmark("metrics", "--output", "earmark.prom").out == ""
    assert "earmark_database_up 1.0" in Path("earmark.prom").read_text()
    assert "cannot be written" in earmark("metrics", "-o", "nowhere/earmark.prom", code=1).err


def test_metrics_needs_a_database(project, earmark):
    assert "there is no database" in earmark("metrics", code=1).err


def served(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


def test_the_scheduler_serves_metrics(placed, command, earmark):
    sql("UPDATE item_timeout SET due_at = 1")
    process = command("scheduler", "--metrics-port", "0", folder=placed_folder())
    try:
        url = re.search(r"http://\S+/metrics", process.stderr.readline())[0]
        assert url.startswith("http://127.0.0.1:")
        done = 'earmark_job_runs_total{job="timeouts",outcome="done"}'
        until(lambda: done in served(url), "a run", every_s=0.1)
        text = served(url)
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert 'earmark_job_runs_total{job="timeouts",outcome="done"}' in text
    assert re.search(
        r'earmark_transitions_total\{event="[^"]+",process="DummyPayment",trigger="timeout"\} 1\.0', text
    )
    assert 'earmark_lock_wait_seconds_count{kind="write"}' in text
    assert "earmark_database_up 1.0" in text
    assert "process_cpu_seconds_total" in text
    assert "timeouts  done" in out


def placed_folder():
    return Path.cwd()


def test_a_port_that_is_taken_is_told_before_any_job_runs(shop, earmark):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = earmark("scheduler", "--metrics-port", port, "--json", code=1)
    assert done.error["code"] == "configuration_invalid"
    assert f"port {port}" in done.error["message"]


# --- logs ---


def test_a_command_logs_nothing_of_its_own_answer_unless_asked(placed, earmark):
    done = earmark("trigger", "pay", "--order", "R")
    assert done.err == ""
    Path("own.py").write_text(PLUGIN)
    Path("own.xml").write_text(XML)
    earmark("process", "deploy", "own.xml", "--plugins", "own.py")
    order = {
        "reference": "T",
        "store": "DE",
        "process": "Tiny",
        "items": [{"sku": "chair-oak", "quantity": 1}],
    }
    Path("order.json").write_text(json.dumps(order))
    earmark("order", "place", "order.json", "--plugins", "own.py")
    failed = ("trigger", "go", "--order", "T", "--plugins", "own.py")
    assert earmark(*failed, code=1).err == ""
    (line,) = earmark(*failed, "--log-level", "warning", "--log-format", "json", code=1).err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["code"], told["items"]) == ("items_failed", "command_failed", 1)
    assert "no paper" in told["first"]


@pytest.mark.parametrize("before", [True, False])
def test_log_options_stand_before_or_after_the_command(placed, earmark, before):
    options = ("--log-level", "info", "--log-format", "json", "--log-file", "earmark.log")
    call = ("trigger", "pay", "--order", "R", "--json")
    done = earmark(*options, *call) if before else earmark(*call, *options)
    assert (done.err, done.json["moved"]) == ("", 1)
    lines = [json.loads(line) for line in Path("earmark.log").read_text().splitlines()]
    (moved,) = [line for line in lines if line["event"] == "items_moved" and line["process_event"] == "pay"]
    assert (moved["source"], moved["target"], moved["items"]) == ("payment pending", "paid", 1)
    item = earmark("history", 1, "--json").json[-1]
    assert moved["correlation"] == item["correlation"]


def test_a_wrong_level_is_wrong_usage(shop, earmark):
    assert "loud" in earmark("--log-level", "loud", "matrix", code=2).err


def test_a_password_is_shown_nowhere(project, earmark):
    for url in ("postgresql://shop:hunter2@127.0.0.1:1/shop", "postgresql//shop:hunter2@db/shop"):
        for call in (("doctor",), ("doctor", "--json"), ("matrix", "--json"), ("metrics",)):
            done = earmark(*call, "--db", url, "--log-level", "debug", code=1)
            assert "hunter2" not in done.out + done.err


def test_tracing_without_its_packages_is_told(shop, earmark, monkeypatch):
    import sys

    for name in [name for name in sys.modules if name.startswith("opentelemetry")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.setenv("EARMARK_TRACING", "1")
    error = earmark("matrix", "--json", code=1).error
    assert error["code"] == "configuration_invalid"
    assert "OpenTelemetry is not installed" in error["message"]
