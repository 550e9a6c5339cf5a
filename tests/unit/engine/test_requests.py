"""Orders as Python callers give them: what the schema allows is taken, and each mistake is told once."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from engine.requests import OrderRequest, Topology

LINE = {"sku": "a", "quantity": 2}


def order(**changed: Any) -> dict[str, Any]:
    return {"reference": "O1", "store": "DE", "items": [LINE], **changed}


@pytest.mark.parametrize(
    ("text", "read"),
    [("0.1", "0.1"), ("2.0", "2"), ("999999999.999999", "999999999.999999"), ('" 2.50"', "2.5")],
)
def test_what_json_reads_as_a_number_is_that_number(text: str, read: str) -> None:
    given = json.loads(json.dumps(order()).replace('"quantity": 2', f'"quantity": {text}'))
    jsonschema.validate(given, OrderRequest.model_json_schema())
    assert OrderRequest.model_validate(given).items[0].quantity == Decimal(read)


@pytest.mark.parametrize(
    ("quantity", "told"),
    [
        (0.1 + 0.2, "more than six decimal places"),
        (float("nan"), "not a number"),
        (float("inf"), "not a number"),
        (1e300, "above the largest quantity"),
        (0.0, "must be above zero"),
        (-0.5, "is negative"),
    ],
)
def test_what_is_left_of_arithmetic_is_not_rounded(quantity: float, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        OrderRequest.model_validate(order(items=[{"sku": "a", "quantity": quantity}]))
    (only,) = refused.value.errors()
    assert (only["loc"], told in only["msg"]) == (("items", 0, "quantity"), True)


@pytest.mark.parametrize("quantity", [0, -1, "many", True, 10**9])
def test_the_schema_refuses_what_is_refused(quantity: object) -> None:
    given = order(items=[{"sku": "a", "quantity": quantity}])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(given, OrderRequest.model_json_schema())
    with pytest.raises(ValidationError):
        OrderRequest.model_validate(given)


def test_an_order_without_items_is_told_once_and_the_schema_says_so() -> None:
    with pytest.raises(ValidationError) as refused:
        OrderRequest.model_validate(order(items=[]))
    assert [(e["loc"], e["type"]) for e in refused.value.errors()] == [(("items",), "too_short")]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(order(items=[]), OrderRequest.model_json_schema())


def test_blanks_around_what_an_order_names_do_not_count() -> None:
    line = {"sku": " a", "quantity": 2, "warehouse": "W1\t", "reference": " 1 "}
    bare = order(
        currency="EUR", process="Shop", items=[{**line, "sku": "a", "warehouse": "W1", "reference": "1"}]
    )
    spaced = order(reference="O1 ", store="\u00a0DE", process="Shop ", currency="EUR ", items=[line])
    assert OrderRequest.model_validate(spaced) == OrderRequest.model_validate(bare)
    with pytest.raises(ValidationError) as refused:
        OrderRequest.model_validate(order(reference="  "))
    assert [(e["loc"], e["type"]) for e in refused.value.errors()] == [(("reference",), "string_too_short")]


def test_a_name_in_a_topology_has_no_blanks_around_it() -> None:
    with pytest.raises(ValidationError) as refused:
        Topology.model_validate(
            {"warehouses": [{"name": "W1 "}], "products": [{"sku": "A", "concretes": [{"sku": "a\n"}]}]}
        )
    assert [e["loc"] for e in refused.value.errors()] == [
        ("warehouses", 0, "name"),
        ("products", 0, "concretes", 0, "sku"),
    ]
