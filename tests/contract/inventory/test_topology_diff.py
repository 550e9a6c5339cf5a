"""What applying a topology would change, told before: it is what applying then does, and nobody waits for it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import EarmarkError, InputError, UnitTooCoarse
from engine.requests import Topology

SALE = "states new paid* gone\nnew -> paid : pay\nnew -> gone : cancel"
SHOP = {
    "warehouses": [{"name": "North"}, {"name": "South"}],
    "stores": [
        {"name": "DE", "warehouses": ["North", "South"], "shares_reservations_with": ["AT"]},
        {"name": "AT", "warehouses": ["North"], "shares_reservations_with": ["DE"]},
        {"name": "US", "warehouses": ["South"], "allow_overlap": True},
    ],
    "products": [
        {"sku": "tea", "concretes": [{"sku": "tea-1"}, {"sku": "tea-2"}]},
        {"sku": "mug", "concretes": [{"sku": "mug-1"}]},
    ],
}


@pytest.fixture
def shop(make_shop):
    """DE sells from North (3 of tea-1) and South (5, and 2 of tea-2), AT from North; both share."""
    world = make_shop(checkout={"hold_timeout_s": 600}).stocked(SHOP)
    world.restock("tea-1,North,3", "tea-1,South,5", "tea-2,South,2", "mug-1,North,0,1")
    world.deploy(SALE)
    return world


def diff(shop, **parts):
    return shop.engine.diff_topology(Topology.model_validate(parts))


def told(found):
    return [(c.kind, c.what, c.name, c.field, c.old, c.new) for c in found.changes]


def effects(found):
    return {
        one.store: {
            name: (getattr(one, name).before, getattr(one, name).after)
            for name in ("stock", "reserved", "held", "available", "sellable", "short")
        }
        for one in found.stores
    }


def line(warehouse, quantity=1, sku="tea-1"):
    return {"sku": sku, "quantity": quantity, "warehouse": warehouse}


def test_what_is_stored_would_change_nothing(shop):
    found = shop.engine.diff_topology(shop.engine.topology())
    assert (found.changes, found.stores, found.depends, found.unnamed.products) == ((), (), (), 0)


def test_each_change_is_told_by_the_key_that_says_it(shop):
    found = diff(
        shop,
        units=[{"name": "piece", "decimals": 0}],
        default_unit="piece",
        warehouses=[{"name": "North", "active": False}, {"name": "East"}, {"name": "West", "active": False}],
        stores=[
            {"name": "DE", "warehouses": ["North", "East"]},
            {"name": "FR", "warehouses": ["East"], "shares_reservations_with": ["US"]},
            {"name": "CH", "remote": True},
        ],
        products=[
            {"sku": "tea", "unit": "piece", "concretes": [{"sku": "tea-1"}, {"sku": "tea-9"}]},
            {"sku": "cup", "concretes": [{"sku": "cup-1", "unit": "piece"}]},
        ],
    )
    assert told(found) == [
        ("added", "unit", "piece", None, None, None),
        ("changed", "unit", "piece", "decimals", None, 0),
        ("added", "warehouse", "East", None, None, None),
        ("changed", "warehouse", "North", "active", True, False),
        ("added", "warehouse", "West", None, None, None),
        ("changed", "warehouse", "West", "active", None, False),
        ("added", "store", "CH", None, None, None),
        ("changed", "store", "CH", "remote", None, True),
        ("changed", "store", "DE", "warehouses", ("North", "South"), ("East", "North")),
        ("added", "store", "FR", None, None, None),
        ("changed", "store", "FR", "warehouses", None, ("East",)),
        ("changed", "store", "FR", "shares_reservations_with", None, ("US",)),
        ("changed", "store", "US", "shares_reservations_with", (), ("FR",)),
        ("changed", "topology", "default_unit", "default_unit", None, "piece"),
        ("added", "abstract product", "cup", None, None, None),
        ("changed", "product", "tea-1", "unit", None, "piece"),
        ("added", "product", "tea-9", None, None, "tea"),
        ("changed", "product", "tea-9", "unit", None, "piece"),
        ("added", "product", "cup-1", None, None, "cup"),
        ("changed", "product", "cup-1", "unit", None, "piece"),
    ]
    assert found.unnamed.as_dict() == {"warehouses": ["South"], "stores": ["AT", "US"], "products": 2}
    assert any("'FR' shares reservations with 'US'" in text for text in found.warnings)
    assert shop.value("SELECT count(*) FROM warehouse") == 2


def test_a_store_that_sells_from_less_can_sell_less_and_who_waits_for_it_is_named(shop):
    shop.place(line("South", 4), reference="named")
    shop.place("tea-2 1", reference="other")
    shop.hold("cart-1", line("South", 1, "tea-2"), hold_for="1 hour")
    found = diff(shop, stores=[{"name": "DE", "warehouses": ["North"]}])
    (depends,) = found.depends
    assert depends.as_dict() == {
        "what": "warehouse",
        "store": "DE",
        "name": "South",
        "items": 1,
        "carts": 1,
        "reserved": "0",
        "held": "5",
        "orders": ["named"],
        "cart_references": ["cart-1"],
    }
    assert effects(found) == {
        "DE": {
            "stock": (10, 3),
            "reserved": (0, 0),
            "held": (6, 6),
            "available": (4, 3),  # what was to come from South takes nothing off North
            "sellable": (2, 2),
            "short": (0, 2),
        },
        # What DE promises from South takes nothing off AT, which never sold from there, and has nothing behind it.
        "AT": {
            "stock": (3, 3),
            "reserved": (0, 0),
            "held": (6, 6),
            "available": (3, 3),
            "sellable": (2, 2),
            "short": (0, 2),
        },
    }
    (de,) = (one for one in found.stores if one.store == "DE")
    assert [(one.effect, one.sku, one.before, one.after) for one in de.products] == [
        ("becomes_short", "tea-1", 0, 4),
        ("becomes_short", "tea-2", 0, 2),
    ]
    shop.forward(3601)
    assert diff(shop, stores=[{"name": "DE", "warehouses": ["North"]}]).depends[0].carts == 0


def test_a_warehouse_that_is_switched_off_and_a_store_that_goes_elsewhere(shop):
    shop.place(line("North", 2), store="AT", reference="at-1")
    shop.place("tea-1 1", store="US", reference="us-1")
    found = diff(
        shop, warehouses=[{"name": "North", "active": False}], stores=[{"name": "US", "remote": True}]
    )
    assert [(one.what, one.store, one.name, one.items, one.orders) for one in found.depends] == [
        ("store", "US", "US", 1, ("us-1",)),
        ("warehouse", "AT", "North", 1, ("at-1",)),
        ("warehouse", "DE", "North", 0, ()),
    ]
    assert effects(found)["US"]["available"] == (Decimal(6), 0)


def test_sharing_that_ends_gives_free_what_the_other_promises(shop):
    shop.place("tea-1 2", store="AT")
    found = diff(
        shop,
        stores=[
            {"name": "DE", "shares_reservations_with": []},
            {"name": "AT", "shares_reservations_with": []},
        ],
    )
    assert [(one.what, one.store, one.name, one.held) for one in found.depends] == [
        ("sharing", "AT", "DE", 0),
        ("sharing", "DE", "AT", 2),
    ]
    assert effects(found)["DE"]["available"] == (8, 10)
    assert any("can be sold twice" in text for text in found.warnings)


def test_what_applying_refuses_is_refused(shop):
    shop.place("tea-1 0.5")
    with pytest.raises(UnitTooCoarse, match="finer than their units"):
        diff(shop, units=[{"name": "piece", "decimals": 0}], default_unit="piece")
    with pytest.raises(InputError) as refused:
        diff(shop, stores=[{"name": "DE", "warehouses": ["Moon"], "shares_reservations_with": ["DE"]}])
    assert len(refused.value.parameters["problems"]) == 2


def test_more_products_take_no_more_statements(shop):
    def asked(number):
        many = [{"sku": f"p{n}", "concretes": [{"sku": f"p{n}-1"}]} for n in range(number)]
        stores = [{"name": "DE", "warehouses": ["North"]}]
        return len(shop.statements(lambda: diff(shop, products=many, stores=stores)))

    assert asked(1) == asked(900)


_NAMES = st.sampled_from(["North", "South", "East"])
_STORES = st.sampled_from(["DE", "AT", "US", "FR"])
_PARTS = st.fixed_dictionaries(
    {
        "warehouses": st.lists(
            st.fixed_dictionaries({"name": _NAMES}, optional={"active": st.booleans()}),
            max_size=3,
            unique_by=lambda entry: entry["name"],
        ),
        "stores": st.lists(
            st.fixed_dictionaries(
                {"name": _STORES},
                optional={
                    "warehouses": st.lists(_NAMES, max_size=3, unique=True),
                    "shares_reservations_with": st.lists(_STORES, max_size=2, unique=True),
                    "remote": st.booleans(),
                },
            ),
            max_size=3,
            unique_by=lambda entry: entry["name"],
        ),
    }
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(_PARTS, min_size=1, max_size=4), carts=st.integers(0, 2))
def test_what_is_told_is_what_comes(make_shop, parts, carts):
    shop = make_shop().stocked(SHOP)
    shop.restock("tea-1,North,3", "tea-1,South,5", "tea-2,South,2", "mug-1,North,0,1")
    shop.deploy(SALE)
    shop.place("tea-1 2", "tea-2 1", store="DE")
    shop.place(line("North", 1), "mug-1 4", store="AT")
    for number in range(carts):
        shop.hold(f"C{number}", "tea-1 1", store="US", hold_for="1 hour")
    for wanted in parts:
        try:
            found = diff(shop, **wanted)
        except EarmarkError as error:
            with pytest.raises(type(error)):
                shop.topology(**wanted)
            continue
        before = _numbers(shop)
        report = shop.topology(**wanted)
        after = _numbers(shop)
        assert bool(found.changes) == bool(report.changed)
        assert found.warnings == report.warnings
        expected = {one.store: one for one in found.stores}
        for store in before.keys() & after.keys():
            now, then = before[store], after[store]
            if store in expected:
                one = expected[store]
                assert (one.available.before, one.available.after) == (now[0], then[0])
                assert (one.short.before, one.short.after) == (now[1], then[1])
            else:
                assert now == then
        for store in after.keys() - before.keys():
            assert (expected[store].available.after if store in expected else 0) == after[store][0]
    shop.close()


def _numbers(shop):
    """What can be sold in each store of the database, and how many products are short."""
    short = shop.engine.shortfalls()
    local = [entry.name for entry in shop.engine.topology().stores if not entry.remote]
    skus = ["tea-1", "tea-2", "mug-1"]
    return {
        name: (
            sum(view.available for view in shop.engine.availability(skus, name)),
            sum(one.store == name for one in short),
        )
        for name in local
    }
