"""Benchmarks: what Earmark does per second beside what the database itself can do with the same rows."""
