"""Logs: one record per fact, as text or JSON, where the settings say, and without passwords."""

import io
import json
import logging
from pathlib import Path

import pytest

from earmark.telemetry.logs import JsonFormatter, LogObserver, TextFormatter, logging_to
from earmark.telemetry.settings import LogSettings
from engine.errors import FileUnreadable
from engine.facts import (
    Busy,
    Imported,
    JobRan,
    Placed,
    Published,
    Reconciled,
    Refused,
    Stepped,
    Waited,
)

STEP = Stepped(
    "Sale", "new", "paid", "pay", "api", "moved", 3, 7, "c1", actor="kim", command="charge", command_s=0.5
)


@pytest.fixture
def lines(tmp_path):
    """Log to a file and return what was written."""

    def write(action, *, level="info", format="json", facts=True, settings=True, tracebacks=False):
        path = tmp_path / "out.log"
        chosen = LogSettings(level=level, format=format, file=str(path)) if settings else None
        with logging_to(chosen, facts=facts, tracebacks=tracebacks):
            action()
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.splitlines()] if format == "json" else text.splitlines()

    return write


def tell(*facts):
    def action():
        observer = LogObserver()
        for fact in facts:
            observer.tell(fact)

    return action


def test_a_step_as_json(lines):
    (line,) = lines(tell(STEP))
    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "earmark.engine",
        "event": "items_moved",
        "process": "Sale",
        "process_event": "pay",
        "trigger": "api",
        "source": "new",
        "target": "paid",
        "items": 3,
        "run": 7,
        "correlation": "c1",
        "actor": "kim",
        "command": "charge",
        "command_s": 0.5,
    }


def test_a_step_as_text_is_one_line_of_words(lines):
    (line,) = lines(tell(STEP), format="text")
    stamp, _, rest = line.partition(" ")
    assert stamp.endswith("Z")
    assert rest.startswith(
        "INFO earmark.engine items_moved process=Sale process_event=pay trigger=api source=new"
    )


@pytest.mark.parametrize(
    ("fact", "level", "event"),
    [
        (Refused("blocked", "event_not_available", 2, "m"), "info", "items_blocked"),
        (Refused("failed", "command_failed", 2, "m"), "warning", "items_failed"),
        (Refused("stuck", "command_failed", 2, "m"), "error", "items_stuck"),
        (Placed(2, 0, 5, {"not_available": 1}), "info", "orders_placed"),
        (Imported("a.csv", 5, 5, 0, 1, True, 0.1), "info", "stock_imported"),
        (Imported("a.csv", 5, 4, 1, 1, True, 0.1), "warning", "stock_imported"),
        (Imported("a.csv", 5, 4, 0, 1, False, 0.1), "warning", "stock_imported"),
        (Waited("claim", 1.5), "debug", "waited"),
        (Busy("locked"), "warning", "database_busy"),
        (Reconciled(9, 0, 0, 0), "info", "reservations_reconciled"),
        (Reconciled(9, 1, 0, 1), "error", "reservations_reconciled"),
        (Published(3), "info", "messages_published"),
        (JobRan("timeouts", "done", 0, 1), "info", "job_ran"),
        (JobRan("timeouts", "partly", 0, 1), "warning", "job_ran"),
        (JobRan("timeouts", "failed", 0, 1, "unknown_store", "m"), "error", "job_ran"),
    ],
)
def test_each_fact_has_its_level_and_name(lines, fact, level, event):
    (line,) = lines(tell(fact), level="debug")
    assert (line["level"], line["event"]) == (level, event)


def test_a_wait_that_nobody_notices_is_not_worth_a_line(lines):
    assert lines(tell(Waited("write", 0.00001)), level="debug") == []


def test_the_level_decides(lines):
    facts = (STEP, Refused("failed", "command_failed", 1, "m"), Refused("stuck", "x", 1, "m"))
    assert [line["event"] for line in lines(tell(*facts), level="warning")] == ["items_failed", "items_stuck"]


def test_without_settings_facts_are_left_to_the_answer_and_warnings_go_to_stderr(capsys):
    def action():
        tell(Refused("failed", "command_failed", 1, "m"))()
        logging.getLogger("earmark.plugins.shop").warning("slow answer")
        logging.getLogger("earmark.plugins.shop").info("all is well")

    with logging_to(None, facts=False, tracebacks=False):
        action()
    assert "slow answer" in (err := capsys.readouterr().err)
    assert "items_failed" not in err
    assert "all is well" not in err
    with logging_to(None, facts=True, tracebacks=False):
        action()
    assert "items_failed" in capsys.readouterr().err


def test_afterwards_logging_is_as_it_was(tmp_path):
    root, own, engine = logging.getLogger(), logging.getLogger("earmark"), logging.getLogger("earmark.engine")
    before = list(root.handlers), own.level, engine.disabled
    with logging_to(LogSettings(level="debug", file=str(tmp_path / "a.log")), facts=False, tracebacks=False):
        assert list(root.handlers) != before[0]
    assert (list(root.handlers), own.level, engine.disabled) == before


def test_records_of_plugins_and_libraries_are_written_too(lines):
    def action():
        logging.getLogger("shop.payment").warning("card %s declined", "4711")
        logging.getLogger("earmark.plugins.shop").info("asked %d times", 2)

    told = [(line["logger"], line["event"], line["message"]) for line in lines(action)]
    assert told == [
        ("shop.payment", "log", "card 4711 declined"),
        ("earmark.plugins.shop", "log", "asked 2 times"),
    ]


def failing():
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("earmark.schedule").exception("the job failed")


def test_a_traceback_is_a_field_of_json_and_in_text_only_when_asked_for(lines):
    (line,) = lines(failing)
    assert line["exception"].endswith("ValueError: bad")
    assert len(lines(failing, format="text")[1:]) == 1
    assert "Traceback" in "\n".join(lines(failing, format="text", tracebacks=True))


@pytest.mark.parametrize("format", ["text", "json"])
def test_no_password_is_written(lines, format):
    url = "postgresql://shop:hunter2@db/shop"
    told = lines(
        tell(Busy(f"{url} is locked"), Refused("failed", "x", 1, f"cannot reach {url}?password=hunter2")),
        format=format,
    )
    text = json.dumps(told)
    assert "hunter2" not in text
    assert "***" in text


def test_a_name_cannot_forge_a_line(lines):
    forged = Stepped("Sale\n2026-01-01T00:00:00Z ERROR", "a b", None, None, "api", "moved", 1, 1, "c")
    (line,) = lines(tell(forged), format="text")
    assert 'source="a b"' in line
    assert "ERROR" in line


def test_the_formatters_serve_a_caller_with_handlers_of_his_own():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("earmark")
    for formatter in (JsonFormatter(), TextFormatter(tracebacks=False)):
        handler.setFormatter(formatter)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            LogObserver().tell(STEP)
        finally:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
    first, second = stream.getvalue().splitlines()
    assert json.loads(first)["event"] == "items_moved"
    assert " items_moved " in second


def test_a_log_that_cannot_be_opened_says_what_to_do(tmp_path):
    settings = LogSettings(file=str(tmp_path / "no" / "a.log"))
    with pytest.raises(FileUnreadable) as refused, logging_to(settings, facts=True, tracebacks=False):
        pass
    assert "a.log cannot be opened" in refused.value.message
    assert "EARMARK_LOG_FILE" in refused.value.remedy


def test_a_log_that_was_rotated_away_goes_on_in_a_new_file(tmp_path):
    path = tmp_path / "a.log"
    with logging_to(LogSettings(level="info", file=str(path)), facts=True, tracebacks=False):
        tell(STEP)()
        path.rename(tmp_path / "a.log.1")
        tell(STEP)()
    assert len(path.read_text().splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_is_told_in_one_line_and_stops_nothing(capsys):
    with logging_to(LogSettings(level="info", file="/dev/full"), facts=True, tracebacks=True):
        tell(STEP, STEP)()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("warning: the log cannot be written")
