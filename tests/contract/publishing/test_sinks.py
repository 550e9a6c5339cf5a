"""Sinks with positions of their own: in order, each message at least once, none hindered by another."""

from __future__ import annotations

import threading

import pytest

from engine.errors import NotFound
from engine.hooks import PartlyTaken
from engine.publishing import handing
from tests.helpers.sinks import Remembering, named

SALE = "states new paid*\nnew -> paid : pay"


def tell(shop, *numbers, kind="test"):
    rows = [{"kind": kind, "payload": f'{{"n":{n}}}', "now": shop.clock()} for n in numbers]
    with shop.database.write() as work:
        work.many("outbox_add", rows)


def hand(shop, *sinks, **options):
    return {report.sink: report for report in shop.engine.publish_to(list(sinks), **options)}


def state(shop, name="shop"):
    return next(one for one in shop.engine.sink_states() if one.sink == name)


def test_a_new_sink_is_handed_what_comes_from_now_on_in_order_and_once(shop):
    tell(shop, 1, 2)
    taken = Remembering()
    assert hand(shop, named(taken))["shop"].published == 0
    tell(shop, 3, 4, 5)
    report = hand(shop, named(taken, batch=2))["shop"]
    assert (report.outcome, report.published, taken.numbers) == ("done", 3, [3, 4, 5])
    assert hand(shop, named(taken))["shop"].published == 0
    keys = [message.key for message in taken.taken]
    assert len(set(keys)) == 3
    assert len({key.rpartition("-")[0] for key in keys}) == 1


def test_each_sink_has_a_position_and_kinds_of_its_own(shop):
    one, two = Remembering(), Remembering()
    hand(shop, named(one), named(two, "two", kinds=("order.*", "availability")))
    tell(shop, 1)
    hand(shop, named(one))
    tell(shop, 2, kind="order.placed")
    tell(shop, 3, kind="availability")
    tell(shop, 4, kind="availability.not")
    assert {
        name: report.published
        for name, report in hand(
            shop, named(one), named(two, "two", kinds=("order.*", "availability"))
        ).items()
    } == {
        "shop": 3,
        "two": 2,
    }
    assert (one.numbers, two.numbers) == ([1, 2, 3, 4], [2, 3])
    assert state(shop, "two").waiting == 0


def test_a_sink_that_fails_hinders_no_other_and_is_tried_again_after_growing_pauses(shop):
    dead, alive = Remembering(failure=ConnectionError("gone to //u:secret@host")), Remembering()
    sinks = [named(dead, "dead", retry_s=10, retry_most_s=25), named(alive)]
    hand(shop, *sinks)
    tell(shop, 1, 2)
    waits = []
    for _ in range(3):
        reports = hand(shop, *sinks)
        assert reports["dead"].outcome == "failed"
        waits.append(reports["dead"].retry_at.timestamp() - shop.clock() / 1e6)
        assert hand(shop, *sinks)["dead"].outcome == "waiting"
        shop.forward(waits[-1] + 1)
    assert waits == [10, 20, 25]
    assert alive.numbers == [1, 2]
    failing = state(shop, "dead")
    assert (failing.waiting, failing.attempts) == (2, 3)
    assert failing.lag_s == 58
    assert "secret" not in failing.error
    dead.failure = None
    assert hand(shop, *sinks)["dead"].published == 2
    assert dead.numbers == [1, 2]
    assert (state(shop, "dead").error, state(shop, "dead").lag_s) == (None, 0)


def test_now_tries_at_once_what_failed(shop):
    dead = Remembering(failure=OSError())
    hand(shop, named(dead))
    tell(shop, 1)
    hand(shop, named(dead))
    dead.failure = None
    assert hand(shop, named(dead), now=True)["shop"].published == 1


def test_what_can_never_be_taken_is_kept_aside_and_shown_and_the_rest_goes_on(shop):
    sink = Remembering(poison=lambda payload: payload["n"] in (2, 4))
    hand(shop, named(sink))
    tell(shop, 1, 2, 3, 4, 5)
    report = hand(shop, named(sink))["shop"]
    assert (report.outcome, report.published, report.kept) == ("done", 3, 2)
    assert sink.numbers == [1, 3, 5]
    kept = shop.engine.sink_kept("shop")
    assert [(one.payload["n"], one.reason, one.kind) for one in kept] == [
        (2, "it is poison", "test"),
        (4, "it is poison", "test"),
    ]
    sink.poison = lambda payload: payload["n"] == 4
    assert shop.engine.sink_kept_again(named(sink)) == (1, 1)
    assert sink.numbers == [1, 3, 5, 2]
    assert shop.engine.drop_sink_kept("shop") == 1
    assert shop.engine.sink_kept() == []


def test_a_sink_that_takes_some_is_not_handed_them_again(shop):
    class Some(Remembering):
        def publish(self, messages):
            self.taken += messages[:2]
            if len(messages) > 3:
                raise PartlyTaken("slowly", taken=2)
            return 2

    sink = Some()
    hand(shop, named(sink))
    tell(shop, *range(7))
    assert hand(shop, named(sink))["shop"].outcome == "failed"
    assert state(shop).waiting == 5
    shop.forward(10)
    hand(shop, named(sink, batch=3))
    assert sink.numbers == list(range(7))


def test_a_message_that_fails_for_too_long_is_given_up_where_that_is_wanted(shop):
    class Stubborn(Remembering):
        def publish(self, messages):
            if any(message.payload["n"] == 1 for message in messages):
                raise ValueError("not this one")
            super().publish(messages)

    sink = named(Stubborn(), give_up_s=100, retry_s=60)
    hand(shop, sink)
    tell(shop, 1, 2)
    assert hand(shop, sink)["shop"].outcome == "failed"
    shop.forward(99)
    assert hand(shop, sink)["shop"].outcome == "failed"
    shop.forward(999)
    report = hand(shop, sink)["shop"]
    assert (report.published, report.kept) == (1, 1)
    assert "not this one" in shop.engine.sink_kept()[0].reason


def test_what_is_committed_late_is_passed_over_by_nobody(shop):
    if shop.database.dialect == "sqlite":
        pytest.skip("one writes at a time")
    sink = Remembering()
    hand(shop, named(sink))
    began, go_on = threading.Event(), threading.Event()

    def late():
        with shop.another().runtime.database.write() as work:
            work.many("outbox_add", [{"kind": "test", "payload": '{"n":1}', "now": 0}])
            work.all("topology_stores")
            began.set()
            assert go_on.wait(30)

    thread = threading.Thread(target=late)
    thread.start()
    assert began.wait(30)
    tell(shop, 2)
    hand(shop, named(sink))
    assert sink.numbers == [2]
    go_on.set()
    thread.join()
    hand(shop, named(sink))
    assert sink.numbers == [2, 1]


def test_one_at_a_time_hands_messages_to_a_sink_until_its_lease_is_over(shop):
    entered, go_on = threading.Event(), threading.Event()

    class Slow(Remembering):
        def publish(self, messages):
            entered.set()
            assert go_on.wait(30)
            super().publish(messages)

    slow, quick = Slow(), Remembering()
    hand(shop, named(quick))
    tell(shop, 1)
    reports = []
    thread = threading.Thread(target=lambda: reports.append(hand(shop, named(slow, lease_s=30))["shop"]))
    thread.start()
    assert entered.wait(30)
    assert hand(shop, named(quick))["shop"].outcome == "busy"
    shop.forward(31)
    assert hand(shop, named(quick))["shop"].published == 1
    tell(shop, 2)
    go_on.set()
    thread.join()
    # It has handed over what somebody else has, too, and says nothing of it any more.
    assert reports[0].outcome == "busy"
    assert state(shop).waiting == 1
    hand(shop, named(quick))
    assert quick.numbers == [1, 2]


def test_a_new_listener_is_told_the_state_of_every_product(two_stores):
    shop = two_stores
    shop.restock("001_1,North,4", "001_1,South,0")
    sink = Remembering()
    hand(shop, named(sink))
    shop.restock("001_1,North,0")
    report = shop.engine.republish(named(sink, batch=1))
    events = [message.payload for message in sink.taken]
    assert report.outcome == "done"
    first, states = events[0], events[1:]
    assert "_state" not in first
    assert sorted((one["abstract_sku"], one["Store"]["name"]) for one in states) == sorted(
        (product.sku, store.name)
        for product in shop.engine.topology().products
        for store in shop.engine.topology().stores
    )
    assert all(one["_state"] for one in states)
    same = next(
        one
        for one in states
        if (one["abstract_sku"], one["Store"]) == (first["abstract_sku"], first["Store"])
    )
    assert same["_version"] == first["_version"]
    assert {name: same[name] for name in ("quantity", "SpyAvailabilities")} == {
        name: first[name] for name in ("quantity", "SpyAvailabilities")
    }
    assert len({message.key for message in sink.taken}) == len(sink.taken)
    assert not state(shop).resending
    assert hand(shop, named(sink))["shop"].published == 0


def test_telling_the_state_goes_on_where_it_was_and_what_changes_meanwhile_comes_after(two_stores):
    shop = two_stores
    sink = Remembering(failure=OSError("not yet"))
    assert shop.engine.republish(named(sink, batch=1)).outcome == "failed"
    assert state(shop).resending
    sink.failure = None

    class Twice(Remembering):
        def publish(self, messages):
            if len(self.taken) == 2:
                raise OSError("enough")
            super().publish(messages)

    some = Twice()
    hand(shop, named(some, batch=1), now=True)
    assert len(some.taken) == 2
    shop.restock("001_1,North,9", "001_1,South,9")
    hand(shop, named(sink, batch=1), now=True)
    told = [*some.taken, *sink.taken]
    versions: dict[tuple, int] = {}
    for message in told:
        key = message.payload["abstract_sku"], message.payload["fk_store"]
        assert message.payload["_version"] >= versions.get(key, 0)
        versions[key] = message.payload["_version"]
    assert shop.engine.republish(named(sink)).published >= len(versions)


def test_messages_are_kept_until_every_sink_has_them(shop):
    sink, late = Remembering(), Remembering(failure=OSError())
    hand(shop, named(sink), named(late, "late"))
    tell(shop, 1, 2, 3)
    hand(shop, named(sink), named(late, "late"))
    shop.forward(90 * 86_400)
    assert shop.engine.purge("30 days").counts["messages"] == 0
    late.failure = None
    hand(shop, named(late, "late"))
    assert late.numbers == [1, 2, 3]
    assert shop.engine.purge("30 days").counts["messages"] == 2  # the newest stays
    tell(shop, 4)
    assert hand(shop, named(sink))["shop"].published == 1
    shop.engine.forget_sink("late")
    with pytest.raises(NotFound, match="there is no sink 'lat'"):
        shop.engine.forget_sink("lat")
    assert [one.sink for one in shop.engine.sink_states()] == ["shop"]


def test_a_long_call_ends_and_leaves_the_rest(shop, monkeypatch):
    monkeypatch.setattr(handing, "RUN_S", 0.0)
    sink = Remembering()
    hand(shop, named(sink))
    tell(shop, 1)
    assert hand(shop, named(sink))["shop"].outcome == "more"


def test_more_messages_take_no_more_statements(shop):
    sink = named(Remembering())
    hand(shop, sink)
    tell(shop, 1)
    few = len(shop.statements(lambda: hand(shop, sink)))
    tell(shop, *range(400))
    assert len(shop.statements(lambda: hand(shop, sink))) == few
