"""Findings and processes as plain JSON values."""

from __future__ import annotations

import json

from engine.definition import load_process, show_finding, show_findings, show_model
from tests.unit.definition.making import machine, move, process, write


def test_findings_are_shown_with_place_and_remedy(tmp_path):
    written = write(tmp_path, {"Main.xml": machine(process('<state name="new" reserved="no"/>'))})
    shown = show_findings(load_process(written.main))
    assert shown["process"] is None
    (finding,) = shown["findings"]
    assert finding == {
        "rule": "bad-boolean",
        "severity": "error",
        "file": str(written.main),
        "line": 4,
        "column": 1,
        "message": 'reserved="no" is neither true nor false.',
        "remedy": 'Write reserved="true" or reserved="false".',
    }
    assert finding == show_finding(load_process(written.main).findings[0])


def test_a_model_is_json(tmp_path):
    written = write(tmp_path, {"Main.xml": machine(process('<state name="new"/>'))})
    result = load_process(written.main)
    model = show_model(result.process)
    assert json.loads(json.dumps(model)) == model
    assert (model["dialect"], model["version"]) == ("earmark", result.process.version)
    assert model["states"][0]["location"] == f"{written.main}:4:1"
    assert show_findings(result)["process"] == "Main"


def test_it_is_told_how_the_stock_of_a_reserved_state_comes_free(tmp_path):
    text = machine(
        process(
            f"""
<state name="new"/>
<state name="paid" reserved="true"/>
<state name="packed" reserved="true"/>
<state name="sent" reserved="true"/>
<state name="lost" reserved="true"/>
<state name="held" reserved="true"/>
<state name="done"/>
{move("new", "paid", "go")}
{move("paid", "packed", "late")}
{move("packed", "sent", None, 'condition="C"')}
{move("sent", "done", "stock-update")}
{move("packed", "held", "go")}
{move("held", "done", "go")}
{move("held", "lost", "late")}
{move("lost", "lost", "go")}
<event name="go" manual="true"/>
<event name="late" timeout="1 day"/>
<event name="stock-update" manual="true"/>
"""
        )
    )
    result = load_process(write(tmp_path, {"Main.xml": text}).main)
    told = {state["name"]: state["released"] for state in show_model(result.process)["states"]}
    assert told == {
        "new": None,
        "paid": {"by": "by-count", "way": ["paid", "packed", "sent", "done"]},
        "packed": {"by": "by-count", "way": ["packed", "sent", "done"]},
        "sent": {"by": "by-count", "way": ["sent", "done"]},
        "held": {"by": "by-event", "way": ["held", "done"]},
        "lost": {"by": "never", "way": []},
        "done": None,
    }
