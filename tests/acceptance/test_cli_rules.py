"""Rules on the command line: the project of docs/options.md, checked, explained, compared, sold from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

PAGE = (Path(__file__).parents[2] / "docs" / "options.md").read_text(encoding="utf-8")
FILES = re.findall(r"^```yaml\n# (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SKUS = ("boot-41", "boot-42", "boot-43", "sandal-38")


@pytest.fixture
def merchant(project, earmark):
    """The project of the page, with ten pieces of everything."""
    for name, text in FILES:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    earmark("topology", "apply", "topology.yaml")
    rows = [f"{sku},Main,10,0,0" for sku in SKUS]
    header = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle"
    Path("stock.csv").write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    earmark("stock", "import", "stock.csv")
    return project


def rules(text: str) -> None:
    Path("rules/options.yaml").write_text(text, encoding="utf-8")


def sold(earmark, store: str) -> list[tuple[str, bool]]:
    rows = earmark("availability", *SKUS, "--store", store, "--json").shaped("availability")
    return [(row["available"], row["never_out_of_stock"]) for row in rows]


def test_the_page_has_the_files_that_it_is_about():
    assert [name for name, _ in FILES] == ["rules/options.yaml", "topology.yaml"]


def test_the_project_of_the_page_sells_what_it_says(merchant, earmark):
    assert sold(earmark, "DE") == [("30", False), ("0", False), ("30", False), ("8", False)]
    assert sold(earmark, "AT") == [("30", False), ("0", False), ("30", False), ("8", False)]
    lines = [
        {"sku": "boot-41", "quantity": 11},
        {"sku": "boot-42", "quantity": 1},
        {"sku": "boot-43", "quantity": 12},
    ]
    Path("cart.json").write_text(json.dumps(lines))
    told = earmark("can-sell", "cart.json", "--store", "DE", "--json", code=1).shaped("can-sell")["lines"]
    assert [(one["code"], one["backordered"], one["label"]) for one in told] == [
        ("above_maximum", "1", "in_stock"),
        ("not_orderable", "0", "discontinued"),
        (None, "2", "in_stock"),
    ]


def test_explain_tells_value_level_and_line(merchant, earmark):
    told = earmark("rules", "explain", "boot-41", "--store", "DE", "--json").shaped("rules-explain")
    assert (told["sku"], told["store"], told["category"], told["organisation"]) == (
        "boot-41",
        "DE",
        "Boots",
        "Acme",
    )
    assert {name: one["value"] for name, one in told["options"].items()} == {
        "manage_inventory": True,
        "decrement_inventory": True,
        "inventory_threshold": "0",
        "low_inventory_threshold": "5",
        "highlight_low_inventory": True,
        "upcoming": False,
        "availability_date": None,
        "hide_labels_past_availability_date": True,
        "backorders": True,
        "backorder_limit": "20",
        "minimum_quantity_to_order": None,
        "maximum_quantity_to_order": "10",
        "inventory_status": "in_stock",
        "visible_statuses": ["in_stock", "out_of_stock"],
        "orderable_statuses": ["in_stock", "out_of_stock"],
    }
    levels = {name: (one["level"], one["source"]) for name, one in told["options"].items()}
    assert levels["inventory_threshold"] == ("product boot-41", "file")
    assert levels["low_inventory_threshold"] == ("organisation Acme", "file")
    assert levels["backorders"] == ("category Boots", "file")
    assert levels["manage_inventory"] == ("default", None)
    assert re.fullmatch(r"rules/options.yaml:\d+", told["options"]["backorders"]["place"])
    assert told["availability"]["available"] == "30"
    shown = earmark("rules", "explain", "sandal-38", "--store", "AT").out
    assert "category Shoes" in shown
    assert "can be sold: 8" in shown
    assert (
        earmark("rules", "explain", "boot-99", "--store", "DE", "--json", code=1).error["code"]
        == "unknown_sku"
    )
    assert (
        earmark("rules", "explain", "boot-41", "--store", "XX", "--json", code=1).error["code"]
        == "unknown_store"
    )


def test_a_change_of_a_file_counts_with_the_next_command_whatever_it_is(merchant, earmark):
    rules("options: {system: {inventory_threshold: 9}}")
    assert sold(earmark, "DE") == [("1", False)] * 4
    rules("options: {system: {manage_inventory: false}}")
    assert sold(earmark, "DE") == [("10", True)] * 4
    rules("checkout: {hold: true}")
    assert sold(earmark, "DE") == [("10", False)] * 4


def test_check_tells_everything_at_once_with_its_line(merchant, earmark):
    assert earmark("rules", "check", "--json").shaped("rules-check")["problems"] == []
    rules(
        "options:\n"
        "  sytem: {inventory_threshold: 1}\n"
        "  websites: {DE: {inventory_threshold: one}}\n"
        "  products:\n"
        "    boot-41:\n"
        "      minimum_quantity_to_order: 5\n"
        "      maximum_quantity_to_order: 4\n"
    )
    told = earmark("rules", "check", "--json", code=1).shaped("rules-check")["problems"]
    assert [(one["line"], one["remedy"]) for one in told] == [
        (2, 'Did you mean "system"?'),
        (3, "Write a number without quotes, such as 2.5."),
        (7, "Write a maximum_quantity_to_order that is not below minimum_quantity_to_order."),
    ]
    assert (
        earmark("availability", "boot-41", "--store", "DE", "--json", code=1).error["code"] == "rules_invalid"
    )
    rules(
        "options:\n"
        "  categories:\n"
        "    Shos: {backorders: true}\n"
        "    Shoes:\n"
        "      minimum_quantity_to_order: 5\n"
        "  products:\n"
        "    boot-41: {maximum_quantity_to_order: 3}\n"
        "    boot-14: {backorders: true}\n"
    )
    told = earmark("rules", "check", "--json", code=1).shaped("rules-check")["problems"]
    assert [(one["file"], one["line"], one["remedy"]) for one in told] == [
        ("rules/options.yaml", 3, 'Did you mean "Shoes"?'),
        ("rules/options.yaml", 7, "Give both at the same level, or change one of them."),
        ("rules/options.yaml", 8, 'Did you mean "boot-43"?'),
    ]
    assert "rules/options.yaml:3: there is no category 'Shos'" in earmark("rules", "check", code=1).out


def test_check_compares_the_names_of_sharing_too_beside_whatever_else_is_wrong(merchant, earmark):
    rules(
        "sharing:\n"
        "  warehouse_groups: {EU: [Mein]}\n"
        "  channel_groups: {web: [DE, ATT]}\n"
        "  links: {EU: [web]}\n"
        "options:\n"
        "  categories: {Shos: {inventory_threshold: 1}}\n"
        "execution: {chunk: none}\n"
    )
    told = earmark("rules", "check", "--json", code=1).shaped("rules-check")
    assert [(one["line"], one["message"], one["remedy"]) for one in told["problems"]] == [
        (2, 'there is no warehouse "Mein"', 'Did you mean "Main"?'),
        (3, 'there is no store "ATT"', 'Did you mean "AT"?'),
        (6, "there is no category 'Shos'", 'Did you mean "Shoes"?'),
        (
            7,
            "\"execution.chunk\" is 'none', which is not a whole number",
            "Write a whole number without quotes.",
        ),
    ]
    assert "rules/options.yaml:3: there is no store" in earmark("rules", "check", code=1).out


def test_names_that_are_not_there_are_refused_with_the_nearest_one(merchant, earmark):
    error = earmark("rules", "set", "category Shos", "backorders", "true", "--json", code=1).error
    assert (error["code"], error["message"]) == (
        "not_found",
        "there is no category 'Shos'. Did you mean \"Shoes\"?",
    )
    assert earmark("rules", "set", "product boot-14", "backorders", "true", "--json", code=1).error[
        "code"
    ] == ("unknown_sku")
    told = earmark("rules", "history", "--level", "shoes", "--json", code=1).error
    assert (told["message"], "category Tea" in told["remedy"]) == ("'shoes' is no level", True)


def test_names_are_not_compared_where_there_is_no_database(project, earmark):
    Path("rules.yaml").write_text("options: {products: {nothing: {backorders: true}}}")
    told = earmark("rules", "check", "rules.yaml", "--json").shaped("rules-check")
    assert (told["names_checked"], told["problems"], told["files"]) == (False, [], 1)
    assert not Path("earmark.db").exists()


def test_what_other_rules_would_change_is_told_before_they_count(merchant, earmark):
    Path("new.yaml").write_text(
        "options: {categories: {Shoes: {inventory_threshold: 4}}, products: {boot-42: {}}}"
    )
    told = earmark("rules", "diff", "rules", "new.yaml", "--json", "--limit", "3").shaped("rules-diff")
    assert {"level": "category Shoes", "option": "inventory_threshold", "before": 2, "after": 4} in told[
        "levels"
    ]
    assert (told["changed"], told["more"], told["less"], len(told["products"])) == (8, 2, 6, 3)
    boot = told["products"][0]
    assert (boot["sku"], boot["store"], boot["available"]) == (
        "boot-41",
        "DE",
        {"before": "30", "after": "6"},
    )
    assert boot["options"]["backorders"] == {
        "before": {"value": True, "level": "category Boots", "source": "file"},
        "after": {"value": False, "level": "default", "source": None},
    }
    assert "less of 6" in earmark("rules", "diff", "rules", "new.yaml").out
    assert sold(earmark, "DE")[0] == ("30", False)
    alone = earmark("--db", "sqlite:///none.db", "rules", "diff", "rules", "new.yaml", "--json").shaped(
        "rules-diff"
    )
    assert (alone["products"], len(alone["levels"])) == (None, len(told["levels"]))


def test_the_database_says_options_too_and_a_file_comes_before_it(merchant, earmark, monkeypatch):
    monkeypatch.setenv("EARMARK_ACTOR", "ann")
    said = earmark("rules", "set", "category Shoes", "backorder_limit", "3", "--json").shaped("rules-set")
    assert said["changes"] == 1
    earmark("rules", "set", "product sandal-38", "backorders", "true")
    earmark("rules", "set", "category Boots", "backorder_limit", "1")
    told = earmark("rules", "explain", "sandal-38", "--store", "DE", "--json").json["options"]
    assert (told["backorder_limit"]["value"], told["backorder_limit"]["source"]) == ("3", "database")
    assert told["backorder_limit"]["place"] is None
    told = earmark("rules", "explain", "boot-41", "--store", "DE", "--json").json["options"]
    assert (told["backorder_limit"]["value"], told["backorder_limit"]["source"]) == ("20", "file")
    earmark("rules", "unset", "category Shoes", "backorder_limit")
    first, *_ = earmark("rules", "history", "--level", "category Shoes", "--json").shaped("rules-history")
    assert (first["actor"], first["before"], first["after"]) == ("ann", 3, None)
    assert len(earmark("rules", "history", "--limit", "1", "--json").json) == 1
    for level, option, value, code in (
        ("shoes", "backorders", "true", "input_invalid"),
        ("system", "backorder", "true", "input_invalid"),
        ("system", "backorders", "maybe", "rules_invalid"),
        ("system", "backorders", "", "input_invalid"),
    ):
        assert earmark("rules", "set", level, option, value, "--json", code=1).error["code"] == code


def test_show_and_schema_say_what_can_be_read_again(merchant, earmark):
    shown = earmark("rules", "show").out
    again = yaml.safe_load(shown)
    assert again["options"]["categories"]["Boots"] == {"backorders": True, "backorder_limit": 20}
    assert again["checkout"]["hold"] is True
    told = earmark("rules", "show", "--json").shaped("rules-show")
    assert told["files"] == ["rules/options.yaml"]
    schema = json.loads(earmark("rules", "schema").out)
    jsonschema.validate(yaml.safe_load(FILES[0][1]), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"options": {"system": {"backorder": True}}}, schema)


def test_includes_and_options_of_several_files_are_one(merchant, earmark):
    Path("rules/more").mkdir()
    Path("rules/more/sandals.yaml").write_text("options: {products: {sandal-38: {inventory_threshold: 6}}}")
    Path("rules/websites.yml").write_text(
        "include: [more/sandals.yaml]\noptions: {websites: {DE: {backorders: false}}}"
    )
    assert sold(earmark, "DE")[3] == ("4", False)
    place = earmark("rules", "explain", "sandal-38", "--store", "DE", "--json").json["options"]
    assert place["inventory_threshold"]["place"] == "rules/more/sandals.yaml:1"
    Path("rules/websites.yml").write_text(
        "include: [more/sandal.yaml, ../topology.yaml, more/sandals.yaml]\n"
        "options: {categories: {Shoes: {backorders: false}}}"
    )
    told = earmark("rules", "check", "--json", code=1).json["problems"]
    assert [(one["line"], one["message"], one["remedy"]) for one in told] == [
        (1, "'more/sandal.yaml' cannot be included: there is no such file", 'Did you mean "sandals.yaml"?'),
        (1, "'../topology.yaml' cannot be included: it lies outside the folder of the rules",
         "Include what lies in that folder or below it."),
        (2, 'the key "options.categories.Shoes" stands in two files, first at rules/options.yaml:8',
         "Put everything below the key into one of the files."),
    ]  # fmt: skip
