"""The documentation of the command line names what there is, and nothing else."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from typer.main import get_command

from earmark import open_engine
from earmark.cli.app import make_app
from earmark.cli.doctor import _checks
from earmark.cli.shell import Shell
from earmark.settings import ConfigFile, load_settings
from earmark.telemetry.collector import DatabaseCollector
from earmark.telemetry.exposition import new_registry
from earmark.telemetry.prometheus import PrometheusObserver
from earmark.telemetry.settings import VARIABLES, LogSettings, MetricsSettings, TracingSettings
from engine.jobs.config import JobConfig, JobKind
from engine.results import Health

DOCS = Path(__file__).parents[3] / "docs"
CLI = (DOCS / "cli.md").read_text()
SCHEDULER = (DOCS / "scheduler.md").read_text()


def commands():
    for name, command in get_command(make_app()).commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {part}", one) for part, one in inner.items())


COMMANDS = dict(commands())


def documented():
    block = re.sub(r"\n +", " ", CLI.split("```")[1])  # a long line goes on in the next, indented
    return {match: line for line in block.splitlines() if (match := _name(line))}


def _name(line):
    found = re.match(r"earmark ((?:[a-z]+ )?[a-z-]+)(?= |$)", line)
    if found is None:
        return None
    return found[1] if found[1] in COMMANDS else found[1].split()[0]


def test_every_command_is_documented_and_every_documented_command_exists():
    assert set(documented()) == set(COMMANDS)


@pytest.mark.parametrize(("name", "command"), COMMANDS.items())
def test_every_option_of_a_command_is_documented(name, command):
    logs = {"--log-level", "--log-format", "--log-file"}
    common = {"--db", "--plugins", "--config", "--json", "--help", *logs}
    options = {part for parameter in command.params for part in parameter.opts if part.startswith("--")}
    line = documented()[name].replace("-o FILE", "--output")
    assert [option for option in sorted(options - common) if option not in line] == []
    assert command.help


def test_every_key_of_the_settings_is_documented():
    assert [key for key in ConfigFile.model_fields if f"`{key}`" not in CLI and f"{key}]" not in CLI] == []
    assert [key for key in JobConfig.model_fields if f"`{key}`" not in SCHEDULER] == []
    assert [kind for kind in JobKind if f"`{kind}`" not in SCHEDULER] == []


def test_every_schema_is_valid_and_listed():
    files = sorted((DOCS / "schemas").glob("*.json"))
    for file in files:
        jsonschema.Draft202012Validator.check_schema(json.loads(file.read_text()))
    assert sorted(set(re.findall(r"schemas/([a-z-]+\.json)", CLI))) == [file.name for file in files]


def test_the_example_of_a_project_and_of_the_documentation_are_valid_settings(tmp_path):
    scaffold = Path(__file__).parents[3] / "earmark" / "scaffold" / "earmark.toml"
    assert len(load_settings(environment={}, config=scaffold).jobs) == 3
    (tmp_path / "earmark.toml").write_text(SCHEDULER.split("```toml")[1].split("```")[0])
    assert [job.name for job in load_settings(environment={}, folder=tmp_path).jobs] == [
        "timeouts",
        "conditions of DE",
        "stock-update",
    ]


OPERABILITY = (DOCS / "operability.md").read_text()
HEALTH = Health(0, (), (), (), (), 0, (), 0, drift=0, lock_waiters=0, longest_lock_wait=0.0)
_SUFFIX = {"counter": "_total", "info": "_info"}


def test_every_key_and_variable_of_logs_metrics_and_traces_is_documented():
    sections = {"log": LogSettings, "metrics": MetricsSettings, "tracing": TracingSettings}
    keys = [f"`[{name}]` `{key}`" for name, section in sections.items() for key in section.model_fields]
    assert [key for key in (*keys, *VARIABLES) if key not in OPERABILITY] == []


def test_the_table_of_metrics_names_exactly_what_there_is():
    registry = new_registry()
    PrometheusObserver(registry)
    registry.register(DatabaseCollector(lambda: HEALTH, 0))
    known = {f"{family.name}{_SUFFIX.get(family.type, '')}" for family in registry.collect()}
    assert set(re.findall(r"^\| `(earmark_\w+)`", OPERABILITY, re.MULTILINE)) == known


def test_every_check_of_doctor_is_documented(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_engine("sqlite:///earmark.db").close()
    checks = _checks(Shell(database="sqlite:///earmark.db"), fast=False, minutes=15)
    table = re.findall(r"^\| ([a-z, ]+) \|", OPERABILITY.split("## doctor", 1)[1], re.MULTILINE)
    assert [name for name in table if name != "check"] == [check.check for check in checks]


def test_the_example_of_operability_is_valid_settings(tmp_path):
    (tmp_path / "earmark.toml").write_text(OPERABILITY.split("```toml")[1].split("```")[0])
    settings = load_settings(environment={}, folder=tmp_path)
    assert (settings.log.format, settings.metrics.port) == ("json", 9464)
