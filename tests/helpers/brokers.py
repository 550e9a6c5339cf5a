"""Brokers for tests: those that the environment names, and ones of a test's own that it may kill."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.helpers.postgres import free_port

AMQP, REDIS = "EARMARK_TEST_AMQP", "EARMARK_TEST_REDIS"
"""The variables that name the brokers."""

NO_BROKER = f"no broker is named: set {AMQP} and {REDIS}"
"""Why tests that only talk are skipped."""

NO_OWN_BROKER = (
    "there is no rabbitmq-server or redis-server: install them (apt-get install rabbitmq-server redis-server)"
)
"""Why tests that kill a broker are skipped."""


def queue_at(variable: str) -> str:
    """The address of a new queue at the broker that the environment names."""
    url = os.environ.get(variable)
    if not url:
        pytest.skip(NO_BROKER)
    return f"{url}?queue=earmark-test-{uuid.uuid4().hex}"


class OwnRedis:
    """A Redis that writes everything to disk before it answers; it keeps its port and its data when killed."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip(NO_OWN_BROKER)
        self.port = free_port()
        self._words = [program, "--port", str(self.port), "--dir", str(folder), "--bind", "127.0.0.1"]
        self._words += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        self._log = folder / "redis.log"
        self._process: subprocess.Popen[bytes] | None = None

    def queue(self, name: str) -> str:
        return f"redis://127.0.0.1:{self.port}/0?queue={name}"

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log)
        _answers(self.port, self._process, self._log)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)
        self._process = None

    def end(self) -> None:
        if self._process is not None:
            self.kill()


class OwnRabbit:
    """A RabbitMQ of its own, with its own node, data and ports."""

    def __init__(self, folder: Path) -> None:
        # The program itself: the one in the path of Debian becomes another user, who may not write here.
        program = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin")
        if program is None:
            pytest.skip(NO_OWN_BROKER)
        self.port, distribution, mapper = free_port(), free_port(), free_port()
        self._program, self._log = program, folder / "rabbit.log"
        settings = folder / "rabbitmq.conf"
        settings.write_text("disk_free_limit.absolute = 1MB\nloopback_users = none\n", encoding="utf-8")
        (folder / "enabled_plugins").write_text("[].", encoding="utf-8")
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"earmark{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "logs"),
            "RABBITMQ_CONFIG_FILE": str(settings.with_suffix("")),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def queue(self, name: str) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//?queue={name}"

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program],
                env=self._environment,
                cwd=self._log.parent,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        _answers(self.port, self._process, self._log, seconds=120)

    def kill(self) -> None:
        """Kill it and all that it has started, as a power cut would."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)
        self._process = None

    def end(self) -> None:
        """Kill it, and the mapper of ports that it leaves behind."""
        if self._process is not None:
            self.kill()
        for _ in range(50):  # it does not go while it believes that somebody uses it
            words = ["epmd", "-port", self._environment["ERL_EPMD_PORT"], "-kill"]
            done = subprocess.run(words, env=self._environment, capture_output=True, check=False, timeout=30)
            if b"Killed" in done.stdout or b"annot connect" in done.stdout + done.stderr:
                break
            time.sleep(0.1)


@contextmanager
def own(kind: type[OwnRedis] | type[OwnRabbit], folder: Path) -> Iterator[OwnRedis | OwnRabbit]:
    """A running broker of a test's own."""
    folder.mkdir()
    broker = kind(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.end()


def _answers(port: int, process: subprocess.Popen[bytes], log: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"the broker did not start: {log.read_text(errors='replace')[-2000:]}")
