"""The section ``sharing``: what is read, and what is said about each mistake."""

from __future__ import annotations

import pytest

from rules import RuleFileError, load_rules

SEED = """
sharing:
  warehouse_groups: {Europe: [DE 1, DE 2, FR], US: [US], Berlin: [Store Berlin]}
  channel_groups: {EU web: [DE, FR], EU Amazon: [AMZ], US web: [USA], Berlin shop: [BER]}
  links: {Europe: [EU web, EU Amazon], US: [US web], Berlin: [Berlin shop]}
  strategy: equal
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
        return load_rules(tmp_path).sharing

    return load


@pytest.fixture
def refused(load):
    def refused(text):
        with pytest.raises(RuleFileError) as caught:
            load(text)
        return [(problem.line, problem.message, problem.remedy) for problem in caught.value.problems]

    return refused


def test_the_section_of_the_design_is_read(load):
    sharing = load(SEED)
    assert sharing.warehouse_groups["Europe"] == ("DE 1", "DE 2", "FR")
    assert sharing.kind == "equal"
    assert sharing.parts() == {"EU web": 1, "EU Amazon": 1, "US web": 1, "Berlin shop": 1}
    assert sharing.threshold_of("US web") == 200_000
    assert load("checkout: {hold: true}") is None
    assert load("sharing: {}").links == {}


def test_weights_and_shares_become_whole_numbers_in_proportion(load):
    base = SEED.replace("strategy: equal", "")
    weighted = load(base + "  strategy: weight\n  weights: {EU web: 1.5, EU Amazon: 1}\n")
    assert weighted.parts() == {"EU web": 3, "EU Amazon": 2, "US web": 1, "Berlin shop": 1}
    fixed = load(
        base
        + "  strategy: fixed share\n  shares: {EU web: 66.6, EU Amazon: 33.4, US web: 100, Berlin shop: 100}"
    )
    assert fixed.kind == "fixed_share"
    assert (fixed.parts()["EU web"], fixed.parts()["EU Amazon"]) == (333, 167)


def test_everything_that_contradicts_itself_is_told_at_once_with_its_line(refused):
    found = refused(
        """
sharing:
  warehouse_groups:
    Europe: [DE 1, DE 2, FR]
    US: [US, FR]
    Nothing: []
  channel_groups:
    EU web: [DE, FR, DE]
    EU Amazon: [FR]
    Alone: [CH]
  links:
    Europe: [EU web, EU Amazn]
    US: [EU web]
    Europ: []
  strategy: wieght
  weights: {EU wbe: 2}
  threshold: 0.2
"""
    )
    told = {(line, message) for line, message, _ in found}
    assert told == {
        (5, 'the warehouse "FR" is in the groups "Europe" and "US"'),
        (6, 'the group "Nothing" has no warehouse'),
        (8, 'the store "DE" stands here twice'),
        (9, 'the store "FR" is in the groups "EU web" and "EU Amazon"'),
        (12, 'there is no channel group "EU Amazn"'),
        (13, 'the channel group "EU web" is linked to "Europe" and to "US"'),
        (14, 'there is no warehouse group "Europ"'),
        (14, 'the link of "Europ" names no channel group'),
        (9, 'the channel group "EU Amazon" is linked to no warehouse group, so it could sell nothing'),
        (10, 'the channel group "Alone" is linked to no warehouse group, so it could sell nothing'),
        (15, 'there is no strategy "wieght"'),
        (16, 'there is no channel group "EU wbe"'),
        (16, '"weights" is given, and the strategy is "wieght"'),
    }
    remedies = {message: remedy for _, message, remedy in found}
    assert remedies['there is no channel group "EU Amazn"'] == 'Did you mean "EU Amazon"?'
    assert remedies['there is no warehouse group "Europ"'] == 'Did you mean "Europe"?'
    assert remedies['there is no strategy "wieght"'] == 'Did you mean "weight"?'


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ("strategy: fixed_share", '"Europe" is divided by fixed shares, and EU web, EU Amazon has none'),
        (
            "strategy: fixed_share\n  shares: {EU web: 70, EU Amazon: 20}",
            'the shares of "Europe" add up to 90',
        ),
        ("strategy: weight\n  weights: {US web: 0}", 'all channel groups of "US" have the weight 0'),
        ("shares: {EU web: 100}", '"shares" is given, and the strategy is "equal"'),
        ("threshold: 1.5", '"sharing.threshold" is 1.5, which is out of range'),
        ("weights: {EU web: -1}", '"sharing.weights.EU web" is -1, which is out of range'),
        ("stratgy: equal", 'there is no key "sharing.stratgy"'),
        ("strategy: 'plugin:'", 'there is no strategy "plugin:"'),
    ],
)
def test_a_strategy_that_cannot_work_is_refused(refused, strategy, message):
    found = refused(SEED.replace("strategy: equal", strategy))
    assert message in [told for _, told, _ in found]


def test_a_plugin_may_be_the_strategy(load):
    assert (
        load(SEED.replace("strategy: equal", "strategy: plugin:Shop/By season")).kind
        == "plugin:Shop/By season"
    )


@pytest.mark.parametrize("level", ["system", "websites DE", "categories Shoes", "products boot"])
def test_backorders_in_a_channel_group_are_refused(refused, level):
    section, _, name = level.partition(" ")
    said = "{backorders: true}" if not name else f"{{{name}: {{backorders: true}}}}"
    ((line, message, _),) = refused(SEED + f"options:\n  {section}: {said}\n")
    assert (line, message) == (2, f"{level} takes backorders, and stores of channel groups cannot yet")


def test_backorders_of_a_store_in_no_channel_group_are_taken(load):
    assert load(SEED + "options:\n  websites: {Depot: {backorders: true}}\n") is not None
