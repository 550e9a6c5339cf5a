"""The order engine: definitions, execution, inventory, storage and schedule; no web, no command line."""
