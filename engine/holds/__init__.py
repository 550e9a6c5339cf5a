"""Holds: what is wanted, whether it can be had, and how what is held for orders and carts comes to its end."""
