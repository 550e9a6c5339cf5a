"""``make bench-peers``: the same orders placed in other systems, beside Earmark, in one run."""
