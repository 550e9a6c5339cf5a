"""Formats: each turns one kind of file into a table of records (``earmark/feeds/records.py``)."""
