"""A queue as a sink: what a broker has confirmed is there for its listener, in order, and nothing is lost."""

from __future__ import annotations

import json

import pytest

from earmark.sinks.queue import QueueSink
from engine.exchange.ways import open_way
from tests.contract.publishing.test_sinks import hand, tell
from tests.helpers.brokers import AMQP, REDIS, queue_at
from tests.helpers.sinks import named


def listened(address):
    """What a listener of the queue takes from it, in the order it comes."""
    way, lines = open_way(address), []
    while received := way.receive(1.0):
        lines.append(json.loads(received.body))
        received.done()
    way.close()
    return lines


@pytest.fixture(params=[AMQP, REDIS])
def address(request):
    return queue_at(request.param)


@pytest.fixture
def sink():
    """Makes sinks, to be closed at the end."""
    made = []

    def make(address):
        made.append(QueueSink(address))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_what_is_published_is_in_the_queue_in_order(shop, address, sink):
    queue = sink(address)
    hand(shop, named(queue))
    tell(shop, *range(20))
    assert hand(shop, named(queue, batch=7))["shop"].published == 20
    lines = listened(address)
    assert [line["n"] for line in lines] == list(range(20))
    assert {line["_kind"] for line in lines} == {"test"}
    assert hand(shop, named(sink(address)))["shop"].published == 0


def test_what_a_broker_does_not_take_waits_for_it(shop, address, sink):
    away = sink("amqp://127.0.0.1:1//?queue=nobody")
    hand(shop, named(away))
    tell(shop, 1, 2)
    assert hand(shop, named(away))["shop"].outcome == "failed"
    shop.forward(3600)
    assert hand(shop, named(sink(address)))["shop"].published == 2
    assert [line["n"] for line in listened(address)] == [1, 2]


def test_what_is_secret_in_an_address_is_told_nowhere(shop):
    address = "amqp://u:pass-word@127.0.0.1:1/vhost-secret?queue=av-vhost-secret"
    away = QueueSink(address, ["vhost-secret"])
    hand(shop, named(away))
    tell(shop, 1)
    told = str(hand(shop, named(away))["shop"])
    (stored,) = [state for state in shop.engine.sink_states() if state.sink == "shop"]
    assert "amqp://127.0.0.1:1: " in told
    assert "secret" not in told + str(stored)
    assert "pass-word" not in told + str(stored)
