"""Contract tests: the same promises on every kind of database."""
