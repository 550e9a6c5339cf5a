"""Categories and organisations of a topology: stored, moved, told, and refused where there would be no tree."""

from __future__ import annotations

import pytest

from engine.errors import InputError
from engine.topology.file import read_topology

TREE = {
    "warehouses": [{"name": "North"}],
    "stores": [{"name": "DE", "warehouses": ["North"], "organisation": "Acme"}, {"name": "AT"}],
    "categories": [
        {"name": "Boots", "parent": "Shoes"},
        {"name": "Shoes", "parent": "All"},
        {"name": "All"},
    ],
    "products": [
        {"sku": "boot", "category": "Boots", "concretes": [{"sku": "boot-1"}]},
        {"sku": "tea", "concretes": [{"sku": "tea-1"}]},
    ],
}


def told(shop) -> dict:
    return shop.engine.topology().model_dump(exclude_unset=True)


def problems(shop, **parts) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        shop.topology(**parts)
    return [(row["place"], row["message"]) for row in caught.value.parameters["problems"]]


def test_they_come_back_each_behind_the_one_above_it_and_change_nothing_again(shop):
    assert shop.topology(**TREE).changed > 0
    found = told(shop)
    assert found["categories"] == (
        {"name": "All", "parent": None},
        {"name": "Shoes", "parent": "All"},
        {"name": "Boots", "parent": "Shoes"},
    )
    assert [(p["sku"], p.get("category")) for p in found["products"]] == [("boot", "Boots"), ("tea", None)]
    assert [(s["name"], s.get("organisation")) for s in found["stores"]] == [("AT", None), ("DE", "Acme")]
    assert shop.topology(**TREE).changed == 0
    assert shop.topology(**found).changed == 0


def test_what_is_left_out_stays_and_null_takes_away(shop):
    shop.topology(**TREE)
    shop.topology(
        stores=[{"name": "DE"}],
        categories=[{"name": "Boots"}],
        products=[{"sku": "boot", "concretes": [{"sku": "boot-2"}]}],
    )
    assert told(shop)["categories"][2] == {"name": "Boots", "parent": "Shoes"}
    assert told(shop)["products"][0]["category"] == "Boots"
    report = shop.topology(
        stores=[{"name": "DE", "organisation": None}],
        categories=[{"name": "Boots", "parent": None}],
        products=[{"sku": "boot", "category": None, "concretes": [{"sku": "boot-1"}]}],
    )
    assert report.changed == 3
    found = told(shop)
    assert "organisation" not in found["stores"][1]
    assert "category" not in found["products"][0]
    assert found["categories"][2] == {"name": "Boots", "parent": None}


def test_a_change_is_told_in_words(shop):
    shop.topology(**TREE)
    report = shop.engine.apply_topology(
        read(shop, "categories: [{name: Boots, parent: All}, {name: Socks}]\n"
                   "stores: [{name: AT, organisation: Other}]\n"), dry_run=True,
    )  # fmt: skip
    assert list(report.changes) == [
        "store 'AT': of the organisation 'Other'",
        "category 'Socks': new",
        "category 'Boots': below 'All'",
    ]
    assert told(shop)["categories"][2]["parent"] == "Shoes"


def test_a_cycle_is_told_with_its_way_also_through_what_is_stored(shop):
    shop.topology(**TREE)
    assert problems(shop, categories=[{"name": "All", "parent": "Boots"}]) == [
        (
            "categories[0].parent",
            "the category 'All' is above itself: 'All' -> 'Boots' -> 'Shoes' -> 'All'. "
            "Give one of them another parent",
        )
    ]
    assert problems(shop, categories=[{"name": "X", "parent": "X"}]) == [
        (
            "categories[0].parent",
            "the category 'X' is above itself: 'X' -> 'X'. Give one of them another parent",
        )
    ]
    assert told(shop)["categories"][0] == {"name": "All", "parent": None}


def test_everything_that_is_wrong_is_told_with_its_line(shop):
    file = (
        "categories:\n"
        "  - {name: Shoes}\n"
        "  - {name: Shoes}\n"
        "  - {name: Boots, parent: Shos}\n"
        "products:\n"
        "  - {sku: boot, category: Bots, concretes: [{sku: boot-1}]}\n"
        "  - sku: sock\n"
        "    category: Sock\n"
        "    concretes: [{sku: sock-1}]\n"
    )
    with pytest.raises(InputError) as caught:
        shop.engine.apply_topology(read(shop, file))
    told = [(row["place"].rpartition(":")[2], row["message"]) for row in caught.value.parameters["problems"]]
    assert told == [
        ("3", "category 'Shoes' is listed twice: leave one out"),
        ("4", "there is no category 'Shos': add it under 'categories'. Did you mean \"Shoes\"?"),
        ("6", "there is no category 'Bots': add it under 'categories'. Did you mean \"Boots\"?"),
        ("7", "there is no category 'Sock': add it under 'categories'"),
    ]


def test_unknown_warehouses_and_stores_have_a_nearest_name(shop):
    shop.topology(**TREE)
    found = problems(
        shop, stores=[{"name": "FR", "warehouses": ["Nord"], "shares_reservations_with": ["ED"]}]
    )
    assert found[0][1].endswith("add it under 'warehouses'. Did you mean \"North\"?")


def read(shop, text: str):
    path = shop.folder / "topology.yaml"
    path.write_text(text, encoding="utf-8")
    return read_topology(path)
