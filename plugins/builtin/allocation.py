"""The command that chooses from which warehouses the items of a call are shipped."""

from __future__ import annotations

from collections.abc import Sequence

from engine.hooks import CallContext, CommandResult, Item
from plugins import command


@command("Earmark/Allocate", per="batch", transactional=True)
def allocate(items: Sequence[Item], context: CallContext) -> CommandResult:
    """Choose the warehouses by the section ``allocation`` of the rules; items that none of them has stay."""
    return context.allocate(items)
