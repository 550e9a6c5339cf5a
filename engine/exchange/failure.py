"""What is raised when messages cannot be carried."""

from __future__ import annotations

from engine.errors import EarmarkError


class TransportFailed(EarmarkError):
    """What carries messages to or from another database does not work."""

    code = "transport_failed"
    default_remedy = "Nothing is lost: what was not confirmed is sent again by the next run."
