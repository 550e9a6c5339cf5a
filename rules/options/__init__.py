"""Inventory options: what a merchant says of products, from which level it comes, and what follows from it."""
