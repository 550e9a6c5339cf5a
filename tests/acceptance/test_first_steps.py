"""The steps that the README tells a newcomer to take, in their order."""

from __future__ import annotations

import os
import re
import shlex

from tests.acceptance.conftest import ROOT


def steps() -> list[list[str]]:
    """The commands of the README's first steps, each as its words."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## From here\n", 1)[1]
    lines = re.search(r"```\n(.*?)```", section, re.DOTALL)[1].splitlines()
    return [shlex.split(part, comments=True) for line in lines for part in line.split("&&")]


def test_the_first_steps_lead_to_items_in_their_states(earmark):
    done = None
    for program, *arguments in steps():
        if program == "cd":
            os.chdir(arguments[0])
        elif program == "earmark":
            done = earmark(*arguments)
    assert done is not None
    rows = earmark("matrix", "--json").shaped("matrix")
    assert sum(row["items"] for row in rows) > 0
    assert "DummyPayment" in done.out
