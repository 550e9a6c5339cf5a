"""Random options, orders and counts next to a plain model: what is sold, what is told, and where it comes from."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import EarmarkError
from rules.options.model import Options
from rules.options.resolve import Resolver, Surroundings
from rules.options.values import DEFAULTS, NAMES
from tests.helpers.shop import Shop, order

SAID = {
    "manage_inventory": st.booleans(),
    "decrement_inventory": st.booleans(),
    "inventory_threshold": st.sampled_from([0, 1, 3, 12]),
    "backorders": st.booleans(),
    "backorder_limit": st.sampled_from([0, 2, 5, "none"]),
    "minimum_quantity_to_order": st.sampled_from([0, 2, "none"]),
    "maximum_quantity_to_order": st.sampled_from([0, 3, 6, "none"]),
    "inventory_status": st.sampled_from(["in_stock", "in_stock", "out_of_stock", "discontinued"]),
    "orderable_statuses": st.sampled_from([["in_stock"], ["in_stock", "out_of_stock"], []]),
}


def fits(said: dict) -> bool:
    """Whether a level does not contradict itself."""
    least, most = said.get("minimum_quantity_to_order"), said.get("maximum_quantity_to_order")
    return not (isinstance(least, int) and isinstance(most, int) and 0 < most < least)


ANY = st.fixed_dictionaries({}, optional=SAID).filter(fits)
PLACES = {
    "products": ("tea-1", "tea"),
    "categories": ("Green", "Tea", "Food"),
    "websites": ("DE",),
    "organisations": ("Acme",),
}
LEVELS = st.fixed_dictionaries(
    {
        "system": ANY,
        **{
            kind: st.fixed_dictionaries({}, optional=dict.fromkeys(names, ANY))
            for kind, names in PLACES.items()
        },
    }
)
PARENTS = {"Food": None, "Tea": "Food", "Green": "Tea"}
ORDER = [
    *(("products", name) for name in PLACES["products"]),
    *(("categories", name) for name in PLACES["categories"]),
    ("websites", "DE"),
    ("organisations", "Acme"),
]


def plainly(levels: dict, name: str) -> object:
    """The value of an option, looked for level by level."""
    for said in (*(levels[kind].get(place, {}) for kind, place in ORDER), levels["system"]):
        if name in said:
            return None if said[name] == "none" else said[name]
    return getattr(DEFAULTS, name)


@given(LEVELS)
def test_the_fallback_is_what_looking_level_by_level_finds(levels):
    options = Options.model_validate(levels)
    found = Resolver(options, Surroundings(PARENTS, {"DE": "Acme"})).effective("tea-1", "DE", "Green", "tea")
    for name in NAMES:
        expected = plainly(levels, name)
        value = getattr(found.values, name)
        assert (tuple(sorted(value)) if isinstance(value, tuple) else value) == (
            tuple(sorted(expected)) if isinstance(expected, list | tuple) else expected
        )


def accepted(levels: dict, stock: int, promised: int, quantity: int) -> bool:
    """Whether an order may be placed, by the words of the documentation."""
    say = {name: plainly(levels, name) for name in SAID}
    status, orderable = say["inventory_status"], say["orderable_statuses"]
    if status not in orderable or say["maximum_quantity_to_order"] == 0:
        return False
    if quantity < (say["minimum_quantity_to_order"] or 0):
        return False
    if say["maximum_quantity_to_order"] is not None and quantity > say["maximum_quantity_to_order"]:
        return False
    if not (say["manage_inventory"] and say["decrement_inventory"]):
        return True
    level = stock - promised
    if say["backorders"] and "out_of_stock" in orderable:
        return say["backorder_limit"] is None or level - quantity >= -say["backorder_limit"]
    return level - quantity >= say["inventory_threshold"]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), LEVELS),
        st.tuples(st.just("count"), st.integers(0, 8)),
        st.tuples(st.just("buy"), st.integers(1, 7)),
    ),
    min_size=3,
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=STEPS)
def test_orders_are_accepted_as_the_documentation_says(steps, tmp_path_factory):
    shop = Shop(tmp_path_factory.mktemp("shop"))
    try:
        shop.topology(
            warehouses=[{"name": "North"}],
            stores=[{"name": "DE", "warehouses": ["North"], "organisation": "Acme"}],
            categories=[{"name": name, "parent": parent} for name, parent in PARENTS.items()],
            products=[{"sku": "tea", "category": "Green", "concretes": [{"sku": "tea-1"}]}],
        )
        shop.deploy("states new* paid*\nnew -> paid : pay")
        shop.restock("tea-1,North,5")
        live(shop, steps)
    finally:
        shop.close()


def live(shop: Shop, steps: list) -> None:
    levels: dict = {"system": {}, **{kind: {} for kind in PLACES}}
    stock, promised = 5, 0
    for number, (what, value) in enumerate(steps):
        if what == "say":
            levels = value
            shop.engine.use_options(Options.model_validate(levels))
        elif what == "count":
            shop.forward(60)
            shop.restock(f"tea-1,North,{value}")
            stock = value
        else:
            expected = accepted(levels, stock, promised, value)
            asked = shop.engine.can_sell([{"sku": "tea-1", "quantity": value}], "DE")
            try:
                shop.engine.place(order(f"A-{number}", f"tea-1 {value}"))
                promised += value
                placed = True
            except EarmarkError:
                placed = False
            assert (placed, asked.ok) == (expected, expected), (value, stock, promised)
        view = shop.engine.availability(["tea-1"], "DE")[0]
        assert view.level == Decimal(stock - promised)
        assert shop.drift() == []
