"""Settings of logs, metrics and traces: who wins, where paths are taken from, and what is said about mistakes."""

import pytest

from earmark.settings import load_settings
from earmark.telemetry.settings import LogSettings, MetricsSettings, TracingSettings
from engine.errors import ConfigurationInvalid

FILE = """
[log]
level = "info"
format = "json"
file = "logs/earmark.log"
[metrics]
port = 9464
refresh_s = 60
[tracing]
enabled = true
endpoint = "http://collector:4318/v1/traces"
service = "shop"
"""


@pytest.fixture
def load(tmp_path):
    def read(text="", environment=None, **flags):
        (tmp_path / "earmark.toml").write_text(text)
        return load_settings(environment=environment or {}, folder=tmp_path, log=flags)

    return read


def test_without_anything_nothing_is_configured(load):
    settings = load()
    assert (settings.log, settings.metrics, settings.tracing) == (None, MetricsSettings(), TracingSettings())
    assert settings.metrics.host == "127.0.0.1"


def test_the_file_says_it_all(load, tmp_path):
    settings = load(FILE)
    assert settings.log == LogSettings(level="info", format="json", file=f"{tmp_path}/logs/earmark.log")
    assert (settings.metrics.port, settings.metrics.refresh_s) == (9464, 60)
    assert settings.tracing == TracingSettings(
        enabled=True, endpoint="http://collector:4318/v1/traces", service="shop"
    )


def test_a_flag_wins_over_the_environment_and_that_over_the_file(load):
    environment = {
        "EARMARK_LOG_LEVEL": "error",
        "EARMARK_LOG_FILE": "here.log",
        "EARMARK_METRICS_PORT": "9999",
        "EARMARK_METRICS_HOST": "0.0.0.0",
        "EARMARK_TRACING": "0",
    }
    settings = load(FILE, environment, level="debug", format=None)
    assert settings.log == LogSettings(level="debug", format="json", file="here.log")
    assert (settings.metrics.port, settings.metrics.host) == (9999, "0.0.0.0")
    assert not settings.tracing.enabled


@pytest.mark.parametrize("environment", [{"EARMARK_LOG_LEVEL": "warning"}, {"EARMARK_LOG_FORMAT": "text"}])
def test_naming_the_default_is_configuring_it(load, environment):
    assert load(environment=environment).log == LogSettings()
    assert load("[log]\n").log == LogSettings()


def test_an_empty_variable_is_none(load):
    assert load(environment={"EARMARK_LOG_LEVEL": "", "EARMARK_TRACING": ""}).log is None


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"EARMARK_LOG_LEVEL": "loud"}, "EARMARK_LOG_LEVEL: input should be 'debug', 'info'"),
        (
            {"EARMARK_METRICS_PORT": "70000"},
            "EARMARK_METRICS_PORT: input should be less than or equal to 65535",
        ),
        ({"EARMARK_TRACING": "maybe"}, "EARMARK_TRACING: input should be a valid boolean"),
    ],
)
def test_a_wrong_variable_is_named(load, environment, said):
    with pytest.raises(ConfigurationInvalid) as refused:
        load(environment=environment)
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[log]\nlevel = "loud"', ":2: log.level: input should be"),
        ('[log]\nlevl = "info"', 'log.levl: there is no such key. Did you mean "level"?'),
        ("[metrics]\nport = -1", ":2: metrics.port: input should be greater than or equal to 0"),
        ("[tracing]\nenabled = 3", ":2: tracing.enabled"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(load, text, said):
    with pytest.raises(ConfigurationInvalid) as refused:
        load(text)
    assert said.lower() in refused.value.message.lower()
