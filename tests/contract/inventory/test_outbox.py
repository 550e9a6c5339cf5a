"""Publishing: every committed message reaches the sink, in order, at least once."""

from __future__ import annotations

import json

import pytest

from earmark.sinks.jsonl import JsonLinesSink
from engine.errors import FileUnreadable
from engine.inventory.outbox import BATCH, publish


class Collect:
    def __init__(self, fail_at: int | None = None) -> None:
        self.seen: list[int] = []
        self.fail_at = fail_at

    def publish(self, messages) -> None:
        if self.fail_at is not None and len(self.seen) >= self.fail_at:
            raise ConnectionError
        self.seen += [message.id for message in messages]


def fill(shop, count: int) -> None:
    with shop.database.write() as work:
        work.many("outbox_add", [{"kind": "test", "payload": f'{{"n":{n}}}', "now": 0} for n in range(count)])


def test_messages_go_out_once_and_in_order(shop):
    fill(shop, BATCH * 2 + 3)
    sink = Collect()
    assert publish(shop.runtime, sink) == BATCH * 2 + 3
    assert sink.seen == sorted(sink.seen)
    assert publish(shop.runtime, sink) == 0


def test_what_a_failing_sink_did_not_take_goes_out_later(shop):
    fill(shop, BATCH + 1)
    sink = Collect(fail_at=BATCH)
    with pytest.raises(ConnectionError):
        publish(shop.runtime, sink)
    sink.fail_at = None
    assert publish(shop.runtime, sink) == 1
    assert len(sink.seen) == len(set(sink.seen)) == BATCH + 1


def test_the_file_has_one_json_object_a_line_with_exact_numbers(two_stores, tmp_path):
    two_stores.count("001_1,South,0.1", "001_1,North,0")
    two_stores.post(("AT", "001_1", "0.1"))
    path = tmp_path / "events.jsonl"
    assert publish(two_stores.runtime, JsonLinesSink(path)) == 2
    text = path.read_text(encoding="utf-8")
    first, second = [json.loads(line) for line in text.splitlines()]
    assert (first["_kind"], first["Store"]["name"], first["SpyAvailabilities"][0]["quantity"]) == (
        "availability",
        "DE",
        0,
    )
    assert second["_id"] > first["_id"]
    publish(two_stores.runtime, JsonLinesSink(path))
    assert path.read_text(encoding="utf-8") == text


def test_fractions_are_written_with_all_their_digits(shop, tmp_path):
    payload = '{"q":123456789.000001}'
    shop.sql("INSERT INTO outbox (kind, payload, created_at) VALUES ('k', :payload, 0)", payload=payload)
    path = tmp_path / "events.jsonl"
    publish(shop.runtime, JsonLinesSink(path))
    assert '"q":123456789.000001,' in path.read_text(encoding="utf-8")


def test_a_line_that_a_crash_cut_off_is_not_continued(shop, tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text('{"_id":1}\n{"_i', encoding="utf-8")
    fill(shop, 1)
    publish(shop.runtime, JsonLinesSink(path))
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["_kind"] == "test"


def test_a_file_that_cannot_be_written_leaves_the_messages_unpublished(shop, tmp_path):
    fill(shop, 1)
    with pytest.raises(FileUnreadable, match="cannot be written"):
        publish(shop.runtime, JsonLinesSink(tmp_path / "missing" / "events.jsonl"))
    assert publish(shop.runtime, Collect()) == 1


def test_nothing_more_is_published_once_a_stop_is_asked_for(shop):
    fill(shop, BATCH * 2)
    sink = Collect()
    shop.runtime.stop = lambda: bool(sink.seen)
    assert publish(shop.runtime, sink) == BATCH
