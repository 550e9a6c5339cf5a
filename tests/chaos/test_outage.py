"""The PostgreSQL server goes away in the middle of a run and comes back: nothing is half done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

from engine.errors import DatabaseUnusable
from engine.storage.schema import upgrade
from tests.chaos.audit import audit, check_calls
from tests.chaos.proxy import network
from tests.chaos.scenario import Day, prepare, whole_day
from tests.helpers.crashes import at_statement
from tests.helpers.postgres import NO_SERVER, empty, new_database, own_server
from tests.helpers.waiting import until

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server():
    with own_server() as server:
        if server is None:
            pytest.skip(NO_SERVER)
        yield server


@pytest.fixture(scope="module")
def database(server):
    with new_database(server.url) as url:
        with psycopg.connect(server.url, autocommit=True) as connection:
            # A server that crashes must keep what was committed.
            connection.execute(f'ALTER DATABASE "{url.rsplit("/", 1)[1]}" SET synchronous_commit = on')
        upgrade(url)
        yield url


def interrupt(day, moment, happens):
    """Go through the day; something happens before the n-th statement. Return the error that ended the day."""
    at_statement(day.world, moment, happens)
    try:
        with pytest.raises(DatabaseUnusable) as ended:
            whole_day(day)
    finally:
        day.world.database.probe = None
    return ended.value


def finish(day):
    """The same engine goes on, as if nothing had been."""
    audit(day.world)
    day.recover()
    day.place()
    day.recover()
    day.ship()
    day.finish()
    day.finish()
    audit(day.world)
    check_calls(day.world, day.calls())
    assert day.world.states() == ["closed"] * 6
    assert len(set(day.world.payloads("booking"))) == len(day.world.payloads("booking")) == 6


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_server_that_goes_away_and_comes_back(tmp_path, server, database, how):
    for moment in range(1 if how == signal.SIGINT else 7, 170, 12):
        folder = tmp_path / f"{moment}"
        folder.mkdir()
        empty(database)
        prepare(folder, database)
        day = Day(folder, database)
        error = interrupt(day, moment, lambda: server.stop(how))
        assert "127.0.0.1" in error.message
        assert "run the same again" in error.remedy
        with pytest.raises(DatabaseUnusable):
            day.world.engine.matrix()
        server.start()
        finish(day)
        day.world.close()


def test_connections_that_are_dropped(tmp_path, database):
    with network(database) as between:
        for moment in range(5, 170, 12):
            folder = tmp_path / f"{moment}"
            folder.mkdir()
            empty(database)
            prepare(folder, database)
            day = Day(folder, between.url)
            interrupt(day, moment, between.cut)
            finish(day)
            day.world.close()


def test_a_connection_that_is_lost_while_a_commit_is_answered(tmp_path, database):
    """The engine cannot know whether it was committed; asked again it finds out."""
    with network(database) as between:
        empty(database)
        prepare(tmp_path, database)
        day = Day(tmp_path, between.url)

        def probe(statement):
            if statement == "commit":
                between.cut_after_the_next_request()

        day.world.engine.runtime.database.probe = probe
        with pytest.raises(DatabaseUnusable):
            day.place()
        day.world.engine.runtime.database.probe = None
        assert day.world.states() == ["new", "new"], "the order was committed before the answer was lost"
        finish(day)
        day.world.close()


# --- the command line ---

PLUGIN = """
import time
from pathlib import Path
from plugins import command

@command("Shop/Wait")
def wait(item, context):
    Path("entered").touch()
    while not Path("leave").exists():
        time.sleep(0.01)
"""
PROCESS = """<statemachine><process name="Slow" main="true">
  <states><state name="new"/><state name="done"/></states>
  <transitions><transition><source>new</source><target>done</target><event>go</event></transition></transitions>
  <events><event name="go" manual="true" command="Shop/Wait"/></events>
</process></statemachine>
"""
TOPOLOGY = """
warehouses: [{name: W}]
stores: [{name: DE, warehouses: [W]}]
products: [{sku: tea, concretes: [{sku: tea-1}]}]
"""
STOCK = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\ntea-1,W,5,0,0\n"
SETTINGS = """
[[jobs]]
kind = "timeouts"
interval = 1
"""


class Project:
    """A folder with a shop, and the command line as processes in it."""

    def __init__(self, folder, url):
        self.folder = folder
        files = {"slow.py": PLUGIN, "Slow.xml": PROCESS, "topology.yaml": TOPOLOGY, "stock.csv": STOCK}
        placed = {"reference": "R", "store": "DE", "items": [{"sku": "tea-1", "quantity": 1}]}
        files |= {"order.json": json.dumps(placed), "earmark.toml": SETTINGS}
        for name, text in files.items():
            (folder / name).write_text(text)
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), "EARMARK_DATABASE_URL": url}
        self._environment["EARMARK_PLUGINS"] = "slow.py"

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "earmark", *arguments],
            cwd=self.folder,
            env=self._environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in out + err, err
        return process.returncode, json.loads(out)


@pytest.fixture
def project(tmp_path, server, database):
    empty(database)
    made = Project(tmp_path, database)
    for arguments in (
        ("process", "deploy", "Slow.xml"),
        ("topology", "apply", "topology.yaml"),
        ("stock", "import", "stock.csv"),
        ("order", "place", "order.json"),
    ):
        assert made.run(*arguments, "--json")[0] == 0
    return made


@pytest.fixture
def started(project):
    """Start processes that end with the test."""
    running = []

    def start(*arguments):
        running.append(project.start(*arguments))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def test_a_command_in_progress_ends_with_a_clear_error(project, server, started):
    running = started("trigger", "go", "--order", "R", "--json")
    until((project.folder / "entered").exists, "the command")
    server.stop(signal.SIGQUIT)
    (project.folder / "leave").touch()
    out, err = running.communicate(timeout=60)
    assert (running.returncode, json.loads(out)["error"]["code"]) == (1, "database_unusable")
    assert "Traceback" not in out + err
    code, answer = project.run("order", "show", "R", "--json")
    assert (code, answer["error"]["code"]) == (1, "database_unusable")
    server.start()
    code, answer = project.run("order", "show", "R", "--json")
    assert (code, answer["items"][0]["state"]) == (0, "new")


def test_the_scheduler_survives_an_outage(project, server, started):
    running = started("scheduler", "--json")
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(map(json.loads, running.stdout)), daemon=True)
    reader.start()

    def ran(outcome, after=0):
        return any(run["outcome"] == outcome for run in lines[after:])

    until(lambda: ran("done"), "a first run")
    server.stop(signal.SIGQUIT)
    until(lambda: ran("failed"), "a run that fails")
    server.start()
    seen = len(lines)
    until(lambda: ran("done", seen), "a run after the outage")
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    reader.join(30)
    assert "Traceback" not in running.stderr.read()
    failed = [run for run in lines if run["outcome"] == "failed"]
    assert {run["error"]["code"] for run in failed} == {"database_unusable"}
