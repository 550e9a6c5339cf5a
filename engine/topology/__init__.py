"""Stores, warehouses and products: read from a file, checked, applied, and found by name."""
