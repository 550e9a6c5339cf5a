"""Plugins print what they like; who reads stdout gets the answer of the command and nothing else."""

import json

import pytest

PLUGINS = """
import sys
from plugins import command, condition, timeout_processor

print("printed while loading")

@command("Noisy/Pay")
def pay(item, context):
    print("printed by a command")

@condition("Noisy/IsPaid", per="batch")
def is_paid(items, context):
    sys.stdout.write("printed by a condition")
    return [item.id for item in items]
"""
PROCESS = """<statemachine><process name="Noisy" main="true">
<states><state name="new" reserved="true"/><state name="paid" reserved="true"/><state name="done"/></states>
<transitions>
  <transition condition="Noisy/IsPaid"><source>new</source><target>paid</target><event>pay</event></transition>
  <transition><source>paid</source><target>done</target><event>close</event></transition>
</transitions>
<events><event name="pay" onEnter="true" command="Noisy/Pay"/><event name="close" manual="true"/></events>
</process></statemachine>"""


@pytest.fixture
def noisy(project, earmark, monkeypatch):
    (project / "noisy.py").write_text(PLUGINS)
    (project / "Noisy.xml").write_text(PROCESS)
    (project / "shop.yaml").write_text(
        "warehouses: [{name: W}]\nstores: [{name: DE, warehouses: [W]}]\n"
        'products: [{sku: "a", concretes: [{sku: "a1"}]}]\n'
    )
    (project / "stock.csv").write_text(
        "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\na1,W,5,0,0\n"
    )
    (project / "order.json").write_text(
        json.dumps({"reference": "A", "store": "DE", "items": [{"sku": "a1", "quantity": 1}]})
    )
    monkeypatch.setenv("EARMARK_PLUGINS", "noisy.py")
    for arguments in (("topology", "apply", "shop.yaml"), ("stock", "import", "stock.csv")):
        earmark(*arguments)
    return project


def test_answers_can_be_read_whatever_plugins_print(noisy, earmark):
    assert earmark("process", "check", "Noisy.xml", "--json").json["process"] == "Noisy"
    earmark("process", "deploy", "Noisy.xml", "--json").shaped("process-list")
    placed = earmark("order", "place", "order.json", "--json")
    assert placed.shaped("order")["items"][0]["state"] == "paid"
    for what in ("while loading", "by a command", "by a condition"):
        assert f"printed {what}" in placed.err


def test_text_and_failures_are_kept_apart_from_it_too(noisy, earmark):
    earmark("process", "deploy", "Noisy.xml")
    assert "printed" not in earmark("order", "place", "order.json").out
    assert earmark("trigger", "nothing", "--item", 1, "--json", code=1).error["code"] == "unknown_event"


def test_what_commands_write_by_themselves_still_goes_to_stdout(noisy, earmark):
    earmark("process", "deploy", "Noisy.xml")
    drawn = earmark("process", "draw", "Noisy", "-o", "-", "--format", "dot")
    assert drawn.out.startswith("digraph")
    assert "printed" not in drawn.out
    assert "earmark_items" in earmark("metrics").out
    assert "--json" in earmark("trigger", "--help").out


def test_the_lines_of_the_scheduler_are_json_too(noisy, earmark, command):
    earmark("process", "deploy", "Noisy.xml")
    (noisy / "earmark.toml").write_text('plugins = ["noisy.py"]\n[[jobs]]\nkind = "timeouts"\ninterval = 1\n')
    scheduler = command("scheduler", "--json")
    try:
        assert json.loads(scheduler.stdout.readline())["job"] == "timeouts"
    finally:
        scheduler.terminate()
        scheduler.communicate(timeout=60)


def test_the_demonstration_tells_its_days_on_stdout(earmark, project):
    assert "day 1" in earmark("demo", "--dir", project / "out", "--orders", 50).out
