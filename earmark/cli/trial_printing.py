"""A trial on a terminal: what was done, what came of it, and how things stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from earmark.cli.output import line, table

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"moved": "green", "stayed": "yellow", "refused": "red", "more": None}


def show_trial(out: Console, start: dict[str, Any], steps: Sequence[dict[str, Any]]) -> None:
    """Write every step with how its items then stand, and all items in the end."""
    before = start["clock"]
    for step in steps:
        show_step(out, step, before)
        before = step["clock"]
        if step["do"] == "show":
            show_state(out, step)
        else:
            _show_concerned(out, step)
    if not steps or steps[-1]["do"] != "show":
        line(out, "")
        show_state(out, steps[-1] if steps else start)


def _show_concerned(out: Console, step: dict[str, Any]) -> None:
    """Write how the items stand that the step concerned, and what is left of their products."""
    from earmark.words.trial import stands_text, stock_text

    names = {one["item"] for one in [*step["fired"], *step["refused"]]}
    concerned = [item for item in step["items"] if item["item"] in names]
    for item in concerned:
        line(out, f"    {stands_text(item, step['clock'])}", "dim")
    skus = {item["sku"] for item in concerned}
    for stock in step["stock"]:
        if stock["sku"] in skus:
            line(out, f"    {stock_text(stock)}", "dim")


def show_step(out: Console, step: dict[str, Any], before: str) -> None:
    """Write what was done and what came of it; ``before`` is the time at which it was done."""
    from earmark.words.trial import clock_text, step_lines

    line(out, f"> {step['do']}", "bold")
    now = before
    for kind, at, text in step_lines(step):
        if at is not None and at != now:
            now = at
            line(out, f"  {clock_text(now)}", "cyan")
        line(out, f"  {text}", _STYLES[kind])
    if before == step["clock"] or step["fired"] or step["refused"]:
        return
    if step["clock"] < before:  # only taking back turns it so
        line(out, f"  it is {clock_text(step['clock'])} again")
    else:
        line(out, f"  nothing was due until {clock_text(step['clock'])}")


def show_state(out: Console, state: dict[str, Any]) -> None:
    """Write the clock, the items with what can happen to them next, and the stock."""
    from earmark.words.trial import clock_text, next_text, stock_text, timeouts_text

    line(out, clock_text(state["clock"]), "cyan")
    if state["items"]:
        rows = [
            (
                *(item["item"], item["state"], item["quantity"], item["reserved"], item["held"]),
                next_text(item),
                timeouts_text(item, state["clock"]),
            )
            for item in state["items"]
        ]
        columns = ("item", "state", "#quantity", "#reserved", "#held", "next", "timeouts")
        table(out, columns, rows, empty="")
    for stock in state["stock"]:
        line(out, stock_text(stock))
