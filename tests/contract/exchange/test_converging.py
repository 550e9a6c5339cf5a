"""Whatever becomes of messages and databases, in the end both sides have the same numbers."""

from __future__ import annotations

import pytest

from engine.exchange import export
from engine.exchange.failure import TransportFailed
from engine.exchange.spool import Spool
from tests.helpers.exchange import talk
from tests.helpers.restoring import Backup


def lose(side):
    """Lose every message that waits for a side."""
    for path in side.source.glob("*.json"):
        path.unlink()


def test_what_is_not_acknowledged_is_sent_again(two):
    de, at = two
    de.sells("tea-1 3")
    de.sends()
    lose(at)
    assert (de.sends().rows, at.left()) == (0, 10)
    de.shop.forward(601)
    report = de.sends()
    assert (report.rows, report.resent) == (1, 1)
    at.takes()
    assert at.left() == 7


def test_what_was_acknowledged_is_not_sent_again(two):
    de, at = two
    de.sells("tea-1 3")
    talk(de, at)
    de.shop.forward(100_000)
    assert de.sends().rows == 0


def test_who_does_not_answer_is_told_again_in_growing_pauses(two):
    de, _ = two
    de.sells("tea-1 3")
    de.sends()
    told = []
    for _ in range(10):
        de.shop.forward(601)
        told.append(de.sends().rows)
    assert told == [1, 0, 1, 0, 0, 0, 1, 0, 0, 0]


def test_a_comparison_finds_what_was_lost_although_it_was_acknowledged(two):
    de, at = two
    de.sells("tea-1 3", "tea-2 4")
    talk(de, at)
    at.shop.sql("DELETE FROM exchange_told WHERE sku = 'tea-1'")
    at.shop.sql("UPDATE exchange_told SET reserved = 0, version = 0 WHERE sku = 'tea-2'")
    talk(de, at)
    assert at.shop.value("SELECT count(*) FROM exchange_told WHERE reserved > 0") == 0
    de.shop.forward(3_601)
    talk(de, at)
    assert at.shop.value("SELECT count(*) FROM exchange_told WHERE reserved > 0") == 2
    assert (at.left("tea-1"), at.left("tea-2")) == (7, 6)


def test_a_comparison_by_hand_needs_no_waiting(two):
    de, at = two
    de.sells("tea-1 3")
    talk(de, at)
    de.sells("tea-1 2")
    de.sends()
    lose(at)
    talk(de, at, compare=True)
    assert at.left() == 5


def test_a_sender_that_is_restored_is_believed_after_a_resync(two):
    de, at = two
    de.sells("tea-1 1")
    talk(de, at)
    yesterday = Backup(de.shop.database)
    de.sells("tea-1 5", "tea-2 5")
    talk(de, at)
    yesterday.restore(de.shop.database)
    de.shop.forward(1)
    de.shop.engine.exchange_resync()
    talk(de, at)
    assert (de.left(), at.left(), at.left("tea-2")) == (9, 9, 10)
    de.sells("tea-1 2")
    talk(de, at)
    assert at.left() == 7


def test_a_sender_that_is_restored_is_found_out_by_the_next_comparison(two):
    de, at = two
    de.sells("tea-1 1")
    talk(de, at)
    yesterday = Backup(de.shop.database)
    de.sells("tea-1 5", "tea-2 5")
    talk(de, at)
    yesterday.restore(de.shop.database)
    de.sells("tea-2 2")
    talk(de, at)
    de.shop.forward(3_601)
    talk(de, at)
    assert (at.left("tea-1"), at.left("tea-2")) == (9, 8)


def test_a_sender_that_is_restored_to_a_time_before_a_resync_begins_a_still_later_epoch(two):
    de, at = two
    talk(de, at)
    yesterday = Backup(de.shop.database)
    de.shop.forward(1)
    de.shop.engine.exchange_resync()
    de.sells("tea-1 4")
    talk(de, at)
    epoch = de.shop.value("SELECT epoch FROM exchange_self")
    yesterday.restore(de.shop.database)
    de.sells("tea-1 1")
    talk(de, at)
    de.shop.forward(3_601)
    talk(de, at)
    assert de.shop.value("SELECT epoch FROM exchange_self") > epoch
    assert at.left() == 9


def test_a_backup_of_before_the_first_message_knows_already_who_the_database_is(two):
    de, at = two
    early = Backup(de.shop.database)
    de.sells("tea-1 3")
    talk(de, at)
    early.restore(de.shop.database)
    de.shop.forward(3_601)
    talk(de, at, rounds=7)
    assert (at.left(), at.shop.engine.exchange_refused()) == (10, [])


def test_a_receiver_that_is_restored_is_told_again(two):
    de, at = two
    de.sells("tea-1 1")
    talk(de, at)
    yesterday = Backup(at.shop.database)
    de.sells("tea-1 5")
    talk(de, at)
    yesterday.restore(at.shop.database)
    assert at.left() == 9
    at.shop.forward(1)
    at.shop.engine.exchange_resync()
    talk(de, at)
    assert at.left() == 4


def test_messages_of_an_epoch_that_is_over_change_nothing(two):
    de, at = two
    de.sells("tea-1 5")
    de.sends()
    late = {path.name: path.read_bytes() for path in at.source.glob("*.json")}
    lose(at)
    de.shop.forward(1)
    de.shop.engine.exchange_resync()
    talk(de, at)
    for name, body in late.items():
        (at.source / name).write_bytes(body)
    at.takes()
    assert at.left() == 5
    assert at.shop.drift() == de.shop.drift() == []


# --- at the same time, and ways that fail ---


def test_two_exports_at_once_lose_nothing_of_what_changes_between_sending_and_marking(two, monkeypatch):
    de, at = two
    de.sells("tea-1 1")
    sent = Spool.send
    meanwhile = iter([lambda: de.sells("tea-1 2"), de.sends])

    def send(self, body):
        sent(self, body)
        for action in meanwhile:
            action()

    monkeypatch.setattr(Spool, "send", send)
    de.sends()
    monkeypatch.undo()
    de.sends()
    at.takes()
    assert at.left() == 7


class Broken(Spool):
    """A way that takes so many messages and then no more."""

    def __init__(self, folder, works=0):
        super().__init__(folder)
        self._works = works

    def send(self, body):
        if not self._works:
            raise TransportFailed("no way")
        self._works -= 1
        super().send(body)


def test_a_way_that_fails_hinders_no_other_and_is_told_everything_once_it_works(two, tmp_path):
    de, at = two
    de.sells("tea-1 3")
    with pytest.raises(TransportFailed):
        export.export(de.shop.runtime, [Broken(tmp_path / "broken"), Spool(de.to)])
    at.takes()
    assert at.left() == 7
    other = Spool(tmp_path / "broken")
    export.export(de.shop.runtime, [other, Spool(de.to)])
    assert '"sku":"tea-1"' in other.receive().body.decode()


def test_what_was_sent_and_not_confirmed_is_sent_again(two, tmp_path):
    de, at = two
    de.sells("tea-1 3")
    with pytest.raises(TransportFailed):
        export.export(de.shop.runtime, [Broken(de.to)])
    assert de.sends().rows == 1
    at.takes()
    assert at.left() == 7


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(two):
    de, at = two
    skus = [f"sku-{number}" for number in range(40)]
    for side in two:
        side.shop.topology(products=[{"sku": "many", "concretes": [{"sku": sku} for sku in skus]}])
        side.shop.restock(*(f"{sku},North,9" for sku in skus))
    talk(de, at)
    counted = []
    for lines in (skus[:1], skus):
        de.sells(*lines)
        sent = de.shop.statements(de.sends)
        counted.append((len(sent), len(at.shop.statements(at.takes))))
        talk(de, at)
    assert counted[0] == counted[1]
    assert at.left("sku-7") == 8
