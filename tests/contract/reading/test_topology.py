"""The topology as it is told: what was applied comes back by name, and applied again it changes nothing."""

from engine.requests import Topology

WANTED = {
    "warehouses": [{"name": "W2", "active": False}, {"name": "W1", "active": True}],
    "stores": [
        {"name": "DE", "warehouses": ["W2", "W1"], "shares_reservations_with": ["AT"], "remote": False},
        {"name": "AT", "warehouses": [], "shares_reservations_with": ["DE"], "remote": True},
        {"name": "no", "warehouses": ["W1"], "shares_reservations_with": [], "remote": False},
    ],
    "products": [
        {"sku": "shirt", "concretes": [{"sku": "shirt-m"}, {"sku": "shirt-L"}]},
        {"sku": "001", "concretes": [{"sku": "1e3"}]},
    ],
}


def told(engine):
    return engine.topology().model_dump(exclude={"stores": {"__all__": {"allow_overlap"}}})


def test_an_empty_database_has_an_empty_topology(shop):
    assert told(shop.engine) == {
        "units": (),
        "default_unit": None,
        "warehouses": (),
        "stores": (),
        "categories": (),
        "products": (),
    }


def test_what_was_applied_comes_back_by_name(shop):
    shop.engine.apply_topology(Topology.model_validate(WANTED))
    found = told(shop.engine)
    assert [entry["name"] for entry in found["warehouses"]] == ["W1", "W2"]
    assert [entry["active"] for entry in found["warehouses"]] == [True, False]
    assert [
        (s["name"], s["remote"], s["warehouses"], s["shares_reservations_with"]) for s in found["stores"]
    ] == [
        ("AT", True, (), ("DE",)),
        ("DE", False, ("W1", "W2"), ("AT",)),
        ("no", False, ("W1",), ()),
    ]
    assert [(p["sku"], [c["sku"] for c in p["concretes"]]) for p in found["products"]] == [
        ("001", ["1e3"]),
        ("shirt", ["shirt-L", "shirt-m"]),
    ]


def test_applied_again_it_changes_nothing(shop):
    shop.engine.apply_topology(Topology.model_validate(WANTED))
    assert shop.engine.apply_topology(shop.engine.topology()).changed == 0
