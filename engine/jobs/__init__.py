"""Scheduled jobs: what may run when, the lease that keeps runs of one kind apart, and the runner.

The truth about what ran and what is due is in the database (``records``); APScheduler only wakes the runner.
"""
