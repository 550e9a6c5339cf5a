"""EDIFACT: cutting a file into segments, checking its envelopes, and the message INVRPT."""
