"""docs/rules.md names every key with its default, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from rules import EngineRules, ProcessSelection, Sharing, load_rules
from rules.allocation import Allocation
from rules.loader import LARGEST_FILE
from rules.models import LONGEST_S
from rules.options.model import InventoryOptions, Options
from rules.options.values import DEFAULTS, NAMES

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = (ROOT / "docs" / "options.md").read_text(encoding="utf-8")
TEXT = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `(\w+)`\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
NAMED = {"guards"}
"""Sections whose keys are names that the user gives."""

LEVELS = "options"
"""The section whose keys are levels, which are empty."""

OTHERWISE = {"process_selection": ProcessSelection, "sharing": Sharing, "allocation": Allocation}
MODELS = {
    name: OTHERWISE.get(name, field.annotation)
    for name, field in EngineRules.model_fields.items()
    if name not in NAMED and name != LEVELS
}


def test_every_section_is_documented():
    assert SECTIONS.keys() == {*MODELS, *NAMED, LEVELS}


def test_every_level_of_options_is_documented_and_every_option_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| `{}` \| .+ \|$", SECTIONS[LEVELS], re.MULTILINE)
    assert rows == list(Options.model_fields)
    rows = re.findall(r"^\| `(\w+)` \| `(.+?)` \| .+ \|$", OPTIONS, re.MULTILINE)
    assert dict(rows) == {name: shown(value) for name, value in DEFAULTS._asdict().items()}
    assert [name for name, _ in rows] == list(InventoryOptions.model_fields) == list(NAMES)


def shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("name", MODELS)
def test_every_key_is_documented_with_its_default(name):
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \|$", SECTIONS[name], re.MULTILINE)
    expected = []
    for key, field in MODELS[name].model_fields.items():
        value = (
            "required"
            if field.is_required()
            else f"`{json.dumps(field.get_default(call_default_factory=True))}`"
        )
        expected.append((key, value))
    assert rows == expected


@pytest.mark.parametrize("name", MODELS)
def test_every_choice_is_documented(name):
    for field in MODELS[name].model_fields.values():
        choices = [choice for choice in get_args(field.annotation) if isinstance(choice, str)]
        assert [choice for choice in choices if f"`{choice}`" not in SECTIONS[name]] == []


def test_the_limits_are_documented_as_they_are():
    assert f"up to {LONGEST_S:.0f} (ten years)" in TEXT
    assert LARGEST_FILE == 1024 * 1024
    assert "above 1 MiB" in TEXT


def test_the_examples_are_valid(tmp_path):
    examples = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert len(examples) == 5
    found = []
    for number, example in enumerate(examples):
        path = tmp_path / f"{number}.yaml"
        path.write_text(example, encoding="utf-8")
        found.append(load_rules(path))
    assert found[0].checkout.hold_timeout_s == 1800
    assert found[4].forget.history == ("customer", "recipient")
    assert found[1].process_selection[0].match == {"customer.group": "B2B", "express": True}
