"""The mapping of a feed: what its columns mean, compiled once for a file into functions of a record's fields."""
