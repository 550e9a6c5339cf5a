"""The section ``allocation`` of rule files: everything that is wrong is told with its line, and mended."""

from __future__ import annotations

import pytest

from rules import RuleFileError, load_rules


def problems(tmp_path, text):
    file = tmp_path / "rules.yaml"
    file.write_text("allocation:\n" + "\n".join(f"  {line}" for line in text.splitlines()) + "\n")
    try:
        load_rules(file)
    except RuleFileError as error:
        return [(problem.line, problem.message, problem.remedy) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("text", "line", "message", "remedy"),
    [
        ("strategies: [fewst]", 2, 'there is no strategy "fewst"', 'Did you mean "fewest"?'),
        ("strategies: [fewest, fewest]", 2, '"fewest" stands here twice', "Keep the first one."),
        ("strategies: []", 2, "there is no strategy", "Write some of"),
        ("strategies: [default]", 2, 'there is no "default" warehouse', "Name the warehouse"),
        ("strategies: [cheapest]", 2, 'there are no "costs"', "Say what a parcel costs"),
        ("strategies: [own_first, external_first]", 2, "contradict each other", "Keep one of them."),
        ("at: placement\nstores:\n  DE:\n    strategies: [neerest]", 5, 'no strategy "neerest"', '"nearest"'),
        ("at: someday", 2, "at", "placement"),
        ("most_warehouses: 0", 2, "most_warehouses", "1"),
        ("costs: {W1: {DE: -1}}", 2, "costs.W1.DE", "0"),
        ("strategy: fewest", 2, "strategy", "strategies"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, text, line, message, remedy):
    (found,) = problems(tmp_path, text)
    assert found[0] == line
    assert message in found[1]
    assert remedy in found[2]


def test_all_of_it_is_told_at_once(tmp_path):
    assert len(problems(tmp_path, "strategies: [fewst, default]\nstores: {DE: {strategies: [x, x]}}")) == 4


def test_a_section_that_says_everything(tmp_path):
    text = """at: placement
strategies: [fewest, cheapest, nearest, priority, default, own_first, "plugin:green"]
default: W1
split_lines: false
most_warehouses: 3
most_compared: 500
costs: {W1: {DE: 3.9, "*": 12}, W2: {FR: 4}}
destination: to.country
latitude: to.lat
longitude: to.lon
stores: {FR: {at: event, strategies: [priority], split_lines: true, default: W2}}"""
    assert problems(tmp_path, text) == []
