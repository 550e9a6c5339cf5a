"""Guards by the command line: checking, deploying, running, and why an item waits."""

from __future__ import annotations

import pytest

XML = """<statemachine xmlns="urn:earmark:process:1"><process name="Check" main="true">
<states><state name="new" initial="true"/><state name="big"/></states>
<transitions>
<transition condition="rule:{guard}"><source>new</source><target>big</target></transition>
</transitions>
</process></statemachine>"""


@pytest.fixture
def guarded(earmark, project):
    """A project with the rule ``big-order``, and the process that asks it."""
    (project / "rules").mkdir(exist_ok=True)
    (project / "rules" / "guards.yaml").write_text(
        "guards:\n  big-order: order.total > 500.0 && item.available\n"
    )
    (project / "Check.xml").write_text(XML.format(guard="big-order"))
    return project


def test_check_and_deploy_say_which_guard_the_rules_do_not_have(earmark, guarded):
    assert earmark("process", "check", "Check.xml").code == 0
    (guarded / "Check.xml").write_text(XML.format(guard="big-ordr"))
    told = earmark("process", "check", "Check.xml", code=1).out
    assert "unknown-guard" in told
    assert 'Did you mean "big-order"?' in told
    assert "unknown-guard" in earmark("process", "deploy", "Check.xml", code=1).err


def test_show_names_the_guard_with_its_expression(earmark, guarded):
    told = earmark("process", "show", "Check.xml").out
    assert "rule:big-order" in told
    assert "order.total > 500.0 && item.available" in told


def test_a_mistake_in_an_expression_ends_every_command_with_its_place(earmark, guarded):
    (guarded / "rules" / "guards.yaml").write_text("guards:\n  big-order: order.totl > 500.0\n")
    error = earmark("process", "check", "Check.xml", "--json", code=1).error
    assert error["code"] == "rules_invalid"
    (problem,) = error["parameters"]["problems"]
    assert (problem["line"], problem["column"]) == (2, 7)
    assert 'Did you mean "total"?' in problem["remedy"]


def test_select_tells_which_process_an_order_would_get_and_why(earmark, guarded):
    (guarded / "rules" / "selection.yaml").write_text(
        "process_selection:\n  - {process: big, when: order.total > 500.0}\n  - {process: small}\n"
    )
    (guarded / "order.json").write_text('{"reference": "r", "store": "DE", "total": 5, "items": []}')
    told = earmark("rules", "select", "order.json", "--json").shaped("rules-select")
    assert (told["process"], told["named"], [rule["unfit"] for rule in told["rules"]]) == (
        "small",
        False,
        ["'order.total > 500.0' is false", None],
    )
    assert "small: rule 2 fits" in earmark("rules", "select", "order.json").out
    assert not (guarded / "earmark.db").exists()
    (guarded / "order.json").write_text("[")
    assert "is not JSON" in earmark("rules", "select", "order.json", code=1).err
