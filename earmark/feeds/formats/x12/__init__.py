"""X12: the segments of a file with all that is wrong with its envelopes, and the transaction set 846."""
