"""Whoever hands messages to sinks is killed at random while somebody sells: nothing is lost, and nothing is out of
order of its product.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

from tests.chaos.processes import in_process, server
from tests.chaos.sinks import LEASE_S, WEB, prepare, publish, sell, sinks_at
from tests.helpers.sinks import receiving
from tests.helpers.waiting import until


def test_who_publishes_is_killed_while_a_receiver_dies_and_comes_back(tmp_path, fresh_url):
    url = fresh_url()
    shop, stop = prepare(tmp_path, url), server().Event()
    with receiving() as receiver:
        for name in sinks_at(tmp_path, receiver.url):
            shop.engine.publish_to([name])
        before = shop.value("SELECT coalesce(max(id), 0) FROM outbox")
        seller = in_process(sell, tmp_path, url, stop)
        publishers = [in_process(publish, tmp_path, url, receiver.url, stop) for _ in range(2)]
        for _ in range(8):
            time.sleep(random.uniform(0.1, 0.5))
            receiver.answers = random.choice(([200], [503], [200, 500, 200]))
            number = random.randrange(2)
            publishers[number].kill()
            publishers[number].join()
            publishers[number] = in_process(publish, tmp_path, url, receiver.url, stop)
        receiver.answers = [200]
        until(lambda: len(written(shop, before)) > 20, "enough to be told", every_s=0.3)
        stop.set()
        for process in (seller, *publishers):
            process.join(60)

        def all_told() -> bool:
            reports = shop.engine.publish_to(sinks_at(tmp_path, receiver.url), now=True)
            return all(report.outcome == "done" for report in reports)

        until(all_told, f"what a killed process has left, after {LEASE_S} s", every_s=0.3)
        lines = [json.loads(text) for text in Path(tmp_path / "events.jsonl").read_text().splitlines()]
        check(shop, before, lines)
        check(shop, before, [{**one, "_id": None} for one in receiver.taken])
        assert shop.engine.sink_kept() == []
    assert any(one.sink == WEB for one in shop.engine.sink_states())
    shop.close()


def written(shop, before):
    """The events of availability that were written since then."""
    stored = shop.query(
        "SELECT payload FROM outbox WHERE kind = 'availability' AND id > ? ORDER BY id", before
    )
    return [json.loads(payload) for (payload,) in stored]


def check(shop, before, told):
    """Every version of every product was told, at least once, and the first time in its order."""
    expected: dict[tuple, list[int]] = {}
    for event in written(shop, before):
        expected.setdefault((event["abstract_sku"], event["fk_store"]), []).append(event["_version"])
    first: dict[tuple, list[int]] = {}
    for event in told:
        seen = first.setdefault((event["abstract_sku"], event["fk_store"]), [])
        if event["_version"] not in seen:
            seen.append(event["_version"])
    assert first == expected
