"""Products that stand one to a line mean the same, and are refused the same, by the YAML library or without it."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EarmarkError
from engine.topology import file

GOOD = ["A1", "a-b_c.d/e", '"001"', "'x y'", '"ä#: {"', "B_2", '"b"', "c", "d", "'e'"]
ODD = [
    *(
        "001",
        "1.5",
        "no",
        "~",
        "null",
        "0x1F",
        "2024-01-01",
        "-",
        "=",
        "<<",
        "12:30",
        "1_000",
        ".5",
        "[a]",
        "{a: b}",
    ),
    *(
        "a b",
        "a:b",
        "*x",
        "&x y",
        "!t a",
        "A#1",
        '""',
        '" a"',
        '"a\\tb"',
        "'it''s'",
        "'a\u2028b'",
        '"\x85"',
        '"a\\"',
    ),
    *('"' + "x" * 256 + '"', "y" * 256, "\ufeff", '"'),
]
NAMES = st.integers(0, 19).flatmap(
    lambda n: (
        st.sampled_from(ODD)
        if n == 0
        else st.text("abAB01_-./ '\"\\#:", max_size=5)
        if n == 1
        else st.sampled_from(GOOD)
    )
)
GAPS = st.sampled_from(["", " ", "  "])
ENDS = st.sampled_from(
    ["\n"] * 20 + ["\r\n", "  # said\n", "#no\n", "\n\n", "\n  # said\n", "\t\n", "\r", ""]
)


@st.composite
def entries(draw) -> str:
    def unit(after: str = "") -> str:
        return draw(st.sampled_from(["", "", f", unit: {draw(NAMES)}{after}"]))

    concretes = f",{draw(GAPS)}".join(
        f"{{{draw(GAPS)}sku: {name}{unit()}{draw(GAPS)}}}"
        for name in draw(st.lists(NAMES, min_size=1, max_size=3))
    )
    category = draw(st.sampled_from(["", "", f", category: {draw(NAMES)}"]))
    flow = f"{{sku: {draw(NAMES)}{unit()}{category}, concretes: [{draw(GAPS)}{concretes}{draw(GAPS)}]}}"
    odd = ["{sku: A}", "{sku: A, concretes: []}", "sku: B\n    concretes: [{sku: b}]", flow[:-1]]
    return draw(st.sampled_from([flow] * 40 + odd))


@st.composite
def files(draw) -> str:
    indent = draw(st.sampled_from(["", "  ", " "]))
    begin = draw(
        st.sampled_from(
            ["", "# said\n", "stores: []\n"] * 6 + ["a: |\n  b\n", 'stores: "\nproducts:\n', "---\n"]
        )
    )
    key = draw(
        st.sampled_from(["products:\n"] * 6 + ["products: # here\n", "products:\r\n", "products: \n\n"])
    )
    lines = "".join(f"{indent}- {draw(entries())}{draw(ENDS)}" for _ in range(draw(st.integers(0, 3))))
    after = [
        "",
        "stores: []\n",
        "products: []\n",
        "  more: 1\n",
        "- x\n",
        "...\n",
        "---\nb: c\n",
        "  \n",
        '"\n',
    ]
    return begin + key + lines + draw(st.sampled_from(after))


def read(path: Path) -> object:
    """What a file is read as: the names with their lines, or what is told of it."""
    try:
        topology = file.read_topology(path)
    except EarmarkError as error:
        return error.message
    products = [
        (
            entry.model_dump(),
            topology.where(("products", n)),
            topology.where(("products", n, "concretes", m, "sku")),
        )
        for n, entry in enumerate(topology.products)
        for m in range(len(entry.concretes))
    ]
    return topology.model_dump(exclude={"products"}), products


@given(text=files())
def test_it_is_the_same_by_both_ways(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "topology.yaml"
    path.write_bytes(text.encode())
    quick = read(path)
    with patch.object(file, "without_regular", lambda text, take: None):
        assert quick == read(path)


@pytest.mark.parametrize(
    "line",
    ['- {sku: "001", concretes: [{sku: "001_1"}, {sku: b-1}]}', "- {sku: A, concretes: [{sku: a}]}  # said"],
)
def test_lines_as_they_are_shown_are_not_given_to_the_library(tmp_path, line):
    path = tmp_path / "topology.yaml"
    path.write_text(f"stores: []\nproducts:\n  {line}\n\nwarehouses: []\n")
    given = []
    real = file.read_document
    with patch.object(
        file, "read_document", lambda path, text, *more: given.append(text) or real(path, text, *more)
    ):
        assert len(file.read_topology(path).products) == 1
    assert given == ["stores: []\nproducts:\n\n\nwarehouses: []\n"]
