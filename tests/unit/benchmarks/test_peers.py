"""``make bench-peers``: drivers place orders when told to, statements are counted, tables reach their page."""

from __future__ import annotations

import json
import re
import socket
import sys
from threading import Thread

import pytest

from benchmarks.peers.catalogue import PEERS, chosen
from benchmarks.peers.clients import Client, PeerFailed
from benchmarks.peers.drivers.tally import Session, Tally
from benchmarks.peers.environments import HERE, pins_of
from benchmarks.peers.report import BEGIN, END, as_page, put_into
from benchmarks.peers.wire import counting

PRODUCTS = ["P0", "P1", "P2", "P3"]
NAIVE = next(peer for peer in PEERS if peer.key == "naive-locked")


@pytest.fixture
def client(tmp_path):
    started = Client(NAIVE, [sys.executable], "", tmp_path)
    yield started
    started.end()


def test_a_driver_counts_its_orders_and_refuses_what_is_not_there(client, tmp_path):
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    client.ask("prepare", url=url, stock={**dict.fromkeys(PRODUCTS, 1000), "rare": 3})
    client.ask("open", url=url, products=PRODUCTS, threads=1, counted=True)
    first = client.ask("count", products=PRODUCTS, orders=1)
    assert client.ask("count", products=PRODUCTS, orders=5) == {name: n * 5 for name, n in first.items()}
    assert first["commits"] == 1 and first["statements"] > 5
    assert client.ask("rush", product="rare", orders=5, threads=1, start=0) == {"placed": 3, "refused": 2}
    assert client.ask("promised", product="rare") == 3


def test_a_driver_that_fails_says_why_and_one_that_has_ended_is_noticed(client):
    with pytest.raises(PeerFailed, match="AttributeError"):
        client.ask("fly")
    client.end()
    with pytest.raises((PeerFailed, ValueError)):
        client.ask("versions")


@pytest.mark.parametrize(
    ("statements", "counted"),
    [
        (["BEGIN", "SELECT 3", "INSERT 0 1", "COMMIT"], (2, 1)),
        (["BEGIN", "SELECT 3", "COMMIT"], (1, 0)),
        (["UPDATE 1", "SELECT 1"], (2, 1)),
        (["BEGIN", "SAVEPOINT", "UPDATE 1", "ROLLBACK TO SAVEPOINT a", "DELETE 1", "COMMIT"], (2, 1)),
        (["BEGIN", "UPDATE 1", "ROLLBACK", "DELETE 1"], (2, 1)),
        (["begin immediate", "with a as (select 1) insert into b select * from a", "commit"], (1, 1)),
    ],
)
def test_what_is_a_statement_and_what_a_commit(statements, counted):
    tally = Tally()
    session = Session(tally)
    for statement in statements:
        session.note(statement)
    assert (tally.statements, tally.commits) == counted


def test_tags_are_counted_on_the_way_however_they_are_cut():
    tags = b"".join(_message(b"C", text) for text in (b"BEGIN\0", b"INSERT 0 1\0", b"COMMIT\0"))
    tally = Tally()
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=_answer, args=(server, tags), daemon=True).start()
        with counting(f"postgresql://me@127.0.0.1:{server.getsockname()[1]}/shop", tally) as url:
            port = int(re.search(r":(\d+)/shop$", url)[1])
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall((8).to_bytes(4) + (80877103).to_bytes(4))
                assert client.recv(1) == b"N"
                client.sendall((12).to_bytes(4) + b"hello!!!")
                found = b""
                while data := client.recv(100):
                    found += data
    assert found == tags
    assert tally.as_dict() == {"statements": 1, "commits": 1}


def _message(kind, text):
    return kind + (len(text) + 4).to_bytes(4) + text


def _answer(server, tags):
    there, _ = server.accept()
    with there:
        assert there.recv(100).endswith(b"hello!!!")
        for n in range(len(tags)):
            there.sendall(tags[n : n + 1])


def _run(rate):
    return {"rate": rate, "p50_ms": 2, "p99_ms": 3, "errors": {"Busy": 1}}


FOUND = {
    "date": "2026-01-02 03:04 UTC",
    "processors": 2,
    "processor": "fast",
    "memory_gb": 8,
    "system": "Linux",
    "load_before": "0.1",
    "database": "SQLite 3",
    "flushed": "synchronous=FULL",
    "python": "3.11",
    "seconds": 5,
    "rounds": 3,
    "versions": {"naive": {"transitions": "0.9"}},
    "orders": {"earmark": {"statements": 10, "commits": 1}, "naive": {"statements": 11.5, "commits": 1}},
    "rates": [
        {"peer": peer, "clients": 1, "runs": [_run(rate), _run(rate + 10), _run(rate + 90)]}
        for peer, rate in (("earmark", 320), ("naive", 100))
    ],
    "last_pieces": [
        {
            "peer": "naive",
            "clients": 8,
            "runs": [{"placed": 60, "refused": 139, "errors": {"Late": 1}, "oversold": 10, "promised": 50}],
        }
    ],
    "left_out": [{"peer": "tryton", "reason": "no wheel"}],
}


def test_the_tables_tell_rates_costs_oversold_units_errors_and_who_was_left_out(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nof last year\n{END}\nafter\n")
    put_into(page, as_page(FOUND))
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "of last year" not in text
    for told in (
        "**110** (100 to 190; 3 failed)",
        "3.0 / - / - times as fast",
        "| 11.5 | 1 |",
        "60 sold, 50 in the books",
    ):
        assert told in text
    assert "Late 1" in text and "Left out: Tryton (trytond_sale): no wheel" in text


def test_a_machine_that_was_not_quiet_is_told_of():
    assert "Others used the machine" not in as_page(FOUND)
    assert "Others used the machine" in as_page({**FOUND, "load_before": "1.9"})


def test_a_page_without_a_place_for_them_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no place"):
        put_into(page, "tables")


def test_earmark_is_always_beside_the_chosen_and_an_unknown_name_is_refused():
    assert {peer.key for peer in chosen(["oscar"])} == {"earmark", "earmark-threads", "oscar"}
    with pytest.raises(ValueError, match="nobody"):
        chosen(["nobody"])


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.key)
def test_every_peer_has_its_driver_and_pins_without_addresses(peer):
    assert (HERE / "drivers" / peer.driver).is_file()
    if peer.environment is None:
        return
    text = pins_of(peer).read_text(encoding="utf-8")
    if pins_of(peer).suffix == ".json":
        pins = [f"{name}=={version}" for name, version in json.loads(text)["dependencies"].items()]
    else:
        pins = [line for line in text.splitlines() if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[\w.@/-]+==\w[\w.+!]*", pin)] == []
    pinned = {pin.split("==")[0].lower() for pin in pins}
    assert {name.split("[")[0].lower() for name in peer.packages} <= pinned
