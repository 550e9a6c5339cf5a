"""Running the real command line: in this process where that is enough, in one of its own where it matters."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from earmark.telemetry.settings import VARIABLES

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs" / "schemas"


@dataclass
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def shaped(self, schema):
        """Return the JSON of stdout, which must have the shape of the published schema."""
        value = self.json
        jsonschema.validate(value, json.loads((SCHEMAS / f"{schema}.json").read_text()))
        return value

    @property
    def error(self):
        return self.shaped("error")["error"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty working folder, and no settings from outside."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    outside = (
        "EARMARK_DATABASE_URL",
        "EARMARK_PLUGINS",
        "EARMARK_DEBUG",
        "EARMARK_EXCHANGE_SECRET",
        "FORCE_COLOR",
        *VARIABLES,
    )
    for name in outside:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    return folder


@pytest.fixture
def earmark(project, capfd):
    """Run a command in this process; ``code`` is what is expected, None for anything."""
    from earmark.cli.run import run

    def call(*arguments, code=0):
        capfd.readouterr()
        got = run([str(argument) for argument in arguments])
        done = Done(got, *capfd.readouterr())
        assert "Traceback" not in done.out + done.err
        assert code is None or done.code == code, f"{arguments}: {done}"
        return done

    return call


@pytest.fixture
def command(project):
    """Start a command as a process of its own."""

    def start(*arguments, folder=project, **options):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-m", "earmark", *map(str, arguments)],
            cwd=folder,
            env=environment,
            text=True,
            **{"stdout": pipe, "stderr": pipe, **options},
        )

    return start


@pytest.fixture
def run(command):
    """Run a command as a process of its own."""

    def call(*arguments, code=0, **options):
        process = command(*arguments, **options)
        out, err = process.communicate(timeout=120)
        done = Done(process.returncode, out, err)
        assert "Traceback" not in (out or "") + (err or "")
        assert code is None or done.code == code, f"{arguments}: {done}"
        return done

    return call


@pytest.fixture(scope="session")
def shop_template(tmp_path_factory):
    """A project as ``earmark init`` makes it, with process, stores, products and stock in the database."""
    folder = tmp_path_factory.mktemp("template") / "shop"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for arguments in (
        ("init", "."),
        ("process", "deploy", "processes"),
        ("topology", "apply", "data/topology.yaml"),
        ("stock", "import", "data/stock.csv"),
    ):
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "earmark", *arguments]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return folder


@pytest.fixture
def shop(project, shop_template):
    """A copy of the template, and the working folder."""
    shutil.copytree(shop_template, project / "shop")
    os.chdir("shop")
    return project / "shop"
