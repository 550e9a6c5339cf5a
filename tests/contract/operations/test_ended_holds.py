"""States that say that nothing is held in them, and the check that names those where a hold would stay."""

from __future__ import annotations

import pytest

from engine.definition import load_process, process_from_canonical, show_model
from engine.definition.canonical import canonical_json

REOPENED = """<statemachine xmlns="urn:earmark:process:1"><process name="Sale" main="true">
 <states><state name="new" initial="true"/><state name="paid" reserved="true"/><state name="gone"{hold}/></states>
 <transitions>
  <transition happy="true"><source>new</source><target>paid</target><event>pay</event></transition>
  <transition><source>new</source><target>gone</target><event>cancel</event></transition>
  <transition><source>new</source><target>gone</target><event>too late</event></transition>
  <transition><source>gone</source><target>paid</target><event>reopen</event></transition>
 </transitions>
 <events><event name="pay" manual="true"/><event name="cancel" manual="true"/>
  <event name="too late" timeout="1 day"/>
  <event name="reopen" manual="true"/></events>
</process></statemachine>"""


@pytest.fixture
def loaded(tmp_path):
    def load(hold: str = ""):
        path = tmp_path / "Sale.xml"
        path.write_text(REOPENED.format(hold=hold), encoding="utf-8")
        return load_process(path)

    return load


def told(result):
    return [finding.message for finding in result.findings if finding.rule == "hold-without-timeout"]


def test_a_hold_ends_in_a_state_that_says_so(make_shop, loaded):
    world = make_shop().stocked(tea_1=5)
    world.engine.deploy(loaded(' hold="false"').process)
    (item,) = world.place("tea-1 5")
    assert world.available() == 0
    world.trigger("cancel", item)
    assert (world.counted(item), world.available()) == ((0, 0), 5)
    world.trigger("reopen", item)
    assert (world.counted(item), world.drift()) == ((5, 0), [])


def test_the_check_names_where_a_hold_would_stay(loaded):
    (message,) = told(loaded())
    assert message.startswith('In "gone" an item keeps the hold')
    assert told(loaded(' hold="false"')) == []


def test_it_is_part_of_the_version_only_where_it_is_used(loaded):
    plain, kept, ended = (loaded(hold).process for hold in ("", ' hold="true"', ' hold="false"'))
    assert plain.version == kept.version != ended.version
    assert "hold" not in canonical_json(plain)
    assert process_from_canonical(canonical_json(ended)).version == ended.version
    assert [state["ends_hold"] for state in show_model(ended)["states"]] == [False, False, True]
