"""Allocation: which warehouse ships a line, and why."""
