"""What the doctor says of sinks."""

from __future__ import annotations

from dataclasses import replace

from earmark.doctor.sinks import sinks
from earmark.settings import Settings
from earmark.sinks.settings import SinkSettings
from engine.api.jobs import JobConfig
from engine.results import SinkState
from tests.unit.doctor.test_exchange_check import QUIET

SHOP = SinkSettings(name="shop", kind="jsonl", file="x")
PUBLISH = JobConfig.model_validate({"kind": "publish", "interval": 10})
FINE = SinkState("shop", 3, 0, 0.0, 0, None, False, 0, None, None, None)


def told(*states, settings=(SHOP,), jobs=(PUBLISH,)):
    return sinks(replace(QUIET, sinks=states), Settings("x", sinks=settings, jobs=jobs), 15)


def test_nothing_is_said_of_sinks_that_go_well():
    assert (told().ok, told(settings=(), jobs=()).ok) == (True, True)
    assert told(FINE).detail == "1 sink, none late"


def test_what_goes_wrong_is_told():
    failing = replace(FINE, error="it answered 500", kept=2)
    assert told(failing).detail == "shop: it answered 500; shop: 2 messages kept aside"
    assert told(replace(FINE, waiting=1, lag_s=3600.0)).detail == "shop: the oldest message is 1 h 0 min old"
    assert "not in the settings" in told(replace(FINE, sink="old")).detail
    assert told(FINE, jobs=()).detail == "no 'publish' job hands anything to them"
