"""Inventory options: what sources say of them, and what each product comes to have of it in each store."""
