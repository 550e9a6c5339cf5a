"""The order engine: how orders are placed, items move, and stock is reserved; no web, no command line."""
