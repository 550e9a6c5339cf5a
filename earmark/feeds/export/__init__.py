"""Stock written as the files that feeds read: each row is read back before it is written, and must be the same."""
