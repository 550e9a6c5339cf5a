"""Reading a topology file: what is accepted, and how everything else is refused with its line."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from engine.errors import FileUnreadable, InputError
from engine.topology.apply import apply_topology
from engine.topology.file import read_topology

GOOD = """\
warehouses:
  - {name: North, active: true}
  - {name: South}
stores:
  - name: DE
    warehouses: [North, South]
    shares_reservations_with: [AT]   # symmetric
  - {name: AT, warehouses: [South], shares_reservations_with: [DE]}
products:
  - sku: "001"
    concretes: [{sku: "001_1"}]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "topology.yaml"


def lines(path: Path, text: str) -> list[tuple[int, str]]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_topology(path)
    return placed(path, caught.value)


def placed(path: Path, error: InputError) -> list[tuple[int, str]]:
    found = []
    for row in error.parameters["problems"]:
        file, _, line = row["place"].rpartition(":")
        assert file == str(path)
        assert f"{row['place']}: {row['message']}" in error.message
        found.append((int(line), row["message"]))
    return found


def test_a_good_file_is_read(path):
    path.write_text(GOOD, encoding="utf-8")
    topology = read_topology(path)
    assert [entry.name for entry in topology.warehouses] == ["North", "South"]
    assert topology.stores[0].shares_reservations_with == ("AT",)
    assert topology.products[0].concretes[0].sku == "001_1"


def test_a_byte_order_mark_is_no_harm(path):
    path.write_text(GOOD, encoding="utf-8-sig")
    assert len(read_topology(path).stores) == 2


def test_every_problem_is_told_with_its_line(path):
    text = GOOD.replace("active: true", "active: yes").replace("{name: South}", "{nme: South}")
    text = text.replace('sku: "001"\n', "sku: 001\n").replace('[{sku: "001_1"}]', "[]")
    assert [line for line, _ in lines(path, text)] == [2, 3, 3, 10, 11]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("stores:\n  - {name: NO}", 2, "NO is a boolean in YAML"),
        ("products:\n  - sku: 2024-01-01\n    concretes: [{sku: a}]", 2, "'2024-01-01' in quotes"),
        ("stores: []\nstores: []", 2, "stands here twice, first in line 1"),
        ("shops: []", 1, "'shops' is not known here"),
        ("stores:\n  - {name: ''}", 2, "must not be empty"),
        ("stores:\n  - {name: }", 2, "must be text"),
        ("stores:\n  - {name: 'DE '}", 2, "'DE ' begins or ends with a blank: write 'DE'"),
        ("stores:\n  - {name: DE, warehouses: [' North']}", 2, "begins or ends with a blank"),
        ("products:\n  - {sku: A, concretes: [{sku: 'a\u00a0'}]}", 2, "begins or ends with a blank"),
        ("warehouses:\n  - {name: ' '}", 2, "begins or ends with a blank"),
        ("stores: DE", 1, "'stores' must be a list"),
        ("stores: [DE]", 1, "must be keys with values"),
        ("- stores", 1, "no keys but a single value or a list"),
        ("a: &x []\nb: *x", 2, "alias"),
        ("stores: !!python/name:os.system []", 1, "tag"),
        ("1: []", 1, "'1' is not known here"),
        ("? [a]\n: b", 1, "not a plain word"),
        ("stores:\n  - {name: DE", 3, "not YAML"),
        ("stores: []\n---\nstores: []", 2, "a second document starts here"),
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
    ],
)
def test_refused(path, text, line, message):
    assert any(found == line and message in told for found, told in lines(path, text))


def test_values_are_not_read_deeper_than_a_limit(path):
    """Guards against a file that ends the process: the library's composer in C recurses until the stack is full."""
    assert "nested deeper than 20 levels" in lines(path, "stores: " + "[" * 21 + "]" * 21)[0][1]
    assert "nested deeper" not in lines(path, "stores: " + "[" * 20 + "]" * 20)[0][1]


def test_a_pipe_and_a_device_in_place_of_a_file(path):
    with pytest.raises(FileUnreadable, match="device"):
        read_topology(Path("/dev/zero"))
    os.mkfifo(path)
    with pytest.raises(FileUnreadable, match="nobody has written"):
        read_topology(path)


def test_a_file_that_is_not_there_or_not_text(path, tmp_path):
    with pytest.raises(FileUnreadable, match="cannot be read"):
        read_topology(path)
    with pytest.raises(FileUnreadable):
        read_topology(tmp_path)
    path.write_bytes(b"stores: [\xff]")
    with pytest.raises(FileUnreadable, match="not UTF-8"):
        read_topology(path)


def test_what_only_the_database_can_tell_is_placed_in_the_file_too(shop, path):
    path.write_text(
        GOOD.replace("[North, South]", "[North,\n      West]").replace("[AT]", "[CH]"), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        apply_topology(shop.runtime, read_topology(path))
    assert [line for line, _ in placed(path, caught.value)] == [7, 8]


def many(count: int, **others: str) -> str:
    """So many products of three lines each, from line 2 on; ``others`` are written in place of some (``p7``)."""
    entries = (
        others.get(f"p{n}", f"  - sku: A{n}\n    concretes:\n      - {{sku: A{n}_1}}\n") for n in range(count)
    )
    return "products:\n" + "".join(entries)


def test_a_problem_far_down_in_many_products_is_told_with_its_line(path):
    text = many(
        2500,
        p1=f"  - sku: A{0}\n    concretes:\n      - {{sku: ''}}\n",
        p1400="  - sku: A1400\n    concretes:\n      - sku: 007\n",
        p2499="  - name: A2499\n    concretes:\n      - {sku: A2499_1}\n",
    )
    assert lines(path, text) == [
        (7, "'sku' must not be empty"),
        (4204, "007 is not text in YAML but of the kind 'int'. Write '007' in quotes."),
        (7499, "'name' is not known here"),
        (7499, "'sku' is missing"),
    ]


def test_names_given_twice_in_many_products_are_told_with_their_lines(shop, path):
    path.write_text(
        many(
            2500,
            p1300="  - sku: A3\n    concretes:\n      - {sku: B}\n",
            p2400="  - sku: C\n    concretes:\n      - sku: D\n      - sku: A7_1\n",
        ),
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        apply_topology(shop.runtime, read_topology(path))
    assert [line for line, _ in placed(path, caught.value)] == [3902, 7205]
    path.write_text(many(1500, p1200="  - sku: X\n    concretes: [{sku: A1200_1}]\n"), encoding="utf-8")
    apply_topology(shop.runtime, read_topology(path))
    path.write_text(many(1500), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        apply_topology(shop.runtime, read_topology(path))
    assert placed(path, caught.value) == [
        (3604, "concrete product 'A1200_1' belongs to 'X' already and cannot be moved")
    ]


def test_products_of_a_file_are_entries_for_whoever_asks(path):
    path.write_text(many(3), encoding="utf-8")
    products = read_topology(path).products
    assert (len(products), products[-1].concretes[0].sku) == (3, "A2_1")
    assert [entry.sku for entry in products] == ["A0", "A1", "A2"]
    assert [entry.sku for entry in products[1:]] == ["A1", "A2"]


def test_many_products_take_little_memory(path):
    """An entry and the lines of all its parts would take some two kilobytes a product."""
    path.write_text(many(4000), encoding="utf-8")
    tracemalloc.start()
    try:
        topology = read_topology(path)
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(topology.products) == 4000
    assert (kept < 1_500_000, most < 4_500_000) == (True, True), (kept, most)
