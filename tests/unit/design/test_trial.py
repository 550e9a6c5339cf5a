"""Playing items through a process: what happens, when, why, and what is counted meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.design import Session, Terms, Trial, assumed, play_script, read_script, state_of
from engine.errors import EarmarkError, InputError, UnknownEvent, UnknownItem, UnknownSku, UnknownState
from engine.quantity import SCALE
from tests.helpers.clock import START
from tests.helpers.processes import load

HOUR = 3_600_000_000

SALE = """
states new paid* sent* done gone
new -> paid : pay [ok]
new -> gone : expire
paid -> sent : ship
sent -> done : stock-update
event expire timeout=1~hour
event pay manual command=charge
event stock-update manual
"""


@pytest.fixture
def sale(tmp_path):
    return assumed(load(tmp_path, SALE))


@pytest.fixture
def trial(sale):
    return Trial(sale, Terms(answers={"ok": True}))


def told(done):
    return [(one.item, one.cause, one.event, one.source, one.target) for one in done.fired]


def counted(trial, name="1"):
    item = trial.items[name]
    return item.state.name, item.reserved // SCALE, item.held // SCALE, trial.available("product") // SCALE


def test_an_item_holds_reserves_and_is_released_by_a_count(trial):
    assert told(trial.place(2 * SCALE)) == [("1", "place", None, None, "new")]
    assert counted(trial) == ("new", 0, 2, 8)
    (step,) = trial.fire("pay").fired
    assert (step.conditions, step.command, step.assumed) == ({"ok": True}, "charge", ())
    assert counted(trial) == ("paid", 2, 0, 8)
    trial.fire("ship")
    assert told(trial.count(8 * SCALE)) == [("1", "stock-update", "stock-update", "sent", "done")]
    assert counted(trial) == ("done", 0, 0, 8)


def test_a_condition_that_is_false_keeps_the_item_and_says_so(sale):
    trial = Trial(sale, Terms())
    trial.place()
    (step,) = trial.fire("pay").fired
    assert (step.target, step.outcome, step.conditions) == (None, "condition_false", {"ok": False})
    assert step.assumed == ("ok",)
    trial.answer("ok", True)
    assert trial.fire("pay").fired[0].assumed == ()


def test_an_answer_of_one_item_is_its_own(trial):
    trial.place(name="a")
    trial.place(name="b")
    trial.answer("ok", False, ["a"])
    assert [one.target for one in trial.fire("pay").fired] == [None, "paid"]


def test_an_event_that_the_state_has_not_is_blocked_with_what_it_has(trial):
    trial.place()
    (refused,) = trial.fire("ship").refused
    assert refused.code == "event_not_available"
    assert refused.text == "item 1: the state 'new' has no event 'ship'; it has: pay, expire"


def test_more_than_there_is_cannot_be_placed(trial):
    trial.place(7 * SCALE)
    (refused,) = trial.place(4 * SCALE).refused
    assert (refused.code, refused.text) == (
        "not_available",
        "4 of 'product' were asked for, 3 can be sold",
    )
    assert list(trial.items) == ["1"]


def test_the_clock_stops_at_what_is_due(trial):
    trial.place()
    (step,) = trial.wait(START + 5 * HOUR).fired
    assert (step.at, step.cause, step.target) == (START + HOUR, "timeout", "gone")
    assert trial.now == START + 5 * HOUR


def test_a_timeout_takes_the_time_that_it_is_given(tmp_path):
    process = assumed(load(tmp_path, SALE), {"expire": "2 days"})
    trial = Trial(process, Terms())
    trial.place()
    assert trial.next_due() == START + 48 * HOUR
    with pytest.raises(UnknownEvent, match="no event 'expires' with a timeout; did you mean 'expire'"):
        assumed(process, {"expires": "2 days"})
    with pytest.raises(InputError, match="no unit of time"):
        assumed(process, {"expire": "2 dais"})


def test_timeouts_of_one_moment_fire_in_the_order_of_their_names(tmp_path):
    process = load(
        tmp_path, "states a b c\na -> c : z\na -> b : y\nevent z timeout=1~hour\nevent y timeout=1~hour"
    )
    trial = Trial(process, Terms())
    trial.place()
    assert told(trial.wait(START + HOUR)) == [("1", "timeout", "y", "a", "b")]


def test_the_conditions_run_moves_what_rests_before_the_clock_goes_on(tmp_path):
    process = load(tmp_path, "states a b c\na -> b [ready]\nb -> c : late\nevent late timeout=1~hour")
    trial = Trial(process, Terms())
    trial.place()
    assert trial.wait(START + HOUR).fired == []
    trial.answer("ready", True)
    assert [(one.at, one.cause) for one in trial.wait(START + 3 * HOUR).fired] == [
        (START + HOUR, "conditions"),
        (START + 2 * HOUR, "timeout"),
    ]


def test_an_endless_chain_is_stopped(tmp_path):
    process = load(tmp_path, "states a b c\na -> b : go\nb -> c : on\nc -> b : on\nevent on onEnter")
    trial = Trial(process, Terms())
    trial.place()
    (refused,) = trial.fire("go").refused
    assert refused.code == "automatic_loop"
    assert trial.items["1"].stuck == "on"
    assert trial.items["1"].step == 101


def test_an_endless_clockwork_ends_the_turning_of_the_clock(tmp_path):
    process = load(tmp_path, "states a b\na -> a : tick\nevent tick timeout=1~second")
    trial = Trial(process, Terms())
    trial.place()
    done = trial.wait(START + 100_000 * HOUR)
    assert done.refused[0].code == "automatic_loop"
    assert len(done.fired) == 10_000


def test_shipped_after_the_count_stays_reserved_and_has_left_when_it_first_left(tmp_path):
    process = load(
        tmp_path,
        "states new* sent* there* done\nnew -> sent : ship\nsent -> there : arrive\n"
        "sent -> done : stock-update\nthere -> done : stock-update",
    )
    trial = Trial(process, Terms())
    trial.place()
    trial.wait(START + HOUR)
    trial.fire("ship")
    trial.wait(START + 3 * HOUR)
    trial.fire("arrive")
    trial.count(9 * SCALE, made_at=START)
    assert counted(trial)[0] == "there"
    trial.count(9 * SCALE, made_at=START + 2 * HOUR)
    assert counted(trial)[0] == "done"


def test_what_is_sent_again_leaves_the_shelf_anew(tmp_path):
    process = load(
        tmp_path,
        "states sent* back* done\nsent -> back : return\nback -> sent : send\nsent -> done : stock-update",
    )
    trial = Trial(process, Terms())
    trial.place()
    trial.wait(START + HOUR)
    trial.fire("return")
    trial.wait(START + 2 * HOUR)
    trial.fire("send")
    trial.count(9 * SCALE, made_at=START + HOUR)
    assert counted(trial)[0] == "sent"


def test_a_hold_ends_at_its_time(sale):
    trial = Trial(sale, Terms.of_rules(hold=True, hold_timeout_s=60, stock_update="stock-update"))
    trial.place()
    (step,) = trial.wait(START + HOUR // 2).fired
    assert (step.outcome, step.at) == ("hold_ended", START + HOUR // 60)
    assert counted(trial) == ("new", 0, 0, 10)


def test_a_project_without_holds_has_none(sale):
    trial = Trial(sale, Terms.of_rules(hold=False, hold_timeout_s=None, stock_update="stock-update"))
    trial.place()
    assert counted(trial) == ("new", 0, 0, 10)


def test_an_item_can_begin_in_a_state(tmp_path):
    process = load(
        tmp_path, "states new paid* back late\nnew -> paid : pay\npaid -> back : undo\nback -> paid : pay"
    )
    trial = Trial(process, Terms())
    trial.place(name="a", state="paid")
    trial.place(name="b", state="back")
    trial.place(name="c", state="back", hold=True)
    held = {name: (item.reserved // SCALE, item.held // SCALE) for name, item in trial.items.items()}
    assert held == {"a": (1, 0), "b": (0, 0), "c": (0, 1)}


def test_unknown_names_are_refused_with_what_was_probably_meant(trial):
    trial.place()
    with pytest.raises(UnknownEvent, match="no event 'shipp'; did you mean 'ship'"):
        trial.fire("shipp")
    with pytest.raises(UnknownItem, match="no item '7'; there are: 1"):
        trial.fire("pay", ["7"])
    with pytest.raises(UnknownState, match="did you mean 'paid'"):
        trial.place(state="payd")
    with pytest.raises(UnknownSku, match="did you mean 'product'"):
        trial.place(sku="produkt")
    with pytest.raises(InputError, match="no condition 'okay'"):
        trial.answer("okay", True)


def test_a_condition_is_asked_for_once(sale):
    asked = []

    def ask(name, item):
        asked.append((name, item))
        return True

    session = Session(sale, replace(Terms(), assume=None), ask)
    session.do("place")
    session.do("fire pay")
    session.do("undo")
    assert session.trial.items["1"].state.name == "new"
    session.do("fire pay")
    assert asked == [("ok", "1")]
    assert session.trial.items["1"].state.name == "paid"


def test_what_cannot_be_done_leaves_everything_as_it_was(sale):
    session = Session(sale, Terms())
    session.do("place 3")
    before = state_of(session.trial)
    for wrong in ("fire pay 1 2", "place", "count", "wait", "answer ok", "jump", "place 'a"):
        try:
            session.do(wrong)
        except InputError:
            continue
        except UnknownItem:
            continue
        session.do("undo")
    assert state_of(session.trial) == before


def test_a_script_is_played_line_by_line(sale):
    lines = read_script("# a sale\nplace 2\nfire pay\n\nwait\n", "demo")
    steps = play_script(sale, Terms(answers={"ok": True}), lines[:2], "demo")
    assert [step["do"] for step in steps] == ["place 2", "fire pay"]
    (item,) = steps[-1]["items"]
    assert (item["state"], item["reserved"], item["held"]) == ("paid", "2", "0")
    assert item["next"] == [{"event": "ship", "kind": "manual", "to": "sent", "conditions": []}]
    assert steps[0]["items"][0]["timeouts"] == [{"event": "expire", "due": "2026-01-01T01:00:00Z"}]
    assert steps[-1]["stock"] == [
        {"sku": "product", "stock": "10", "reserved": "2", "held": "0", "available": "8"}
    ]
    with pytest.raises(InputError, match=r"demo:5: nothing is due"):
        play_script(sale, Terms(answers={"ok": True}), lines, "demo")


def test_everything_that_is_wrong_with_a_script_is_told_at_once(sale):
    with pytest.raises(InputError) as refused:
        read_script("plaice\nfire pay\nwait '1\n", "demo")
    assert refused.value.lines[1:] == (
        "demo:1: 'plaice' is nothing that can be done; did you mean 'place'?",
        'demo:3: "wait \'1": No closing quotation. Close the quotes.',
    )
    with pytest.raises(InputError) as refused:
        play_script(
            sale, Terms(), read_script("place\nfire pai\nanswer o true\nplace in payd", "demo"), "demo"
        )
    assert [line.split(";")[0] for line in refused.value.lines[1:]] == [
        "demo:2: 'Sale' has no event 'pai'",
        "demo:3: 'Sale' has no condition 'o'",
        "demo:4: 'Sale' has no state 'payd'",
    ]


SCRIPT = """plce 2
place teaa
fire pay
place 0
place 2 as
place 2 as one
fire ship one
fire nosuch
fire ship 17
answer foo true
answer ok
wait 1 fortnght
wait until nonsense
wait
count x
count 3 tea
place 2 tea
place 2
place 1 in nowhere
undo
conditions now
show me
"""


def test_a_script_is_looked_through_before_anything_is_done(sale):
    with pytest.raises(InputError) as refused:
        read_script(SCRIPT, "s", Trial(sale, Terms()))
    title, *told = refused.value.lines
    assert title == "the script cannot be played:"
    assert [text.partition(". ")[0].partition(";")[0] for text in told] == [
        "s:1: 'plce' is nothing that can be done",
        "s:2: there is no product 'teaa' in stock",
        "s:4: an item has more than 0",
        "s:5: there is nothing behind 'as'",
        "s:8: 'Sale' has no event 'nosuch'",
        "s:9: there is no item '17'",
        "s:10: 'Sale' has no condition 'foo'",
        "s:11: an answer is missing",
        's:12: "1 fortnght" has no unit of time at "fortnght"',
        "s:13: 'nonsense' is not a time",
        "s:15: 'x' is not a number",
        "s:18: name the product: product, tea",
        "s:19: 'Sale' has no state 'nowhere'",
        "s:21: 'now' is too much",
        "s:22: 'me' is too much",
    ]


@pytest.mark.parametrize("text", ["fire pay", "undo", "place\nundo\nfire pay 1", "place\nundo\nundo"])
def test_what_was_taken_back_is_not_there(sale, text):
    with pytest.raises(InputError, match="the script cannot be played"):
        read_script(text, "s", Trial(sale, Terms()))


@pytest.mark.parametrize(
    "text",
    [
        "fire pai",
        "fire pay 9",
        "place 1 x",
        "place in payd",
        "wait until 2020-01-01T00:00:00Z",
        "wait until x",
        "place 0",
        "place 1 as",
    ],
)
def test_remedies_are_those_of_a_trial(sale, text):
    session = Session(sale, Terms())
    session.do("place")
    with pytest.raises(EarmarkError) as refused:
        session.do(text)
    assert refused.value.remedy
    assert "earmark " not in refused.value.remedy
    assert "topology" not in refused.value.remedy


def test_names_with_blanks_need_no_quotes(tmp_path):
    (tmp_path / "two").mkdir()
    process = load(tmp_path / "two", "states new in~use\nnew -> in~use : begin~now")
    session = Session(process, Terms())
    session.do("place as first")
    assert session.do("fire begin now first")["items"][0]["state"] == "in use"
    assert session.do("place in in use")["items"][1]["state"] == "in use"
