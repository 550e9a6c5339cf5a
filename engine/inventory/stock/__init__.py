"""Stock as it was counted: the file, its rows, the run of an import, and what it overwrites."""
