"""Lines about what was not moved."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from earmark.cli.printing import show_refusals
from engine.results import Refusal


def printed(*refusals: Refusal) -> list[str]:
    out = Console(file=StringIO(), width=200)
    show_refusals(out, "failed", refusals)
    return out.file.getvalue().splitlines()


def test_a_line_names_the_item_where_there_is_one():
    refused = Refusal(7, "claim_lost", "item 7: the claim was lost")
    about_a_state = Refusal(None, "plugin_missing", "the condition 'paid' is not registered")
    assert printed(refused, about_a_state) == [
        "item 7 failed claim_lost item 7: the claim was lost",
        "failed plugin_missing the condition 'paid' is not registered",
    ]


def test_of_very_many_only_the_first_are_shown():
    lines = printed(*(Refusal(number, "state_changed", "gone") for number in range(1, 61)))
    assert len(lines) == 51
    assert lines[-1] == "and 10 more failed; --json lists all"
