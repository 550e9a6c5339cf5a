"""Guards as SQL: what the database is asked for them, and which of them it can answer itself."""
