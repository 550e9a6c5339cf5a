"""Commands of two words: ``process check``, ``order place``."""

from __future__ import annotations

import typer

Groups = dict[str, typer.Typer]
"""The groups that exist so far, by name."""

_HELP = {
    "process": "Check, show, draw and deploy order processes.",
    "topology": "Stores, warehouses and products.",
    "stock": "Import and show stock.",
    "feed": "Stock files as they come, and what is made of them.",
    "cart": "Hold pieces for a cart before there is an order.",
    "order": "Place and look at orders.",
    "item": "Look at single items of orders.",
    "rules": "Check, show and explain rules; say inventory options in the database.",
    "run": "Do now what waits for a condition, a time or a file.",
    "reservation": "What items reserve.",
    "sharing": "How warehouses are divided between sales channels.",
    "allocation": "Which warehouse ships an order, and why.",
    "exchange": "Tell other databases what is reserved, and take what they tell.",
    "sink": "Where messages are published to.",
    "db": "The database itself.",
}


def group(app: typer.Typer, groups: Groups, name: str) -> typer.Typer:
    """Return the group of commands, making it on first use."""
    if name not in groups:
        groups[name] = typer.Typer(no_args_is_help=True)
        app.add_typer(groups[name], name=name, help=_HELP[name])
    return groups[name]
