"""The built-in plugins: always loaded, first, and written with nothing but what any plugin may use."""

MODULES = (
    "plugins.builtin.allocation",
    "plugins.builtin.availability",
    "plugins.builtin.constants",
    "plugins.builtin.dummy_payment",
    "plugins.builtin.mail",
    "plugins.builtin.order_amendment",
    "plugins.builtin.prepayment",
    "plugins.builtin.shipment",
    "plugins.builtin.working_days",
)
"""The modules in the order in which they are loaded: the first one's reservation handler runs first."""
