"""Plugins: the decorators of a plugin file, the registry the engine asks, and the built-in plugins."""

from plugins.errors import PluginProblem, PluginsInvalid
from plugins.marks import (
    Kind,
    allocation_strategy,
    command,
    condition,
    export_filter,
    reservation_handler,
    sharing_strategy,
    sink,
    stock_format,
    timeout_processor,
)
from plugins.registry import Registered, Registry, load_plugins
from plugins.sources import ENTRY_POINT_GROUP

__all__ = [
    "ENTRY_POINT_GROUP",
    "Kind",
    "PluginProblem",
    "PluginsInvalid",
    "Registered",
    "Registry",
    "allocation_strategy",
    "command",
    "condition",
    "export_filter",
    "load_plugins",
    "reservation_handler",
    "sharing_strategy",
    "sink",
    "stock_format",
    "timeout_processor",
]
