"""Guards: conditions in CEL that rule files name, checked when they are loaded.

The library that reads CEL is imported by ``compile_guard`` and what is beside it, not here: whoever has no guards
never waits for it.
"""

from rules.guards.parts import parts_of
from rules.guards.schema import DATA_VARIABLES, NOW, VARIABLES, GuardField, every_field, field_named

__all__ = [
    "DATA_VARIABLES",
    "NOW",
    "VARIABLES",
    "GuardField",
    "every_field",
    "field_named",
    "parts_of",
]
