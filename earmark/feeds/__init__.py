"""Stock feeds: the files of warehouses, shops and ERPs, and what ``earmark.toml`` says of them.

A *format* turns a file into records (``records.py``): a line and its fields by column. The *mapping* of a feed
(``model.py``) turns records into the rows that the engine takes (``engine/feeds.py``).
"""
