"""Paths into JSON: what they lead to is made anonymous, and what the books need cannot be named."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from rules import EngineRules
from rules.forgetting import FORGOTTEN, forget


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", {"a": {"b": FORGOTTEN, "c": [None, {"b": FORGOTTEN}]}, "l": [{"b": "z"}, 4]}),
        ("a.b", {"a": {"b": FORGOTTEN, "c": [1, {"b": "y"}]}, "l": [{"b": "z"}, 4]}),
        ("a.c[].b", {"a": {"b": "x", "c": [1, {"b": FORGOTTEN}]}, "l": [{"b": "z"}, 4]}),
        ("*.b", {"a": {"b": FORGOTTEN, "c": [1, {"b": "y"}]}, "l": [{"b": "z"}, 4]}),
        ("l[]", {"a": {"b": "x", "c": [1, {"b": "y"}]}, "l": [{"b": FORGOTTEN}, None]}),
        ("nothing.there", {"a": {"b": "x", "c": [1, {"b": "y"}]}, "l": [{"b": "z"}, 4]}),
    ],
)
def test_what_a_path_leads_to(path, found):
    document = {"a": {"b": "x", "c": [1, {"b": "y"}]}, "l": [{"b": "z"}, 4]}
    forget(document, [path])
    assert document == found
    assert forget(document, [path]) == {}


@pytest.mark.parametrize(
    "path", ["reference", "items", "items[]", "items[].sku", "items[].quantity", "store"]
)
def test_what_the_books_need_cannot_be_named(path):
    with pytest.raises(ValidationError, match="needed for the books"):
        EngineRules.model_validate({"forget": {"order": [path]}})


@pytest.mark.parametrize("path", ["", "a..b", ".a", "a.", "a[", "[]", "a[1]"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValidationError, match="is no path"):
        EngineRules.model_validate({"forget": {"order": [path]}})


def test_what_the_books_need_is_kept_also_by_a_star():
    lines = [{"sku": "a", "quantity": "1", "to": "Ann"}]
    document = {"reference": "R", "store": "DE", "who": "Ann", "items": lines}
    assert forget(document, ["*", "items[].*"], order=True) == {"*": 1, "items[].*": 1}
    assert document["reference"] == "R"
    assert lines == [{"sku": "a", "quantity": "1", "to": FORGOTTEN}]
