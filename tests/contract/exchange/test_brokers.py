"""The brokers that the environment names carry messages as a spool does: confirmed, acknowledged after the
commit.
"""

from __future__ import annotations

import pytest

from engine.errors import InputError
from engine.exchange import export, imports
from engine.exchange.broker import parse_address
from engine.exchange.failure import TransportFailed
from engine.exchange.ways import open_way
from tests.helpers.brokers import AMQP, REDIS, queue_at
from tests.helpers.databases import DATABASES

BROKERS = pytest.mark.parametrize("broker", [AMQP, REDIS, "memory"])


def address(broker):
    return "memory://?queue=earmark-test" if broker == "memory" else queue_at(broker)


@pytest.fixture
def way():
    """Opens ways, to be closed at the end."""
    opened = []

    def open_(address):
        opened.append(open_way(address))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


@BROKERS
def test_messages_come_as_they_were_sent_whatever_is_in_them(way, broker):
    queue = address(broker)
    sender, reader = way(queue), way(queue)
    bodies = [b"{}", b"\xff\x00 no text", '{"x": "\u00fc"}'.encode(), b"x" * 200_000]
    for body in bodies:
        sender.send(body)
    found = []
    while received := reader.receive():
        found.append(received.body)
        received.done()
    assert sorted(found) == sorted(bodies)
    assert reader.receive() is None


@pytest.mark.parametrize("broker", [AMQP, REDIS])
def test_what_was_not_acknowledged_comes_back_when_the_reader_has_gone(way, broker):
    queue = address(broker)
    way(queue).send(b"once")
    reader = way(queue)
    assert reader.receive().body == b"once"
    reader.close()
    again = way(queue).receive(10)
    assert again.body == b"once"
    again.done()


@pytest.mark.parametrize("broker", [AMQP, REDIS])
def test_two_readers_at_once_get_each_message_once(way, broker):
    queue = address(broker)
    sender, readers = way(queue), [way(queue), way(queue)]
    for reader in readers:
        assert reader.receive() is None
    for number in range(60):
        sender.send(str(number).encode())
    found = []
    while received := [one for reader in readers if (one := reader.receive())]:
        for one in received:
            found.append(int(one.body))
            one.done()
    assert sorted(found) == list(range(60))


@pytest.mark.parametrize("broker", [AMQP, REDIS])
@pytest.mark.parametrize("database_url", DATABASES, indirect=True)
def test_two_databases_talk_through_queues(two, way, broker):
    de, at = two
    at_queue, de_queue = address(broker), address(broker)
    to_at, to_de, for_at, for_de = way(at_queue), way(de_queue), way(at_queue), way(de_queue)
    de.sells("tea-1 3")
    at.sells("tea-2 2")
    for _ in range(2):
        export.export(de.shop.runtime, [to_at])
        export.export(at.shop.runtime, [to_de])
        imports.receive(at.shop.runtime, for_at)
        imports.receive(de.shop.runtime, for_de)
    assert (at.left("tea-1"), de.left("tea-2")) == (7, 8)
    assert [state.pending for side in two for state in side.shop.engine.exchange_status()] == [0] * 4
    assert [kept.reason for side in two for kept in side.shop.engine.exchange_refused()] == []


def test_a_queue_that_is_taken_away_while_it_is_written_to_is_noticed(way):
    import kombu

    queue = queue_at(AMQP)
    sender = way(queue)
    sender.send(b"1")
    parsed = parse_address(queue)
    with kombu.Connection(parsed.url) as connection:
        kombu.Queue(parsed.queue, channel=connection.channel()).delete()
    with pytest.raises(TransportFailed, match="no such queue"):
        sender.send(b"2")
    sender.send(b"3")
    assert way(queue).receive().body == b"3"


# --- addresses ---

WRONG = {
    "amqp://host/v": "does not name one queue",
    "amqp://host/v?queue=": "does not name one queue",
    "amqp://host/v?queue=a&queue=b": "does not name one queue",
    "amqp://host/v?queue=a&heartbeat=3": "asks for more than a queue",
    "amqp://host:port/v?queue=a": "cannot be understood",
    "amqp://[host/v?queue=a": "cannot be understood",
    "spool:": "is no way to another database",
    "kafka://host?queue=a": "is no way to another database",
    "": "is no way to another database",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_no_address_is_refused_before_anything_is_done(wrong):
    with pytest.raises(InputError, match=WRONG[wrong]):
        open_way(wrong)


@pytest.mark.parametrize("password", ["geheim", "ge:heim", "ge%40heim", "ge@heim"])
def test_no_password_is_ever_shown(password):
    for scheme in ("amqp", "redis"):
        way = open_way(f"{scheme}://anna:{password}@127.0.0.1:1/0?queue=q")
        assert way.name == f"{scheme}://127.0.0.1:1/0?queue=q"
        with pytest.raises(TransportFailed) as caught:
            way.send(b"x")
        assert "heim" not in str(caught.value)
