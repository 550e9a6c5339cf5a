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


STATES = {"new": "", "again": "", "paid": ' reserved="true"', "gone": ""}


@pytest.mark.parametrize(
    ("moves", "events", "where"),
    [
        ("new>new:remind", "remind", '"new"'),  # comes back to itself
        ("new>gone:remind:Shop/IsOld", "remind", '"new"'),  # only if a condition is true
        ("new>again:remind again>new:once", "remind once", '"new", "again"'),  # goes round
        ("new>again:remind again>new:once again>gone:last", "remind once last", None),
        ("new>again:remind", "remind", '"again"'),  # where it comes to rest is told
        ("new>gone:remind", "remind", None),
        ("new>gone:remind:Shop/IsOld new>paid:remind", "remind", None),
    ],
)
def test_a_timeout_that_leads_nowhere_lets_no_hold_end(tmp_path, moves, events, where):
    ways = [way.split(":") for way in f"{moves} new>paid:pay again>paid:pay gone>gone:look".split()]
    states = "".join(f'<state name="{name}"{more}/>' for name, more in STATES.items())
    transitions = "".join(
        f"<transition{''.join(f' condition={chr(34)}{c}{chr(34)}' for c in condition)}>"
        f"<source>{way.split('>')[0]}</source><target>{way.split('>')[1]}</target><event>{event}</event></transition>"
        for way, event, *condition in ways
    )
    timed = "".join(f'<event name="{name}" timeout="1 day"/>' for name in events.split())
    path = tmp_path / "Sale.xml"
    path.write_text(
        f'<statemachine xmlns="urn:earmark:process:1"><process name="Sale" main="true"><states>{states}</states>'
        f"<transitions>{transitions}</transitions><events>{timed}<event name='pay' manual='true'/>"
        "<event name='look' manual='true'/></events></process></statemachine>"
    )
    found = told(load_process(path))
    assert [text.split(" an item")[0] for text in found] == ([] if where is None else [f"In {where}"])
